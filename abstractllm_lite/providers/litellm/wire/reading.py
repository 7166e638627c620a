"""What an answer's bytes go through on their way to the reader; both engines' lines share it."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from . import ends
from .encoding import Decoder, encoding_of, known
from .foreign import thrown

if TYPE_CHECKING:
    import httpx

    from .exchange import Dialect, Exchange
    from .tape import Recording


class Reading:
    """Decodes the bytes, watches a stream for its end, and keeps a plain answer's body.

    Who records the answer listens here.
    """

    def __init__(
        self, exchange: Exchange, request: httpx.Request, recording: Recording | None = None
    ) -> None:
        self._exchange = exchange
        self._recording = recording
        encoding = encoding_of(exchange.headers)
        self._decoder = Decoder() if encoding and known(encoding) else None
        self._tap: ends.Tap | None = None
        self._kept: list[bytes] | None = None
        if exchange.status is None or not 200 <= exchange.status < 300:
            return
        if not streams(request):
            self._kept = [] if known(encoding) else None
        elif known(encoding) and (dialect := _dialect(exchange)) is not None:
            self._tap = ends.tap(dialect, exchange)
        else:
            exchange.ended = None

    def settle(self, headers: httpx.Headers) -> None:
        """Take from the head what is no longer true of the bytes that the reader gets."""
        for name in ("content-encoding", "content-length") if self._decoder else ():
            headers.pop(name, None)

    def check(self) -> None:
        """Raise the fault that the last piece broke off with."""
        if self._tap is not None and self._tap.broken:
            raise thrown(self._exchange.fail("bad_body", "an event of the stream is no JSON"))

    def take(self, data: bytes) -> bytes:
        """What the reader gets of the next piece. Raises httpx.TransportError."""
        self.overhear(data)
        if self._decoder is not None:
            try:
                data = self._decoder.feed(data)
            except zlib.error:
                raise thrown(self._exchange.fail("bad_body", _COMPRESSED)) from None
        if self._kept is not None:
            self._kept.append(data)
        return self._tap.feed(data) if self._tap is not None else data

    def overhear(self, data: bytes) -> None:
        """Let who records the answer have bytes; those that no reader wants any more too."""
        self._exchange.silent = self._exchange.silent and not data
        if self._recording is not None:
            self._recording.feed(data)

    def drained(self) -> None:
        """The bytes are over, and nobody wanted the last of them."""
        self._recorded(whole=True)

    def close(self) -> None:
        """Nothing more will be read, which is no loss where the vendor has said all."""
        failed = self._tap is not None and self._tap.failed
        self._recorded(whole=failed or self._exchange.spoken)

    def _recorded(self, *, whole: bool) -> None:
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.end(whole=whole)

    def end(self) -> None:
        """The bytes are over: record the end, or raise what is wrong with it."""
        self.check()
        exchange = self._exchange
        if self._tap is not None and (verdict := self._tap.verdict()):
            self._recorded(whole=verdict == "error_event")
            raise thrown(exchange.fail(verdict, _NO_STREAM if verdict == "bad_body" else ""))
        if self._decoder is not None and not self._decoder.whole and not exchange.ended:
            raise thrown(exchange.fail("bad_body", _COMPRESSED))
        if self._tap is None:
            exchange.ended = exchange.ended if exchange.ended is None else True
            exchange.content = b"".join(self._kept or ())
        if exchange.ended is None:
            exchange.heard, self._recording = self._recording, None
        self._recorded(whole=True)


_COMPRESSED = "its compression is broken"
_NO_STREAM = "an event stream was asked for and something else came"


def streams(request: httpx.Request) -> bool:
    """Whether the request asks for a stream."""
    return ends.asks_for_stream(request.url.path, request.content)


def _dialect(exchange: Exchange) -> Dialect | None:
    """The vendor's dialect; Bedrock's agents answer in events of their own instead of frames."""
    told = exchange.headers.get("content-type", "")
    if exchange.dialect == "eventstream" and "event-stream" in told:
        return None
    return exchange.dialect
