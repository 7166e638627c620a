"""A schema's references are put in place; a type that contains itself ends somewhere."""

from __future__ import annotations

import copy
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from abstractllm_lite.tools.references import is_recursive, self_contained


class Street(BaseModel):
    name: str


class Address(BaseModel):
    street: Street
    old: list[Street] = []


class Node(BaseModel):
    street: Street
    children: list[Node] = []


class Left(BaseModel):
    right: Right | None = None
    left: Left | None = None


class Right(BaseModel):
    left: Left | None = None


def test_what_is_named_stands_in_its_place() -> None:
    schema = Address.model_json_schema()
    before = copy.deepcopy(schema)

    told = self_contained(schema)

    street = Street.model_json_schema()
    assert told["properties"]["street"] == street
    assert told["properties"]["old"]["items"] == street
    assert "$ref" not in str(told)
    assert "$defs" not in told
    assert schema == before


def test_what_stands_beside_a_reference_is_kept() -> None:
    schema = {"$defs": {"A": {"type": "string", "description": "any"}}, "type": "object"}
    schema["properties"] = {"a": {"$ref": "#/$defs/A", "description": "this one", "default": "x"}}

    assert self_contained(schema)["properties"]["a"] == {
        "type": "string",
        "description": "this one",
        "default": "x",
    }


@pytest.mark.parametrize("model", [Node, Left])
def test_a_type_that_contains_itself_stays_a_reference(model: type[BaseModel]) -> None:
    schema = model.model_json_schema()

    told = self_contained(schema)

    assert is_recursive(schema)
    assert is_recursive(told)
    jsonschema.Draft202012Validator.check_schema(told)
    checker = jsonschema.Draft202012Validator(told)
    leaf = {"street": {"name": "a"}}
    good = {**leaf, "children": [leaf]} if model is Node else {"right": {"left": {"right": None}}}
    bad = {**leaf, "children": [{}]} if model is Node else {"right": {"left": {"right": 3}}}
    assert checker.is_valid(good)
    assert not checker.is_valid(bad)


@pytest.mark.parametrize("model", [Node, Left])
def test_it_is_cut_where_references_are_not_taken(model: type[BaseModel]) -> None:
    told = self_contained(model.model_json_schema(), cut=True)

    assert not is_recursive(told)
    assert "$ref" not in str(told)
    assert f"Another {model.__name__}, as above." in str(told)


def test_a_grammar_of_types_that_all_hold_each_other_stays_small() -> None:
    names = [f"T{number}" for number in range(12)]
    refs = {name: {"$ref": f"#/$defs/{name}"} for name in names}
    one = {"type": "object", "properties": refs}
    schema = {"type": "object", "properties": refs, "$defs": dict.fromkeys(names, one)}

    assert len(str(self_contained(schema, cut=True))) < 200_000


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": {"$ref": {"type": "string"}}},
        {"type": "object", "properties": {"a": {"default": {"$ref": "#/$defs/A"}}}},
        {"type": "object", "properties": {"a": {"$ref": "https://example.com/schema"}}},
        {"type": "object", "properties": {"a": {"$ref": "#/$defs/Missing"}}},
        {"type": "object", "properties": {"a": True}, "additionalProperties": False},
    ],
)
def test_what_is_no_reference_to_a_definition_stays(schema: dict[str, Any]) -> None:
    assert self_contained(schema) == schema
