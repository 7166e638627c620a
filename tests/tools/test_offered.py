"""What a model is offered, and what a call of it becomes before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools import Toolbox, ToolCall, ToolDefinition

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "minLength": 2}, "days": {"type": "integer"}},
    "required": ["city"],
    "additionalProperties": False,
}
WEATHER = ToolDefinition(name="weather", description="The weather.", input_schema=SCHEMA)
WIRE = {"type": "function", "function": {"name": "weather", "parameters": SCHEMA, "strict": True}}


def weather(city: str, days: int = 1) -> str:
    """The weather."""
    return f"sun in {city} for {days + 0}"


def anything(**given: Any) -> dict[str, Any]:
    return given


def ran(toolbox: Toolbox, name: str = "weather", /, **arguments: Any) -> Any:
    (outcome,) = toolbox.run([ToolCall(id="c", name=name, arguments=arguments)])
    return outcome.error or outcome.output


@pytest.mark.parametrize(
    "given", [WEATHER, WEATHER.to_dict(), WIRE], ids=["definition", "dict", "wire"]
)
def test_a_definition_runs_the_function_of_its_name(given: Any) -> None:
    toolbox = Toolbox([given], {"weather": weather})

    assert ran(toolbox, city="Rome", days="2") == "sun in Rome for 2"


def test_a_wire_dictionary_is_offered_as_it_is() -> None:
    assert Toolbox([WIRE], {"weather": weather}).offered == (WIRE,)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"city": "x"}, "city: 'x' is too short"),
        ({"city": "Rome", "days": "x"}, "days: Input should be a valid integer"),
        ({"days": 1}, "city: Field required"),
        ({"city": "Rome", "other": 1}, "unknown argument 'other'; it takes city, days"),
    ],
)
def test_a_definition_of_its_own_is_checked_beside_the_functions_types(
    arguments: dict[str, Any], told: str
) -> None:
    assert ran(Toolbox([WEATHER], {"weather": weather}), **arguments).startswith(told)


def test_a_schema_alone_is_checked_for_a_function_that_takes_anything() -> None:
    toolbox = Toolbox([WEATHER], {"weather": anything})

    assert ran(toolbox, city="Rome") == {"city": "Rome"}
    assert ran(toolbox, city="Rome", days="2") == "days: '2' is not of type 'integer'"


def test_a_result_must_fit_a_schema_that_was_given_for_it() -> None:
    number = WEATHER.model_copy(update={"output_schema": {"type": "number"}})

    told = ran(Toolbox([number], {"weather": weather}), city="Rome")

    assert told.startswith("the result does not fit its schema: (all): 'sun in Rome for 1'")


def test_a_result_need_not_fit_the_functions_own_annotation() -> None:
    def wrong() -> int:
        return "text"  # type: ignore[return-value]

    assert ran(Toolbox([wrong]), "wrong") == "text"


def test_a_tool_without_a_function_says_so() -> None:
    assert ran(Toolbox([WEATHER]), city="Rome") == "nothing here can run 'weather'"


def test_a_function_may_stand_in_for_another() -> None:
    assert ran(Toolbox([weather], {"weather": lambda city: city.upper()}), city="Rome") == "ROME"


class City(BaseModel):
    """A city."""

    name: str
    people: int = 0


def test_a_pydantic_models_output_is_the_object() -> None:
    assert ran(Toolbox([City]), "City", name="Rome", people="3") == City(name="Rome", people=3)
    assert ran(Toolbox([City]), "City") == "name: Field required"


def test_a_function_under_another_name_is_offered_under_it() -> None:
    toolbox = Toolbox([], {"forecast": weather})

    assert toolbox.offered[0].name == "forecast"
    assert ran(toolbox, "forecast", city="Rome") == "sun in Rome for 1"


def test_two_tools_of_one_name_are_refused_and_one_tool_twice_is_one() -> None:
    def other() -> None: ...

    other.__name__ = "weather"
    assert len(Toolbox([weather, weather])) == 1
    with pytest.raises(InvalidParameterError, match="two tools have the name 'weather'"):
        Toolbox([weather, other])


@pytest.mark.parametrize("name", ["input_schema", "output_schema"])
def test_a_schema_that_is_none_is_refused_at_once(name: str) -> None:
    wrong = WEATHER.model_copy(update={name: {"type": "object", "required": "city"}})

    with pytest.raises(InvalidParameterError, match="not a JSON Schema"):
        Toolbox([wrong], {"weather": weather})


def test_a_function_whose_types_are_unknown_is_refused_at_once() -> None:
    def unknown(city: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(InvalidParameterError, match="Nowhere"):
        Toolbox([WEATHER], {"weather": unknown})


def test_what_is_told_of_wrong_arguments_is_short() -> None:
    toolbox = Toolbox([WEATHER], {"weather": anything})
    call = ToolCall(id="c", name="weather", arguments={"city": ["x" * 10_000], "days": ["x"] * 99})

    (outcome,) = toolbox.run([call])

    assert len(outcome.content) < 2000


def test_a_schema_is_never_fetched() -> None:
    away = {"type": "object", "properties": {"city": {"$ref": "http://127.0.0.1:9/schema"}}}
    toolbox = Toolbox([WEATHER.model_copy(update={"input_schema": away})], {"weather": anything})

    with pytest.raises(InvalidParameterError, match="refers to what it does not hold"):
        ran(toolbox, city="Rome")


@pytest.mark.parametrize("tools", [[3], ["weather"], [{"description": "no name"}]])
def test_what_is_no_tool_is_refused(tools: Any) -> None:
    with pytest.raises(InvalidParameterError):
        Toolbox(tools)


def test_any_callable_is_offered() -> None:
    functions: list[Callable[..., Any]] = [weather, City, anything]

    assert Toolbox(functions).names == ("weather", "City", "anything")
