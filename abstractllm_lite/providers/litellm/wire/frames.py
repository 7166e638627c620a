"""Frames of AWS's binary event stream (application/vnd.amazon.eventstream).

A frame is its length and its headers' length (4 bytes each, big-endian), their CRC32, the headers,
the payload, and the CRC32 of all that. A header is a name, a type and a value.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

_PRELUDE = struct.Struct(">III")
_SUM = struct.Struct(">I")
_LENGTH = struct.Struct(">H")
_LEAST, _MOST = 16, 24 * 1024 * 1024  # bytes of a frame
_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}  # bytes of a value by its type
_MEASURED = (6, 7)  # types whose value is preceded by its length


class BadFrame(ValueError):
    """The bytes are no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; only headers that are texts are kept."""

    headers: dict[str, str]
    payload: bytes
    size: int


def first_frame(data: bytes) -> Frame | None:
    """The frame that the bytes begin with; None where it is not whole yet. Raises BadFrame."""
    if len(data) < _PRELUDE.size:
        return None
    total, headed, checksum = _PRELUDE.unpack_from(data)
    sound = _LEAST <= total <= _MOST and headed <= total - _LEAST
    if not sound or zlib.crc32(data[:8]) != checksum:
        raise BadFrame("the prelude is damaged")
    if len(data) < total:
        return None
    if zlib.crc32(data[: total - 4]) != _SUM.unpack_from(data, total - 4)[0]:
        raise BadFrame("the frame is damaged")
    start = _PRELUDE.size
    return Frame(_headers(data[start : start + headed]), data[start + headed : total - 4], total)


def _headers(data: bytes) -> dict[str, str]:
    told, place = {}, 0
    try:
        while place < len(data):
            after = place + 1 + data[place]
            name, kind = data[place + 1 : after].decode(), data[after]
            place = after + 1
            size = _SIZES[kind] if kind not in _MEASURED else _LENGTH.unpack_from(data, place)[0]
            place += _LENGTH.size if kind in _MEASURED else 0
            if kind in _MEASURED:
                told[name] = data[place : place + size].decode("utf-8", "replace")
            place += size
    except (LookupError, struct.error, UnicodeDecodeError) as error:
        raise BadFrame("the headers are damaged") from error
    return told
