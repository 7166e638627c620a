"""Which calls the direct route takes; what is on none of these lists goes through litellm."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..loading import load
from ..wire.vendors import FAMILIES

if TYPE_CHECKING:
    from ..call import Call

# OpenAI-compatible vendors whose requests differ on the way through litellm's SDK route, or that
# speak another language than chat completions.
_NOT_ALIKE = frozenset(
    "text-completion-openai text-completion-inception codestral litellm_proxy abliteration aiml "
    "docker_model_runner xinference".split()
)

_OWN_CONFIGURATIONS = frozenset(
    "anthropic gemini ollama ollama_chat groq mistral deepseek xai together_ai fireworks_ai "
    "openrouter hosted_vllm".split()
)

VENDORS = _OWN_CONFIGURATIONS | (
    frozenset(vendor for vendor, family in FAMILIES.items() if family == "openai") - _NOT_ALIKE
)

# Arguments of litellm.completion that mean the same on both routes. Any other name that litellm
# has for itself (caching, mock_response, fallbacks …) needs litellm; what it has no name for is
# the vendor's own and is passed on alike.
TAKEN = frozenset(
    "temperature top_p top_k stop max_tokens max_completion_tokens seed presence_penalty "
    "frequency_penalty logit_bias logprobs top_logprobs user tools tool_choice parallel_tool_calls "
    "response_format reasoning_effort thinking verbosity modalities prediction audio service_tier "
    "store safety_identifier prompt_cache_key web_search_options stream_options extra_headers "
    "extra_body".split()
)

# litellm's settings that change a chat completion; each is unset (None, False or empty) as shipped.
SETTINGS = tuple(
    "callbacks input_callback success_callback failure_callback service_callback "
    "_async_input_callback _async_success_callback _async_failure_callback "
    "pre_call_rules post_call_rules cache caching_with_models custom_provider_map "
    "_custom_providers drop_params modify_params model_alias_map model_fallbacks fallbacks "
    "default_fallbacks context_window_fallbacks content_policy_fallbacks num_retries max_fallbacks "
    "api_base api_key api_version organization project headers proxy_auth secret_manager_client "
    "openai_key anthropic_key groq_key xai_key openrouter_key ollama_key togetherai_api_key "
    "openai_like_key baseten_key nebius_key wandb_key novita_api_key llama_api_key clarifai_key "
    "vercel_ai_gateway_key inception_key ai21_key use_litellm_proxy use_client client_session "
    "aclient_session network_mock http2 force_ipv4 add_function_to_prompt custom_prompt_dict "
    "enable_json_schema_validation enable_preview_features return_response_headers "
    "route_all_chat_openai_to_responses reasoning_auto_summary enable_anthropic_prompt_caching "
    "openai_system_messages_first forward_traceparent_to_llm_provider disable_streaming_logging "
    "error_logs vertex_ai_safety_settings budget_duration max_budget".split()
)


def declined(call: Call) -> str | None:
    """Why the direct route does not take the call; None where it does."""
    return next(_reasons(call), None)


def _reasons(call: Call) -> Iterator[str]:
    if call.route not in VENDORS:
        yield f"{call.route} is not among its vendors"
    if name := _unknown(call.parameters):
        yield f"litellm itself has to read '{name}'"
    if name := _setting():
        yield f"litellm.{name} is set"
    if name := _preset(call.route):
        yield f"litellm.{name} holds parameters for every call"
    if any(_is_litellms(call.route, part) for part in _parts(call.messages)):
        yield "litellm has to fetch or to judge a file in it"


def _unknown(names: Iterable[str]) -> str | None:
    return next((name for name in names if name not in TAKEN and name in _litellms_own()), None)


@lru_cache(1)
def _litellms_own() -> frozenset[str]:
    litellm = load()
    return frozenset(litellm.types.utils.all_litellm_params) | frozenset(
        inspect.signature(litellm.completion).parameters
    )


def _setting() -> str | None:
    """The first of litellm's settings that the user set."""
    if not any(_settings()(load())):
        return None
    return next((name for name in SETTINGS if getattr(load(), name, None)), None)


@lru_cache(1)
def _settings() -> attrgetter[tuple[Any, ...]]:
    return attrgetter(*(name for name in SETTINGS if hasattr(load(), name)))


def _preset(vendor: str) -> str | None:
    """litellm's class on which the user set parameters that its dispatch adds to each call."""
    name = _PRESETS.get(vendor, "OpenAIConfig" if FAMILIES.get(vendor) == "openai" else None)
    return name if name and getattr(load(), name).get_config() else None


_PRESETS = {"groq": "GroqChatConfig", "openrouter": "OpenrouterConfig"}


def _parts(messages: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            yield from (part for part in content if isinstance(part, Mapping))


def _is_litellms(vendor: str, part: Mapping[str, Any]) -> bool:
    """Whether litellm fetches the part's file itself, or asks its table who reads such files.

    (From 1.109 it refuses PDFs for some models, and drops them for others.)
    """
    kind = part.get("type")
    if kind in (None, "text", "file"):
        return kind == "file"
    told = part.get(str(kind))
    values = told.values() if isinstance(told, Mapping) else (told,)
    fetched = _FETCHED.get(vendor, ()) if kind == "image_url" else ("http://", "https://")
    return any(isinstance(value, str) and value.startswith(fetched) for value in values)


# The addresses of images that are fetched; the others' vendors take an address as it is.
_FETCHED = {
    "anthropic": ("http://",),
    **dict.fromkeys(("gemini", "ollama", "ollama_chat"), ("http://", "https://")),
}
