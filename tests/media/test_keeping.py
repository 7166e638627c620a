"""What was sent can be kept: by reference, or with its content."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import (
    FileProcessingError,
    ImageProcessingError,
    UnsupportedOperationError,
)
from abstractllm_lite.media import (
    AudioInput,
    DocumentInput,
    ImageInput,
    MediaFactory,
    MediaInput,
    TabularInput,
    TextInput,
)
from tests.media import samples

FILES: dict[str, tuple[str, bytes, Callable[[Path], MediaInput]]] = {
    "image": ("a.png", samples.png(), lambda path: ImageInput(path, "low")),
    "document": ("a.pdf", samples.pdf(), DocumentInput),
    "audio": ("a.wav", samples.wav(), AudioInput),
    "text": ("a.txt", "ä€".encode("cp1252"), lambda path: TextInput(path, "cp1252")),
    "tabular": ("a.csv", b"a;b\n1;2\n", lambda path: TabularInput(path, ";", max_rows=7)),
}
OWN = {
    "image": {"detail_level": "low"},
    "text": {"encoding": "cp1252"},
    "tabular": {"encoding": "utf-8", "delimiter": ";", "max_rows": 7},
}
TYPES = {"image": "image/png", "document": "application/pdf", "audio": "audio/wav"}


def stored(data: dict[str, Any]) -> dict[str, Any]:
    """As a file of JSON gives it back."""
    back: dict[str, Any] = json.loads(json.dumps(data))
    return back


@pytest.fixture(params=FILES)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[MediaInput, Path, bytes]:
    """Media of a kind, its file and its content."""
    name, content, make = FILES[request.param]
    path = tmp_path / name
    path.write_bytes(content)
    return make(path), path, content


def test_a_reference_says_where_and_what(kept: tuple[MediaInput, Path, bytes]) -> None:
    media, path, content = kept
    kind = media.media_type
    types = {**TYPES, "text": "text/plain", "tabular": "text/csv"}

    assert stored(media.reference()) == {
        "kind": kind,
        "name": path.name,
        "path": str(path),
        "media_type": types[kind],
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **OWN.get(kind, {}),
    }


def test_both_forms_give_the_same_back(kept: tuple[MediaInput, Path, bytes]) -> None:
    media, path, _ = kept
    referred, embedded = stored(media.reference()), stored(media.embedded())

    assert MediaInput.from_dict(referred).embedded() == embedded
    path.unlink()
    again = MediaInput.from_dict(embedded)
    assert type(again) is type(media)
    assert again.reference() == referred
    assert again.embedded() == embedded
    assert again.to_provider_format("litellm") == media.to_provider_format("litellm")


def test_a_file_that_changed_or_went_is_an_error(kept: tuple[MediaInput, Path, bytes]) -> None:
    media, path, content = kept
    reference = media.reference()

    path.write_bytes(content + b"\n")
    with pytest.raises((FileProcessingError, ImageProcessingError), match="has changed since"):
        MediaInput.from_dict(reference)
    path.unlink()
    with pytest.raises((FileProcessingError, ImageProcessingError), match="No such file"):
        MediaInput.from_dict(reference)


def test_a_reference_is_bound_by_the_root(
    kept: tuple[MediaInput, Path, bytes], tmp_path: Path
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    reference = kept[0].reference()

    assert MediaInput.from_dict(reference, root=tmp_path)
    with pytest.raises((FileProcessingError, ImageProcessingError), match="outside root="):
        MediaInput.from_dict(reference, root=inside)


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_media_can_be_copied_and_pickled(
    way: Callable[[MediaInput], MediaInput], kept: tuple[MediaInput, Path, bytes]
) -> None:
    media, path, _ = kept
    again = way(media)
    path.unlink()

    assert again.embedded() == media.embedded()


def test_content_without_a_place_can_only_be_embedded() -> None:
    media = MediaFactory.from_source(samples.png())

    with pytest.raises(ImageProcessingError, match=r"use embedded\(\)"):
        media.reference()
    assert MediaInput.from_dict(media.embedded()).embedded() == media.embedded()


def test_an_address_is_kept_without_being_read() -> None:
    media = ImageInput("https://pictures.example/a.png", "high")
    reference = stored(media.reference())

    assert reference == {
        "kind": "image",
        "name": "a.png",
        "media_type": "image/png",
        "detail_level": "high",
        "url": "https://pictures.example/a.png",
        "size": None,
        "sha256": None,
    }
    again = MediaInput.from_dict(reference)
    assert again.to_provider_format("openai") == media.to_provider_format("openai")
    assert pickle.loads(pickle.dumps(media)).reference() == reference
    with pytest.raises(ImageProcessingError, match="allow_fetch=True"):
        media.embedded()


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"kind": "film"},
        {"kind": ["image"]},
        {"kind": "text"},
        {"kind": "image", "path": 5},
        {"kind": "document", "content": 5},
        {"kind": "document", "content": "@@@", "sha256": "x"},
        {"kind": "tabular", "content": "", "sha256": "x"},
    ],
)
def test_a_dictionary_that_was_damaged_is_an_error(data: Any) -> None:
    with pytest.raises((FileProcessingError, ImageProcessingError)):
        MediaInput.from_dict(data)


def test_content_that_was_tampered_with_is_found_out() -> None:
    data = MediaFactory.from_source(b"pay 10").embedded()
    other = MediaFactory.from_source(b"pay 99").embedded()

    with pytest.raises(FileProcessingError, match="has changed since"):
        MediaInput.from_dict({**data, "content": other["content"]})


def test_text_in_an_encoding_of_many_ways_is_embedded_in_utf8() -> None:
    raw = b"+AGE-bc"  # UTF-7 for "abc", which Python writes otherwise
    media = TextInput(raw, encoding="utf-7")
    data = media.embedded()

    assert data["encoding"] == "utf-8"
    assert MediaInput.from_dict(data).get_content() == media.get_content() == "abc"  # type: ignore[attr-defined]


def test_a_class_of_ones_own_needs_no_more_than_abstractllm_asks() -> None:
    class Smell(MediaInput):
        media_type = "smell"

        def to_provider_format(self, provider: str) -> str:
            return provider

    smell = Smell()
    assert smell.metadata == {}
    assert smell.to_provider_format("x") == "x"
    for way in (smell.reference, smell.embedded):
        with pytest.raises(UnsupportedOperationError):
            way()
