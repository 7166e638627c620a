"""The contract of the provider of one's own; run by test_guide in a pytest of its own."""

from typing import Any, ClassVar

from abstractllm_lite import install_as_abstractllm

install_as_abstractllm()

from custom_provider import ParrotProvider  # noqa: E402

from abstractllm_lite.testing import ProviderContract  # noqa: E402


class TestParrot(ProviderContract):
    provider = ParrotProvider
    declares: ClassVar[dict[Any, Any]] = {"supports_tool_use": True}
    tool_arguments: ClassVar[dict[Any, Any]] = {"city": ProviderContract.tool_prompt}
    faults: ClassVar[dict[Any, Any]] = {"timeout": "slow", "connection": "dead", "server": "odd"}
    cannot: ClassVar[dict[Any, Any]] = {
        "isolation of calls": "it keeps the arguments of a call, as the guide shows",
        "streamed tool calls": "it asks for tools in one piece",
        "tool definitions": "it takes functions and dictionaries",
        "whole response of a stream": "it streams bare text",
    }

    def config(self):
        return {"model": "grey", "api_key": self.secret}

    def failing(self, fault):
        return (self.make(), self.faults[fault]) if fault in self.faults else None
