"""A call's arguments become the Python values that the function's types ask for."""

# No `from __future__ import annotations`: the tools below are read as users write them.

import dataclasses
import datetime as dt
from enum import Enum
from functools import partial
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError
from typing_extensions import TypedDict

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools.signature import Signature


class Colour(Enum):
    RED = "red"


class Address(BaseModel):
    street: str
    colour: Colour = Colour.RED


@dataclasses.dataclass
class Point:
    x: int
    y: int = 0


class Options(TypedDict, total=False):
    deep: bool


def called(func: Any, **arguments: Any) -> Any:
    args, kwargs = Signature(func, {}).values(arguments)
    return func(*args, **kwargs)


@pytest.mark.parametrize(
    ("hint", "given", "value"),
    [
        (int, "3", 3),
        (bool, "true", True),
        (Colour, "red", Colour.RED),
        (Address, {"street": "a"}, Address(street="a")),
        (list[Address], [{"street": "a"}], [Address(street="a")]),
        (Point, {"x": "1"}, Point(1)),
        (dict[str, Point], {"a": {"x": 1}}, {"a": Point(1)}),
        (Options, {"deep": True}, {"deep": True}),
        (Literal["a", 1], 1, 1),
        (int | None, None, None),
        (tuple[int, str], [1, "a"], (1, "a")),
        (set[int], [1, 1], {1}),
        (dt.date, "2026-01-02", dt.date(2026, 1, 2)),
        (bytes, "ab", b"ab"),
        (Annotated[int, Field(ge=1)], 1, 1),
        (Any, [1], [1]),
    ],
)
def test_a_value_arrives_as_its_type(hint: Any, given: Any, value: Any) -> None:
    def tool(value: hint) -> Any:
        return value

    arrived = called(tool, value=given)

    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize(
    ("hint", "given"), [(int, "abc"), (Colour, "blue"), (Address, {}), (int, None), (str, 3)]
)
def test_a_value_that_is_no_such_type_is_refused(hint: Any, given: Any) -> None:
    def tool(value: hint) -> None: ...

    with pytest.raises(ValidationError):
        called(tool, value=given)


def kinds(a: int, b: int = 2, /, c: int = 3, *rest: int, d: int, e: int = 5, **more: int) -> Any:
    return (a, b, c, rest, d, e, more)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"a": 1, "d": 4}, (1, 2, 3, (), 4, 5, {})),
        ({"a": 1, "b": 0, "c": 0, "d": 4, "e": 0}, (1, 0, 0, (), 4, 0, {})),
        ({"a": 1, "c": 0, "d": 4, "f": 6}, (1, 2, 0, (), 4, 5, {"f": 6})),
    ],
)
def test_every_kind_of_parameter_gets_its_argument(
    arguments: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    assert called(kinds, **arguments) == expected


def test_a_later_positional_only_argument_keeps_the_defaults_before_it() -> None:
    def tool(a: int = 1, b: int = 2, c: int = 3, /) -> Any:
        return (a, b, c)

    assert called(tool, b=0) == (1, 0, 3)


def test_a_default_that_is_not_given_is_the_functions_own_object() -> None:
    default: list[int] = []

    def tool(items: list[int] = default) -> Any:
        return items

    assert called(tool) is default


class Box:
    def __init__(self) -> None:
        self.items: list[int] = []

    def put(self, item: int) -> list[int]:
        return [*self.items, item]

    @classmethod
    def make(cls, item: int) -> int:
        return item

    @staticmethod
    def weigh(item: int) -> int:
        return item

    def __call__(self, item: int) -> int:
        return item


@pytest.mark.parametrize("tool", [Box().put, Box.make, Box().make, Box.weigh, Box()])
def test_methods_and_callable_objects_take_what_a_caller_gives(tool: Any) -> None:
    assert called(tool, item="1") in (1, [1])


def test_what_a_partial_has_filled_in_is_not_the_models_to_change() -> None:
    def delete(user: str, name: str, **more: str) -> Any:
        return (user, name, more)

    mine = partial(partial(delete, user="me"), more="x")

    assert list(Signature(mine, {}).model.model_json_schema()["properties"]) == ["name"]
    assert called(mine, name="a") == ("me", "a", {"more": "x"})
    for taken in ("user", "more"):
        with pytest.raises(TypeError, match=f"unknown argument '{taken}'; it takes name"):
            called(mine, name="a", **{taken: "root"})


def test_a_partials_positional_arguments_are_filled_in_too() -> None:
    def delete(user: str, /, name: str) -> Any:
        return (user, name)

    assert called(partial(delete, "me"), name="a") == ("me", "a")


def test_an_unknown_argument_names_the_known_ones() -> None:
    def tool(city: str) -> None: ...
    def none() -> None: ...

    with pytest.raises(TypeError, match="unknown argument 'town'; it takes city"):
        called(tool, town="x")
    with pytest.raises(TypeError, match="unknown argument 'town'; it takes none"):
        called(none, town="x")


def test_a_type_without_a_schema_is_refused() -> None:
    class Opaque: ...

    def tool(value: Opaque) -> None: ...

    with pytest.raises(InvalidParameterError, match="tool 'tool' has no JSON schema"):
        Signature(tool, {})
