"""create_llm: from a provider's name and settings to a provider."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, overload

from .exceptions import UnsupportedProviderError
from .providers.registry import get_provider_class, provider_names, register_provider
from .utils.redaction import Masked

if TYPE_CHECKING:
    from .interface import AbstractLLMInterface
    from .providers.litellm.provider import LiteLLMProvider

__all__ = ["create_llm", "get_llm_providers", "register_provider"]


@overload
def create_llm(
    provider: Literal["litellm", "openai", "anthropic", "ollama", "huggingface"], **config: Any
) -> LiteLLMProvider: ...


@overload
def create_llm(provider: str, **config: Any) -> AbstractLLMInterface: ...


def create_llm(provider: Any, **config: Any) -> AbstractLLMInterface:
    """A provider with these settings, e.g. `create_llm("litellm", model="openai/gpt-4o-mini")`.

    Nothing is sent. Raises UnsupportedProviderError for an unknown name, ProviderImportError
    where the provider's module cannot be loaded, and what the provider says of its settings.
    """
    settings = Masked((str(name), value) for name, value in config.items())
    config.clear()  # this frame may end in a traceback, which would show the key
    cls = get_provider_class(provider) if isinstance(provider, str) else None
    if cls is None:
        raise UnsupportedProviderError(_unknown(provider), details={"provider": repr(provider)})
    llm: AbstractLLMInterface = cls(settings)
    return llm


def get_llm_providers() -> list[str]:
    """The names that `create_llm` takes."""
    return provider_names()


def _unknown(provider: Any) -> str:
    names = provider_names()
    parts = [f"Provider {provider!r} not supported.", f"Available providers: {', '.join(names)}."]
    if not isinstance(provider, str):
        return " ".join([*parts, "A provider is named by a str."])
    close = get_close_matches(provider.lower(), names, n=1)
    if close:
        parts.insert(1, f"Did you mean {close[0]!r}?")
    model = provider if "/" in provider else f"{provider}/..."
    parts.append(f'A vendor known to litellm: create_llm("litellm", model="{model}").')
    return " ".join(parts)
