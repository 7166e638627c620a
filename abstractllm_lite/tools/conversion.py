"""From anything that can be a tool to a ToolDefinition; from a vendor's answer to tool calls."""

from __future__ import annotations

import functools
import inspect
import logging
import typing
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Any

import docstring_parser
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from ..exceptions import InvalidParameterError
from .types import ToolCall, ToolCallRequest, ToolDefinition

__all__ = ["function_to_tool_definition", "standardize_tool_response", "to_tool_definition"]

_logger = logging.getLogger(__name__)
_SCHEMALESS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


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
    name = _function_name(func)
    doc = docstring_parser.parse(_doc(func))
    hints = _hints(func, name)
    told = {param.arg_name: param.description for param in doc.params}
    fields = {
        param.name: _field(param, hints.get(param.name, Any), told.get(param.name))
        for param in _parameters(func)
    }
    return _define(
        name=name,
        description=doc.short_description or "",
        input_schema=_input_schema(name, fields),
        output_schema=_output_schema(hints, doc.returns.description if doc.returns else None),
    )


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


def _innermost(func: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(func, functools.partial):
        func = func.func
    return func


def _callee(func: Callable[..., Any]) -> Callable[..., Any]:
    func = _innermost(func)
    is_function = inspect.isroutine(func) or inspect.isclass(func)
    return func if is_function else type(func).__call__


def _function_name(func: Callable[..., Any]) -> str:
    func = _innermost(func)
    return str(getattr(func, "__name__", type(func).__name__))


def _doc(func: Callable[..., Any]) -> str:
    return inspect.getdoc(_callee(func)) or inspect.getdoc(_innermost(func)) or ""


def _hints(func: Callable[..., Any], name: str) -> dict[str, Any]:
    try:
        return typing.get_type_hints(_callee(func), include_extras=True)
    except NameError as exc:
        raise InvalidParameterError(
            "tools", name, f"A type of tool {name!r} cannot be resolved at run time: {exc}"
        ) from exc


def _parameters(func: Callable[..., Any]) -> Iterator[inspect.Parameter]:
    for position, param in enumerate(inspect.signature(func).parameters.values()):
        is_self = position == 0 and param.name in ("self", "cls")
        if not is_self and param.kind not in _SCHEMALESS:
            yield param


def _field(param: inspect.Parameter, hint: Any, description: str | None) -> tuple[Any, Any]:
    default = ... if param.default is param.empty else param.default
    described = Annotated[hint, Field(description=description)] if description else hint
    return described, Field(default, alias=param.name)


def _input_schema(name: str, fields: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    # Numbered names and aliases: pydantic refuses or shadows names such as `_x` and `schema`.
    numbered = {f"p{number}": field for number, field in enumerate(fields.values())}
    try:
        model = create_model("Arguments", **numbered)  # type: ignore[call-overload]
        schema: dict[str, Any] = model.model_json_schema(schema_generator=_Schema)
    except (PydanticUserError, TypeError) as exc:
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
