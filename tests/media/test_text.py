"""Text in whatever encoding, under its name, in a fence that it cannot leave."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.exceptions import FileProcessingError, InvalidParameterError
from abstractllm_lite.media import MediaFactory, TextInput
from abstractllm_lite.media.fence import fenced
from abstractllm_lite.media.sources import Access
from tests.media import samples


@pytest.mark.parametrize(
    "raw",
    [
        "Grüße".encode(),
        codecs.BOM_UTF8 + "Grüße".encode(),
        codecs.BOM_UTF16_LE + "Grüße".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "Grüße".encode("utf-16-be"),
        codecs.BOM_UTF32_LE + "Grüße".encode("utf-32-le"),
    ],
)
def test_a_byte_order_mark_says_the_encoding(raw: bytes) -> None:
    media = MediaFactory.from_source(raw)

    assert isinstance(media, TextInput)
    assert media.get_content() == "Grüße"
    assert TextInput.from_dict(media.embedded()).get_content() == "Grüße"


def test_text_in_another_encoding_says_where_and_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("ab ä".encode("latin-1"))

    with pytest.raises(
        FileProcessingError, match=r"a\.txt' is not UTF-8 text \(byte 3\).*encoding="
    ):
        MediaFactory.from_source(tmp_path / "a.txt")
    assert TextInput(tmp_path / "a.txt", encoding="latin-1").get_content() == "ab ä"


@pytest.mark.parametrize("encoding", ["klingon", "rot13", "base64", "a\0b", 5])
def test_an_encoding_that_is_none_is_refused(encoding: str) -> None:
    with pytest.raises(InvalidParameterError):
        TextInput("hello", encoding=encoding)


@pytest.mark.parametrize("content", [samples.png(), samples.pdf(), b"a\x00b"])
def test_what_is_no_text_is_refused(content: bytes) -> None:
    with pytest.raises(FileProcessingError, match="not text: it holds"):
        TextInput(content).load()


def test_a_zip_is_no_text_even_by_its_word() -> None:
    with pytest.raises(FileProcessingError, match="not text"):
        TextInput(samples.ZIP).load()


def test_a_str_is_a_file_where_there_is_one_and_else_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("from the file")

    assert TextInput(str(path)).get_content() == "from the file"
    assert TextInput(str(path) + "x").get_content() == str(path) + "x"
    assert TextInput("a\0b").get_content() == "a\0b"
    assert TextInput("data:,hello").get_content() == "hello"
    assert TextInput.from_text(str(path)).get_content() == str(path)
    assert TextInput("%PDF-1.4 is how a PDF begins").get_content().startswith("%PDF")


def test_a_root_holds_for_a_str_that_might_be_a_file(tmp_path: Path) -> None:
    inside = tmp_path / "root"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("secret")

    for name in ("../secret.txt", str(tmp_path / "secret.txt")):
        with pytest.raises(FileProcessingError, match="outside root="):
            TextInput(name, access=Access(root=inside)).load()


def test_a_missing_path_is_an_error_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(FileProcessingError, match="No such file"):
        TextInput(tmp_path / "a.txt").load()


def test_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(FileProcessingError, match="surrogates"):
        TextInput("a\ud800").load()


def test_metadata_are_those_of_abstractllm(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("Hi")
    media = TextInput(path)
    told = {
        "media_type": "text",
        "mime_type": "text/markdown",
        "encoding": "utf-8",
        "file_size": 2,
        "last_modified": path.stat().st_mtime,
    }

    assert media.metadata == told
    media.load()
    assert media.metadata == {**told, "content_length": 2}


def test_the_name_stands_before_the_fence() -> None:
    assert fenced("a.md", "x\n") == "File: a.md\n```\nx\n```"
    assert fenced("a.md", "x", "whole") == "File: a.md (whole)\n```\nx\n```"


@given(st.text(st.sampled_from("`~ \n\rab"), max_size=40), st.text(max_size=20))
def test_no_text_and_no_name_can_leave_the_fence(text: str, name: str) -> None:
    """As Markdown reads it: a fence ends at a line of as many backticks, or more, alone."""
    lines = fenced(name, text).split("\n")
    fence = lines[1]

    assert set(fence) == {"`"}
    assert lines[-1] == fence
    assert fence not in "\n".join(lines[2:-1])
    assert lines[0].startswith("File: ")
    assert "`" not in lines[0]
    assert len(lines[0].splitlines()) == 1
    assert "\n".join(lines[2:-1]) == text.removesuffix("\n")
