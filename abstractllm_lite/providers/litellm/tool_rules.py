"""What vendors make of tools beside their schemas: the choice, strictness, calls in parallel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from . import catalog, tool_schemas
from .errors import unless_it_fails
from .loading import part

_COHERE = frozenset({"cohere", "cohere_chat"})
_GOOGLE = frozenset({"gemini", "vertex_ai", "vertex_ai_beta"})

# They have no such word and pass over it (2026-11).
_NEVER_STRICT = _COHERE | {"ollama", "ollama_chat"}

_COHERES_CHOICES = {"required": "REQUIRED", "none": "NONE"}


def own_choice(vendor: str, choice: Any) -> Any:
    """A tool choice that litellm would lose (1.106.2), in the vendor's own words; else None."""
    if vendor == "mistral":
        return choice if isinstance(choice, Mapping) else None
    return _COHERES_CHOICES.get(choice) if vendor in _COHERE and isinstance(choice, str) else None


def always_parallel(vendor: str, model: str) -> bool:
    """Whether the vendor cannot be told to call one tool at a time, which litellm leaves unsaid."""
    if vendor == "bedrock":
        return _bedrock("bedrock_converse_supports_parallel_tool_use_config", model) is False
    return vendor == "gemini" or (vendor in _GOOGLE and "gemini" in model)


def losses(tools: list[dict[str, Any]], vendor: str, model: str) -> Iterator[str]:
    """What the vendor will not know of these tools, each as a warning."""
    address, functions = f"{vendor}/{model}", list(filter(None, map(_function, tools)))
    if any(each.get("strict") for each in functions) and _ignores_strict(vendor, model):
        yield f"'strict' was dropped: {address} ignores it"
    for each in functions:
        schema = each.get("parameters")
        if isinstance(schema, Mapping) and tool_schemas.cuts(schema, vendor):
            name = each.get("name")
            yield f"the schema of tool {name!r} contains itself: {address} is told its first levels"


def fitted(tools: list[dict[str, Any]], vendor: str, model: str) -> list[dict[str, Any]]:
    """The tools with schemas as the vendor takes them."""
    return [_fitted(tool, vendor, model) for tool in tools]


def _fitted(tool: dict[str, Any], vendor: str, model: str) -> dict[str, Any]:
    function = _function(tool)
    if function is None or not isinstance(schema := function.get("parameters"), Mapping):
        return tool
    told = tool_schemas.fitted(schema, vendor, model)
    return {**tool, "function": {**function, "parameters": told}}


def _function(tool: Mapping[str, Any]) -> Mapping[str, Any] | None:
    function = tool.get("function")
    return function if isinstance(function, Mapping) else None


def _ignores_strict(vendor: str, model: str) -> bool:
    if vendor == "bedrock":
        return _bedrock("bedrock_converse_supports_strict_tools", model) is False
    return vendor in _NEVER_STRICT or catalog.ignores_strict(vendor, model)


def _bedrock(name: str, model: str) -> bool | None:
    """What litellm knows of a model by Bedrock's converse; None where this release does not."""
    if model.startswith("invoke/"):
        return None
    bare = model.removeprefix("converse/")
    found = unless_it_fails(lambda: getattr(part("llms.bedrock.common_utils"), name)(bare))
    return None if found is None else bool(found)
