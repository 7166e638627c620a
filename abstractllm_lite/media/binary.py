"""What images, documents and sounds share: content that vendors take as base64."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from . import sniff
from .base import SourceInput
from .content import Content, hold

if TYPE_CHECKING:
    from .sources import Access


class BinaryInput(SourceInput):
    """Content whose type its first bytes tell."""

    default_mime_type: ClassVar[str]
    noun: ClassVar[str]

    def __init__(
        self,
        source: Any,
        mime_type: str | None = None,
        *,
        name: str | None = None,
        access: Access | None = None,
    ) -> None:
        super().__init__(source, mime_type, name, access)
        self._content: Content | None = None
        self._media: str | None = None
        self._url: str | None = None

    @property
    def is_passed_on(self) -> bool:
        """Whether it is an address whose content nobody here has read."""
        return self.url is not None and self._content is None

    @property
    def mime_type(self) -> str:
        """The media type by the content; by the name, for an address that is passed on."""
        if not self.is_passed_on:
            self.load()
        named = sniff.named_media(self._source.name)
        return self._media or self._mime_type or self._named(named) or self.default_mime_type

    def _named(self, media: str | None) -> str | None:
        return media if sniff.kind_of(media) == self.kind else None

    def get_content(self) -> bytes:
        """The bytes; an address is fetched where allow_fetch says so."""
        return self._bytes()

    def get_base64(self) -> str:
        """The content as base64 text."""
        return self._held().base64

    def load(self) -> None:
        """Read and check the content now, where that has not happened yet."""
        self._held()

    def _held(self) -> Content:
        with self._lock:
            if self._content is None:
                media = sniff.sniff(self._source.head())
                self._require(media, self._source.head())
                content = hold(self._source.pieces())
                self._check(content, str(media))
                self._media, self._content = media, content
            return self._content

    def _require(self, media: str | None, head: bytes) -> None:
        """Raise for what is not of this kind."""
        if sniff.kind_of(media) != self.kind:
            text = "text" if media is None and sniff.is_text(head) else "something unknown"
            raise self._source.trouble(f"is not {self.noun}: it holds {media or text}")

    @abstractmethod
    def _check(self, content: Content, media: str) -> None:
        """Raise for content that no vendor could read."""

    def _data_url(self) -> str:
        with self._lock:
            if self._url is None:
                self._url = f"data:{self.mime_type};base64,{self.get_base64()}"
            return self._url

    @property
    def _facts(self) -> tuple[int, str]:
        content = self._held()
        return content.size, content.sha256

    def _bytes(self) -> bytes:
        return b"".join(self._held().pieces())

    def _plainly(self) -> dict[str, Any]:
        """AbstractLLM's shape for models on this machine."""
        if self.is_passed_on:
            content: Any = self.url
            kind = "url"
        elif self._source.path is not None:
            self.load()
            kind, content = "path", str(self._source.path)
        else:
            kind, content = "binary", self.get_content()
        told = {"content": content, "mime_type": self.mime_type, "source_type": kind}
        return {"type": self.kind, **told}
