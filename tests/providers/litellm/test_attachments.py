"""Images and text files as content parts."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import (
    FileProcessingError,
    ImageProcessingError,
    UnsupportedFeatureError,
)
from abstractllm_lite.providers.litellm.attachments import attached

PNG = b"\x89PNG\r\n\x1a\n"


def test_an_image_file_is_sent_as_a_data_url(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)

    (part,) = attached(image=tmp_path / "a.png", image_detail="low")

    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert part == {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def test_addresses_are_passed_on_and_order_is_kept(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("ünï")
    given: dict[str, Any] = {"type": "image_url", "image_url": {"url": "https://h/c.png"}}

    parts = attached(
        image="https://h/a.png",
        images=["data:image/png;base64,AA=="],
        files=[given, tmp_path / "notes.md"],
    )

    assert [p.get("image_url", {}).get("url", p.get("text")) for p in parts] == [
        "https://h/a.png",
        "data:image/png;base64,AA==",
        "https://h/c.png",
        "File: notes.md\n\nünï",
    ]
    assert parts[2] is not given


def test_an_image_among_the_files_is_an_image(tmp_path: Path) -> None:
    (tmp_path / "a.PNG").write_bytes(PNG)

    assert attached(files=str(tmp_path / "a.PNG"))[0]["type"] == "image_url"


@pytest.mark.parametrize("source", ["missing.txt", "missing.png", "a\0b.txt", "a\0b.png", "."])
def test_what_cannot_be_read_is_named(source: str, tmp_path: Path) -> None:
    path = f"{tmp_path}/{source}" if source != "." else str(tmp_path)

    with pytest.raises(FileProcessingError, match="cannot read"):
        attached(files=[path])


def test_an_image_that_cannot_be_read_is_an_image_error(tmp_path: Path) -> None:
    with pytest.raises(ImageProcessingError, match=r"cannot read .*a\.png"):
        attached(image=tmp_path / "a.png")


def test_text_that_is_no_utf8_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"ab\xff")

    with pytest.raises(FileProcessingError, match=r"a\.txt.*UTF-8.*byte 2") as caught:
        attached(files=[tmp_path / "a.txt"])
    assert caught.value.file_path == str(tmp_path / "a.txt")


def test_a_file_of_another_kind_says_what_would_work(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")

    with pytest.raises(UnsupportedFeatureError, match=r"a\.pdf.*png.*text"):
        attached(files=[tmp_path / "a.pdf"])


@pytest.mark.parametrize("source", [5, b"bytes", {"set"}])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(FileProcessingError, match=type(source).__name__):
        attached(files=[source])
    with pytest.raises(ImageProcessingError, match=type(source).__name__):
        attached(image=source)


def test_an_image_of_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageProcessingError, match=r"image/png"):
        attached(image=tmp_path / "a.heic")
