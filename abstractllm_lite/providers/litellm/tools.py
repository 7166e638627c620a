"""Tools to the wire's shape, and the wire's tool calls back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..._plain import plain_copy
from ...exceptions import InvalidParameterError
from ...tools.conversion import to_tool_definition
from ...tools.references import self_contained
from ...tools.types import ToolCall, ToolCallRequest, ToolDefinition

# Tools that the vendor ran itself; their calls are history, not requests (seen 2026-11).
_SERVER_SIDE_IDS = "srvtoolu_"
_SERVER_SIDE_NAMES = frozenset({"nova_grounding", "nova_code_interpreter"})

_OF_TOOLS = {"input_schema", "parameters", "description"}

# "any" is Anthropic's and Mistral's word for the third.
_CHOICES = {"auto": "auto", "none": "none", "required": "required", "any": "required"}


@dataclass(slots=True)
class WireCall:
    """A tool call as the vendor told it, its arguments still text (or already an object)."""

    id: str = ""
    name: str = ""
    arguments: Any = ""


def to_wire(tools: Iterable[Any]) -> list[dict[str, Any]]:
    """The tools in OpenAI's shape; a dictionary that has a `type` goes through as it is.

    Raises InvalidParameterError for what is no tool.
    """
    return [_to_wire(tool) for tool in tools]


def _to_wire(tool: Any) -> dict[str, Any]:
    if isinstance(tool, Mapping) and isinstance(tool.get("type"), str):
        as_given: dict[str, Any] = plain_copy(dict(tool))
        return as_given
    definition = to_tool_definition(tool)
    function = {"name": definition.name, "description": definition.description or definition.name}
    schema = self_contained(definition.input_schema)
    return {"type": "function", "function": {**function, "parameters": schema}}


def chosen(choice: Any, tools: Sequence[Mapping[str, Any]]) -> Any:
    """The tool choice on the wire; one of the tools may be given by its name, or as itself.

    Raises InvalidParameterError for what is neither a choice nor one of the tools.
    """
    if isinstance(choice, str) and choice in _CHOICES:
        return _CHOICES[choice]
    is_tool = _is_tool(choice) or choice in tools
    if isinstance(choice, Mapping) and not is_tool:
        return choice
    names = [_name(tool) for tool in tools]
    name = _name(_to_wire(choice)) if is_tool else choice
    if name not in names or not isinstance(name, str):
        told = ", ".join(map(repr, ("auto", "none", "required", *filter(None, names))))
        raise InvalidParameterError(
            "tool_choice", name, f"'tool_choice' must be one of {told}, not {name!r}"
        )
    return {"type": "function", "function": {"name": name}}


def _is_tool(given: Any) -> bool:
    if isinstance(given, Mapping):
        told = given.get("function") or given
        return isinstance(told, Mapping) and bool(told.keys() & _OF_TOOLS)
    return callable(given) or isinstance(given, ToolDefinition)


def _name(tool: Mapping[str, Any]) -> Any:
    """A tool's name; a vendor's own tool has it elsewhere, or none."""
    function = tool.get("function")
    return function.get("name") if isinstance(function, Mapping) else tool.get("name")


def from_wire(calls: Iterable[WireCall], content: str | None) -> ToolCallRequest:
    """The calls that ask for a function of ours, each with an id of its own.

    One is made where none was given, and for a second call of the same id.
    """
    ours = [call for call in calls if not _is_server_side(call)]
    ids: set[str] = set()
    made = []
    for call in ours:
        own = call.id if call.id and call.id not in ids else _new_id()
        ids.add(own)
        made.append(ToolCall.of(own, call.name, call.arguments))
    return ToolCallRequest(content=content, tool_calls=made)


def _is_server_side(call: WireCall) -> bool:
    return call.id.startswith(_SERVER_SIDE_IDS) or call.name in _SERVER_SIDE_NAMES


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
