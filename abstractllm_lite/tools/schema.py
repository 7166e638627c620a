"""JSON Schema: whether a value fits, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..exceptions import InvalidParameterError

Problem = dict[str, str]


def problems(value: Any, schema: Mapping[str, Any]) -> list[Problem]:
    """What does not fit, each as the place and the problem; empty where all does.

    Raises InvalidParameterError for a schema that is none.
    """
    from jsonschema import Draft202012Validator
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    check(schema)
    try:
        # With a registry of its own, an empty one, jsonschema fetches no schema from the network.
        found = list(Draft202012Validator(schema, registry=Registry()).iter_errors(value))
    except Unresolvable as error:
        told = f"the JSON Schema refers to what it does not hold: {error}"
        raise InvalidParameterError("input_schema", schema, told) from None
    return [{"argument": _place(e.absolute_path), "problem": e.message} for e in found]


def check(schema: Mapping[str, Any]) -> None:
    """Raise InvalidParameterError for a schema that is none."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        told = f"not a JSON Schema: {error.message}"
        raise InvalidParameterError("input_schema", schema, told) from None


def summary(found: list[Problem]) -> str:
    """The problems in one line."""
    return "; ".join(f"{each['argument']}: {each['problem']}" for each in found)


def _place(path: Any) -> str:
    return ".".join(map(str, path)) or "(all)"
