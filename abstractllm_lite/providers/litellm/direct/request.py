"""A call becomes what all vendors' translations in litellm begin with."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ...._plain import plain_copy
from ..loading import load
from .guard import Declined, fitted

if TYPE_CHECKING:
    from ..call import Call
    from .place import Place


Row = tuple[int, ...]

_JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(slots=True)
class Request:
    """What is sent, and the facts that litellm asks for: before it is sent, and when it is read."""

    call: Call
    config: Any
    facts: dict[str, Any] = field(repr=False)
    url: str = field(default="", repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    data: dict[str, Any] = field(default_factory=dict, repr=False)

    def ask(self, function: Callable[..., Any], **more: Any) -> Any:
        """What a function of litellm's gives for those of the facts that it takes."""
        return fitted(function, **{**self.facts, **more})

    @property
    def body(self) -> bytes:
        """The request's body."""
        return _JSON.encode(self.data).encode()


def draft(call: Call, place: Place, asked: Mapping[str, Any]) -> Request:
    """The request before the vendor's own part; `asked` are its parameters as they are to be sent.

    Raises litellm's UnsupportedParamsError as its completion does, and Declined for a model that
    is reached over OpenAI's Responses API or does not stream.
    """
    parameters = _fixed(asked)
    if _is_bridged(call, place, parameters):
        raise Declined("litellm reaches the model over the Responses API")
    optional = _optional(call, parameters)
    optional.pop("max_retries", None)
    if optional.pop("fake_stream", False) and call.stream:
        raise Declined("litellm makes a plain call of the stream")
    request = Request(call, _config(call.route, call.model), _facts(call, place, optional))
    messages = load().utils.validate_and_fix_openai_messages(messages=plain_copy(call.messages))
    translate = request.config.translate_developer_role_to_system_role
    request.facts["messages"] = request.ask(translate, messages=messages)
    return request


def _facts(call: Call, place: Place, optional: dict[str, Any]) -> dict[str, Any]:
    """By litellm's own names for them. All of it belongs to one request."""
    vendor = call.route
    settings = {"api_key": place.key, "api_base": place.base, "custom_llm_provider": vendor}
    return {
        "model": call.model,
        "model_info": None,
        "optional_params": optional,
        "json_mode": optional.pop("json_mode", False),
        "litellm_params": settings,
        "stream": call.stream,
        "logging_obj": _logging(call, optional, settings),
        "encoding": None,
        **settings,
    }


def _logging(call: Call, optional: dict[str, Any], settings: dict[str, Any]) -> Any:
    return SimpleNamespace(
        model_call_details={},
        optional_params=optional,
        litellm_params=settings,
        stream=call.stream,
        litellm_call_id=None,
        pre_call=_nothing,
        post_call=_nothing,
    )


def _nothing(*_: Any, **__: Any) -> None:
    """litellm's loggers are told nothing."""


def _config(vendor: str, model: str) -> Any:
    litellm = load()
    try:
        provider = litellm.LlmProviders(vendor)
    except ValueError:  # one of those that litellm describes in a JSON file
        return litellm.OpenAIConfig()
    found = litellm.ProviderConfigManager.get_provider_chat_config(model=model, provider=provider)
    return found or litellm.OpenAIConfig()


def _fixed(asked: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters, as litellm.completion checks and mends them before anything else."""
    parameters = {name: value for name, value in asked.items() if name != "extra_headers"}
    for name, fix in _FIXES.items():
        if parameters.get(name) is not None:
            parameters[name] = getattr(load().utils, fix)(**{name: parameters[name]})
    return parameters


_FIXES = {
    "tools": "validate_and_fix_openai_tools",
    "tool_choice": "validate_chat_completion_tool_choice",
    "stop": "validate_openai_optional_params",
    "thinking": "validate_and_fix_thinking_param",
}


def _is_bridged(call: Call, place: Place, parameters: Mapping[str, Any]) -> bool:
    if call.route in ("ollama", "ollama_chat"):  # litellm would ask their server about the model
        return False
    tools, search = bool(parameters.get("tools")), bool(parameters.get("web_search_options"))
    effort = parameters.get("reasoning_effort")
    if isinstance(effort, Mapping):
        effort = json.dumps(effort)
    row = _row(call.route, call.model)
    return _bridged(call.route, call.model, tools, effort, search, place.base, row)


def _row(vendor: str, model: str) -> Row:
    """What tells a change of the model's row in litellm's table (`litellm.register_model`)."""
    table = load().model_cost
    row = table.get(f"{vendor}/{model}") or table.get(model) or {}
    return tuple(map(id, row.values()))


@lru_cache(512)
def _bridged(
    vendor: str, model: str, tools: bool, effort: str | None, search: bool, base: str | None, _: Row
) -> bool:
    told, _ = fitted(
        load().main.responses_api_bridge_check,
        model=model,
        custom_llm_provider=vendor,
        web_search_options={} if search else None,
        tools=[{"type": "function"}] if tools else None,
        reasoning_effort=effort,
        api_base=base,
    )
    return bool(told.get("mode") == "responses")


def _optional(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """litellm's translation of the parameters; the same is translated once, and copied."""
    try:
        told = json.dumps(parameters)
    except TypeError:  # a pydantic class for response_format
        return _translated(call.route, call.model, call.stream, parameters)
    if len(told) > _LONGEST:
        return _translated(call.route, call.model, call.stream, parameters)
    row = _row(call.route, call.model)
    return deepcopy(_remembered(call.route, call.model, call.stream, told, row))


_LONGEST = 16_384  # characters of parameters that are worth remembering


@lru_cache(256)
def _remembered(vendor: str, model: str, stream: bool, told: str, _: Row) -> dict[str, Any]:
    return _translated(vendor, model, stream, json.loads(told))


def _translated(vendor: str, model: str, stream: bool, told: dict[str, Any]) -> dict[str, Any]:
    optional: dict[str, Any] = load().utils.get_optional_params(
        model=model,
        custom_llm_provider=vendor,
        messages=[{"role": "user", "content": ""}],
        stream=stream or None,
        **told,
    )
    return optional
