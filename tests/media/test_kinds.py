"""The factory finds out what it was given, by content first."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import (
    FileProcessingError,
    ImageProcessingError,
    InvalidParameterError,
)
from abstractllm_lite.media import ImageInput, MediaFactory, MediaInput, TabularInput, TextInput
from tests.media import samples

KINDS = {
    "image/png": (samples.png(), "image"),
    "image/jpeg": (samples.jpeg(), "image"),
    "image/gif": (samples.gif(), "image"),
    "image/webp": (samples.webp(), "image"),
    "application/pdf": (samples.pdf(), "document"),
    "audio/wav": (samples.wav(), "audio"),
    "audio/mpeg": (samples.mp3(), "audio"),
    "text/plain": ("Grüße".encode(), "text"),
}


class Picture:
    """What Pillow's images can do, as far as it matters here."""

    def save(self, file: Any, format: str) -> None:
        assert format == "PNG"
        file.write(samples.png(7, 5))


Picture.__module__ = "PIL.Image"


@pytest.mark.parametrize("mime", KINDS)
@pytest.mark.parametrize("form", ["path", "str", "bytes", "bytearray", "memoryview", "open file"])
def test_content_decides_in_whatever_form_it_comes(form: str, mime: str, tmp_path: Path) -> None:
    content, kind = KINDS[mime]
    path = tmp_path / "without_ending"
    path.write_bytes(content)
    forms = {
        "path": path,
        "str": str(path),
        "bytes": content,
        "bytearray": bytearray(content),
        "memoryview": memoryview(content),
        "open file": io.BytesIO(content),
    }

    media = MediaFactory.from_source(forms[form])

    assert (media.media_type, media.metadata["mime_type"]) == (kind, mime)
    assert media.embedded()["content"] == base64.b64encode(content).decode()


@pytest.mark.parametrize("mime", [mime for mime in KINDS if mime != "text/plain"])
def test_base64_text_of_a_known_beginning_is_its_content(mime: str) -> None:
    content, kind = KINDS[mime]
    lines = base64.encodebytes(content).decode()

    media = MediaFactory.from_source(lines)

    assert media.media_type == kind
    assert media.embedded()["content"] == base64.b64encode(content).decode()


@pytest.mark.parametrize("mime", KINDS)
def test_a_data_url_holds_any_kind(mime: str) -> None:
    content, kind = KINDS[mime]
    url = f"DATA:{mime};charset=utf-8;base64,{base64.b64encode(content).decode()}"

    media = MediaFactory.from_source(url)

    assert media.media_type == kind
    assert media.embedded()["content"] == base64.b64encode(content).decode()


def test_a_data_url_may_be_escaped_text() -> None:
    media = MediaFactory.from_source("data:text/csv,a%2Cb%0A1%2C2%0A")

    assert isinstance(media, TabularInput)
    assert media.get_data() == [["a", "b"], ["1", "2"]]


def test_a_picture_of_pillows_is_sent_as_png() -> None:
    media = MediaFactory.from_source(Picture())

    assert media.metadata["mime_type"] == "image/png"
    assert (media.metadata["width"], media.metadata["height"]) == (7, 5)


def test_a_real_picture_of_pillows_is_sent_as_png() -> None:
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")

    assert MediaFactory.from_source(image.new("L", (7, 5))).metadata["width"] == 7


@pytest.mark.parametrize("name", ["a.png", "a.JPG", "a.webp", "a"])
def test_an_image_under_another_images_name_is_what_it_is(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(samples.gif())

    assert MediaFactory.from_source(tmp_path / name).metadata["mime_type"] == "image/gif"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.png", b"only text", "holds text"),
        ("a.png", samples.pdf(), "holds a PDF"),
        ("a.txt", samples.png(), "holds an image"),
        ("a.csv", samples.pdf(), "holds a PDF"),
        ("a.pdf", samples.wav(), "holds sound"),
        ("a.mp3", b"only text", "holds text"),
        ("a.svg", b"<svg/>", "holds text"),
    ],
)
def test_a_name_of_another_kind_is_an_error(
    name: str, content: bytes, said: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises((FileProcessingError, ImageProcessingError), match=said) as caught:
        MediaFactory.from_source(tmp_path / name)
    assert caught.value.details["file_path"] == str(tmp_path / name)


@pytest.mark.parametrize("content", [samples.ZIP, samples.MP4, b"\x00\x01\x02\x03", b"\x7fELF\x02"])
def test_what_is_of_no_kind_says_what_would_be(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(content)

    with pytest.raises(FileProcessingError, match=r"a\.docx' holds .* files are images"):
        MediaFactory.from_source(tmp_path / "a.docx")


@pytest.mark.parametrize(("name", "delimiter"), [("a.tsv", "\t"), ("a.csv", ","), ("b.csv", ";")])
def test_tables_are_known_by_their_names(name: str, delimiter: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(f"a{delimiter}b\n1{delimiter}2\n")

    media = MediaFactory.from_source(tmp_path / name)

    assert isinstance(media, TabularInput)
    assert media.get_data() == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("source", [5, None, {"a"}, ["a.png"], object()])
def test_what_is_no_source_is_refused(source: Any) -> None:
    with pytest.raises(FileProcessingError, match=type(source).__name__):
        MediaFactory.from_source(source)
    with pytest.raises(ImageProcessingError, match=type(source).__name__):
        ImageInput(source)


@pytest.mark.parametrize("source", ["", b"", "data:,", "data:image/png;base64,", io.BytesIO()])
def test_nothing_is_no_content(source: Any) -> None:
    with pytest.raises(FileProcessingError, match="empty"):
        MediaFactory.from_source(source)


@pytest.mark.parametrize("url", ["data:image/png;base64,@@@@", "data:image/png;base64,A", "data:x"])
def test_a_broken_data_url_says_why(url: str) -> None:
    with pytest.raises(FileProcessingError, match="base64|comma"):
        MediaFactory.from_source(url)


def test_a_file_opened_as_text_is_told_how_to_open_it() -> None:
    with pytest.raises(FileProcessingError, match="'rb'"):
        MediaFactory.from_source(io.StringIO("text"))


def test_an_open_file_is_read_once_and_left_open(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(samples.png())
    with (tmp_path / "a.png").open("rb") as file:
        media = ImageInput(file)
        assert media.get_content() == media.get_content() == samples.png()
        assert media.name == "a.png"
        assert not file.closed
        with pytest.raises(ImageProcessingError, match="empty"):
            ImageInput(file).load()


def test_an_open_file_that_failed_says_that_it_was_read() -> None:
    media = ImageInput(io.BytesIO(samples.png()[:-4]))
    with pytest.raises(ImageProcessingError, match="broken"):
        media.load()
    with pytest.raises(ImageProcessingError, match="has been read already"):
        media.load()


def test_what_is_media_already_is_itself() -> None:
    media = TextInput("hello")

    assert MediaFactory.from_source(media) is media
    assert MediaFactory.from_sources([media, b"x"])[0] is media


def test_a_media_type_that_is_given_is_not_questioned_until_it_is_read() -> None:
    media = MediaFactory.from_source("missing.png", media_type="image")
    assert isinstance(media, ImageInput)
    with pytest.raises(ImageProcessingError, match=r"missing\.png' cannot be read: No such file"):
        media.load()


def test_an_unknown_media_type_lists_the_known_ones() -> None:
    with pytest.raises(InvalidParameterError, match="image, text, tabular, document, audio"):
        MediaFactory.from_source(b"x", "video")


URL = "https://pictures.invalid/a"
ENCODED = base64.b64encode(samples.png()).decode()
DICTIONARIES: dict[str, tuple[dict[str, Any], str]] = {
    "url": ({"type": "image", "url": URL}, URL),
    "image_url": ({"type": "image", "image_url": {"url": URL}}, URL),
    "OpenAI's part": ({"type": "image_url", "image_url": {"url": URL}}, URL),
    "source": ({"type": "image", "source": URL}, URL),
    "source url": ({"type": "image", "source": {"type": "url", "url": URL}}, URL),
    "source base64": (
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": ENCODED},
        },
        f"data:image/png;base64,{ENCODED}",
    ),
}


@pytest.mark.parametrize("name", DICTIONARIES)
def test_abstractllms_dictionaries_are_taken(name: str) -> None:
    given, url = DICTIONARIES[name]

    media = MediaFactory.from_source({**given, "detail_level": "low"})

    part = media.to_provider_format("openai")
    assert part == {"type": "image_url", "image_url": {"url": url, "detail": "low"}}


def test_a_table_in_a_dictionary_keeps_its_delimiter_and_name() -> None:
    media = MediaFactory.from_source(
        {"type": "tabular", "source": "a;b\n1;2\n", "delimiter": ";", "name": "t"}
    )
    assert isinstance(media, TabularInput)
    assert media.get_data() == [["a", "b"], ["1", "2"]]
    assert media.name == "t"


@pytest.mark.parametrize(
    "given", [{}, {"type": "film", "source": "x"}, {"type": "image"}, {"type": "text", "url": None}]
)
def test_a_dictionary_that_leads_nowhere_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises((FileProcessingError, ImageProcessingError), match="dictionary"):
        MediaFactory.from_source(given)


def test_all_media_are_of_one_kin() -> None:
    assert all(isinstance(each, MediaInput) for each in (TextInput("a"), ImageInput("b")))


def test_an_address_that_is_not_fetched_is_what_its_name_says() -> None:
    for name, kind in {"a.png": "image", "a.pdf": "document", "a.csv": "tabular"}.items():
        assert MediaFactory.from_source(f"https://files.example/{name}").media_type == kind


def test_a_path_in_a_dictionary_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(samples.png())
    media = MediaFactory.from_source({"path": str(tmp_path / "a.png"), "detail": "low"}, "image")

    assert media.metadata["detail_level"] == "low"
    assert media.metadata["width"] == 1


@pytest.mark.parametrize(
    "given", [{"type": "image", "source": {}}, {"type": "image", "path": None}]
)
def test_a_dictionary_whose_place_is_none_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ImageProcessingError, match="has no 'source', 'url' or 'path'"):
        MediaFactory.from_source(given)


@pytest.mark.parametrize(("name", "value"), [("name", 5), ("mime_type", 5)])
def test_an_option_of_another_type_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InvalidParameterError):
        ImageInput(b"x", **{name: value})


def test_metadata_of_a_path_that_cannot_be_tell_no_size() -> None:
    assert "file_size" not in TextInput(Path("a\0b")).metadata


@pytest.mark.parametrize(
    "text", ["# How a PDF begins\n\n    %PDF-1.4", "ID3 is a tag", "OggS and fLaC", "fLaC is one"]
)
def test_text_about_formats_is_text(text: str) -> None:
    assert MediaFactory.from_source(text.encode()).media_type == "text"


def test_a_pdf_may_begin_with_what_is_none() -> None:
    assert MediaFactory.from_source(b"\x00\x01\n" + samples.pdf()).media_type == "document"
