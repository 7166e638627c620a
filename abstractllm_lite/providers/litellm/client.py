"""The door: every call goes out through here, by the direct route or through litellm itself."""

from __future__ import annotations

import asyncio
import contextlib
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from ...exceptions import UnsupportedFeatureError
from . import cohere, direct
from .errors import unless_it_fails
from .loading import aload, load, part, prepare
from .wire import client_for

if TYPE_CHECKING:
    from .call import Attempt, Call

_COHERE = frozenset({"cohere", "cohere_chat"})

_GRACE = 0.5  # seconds; the wire's own clock should be the one that rings


def completion(attempt: Attempt) -> Any:
    """litellm's ModelResponse, or an iterator of its chunks where the call streams.

    The connection of a plain call is given back here, that of a stream in `close`.
    """
    streaming = False
    try:
        answer = _directly(attempt)
        if answer is None:
            answer = _through_litellm(attempt)
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
        answer = await _adirectly(attempt)
        if answer is None:
            answer = await _athrough_litellm(attempt)
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


def _through_litellm(attempt: Attempt) -> Any:
    litellm = load()
    try:
        answer = litellm.completion(**_arguments(attempt, is_async=False))
    except litellm.exceptions.APIConnectionError as error:
        if (answer := _rescued(error, attempt.call)) is None:
            raise
    return cohere.chunks(_lines(answer), litellm.Usage) if _is_cohere(attempt) else answer


async def _athrough_litellm(attempt: Attempt) -> Any:
    """The same, awaited. An outer deadline stands over the vendors that bypass our wire."""
    litellm = load()
    try:
        async with asyncio.timeout(attempt.exchange.left() + _GRACE):
            answer = await litellm.acompletion(**_arguments(attempt, is_async=True))
    except litellm.exceptions.APIConnectionError as error:
        if (answer := _rescued(error, attempt.call)) is None:
            raise
    return cohere.achunks(_lines(answer), litellm.Usage) if _is_cohere(attempt) else answer


def advance(source: Any, attempt: Attempt) -> Any:
    """The stream's next chunk, None at its end. Raises the wire's fault where the end is none."""
    chunk = next(source, None)
    if chunk is None and attempt.exchange.fault is not None:
        raise attempt.exchange.fault
    return chunk


async def aadvance(source: Any, attempt: Attempt) -> Any:
    """The same, awaited."""
    async with asyncio.timeout(attempt.exchange.left() + _GRACE):
        chunk = await anext(source, None)
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


def _is_cohere(attempt: Attempt) -> bool:
    return attempt.call.stream and attempt.call.route in _COHERE


def _lines(source: Any) -> Any:
    """What litellm's stream reads from: the lines as they come."""
    return source.completion_stream.streaming_response


def _arguments(attempt: Attempt, *, is_async: bool) -> dict[str, Any]:
    """What litellm is given: a copy, since it changes its arguments.

    Retries are ours, so its own and its clients' are off. `_skip_mcp_handler` lets a plain install
    make tool calls (litellm 1.100-1.109 would import `mcp`); it never reaches the wire.
    """
    call, exchange = attempt.call, attempt.exchange
    prepare(call.route)
    connection = dict(call.connection)
    arguments = {
        **_asked(call),
        "model": call.address,
        "messages": plain_copy(call.messages),
        "timeout": max(exchange.left(), 0.001),
        "max_retries": 0,
        "_skip_mcp_handler": True,
        "api_key": connection.get("api_key"),
        "api_base": connection.get("base_url"),
    }
    if organization := connection.get("organization"):
        arguments["organization"] = organization
    if call.stream:
        arguments["stream"] = True
    if client := _wire_client(attempt, is_async=is_async):
        arguments["client"] = client
    return arguments


def _asked(call: Call) -> dict[str, Any]:
    """A copy of the call's parameters; a stream is asked for its token counts too."""
    asked: dict[str, Any] = plain_copy(call.parameters)
    if call.stream and call.asks_usage and "stream_options" in supported(call.route, call.model):
        asked.setdefault("stream_options", {"include_usage": True})
    return asked


@lru_cache(1024)
def supported(vendor: str, model: str) -> frozenset[str]:
    """OpenAI's parameters that litellm passes on to the model, under whatever name."""
    names = unless_it_fails(
        lambda: load().get_supported_openai_params(model=model, custom_llm_provider=vendor)
    )
    return frozenset(names or ())


def _wire_client(attempt: Attempt, *, is_async: bool) -> Any:
    call = attempt.call
    client = client_for(
        call.route,
        exchange=attempt.exchange,
        is_async=is_async,
        model=call.model,
        api_version=call.parameters.get("api_version"),
        **call.connection,
    )
    attempt.wired = client is not None
    return client


def _rescued(error: BaseException, call: Call) -> Any:
    """The answer in such an error; a stream that litellm makes of a plain answer has one chunk."""
    answer = _answer_in(error)
    if answer is None or not call.stream:
        return answer
    return part("llms.base_llm.base_model_iterator").MockResponseIterator(answer)


def _answer_in(error: BaseException) -> Any:
    """The answer that litellm lost in a fault of its own, or None.

    Groq's plain answers without a `service_tier` end in an AttributeError that holds the whole
    ModelResponse (litellm 1.100-1.109).
    """
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, AttributeError) and link.name == "service_tier":
            return link.obj
        link = link.__cause__ or link.__context__
    return None


def _close_generators(source: Any) -> None:
    """litellm's sync streams have no close(): what they read from has (litellm 1.106.2)."""
    inner = getattr(source, "completion_stream", source)
    for each in (inner, *(getattr(inner, name, None) for name in _INNER_STREAMS)):
        if hasattr(each, "close"):
            with contextlib.suppress(ValueError, RuntimeError):  # it is running elsewhere
                each.close()


_INNER_STREAMS = ("streaming_response", "response_iterator")
