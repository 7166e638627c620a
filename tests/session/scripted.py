"""A provider that answers by script and keeps what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

from abstractllm_lite.enums import ModelCapability
from abstractllm_lite.interface import AbstractLLMInterface
from abstractllm_lite.tools.types import ToolCallRequest
from abstractllm_lite.types import GenerateResponse


def call(name: str, /, id: str = "call_1", **arguments: Any) -> GenerateResponse:
    """An answer that asks for one tool."""
    return calls((id, name, arguments))


def calls(*told: tuple[str, str, dict[str, Any]], text: str | None = None) -> GenerateResponse:
    """An answer that asks for tools, each as (id, name, arguments)."""
    asked = [{"id": i, "name": name, "arguments": arguments} for i, name, arguments in told]
    return GenerateResponse(text, tool_calls=asked, finish_reason="tool_calls", provider="scripted")


class Scripted(AbstractLLMInterface):
    """Takes messages. An exception in the script is raised, a stream comes in pieces of a word."""

    can: Mapping[Any, Any] = MappingProxyType({ModelCapability.TOOL_USE: True})

    def __init__(self, *script: Any) -> None:
        super().__init__()
        self.script = list(script)
        self.asked: list[dict[str, Any]] = []

    def generate(self, prompt: Any = None, messages: Any = None, **options: Any) -> Any:
        return self.answer(prompt, messages, options)

    async def generate_async(self, prompt: Any = None, messages: Any = None, **options: Any) -> Any:
        answer = self.answer(prompt, messages, options)
        return self.apieces(answer) if options.get("stream") else answer

    def answer(self, prompt: Any, messages: Any, options: dict[str, Any]) -> Any:
        self.asked.append(deepcopy({"prompt": prompt, "messages": messages, **options}))
        answer = self.script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return self.pieces(answer) if options.get("stream") else answer

    def get_capabilities(self) -> dict[Any, Any]:
        return dict(self.can)

    def pieces(self, answer: Any) -> Iterator[Any]:
        if isinstance(answer, ToolCallRequest):
            yield answer
            return
        whole = GenerateResponse(answer) if type(answer) is str else answer
        for number, word in enumerate(str(whole).split(" ") if len(whole) else ()):
            yield word if number == 0 else f" {word}"
        facts = {"usage": whole.usage, "provider": whole.provider, "cost": whole.cost}
        yield GenerateResponse(None, tool_calls=list(whole.tool_calls), **facts)

    async def apieces(self, pieces: Iterator[Any]) -> AsyncIterator[Any]:
        for piece in pieces:
            yield piece


class PromptOnly(Scripted):
    """Written by the guide: no messages."""

    def generate(self, prompt: str, **options: Any) -> Any:  # type: ignore[override]
        return super().generate(prompt, **options)

    async def generate_async(self, prompt: str, **options: Any) -> Any:  # type: ignore[override]
        return await super().generate_async(prompt, **options)
