"""The OpenAI SDK's clients. litellm leaves key and address to a client that it is given, so they
are looked up here as litellm would: argument, litellm's own setting, environment."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import httpx

from .clients import http_client

if TYPE_CHECKING:
    from .exchange import Exchange

_OPENAI = "https://api.openai.com/v1"
_OPENAI_ITSELF = {"openai", "custom_openai", "text-completion-openai"}
_AZURE_V1 = {"preview", "latest", "v1"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """Whom an attempt addresses, as far as the caller said."""

    vendor: str
    model: str
    api_key: str | None = None
    base_url: str | None = None
    organization: str | None = None
    api_version: str | None = None


def openai_client(address: Address, exchange: Exchange, *, is_async: bool) -> Any:
    """OpenAI or AsyncOpenAI; None without a key, for which litellm has an error of its own."""
    import litellm
    import openai

    _, _, key, base = litellm.get_llm_provider(
        model=address.model,
        custom_llm_provider=address.vendor,
        api_base=address.base_url,
        api_key=address.api_key,
    )
    key = address.api_key or key or litellm.api_key
    base = base or litellm.api_base
    if address.vendor in _OPENAI_ITSELF:  # nobody else gets what was set for OpenAI
        key = key or litellm.openai_key or _env("OPENAI_API_KEY")
        base = base or _env("OPENAI_BASE_URL", "OPENAI_API_BASE") or _OPENAI
    if not (key and base):
        return None
    return (openai.AsyncOpenAI if is_async else openai.OpenAI)(
        api_key=key,
        base_url=_url(base),
        organization=address.organization or litellm.organization or _env("OPENAI_ORGANIZATION"),
        max_retries=0,
        http_client=http_client(exchange, is_async=is_async),
    )


def azure_client(address: Address, exchange: Exchange, *, is_async: bool) -> Any:
    """AzureOpenAI or its kin; None where a token has to be fetched, which litellm does alone."""
    import litellm

    base = address.base_url or litellm.api_base or _env("AZURE_API_BASE")
    key = (
        address.api_key
        or litellm.api_key
        or litellm.azure_key
        or _env("AZURE_OPENAI_API_KEY", "AZURE_API_KEY")
    )
    version = address.api_version or litellm.api_version or _env("AZURE_API_VERSION")
    if not (base and key) or "gateway.ai.cloudflare.com" in base:
        return None
    exchange.lent = True
    options = _azure_options(base, version or litellm.AZURE_DEFAULT_API_VERSION)
    return _azure_class(options, is_async=is_async)(
        api_key=key,
        max_retries=0,
        http_client=http_client(exchange, is_async=is_async),
        **options,
    )


def _azure_options(base: str, version: str) -> dict[str, str]:
    if version in _AZURE_V1:
        return {"base_url": f"{base}/openai/v1/"}
    name = "base_url" if "/openai/deployments" in base else "azure_endpoint"
    return {name: base, "api_version": version}


@lru_cache
def _url(base: str) -> httpx.URL:
    """The address, parsed: most of what a client of the SDK costs."""
    return httpx.URL(base.rstrip("/") + "/")


def _azure_class(options: dict[str, str], *, is_async: bool) -> Any:
    import openai

    if "api_version" in options:
        return openai.AsyncAzureOpenAI if is_async else openai.AzureOpenAI
    return openai.AsyncOpenAI if is_async else openai.OpenAI


def _env(*names: str) -> str | None:
    """The first that is set, in the environment or the secret manager that litellm was given."""
    from litellm.secret_managers.main import get_secret_str

    return next((value for name in names if (value := get_secret_str(name))), None)
