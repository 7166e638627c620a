"""Where a call goes and with which key, looked up as litellm's dispatch does it (1.100-1.109)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..loading import load
from .guard import Declined

if TYPE_CHECKING:
    from ..call import Call


@dataclass(frozen=True, slots=True)
class Place:
    """A vendor's address, the key for it, and the headers that litellm's dispatch adds."""

    base: str | None = field(repr=False)
    key: str | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)


# Vendor -> variables of the environment, beside those that `get_llm_provider` reads itself.
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "custom_openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GOOGLE_API_KEY", "GEMINI_API_KEY", "PALM_API_KEY"),
    "groq": ("GROQ_API_KEY",),
    "mistral": ("MISTRAL_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "ollama_chat": ("OLLAMA_API_KEY",),
}
# Vendor -> variables of the environment, and the address where none is set.
_BASES: dict[str, tuple[tuple[str, ...], str | None]] = {
    "openai": (("OPENAI_BASE_URL", "OPENAI_API_BASE"), "https://api.openai.com/v1"),
    "custom_openai": (("OPENAI_BASE_URL", "OPENAI_API_BASE"), "https://api.openai.com/v1"),
    "anthropic": (("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"), "https://api.anthropic.com"),
    "gemini": (("GEMINI_API_BASE",), None),
    "openrouter": (("OPENROUTER_API_BASE",), "https://openrouter.ai/api/v1"),
    "hosted_vllm": (("HOSTED_VLLM_API_BASE",), None),
    "ollama": (("OLLAMA_API_BASE",), "http://localhost:11434"),
    "ollama_chat": (("OLLAMA_API_BASE",), "http://localhost:11434"),
}
# What litellm itself would do with these is beyond this route.
_BEYOND = (
    "USE_LITELLM_PROXY OPENAI_ORG_ID OPENAI_PROJECT_ID OPENAI_CUSTOM_HEADERS OPENAI_ADMIN_KEY"
).split()


def place_of(call: Call) -> Place:
    """The call's place. Raises Declined where litellm alone can find it."""
    if name := next((name for name in _BEYOND if os.environ.get(name)), None):
        raise Declined(f"{name} is set in the environment")
    given, vendor = call.connection, call.route
    _, found, key, base = load().get_llm_provider(
        model=call.model,
        custom_llm_provider=vendor,
        api_base=given.get("base_url"),
        api_key=given.get("api_key"),
    )
    if found != vendor:
        raise Declined(f"litellm reaches {vendor} through {found}")
    names, default = _BASES.get(vendor, ((), None))
    key = key or given.get("api_key") or _first(_KEYS.get(vendor, ()))
    return Place(base or _first(names) or default, key, _headers(call, key))


def _first(names: tuple[str, ...]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def _headers(call: Call, key: str | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if call.route == "openrouter":
        headers["HTTP-Referer"] = os.environ.get("OR_SITE_URL") or "https://litellm.ai"
        headers["X-Title"] = os.environ.get("OR_APP_NAME") or "liteLLM"
    elif call.route == "ollama" and key:
        headers["Authorization"] = f"Bearer {key}"
    openai = call.route in ("openai", "custom_openai")
    organization = call.connection.get("organization")
    if organization := organization or (_first(("OPENAI_ORGANIZATION",)) if openai else None):
        headers["OpenAI-Organization"] = organization
    return {**headers, **(call.parameters.get("extra_headers") or {})}
