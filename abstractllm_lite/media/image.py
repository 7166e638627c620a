"""Images."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from ..exceptions import ImageProcessingError
from . import picture
from .binary import BinaryInput
from .trouble import Failure, Refusal

if TYPE_CHECKING:
    from .content import Content
    from .formats import Shape
    from .picture import Picture
    from .sources import Access

__all__ = ["ImageInput"]

DETAILS = ("auto", "low", "medium", "high")

_INSTEAD = "send it as PNG, JPEG, WebP, or a GIF that does not move"
_log = logging.getLogger(__name__)


class ImageInput(BinaryInput):
    """A PNG, JPEG, WebP or still GIF, from any source that MediaFactory takes.

    An address is passed on to the vendor as it is. `detail_level` is "auto", "low", "medium" or
    "high"; anything else is "auto". Raises ImageProcessingError for what is no source.
    """

    kind = "image"
    failure: ClassVar[Failure] = ImageProcessingError
    options = ("detail_level",)
    default_mime_type = "image/jpeg"
    noun = "an image"

    def __init__(
        self,
        source: Any,
        detail_level: str = "auto",
        mime_type: str | None = None,
        *,
        name: str | None = None,
        access: Access | None = None,
    ) -> None:
        super().__init__(source, mime_type, name=name, access=access)
        if detail_level not in DETAILS:
            _log.warning("detail_level is none of %s: 'auto' is taken", DETAILS)
            detail_level = "auto"
        self.detail_level = detail_level
        self._picture: Picture | None = None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None for an address that is passed on."""
        if self.is_passed_on:
            return None
        self.load()
        return (self._picture.width, self._picture.height) if self._picture else None

    @property
    def metadata(self) -> dict[str, Any]:
        """The type, the detail level, and of an image that is at hand width, height, format."""
        told = {**super().metadata, "detail_level": self.detail_level}
        if size := self.size:
            kind = self.mime_type.removeprefix("image/").upper()
            told |= {"width": size[0], "height": size[1], "format": kind}
        return told

    def _check(self, content: Content, media: str) -> None:
        kind = media.removeprefix("image/").upper()
        if media not in picture.TAKEN:
            raise self._source.trouble(f"is {kind}, which vendors do not read: {_INSTEAD}")
        try:
            seen = picture.look_at(content, media)
        except Refusal as refusal:
            raise self._source.trouble(str(refusal)) from None
        if seen.moves:
            raise self._source.trouble(f"is an animated {kind}: {_INSTEAD}")
        self._picture = seen

    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        return {
            "openai": self._openai,
            "anthropic": self._anthropic,
            "ollama": lambda: self.url if self.is_passed_on else self.get_base64(),
            "huggingface": self._plainly,
        }

    def _openai(self) -> dict[str, Any]:
        url = self.url if self.is_passed_on else self._data_url()
        return {"type": "image_url", "image_url": {"url": url, "detail": self.detail_level}}

    def _anthropic(self) -> dict[str, Any]:
        if self.is_passed_on:
            return {"type": "image", "source": {"type": "url", "url": self.url}}
        data = {"type": "base64", "media_type": self.mime_type, "data": self.get_base64()}
        return {"type": "image", "source": data}
