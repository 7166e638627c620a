"""Does an event stream end as its vendor ends it? Bytes in, facts on the exchange out.

Three dialects are known: OpenAI's, Anthropic's and Gemini's. A mark is searched in the raw bytes: a
string of JSON cannot hold one, since its quotes and line ends are escaped there.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

from .exchange import BODY_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .exchange import Exchange, FaultKind

_EVENT = re.compile(rb"[\r\n](?:data|event)?:")
_MARK = re.compile(
    rb"""
    (?P<error>
        [\r\n]data:\s{0,8}\{\s{0,8}"error"\s{0,8}:\s{0,8}[{"]
      | [\r\n]data:\s{0,8}\{\s{0,8}"type"\s{0,8}:\s{0,8}"error"
      | [\r\n]event:\s{0,8}error[\r\n]
    )
  | (?P<done>[\r\n]data:\s{0,8}\[DONE\])
  | "(?:finish_reason|finishReason|stop_reason|blockReason)"\s{0,8}:\s{0,8}"[^"]
  | "type"\s{0,8}:\s{0,8}"message_stop"
    """,
    re.VERBOSE,
)
_OVERLAP = 64  # bytes; no mark is longer

_ZLIB = {"gzip", "x-gzip", "deflate"}

_ASKED = re.compile(rb'"stream"\s*:\s*true')


def asks_for_stream(path: str, body: bytes) -> bool:
    """Whether the request asks for a stream (litellm also fakes streams over plain calls)."""
    method = path.replace(":", "/").rpartition("/")[2].lower()
    return "stream" in method or _ASKED.search(body) is not None


def inflater(headers: Mapping[str, str]) -> Callable[[bytes], bytes] | None:
    """What undoes the answer's content encoding; None where there is none, or one unknown here."""
    if headers.get("content-encoding", "") in _ZLIB:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32).decompress
    return None


def readable(headers: Mapping[str, str]) -> bool:
    """Whether the bytes can be watched: plain, or compressed in a way known here."""
    return headers.get("content-encoding", "identity") in {"", "identity", *_ZLIB}


def inflated(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The body without its content encoding; as it is where that is broken or unknown."""
    inflate = inflater(headers)
    try:
        return inflate(body) if inflate else body
    except zlib.error:
        return body


class Tap:
    """Watches the bytes of one event stream and records its end, or its error event."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._inflate = inflater(exchange.headers)
        self._tail = b"\n"
        self._events = False
        self._failed = False

    def feed(self, data: bytes) -> None:
        """Look at the next piece."""
        if self._exchange.ended is not False:
            return
        try:
            self._look(self._inflate(data) if self._inflate else data)
        except zlib.error:
            self._exchange.ended = None

    def _look(self, data: bytes) -> None:
        window = self._tail + data
        self._tail = window[-_OVERLAP:]
        if self._failed or not self._is_event(window):
            self._keep(data)
        elif mark := _MARK.search(window):
            self._found(mark, window)

    def verdict(self) -> FaultKind | None:
        """At the end of the bytes: what is wrong with it."""
        if self._exchange.ended is not False:
            return None
        if self._failed:
            return "error_event"
        return "truncated" if self._events else "bad_body"

    def _is_event(self, window: bytes) -> bool:
        if not self._events and _EVENT.search(window):
            self._events, self._exchange.body = True, b""
        return self._events

    def _found(self, mark: re.Match[bytes], window: bytes) -> None:
        if mark["error"] is None:
            self._exchange.ended = True
            self._exchange.reasoned = mark["done"] is None
        else:
            self._failed = True
            self._keep(window[mark.start() :].lstrip())

    def _keep(self, data: bytes) -> None:
        self._exchange.body = (self._exchange.body + data)[:BODY_LIMIT]
