"""Cohere's stream of events, read here: litellm takes an event's name for JSON (1.100-1.109)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from ...exceptions import GenerationError

FINISH = {
    "COMPLETE": "stop",
    "STOP_SEQUENCE": "stop",
    "MAX_TOKENS": "length",
    "TOOL_CALL": "tool_calls",
}


def chunks(lines: Iterator[str], usage: Callable[..., Any]) -> Iterator[Any]:
    """The stream's events in the shape of litellm's chunks. Raises GenerationError where the
    vendor ends it with an error."""
    for line in lines:
        if (chunk := chunk_of(line, usage)) is not None:
            yield chunk


async def achunks(lines: AsyncIterator[str], usage: Callable[..., Any]) -> AsyncIterator[Any]:
    """The same, awaited."""
    async for line in lines:
        if (chunk := chunk_of(line, usage)) is not None:
            yield chunk


def chunk_of(line: str, usage: Callable[..., Any]) -> Any:
    """One line as a chunk; None for what says nothing to us."""
    if not line.startswith("data:") or line.removeprefix("data:").strip() == "[DONE]":
        return None
    event = json.loads(line.removeprefix("data:"))
    delta = event.get("delta") or {}
    if event.get("type") == "message-end":
        return _end(delta, usage)
    read = _READERS.get(event.get("type"))
    return read(delta, event.get("index") or 0) if read else None


def _content(delta: Mapping[str, Any], _: int) -> Any:
    content = delta["message"]["content"]
    return _chunk(content=content.get("text"), reasoning_content=content.get("thinking"))


def _call(delta: Mapping[str, Any], index: int) -> Any:
    told = delta["message"]["tool_calls"]
    function = SimpleNamespace(
        name=told["function"].get("name"), arguments=told["function"].get("arguments")
    )
    return _chunk(tool_calls=[SimpleNamespace(index=index, id=told.get("id"), function=function)])


def _end(delta: Mapping[str, Any], usage: Callable[..., Any]) -> Any:
    reason = delta.get("finish_reason")
    if reason not in FINISH:
        raise GenerationError(delta.get("error") or f"the stream ended with {reason}")
    return _chunk(finish=FINISH[reason], usage=_used(delta.get("usage") or {}, usage))


def _used(told: Mapping[str, Any], usage: Callable[..., Any]) -> Any:
    tokens = told.get("tokens")
    if not tokens:
        return None
    read, written = int(tokens["input_tokens"]), int(tokens["output_tokens"])
    return usage(prompt_tokens=read, completion_tokens=written, total_tokens=read + written)


def _chunk(finish: str | None = None, usage: Any = None, **delta: Any) -> Any:
    choice = SimpleNamespace(index=0, finish_reason=finish, delta=SimpleNamespace(**delta))
    return SimpleNamespace(model=None, choices=[choice], usage=usage)


_READERS = {
    "content-delta": _content,
    "tool-call-start": _call,
    "tool-call-delta": _call,
}
