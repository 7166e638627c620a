"""AbstractLLM's checks of tools, by its names."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.tools import (
    ToolArgumentValidationError,
    ToolDefinition,
    ToolDefinitionValidationError,
    ToolResult,
    ToolResultValidationError,
    ValidationException,
    create_safe_tool_wrapper,
    validate_tool_arguments,
    validate_tool_definition,
    validate_tool_result,
)

ADD = ToolDefinition(
    name="add",
    description="Adds.",
    input_schema={
        "type": "object",
        "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
        "required": ["a", "b"],
    },
    output_schema={"type": "integer"},
)


def add(a: int, b: int) -> int:
    return a + b


@pytest.mark.parametrize(
    "kind",
    [ToolDefinitionValidationError, ToolArgumentValidationError, ToolResultValidationError],
)
def test_each_error_is_of_the_family_and_a_value_error(kind: type[ValidationException]) -> None:
    error = kind("what happened", details={"a": 1})

    assert isinstance(error, AbstractLLMError)
    assert isinstance(error, ValueError)
    for same in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert (type(same), str(same), same.details) == (kind, "what happened", {"a": 1})


@pytest.mark.parametrize("given", [ADD.to_dict(), ADD, add])
def test_a_definition_comes_back(given: Any) -> None:
    assert validate_tool_definition(given).name == "add"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "a b", "input_schema": {"type": "object"}},
        {"name": "a", "input_schema": {"type": "string"}},
        {"name": "a", "input_schema": {"type": "object", "properties": {"x": {"type": "int"}}}},
        {"name": "a", "input_schema": {"type": "object"}, "output_schema": {"type": 3}},
        3,
    ],
)
def test_what_is_no_definition_is_refused(given: Any) -> None:
    with pytest.raises(ToolDefinitionValidationError, match="Invalid tool definition"):
        validate_tool_definition(given)


def test_arguments_that_fit_come_back_as_they_are() -> None:
    given = {"a": 1, "b": 2}

    assert validate_tool_arguments(ADD, given) is given


@pytest.mark.parametrize("given", [{"a": 1}, {"a": "1", "b": 2}])
def test_arguments_that_do_not_fit_are_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ToolArgumentValidationError, match="Invalid arguments for tool 'add'") as e:
        validate_tool_arguments(ADD, given)

    assert e.value.details["problems"]


def test_a_result_is_checked_where_there_is_a_schema() -> None:
    assert validate_tool_result(ADD, 3) == 3
    assert validate_tool_result(ADD.model_copy(update={"output_schema": None}), "x") == "x"
    with pytest.raises(ToolResultValidationError, match="Invalid result from tool 'add'"):
        validate_tool_result(ADD, "x")


def test_a_wrapped_function_tells_its_result() -> None:
    assert create_safe_tool_wrapper(add, ADD)(a=1, b=2) == ToolResult(call_id="", result=3)


@pytest.mark.parametrize(
    ("func", "arguments", "told"),
    [
        (add, {"a": 1}, "b: Field required"),
        (lambda a, b: a / b, {"a": 1, "b": 0}, "ZeroDivisionError: division by zero"),
        (lambda a, b: "x", {"a": 1, "b": 0}, "the result does not fit its schema"),
    ],
)
def test_a_wrapped_function_never_fails(func: Any, arguments: dict[str, Any], told: str) -> None:
    result = create_safe_tool_wrapper(func, ADD)(**arguments)

    assert (result.call_id, result.result) == ("", None)
    assert (result.error or "").startswith(told)
