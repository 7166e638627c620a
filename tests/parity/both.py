"""Asks one question on either route and says what came of it, in a form that can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.types import GenerateResponse
from tests.support import litellms
from tests.support.loopback import Request

ROUTES = ("litellm", "direct")

Outcome = GenerateResponse | AbstractLLMError

# Said of the client by itself, or of the connection; no vendor answers otherwise for them.
UNLIKE_HEADERS = frozenset("user-agent accept accept-encoding content-length connection".split())

FACTS = (
    "content model finish_reason usage reasoning cost cost_source request_id warnings provider "
    "attempts raw_response"
).split()


def ask(config: Mapping[str, Any], arguments: Mapping[str, Any]) -> Outcome:
    """What becomes of one call, its stream read to the end."""
    try:
        answer: Any = create_llm("litellm", **config).generate(**arguments)
        if not arguments.get("stream"):
            return _response(answer)
        for _ in answer:
            pass
    except AbstractLLMError as error:
        return error
    return _response(answer.response)


async def aask(config: Mapping[str, Any], arguments: Mapping[str, Any]) -> Outcome:
    """The same, awaited."""
    try:
        answer: Any = await create_llm("litellm", **config).generate_async(**arguments)
        if not arguments.get("stream"):
            return _response(answer)
        async for _ in answer:
            pass
    except AbstractLLMError as error:
        return error
    return _response(answer.response)


def _response(answer: Any) -> GenerateResponse:
    assert isinstance(answer, GenerateResponse)
    return answer


def run(config: Mapping[str, Any], arguments: Mapping[str, Any], *, is_async: bool) -> Outcome:
    """Either of them."""
    if is_async:
        return litellms.run(aask(config, arguments))
    return ask(config, arguments)


def facts(outcome: Outcome) -> dict[str, Any]:
    """What two outcomes of one answer must have in common."""
    if isinstance(outcome, AbstractLLMError):
        status, partial = outcome.status_code, outcome.partial
        said = partial and {name: getattr(partial, name) for name in ("content", "reasoning")}
        return {"error": type(outcome).__name__, "status": status, "partial": said}
    calls = [(call.id, call.name, call.arguments) for call in outcome.tool_calls]
    usage = outcome.usage and asdict(outcome.usage)
    return {**{name: getattr(outcome, name) for name in FACTS}, "calls": calls, "usage": usage}


def sent(request: Request) -> dict[str, Any]:
    """What a request says to the vendor."""
    headers = {
        name: value
        for name, value in request.headers.items()
        if name not in UNLIKE_HEADERS and not name.startswith("x-stainless-")
    }
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": headers,
        "body": request.json,
    }


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two JSON-like values differ, each place with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            line
            for name in sorted({*one, *other})
            for line in differences(one.get(name), other.get(name), f"{where}.{name}")
        ]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{where}[{i}]")]
    return [] if one == other else [f"{where}: {one!r} != {other!r}"]
