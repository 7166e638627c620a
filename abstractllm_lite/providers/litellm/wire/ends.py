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

_FIELDS = (b"data:", b"event:", b":")  # what a line of server-sent events begins with
_REASONS = ("finish_reason", "finishReason", "stop_reason", "blockReason")

_ASKED = re.compile(rb'"stream"\s*:\s*true')

# The last chunk of every model behind Bedrock's invoke holds Amazon's own counts.
_LAST_CHUNK = "amazon-bedrock-invocationMetrics"


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
    """Server-sent events. Each is parsed here, since litellm drops what is no JSON."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange)
        self._lines = Lines()
        self._odd: list[bytes] = []  # lines of data that are no JSON, alone at least

    def verdict(self) -> FaultKind | None:
        """As for the others; the last line may lack its end."""
        if not self.failed and self._exchange.ended is False:
            self._read(self._lines.rest)
        return super().verdict()

    def _look(self, data: bytes) -> bytes:
        if self.failed or not self._begun:
            self._keep(data)
        return data if self.failed else self._search(data)

    def _search(self, data: bytes) -> bytes:
        cut = 0
        for place, line in self._lines.feed(data):
            cut = cut if self._odd else max(place, 0)
            self._read(line)
            if self.broken:
                return data[:cut]
            if self.failed:
                self._keep(data[place + len(line) :])
            if self.failed or self._exchange.ended:
                return data
        self._notice(self._lines.rest)
        return data

    def _notice(self, line: bytes) -> None:
        if line.startswith(_FIELDS):
            self._begin()

    def _read(self, line: bytes) -> None:
        self._notice(line)
        if line.startswith(b"event:") and line[6:].strip() == b"error":
            self._fail(line)
        elif line.startswith(b"data:"):
            payload = line[5:].strip()
            if self._odd or not self._take(payload):
                self._odd.append(payload)
        elif self._odd and not line.strip():
            self.broken = not self._take(b"\n".join(self._odd))
            self._odd = []

    def _take(self, payload: bytes) -> bool:
        """Look at an event's data; False where it is none."""
        if payload == b"[DONE]":
            self._end(reasoned=False)
            return True
        told = _json(payload or b"null")
        if _fails(told):
            self._fail(b"data: " + payload.replace(b"\n", b" "))
        elif _ends(told):
            self._end()
        return told is not _NOTHING


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
        if isinstance(inner, str):
            with suppress(ValueError):
                told = _json(base64.b64decode(inner))
        if _ends(told):
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


# An event speaks of itself in keys of its own alone: a tool's arguments, which Gemini tells as
# objects, may hold any name.
def _fails(event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    broke_off = any(each.get("finish_reason") == "error" for each in _parts(event))
    return bool(event.get("error")) or event.get("type") == "error" or broke_off


def _ends(event: Any) -> bool:
    if not isinstance(event, dict):
        return False
    reasons = (each.get(name) for each in _parts(event) for name in _REASONS)
    last = event.get("type") == "message_stop" or _LAST_CHUNK in event
    return last or any(isinstance(reason, str) and reason for reason in reasons)


def _parts(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event and its own parts that may tell how it ended."""
    lists = (event.get(name) for name in ("choices", "candidates"))
    listed = [each for several in lists if isinstance(several, list) for each in several]
    for each in (event, event.get("delta"), event.get("promptFeedback"), *listed):
        if isinstance(each, dict):
            yield each


_NOTHING = object()


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _NOTHING
