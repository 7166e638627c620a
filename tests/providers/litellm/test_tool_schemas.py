"""Google's dialect of JSON Schema says what the schema says."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.providers.litellm.tool_schemas import fitted

ANY = {"anyOf": [{"type": "string"}]}


def googles(schema: dict[str, Any]) -> Any:
    whole = {"type": "object", "properties": {"a": schema}}
    return fitted(whole, "gemini", "gemini-2.5-flash")["properties"]["a"]


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "string"}, {"type": "string"}),
        ({"const": "a", "type": "string"}, {"type": "string", "enum": ["a"]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["a", "b"]}),
        (
            {"enum": [1, 2], "type": "integer", "description": "How many."},
            {"type": "integer", "description": "How many. One of: 1, 2."},
        ),
        (
            {"enum": ["a", 1, None], "description": "Which."},
            {
                "description": "Which.",
                "anyOf": [
                    {"type": "string", "enum": ["a"]},
                    {"type": "integer", "description": "One of: 1."},
                    {"type": "null"},
                ],
            },
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}]},
            {
                "type": "array",
                "items": {"anyOf": [{"type": "integer"}, {"type": "string"}]},
                "description": "In this order: integer, string.",
            },
        ),
        (
            {"type": "array", "prefixItems": [{"type": "integer"}] * 2, "maxItems": 2},
            {
                "type": "array",
                "items": {"type": "integer"},
                "maxItems": 2,
                "description": "In this order: integer, integer.",
            },
        ),
        (
            {"type": "object", "additionalProperties": {"type": "integer"}},
            {"type": "object", "description": 'Each value: {"type": "integer"}'},
        ),
        (
            {"oneOf": [{"type": "string"}, {"const": 1}], "discriminator": {"propertyName": "x"}},
            {"anyOf": [{"type": "string"}, {"type": "integer", "description": "One of: 1."}]},
        ),
        ({"type": ["string", "null"]}, {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        (
            {
                "allOf": [
                    {"type": "object", "properties": {"x": {"type": "string"}}, "required": ["x"]},
                    {"properties": {"y": {"type": "string"}}, "required": ["y"]},
                ]
            },
            {
                "type": "object",
                "properties": {"x": {"type": "string"}, "y": {"type": "string"}},
                "required": ["x", "y"],
            },
        ),
    ],
)
def test_a_schema_is_told_in_the_words_that_google_has(
    schema: dict[str, Any], told: dict[str, Any]
) -> None:
    assert googles(schema) == told
    items = googles({"type": "array", "items": schema})
    assert items == {"type": "array", "items": told}


def test_any_value_is_any_value() -> None:
    kinds = [each["type"] for each in googles({"description": "Whatever."})["anyOf"]]

    assert kinds == ["string", "number", "boolean", "object", "array"]


@pytest.mark.parametrize(
    ("vendor", "model"), [("openai", "gpt-4o"), ("vertex_ai", "claude-sonnet-4-5")]
)
def test_others_take_json_schema_as_it_is(vendor: str, model: str) -> None:
    schema = {"type": "object", "properties": {"a": {"const": 1}, "b": {}}}

    assert fitted(schema, vendor, model) == schema
