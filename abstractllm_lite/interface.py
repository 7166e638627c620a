"""What every provider is: two ways to generate, its capabilities and its settings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from .enums import ModelCapability, ModelParameter
from .utils.config import ConfigurationManager

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping
    from pathlib import Path

__all__ = ["AbstractLLMInterface", "ModelCapability", "ModelParameter"]


class _ConfigCopy:
    """The settings as a dictionary, for a class that keeps no `config` of its own."""

    def __get__(self, llm: AbstractLLMInterface | None, owner: type | None = None) -> Any:
        return self if llm is None else llm.get_config()


class AbstractLLMInterface(ABC):
    """The base of providers; a provider may also have its shape without deriving from it."""

    config = _ConfigCopy()

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.config_manager = ConfigurationManager(config)

    @abstractmethod
    def generate(
        self,
        prompt: str,
        system_prompt: str | None = None,
        files: list[str | Path] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> str | Iterator[str]:
        """Answer the prompt; with `stream=True` piece by piece.

        Further keywords hold for this call only. Raises AbstractLLMError; a ValueError too
        where the request asks for what the model cannot do.
        """

    @abstractmethod
    async def generate_async(
        self,
        prompt: str,
        system_prompt: str | None = None,
        files: list[str | Path] | None = None,
        stream: bool = False,
        tools: list[Any] | None = None,
        **kwargs: Any,
    ) -> str | AsyncIterator[str]:
        """Answer as `generate` does, without blocking the event loop."""

    def get_capabilities(self) -> dict[str | ModelCapability, Any]:
        """What the model can do; where a provider does not say, nothing but 2048 tokens."""
        return {
            ModelCapability.STREAMING: False,
            ModelCapability.MAX_TOKENS: 2048,
            ModelCapability.SYSTEM_PROMPT: False,
            ModelCapability.ASYNC: False,
            ModelCapability.FUNCTION_CALLING: False,
            ModelCapability.TOOL_USE: False,
            ModelCapability.VISION: False,
        }

    def set_config(self, **kwargs: Any) -> None:
        """Set settings by keyword, for all later calls."""
        self.config_manager.update_config(kwargs)

    def update_config(self, config: Mapping[str, Any]) -> None:
        """Set settings from a dictionary, for all later calls."""
        self.config_manager.update_config(config)

    def get_config(self) -> dict[str, Any]:
        """A copy of the settings."""
        return self.config_manager.get_config()

    def get_param(self, param: str, default: Any = None) -> Any:
        """One setting, or the default where it is not set."""
        return self.config_manager.get_param(param, default)

    def get_provider_params(
        self,
        kwargs: Mapping[str, Any],
        system_prompt: str | None = None,
        tools: list[Any] | None = None,
    ) -> dict[str, Any]:
        """The settings for one call: stored ones, then the call's own; nothing is stored."""
        return self.config_manager.get_provider_params(kwargs, system_prompt, tools)
