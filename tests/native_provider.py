"""Providers of this machine for tests of the registry: no network, no vendor."""

from __future__ import annotations

from typing import Any

from abstractllm_lite.interface import AbstractLLMInterface


class Native(AbstractLLMInterface):
    """Answers with its model and the prompt."""

    def generate(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return f"{self.get_param('model')}: {prompt}"

    async def generate_async(self, prompt: str, *args: Any, **kwargs: Any) -> str:
        return self.generate(prompt)


class Shaped:
    """Has the shape of a provider and no ancestor."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.given = config

    def generate(self, prompt: str, **kwargs: Any) -> str:
        return f"shaped {prompt}"

    async def generate_async(self, prompt: str, **kwargs: Any) -> str:
        return f"shaped {prompt}"

    def get_capabilities(self) -> dict[str, Any]:
        return {}


class Nested:
    Inner = Native


class NotAProvider:
    def generate(self) -> None: ...
