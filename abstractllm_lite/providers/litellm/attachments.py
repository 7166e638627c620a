"""A call's images and files become content parts, each in the form that its vendor takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from ...exceptions import (
    FileProcessingError,
    ImageProcessingError,
    UnsupportedFeatureError,
)
from ...media import (
    AudioInput,
    DocumentInput,
    ImageInput,
    MediaFactory,
    MediaInput,
    TabularInput,
    TextInput,
)
from .params import READING

if TYPE_CHECKING:
    from .senses import Senses

Part = dict[str, Any]
Parts = list[Part]

ATTACHMENTS = frozenset({"image", "images", "files"})

# Where OpenAI's content parts have their content. They are passed on as they are given.
_PARTS = {
    "text": "text",
    "image_url": "image_url",
    "input_image": "image_url",
    "file": "file",
    "input_audio": "input_audio",
    "video_url": "video_url",
}


@dataclass(frozen=True, slots=True)
class Attached:
    """The content parts of a call's files, the history with its own files written, and a warning
    for each that is not sent whole or as the file it is."""

    parts: Parts = field(default_factory=list)
    history: Sequence[Any] = ()
    warnings: tuple[str, ...] = ()


def has_files(settings: Mapping[str, Any]) -> bool:
    """Whether images or files go along, with the prompt or in the history."""
    return any(settings.get(name) for name in ATTACHMENTS) or any(
        map(_holds_media, settings.get("messages") or ())
    )


def attached(settings: Mapping[str, Any], known: Senses, address: str) -> Attached:
    """The content parts of a call's images and files: first the images, each in its given order.

    Raises FileProcessingError or ImageProcessingError for what cannot be read or is too large,
    UnsupportedFeatureError for what the vendor does not take.
    """
    reading = {name: settings[name] for name in READING if name in settings}
    writer = _Writer(known, address, settings.get("image_detail"), reading)
    parts = [
        *(writer.part(each, "image") for n in ("image", "images") for each in _listed(settings, n)),
        *(writer.part(each, None) for each in _listed(settings, "files")),
    ]
    history = [writer.message(message) for message in settings.get("messages") or ()]
    return Attached(parts, history, tuple(writer.warnings))


def _holds_media(message: Any) -> bool:
    """Whether a message has media inputs among its content parts."""
    content = message.get("content") if isinstance(message, Mapping) else None
    return isinstance(content, list) and any(isinstance(part, MediaInput) for part in content)


def _listed(settings: Mapping[str, Any], name: str) -> list[Any]:
    value = settings.get(name)
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the parts of one call for its vendor, and keeps what is to be said of them."""

    known: Senses
    address: str
    detail: str | None
    reading: Mapping[str, Any]
    warnings: list[str] = field(default_factory=list)

    def part(self, source: Any, kind: str | None) -> Part:
        """The content part for a source; one in OpenAI's words is passed on as it is given."""
        if _is_part(source):
            given: Part = plain_copy(dict(source))
            return given
        part, warning = self._written(MediaFactory.from_source(source, kind, **self.reading))
        if warning:
            self.warnings.append(warning)
        return part

    def message(self, message: Any) -> Any:
        """A message with its media inputs written, all else in it as it is."""
        if not _holds_media(message):
            return message
        content = [
            self.part(p, None) if isinstance(p, MediaInput) else p for p in message["content"]
        ]
        return {**message, "content": content}

    def _written(self, media: MediaInput) -> tuple[Part, str | None]:
        """The part, and a warning where it is not the whole file."""
        match media:
            case ImageInput():
                return self._image(media), None
            case DocumentInput():
                return self._document(media)
            case AudioInput():
                return self._audio(media), None
            case TabularInput():
                warning = f"of '{media.name}' were sent {media.note} (max_table_rows)"
                return _text(media.fenced()), warning if media.note else None
            case TextInput():
                return _text(media.fenced()), None
            case _:  # a class of the user's own says in OpenAI's language what it is
                return media.to_provider_format("litellm"), None

    def _image(self, image: ImageInput) -> Part:
        if not self.known.images:
            raise self._unsupported("images", image.name)
        if image.is_passed_on and not self.known.addresses:
            self._fetch(image)
        self._check_size(image)
        part: Part = image.to_provider_format("litellm")
        detail = self.detail or image.detail_level
        if detail == "auto" and not self.detail:  # what vendors do anyway; not all know the word
            del part["image_url"]["detail"]
        else:
            part["image_url"]["detail"] = detail
        return part

    def _document(self, document: DocumentInput) -> tuple[Part, str | None]:
        if self.known.documents:
            return document.to_provider_format("litellm"), None
        warning = f"'{document.name}' was sent as its text: {self.address} reads no PDF"
        return _text(document.fenced()), warning

    def _audio(self, audio: AudioInput) -> Part:
        sounds = self.known.sounds or ()
        if not sounds:
            raise self._unsupported("sound", audio.name)
        if audio.format not in sounds:
            taken = ", ".join(sorted(sounds))
            raise FileProcessingError(
                f"'{audio.name}' is {audio.format}, and {self.address} hears {taken}: convert it"
            )
        part: Part = audio.to_provider_format("litellm")
        return part

    def _fetch(self, image: ImageInput) -> None:
        if not self.reading.get("allow_fetch"):
            raise ImageProcessingError(
                f"{self.address} takes images, not their addresses: download it, or let it be "
                "fetched here, allow_fetch=True",
                details={"file_path": image.name},
            )
        image.load()

    def _unsupported(self, what: str, name: str) -> UnsupportedFeatureError:
        return UnsupportedFeatureError(
            what, f"'{name}' is not sent: {self.address} takes no {what}"
        )

    def _check_size(self, image: ImageInput) -> None:
        """Raise for an image that is larger than the vendor says it takes."""
        if image.is_passed_on or image.size is None:
            return
        (width, height), known = image.size, self.known
        size = len(image.get_base64()) // 4 * 3
        limits = (
            (known.side, max(width, height), "pixels a side"),
            (known.pixels, width * height, "pixels"),
            (known.image_bytes, size, "bytes"),
        )
        for most, told, unit in limits:
            if most is not None and told > most:
                raise ImageProcessingError(
                    f"'{image.name}' has {told:,} {unit}, and {self.address} takes {most:,} at "
                    "most: send it smaller",
                    details={"file_path": image.name},
                )


def _is_part(source: Any) -> bool:
    if not isinstance(source, Mapping) or not isinstance(kind := source.get("type"), str):
        return False
    return kind in _PARTS and _PARTS[kind] in source


def _text(text: str) -> Part:
    return {"type": "text", "text": text}
