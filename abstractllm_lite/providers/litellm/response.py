"""A vendor's answer, told once or in pieces, becomes one GenerateResponse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ...exceptions import GenerationError
from ...types import GenerateResponse, Usage
from . import catalog
from .headers import request_id
from .tools import WireCall, from_wire
from .wire import broken_off

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .call import Attempt, Call
    from .wire import Exchange

# Vendors whose finish word stays "stop" beside tool calls (litellm 1.106.2, cohere).
_SAYS_STOP_FOR_TOOLS = frozenset({"cohere", "cohere_chat"})


@dataclass(slots=True)
class Answer:
    """What a vendor said, gathered from one body or from a stream's chunks."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    blocks: list[dict[str, Any]] = field(default_factory=list)
    calls: list[WireCall] = field(default_factory=list)
    finish: str | None = None
    usage: Any = None
    model: str | None = None


def read(completion: Any) -> Answer:
    """The answer in litellm's ModelResponse. Raises GenerationError where there is none."""
    choices = getattr(completion, "choices", None)
    if not choices:
        raise GenerationError("the vendor's answer holds no choice")
    message, finish = choices[0].message, choices[0].finish_reason
    return Answer(
        text=_some(getattr(message, "content", None)),
        reasoning=_some(thinking(message)),
        blocks=[signed(block) for block in getattr(message, "thinking_blocks", None) or ()],
        calls=[_wire_call(call) for call in message.tool_calls or ()],
        finish=finish,
        usage=getattr(completion, "usage", None),
        model=completion.model,
    )


def thinking(message: Any) -> str | None:
    """The reasoning text of a message or delta; groq and others call it `reasoning`."""
    told = getattr(message, "reasoning_content", None) or getattr(message, "reasoning", None)
    return told if isinstance(told, str) else None


def signed(block: Mapping[str, Any]) -> dict[str, Any]:
    """A block of reasoning as its vendor takes it back; litellm 1.109 numbers some in streams."""
    return {name: block[name] for name in _SIGNED if block.get(name) is not None}


_SIGNED = ("type", "thinking", "signature", "data")


def conclude(answer: Answer, attempt: Attempt) -> GenerateResponse:
    """The response that both a plain call and a finished stream end in.

    Raises GenerationError for an answer that says nothing at all, or that misses its schema.
    """
    call, text, raw = attempt.call, "".join(answer.text) or None, _body(attempt.exchange)
    if broken_off(raw):
        raise GenerationError("the vendor broke off its answer")
    tool_calls = from_wire(answer.calls, text)
    usage = usage_of(answer.usage)
    reasoning = "".join(answer.reasoning) or None
    silent = attempt.exchange.reasoned is not False and _ended_silently(answer.finish, usage)
    if not (text or tool_calls or reasoning or silent):
        raise GenerationError("the vendor's answer is empty")
    cost, cost_source = catalog.price(call, answer.usage) if usage else (None, None)
    return GenerateResponse(
        text,
        raw,
        usage,
        _model(answer, call),
        _finish(answer, call.vendor, bool(tool_calls)),
        tool_calls,
        cost=cost,
        cost_source=cost_source,
        request_id=_request_id(attempt),
        warnings=attempt.warnings,
        reasoning=reasoning,
        thinking_blocks=(_signs_thinking(call) and answer.blocks) or None,
        provider=call.vendor,
        attempts=attempt.number,
        route=attempt.route,
        parsed=_parsed(text, call.schema) if call.schema and not tool_calls else None,
    )


def _body(exchange: Exchange) -> Any:
    """The vendor's own words, parsed; None for a stream, and where our wire saw none."""
    try:
        return json.loads(exchange.content) if exchange.content else None
    except ValueError:
        return None


def _request_id(attempt: Attempt) -> str | None:
    """The vendor's name for the request, unless it is an echo of the key."""
    told = request_id(attempt.exchange.headers)
    echoed = told is not None and any(secret in told for secret in attempt.call.secrets)
    return None if echoed else told


def _model(answer: Answer, call: Call) -> str:
    """The model that answered; litellm puts the vendor before some plain answers' names."""
    return (answer.model or call.model).removeprefix(f"{call.route}/")


def _ended_silently(finish: str | None, usage: Usage | None) -> bool:
    """Whether an answer without a word is one: litellm says "stop" where nothing was said too."""
    return finish not in (None, "stop") or bool(usage and usage.output_tokens)


def _signs_thinking(call: Call) -> bool:
    """Whether the vendor wants its reasoning back as it was (2026-11).

    litellm tells others' as blocks too, in a plain answer or in a stream alone (1.106.2).
    """
    return call.route in ("anthropic", "bedrock") or "claude" in call.model


def closing_piece(response: GenerateResponse) -> GenerateResponse:
    """A stream's last piece: no text of its own, and every fact of the whole."""
    facts = {name: getattr(response, name) for name in _CLOSING}
    return GenerateResponse(None, tool_calls=response.tool_calls or None, **facts)


_CLOSING = (
    "usage model finish_reason cost cost_source request_id warnings thinking_blocks parsed "
    "provider attempts route"
).split()


def partial(answer: Answer, call: Call) -> GenerateResponse:
    """The part that came of an answer that was cut short; nothing in it is complete for sure."""
    text, reasoning = "".join(answer.text) or None, "".join(answer.reasoning) or None
    return GenerateResponse(
        text, model=_model(answer, call), reasoning=reasoning, provider=call.vendor
    )


def usage_of(told: Any) -> Usage | None:
    """The vendor's token counts; all zero is how litellm spells that none were given."""
    if told is None or not (
        getattr(told, "prompt_tokens", 0) or getattr(told, "completion_tokens", 0)
    ):
        return None
    prompt = getattr(told, "prompt_tokens_details", None)
    completion = getattr(told, "completion_tokens_details", None)
    return Usage(
        input_tokens=told.prompt_tokens,
        output_tokens=told.completion_tokens,
        total_tokens=told.total_tokens,
        cache_read_tokens=getattr(prompt, "cached_tokens", None),
        cache_write_tokens=getattr(prompt, "cache_creation_tokens", None),
        reasoning_tokens=getattr(completion, "reasoning_tokens", None),
    )


def _finish(answer: Answer, vendor: str, calls: bool) -> str | None:
    if answer.finish == "tool_calls" and not calls:
        return "stop"  # the only calls were the vendor's own (litellm 1.109)
    if calls and vendor in _SAYS_STOP_FOR_TOOLS and answer.finish == "stop":
        return "tool_calls"
    return answer.finish


def _parsed(text: str | None, schema: type[BaseModel]) -> BaseModel:
    from pydantic import ValidationError

    try:
        return schema.model_validate_json(text or "")
    except ValidationError as error:
        problems = "; ".join(f"{_path(item)}: {item['msg']}" for item in error.errors()[:5])
    raise GenerationError(
        f"the answer does not fit {schema.__name__}: {problems}", details={"text": text}
    )


def _path(problem: Mapping[str, Any]) -> str:
    return ".".join(map(str, problem["loc"])) or "answer"


def _some(text: str | None) -> list[str]:
    return [text] if text else []


def _wire_call(call: Any) -> WireCall:
    function = call.function
    return WireCall(call.id or "", function.name or "", function.arguments)
