"""Documents: PDF."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..exceptions import UnsupportedFeatureError
from . import sniff
from .binary import BinaryInput
from .fence import fenced
from .text import joined

if TYPE_CHECKING:
    from .content import Content
    from .formats import Shape

__all__ = ["DocumentInput"]

_END = b"%%EOF"
_TAIL = 1024  # bytes within which the end of a PDF is looked for, as its readers do


class DocumentInput(BinaryInput):
    """A PDF, from any source that MediaFactory takes.

    Where a vendor reads none, its text is sent (with pypdf). Raises FileProcessingError for what
    is no source.
    """

    kind = "document"
    default_mime_type = sniff.PDF
    noun = "a PDF"

    _text: str | None = None

    def get_text(self) -> str:
        """The text of its pages, read by pypdf; pictures of text have none.

        Raises UnsupportedFeatureError where pypdf is not installed, FileProcessingError for a PDF
        that cannot be read or has no text.
        """
        with self._lock:
            if self._text is None:
                self._text = self._extracted()
            return self._text

    def _extracted(self) -> str:
        try:
            from pypdf import PdfReader
        except ImportError:
            raise UnsupportedFeatureError("documents", _missing(self.name)) from None
        content = io.BytesIO(self.get_content())
        try:
            pages = [page.extract_text() for page in PdfReader(content).pages]
        except Exception as error:
            raise self._source.trouble(f"cannot be read as a PDF: {error}", error) from None
        if not any(page.strip() for page in pages):
            raise self._source.trouble("has no text in it (its pages may be pictures)")
        return "\n\n".join(pages)

    def fenced(self) -> str:
        """Its text under its name, in a fence, as it is put among a prompt's parts."""
        return fenced(self.name, self.get_text(), "the text of a PDF")

    @property
    def filename(self) -> str:
        """A name that vendors take: it ends in .pdf."""
        return self.name if self.name.lower().endswith(".pdf") else f"{self.name}.pdf"

    def _check(self, content: Content, media: str) -> None:
        if content.size < _TAIL:
            tail = content.at(0, content.size)
        else:
            tail = content.at(content.size - _TAIL, _TAIL)
        if _END not in tail:
            raise self._source.trouble("is cut short: the end of the PDF is missing")

    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        return {
            "openai": self._openai,
            "anthropic": self._anthropic,
            "ollama": lambda: joined(self.name, self.get_text()),
            "huggingface": self._plainly,
        }

    def _openai(self) -> dict[str, Any]:
        return {"type": "file", "file": {"filename": self.filename, "file_data": self._data_url()}}

    def _anthropic(self) -> dict[str, Any]:
        if self.is_passed_on and not self._access.allow_fetch:
            return {"type": "document", "source": {"type": "url", "url": self.url}}
        data = {"type": "base64", "media_type": self.mime_type, "data": self.get_base64()}
        return {"type": "document", "source": data}


def _missing(name: str) -> str:
    return (
        f"'{name}' cannot be sent as a file, and its text cannot be read without pypdf: "
        "pip install 'abstractllm-lite[pdf]'"
    )
