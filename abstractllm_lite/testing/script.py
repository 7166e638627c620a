"""What a FakeLLM is told to answer, in plain words, as parts in the order in which they come. Pure.

"Hello"                                             a text
{"get_weather": {"city": "Paris"}}                  a call of a tool, or several
["Let me ", 0.5, "see.", {"look": {}}]              parts: texts are a stream's pieces,
                                                    numbers seconds to wait between them
["Once upon", ProviderConnectionError("cut")]       an error after a part of the answer
RateLimitError("slow down", retry_after=3)          an error instead of one; a class will do
GenerateResponse("Hello", usage=..., cost=0.1)      every fact as given
City(city="Paris")                                  a pydantic object: its JSON
lambda asked: asked.text.upper()                    any of these, computed from what was asked
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NoReturn

from ..exceptions import AbstractLLMError, InvalidParameterError
from ..tools.types import ToolCall, ToolCallRequest
from ..types import GenerateResponse, Usage

if TYPE_CHECKING:
    from pydantic import BaseModel

PROVIDER: Final = "fake"
MODEL: Final = "fake"

_WORD = re.compile(r"\s*\S+(?:\s+\Z)?|\s+\Z")


@dataclass(frozen=True)
class Asked:
    """One call as a FakeLLM was asked: settings and the call's own arguments taken together."""

    number: int  # the first is 1
    prompt: Any = None
    system_prompt: str | None = None
    messages: list[dict[str, Any]] = field(default_factory=list)
    files: list[Any] = field(default_factory=list)
    tools: list[Any] = field(default_factory=list)
    stream: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The last words that were said to it: the prompt, else the last message with text."""
        said = [_text(message.get("content")) for message in self.messages]
        return next((text for text in (_text(self.prompt), *reversed(said)) if text), "")

    def words(self) -> int:
        """The words in all that was said to it, which are counted as its input tokens."""
        said = [self.system_prompt, *(m.get("content") for m in self.messages), self.prompt]
        return sum(len(_text(text).split()) for text in said)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error at its place in an answer."""

    error: BaseException

    def after(self, said: str, asked: Asked, model: str) -> BaseException:
        """The error to raise: one of ours is a copy that knows the provider and what came."""
        if not isinstance(self.error, AbstractLLMError):
            return self.error.with_traceback(None)  # else it would grow with each time
        error = copy(self.error)
        error.original_exception = self.error.original_exception  # a copy's is a stand-in
        error.provider, error.model = error.provider or PROVIDER, error.model or model
        if said and asked.stream:
            error.partial = GenerateResponse(said, model=model, provider=PROVIDER)
        return error


Part = str | float | Failure


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read: what comes in which order, and the response that it adds up to."""

    parts: tuple[Part, ...]
    response: GenerateResponse


def read(answer: Any, chunks: int | None = None) -> Answer:
    """An answer in plain words, read; `chunks` cuts whole texts into so many characters.

    Raises InvalidParameterError for what is no answer.
    """
    if isinstance(answer, list):
        return _of_parts(answer)
    whole = _whole(answer)
    if isinstance(whole, Failure):
        return Answer((whole,), GenerateResponse())
    return Answer(tuple(_cut(str(whole), chunks)), whole)


def check(answer: Any) -> None:
    """Raise InvalidParameterError for what is no answer; what a function answers shows later."""
    if not _is_function(answer):
        read(answer)


def computed(answer: Any, asked: Asked) -> Any:
    """What a function answers to what it was asked; other answers are themselves."""
    return answer(asked) if _is_function(answer) else answer


def completed(response: GenerateResponse, asked: Asked, model: str) -> GenerateResponse:
    """The response with what it was not given: ids of calls, the model, words as tokens."""
    calls = [
        call.model_copy(update={"id": call.id or f"call_{asked.number}_{place}"})
        for place, call in enumerate(response.tool_calls, 1)
    ]
    facts: dict[str, Any] = {
        "model": response.model or model,
        "provider": response.provider or PROVIDER,
        "finish_reason": response.finish_reason or ("tool_calls" if calls else "stop"),
        "usage": response.usage or _usage(asked, response),
        "attempts": response.attempts or 1,
    }
    given = calls and ToolCallRequest(content=response.content, tool_calls=calls)
    schema = asked.parameters.get("response_format")
    if isinstance(schema, type) and response.parsed is None and not calls:
        facts["parsed"] = _parsed(response, schema)
    return response.__replace__(tool_calls=given or None, **facts)


def _of_parts(told: list[Any]) -> Answer:
    parts: list[Part] = []
    calls: list[ToolCall] = []
    for each in told:
        if type(each) is str or _is_time(each):
            parts.append(each)
            continue
        whole = _whole(each) if isinstance(each, Mapping) or _is_error(each) else _no_answer(each)
        if isinstance(whole, Failure):
            parts.append(whole)
        else:
            calls += whole.tool_calls
    texts = [part for part in parts if isinstance(part, str)]
    return Answer(
        tuple(part for part in parts if part != ""), _response("".join(texts) or None, calls)
    )


def _whole(answer: Any) -> GenerateResponse | Failure:
    """An answer, or a part of one, that is told in one piece."""
    if isinstance(answer, GenerateResponse):
        return answer
    if isinstance(answer, str):
        return GenerateResponse(answer)
    if isinstance(answer, ToolCallRequest):
        return _response(answer.content, list(answer))
    if isinstance(answer, Mapping):
        return _response(None, [_call(name, arguments) for name, arguments in answer.items()])
    if _is_error(answer):
        return Failure(answer() if isinstance(answer, type) else answer)
    if callable(dump := getattr(answer, "model_dump_json", None)) and not isinstance(answer, type):
        return GenerateResponse(dump(), parsed=answer)
    return _no_answer(answer)


def _no_answer(answer: Any) -> NoReturn:
    raise InvalidParameterError(
        "responses",
        answer,
        f"{answer!r} is no answer: give a text, a dict of tool calls, a list of parts, a "
        "GenerateResponse, a ToolCallRequest, a pydantic object, an exception or a function",
    )


def _response(text: str | None, calls: Sequence[ToolCall]) -> GenerateResponse:
    request = ToolCallRequest(content=text, tool_calls=list(calls)) if calls else None
    return GenerateResponse(text, tool_calls=request)


def _call(name: Any, arguments: Any) -> ToolCall:
    if isinstance(name, str) and isinstance(arguments, (Mapping, str)):
        return ToolCall.of(None, name, arguments)
    raise InvalidParameterError(
        "responses",
        {name: arguments},
        'A tool call is written {"name": {"argument": value}}; text that is no JSON object stands '
        "for what a model spells wrongly",
    )


def _is_time(part: Any) -> bool:
    return isinstance(part, (int, float)) and not isinstance(part, bool) and part >= 0


def _is_error(part: Any) -> bool:
    kind = part if isinstance(part, type) else type(part)
    return issubclass(kind, BaseException)


def _is_function(answer: Any) -> bool:
    return callable(answer) and not isinstance(answer, type)


def _cut(text: str, chunks: int | None) -> Iterator[str]:
    """The text in words, or in so many characters."""
    if chunks is None:
        return iter(_WORD.findall(text))
    return (text[start : start + chunks] for start in range(0, len(text), chunks))


def _text(content: Any) -> str:
    """The text of a prompt or of a message's content, which may be in parts."""
    if isinstance(content, list):
        parts = [part.get("text") or "" if isinstance(part, Mapping) else part for part in content]
        return " ".join(str(part) for part in parts)
    return "" if content is None else str(content)


def _usage(asked: Asked, response: GenerateResponse) -> Usage:
    """Words as tokens; a tool call's are its name and the words of its arguments' JSON."""
    said = [str(response), *(f"{c.name} {json.dumps(c.arguments)}" for c in response.tool_calls)]
    read, written = asked.words(), sum(len(text.split()) for text in said)
    return Usage(read, written, read + written)


def _parsed(response: GenerateResponse, schema: type[BaseModel]) -> BaseModel:
    """The object in the answer. Raises GenerationError where it does not fit, as vendors' do."""
    from pydantic import ValidationError

    from ..exceptions import GenerationError

    try:
        return schema.model_validate_json(str(response))
    except ValidationError as error:
        text = f"the answer does not fit {schema.__name__}: {error.error_count()} problems"
        raise GenerationError(text, PROVIDER, error, {"text": str(response)}) from error
