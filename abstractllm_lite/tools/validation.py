"""AbstractLLM's checks of tools, their arguments and their results, by JSON Schema.

ValidationException (AbstractLLMError, ValueError)
├── ToolDefinitionValidationError    what was given is no tool
├── ToolArgumentValidationError      the arguments do not fit the tool's input schema
└── ToolResultValidationError        the result does not fit its output schema

A Toolbox does all this by itself, and by the function's own types too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..exceptions import AbstractLLMError, InvalidParameterError
from . import schema
from .conversion import to_tool_definition
from .execution import Toolbox
from .outcome import jsonable
from .types import ToolCall, ToolDefinition, ToolResult

__all__ = [
    "ToolArgumentValidationError",
    "ToolDefinitionValidationError",
    "ToolResultValidationError",
    "ValidationException",
    "create_safe_tool_wrapper",
    "validate_tool_arguments",
    "validate_tool_definition",
    "validate_tool_result",
]


class ValidationException(AbstractLLMError, ValueError):
    """Something about a tool does not fit."""


class ToolDefinitionValidationError(ValidationException):
    """What was given is no definition of a tool."""


class ToolArgumentValidationError(ValidationException):
    """The arguments of a call do not fit the tool's input schema."""


class ToolResultValidationError(ValidationException):
    """The result of a call does not fit the tool's output schema."""


def validate_tool_definition(tool_dict: Any) -> ToolDefinition:
    """The definition in a dictionary, or of anything else that can be a tool.

    Raises ToolDefinitionValidationError, also where a schema is no JSON Schema.
    """
    try:
        tool = to_tool_definition(tool_dict)
        for each in (tool.input_schema, tool.output_schema):
            schema.check(each or {})
    except InvalidParameterError as error:
        raise ToolDefinitionValidationError(f"Invalid tool definition: {error}") from error
    return tool


def validate_tool_arguments(
    tool_def: ToolDefinition, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """The arguments as they were given; raises ToolArgumentValidationError where they misfit."""
    if found := schema.problems(arguments, tool_def.input_schema):
        raise ToolArgumentValidationError(
            f"Invalid arguments for tool {tool_def.name!r}: {schema.summary(found)}",
            details={"problems": found},
        )
    return arguments


def validate_tool_result(tool_def: ToolDefinition, result: Any) -> Any:
    """The result as it was given; raises ToolResultValidationError where its JSON misfits.

    Without an output schema every result fits.
    """
    if tool_def.output_schema is None:
        return result
    if found := schema.problems(jsonable(result), tool_def.output_schema):
        raise ToolResultValidationError(
            f"Invalid result from tool {tool_def.name!r}: {schema.summary(found)}",
            details={"problems": found},
        )
    return result


def create_safe_tool_wrapper(
    func: Callable[..., Any], tool_def: ToolDefinition
) -> Callable[..., ToolResult]:
    """A function of keyword arguments that never fails: its ToolResult says what went wrong.

    Arguments and result are checked by the definition; `call_id` is "".
    """
    toolbox = Toolbox([tool_def], {tool_def.name: func})

    def wrapper(**kwargs: Any) -> ToolResult:
        call = ToolCall(id="", name=tool_def.name, arguments=kwargs)
        (outcome,) = toolbox.run([call])
        return ToolResult(call_id="", result=outcome.output, error=outcome.error)

    return wrapper
