"""Where content comes from: a path, an address, bytes, an open file, base64 text, a picture."""

from __future__ import annotations

import base64
import binascii
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, Protocol, TypeAlias
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from ..exceptions import InvalidParameterError
from . import sniff
from .content import PIECE
from .paths import absolute, open_file
from .trouble import Failure, Refusal, trouble

if TYPE_CHECKING:
    from .interface import MediaInput

MAX_FILE_SIZE = 100 * 2**20

Opener = Callable[[], Iterator[bytes]]
Place: TypeAlias = str | os.PathLike[str]


class Picture(Protocol):
    """An image of Pillow's, as far as it matters here."""

    def save(self, fp: Any, format: str | None = None) -> None:
        """Write the image to an open file."""


# What MediaFactory, `files=` and the media inputs take.
Given: TypeAlias = (
    "Place | bytes | bytearray | memoryview | IO[bytes] | Picture | Mapping[str, Any] | MediaInput"
)


@dataclass(frozen=True, slots=True)
class Access:
    """What may be read: files below `root` alone (None: anywhere), no more than `max_file_size`
    bytes of any source, and addresses only where `allow_fetch`."""

    root: Place | None = None
    allow_fetch: bool = False
    max_file_size: int = MAX_FILE_SIZE

    @property
    def folder(self) -> Path | None:
        """The root as a path."""
        return None if self.root is None else Path(self.root)


class Source:
    """One place of content. It is opened when it is first asked, and read through by `pieces`."""

    def __init__(
        self,
        opener: Opener,
        failure: Failure,
        limit: int,
        *,
        name: str = "attachment",
        path: Path | None = None,
        url: str | None = None,
        media: str | None = None,
    ) -> None:
        self.name, self.path, self.url, self.media = name, path, url, media
        self.failure = failure
        self._opener, self._limit = opener, limit
        self._begun: list[bytes] = []
        self._rest: Iterator[bytes] | None = None

    @property
    def place(self) -> str:
        """What an error calls it."""
        return self.url or (str(self.path) if self.path else self.name)

    def head(self) -> bytes:
        """The first bytes, enough to tell what it is; they are not lost to `pieces`."""
        if self._rest is None:
            self._rest = self._checked()
        while sum(map(len, self._begun)) < sniff.HEAD and (piece := next(self._rest, b"")):
            self._begun.append(piece)
        return b"".join(self._begun)[: sniff.HEAD]

    def pieces(self) -> Iterator[bytes]:
        """All bytes. Raises the source's failure."""
        rest, begun = self._rest or self._checked(), self._begun
        self._rest, self._begun = None, []
        return chain(begun, rest)

    def trouble(self, reason: str, cause: BaseException | None = None) -> Exception:
        """The error that says what is wrong with it."""
        return trouble(self.failure, self.place, reason, cause)

    def _checked(self) -> Iterator[bytes]:
        size = 0
        try:
            for piece in filter(None, self._opener()):
                size += len(piece)
                if size > self._limit:
                    raise Refusal(f"is larger than {self._limit:,} bytes (max_file_size)")
                yield piece
        except Refusal as refusal:
            error, cause = str(refusal), None
        except (OSError, ValueError) as failure:
            error, cause = f"cannot be read: {_reason(failure)}", failure
        else:
            if size:
                return
            error, cause = "is empty", None
        raise self.trouble(error, cause) from None


def _reason(failure: Exception) -> str:
    return getattr(failure, "strerror", None) or str(failure) or type(failure).__name__


def locate(given: Any, failure: Failure, access: Access, wanted: str | None = None) -> Source:
    """The source that a value stands for; `wanted` is the kind that it is to hold, if said.

    Raises the failure for a value that is none.
    """
    _check_access(access)
    if isinstance(given, str):
        return _from_text(given, failure, access, wanted)
    if isinstance(given, os.PathLike):
        return _from_path(given, failure, access)
    if isinstance(given, (bytes, bytearray, memoryview)):
        return _from_bytes(memoryview(given).cast("B"), failure, access)
    if callable(getattr(given, "read", None)):
        return _from_stream(given, failure, access)
    if type(given).__module__.split(".")[0] == "PIL" and callable(getattr(given, "save", None)):
        return _from_picture(given, failure, access)
    told = type(given).__name__
    raise failure(f"a file is a path, an address, bytes, an open file or a picture, not {told}")


def _check_access(access: Access) -> None:
    if access.root is not None and not Path(access.root).is_dir():
        raise InvalidParameterError("root", str(access.root), "'root' must be an existing folder")


def is_address(text: str) -> bool:
    """Whether the text is an http(s) address."""
    return text[:8].lower().startswith(("http://", "https://"))


def is_encoded(text: str) -> bool:
    """Whether the text is base64 of something whose beginning is known."""
    begun = "".join(text[:64].split())[:32]
    if len(begun) < 16 or not _BASE64.fullmatch(begun):
        return False
    return sniff.sniff(base64.b64decode(begun[: len(begun) // 4 * 4])) is not None


_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def _from_text(given: str, failure: Failure, access: Access, wanted: str | None) -> Source:
    if is_address(given):
        return _from_address(given, failure, access, wanted)
    if given[:5].lower() == "data:":
        return _from_data_url(given, failure, access)
    if is_encoded(given):
        return Source(lambda: _decoded(given), failure, access.max_file_size)
    return _from_path(given, failure, access)


def _from_path(given: Place, failure: Failure, access: Access) -> Source:
    root = access.folder
    path = Path(os.fspath(given))
    if not str(given):
        raise failure("a path is empty")

    def read() -> Iterator[bytes]:
        with open_file(path, root) as file:
            yield from iter(lambda: file.read(PIECE), b"")

    limit = access.max_file_size
    return Source(read, failure, limit, name=path.name, path=absolute(path, root))


def _from_address(url: str, failure: Failure, access: Access, wanted: str | None) -> Source:
    def read() -> Iterator[bytes]:
        if not access.allow_fetch:
            raise Refusal("is an address, and nothing is fetched unless allow_fetch=True")
        from . import fetch  # heavy, and rarely asked for

        yield from fetch.fetch(url, lambda media: _fits(media, wanted))

    try:
        name = PurePosixPath(unquote(urlsplit(url).path)).name
    except ValueError:
        name = ""
    return Source(read, failure, access.max_file_size, name=name or "attachment", url=url)


def _fits(media: str, wanted: str | None) -> bool:
    """Whether content of that type may be of the wanted kind; many servers say "octets" only."""
    if media in {sniff.BINARY, "binary/octet-stream"}:
        return True
    kind = sniff.kind_of(media)
    words = {"text", "tabular"}
    return kind is not None and (wanted in (None, kind) or {kind, wanted} == words)


def _from_bytes(given: memoryview, failure: Failure, access: Access) -> Source:
    def read() -> Iterator[bytes]:
        return (bytes(given[at : at + PIECE]) for at in range(0, len(given), PIECE))

    return Source(read, failure, access.max_file_size)


def _from_stream(given: Any, failure: Failure, access: Access) -> Source:
    unread = [given]

    def read() -> Iterator[bytes]:
        if not unread:
            raise Refusal("was an open file, and has been read already")
        file = unread.pop()
        while piece := file.read(PIECE):
            if not isinstance(piece, bytes):
                raise Refusal("was opened as text: open it in binary mode, 'rb'")
            yield piece

    told = getattr(given, "name", None)
    name = PurePosixPath(told).name if isinstance(told, str) else "attachment"
    return Source(read, failure, access.max_file_size, name=name)


def _from_picture(given: Any, failure: Failure, access: Access) -> Source:
    """A picture of Pillow's, as the PNG that Pillow makes of it: nothing of it is lost."""

    def read() -> Iterator[bytes]:
        file = io.BytesIO()
        given.save(file, format="PNG")
        yield from _from_bytes(file.getbuffer(), failure, access).pieces()

    return Source(read, failure, access.max_file_size, name="picture.png")


def _from_data_url(given: str, failure: Failure, access: Access) -> Source:
    about, comma, data = given[5:].partition(",")
    media, *more = about.split(";")
    encoded = "base64" in (each.strip().lower() for each in more)

    def read() -> Iterator[bytes]:
        if not comma:
            raise Refusal("has no comma, and so no content")
        yield from _decoded(data) if encoded else iter([unquote_to_bytes(data)])

    limit = access.max_file_size
    return Source(read, failure, limit, name="data: URL", media=media.strip().lower() or None)


def _decoded(text: str) -> Iterator[bytes]:
    """What base64 text stands for, piece by piece; line ends in it do not count."""
    rest = ""
    for at in range(0, len(text), PIECE):
        rest += "".join(text[at : at + PIECE].split())
        whole = len(rest) // 4 * 4
        yield _strictly(rest[:whole])
        rest = rest[whole:]
    if rest:
        yield _strictly(rest + "=" * (-len(rest) % 4))


def _strictly(text: str) -> bytes:
    try:
        if len(text.rstrip("=")) % 4 == 1:  # Python passes over a letter left alone (3.11)
            raise Refusal("is not valid base64")
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("is not valid base64") from None
