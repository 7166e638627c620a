"""An image's size and motion, read from its own words; nothing is decoded."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .trouble import Refusal

if TYPE_CHECKING:
    from .content import Content


@dataclass(frozen=True, slots=True)
class Picture:
    """Width and height in pixels, and whether it moves."""

    width: int
    height: int
    moves: bool = False


def look_at(content: Content, media: str) -> Picture:
    """What the image's head says. Raises Refusal for an image that is broken or cut short."""
    try:
        picture = _READERS[media](content)
    except (IndexError, struct.error):
        raise Refusal("is broken: it ends before the image does") from None
    if not (picture.width and picture.height):
        raise Refusal("is broken: it has no width or no height")
    return picture


def _png(content: Content) -> Picture:
    if content.at(12, 4) != b"IHDR":
        raise Refusal("is broken: a PNG begins with its header")
    width, height = struct.unpack(">II", content.at(16, 8))
    at, name = 8, b""
    while name != b"IEND":
        length, name = struct.unpack(">I4s", content.at(at, 8))
        at += 12 + length
    if at > content.size:
        raise IndexError
    return Picture(width, height)


# The markers that start a frame and tell its size: SOF0 to SOF15 without three that are others.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def _jpeg(content: Content) -> Picture:
    at = 2
    while True:
        mark, marker, length = struct.unpack(">BBH", content.at(at, 4))
        if mark != 0xFF or marker == 0xDA:
            raise Refusal("is broken: a JPEG without the size of its image")
        if marker == 0xFF:  # padding
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack(">HH", content.at(at + 5, 4))
            break
        else:
            at += 2 + length
    if content.rfind(b"\xff\xd9") < 0:
        raise IndexError
    return Picture(width, height)


def _gif(content: Content) -> Picture:
    width, height, flags = struct.unpack("<HHB", content.at(6, 5))
    frames = 0
    for _ in _gif_frames(content, 13 + _colours(flags)):
        frames += 1
        if frames > 1:
            break
    if not frames:
        raise Refusal("is broken: a GIF without an image")
    return Picture(width, height, frames > 1)


def _gif_frames(content: Content, at: int) -> Iterator[int]:
    """Where each image of a GIF begins."""
    while (block := content.at(at, 1)[0]) != 0x3B:
        if block == 0x2C:
            yield at
            at += 11 + _colours(content.at(at + 9, 1)[0])
        elif block == 0x21:
            at += 2
        else:
            raise Refusal("is broken: a GIF with a block of no known kind")
        while length := content.at(at, 1)[0]:
            at += 1 + length
        at += 1


def _colours(flags: int) -> int:
    """The bytes of a colour table."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _webp(content: Content) -> Picture:
    (length,) = struct.unpack("<I", content.at(4, 4))
    if length + 8 > content.size:
        raise IndexError
    head = content.at(12, 18)
    if head[:4] == b"VP8X":
        width, height = (int.from_bytes(head[at : at + 3], "little") + 1 for at in (12, 15))
        return Picture(width, height, bool(head[8] & 0x02))
    if head[:4] == b"VP8L":
        (bits,) = struct.unpack("<I", head[9:13])
        return Picture((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if head[:4] == b"VP8 ":
        width, height = struct.unpack("<HH", head[14:18])
        return Picture(width & 0x3FFF, height & 0x3FFF)
    raise Refusal("is broken: a WebP without an image")


_READERS: dict[str, Callable[[Content], Picture]] = {
    "image/png": _png,
    "image/jpeg": _jpeg,
    "image/gif": _gif,
    "image/webp": _webp,
}
TAKEN = frozenset(_READERS)
