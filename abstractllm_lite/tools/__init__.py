"""Tools: what they look like to a model, and the calls that a model asks for."""

from .conversion import (
    function_to_tool_definition,
    standardize_tool_response,
    to_tool_definition,
)
from .types import ToolCall, ToolCallRequest, ToolCallResponse, ToolDefinition, ToolResult

__all__ = [
    "ToolCall",
    "ToolCallRequest",
    "ToolCallResponse",
    "ToolDefinition",
    "ToolResult",
    "function_to_tool_definition",
    "standardize_tool_response",
    "to_tool_definition",
]
