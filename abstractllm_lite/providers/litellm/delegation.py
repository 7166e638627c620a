"""The litellm route: `litellm.completion` itself, over our connection where it takes one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from . import cohere
from .bounded import abounded, bounded
from .bypass import links
from .loading import load, part
from .wire import client_for

if TYPE_CHECKING:
    from .call import Attempt, Call

_COHERE = frozenset({"cohere", "cohere_chat"})


def completion(attempt: Attempt, asked: Mapping[str, Any]) -> Any:
    """litellm's ModelResponse, or its iterator of chunks where the call streams.

    `asked` are the call's parameters as they are to be sent; they are the call's own copy.
    """
    litellm = load()
    arguments = _arguments(attempt, asked, is_async=False)
    try:
        answer = bounded(attempt, lambda: litellm.completion(**arguments))
    except litellm.exceptions.APIConnectionError as error:
        if (answer := _rescued(error, attempt.call)) is None:
            raise
    return cohere.chunks(_lines(answer), litellm.Usage) if _is_cohere(attempt) else answer


async def acompletion(attempt: Attempt, asked: Mapping[str, Any]) -> Any:
    """The same, awaited."""
    litellm = load()
    arguments = _arguments(attempt, asked, is_async=True)
    try:
        answer = await abounded(attempt, litellm.acompletion(**arguments))
    except litellm.exceptions.APIConnectionError as error:
        if (answer := _rescued(error, attempt.call)) is None:
            raise
    return cohere.achunks(_lines(answer), litellm.Usage) if _is_cohere(attempt) else answer


def _is_cohere(attempt: Attempt) -> bool:
    return attempt.call.stream and attempt.call.route in _COHERE


def _lines(source: Any) -> Any:
    """What litellm's stream reads from: the lines as they come."""
    return source.completion_stream.streaming_response


def _arguments(attempt: Attempt, asked: Mapping[str, Any], *, is_async: bool) -> dict[str, Any]:
    """What litellm is given: a copy, since it changes its arguments.

    Retries are ours, so its own and its clients' are off. `_skip_mcp_handler` lets a plain install
    make tool calls (litellm 1.100-1.109 would import `mcp`); it never reaches the wire.
    """
    call, exchange = attempt.call, attempt.exchange
    connection = dict(call.connection)
    arguments = {
        **asked,
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
    if client is None and call.tape is not None:
        call.tape.unseen(call.route, call.connection.get("base_url"))
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
    for link in links(error):
        if isinstance(link, AttributeError) and link.name == "service_tier":
            return link.obj
    return None
