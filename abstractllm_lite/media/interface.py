"""What every file, image or sound that goes along with a prompt can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ..exceptions import FileProcessingError, UnsupportedOperationError

__all__ = ["MediaInput"]


class MediaInput(ABC):
    """The base of all media; a class of your own needs `media_type` and `to_provider_format`."""

    _kinds: ClassVar[dict[str, type[MediaInput]]] = {}

    @abstractmethod
    def to_provider_format(self, provider: str) -> Any:
        """The content in the shape that a provider takes; OpenAI's where the name is unknown.

        Raises ImageProcessingError or FileProcessingError for what cannot be read.
        """

    @property
    @abstractmethod
    def media_type(self) -> str:
        """The kind: "image", "text", "tabular", "document" or "audio"."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What is known of the content without reading it anew."""
        return {}

    def reference(self) -> dict[str, Any]:
        """A JSON-able dictionary that leads back to the content: its place, size and sha256."""
        raise UnsupportedOperationError("reference", f"{type(self).__name__} has none")

    def embedded(self) -> dict[str, Any]:
        """The same with the content itself, in base64 under "content"."""
        raise UnsupportedOperationError("embedded", f"{type(self).__name__} has none")

    @classmethod
    def from_dict(cls, data: Any, **access: Any) -> MediaInput:
        """What `reference` or `embedded` gave; `access` is root=, allow_fetch=, max_file_size=.

        Raises FileProcessingError or ImageProcessingError where a referenced file is gone or is no
        longer the one that was referred to.
        """
        kind = data.get("kind") if isinstance(data, Mapping) else None
        found = cls._kinds.get(kind) if isinstance(kind, str) else None
        if found is None:
            known = ", ".join(sorted(cls._kinds))
            raise FileProcessingError(f"no media of kind {kind!r}; there are: {known}")
        return found.from_dict(data, **access)
