"""Whatever can be a tool becomes one definition; whatever cannot says why."""

# No `from __future__ import annotations`: the tools below are read as users write them.

import functools
import json
import logging
import warnings
from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any, Literal, Optional, Union

import jsonschema
import pytest
from pydantic import BaseModel, Field

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools import (
    ToolDefinition,
    function_to_tool_definition,
    standardize_tool_response,
    to_tool_definition,
)


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Address(BaseModel):
    """Where somebody lives."""

    title: str
    zip: int = Field(description="Five digits")


def get_weather(city: str, days: int = 1, unit: Literal["C", "F"] = "C") -> str:
    """Tell the weather.

    It is looked up at the nearest station.

    Args:
        city: The city's name.
        days: How many days ahead.

    Returns:
        A sentence about the weather.
    """
    return f"{city} {days} {unit}"


WEATHER = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "description": "The city's name."},
        "days": {"type": "integer", "default": 1, "description": "How many days ahead."},
        "unit": {"type": "string", "default": "C", "enum": ["C", "F"]},
    },
    "required": ["city"],
}


def test_a_function_becomes_a_definition_of_its_signature_and_docstring() -> None:
    tool = function_to_tool_definition(get_weather)
    assert (tool.name, tool.description) == ("get_weather", "Tell the weather.")
    assert tool.input_schema == WEATHER
    assert tool.output_schema == {"type": "string", "description": "A sentence about the weather."}


NUMPY = """Tell.

Parameters
----------
city : str
    The city's name.

Returns
-------
str
    A sentence.
"""
REST = """Tell.

:param city: The city's name.
:returns: A sentence.
"""


@pytest.mark.parametrize("doc", [NUMPY, REST], ids=["numpy", "rest"])
def test_numpy_and_rest_docstrings_are_read_too(doc: str) -> None:
    def tell(city: str) -> str:
        return city

    tell.__doc__ = doc
    tool = function_to_tool_definition(tell)
    assert tool.description == "Tell."
    assert tool.input_schema["properties"]["city"]["description"] == "The city's name."
    assert tool.output_schema == {"type": "string", "description": "A sentence."}


@pytest.mark.parametrize(
    ("hint", "good", "bad"),
    [
        (int, [1], ["x", 1.5]),
        (float, [1.5, 1], ["x"]),
        (bool, [True], ["x"]),
        (list[int], [[1], []], [["x"], 1]),
        (dict[str, int], [{"a": 1}], [{"a": "x"}]),
        (Optional[int], [1, None], ["x"]),  # noqa: UP045
        (int | None, [1, None], ["x"]),
        (Union[int, str], [1, "x"], [[1]]),  # noqa: UP007
        (Literal["a", 1], ["a", 1], ["b"]),
        (Colour, ["red"], ["green"]),
        (Address, [{"title": "home", "zip": 12345}], [{"title": "home"}, {"zip": "x"}]),
        (list[Address], [[{"title": "home", "zip": 1}]], [[{}]]),
        (tuple[int, str], [[1, "a"]], [[1, 2]]),
        (Annotated[int, Field(ge=1)], [1], [0]),
        (Any, [1, "x", None, [1]], []),
    ],
)
def test_a_types_schema_takes_what_the_type_takes(
    hint: Any, good: list[Any], bad: list[Any]
) -> None:
    def tool(value: hint) -> None: ...

    schema = function_to_tool_definition(tool).input_schema
    jsonschema.Draft202012Validator.check_schema(schema)
    checker = jsonschema.Draft202012Validator(schema)
    assert all(checker.is_valid({"value": value}) for value in good)
    assert not any(checker.is_valid({"value": value}) for value in bad)
    assert not checker.is_valid({})


def test_an_annotated_fields_description_is_kept() -> None:
    def tool(value: Annotated[int, Field(description="How many")]) -> None: ...

    properties = function_to_tool_definition(tool).input_schema["properties"]
    assert properties["value"] == {"type": "integer", "description": "How many"}


def test_any_parameter_name_and_any_default_will_do() -> None:
    sentinel = object()

    def tool(_hidden: int, schema: str, model_config: int, copy: Any = sentinel) -> None: ...

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = function_to_tool_definition(tool).input_schema
    assert list(schema["properties"]) == ["_hidden", "schema", "model_config", "copy"]
    assert schema["required"] == ["_hidden", "schema", "model_config"]


def test_star_parameters_and_self_are_not_the_models_to_fill() -> None:
    class Box:
        def put(self, item: str, *rest: int, size: int = 1, **more: int) -> None:
            """Put it."""

    for tool in (Box.put, Box().put):
        schema = function_to_tool_definition(tool).input_schema
        assert (list(schema["properties"]), schema["required"]) == (["item", "size"], ["item"])


def test_a_function_without_anything_said_is_still_a_tool() -> None:
    def bare(a, b=1):  # type: ignore[no-untyped-def]
        return a

    tool = function_to_tool_definition(bare)
    assert tool.to_dict() == {
        "name": "bare",
        "description": "",
        "input_schema": {
            "type": "object",
            "properties": {"a": {}, "b": {"default": 1}},
            "required": ["a"],
        },
    }


def test_a_function_that_returns_none_promises_no_output() -> None:
    def tell() -> None: ...

    tool = function_to_tool_definition(tell)
    assert tool.output_schema is None
    assert tool.input_schema == {"type": "object", "properties": {}, "required": []}


def test_a_result_without_a_schema_is_no_obstacle() -> None:
    class Opaque: ...

    def make() -> Opaque:
        return Opaque()

    assert function_to_tool_definition(make).output_schema is None


class Finder:
    """Finds things."""

    def __call__(self, what: str) -> str:
        """Find it.

        Args:
            what: The thing.
        """
        return what


@pytest.mark.parametrize(
    ("tool", "name", "required"),
    [
        (functools.partial(get_weather, days=2), "get_weather", ["city"]),
        (functools.partial(functools.partial(get_weather, days=2)), "get_weather", ["city"]),
        (Finder(), "Finder", ["what"]),
    ],
    ids=["partial", "partial of partial", "callable object"],
)
def test_partials_and_callable_objects_are_tools(
    tool: Callable[..., Any], name: str, required: list[str]
) -> None:
    definition = to_tool_definition(tool)
    assert (definition.name, definition.input_schema["required"]) == (name, required)
    assert all(definition.input_schema["properties"][p]["description"] for p in required)


def test_a_parameter_without_a_schema_is_named() -> None:
    class Opaque: ...

    def tool(value: Opaque) -> None: ...

    with pytest.raises(InvalidParameterError, match="'tool'"):
        function_to_tool_definition(tool)


def test_a_type_that_cannot_be_resolved_is_named() -> None:
    def tool(value: "Unimported") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(InvalidParameterError, match="Unimported"):
        function_to_tool_definition(tool)


def test_a_lambda_needs_a_name_that_vendors_take() -> None:
    with pytest.raises(InvalidParameterError, match="<lambda>"):
        to_tool_definition(lambda x: x)


DEFINITION = ToolDefinition(name="f", description="d", input_schema=WEATHER)


@pytest.mark.parametrize(
    "tool",
    [
        DEFINITION,
        DEFINITION.to_dict(),
        {"type": "function", "function": {"name": "f", "description": "d", "parameters": WEATHER}},
        {"type": "function", "name": "f", "description": "d", "parameters": WEATHER},
    ],
    ids=["definition", "abstractllm", "openai", "openai flat"],
)
def test_one_tool_in_every_shape_is_one_definition(tool: Any) -> None:
    assert to_tool_definition(tool) == DEFINITION


def test_a_dictionary_may_leave_out_what_is_empty() -> None:
    tool = to_tool_definition({"function": {"name": "now"}})
    assert tool.input_schema == {"type": "object", "properties": {}}
    assert tool.description == ""


def test_an_output_schema_is_kept() -> None:
    tool = {"name": "f", "input_schema": WEATHER, "output_schema": {"type": "string"}}
    assert to_tool_definition(tool).output_schema == {"type": "string"}


def test_a_pydantic_model_is_a_tool_whose_arguments_are_its_fields() -> None:
    tool = to_tool_definition(Address)
    assert (tool.name, tool.description) == ("Address", "Where somebody lives.")
    assert tool.input_schema == {
        "type": "object",
        "properties": {
            "title": {"type": "string"},
            "zip": {"type": "integer", "description": "Five digits"},
        },
        "required": ["title", "zip"],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        3,
        "get_weather",
        None,
        {},
        {"type": "web_search"},
        {"function": "f"},
        {"name": "f", "input_schema": {"type": "string"}},
        {"name": "a b", "input_schema": WEATHER},
        {"name": "f", "input_schema": "x"},
    ],
)
def test_what_is_no_tool_is_refused(wrong: Any) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        to_tool_definition(wrong)
    assert isinstance(caught.value, ValueError)


TEXT = json.dumps({"city": "Paris"})
ANSWERS: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": (
        "openai",
        {
            "content": "let me look",
            "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": TEXT}}],
        },
    ),
    "whole openai": (
        "OpenAI",
        {
            "choices": [
                {
                    "message": {
                        "content": "let me look",
                        "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": TEXT}}],
                    }
                }
            ]
        },
    ),
    "litellm": (
        "litellm",
        {
            "content": "let me look",
            "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": TEXT}}],
        },
    ),
    "anthropic": (
        "anthropic",
        {
            "content": [
                {"type": "thinking", "thinking": "hm"},
                {"type": "text", "text": "let me "},
                {"type": "text", "text": "look"},
                {"type": "tool_use", "id": "c", "name": "f", "input": {"city": "Paris"}},
            ]
        },
    ),
    "abstractllm's anthropic": (
        "anthropic",
        {
            "content": [
                {"type": "text", "text": "let me look"},
                {
                    "type": "tool_use",
                    "tool_use": {"id": "c", "name": "f", "parameters": {"city": "Paris"}},
                },
            ]
        },
    ),
    "ollama": (
        "ollama",
        {
            "message": {
                "content": "let me look",
                "tool_calls": [
                    {"id": "c", "function": {"name": "f", "arguments": {"city": "Paris"}}}
                ],
            }
        },
    ),
}


@pytest.mark.parametrize(("provider", "answer"), ANSWERS.values(), ids=ANSWERS)
def test_every_vendors_answer_gives_the_same_request(provider: str, answer: dict[str, Any]) -> None:
    request = standardize_tool_response(answer, provider)
    assert request.content == "let me look"
    assert [(c.id, c.name, c.arguments) for c in request] == [("c", "f", {"city": "Paris"})]


@pytest.mark.parametrize(
    ("provider", "answer", "content"),
    [
        ("openai", {"content": "hi", "tool_calls": None}, "hi"),
        ("openai", {"content": None}, None),
        ("anthropic", {"content": "hi"}, "hi"),
        ("anthropic", {"content": []}, ""),
        ("ollama", {"message": {"content": "hi"}}, "hi"),
        ("ollama", {}, ""),
    ],
)
def test_an_answer_without_calls_is_an_empty_request(
    provider: str, answer: dict[str, Any], content: str | None
) -> None:
    request = standardize_tool_response(answer, provider)
    assert (request.content, list(request)) == (content, [])


def test_bad_json_in_an_answer_is_an_error_of_the_call() -> None:
    answer = {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{"}}]}
    (call,) = standardize_tool_response(answer, "openai")
    assert call.arguments == {}
    assert call.raw_arguments == "{"


def test_an_unknown_provider_gives_an_empty_request_and_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        request = standardize_tool_response({"content": "hi"}, "nobody")
    assert (request.content, list(request)) == ("", [])
    assert "nobody" in caplog.text


def test_a_default_that_pydantic_trips_over_is_refused() -> None:
    def tool(value: dict[str, Any] = {"$defs": 0}) -> None: ...  # noqa: B006

    with pytest.raises(InvalidParameterError, match="tool 'tool' has no JSON schema"):
        function_to_tool_definition(tool)
