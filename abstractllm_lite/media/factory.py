"""From a source to the media input that fits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exceptions import FileProcessingError, ImageProcessingError, InvalidParameterError
from . import sniff
from .audio import AudioInput
from .document import DocumentInput
from .image import ImageInput
from .interface import MediaInput
from .sources import MAX_FILE_SIZE, Access, Given, Place, Source, locate
from .tabular import MAX_ROWS, TabularInput, delimiter_of
from .text import TextInput

if TYPE_CHECKING:
    from .base import SourceInput

__all__ = ["MediaFactory"]

KINDS: dict[str, type[SourceInput]] = {
    each.kind: each for each in (ImageInput, TextInput, TabularInput, DocumentInput, AudioInput)
}
_INSTEAD = "files are images (PNG, JPEG, WebP, still GIF), PDF, sound, tables (CSV, TSV) or text"


class MediaFactory:
    """Makes media inputs of whatever it is given."""

    @classmethod
    def from_source(
        cls,
        source: Given,
        media_type: str | None = None,
        *,
        root: Place | None = None,
        allow_fetch: bool = False,
        max_file_size: int = MAX_FILE_SIZE,
        max_table_rows: int | None = MAX_ROWS,
    ) -> MediaInput:
        """The media input for a path, an http(s) address, a `data:` URL, base64 text, bytes, an
        open binary file, a picture of Pillow's, or AbstractLLM's dictionary with a "type".

        Without `media_type` ("image", "text", "tabular", "document", "audio") the content is read
        and decides. With `root` nothing outside that folder is read, and relative paths start
        there. An address is read by `allow_fetch` alone. `max_file_size` is in bytes. Raises
        FileProcessingError or ImageProcessingError, which are ValueErrors.
        """
        if isinstance(source, MediaInput):
            return source
        access = Access(root, allow_fetch, max_file_size)
        options: dict[str, Any] = {}
        if isinstance(source, Mapping):
            source, media_type, options = _unpacked(source, media_type)
        if media_type is not None:
            return _made(source, media_type, access, max_table_rows, options)
        found = locate(source, FileProcessingError, access)
        if found.url is not None and (kind := _claimed(found, access)):
            return _made(found, kind, access, max_table_rows, options)
        media = _made(found, _detected(found), access, max_table_rows, options)
        media.load()
        return media

    @classmethod
    def from_sources(
        cls, sources: Iterable[Given], media_type: str | None = None, **access: Any
    ) -> list[MediaInput]:
        """The media inputs of several sources, in their order."""
        return [cls.from_source(source, media_type, **access) for source in sources]


def _made(
    source: Any, kind: str, access: Access, rows: int | None, options: dict[str, Any]
) -> SourceInput:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise InvalidParameterError(
            "media_type", kind, f"no media type {kind!r}; there are: {known}"
        )
    if kind == "tabular":
        options = {"max_rows": rows, "delimiter": _delimiter(source, access), **options}
    return KINDS[kind](source, access=access, **options)


def _delimiter(source: Any, access: Access) -> str:
    if isinstance(source, Source) and (source.url is None or access.allow_fetch):
        return delimiter_of(source.name, source.head().decode("utf-8", "replace"))
    return delimiter_of(source.name if isinstance(source, Source) else str(source)[-8:], "")


def _claimed(found: Source, access: Access) -> str | None:
    """The kind of an address by its name; None for one that has to be fetched to know."""
    kind = sniff.kind_of(sniff.named_media(found.name))
    if kind is None and not access.allow_fetch:
        raise found.trouble(
            "does not say what it leads to: give it as image=, or let it be fetched by "
            "allow_fetch=True"
        )
    return kind


def _detected(found: Source) -> str:
    """The kind of the content. Raises where name and content contradict."""
    claimed = found.media or sniff.named_media(found.name)
    head = found.head()
    media = sniff.sniff(head)
    kind = sniff.kind_of(media) or _worded(media, head)
    if kind is None:
        raise found.trouble(
            f"holds {media or 'bytes of no known kind'}, which is not sent: {_INSTEAD}"
        )
    if kind == "image":
        found.failure = ImageProcessingError
    return _agreed(found, kind, sniff.kind_of(claimed), claimed)


def _worded(media: str | None, head: bytes) -> str | None:
    return "text" if media is None and sniff.is_text(head) else None


def _agreed(found: Source, kind: str, named: str | None, claimed: str | None) -> str:
    if kind == "text" and named in (None, "text", "tabular"):
        return named or kind
    if named not in (None, kind):
        raise found.trouble(
            f"is named as {claimed} and holds {_held(kind)}: give it its right name"
        )
    return kind


def _held(kind: str) -> str:
    return {"image": "an image", "document": "a PDF", "audio": "sound"}.get(kind, kind)


def _unpacked(
    source: Mapping[str, Any], media_type: str | None
) -> tuple[Any, str | None, dict[str, Any]]:
    """AbstractLLM's dictionaries: a "type" (or none, where the kind is known), and a place."""
    kind = media_type or ("image" if source.get("type") == "image_url" else source.get("type"))
    if not isinstance(kind, str) or kind not in KINDS:
        raise FileProcessingError(f"a dictionary needs a 'type' of: {', '.join(KINDS)}")
    kept = KINDS[kind].options
    told = {"detail_level": source["detail"], **source} if "detail" in source else source
    options = {name: told[name] for name in ("name", "mime_type", *kept) if name in told}
    return _place(source, kind), kind, options


def _place(source: Mapping[str, Any], kind: str) -> Any:
    for name in ("url", "image_url", "source", "path"):
        if (given := source.get(name)) is None:
            continue
        if not isinstance(given, Mapping):
            return Path(given) if name == "path" and isinstance(given, str) else given
        if isinstance(url := given.get("url"), str):
            return url
        if isinstance(data := given.get("data"), str):
            return f"data:{given.get('media_type', '')};base64,{data}"
    raise KINDS[kind].failure(f"the dictionary of {kind} has no 'source', 'url' or 'path'")
