"""Whatever a function's signature is: its schema is valid, and what fits it calls the function."""

from __future__ import annotations

import inspect
import json
from enum import Enum
from typing import Any, Literal

import jsonschema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter
from typing_extensions import TypedDict

from abstractllm_lite.tools import Toolbox, ToolCall, function_to_tool_definition
from abstractllm_lite.tools.references import self_contained


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int
    colour: Colour = Colour.RED


class Options(TypedDict, total=False):
    deep: bool
    names: list[str]


def enums(kind: type[Enum]) -> st.SearchStrategy[Any]:
    return st.sampled_from(list(kind))


# pydantic trips over defaults that look like references.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="$"), max_size=5)
INTS = st.integers(-(2**31), 2**31)
POINTS = st.builds(Point, x=INTS, colour=enums(Colour))

# A type, and values of it.
LEAVES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (int, INTS),
    (float, st.floats(allow_nan=False, allow_infinity=False)),
    (bool, st.booleans()),
    (str, TEXT),
    (Colour, enums(Colour)),
    (Literal["a", 1], st.sampled_from(["a", 1])),
    (Point, POINTS),
    (Options, st.fixed_dictionaries({}, optional={"deep": st.booleans()})),
]
Typed = tuple[Any, st.SearchStrategy[Any]]


def _grown(inner: st.SearchStrategy[Typed]) -> st.SearchStrategy[Typed]:
    return st.one_of(
        inner.map(lambda t: (list[t[0]], st.lists(t[1], max_size=2))),
        inner.map(lambda t: (dict[str, t[0]], st.dictionaries(TEXT, t[1], max_size=2))),
        inner.map(lambda t: (t[0] | None, st.none() | t[1])),
        inner.map(lambda t: (tuple[t[0], int], st.tuples(t[1], INTS))),
    )


TYPES = st.recursive(st.sampled_from(LEAVES), _grown, max_leaves=3)
KINDS = [
    inspect.Parameter.POSITIONAL_ONLY,
    inspect.Parameter.POSITIONAL_OR_KEYWORD,
    inspect.Parameter.KEYWORD_ONLY,
]


@st.composite
def signatures(draw: st.DrawFn) -> tuple[inspect.Signature, dict[str, st.SearchStrategy[Any]]]:
    """A signature, and values for each of its parameters."""
    names = draw(st.lists(st.sampled_from("abc _x schema copy json".split()), unique=True))
    kinds = sorted(draw(st.sampled_from(KINDS)) for _ in names)
    parameters, values, has_default = [], {}, False
    for name, kind in zip(names, kinds, strict=True):
        hint, values[name] = draw(TYPES)
        has_default = draw(st.booleans()) or (has_default and kind != KINDS[2])
        default = draw(values[name]) if has_default else inspect.Parameter.empty
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=hint))
    return inspect.Signature(parameters), values


def made(signature: inspect.Signature, seen: list[dict[str, Any]]) -> Any:
    """A function of that signature, which keeps what it was called with."""

    def tool(*args: Any, **kwargs: Any) -> None:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        seen.append(dict(bound.arguments))

    tool.__signature__ = signature  # type: ignore[attr-defined]
    tool.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
    return tool


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(signatures(), st.data())
def test_any_signature_is_a_tool_that_can_be_called(
    drawn: tuple[inspect.Signature, dict[str, st.SearchStrategy[Any]]], data: st.DataObject
) -> None:
    signature, strategies = drawn
    seen: list[dict[str, Any]] = []
    tool = made(signature, seen)
    schema = function_to_tool_definition(tool).input_schema
    jsonschema.Draft202012Validator.check_schema(schema)
    parameters = signature.parameters.values()
    left_out = {p.name for p in parameters if p.default is not p.empty and data.draw(st.booleans())}
    given_values = {n: data.draw(s) for n, s in strategies.items() if n not in left_out}
    arguments = {
        name: json.loads(TypeAdapter(signature.parameters[name].annotation).dump_json(value))
        for name, value in given_values.items()
    }

    assert jsonschema.Draft202012Validator(schema).is_valid(arguments)
    assert jsonschema.Draft202012Validator(self_contained(schema)).is_valid(arguments)
    (outcome,) = Toolbox([tool]).run([ToolCall(id="c", name="tool", arguments=arguments)])

    assert outcome.error is None
    defaults = {name: signature.parameters[name].default for name in left_out}
    assert seen == [given_values | defaults]
    for name, value in given_values.items():
        assert type(seen[0][name]) is type(value)
