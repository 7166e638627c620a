"""What content is, told from its first bytes."""

from __future__ import annotations

import codecs
import mimetypes
import re
from pathlib import PurePosixPath

PDF = "application/pdf"
BINARY = "application/octet-stream"

HEAD = 4096  # bytes that are enough to tell

_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"8BPS\x00", "image/vnd.adobe.photoshop"),
    (b"ID3\x02", "audio/mpeg"),
    (b"ID3\x03", "audio/mpeg"),
    (b"ID3\x04", "audio/mpeg"),
    (b"fLaC\x00", "audio/flac"),
    (b"fLaC\x80", "audio/flac"),
    (b"OggS\x00", "audio/ogg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x7fELF", "application/x-elf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"SQLite format 3\x00", "application/vnd.sqlite3"),
)
_PDF = b"%PDF-"
_CONTAINERS = {  # the word that follows the length of a RIFF or FORM file
    (b"RIFF", b"WEBP"): "image/webp",
    (b"RIFF", b"WAVE"): "audio/wav",
    (b"RIFF", b"AVI "): "video/x-msvideo",
    (b"FORM", b"AIFF"): "audio/aiff",
    (b"FORM", b"AIFC"): "audio/aiff",
}
_BRANDS = {  # the brand of an ISO media file; every other one is a film
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"avif", b"avis"), "image/avif"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
}

# The byte order marks, longest first: UTF-32's begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NO_TEXT = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f\x7f]")


def sniff(head: bytes) -> str | None:
    """The media type that the first bytes tell; None for text and for what is not known."""
    for beginning, media in _BEGINNINGS:
        if head.startswith(beginning):
            return media
    if container := _CONTAINERS.get((head[:4], head[8:12])):
        return container
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.lstrip().startswith(_PDF) or (_PDF in head[:1024] and not is_text(head)):
        return PDF
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image/bmp"
    return _frame(head)


def _frame(head: bytes) -> str | None:
    """Sound without a header: a frame of MP3 or AAC at once."""
    if len(head) < 2 or head[0] != 0xFF:
        return None
    if head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"
    return "audio/aac" if head[1] & 0xF6 == 0xF0 else None


def is_text(head: bytes) -> bool:
    """Whether the bytes may be text, in whatever encoding."""
    return head.startswith(tuple(mark for mark, _ in MARKS)) or not _NO_TEXT.search(head)


def kind_of(media: str | None) -> str | None:
    """The kind of a media type: image, audio, document, tabular or text; None for another."""
    if not media:
        return None
    if media in _KINDS:
        return _KINDS[media]
    family = media.partition("/")[0]
    return family if family in {"image", "audio", "text"} else None


_KINDS = {
    PDF: "document",
    "text/csv": "tabular",
    "text/tab-separated-values": "tabular",
    "application/json": "text",
    "application/xml": "text",
    "application/yaml": "text",
    "application/x-yaml": "text",
    "application/toml": "text",
}


def named_media(name: str) -> str | None:
    """The media type that a file's name claims, where it claims one."""
    suffix = PurePosixPath(name).suffix.lower()
    return _SUFFIXES.get(suffix) or mimetypes.guess_type(f"name{suffix}")[0]


# What the system's table may lack, or has another opinion of (.ts is a film there).
_SUFFIXES = {
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".md": "text/markdown",
    ".ts": "text/plain",
    ".toml": "application/toml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".heif": "image/heic",
    ".avif": "image/avif",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".aiff": "audio/aiff",
    ".pdf": PDF,
}
