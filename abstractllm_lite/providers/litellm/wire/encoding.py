"""Undoes an answer's content encoding as its bytes come, and sees where it is broken or cut."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ZLIB = frozenset({"gzip", "x-gzip", "deflate"})
_DEFLATE = 8  # the method in the low half of a zlib header's first byte
_GZIP = 0x1F  # a gzip header's first byte


def encoding_of(headers: Mapping[str, str]) -> str:
    """The answer's content encoding in lower case; "" for none."""
    told = headers.get("content-encoding", "").strip().lower()
    return "" if told == "identity" else told


def known(encoding: str) -> bool:
    """Whether the bytes can be read here: plain, or compressed by zlib."""
    return not encoding or encoding in _ZLIB


class Decoder:
    """Decodes gzip (several members too) and deflate, with or without its header."""

    def __init__(self) -> None:
        self._engine: zlib._Decompress | None = None

    def feed(self, data: bytes) -> bytes:
        """What the next piece holds. Raises zlib.error."""
        plain = []
        while data:
            if self._engine is None:
                self._engine = zlib.decompressobj(_window(data[0]))
            plain.append(self._engine.decompress(data))
            data = self._engine.unused_data
            if data:
                if data[0] != _GZIP:  # padding, which ends the answer
                    break
                self._engine = None
        return b"".join(plain)

    @property
    def whole(self) -> bool:
        """Whether the end was reached; an answer without a byte has none to reach."""
        return self._engine is None or self._engine.eof


def _window(first: int) -> int:
    if first == _GZIP or first & 0x0F == _DEFLATE:
        return zlib.MAX_WBITS | 32
    return -zlib.MAX_WBITS


def decoded(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The start of a body without its content encoding; as it is where that is broken."""
    if not (encoding := encoding_of(headers)) or not known(encoding):
        return body
    try:
        return Decoder().feed(body)
    except zlib.error:
        return body
