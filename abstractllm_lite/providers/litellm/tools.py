"""Tools to the wire's shape, and the wire's tool calls back."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..._plain import plain_copy
from ...tools.conversion import to_tool_definition
from ...tools.types import ToolCall, ToolCallRequest

# Tools that the vendor ran itself; their calls are history, not requests (seen 2026-11).
_SERVER_SIDE_IDS = "srvtoolu_"
_SERVER_SIDE_NAMES = frozenset({"nova_grounding", "nova_code_interpreter"})


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
    function = {"name": definition.name, "description": definition.description}
    return {"type": "function", "function": {**function, "parameters": definition.input_schema}}


def from_wire(calls: Iterable[WireCall], content: str | None) -> ToolCallRequest:
    """The calls that ask for a function of ours, each with an id (made where none was given)."""
    ours = [call for call in calls if not _is_server_side(call)]
    return ToolCallRequest(
        content=content,
        tool_calls=[ToolCall.of(call.id or _new_id(), call.name, call.arguments) for call in ours],
    )


def _is_server_side(call: WireCall) -> bool:
    return call.id.startswith(_SERVER_SIDE_IDS) or call.name in _SERVER_SIDE_NAMES


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex[:24]}"
