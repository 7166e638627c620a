"""From anything that can be a tool to a ToolDefinition; from a vendor's answer to tool calls."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any

import docstring_parser
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from ..exceptions import InvalidParameterError
from .signature import Signature, callee, innermost
from .types import ToolCall, ToolCallRequest, ToolDefinition

__all__ = ["function_to_tool_definition", "standardize_tool_response", "to_tool_definition"]

_logger = logging.getLogger(__name__)


class _Schema(GenerateJsonSchema):
    """JSON Schema without the titles that pydantic would make out of field names."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def to_tool_definition(tool: Any) -> ToolDefinition:
    """The definition of a function, a ToolDefinition, a dictionary or a pydantic model class.

    Dictionaries may have AbstractLLM's shape (`input_schema`) or OpenAI's (`function` or flat
    `parameters`). Raises InvalidParameterError for anything else.
    """
    if isinstance(tool, ToolDefinition):
        return tool
    if isinstance(tool, Mapping):
        return _from_dict(tool)
    if isinstance(tool, type) and issubclass(tool, BaseModel):
        return _from_model(tool)
    if callable(tool):
        return function_to_tool_definition(tool)
    raise InvalidParameterError(
        "tools",
        tool,
        "A tool is a function, a ToolDefinition, a dictionary or a pydantic model class, "
        f"not {type(tool).__name__}",
    )


def function_to_tool_definition(func: Callable[..., Any]) -> ToolDefinition:
    """The definition of a function; raises InvalidParameterError where a type has no schema."""
    doc = docstring_parser.parse(_doc(func))
    signature = signature_of(func)
    return _define(
        name=signature.name,
        description=doc.short_description or "",
        input_schema=_input_schema(signature),
        output_schema=_output_schema(
            signature.hints, doc.returns.description if doc.returns else None
        ),
    )


def signature_of(func: Callable[..., Any]) -> Signature:
    """What the function takes, with its docstring's words on each parameter."""
    doc = docstring_parser.parse(_doc(func))
    return Signature(func, {param.arg_name: param.description for param in doc.params})


def standardize_tool_response(response: Mapping[str, Any], provider: str) -> ToolCallRequest:
    """The text and tool calls in a vendor's answer: openai, litellm, anthropic or ollama.

    Any other provider gives an empty request and a warning in the log.
    """
    reader = _READERS.get(provider.lower())
    if reader is None:
        _logger.warning("No tool calls can be read from the answers of %r", provider)
        return ToolCallRequest(content="")
    return reader(response)


def _from_dict(tool: Mapping[str, Any]) -> ToolDefinition:
    inner = tool.get("function", tool)
    if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
        raise InvalidParameterError("tools", dict(tool), "A tool given as a dict needs a 'name'")
    schema = inner.get("input_schema", inner.get("parameters"))
    return _define(
        name=inner["name"],
        description=inner.get("description") or "",
        input_schema={"type": "object", "properties": {}} if schema is None else schema,
        output_schema=inner.get("output_schema"),
    )


def _from_model(model: type[BaseModel]) -> ToolDefinition:
    schema = model.model_json_schema(schema_generator=_Schema)
    schema.pop("title", None)
    description = schema.pop("description", "")
    return _define(name=model.__name__, description=description, input_schema=schema)


def _define(**parts: Any) -> ToolDefinition:
    try:
        return ToolDefinition(**parts)
    except ValidationError as exc:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        name = parts["name"]
        raise InvalidParameterError("tools", name, f"Tool {name!r} is invalid: {faults}") from exc


def _doc(func: Callable[..., Any]) -> str:
    return inspect.getdoc(callee(func)) or inspect.getdoc(innermost(func)) or ""


def _input_schema(signature: Signature) -> dict[str, Any]:
    try:
        schema: dict[str, Any] = signature.model.model_json_schema(schema_generator=_Schema)
    # pydantic 2.14 takes a default such as {"$defs": 0} for a part of the schema, and trips.
    except (PydanticUserError, TypeError, AttributeError, KeyError) as exc:
        name = signature.name
        raise InvalidParameterError(
            "tools", name, f"A parameter of tool {name!r} has no JSON schema: {exc}"
        ) from exc
    schema.pop("title", None)
    return {**schema, "required": schema.get("required", [])}


def _output_schema(hints: Mapping[str, Any], description: str | None) -> dict[str, Any] | None:
    hint = hints.get("return", Any)
    if hint is Any or hint is type(None):
        return None
    try:
        schema = TypeAdapter(hint).json_schema(schema_generator=_Schema, mode="serialization")
    except PydanticUserError:
        return None
    return {**schema, "description": description} if description else schema


def _from_openai(response: Mapping[str, Any]) -> ToolCallRequest:
    choices = response.get("choices")
    message = choices[0]["message"] if choices else response
    calls = [ToolCall.from_dict(call) for call in message.get("tool_calls") or []]
    return ToolCallRequest(content=message.get("content"), tool_calls=calls)


def _from_anthropic(response: Mapping[str, Any]) -> ToolCallRequest:
    content = response.get("content", "")
    if not isinstance(content, list):
        return ToolCallRequest(content=content)
    texts = [block["text"] for block in content if block.get("type") == "text"]
    blocks = [block for block in content if block.get("type") == "tool_use"]
    # Real blocks are flat; AbstractLLM expected their fields one level down.
    calls = [ToolCall.from_dict(block.get("tool_use", block)) for block in blocks]
    return ToolCallRequest(content="".join(texts), tool_calls=calls)


def _from_ollama(response: Mapping[str, Any]) -> ToolCallRequest:
    message = response.get("message")
    return _from_openai(message if isinstance(message, Mapping) else {"content": ""})


_READERS: dict[str, Callable[[Mapping[str, Any]], ToolCallRequest]] = {
    "openai": _from_openai,
    "litellm": _from_openai,
    "anthropic": _from_anthropic,
    "ollama": _from_ollama,
}
