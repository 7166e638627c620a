"""Images: their size is read, and what no vendor could read is refused."""

from __future__ import annotations

import base64
import logging
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from abstractllm_lite.exceptions import ImageProcessingError
from abstractllm_lite.media import ImageInput
from tests.media import samples

IMAGES: dict[str, tuple[Callable[[], bytes], tuple[int, int]]] = {
    "png": (lambda: samples.png(11, 7), (11, 7)),
    "jpeg": (lambda: samples.jpeg(11, 7), (11, 7)),
    "gif": (lambda: samples.gif(1, 11, 7), (11, 7)),
    "webp": (lambda: samples.webp(11, 7), (11, 7)),
    "webp, lossless": (lambda: samples.webp(11, 7, b"VP8L"), (11, 7)),
    "webp, lossy": (lambda: samples.webp(11, 7, b"VP8 "), (11, 7)),
}


@pytest.mark.parametrize("name", IMAGES)
def test_the_size_is_read_without_pillow(name: str) -> None:
    made, size = IMAGES[name]
    image = ImageInput(made())

    assert image.size == size
    assert image.metadata == {
        "media_type": "image",
        "mime_type": f"image/{name.split(',', maxsplit=1)[0]}",
        "detail_level": "auto",
        "width": 11,
        "height": 7,
        "format": name.split(",", maxsplit=1)[0].upper(),
    }


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_that_is_cut_short_anywhere_is_refused(name: str) -> None:
    whole = IMAGES[name][0]()
    for length in range(16, len(whole)):
        with pytest.raises(ImageProcessingError):
            ImageInput(whole[:length]).load()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (samples.png(0, 5), "no width"),
        (samples.png().replace(b"IHDR", b"JUNK"), "begins with its header"),
        (b"\xff\xd8\xff\xda\x00\x08" + bytes(40), "without the size"),
        (b"\xff\xd8\xff\xe0\x00\x02" + bytes(40), "without the size"),
        (samples.gif(0), "without an image"),
        (samples.gif()[:19] + b"\x99" * 30, "no known kind"),
        (samples.webp().replace(b"VP8X", b"JUNK"), "without an image"),
    ],
)
def test_a_broken_image_says_how(content: bytes, said: str) -> None:
    with pytest.raises(ImageProcessingError, match=f"broken: .*{said}"):
        ImageInput(content).load()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (samples.HEIC, "HEIC"),
        (samples.BMP, "BMP"),
        (samples.TIFF, "TIFF"),
        (samples.gif(2), "animated GIF"),
        (samples.webp(moves=True), "animated WEBP"),
    ],
)
def test_what_vendors_do_not_read_says_what_they_do(content: bytes, kind: str) -> None:
    with pytest.raises(ImageProcessingError, match=f"{kind}.*PNG, JPEG, WebP"):
        ImageInput(content).load()


def test_a_picture_after_the_end_of_a_jpeg_is_no_fault() -> None:
    assert ImageInput(samples.jpeg(4, 3) + b"a film from the same camera" * 40_000).size == (4, 3)


def test_the_end_of_a_jpeg_is_found_across_pieces() -> None:
    from abstractllm_lite.media.content import PIECE

    body = samples.jpeg()[:-2]
    for shift in (-1, 0):
        whole = body + bytes(PIECE - len(body) + shift) + b"\xff\xd9" + bytes(PIECE)
        assert ImageInput(whole).size == (3, 2)


@pytest.mark.parametrize("content", [b"text", samples.pdf(), b"\x00\x01"])
def test_what_is_no_image_says_what_it_is(content: bytes) -> None:
    with pytest.raises(ImageProcessingError, match="not an image: it holds"):
        ImageInput(content).load()


def test_an_address_is_passed_on_unread() -> None:
    image = ImageInput("https://pictures.invalid/dot.webp?size=1", detail_level="high")

    assert image.size is None
    told = {"media_type": "image", "mime_type": "image/webp", "detail_level": "high"}
    assert image.metadata == told
    assert image.mime_type == "image/webp"
    assert image.to_provider_format("anthropic")["source"] == {
        "type": "url",
        "url": "https://pictures.invalid/dot.webp?size=1",
    }
    with pytest.raises(ImageProcessingError, match="allow_fetch=True"):
        image.get_content()


def test_an_address_without_an_ending_is_taken_for_jpeg_as_in_abstractllm() -> None:
    assert ImageInput("https://pictures.invalid/dot").mime_type == "image/jpeg"
    assert (
        ImageInput("https://pictures.invalid/dot", mime_type="image/gif").mime_type == "image/gif"
    )


def test_raw_base64_is_no_file_that_was_not_found() -> None:
    encoded = base64.b64encode(samples.png()).decode()

    assert ImageInput(encoded).get_content() == samples.png()
    assert ImageInput(encoded).get_base64() == encoded


def test_a_wrong_detail_is_auto_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "abstractllm_lite.media"):
        assert ImageInput(b"x", detail_level="huge").detail_level == "auto"
    assert "'auto' is taken" in caplog.text


def test_a_file_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(samples.png())
    image = ImageInput(path)
    first = image.to_provider_format("openai")
    path.unlink()

    assert image.to_provider_format("openai") == first
    assert image.get_content() == samples.png()


def test_a_format_that_was_given_out_can_be_changed_without_harm() -> None:
    image = ImageInput(samples.png())
    image.to_provider_format("openai")["image_url"].clear()

    assert image.to_provider_format("openai")["image_url"]["detail"] == "auto"


def test_a_detail_that_is_set_later_counts() -> None:
    image = ImageInput(samples.png())
    assert image.to_provider_format("openai")["image_url"]["detail"] == "auto"
    image.detail_level = "low"
    assert image.to_provider_format("openai")["image_url"]["detail"] == "low"


def test_a_bmp_with_text_like_beginning_is_no_image() -> None:
    assert struct.pack("<I", 70) in samples.BMP
    with pytest.raises(ImageProcessingError, match="it holds text"):
        ImageInput(b"BM is how this text begins").load()
