"""Does a stream end as its vendor ends it? Decoded bytes in, facts on the exchange out.

Three dialects are known: server-sent events (OpenAI's, Anthropic's, Gemini's), Ollama's lines of
JSON, and Bedrock's binary frames.
"""

from __future__ import annotations

import base64
import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from .exchange import BODY_LIMIT
from .frames import BadFrame, Frame, first_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .exchange import Dialect, Exchange, FaultKind

_EVENT = re.compile(rb"[\r\n](?:data|event)?:")
# Searched in the raw bytes: a string of JSON cannot hold a mark, since its quotes and line ends are
# escaped there.
_MARK = re.compile(
    rb"""
    (?P<error>
        [\r\n]data:\s{0,8}\{\s{0,8}"error"\s{0,8}:\s{0,8}[{"]
      | [\r\n]data:\s{0,8}\{\s{0,8}"type"\s{0,8}:\s{0,8}"error"
      | [\r\n]event:\s{0,8}error[\r\n]
      | "finish_reason"\s{0,8}:\s{0,8}"error"
    )
  | (?P<done>[\r\n]data:\s{0,8}\[DONE\])
  | "(?:finish_reason|finishReason|stop_reason|blockReason)"\s{0,8}:\s{0,8}"[^"]
  | "type"\s{0,8}:\s{0,8}"message_stop"
    """,
    re.VERBOSE,
)
_OVERLAP = 64  # bytes; no mark is longer

_ASKED = re.compile(rb'"stream"\s*:\s*true')

# The last chunk of every model behind Bedrock's invoke holds Amazon's own counts.
_LAST_CHUNK = b'"amazon-bedrock-invocationMetrics"'


def asks_for_stream(path: str, body: bytes) -> bool:
    """Whether the request asks for a stream (litellm also fakes streams over plain calls)."""
    method = path.replace(":", "/").rpartition("/")[2].lower()
    return "stream" in method or _ASKED.search(body) is not None


def tap(dialect: Dialect, exchange: Exchange) -> Tap:
    """What watches a stream in the dialect."""
    return _TAPS[dialect](exchange)


class Tap:
    """Watches one stream and records its end, or its error event, on the exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._begun = False  # something of the dialect came
        self.failed = False  # the vendor's error event came
        self.broken = False  # something came that is no event, after the last sound byte

    def feed(self, data: bytes) -> bytes:
        """Look at the next piece; what of it may be handed on."""
        return self._look(data) if self._exchange.ended is False else data

    def verdict(self) -> FaultKind | None:
        """At the end of the bytes: what is wrong with it."""
        if self._exchange.ended is not False:
            return None
        if self.failed:
            return "error_event"
        return "truncated" if self._begun else "bad_body"

    def _look(self, data: bytes) -> bytes:
        raise NotImplementedError

    def _begin(self) -> None:
        if not self._begun:
            self._begun, self._exchange.body = True, b""

    def _end(self, *, reasoned: bool = True) -> None:
        self._exchange.ended, self._exchange.reasoned = True, reasoned

    def _fail(self, event: bytes) -> None:
        """An error event is kept as SSE writes it, whatever its dialect."""
        self.failed = True
        self._keep(event)

    def _keep(self, data: bytes) -> None:
        self._exchange.body = (self._exchange.body + data)[:BODY_LIMIT]


class EventTap(Tap):
    """Server-sent events. Each event is parsed only where nobody else would complain of it."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._tail = b"\n"
        self._lines = Lines()
        self._odd: list[bytes] = []  # lines of data that are no JSON, alone at least

    def _look(self, data: bytes) -> bytes:
        sound = self._sound(data) if self._exchange.checked else data
        self._search(sound)
        if self._exchange.ended:
            self.broken = False
            return data
        return sound

    def _search(self, data: bytes) -> None:
        window = self._tail + data
        self._tail = window[-_OVERLAP:]
        if not self._begun and _EVENT.search(window):
            self._begin()
        if self.failed or not self._begun:
            self._keep(data)
        elif mark := _MARK.search(window):
            if mark["error"] is None:
                self._end(reasoned=mark["done"] is None)
            else:
                self._fail(window[mark.start() :].lstrip())

    def _sound(self, data: bytes) -> bytes:
        """The bytes before the first event that is no JSON."""
        cut = 0
        for place, line in self._lines.feed(data):
            if line.startswith(b"data:"):
                payload = line[5:].strip()
                if self._odd or not _is_data(payload):
                    cut = cut if self._odd else max(place, 0)
                    self._odd.append(payload)
            elif self._odd and not line.strip():
                if not _is_data(b"\n".join(self._odd)):
                    self.broken = True
                    return data[:cut]
                self._odd = []
        return data


class LineTap(Tap):
    """Ollama's lines of JSON, the last of which says `"done": true`."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._lines = Lines()

    def verdict(self) -> FaultKind | None:
        """As for the others; the last line may lack its end."""
        if self._exchange.ended is False:
            self._read(self._lines.rest)
        return super().verdict()

    def _look(self, data: bytes) -> bytes:
        if not self._begun:
            self._keep(data)
        for place, line in self._lines.feed(data):
            if not self._read(line):
                self.broken = True
                return data[: max(place, 0)]
        return data

    def _read(self, line: bytes) -> bool:
        """Take one line in; False where it is no JSON amid the others."""
        if not line.strip() or self._exchange.ended:
            return True
        told = _json(line)
        if not isinstance(told, dict):
            return not self._begun
        self._begin()
        if "error" in told:
            self._fail(b"data: " + line.strip())
        elif told.get("done") is True:
            self._end()
        return True


class FrameTap(Tap):
    """Bedrock's frames: converse's own events, or chunks of a model's events in base64."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._rest = b""

    def _look(self, data: bytes) -> bytes:
        if not self._begun:
            self._keep(data)
        before, self._rest = len(self._rest), self._rest + data
        place = -before
        try:
            while self._exchange.ended is False and (frame := first_frame(self._rest)):
                self._begin()
                self._read(frame)
                self._rest, place = self._rest[frame.size :], place + frame.size
        except BadFrame:
            self.broken = self._begun
            return data[: max(place, 0)] if self._begun else data
        return data

    def _read(self, frame: Frame) -> None:
        kind = frame.headers.get(":message-type", "event")
        if kind != "event":
            self._fail(b"data: " + json.dumps(_exception(frame)).encode())
        elif frame.headers.get(":event-type") == "messageStop":
            self._end()
        elif frame.headers.get(":event-type") == "chunk":
            self._read_chunk(frame.payload)

    def _read_chunk(self, payload: bytes) -> None:
        told = _json(payload)
        inner = told.get("bytes") if isinstance(told, dict) else None
        event = payload
        if isinstance(inner, str):
            with suppress(ValueError):
                event = base64.b64decode(inner)
        if _LAST_CHUNK in event or _MARK.search(event):
            self._end()


_TAPS: dict[Dialect, type[Tap]] = {"sse": EventTap, "ndjson": LineTap, "eventstream": FrameTap}


class Lines:
    """Cuts pieces of bytes into lines."""

    def __init__(self) -> None:
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that are whole now, each with its place in `data`, below 0 if it began before.

        It is to be read to its end, or never fed again.
        """
        before, text, start = len(self.rest), self.rest + data, 0
        while (end := text.find(b"\n", start)) >= 0:
            yield start - before, text[start:end]
            start = end + 1
        self.rest = text[start:]


def _exception(frame: Frame) -> dict[str, Any]:
    told = _json(frame.payload)
    message = told.get("message") if isinstance(told, dict) else None
    headers = frame.headers
    kind = headers.get(":exception-type") or headers.get(":error-code") or "error"
    message = message or headers.get(":error-message") or kind
    return {"type": "error", "error": {"type": kind, "message": message}}


def _is_data(payload: bytes) -> bool:
    return payload in (b"", b"[DONE]") or _json(payload) is not _NOTHING


_NOTHING = object()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _NOTHING
