"""Bytes that were read once and are held as base64 text, the form in which vendors want them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

PIECE = 3 * 2**18  # bytes read at a time; a multiple of 3, so that pieces of base64 join


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one source: its base64 text, its size in bytes and its sha256 in hex."""

    base64: str = field(repr=False)
    size: int
    sha256: str

    def at(self, start: int, length: int) -> bytes:
        """Some bytes out of it; fewer where it ends before."""
        first, last = start // 3 * 4, -(-(start + length) // 3) * 4
        return base64.b64decode(self.base64[first:last])[start % 3 :][:length]

    def pieces(self) -> Iterator[bytes]:
        """All bytes, piece by piece."""
        return (self.at(start, PIECE) for start in range(0, self.size, PIECE))

    def rfind(self, wanted: bytes) -> int:
        """Where the wanted bytes stand for the last time; -1 where they do not."""
        for start in range((self.size - 1) // PIECE * PIECE, -1, -PIECE):
            found = self.at(start, PIECE + len(wanted) - 1).rfind(wanted)
            if found >= 0:
                return start + found
        return -1


def hold(pieces: Iterable[bytes]) -> Content:
    """The content that comes in pieces of any size; the bytes themselves are not kept."""
    encoded: list[str] = []
    size, digest, rest = 0, hashlib.sha256(), b""
    for piece in pieces:
        size += len(piece)
        digest.update(piece)
        rest = rest + piece if rest else piece
        whole = len(rest) // 3 * 3
        encoded.append(base64.b64encode(rest[:whole]).decode("ascii"))
        rest = rest[whole:]
    encoded.append(base64.b64encode(rest).decode("ascii"))
    return Content("".join(encoded), size, digest.hexdigest())
