"""Text."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from ..exceptions import InvalidParameterError
from . import sniff
from .base import SourceInput
from .fence import fenced
from .sources import Access, Source, is_address

if TYPE_CHECKING:
    from .formats import Shape
    from .trouble import Failure

__all__ = ["TextInput"]


class Said(Source):
    """A text that was given itself."""

    def __init__(self, text: str, failure: Failure, limit: int) -> None:
        super().__init__(lambda: iter([text.encode()]), failure, limit, name="text")
        self.text = text


class TextualInput(SourceInput):
    """Content that is text, in an encoding; a byte order mark at its beginning says which."""

    def __init__(
        self,
        source: Any,
        encoding: str,
        mime_type: str | None,
        name: str | None,
        access: Access | None,
    ) -> None:
        try:
            "".encode(encoding)
        except (LookupError, TypeError, ValueError):
            raise InvalidParameterError("encoding", encoding) from None
        super().__init__(source, mime_type, name, access)
        self.encoding = encoding
        self._text: str | None = None
        self._mark: tuple[bytes, str] = b"", encoding
        self._read: tuple[int, str] = 0, ""

    def _located(self, source: Any) -> Source:
        if isinstance(source, str) and self._is_content(source):
            return Said(source, self.failure, self._access.max_file_size)
        return super()._located(source)

    def _is_content(self, source: str) -> bool:
        """Whether a str is the text itself: AbstractLLM takes it so unless a file has that name."""
        if is_address(source) or source[:5].lower() == "data:":
            return False
        root = self._access.folder
        return not os.path.exists(source if root is None else root / source)  # noqa: PTH110

    @classmethod
    def from_text(cls, text: str, name: str = "text", **options: Any) -> Self:
        """The text itself, even where it happens to be the name of a file."""
        limit = (options.get("access") or Access()).max_file_size
        return cls(Said(text, cls.failure, limit), name=name, **options)

    @property
    def metadata(self) -> dict[str, Any]:
        """The type and encoding, and the length in characters once it was read."""
        told = {**super().metadata, "encoding": self.encoding}
        return told if self._text is None else {**told, "content_length": len(self._text)}

    def get_content(self) -> str:
        """The text. Raises FileProcessingError for what is not text in this encoding."""
        with self._lock:
            if self._text is None:
                raw = b"".join(self._source.pieces())
                self._text = self._decoded(raw)
                self._read = len(raw), hashlib.sha256(raw).hexdigest()
            return self._text

    def load(self) -> None:
        """Read the text now, where that has not happened yet."""
        self.get_content()

    def _decoded(self, raw: bytes) -> str:
        if isinstance(self._source, Said):
            self._mark = b"", "utf-8"
            return self._source.text
        media = sniff.sniff(raw[: sniff.HEAD])
        if sniff.kind_of(media) or not sniff.is_text(raw[: sniff.HEAD]):
            raise self._source.trouble(f"is not text: it holds {media or 'bytes of no known kind'}")
        marks = (each for each in sniff.MARKS if raw.startswith(each[0]))
        mark, codec = self._mark = next(marks, (b"", self.encoding))
        try:
            return str(memoryview(raw)[len(mark) :], codec)
        except (UnicodeError, ValueError) as error:
            raise self._source.trouble(_why(error, codec), error) from None

    @property
    def _facts(self) -> tuple[int, str]:
        return self._read

    def _bytes(self) -> bytes:
        mark, codec = self._mark
        return mark + self.get_content().encode(codec)

    def embedded(self) -> dict[str, Any]:
        """The same with the content; in UTF-8, where the encoding has several ways to say it."""
        told = super().embedded()
        raw = self._bytes()
        if hashlib.sha256(raw).hexdigest() == told["sha256"]:
            return told
        again = type(self).from_text(self.get_content(), self.name)
        return {**told, **again.embedded(), "encoding": "utf-8"}

    def fenced(self) -> str:
        """The text under its name, in a fence, as it is put among a prompt's parts."""
        return fenced(self.name, self.get_content())


def _why(error: Exception, codec: str) -> str:
    at = f" (byte {error.start})" if isinstance(error, UnicodeDecodeError) else ""
    return f"is not {codec.upper()} text{at}: save it as UTF-8, or give TextInput its encoding="


class TextInput(TextualInput):
    """Text of any kind, from any source that MediaFactory takes, or given as it is.

    A str that is the name of a file is that file, as in AbstractLLM; `from_text` and Path tell the
    two apart. `encoding` is Python's name for it.
    """

    kind = "text"
    options = ("encoding",)

    def __init__(
        self,
        source: Any,
        encoding: str = "utf-8",
        mime_type: str | None = None,
        *,
        name: str | None = None,
        access: Access | None = None,
    ) -> None:
        super().__init__(source, encoding, mime_type, name, access)

    @property
    def mime_type(self) -> str:
        """The media type by the file's name; text/plain where that says none."""
        named = sniff.named_media(self._source.name)
        return self._mime_type or (named if named and sniff.kind_of(named) else _PLAIN)

    def _part(self) -> dict[str, Any]:
        return {"type": "text", "text": self.get_content()}

    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        return {
            "openai": self._part,
            "anthropic": self._part,
            "ollama": lambda: joined(self.name, self.get_content()),
            "huggingface": lambda: {
                "type": "text",
                "content": self.get_content(),
                "mime_type": self.mime_type,
            },
        }


_PLAIN = "text/plain"


def joined(name: str, text: str) -> str:
    """AbstractLLM's way to put a file behind a prompt that is one text."""
    return f"\n===== JOINT FILES ======\n\n===== {name} =========\n{text}\n"
