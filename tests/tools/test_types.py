"""Tool calls: counted like a list, read from every vendor's shape, never a wrong dictionary."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools import (
    ToolCall,
    ToolCallRequest,
    ToolCallResponse,
    ToolDefinition,
    ToolResult,
)

SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
CALLS = [ToolCall(id=str(n), name="f", arguments={"n": n}) for n in range(3)]
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
unhurried = settings(deadline=None, max_examples=50)
arguments = st.dictionaries(st.text(), plain_json, max_size=4)


@pytest.mark.parametrize("name", ["f", "get-weather", "get_weather_2", "a" * 64])
def test_a_tools_name_may_have_letters_digits_underscores_and_hyphens(name: str) -> None:
    assert ToolDefinition(name=name, description="d", input_schema=SCHEMA).name == name


@pytest.mark.parametrize("name", ["", "get weather", "a.b", "é", "a" * 65, "f\n"])
def test_a_name_that_vendors_refuse_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="name"):
        ToolDefinition(name=name, description="d", input_schema=SCHEMA)


@pytest.mark.parametrize("schema", [{}, {"type": "array"}, {"properties": {}}])
def test_an_input_schema_is_that_of_an_object(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="object"):
        ToolDefinition(name="f", description="d", input_schema=schema)


def test_an_object_without_properties_has_none_and_the_callers_schema_is_not_changed() -> None:
    schema = {"type": "object"}
    tool = ToolDefinition(name="f", description="d", input_schema=schema)
    assert tool.input_schema == {"type": "object", "properties": {}}
    assert schema == {"type": "object"}


def test_a_definition_becomes_a_dictionary_without_none() -> None:
    tool = ToolDefinition(name="f", description="d", input_schema=SCHEMA)
    assert tool.to_dict() == {"name": "f", "description": "d", "input_schema": SCHEMA}


@unhurried
@given(arguments)
def test_the_same_call_in_every_shape_is_the_same_call(values: dict[str, Any]) -> None:
    text = json.dumps(values)
    shapes: list[dict[str, Any]] = [
        {"id": "c", "type": "function", "function": {"name": "f", "arguments": text}},
        {"id": "c", "function": {"name": "f", "arguments": values}},
        {"id": "c", "name": "f", "arguments": values},
        {"id": "c", "name": "f", "arguments": text},
        {"type": "tool_use", "id": "c", "name": "f", "input": values},
        {"id": "c", "name": "f", "parameters": values},
    ]
    for shape in shapes:
        assert ToolCall.from_dict(shape) == ToolCall(id="c", name="f", arguments=values)


@pytest.mark.parametrize("nothing", ["", "  ", "null", "{}", {}, None])
def test_no_arguments_are_an_empty_dictionary(nothing: Any) -> None:
    call = ToolCall.from_dict({"id": None, "function": {"name": "f", "arguments": nothing}})
    assert call == ToolCall(id="", name="f", arguments={})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": ', "not valid JSON"),
        ("a=1", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "must be a JSON object, not list"),
        ("3", "must be a JSON object, not int"),
        ('"{}"', "must be a JSON object, not str"),
    ],
)
def test_bad_json_is_an_error_to_read_and_no_arguments(text: str, why: str) -> None:
    call = ToolCall.from_dict({"id": "c", "function": {"name": "f", "arguments": text}})
    assert call.arguments == {}
    assert call.raw_arguments == text
    assert call.error is not None
    assert why in call.error


@unhurried
@given(st.text())
def test_any_text_is_arguments_or_an_error(text: str) -> None:
    call = ToolCall.of("c", "f", text)
    if call.error:
        assert (call.arguments, call.raw_arguments) == ({}, text)
    else:
        assert call.raw_arguments is None
        assert call.arguments == (json.loads(text) or {} if text.strip() else {})


@pytest.mark.parametrize(
    "wrong", [{}, {"id": "c"}, {"name": None}, {"function": None}, {"function": {"name": 3}}]
)
def test_a_call_without_a_name_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameterError, match="name"):
        ToolCall.from_dict(wrong)


def test_error_and_raw_arguments_are_dumped_only_when_there_are_any() -> None:
    good = ToolCall.of("c", "f", "{}")
    bad = ToolCall.of("c", "f", "{")
    assert good.model_dump() == {"id": "c", "name": "f", "arguments": {}}
    assert json.loads(good.model_dump_json()) == good.model_dump()
    assert set(bad.model_dump()) == {"id", "name", "arguments", "error", "raw_arguments"}
    assert ToolCall.from_dict(bad.model_dump()) == bad
    assert ToolCallRequest(tool_calls=[bad]).model_dump()["tool_calls"] == [bad.model_dump()]


def test_a_request_reads_as_the_list_of_its_calls() -> None:
    request = ToolCallRequest(content="let me look", tool_calls=CALLS)
    assert list(request) == CALLS
    assert len(request) == 3
    assert (request[0], request[-1], request[1:]) == (CALLS[0], CALLS[2], CALLS[1:])
    assert CALLS[1] in request
    assert request == CALLS
    assert request != CALLS[:1]
    assert request == ToolCallRequest(content="let me look", tool_calls=list(CALLS))
    assert request != ToolCallRequest(tool_calls=CALLS)
    assert request.has_tool_calls()
    with pytest.raises(IndexError):
        request[3]


def test_an_empty_request_is_false() -> None:
    request = ToolCallRequest(content="no tools needed")
    assert not request
    assert not request.has_tool_calls()
    assert request == []
    assert list(request) == []


def test_a_request_survives_copying_and_dumping() -> None:
    request = ToolCallRequest(content="t", tool_calls=[*CALLS, ToolCall.of("c", "f", "{")])
    for twin in (
        pickle.loads(pickle.dumps(request)),
        copy.deepcopy(request),
        ToolCallRequest.model_validate_json(request.model_dump_json()),
        ToolCallRequest(**request.model_dump()),
        ToolCallRequest.of(request.model_dump()),
    ):
        assert twin == request


def test_a_request_takes_calls_in_openais_shape() -> None:
    shape: Any = {"id": "c", "function": {"name": "f", "arguments": '{"a": 1}'}}
    assert ToolCallRequest(tool_calls=[shape]) == [ToolCall(id="c", name="f", arguments={"a": 1})]


def test_a_request_is_read_from_a_vendors_answer() -> None:
    request = ToolCallRequest.from_provider_response({"content": "hi"}, "openai")
    assert (request.content, list(request)) == ("hi", [])


def test_results_become_dictionaries_without_none() -> None:
    results = [ToolResult(call_id="a", result=3), ToolResult(call_id="b", error="broke")]
    assert ToolCallResponse(tool_results=results).to_dict() == {
        "tool_results": [{"call_id": "a", "result": 3}, {"call_id": "b", "error": "broke"}]
    }


def test_a_definition_is_made_from_a_function() -> None:
    def add(a: int) -> int:
        """Add."""
        return a

    tool = ToolDefinition.from_function(add)
    assert (tool.name, tool.description) == ("add", "Add.")
