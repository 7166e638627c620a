"""The shapes of tool use: a tool, a model's calls, and what the tools gave back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, overload

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
)

from ..exceptions import InvalidParameterError

__all__ = ["ToolCall", "ToolCallRequest", "ToolCallResponse", "ToolDefinition", "ToolResult"]

_NAME = r"^[a-zA-Z0-9_-]{1,64}$"
_ARGUMENT_KEYS = ("arguments", "input", "parameters")


class ToolDefinition(BaseModel):
    """A tool as a model sees it; `input_schema` is the JSON Schema of an object."""

    name: str = Field(pattern=_NAME)
    description: str = ""
    input_schema: dict[str, Any]
    output_schema: dict[str, Any] | None = None

    @field_validator("input_schema")
    @classmethod
    def _is_object(cls, schema: dict[str, Any]) -> dict[str, Any]:
        if schema.get("type") != "object":
            raise ValueError('the input schema of a tool must have "type": "object"')
        return schema if "properties" in schema else {**schema, "properties": {}}

    @classmethod
    def from_function(cls, func: Callable[..., Any]) -> ToolDefinition:
        """The definition of a Python function, from its signature, types and docstring."""
        from .conversion import function_to_tool_definition

        return function_to_tool_definition(func)

    def to_dict(self) -> dict[str, Any]:
        """The definition as a dictionary, without an output schema that is None."""
        return self.model_dump(exclude_none=True)


class ToolCall(BaseModel):
    """One call that a model asks for.

    Arguments that are no JSON object give `arguments={}`, an `error` that the model can read,
    and the text itself in `raw_arguments`.
    """

    id: str
    name: str
    arguments: dict[str, Any]
    error: str | None = None
    raw_arguments: str | None = None

    @classmethod
    def of(cls, id: str | None, name: str, arguments: str | Mapping[str, Any] | None) -> ToolCall:
        """The call with its arguments read from JSON text; no text at all is no arguments."""
        if isinstance(arguments, Mapping):
            return cls(id=id or "", name=name, arguments=dict(arguments))
        values, error = _read_arguments(arguments or "")
        raw = arguments if error else None
        return cls(id=id or "", name=name, arguments=values, error=error, raw_arguments=raw)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ToolCall:
        """The call in OpenAI's shape (`function`), Anthropic's (`input`) or this class's own."""
        inner = data.get("function", data)
        if not isinstance(inner, Mapping) or not isinstance(inner.get("name"), str):
            raise InvalidParameterError(
                "tool_calls", data, "A tool call needs a name, flat or inside 'function'"
            )
        call = cls.of(data.get("id"), inner["name"], _first(inner, _ARGUMENT_KEYS))
        told = {key: data[key] for key in ("error", "raw_arguments") if data.get(key) is not None}
        return call.model_copy(update=told) if told else call

    @model_serializer(mode="wrap")
    def _without_none(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = handler(self)
        for name in ("error", "raw_arguments"):
            if dumped.get(name) is None:
                dumped.pop(name, None)
        return dumped


class ToolResult(BaseModel):
    """What a tool gave back for one call, or the error it ended with."""

    call_id: str
    result: Any = None
    error: str | None = None


def _as_tool_call(value: Any) -> Any:
    return ToolCall.from_dict(value) if isinstance(value, Mapping) else value


class ToolCallRequest(BaseModel):
    """The calls that a model asks for: iterates, indexes and counts them; false when empty."""

    content: str | None = None
    tool_calls: list[Annotated[ToolCall, BeforeValidator(_as_tool_call)]] = Field(
        default_factory=list
    )

    @classmethod
    def of(cls, calls: Any, *, content: str | None = None) -> ToolCallRequest:
        """The request itself, or one made from calls, from dictionaries or from its dump."""
        if isinstance(calls, ToolCallRequest):
            return calls
        if isinstance(calls, Mapping):
            is_dump = "tool_calls" in calls
            return cls.model_validate(calls) if is_dump else cls.of([calls], content=content)
        inner = getattr(calls, "tool_calls", calls)
        if isinstance(inner, (str, bytes)) or not isinstance(inner, Iterable):
            raise InvalidParameterError(
                "tool_calls", calls, "tool_calls is a ToolCallRequest or a list of tool calls"
            )
        return cls(content=content, tool_calls=list(inner))

    @classmethod
    def from_provider_response(cls, response: dict[str, Any], provider: str) -> ToolCallRequest:
        """The calls in a vendor's answer; see `standardize_tool_response`."""
        from .conversion import standardize_tool_response

        return standardize_tool_response(response, provider)

    def has_tool_calls(self) -> bool:
        """True when there is at least one call."""
        return bool(self.tool_calls)

    def __iter__(self) -> Iterator[ToolCall]:  # type: ignore[override]
        return iter(self.tool_calls)

    def __len__(self) -> int:
        return len(self.tool_calls)

    @overload
    def __getitem__(self, index: int) -> ToolCall: ...

    @overload
    def __getitem__(self, index: slice) -> list[ToolCall]: ...

    def __getitem__(self, index: int | slice) -> ToolCall | list[ToolCall]:
        return self.tool_calls[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, list):
            return self.tool_calls == other
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]


class ToolCallResponse(BaseModel):
    """The results of a round of tool calls."""

    tool_results: list[ToolResult] = Field(default_factory=list)

    def to_dict(self) -> dict[str, list[dict[str, Any]]]:
        """The results as dictionaries, without the fields that are None."""
        return {"tool_results": [r.model_dump(exclude_none=True) for r in self.tool_results]}


def _first(data: Mapping[str, Any], keys: Iterable[str]) -> Any:
    return next((data[key] for key in keys if data.get(key) is not None), None)


def _read_arguments(text: str) -> tuple[dict[str, Any], str | None]:
    if not text.strip():
        return {}, None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        return {}, f"The arguments are not valid JSON: {exc}"
    if value is None:
        return {}, None
    if not isinstance(value, dict):
        return {}, f"The arguments must be a JSON object, not {type(value).__name__}"
    return value, None
