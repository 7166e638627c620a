"""Small files of every kind, made here, byte by byte."""

from __future__ import annotations

import struct
import zlib


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int = 1, height: int = 1, extra: bytes = b"") -> bytes:
    """A black PNG; `extra` goes into a chunk that readers pass over."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height)) if width * height < 10**6 else b""
    body = _chunk(b"IDAT", rows) + (_chunk(b"teXt", extra) if extra else b"")
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + body + _chunk(b"IEND", b"")


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """A JPEG's frame without its coefficients."""
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    frame = b"\xff\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00"
    scan = b"\xff\xda" + struct.pack(">H", 8) + b"\x01\x01\x00\x00\x3f\x00" + bytes(4)
    return b"\xff\xd8" + app0 + frame + scan + b"\xff\xd9"


def gif(frames: int = 1, width: int = 4, height: int = 3) -> bytes:
    """A GIF with a colour table, a comment and so many images."""
    head = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    comment = b"\x21\xfe\x02hi\x00"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    return head + comment + image * frames + b"\x3b"


def webp(width: int = 5, height: int = 4, form: bytes = b"VP8X", moves: bool = False) -> bytes:
    """A WebP's head in one of its three forms."""
    if form == b"VP8X":
        size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        data = bytes([0x02 if moves else 0, 0, 0, 0]) + size
    elif form == b"VP8L":
        data = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(5)
    else:
        data = bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", width, height)
    chunk = form + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk


def pdf(text: str = "Hello PDF") -> bytes:
    """A PDF of one page with one line."""
    line = b"BT /F1 12 Tf 10 100 Td (" + text.encode() + b") Tj ET"
    font = b"/Font<</F1 5 0 R>>"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R/Resources<<%s>>>>" % font,
        b"<</Length %d>>stream\n%s\nendstream" % (len(line), line),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    body, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(body))
        body += b"%d 0 obj%s endobj\n" % (number, each)
    table = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(places)
    end = b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + table + end


def wav() -> bytes:
    """A WAV of four silent samples."""
    head = struct.pack("<HHIIHH", 1, 1, 8000, 16000, 2, 16)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", 8) + bytes(8)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mp3() -> bytes:
    """An MP3 with a tag and the head of a frame."""
    return b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(64)


HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(16)
BMP = b"BM" + struct.pack("<IHHI", 70, 0, 0, 54) + bytes(56)
TIFF = b"II*\x00" + bytes(16)
ZIP = b"PK\x03\x04" + bytes(40)
MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(16)
CSV = b"name,age\nAda,36\nAlan,41\n"
