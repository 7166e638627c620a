"""How a provider is asked with a history, whoever wrote it, and how its answer is read."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..enums import ModelCapability
from ..exceptions import GenerationError, UnsupportedFeatureError
from ..tools.types import ToolCall, ToolCallRequest
from ..types import GenerateResponse
from .history import Target, as_text, told_to

if TYPE_CHECKING:
    from .message import Message

_TOOLS = (ModelCapability.TOOL_USE, ModelCapability.FUNCTION_CALLING)


def target_of(llm: Any, model: str | None = None) -> Target:
    """Who the provider speaks to, and what is known of the model."""
    own = getattr(llm, "vendor", None)
    name = (
        getattr(llm, "provider_name", None) or type(llm).__name__.removesuffix("Provider").lower()
    )
    return Target(
        vendor=own(model) if callable(own) else name,
        vision=_known(llm, model, ModelCapability.VISION),
        tools=_known(llm, model, *_TOOLS),
        media=None if getattr(llm, "takes_media", False) else name,
    )


def arguments(
    llm: Any, history: Sequence[Message], system_prompt: str | None, options: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The arguments of `generate` for this history, and what was changed in it for the provider.

    Raises UnsupportedFeatureError for tools that the provider is known not to take.
    """
    target = target_of(llm, options.get("model"))
    if options.get("tools") and target.tools is False:
        raise UnsupportedFeatureError(
            "tools", f"{target.vendor} takes no tools: leave them out, or ask another model"
        )
    sent = told_to(history, target)
    system = sent.system_prompt if system_prompt is None else system_prompt
    common = {**options, **({"system_prompt": system} if system else {})}
    if takes_messages(llm):
        prompt = {} if _prompt_may_be_absent(llm) else {"prompt": _last_words(history)}
        return {**common, **prompt, "messages": sent.messages}, sent.notes
    notes = (f"{target.vendor} takes no messages: the history was sent as text",)
    return {**common, "prompt": as_text(history)}, notes if len(sent.messages) > 1 else ()


def takes_messages(llm: Any) -> bool:
    """Whether the provider goes on with a history of messages, by its own word."""
    if "messages" in inspect.signature(llm.generate).parameters:
        return True
    return bool(llm.get_capabilities().get(ModelCapability.MULTI_TURN))


def as_response(answer: Any) -> GenerateResponse:
    """Whatever a provider answers, as a response. Raises GenerationError for what is none."""
    if isinstance(answer, GenerateResponse):
        return answer
    if isinstance(answer, ToolCallRequest):
        return GenerateResponse(answer.content, tool_calls=answer)
    if isinstance(answer, str):
        return GenerateResponse(answer)
    if (content := getattr(answer, "content", answer)) is None or isinstance(content, str):
        facts: dict[str, Any] = {name: getattr(answer, name, None) for name in _FACTS}
        return GenerateResponse(content, raw_response=answer, **facts)
    raise GenerationError(f"the provider answered with {type(answer).__name__}, which is no answer")


_FACTS = ("usage", "model", "finish_reason", "tool_calls")


class Pieces:
    """A provider's stream taken in piece by piece; `response` is the whole once it has ended."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._texts: list[str] = []
        self._calls: list[ToolCall] = []
        self._last = GenerateResponse()

    def __iter__(self) -> Iterator[GenerateResponse]:
        for piece in self._stream:
            yield self._taken(piece)

    async def __aiter__(self) -> AsyncIterator[GenerateResponse]:
        async for piece in self._stream:
            yield self._taken(piece)

    @property
    def response(self) -> GenerateResponse:
        """The whole answer, as the stream itself tells it where it does."""
        whole = getattr(self._stream, "response", None)
        if isinstance(whole, GenerateResponse):
            return whole
        text = "".join(self._texts) or None
        return self._last.__replace__(content=text, tool_calls=self._calls)

    def close(self) -> None:
        """Close the stream, where it can be closed."""
        if close := getattr(self._stream, "close", None):
            close()

    async def aclose(self) -> None:
        """The same for an asynchronous stream."""
        if close := getattr(self._stream, "aclose", None):
            await close()

    def _taken(self, piece: Any) -> GenerateResponse:
        self._last = as_response(piece)
        self._texts.append(str(self._last))
        self._calls += self._last.tool_calls
        return self._last


async def opened(answer: Any) -> Any:
    """What `generate_async` gives, awaited where it has to be."""
    return await answer if inspect.isawaitable(answer) else answer


def _known(llm: Any, model: str | None, *capabilities: ModelCapability) -> bool | None:
    """Whether the provider says that it can; None where it does not know."""
    of = getattr(llm, "capabilities_of", None)
    told = of(model) if callable(of) else llm.get_capabilities()
    says = [told.get(capability) for capability in capabilities]
    return True if any(says) else None if None in says else False


def _prompt_may_be_absent(llm: Any) -> bool:
    prompt = inspect.signature(llm.generate).parameters.get("prompt")
    return prompt is None or prompt.default is not inspect.Parameter.empty


def _last_words(history: Sequence[Message]) -> str:
    asked = [message for message in history if message.role == "user"]
    return as_text(asked[-1:]) if asked else ""
