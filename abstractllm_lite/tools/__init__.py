"""Tools: what they look like to a model, the calls that it asks for, and running those."""

from .conversion import (
    function_to_tool_definition,
    standardize_tool_response,
    to_tool_definition,
)
from .execution import Toolbox, ToolOutcome
from .types import ToolCall, ToolCallRequest, ToolCallResponse, ToolDefinition, ToolResult
from .validation import (
    ToolArgumentValidationError,
    ToolDefinitionValidationError,
    ToolResultValidationError,
    ValidationException,
    create_safe_tool_wrapper,
    validate_tool_arguments,
    validate_tool_definition,
    validate_tool_result,
)

__all__ = [
    "ToolArgumentValidationError",
    "ToolCall",
    "ToolCallRequest",
    "ToolCallResponse",
    "ToolDefinition",
    "ToolDefinitionValidationError",
    "ToolOutcome",
    "ToolResult",
    "ToolResultValidationError",
    "Toolbox",
    "ValidationException",
    "create_safe_tool_wrapper",
    "function_to_tool_definition",
    "standardize_tool_response",
    "to_tool_definition",
    "validate_tool_arguments",
    "validate_tool_definition",
    "validate_tool_result",
]
