"""AbstractLLM's own provider names, each the litellm provider for that one vendor."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

from ...exceptions import AuthenticationError
from . import catalog, params
from .provider import LiteLLMProvider


class VendorProvider(LiteLLMProvider):
    """A provider whose models are named without their vendor.

    `default_model` is AbstractLLM 0.5.3's; its sampling defaults are left out, since many models
    refuse them.
    """

    prefix: ClassVar[str]
    spellings: ClassVar[tuple[str, ...]] = ()
    default_model: ClassVar[str]
    needs_key: ClassVar[bool] = False

    def __init__(self, config: Mapping[Any, Any] | None = None) -> None:
        super().__init__(config)
        if self.needs_key and not self.config_manager.get_param("api_key"):
            self._find_key()

    def _completed(self, settings: params.Settings) -> params.Settings:
        return params.merged({"model": self.default_model}, settings)

    def _address(self, model: str) -> str:
        for prefix in (self.prefix, *self.spellings):
            model = model.removeprefix(f"{prefix}/")
        return f"{self.prefix}/{model}"

    def _find_key(self) -> None:
        """Raise AuthenticationError where no key is; litellm is not loaded to look for one."""
        names = catalog.KEYS[self.prefix]
        loaded = "litellm" in sys.modules and catalog.has_global_key(self.prefix)
        if not loaded and not any(map(os.environ.get, names)):
            raise AuthenticationError(
                f"no API key for {self.prefix}: pass api_key=, or set {' or '.join(names)}",
                provider=self.prefix,
            )


class OpenAIProvider(VendorProvider):
    """`create_llm("openai", …)`."""

    prefix = "openai"
    default_model = "gpt-4o"
    needs_key = True


class AnthropicProvider(VendorProvider):
    """`create_llm("anthropic", …)`."""

    prefix = "anthropic"
    default_model = "claude-3-5-haiku-20241022"
    needs_key = True


class OllamaProvider(VendorProvider):
    """`create_llm("ollama", …)`, by Ollama's chat interface."""

    prefix = "ollama_chat"
    spellings = ("ollama",)
    default_model = "phi4-mini:latest"


class HuggingFaceProvider(VendorProvider):
    """`create_llm("huggingface", …)`: the hosted models, not one on this machine."""

    prefix = "huggingface"
    default_model = "microsoft/Phi-4-mini-instruct"
