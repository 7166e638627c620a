"""Bytes of a stream become its events, wherever they are cut. Pure."""

from __future__ import annotations


class ErrorEvent(bytes):
    """The data of an event that the vendor names "error"."""


class Frames:
    """The JSON texts in a stream of server-sent events, or in one of lines of JSON.

    Every `data:` line is an event of its own: some vendors leave out the empty line between two.
    Lines end in LF, CR or CR LF and nowhere else, since JSON may hold U+2028 and its kin.
    """

    def __init__(self, *, lines: bool = False) -> None:
        self._prefix = b"" if lines else b"data:"
        self._rest = b""
        self._named = False  # the vendor named the event to come "error"

    def feed(self, data: bytes) -> list[bytes]:
        """The events that these bytes complete."""
        pieces = (self._rest + data).splitlines(keepends=True)
        self._rest = pieces.pop() if pieces and not pieces[-1].endswith(b"\n") else b""
        return self._events(pieces)

    def close(self) -> list[bytes]:
        """The event that stands when the bytes are over: a last line needs no line end."""
        rest, self._rest = self._rest, b""
        return self._events([rest])

    def _events(self, lines: list[bytes]) -> list[bytes]:
        return [event for line in lines if (event := self._event(line))]

    def _event(self, line: bytes) -> bytes | None:
        if line.startswith(self._prefix):
            data = line[len(self._prefix) :].strip()
            return ErrorEvent(data) if self._named else data
        if line.startswith(b"event:"):
            self._named = line[6:].strip() == b"error"
        return None
