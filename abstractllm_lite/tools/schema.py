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
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise InvalidParameterError(
            "input_schema", schema, f"not a JSON Schema: {error.message}"
        ) from None
    found = Draft202012Validator(schema).iter_errors(value)
    return [{"argument": _place(e.absolute_path), "problem": e.message} for e in found]


def summary(found: list[Problem]) -> str:
    """The problems in one line."""
    return "; ".join(f"{each['argument']}: {each['problem']}" for each in found)


def _place(path: Any) -> str:
    return ".".join(map(str, path)) or "(all)"
