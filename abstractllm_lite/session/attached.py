"""The files of a turn: media that the history keeps beside a message's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..media import MediaInput

GIVEN = ("image", "images", "files")
# How files are read: settings of the provider, or of the turn.
READING = ("root", "allow_fetch", "max_file_size", "max_table_rows")


def media_of(llm: Any, options: Mapping[str, Any]) -> list[MediaInput]:
    """The media inputs that the options give, images first.

    Raises FileProcessingError or ImageProcessingError for what cannot be read.
    """
    given = [(each, name) for name in GIVEN for each in _listed(options.get(name))]
    if not given:
        return []
    from ..media import MediaFactory

    reading = {**reading_of(llm), **{name: options[name] for name in READING if name in options}}
    return [
        MediaFactory.from_source(each, None if name == "files" else "image", **reading)
        for each, name in given
    ]


def reading_of(llm: Any) -> dict[str, Any]:
    """How the provider's settings let files be read."""
    if not hasattr(llm, "get_param"):
        return {}
    told = {name: llm.get_param(name) for name in READING}
    return {name: value for name, value in told.items() if value is not None}


def kept(media: Iterable[MediaInput], *, embed: bool) -> list[dict[str, Any]]:
    """The media for a file: with their content, or by their place where they have one."""
    return [
        each.embedded() if embed or not getattr(each, "has_place", False) else each.reference()
        for each in media
    ]


def found(told: Iterable[Mapping[str, Any]], access: Mapping[str, Any]) -> list[MediaInput]:
    """The media that a file tells of. Raises FileProcessingError or ImageProcessingError for one
    that is gone or is no longer the same."""
    from ..media import MediaInput

    allowed = {name: value for name, value in access.items() if name != "max_table_rows"}
    return [MediaInput.from_dict(each, **allowed) for each in told]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]
