"""The door: every call goes out through here, by the direct route or through litellm itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from ...exceptions import UnsupportedFeatureError
from . import catalog, delegation, direct, wire
from .bounded import abounded, bounded
from .bypass import Noticing
from .loading import aload

if TYPE_CHECKING:
    from .call import Attempt, Call


def completion(attempt: Attempt) -> Any:
    """litellm's ModelResponse, or an iterator of its chunks where the call streams.

    The connection of a plain call is given back here, that of a stream in `close`.
    """
    streaming = False
    try:
        with wire.within(attempt.call.tape):
            answer = _directly(attempt)
            if answer is None:
                with Noticing(attempt, opening=attempt.call.stream):
                    answer = delegation.completion(attempt, _asked(attempt.call))
        streaming = attempt.call.stream
    finally:
        if not streaming:
            attempt.exchange.release()
    return answer


async def acompletion(attempt: Attempt) -> Any:
    """The same, awaited."""
    streaming = False
    await aload()
    try:
        with wire.within(attempt.call.tape):
            answer = await _adirectly(attempt)
            if answer is None:
                with Noticing(attempt, opening=attempt.call.stream):
                    answer = await delegation.acompletion(attempt, _asked(attempt.call))
        streaming = attempt.call.stream
    finally:
        if not streaming:
            await attempt.exchange.arelease()
    return answer


def _directly(attempt: Attempt) -> Any:
    """The answer by the direct route; None, with nothing sent, where it does not take the call."""
    if not _takes_direct_route(attempt):
        return None
    try:
        return direct.completion(attempt, _asked(attempt.call))
    except direct.Declined as reason:
        declined = str(reason)
    _not_directly(attempt, declined)
    return None


async def _adirectly(attempt: Attempt) -> Any:
    """The same, awaited."""
    if not _takes_direct_route(attempt):
        return None
    try:
        return await direct.acompletion(attempt, _asked(attempt.call))
    except direct.Declined as reason:
        declined = str(reason)
    _not_directly(attempt, declined)
    return None


def _takes_direct_route(attempt: Attempt) -> bool:
    if attempt.call.transport == "litellm":
        return False
    if (reason := direct.declined(attempt.call)) is not None:
        _not_directly(attempt, reason)
        return False
    attempt.route, attempt.wired = "direct", True
    return True


def _not_directly(attempt: Attempt, reason: str) -> None:
    """Send the attempt through litellm; an error where the caller wanted the direct route alone."""
    attempt.route, attempt.wired = "litellm", False
    if attempt.call.transport == "direct":
        raise UnsupportedFeatureError(
            "transport", f"the direct route does not take this call: {reason}"
        )


def advance(source: Any, attempt: Attempt) -> Any:
    """The stream's next chunk, None at its end. Raises the wire's fault where the end is none."""
    with wire.within(attempt.call.tape), Noticing(attempt):
        chunk = bounded(attempt, lambda: next(source, None))
    if chunk is None and attempt.exchange.fault is not None:
        raise attempt.exchange.fault
    return chunk


async def aadvance(source: Any, attempt: Attempt) -> Any:
    """The same, awaited."""
    with wire.within(attempt.call.tape), Noticing(attempt):
        chunk = await abounded(attempt, anext(source, None))
    if chunk is None and attempt.exchange.fault is not None:
        raise attempt.exchange.fault
    return chunk


def close(source: Any, attempt: Attempt, *, finished: bool) -> None:
    """Give a stream's connection back, or close it; never raises, and may be called again."""
    attempt.exchange.release(finished)
    if not attempt.exchange.requests:
        _close_generators(source)


async def aclose(source: Any, attempt: Attempt, *, finished: bool) -> None:
    """The same, awaited."""
    await attempt.exchange.arelease(finished)
    if not attempt.exchange.requests and hasattr(source, "aclose"):
        await source.aclose()


def stream_usage(source: Any, told: list[Any]) -> Any:
    """The vendor's own token counts in a finished stream, or None; `told` are those handed out.

    litellm hands out an estimate where a stream has none; the chunks it keeps hold only what came.
    The last count holds, with the first's input tokens: litellm 1.100 ends Anthropic's with 0.
    """
    if (kept := getattr(source, "chunks", None)) is not None:
        told = [chunk.usage for chunk in kept if getattr(chunk, "usage", None)]
    first = next((usage for usage in told if usage.prompt_tokens), None)
    if not told or first is None or told[-1].prompt_tokens:
        return told[-1] if told else None
    total = first.prompt_tokens + told[-1].completion_tokens
    counts = {"prompt_tokens": first.prompt_tokens, "total_tokens": total}
    return told[-1].model_copy(update=counts)


def _asked(call: Call) -> dict[str, Any]:
    """A copy of the call's parameters; a stream is asked for its token counts too."""
    asked: dict[str, Any] = plain_copy(call.parameters)
    if not call.stream:  # vendors take it with a stream only
        asked.pop("stream_options", None)
    taken = catalog.supported(call.route, call.model) if call.stream else ()
    if call.asks_usage and "stream_options" in taken:
        asked.setdefault("stream_options", {"include_usage": True})
    return asked


def _close_generators(source: Any) -> None:
    """litellm's sync streams have no close(): what they read from has (litellm 1.106.2)."""
    inner = getattr(source, "completion_stream", source)
    for each in (inner, *(getattr(inner, name, None) for name in _INNER_STREAMS)):
        if hasattr(each, "close"):
            with contextlib.suppress(ValueError, RuntimeError):  # it is running elsewhere
                each.close()


_INNER_STREAMS = ("streaming_response", "response_iterator")
