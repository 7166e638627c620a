"""One way to say what is wrong with a file: its place, the reason, and what would work."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from ..exceptions import FileProcessingError, ImageProcessingError

Failure = type[FileProcessingError] | type[ImageProcessingError]


class Refusal(Exception):
    """Why something is not read; its message is completed with the place and raised as ours."""


def trouble(
    failure: Failure, place: Any, reason: str, cause: BaseException | None = None
) -> FileProcessingError | ImageProcessingError:
    """The error for a place (a path, an address, a name) and what is the matter with it."""
    told = shown(str(place))
    return failure(f"'{told}' {reason}", original_exception=cause, details={"file_path": told})


def shown(place: str) -> str:
    """The place as it may be repeated: no password or signature of an address, never endless."""
    if place.startswith(("http://", "https://")):
        place = _without_secrets(place)
    return place if len(place) <= _LONGEST else f"{place[:_LONGEST]}..."


_LONGEST = 300


def _without_secrets(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url.partition("://")[0] + "://..."
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" + ("?..." if parts.query else "")
