"""The hooks that authors of native providers call and override."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.enums import ModelCapability
from abstractllm_lite.exceptions import InvalidParameterError, UnsupportedFeatureError
from abstractllm_lite.interface import AbstractLLMInterface
from abstractllm_lite.providers import BaseProvider
from abstractllm_lite.tools import ToolDefinition
from abstractllm_lite.types import GenerateResponse

CALL = {"id": "c", "function": {"name": "add", "arguments": '{"a": 1}'}}


class OpenAIProvider(BaseProvider):
    capabilities: dict[ModelCapability, Any] = {}  # noqa: RUF012

    def generate(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return prompt

    async def generate_async(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return prompt

    def get_capabilities(self) -> dict[Any, Any]:
        return self.capabilities

    def _check_for_tool_calls(self, response: Any) -> bool:
        return bool(response.get("tool_calls"))


def add(a: int) -> int:
    """Add."""
    return a


def test_a_provider_is_named_after_its_class() -> None:
    llm = OpenAIProvider({"model": "m"})
    assert llm.provider_name == "openai"
    assert llm.get_param("model") == "m"
    assert isinstance(llm, AbstractLLMInterface)


@pytest.mark.parametrize("name", [ModelCapability.FUNCTION_CALLING, ModelCapability.TOOL_USE])
def test_tools_are_refused_only_by_a_model_that_takes_none(name: ModelCapability) -> None:
    llm = OpenAIProvider()
    llm._validate_tool_support(None)
    llm._validate_tool_support([])
    with pytest.raises(UnsupportedFeatureError, match=r"\[openai\] OpenAIProvider") as caught:
        llm._validate_tool_support([add])
    assert caught.value.feature == "function_calling"
    llm.capabilities = {name: True}
    llm._validate_tool_support([add])


def test_tools_of_every_kind_become_definitions() -> None:
    definition = ToolDefinition.from_function(add)
    tools = OpenAIProvider()._process_tools([add, definition, definition.to_dict()])
    assert tools[1:] == [definition, definition]
    assert [tool.name for tool in tools] == ["add"] * 3
    with pytest.raises(InvalidParameterError):
        OpenAIProvider()._process_tools([3])


def test_an_answer_becomes_a_response_with_its_tool_calls() -> None:
    raw = {"content": None, "tool_calls": [CALL]}
    usage = {"prompt_tokens": 1}
    response = OpenAIProvider()._process_response(raw, None, usage, "m", "tool_calls")
    assert isinstance(response, GenerateResponse)
    assert (response.raw_response, response.model, response.usage) == (raw, "m", usage)
    assert (response.finish_reason, response.provider) == ("tool_calls", "openai")
    assert response.tool_calls[0].arguments == {"a": 1}


def test_an_answer_without_tool_calls_has_none() -> None:
    response = OpenAIProvider()._process_response({}, "hi")
    assert response == "hi"
    assert not response.tool_calls
    assert BaseProvider._check_for_tool_calls(OpenAIProvider(), {"tool_calls": [CALL]}) is False
