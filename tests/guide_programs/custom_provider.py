"""A provider of one's own: every import from abstractllm, settings kept per call, tools, errors."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

from abstractllm.enums import ModelCapability
from abstractllm.factory import register_provider
from abstractllm.interface import AbstractLLMInterface


class ParrotProvider(AbstractLLMInterface):
    """Repeats the prompt."""

    def __init__(self, config: dict[str, Any] | None = None) -> None:
        super().__init__(config)
        self.api_key = self.config_manager.get_param("api_key")
        self.api_base = self.config_manager.get_param("api_base", "https://parrot.example")
        self.model = self.config_manager.get_param("model")
        self._validate_config()

    def _validate_config(self) -> None:
        from abstractllm.exceptions import AuthenticationError, InvalidParameterError

        self.api_key = self.api_key or os.environ.get("PARROT_API_KEY")
        if not self.api_key:
            raise AuthenticationError("Give api_key or set PARROT_API_KEY.")
        if not self.model:
            raise InvalidParameterError("A parrot needs a model.")
        if not self.api_base.startswith(("http://", "https://")):
            raise InvalidParameterError(f"Not an address: {self.api_base}.")

    def generate(
        self,
        prompt: str,
        system_prompt: str | None = None,
        files: list[str | Path] | None = None,
        stream: bool = False,
        tools: list[dict[str, Any] | Callable] | None = None,
        **kwargs,
    ) -> str | Generator[str, None, None]:
        if kwargs:
            self.config_manager.update_config(kwargs)
        try:
            if tools:
                return self._call_tool(prompt, tools)
            words = self._repeat(prompt).split()
            return (word + " " for word in words) if stream else " ".join(words)
        except Exception as e:
            self._handle_error(e)

    async def generate_async(
        self, prompt, system_prompt=None, files=None, stream=False, tools=None, **kwargs
    ) -> str | AsyncGenerator[str, None]:
        if stream:

            async def pieces():
                for piece in self.generate(prompt, system_prompt, files, True, tools, **kwargs):
                    yield piece

            return pieces()
        return await asyncio.to_thread(
            self.generate, prompt, system_prompt, files, False, tools, **kwargs
        )

    def _repeat(self, prompt: str) -> str:
        failures = {"slow": TimeoutError, "dead": ConnectionError, "odd": LookupError}
        if prompt in failures:
            raise failures[prompt](prompt)
        temperature = self.config_manager.get_param("temperature", 0.7)
        return f"{self.model} at {temperature}: {prompt}"

    def _call_tool(self, prompt: str, tools: list) -> Any:
        from abstractllm.tools import ToolCall, ToolCallRequest, ToolDefinition

        known = [
            ToolDefinition.from_function(tool) if callable(tool) else ToolDefinition(**tool)
            for tool in tools
        ]
        first = known[0]
        arguments = dict.fromkeys(first.input_schema["required"], prompt)
        return ToolCallRequest(
            content=None, tool_calls=[ToolCall(id="call_0", name=first.name, arguments=arguments)]
        )

    def _handle_error(self, e: Exception) -> None:
        from abstractllm.exceptions import (
            ProviderAPIError,
            ProviderConnectionError,
            RequestTimeoutError,
        )

        kinds = {TimeoutError: RequestTimeoutError, ConnectionError: ProviderConnectionError}
        kind = kinds.get(type(e), ProviderAPIError)
        raise kind(f"Parrot failed: {e}", provider="parrot", original_exception=e)

    def get_capabilities(self) -> dict[str | ModelCapability, Any]:
        return {ModelCapability.STREAMING: True, ModelCapability.MAX_TOKENS: 4096}


register_provider("parrot", ParrotProvider)
