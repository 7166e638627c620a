"""Images and text files become content parts."""

from __future__ import annotations

import base64
import mimetypes
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..._plain import plain_copy
from ...exceptions import FileProcessingError, ImageProcessingError, UnsupportedFeatureError

Part = dict[str, Any]
Parts = list[Part]
Failure = type[FileProcessingError] | type[ImageProcessingError]

_REMOTE = ("http://", "https://", "data:")
_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_TEXT_TYPES = frozenset({"application/json", "application/xml", "application/x-yaml"})
_TEXT_SUFFIXES = frozenset({".md", ".txt", ".csv", ".tsv", ".json", ".yaml", ".yml", ".toml"})


def attached(
    *,
    files: Any = None,
    image: Any = None,
    images: Any = None,
    image_detail: str | None = None,
) -> Parts:
    """The content parts of a call's images and files, in the order they were given.

    Raises FileProcessingError or ImageProcessingError for what cannot be read.
    """
    pictures = [*_listed(image), *_listed(images)]
    documents = _listed(files)
    return [
        *(_image(source, image_detail) for source in pictures),
        *(_file(source, image_detail) for source in documents),
    ]


def has_images(messages: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any message has a content part that is an image."""
    contents = (message.get("content") for message in messages)
    parts = (part for content in contents if isinstance(content, list) for part in content)
    return any(isinstance(part, Mapping) and part.get("type") in _IMAGE_PARTS for part in parts)


_IMAGE_PARTS = ("image_url", "image", "input_image")


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _image(source: Any, detail: str | None, failure: Failure = ImageProcessingError) -> Part:
    if isinstance(source, Mapping):
        part: Part = plain_copy(dict(source))
        return part
    if isinstance(source, str) and source.startswith(_REMOTE):
        return _image_url(source, detail)
    if not isinstance(source, (str, os.PathLike)):
        kind = type(source).__name__
        raise ImageProcessingError(f"an image is a path, an http(s) or data: URL, not {kind}")
    path = Path(source)
    media = mimetypes.guess_type(path.name)[0]
    if media not in _IMAGE_TYPES:
        known = ", ".join(sorted(_IMAGE_TYPES))
        raise ImageProcessingError(f"'{path}' is not an image of a known kind ({known})")
    content = base64.b64encode(_read(path, failure)).decode()
    return _image_url(f"data:{media};base64,{content}", detail)


def _image_url(url: str, detail: str | None) -> Part:
    return {
        "type": "image_url",
        "image_url": {"url": url, **({"detail": detail} if detail else {})},
    }


def _file(source: Any, detail: str | None) -> Part:
    if isinstance(source, Mapping) or (isinstance(source, str) and source.startswith(_REMOTE)):
        return _image(source, detail)
    if not isinstance(source, (str, os.PathLike)):
        kind = type(source).__name__
        raise FileProcessingError(f"a file is a path or an http(s) or data: URL, not {kind}")
    path = Path(source)
    media = mimetypes.guess_type(path.name)[0] or ""
    if media in _IMAGE_TYPES:
        return _image(source, detail, FileProcessingError)
    content = _read(path, FileProcessingError)
    if path.suffix.lower() in _TEXT_SUFFIXES or media.startswith("text/") or media in _TEXT_TYPES:
        return {"type": "text", "text": f"File: {path.name}\n\n{_decoded(path, content)}"}
    raise UnsupportedFeatureError(
        "files", f"'{path}' cannot be sent: files are images ({_kinds()}) or text"
    )


def _kinds() -> str:
    return ", ".join(sorted(kind.removeprefix("image/") for kind in _IMAGE_TYPES))


def _read(path: Path, failure: Failure) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = getattr(error, "strerror", None) or str(error)
        told = {"file_path": str(path)}
        raise failure(
            f"cannot read '{path}': {reason}", original_exception=error, details=told
        ) from None


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileProcessingError(
            f"'{path}' is not UTF-8 text (byte {error.start})", file_path=str(path)
        ) from None
