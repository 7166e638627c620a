"""A stream read by ourselves: bytes in, litellm's chunks out, one at a time."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from .. import wire
from .frames import ErrorEvent

if TYPE_CHECKING:
    from ..wire import Exchange, FaultKind, WireFault
    from .frames import Frames
    from .texts import Reader

_DONE = b"[DONE]"
_LAST = "message_stop"  # Anthropic's end; what follows it is nothing
_NO_COUNT = {"output_tokens": 0}
_KEPT = 64 * 1024  # bytes of what came instead of a stream


class Chunks:
    """The chunks of one open answer, for `next` and for `anext`; it belongs to that answer alone.

    An event is parsed when its turn comes, so what stood before a broken one is delivered. Its own
    end, or the lack of one, is judged by whoever folds it: `finish_reason` is never made up.
    """

    def __init__(
        self, exchange: Exchange, pieces: Any, frames: Frames, parser: Any, text: Reader | None
    ) -> None:
        self._exchange = exchange
        self._pieces = pieces
        self._frames = frames
        self._parse = parser.chunk_parser
        self._text = text or (lambda _: None)
        self._events: deque[bytes] = deque()
        self._held = b""  # data that is no JSON until the next line of it has come
        self._begun = False
        self._over = False

    def __iter__(self) -> Chunks:
        return self

    __aiter__ = __iter__

    def __next__(self) -> Any:
        while (chunk := self._next()) is None:
            if self._over:
                raise StopIteration
            self._take(next(self._pieces, None))
        return chunk

    async def __anext__(self) -> Any:
        while (chunk := self._next()) is None:
            if self._over:
                raise StopAsyncIteration
            self._take(await anext(self._pieces, None))
        return chunk

    def _take(self, data: bytes | None) -> None:
        self._events += self._frames.close() if data is None else self._frames.feed(data)
        self._over = data is None
        self._begun = self._begun or bool(self._events)
        if not self._begun:
            self._no_stream(data)

    def _no_stream(self, data: bytes | None) -> None:
        """Keep what is no event; when nothing else came, that is the fault."""
        exchange = self._exchange
        exchange.body = (exchange.body + (data or b""))[:_KEPT]
        if self._over:
            waiting = exchange.body.lstrip().startswith(b":")  # comments, to keep it open
            kind: FaultKind = "truncated" if waiting else "bad_body"
            raise exchange.fail(kind, "a stream of events was asked for and none came")

    def _next(self) -> Any:
        """The next chunk in hand, None where more bytes are needed."""
        while self._events:
            text = self._events.popleft()
            if text == _DONE:
                return self._end()
            if (event := self._event(text)) is None:
                continue
            if (chunk := self._text(event)) is not None:
                return chunk
            if event.get("type") == _LAST:
                return self._end()
            if (chunk := self._parse(_whole(event))) is not None:
                return _shaped(chunk, event)
        if self._over and self._held:
            raise self._no_json()
        return None

    def _end(self) -> None:
        if self._held:
            raise self._no_json()
        self._over = self._exchange.ended = True
        self._events.clear()

    def _event(self, text: bytes) -> dict[str, Any] | None:
        """The event; None for none, or for a part of one whose data has several lines."""
        try:
            event = json.loads(self._held + text)
        except ValueError:
            if self._held:
                raise self._no_json() from None
            self._held = text + b"\n"
            return None
        self._held = b""
        if event is not None and not isinstance(event, dict):
            raise self._no_json()
        if event and (isinstance(text, ErrorEvent) or _fails(event)):
            self._exchange.body = text[:_KEPT]
            raise self._exchange.fail("error_event")
        return event

    def _no_json(self) -> WireFault:
        return self._exchange.fail("bad_body", "an event of the stream is no JSON object")


def _fails(event: Mapping[str, Any]) -> bool:
    return bool(event.get("error")) or event.get("type") == "error" or wire.broken_off(event)


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    """The event with nothing where OpenAI's language has null; litellm's parser fails on it.

    It fails too where Anthropic's last event counts nothing (1.100), or null.
    """
    if event.get("type") == "message_delta" and not event.get("usage"):
        event["usage"] = _NO_COUNT
    if "choices" in event:
        choices = event["choices"] or ()
        event["choices"] = [{**each, "delta": each.get("delta") or {}} for each in choices]
    return event


def _shaped(chunk: Any, event: Mapping[str, Any]) -> Any:
    """litellm's chunk; some of its parsers tell it as a dictionary.

    For Gemini it makes up a finish where a tool is called (1.100-1.109).
    """
    if not isinstance(chunk, Mapping):
        if event.get("usage") is _NO_COUNT:
            chunk.usage = None
        if any(not each.get("finishReason") for each in event.get("candidates") or ()):
            chunk.choices[0].finish_reason = None
        return chunk
    delta = SimpleNamespace(content=chunk.get("text"), tool_calls=_calls(chunk.get("tool_use")))
    finish = chunk.get("finish_reason") if chunk.get("is_finished") else None
    choice = SimpleNamespace(index=0, finish_reason=finish or None, delta=delta)
    usage = chunk.get("usage")
    counts = SimpleNamespace(**usage) if isinstance(usage, Mapping) else usage
    return SimpleNamespace(model=None, choices=[choice], usage=counts)


def _calls(told: Mapping[str, Any] | None) -> list[Any]:
    if not told:
        return []
    function = SimpleNamespace(**told["function"])
    return [SimpleNamespace(id=told.get("id"), index=told.get("index"), function=function)]
