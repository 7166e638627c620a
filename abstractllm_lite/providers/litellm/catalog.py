"""What litellm's tables know of vendors and models: addresses, keys, parameters, prices."""

from __future__ import annotations

import difflib
import inspect
import json
import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ...exceptions import AuthenticationError, UnsupportedModelError
from ...utils.redaction import Masked
from .errors import unless_it_fails
from .loading import load, version
from .wire.vendors import FAMILIES

if TYPE_CHECKING:
    from .call import Call

Effect = Literal["kept", "refused", "ignored"]

# Any one of these in the environment is enough (litellm 1.106.2). A vendor without a row needs no
# key, or finds it in ways of its own (cloud credentials, local servers).
KEYS: dict[str, tuple[str, ...]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "cohere_chat": ("COHERE_API_KEY", "CO_API_KEY"),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "xai": ("XAI_API_KEY",),
    "openrouter": ("OPENROUTER_API_KEY", "OR_API_KEY"),
    "together_ai": (
        "TOGETHER_API_KEY",
        "TOGETHER_AI_API_KEY",
        "TOGETHERAI_API_KEY",
        "TOGETHER_AI_TOKEN",
    ),
    "fireworks_ai": (
        "FIREWORKS_API_KEY",
        "FIREWORKS_AI_API_KEY",
        "FIREWORKSAI_API_KEY",
        "FIREWORKS_AI_TOKEN",
    ),
    "perplexity": ("PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"),
    "cerebras": ("CEREBRAS_API_KEY",),
    "huggingface": ("HUGGINGFACE_API_KEY", "HF_TOKEN"),
}


@lru_cache(1024)
def locate(model: str) -> tuple[str, str]:
    """The vendor and the vendor's name of a model address.

    Raises UnsupportedModelError where litellm knows no such vendor.
    """
    litellm, address = load(), _slashed(model)
    found = unless_it_fails(lambda: litellm.get_llm_provider(model=address))
    if not found or not found[1]:
        raise UnsupportedModelError(_unknown(model), model=model)
    name, vendor, *_ = found
    return vendor, name


def vendors() -> frozenset[str]:
    """The names of the vendors that litellm knows."""
    return frozenset(str(getattr(each, "value", each)) for each in load().provider_list)


def _slashed(model: str) -> str:
    """`vendor:model` as `vendor/model`; other colons (ft:…, a Bedrock :0) belong to the name."""
    head, colon, tail = model.partition(":")
    return f"{head}/{tail}" if colon and "/" not in model and head in vendors() else model


def _unknown(model: str) -> str:
    head = model.partition("/")[0] if "/" in model else ""
    near = difflib.get_close_matches(head, vendors(), n=1) if head else []
    hint = f"did you mean '{near[0]}/{model.partition('/')[2]}'?" if near else _EXAMPLES
    return f"'{model}' names no vendor that litellm {version()} knows: {hint}"


_EXAMPLES = "write vendor/model, as in 'openai/gpt-4o-mini' or 'anthropic/claude-haiku-4-5'"


def require_key(vendor: str, model: str) -> None:
    """Raise AuthenticationError where the vendor needs a key and none is in sight."""
    names = KEYS.get(vendor, ())
    if has_global_key(vendor) or any(os.environ.get(name) for name in names):
        return
    if names or (vendor in _OPENAI_COMPATIBLE and not _own_key(vendor, model)):
        where = " or ".join(names) or "the vendor's own variable in the environment"
        raise AuthenticationError(
            f"no API key for {vendor}: pass api_key=, or set {where}", provider=vendor, model=model
        )


# litellm would send them OPENAI_API_KEY, which is no business of theirs.
_OPENAI_COMPATIBLE = frozenset(
    vendor for vendor, family in FAMILIES.items() if family == "openai"
) - {"openai", "custom_openai", "text-completion-openai"}


def _own_key(vendor: str, model: str) -> bool:
    """Whether litellm finds a key of the vendor's own, or knows that it needs none."""
    found = unless_it_fails(lambda: load().get_llm_provider(model=f"{vendor}/{model}"))
    return bool(found and found[2])


def address(vendor: str, model: str, connection: Masked) -> tuple[str, Masked]:
    """What litellm is told for a model, and how it is reached.

    With a base_url, Hugging Face's hosts speak OpenAI's language; under its own name litellm asks
    huggingface.co three times a call for the model's configuration (litellm 1.106.2).
    """
    if vendor != "huggingface" or "base_url" not in connection:
        return f"{vendor}/{model}", connection
    keys = [load().huggingface_key, *map(os.environ.get, KEYS[vendor])]
    key = next(filter(None, keys), None)
    return f"openai/{model}", Masked({**({"api_key": key} if key else {}), **connection})


def has_global_key(vendor: str) -> bool:
    """Whether the user gave litellm itself a key, or a secret manager to ask."""
    litellm = load()
    given = ("api_key", f"{vendor}_key", "secret_manager_client")
    return any(getattr(litellm, name, None) for name in given)


@lru_cache(1024)
def supported(vendor: str, model: str) -> frozenset[str]:
    """OpenAI's parameters that litellm passes on to the model, under whatever name."""
    names = unless_it_fails(
        lambda: load().get_supported_openai_params(model=model, custom_llm_provider=vendor)
    )
    return frozenset(names or ())


def effect(vendor: str, model: str, name: str, value: Any) -> Effect:
    """What becomes of a parameter on its way to the model, by litellm's own translation."""
    if name in _LOST.get(vendor, ()):
        return "refused"
    sample = _SAMPLES.get(name, value)
    encoded = unless_it_fails(lambda: json.dumps(sample))
    if encoded is None or len(encoded) > _LONGEST:
        return "kept"
    return _effect(vendor, model, name, encoded, load().drop_params)


# What litellm's later steps leave out without a word (1.100-1.109).
_LOST = dict.fromkeys(("gemini", "vertex_ai"), frozenset({"repetition_penalty", "min_p"}))

# Whether these are taken does not depend on their value, which may be large, or a person's name.
_SAMPLES = {
    "user": "somebody",
    "logit_bias": {"1": 1},
    "prediction": {"type": "content", "content": "x"},
    "audio": {"voice": "alloy", "format": "wav"},
    "safety_identifier": "somebody",
    "prompt_cache_key": "key",
    "web_search_options": {},
}
_LONGEST = 200  # characters of a value that is worth remembering


@lru_cache(4096)
def _effect(vendor: str, model: str, name: str, encoded: str, _: object) -> Effect:
    refused = load().exceptions.UnsupportedParamsError
    beside = _tool() if name == "tool_choice" else {}
    try:
        sent = unless_it_fails(
            lambda: _translated(vendor, model, {**beside, name: json.loads(encoded)}), refused
        )
        return (
            "ignored" if sent is not None and sent == _translated(vendor, model, beside) else "kept"
        )
    except refused:
        return "refused"


def _translated(vendor: str, model: str, values: dict[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = load().utils.get_optional_params(
        model=model, custom_llm_provider=vendor, **values
    )
    sent.pop("json_mode", None)  # a note of litellm's to itself
    return sent


@lru_cache(256)
def ignores_strict(vendor: str, model: str) -> bool:
    """Whether litellm's translation leaves out that a tool's arguments must fit its schema."""
    strict = unless_it_fails(lambda: _translated(vendor, model, _tool(strict=True)))
    return strict is not None and strict == _translated(vendor, model, _tool())


def _tool(**more: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    tool = {"type": "function", "function": {"name": "a", "parameters": schema, **more}}
    return {"tools": [tool]}


@lru_cache(256)
def known_names(vendor: str, model: str) -> frozenset[str]:
    """Every keyword that litellm or the vendor's configuration in it has a name for."""
    litellm = load()
    return (
        frozenset(inspect.signature(litellm.completion).parameters)
        | frozenset(litellm.types.utils.all_litellm_params)
        | frozenset(litellm.OPENAI_CHAT_COMPLETION_PARAMS)
        | supported(vendor, model)
        | _vendor_names(vendor, model)
        | _OWN_NAMES.get(vendor, frozenset())
        | frozenset(inspect.signature(litellm.utils.get_optional_params).parameters)
    )


# Parameters of a vendor's that litellm hands on without a name for them (2026-11).
_OWN_NAMES = {"openrouter": frozenset("models route transforms provider plugins".split())}


def _vendor_names(vendor: str, model: str) -> frozenset[str]:
    litellm = load()
    config = unless_it_fails(
        lambda: litellm.ProviderConfigManager.get_provider_chat_config(
            model=model, provider=litellm.LlmProviders(vendor)
        )
    )
    bases = type(config).__mro__ if config is not None else ()
    return frozenset(name for base in bases for name in _own_names(base))


def _own_names(base: type) -> set[str]:
    """The settings that a configuration class lists, as annotations or as arguments."""
    inspected = vars(base)
    arguments = (
        inspect.signature(inspected["__init__"]).parameters if "__init__" in inspected else ()
    )
    return {*inspected.get("__annotations__", ()), *arguments} - {"self", "args", "kwargs"}


def entry(vendor: str, model: str) -> dict[str, Any] | None:
    """The model's own row in litellm's table, None where it has none.

    Read as it stands: `get_model_info` invents a row for any `anthropic/claude-…`, with a price of
    0 (litellm 1.106.2). A bare name counts only where the row says it is that vendor's.
    """
    table = load().model_cost
    row: dict[str, Any] | None = table.get(f"{vendor}/{model}") or table.get(model)
    own = row is not None and str(row.get("litellm_provider", "")).startswith(
        vendor.removesuffix("_chat")
    )
    return row if own else None


def price(call: Call, usage: Any) -> tuple[float | None, str | None]:
    """The cost of a call in US dollars and where the figure comes from; None where unknown.

    The price is that of the model asked for, whatever name the answer bears.
    """
    row = entry(call.vendor, call.model)
    if row is None or row.get("input_cost_per_token") is None:
        return None, None
    cost = unless_it_fails(lambda: _priced(call, usage))
    return (None, None) if cost is None else (cost, f"litellm {version()}'s price map")


def _priced(call: Call, usage: Any) -> float:
    parts = load().cost_per_token(
        model=call.model, custom_llm_provider=call.vendor, usage_object=usage
    )
    return float(sum(parts))
