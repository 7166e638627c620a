"""A tool's JSON Schema in the words of its vendor, where litellm would lose some of them (1.106.2).

Google takes a dialect: litellm leaves out there what it has no word for, and what is left then says
something else (a tuple holds objects, any value is an object, a constant is any text).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ...tools.references import descended, is_recursive, self_contained

Schema = dict[str, Any]

_GOOGLE = frozenset({"gemini", "vertex_ai", "vertex_ai_beta"})

# litellm drops the definitions on their way to Bedrock, and references on their way to Google;
# Ollama has no word for either, and Cohere documents none (2026-11).
_WITHOUT_REFERENCES = _GOOGLE | {"bedrock", "ollama", "ollama_chat", "cohere", "cohere_chat"}

_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_SINGLE = [{"type": kind} for kind in ("string", "number", "boolean", "object")]
_ANY: Schema = {"anyOf": [*_SINGLE, {"type": "array", "items": {"anyOf": _SINGLE}}]}
_LISTS = frozenset({"properties", "required"})
_SAYS_A_TYPE = frozenset({"type", "anyOf", "properties"})


def fitted(schema: Mapping[str, Any], vendor: str, model: str) -> Schema:
    """The schema that the vendor takes; it says no more than the given one."""
    cut = vendor in _WITHOUT_REFERENCES
    if _is_google(vendor, model):
        told = self_contained(schema, cut=True)
        return descended(told, _googles)
    return self_contained(schema, cut=cut) if cut and is_recursive(schema) else dict(schema)


def cuts(schema: Mapping[str, Any], vendor: str) -> bool:
    """Whether the vendor is told less of a type that contains itself."""
    return vendor in _WITHOUT_REFERENCES and is_recursive(schema)


def _is_google(vendor: str, model: str) -> bool:
    return vendor in _GOOGLE and (vendor == "gemini" or "gemini" in model)


def _googles(schema: Schema) -> Schema:
    schema = descended(schema, _googles)
    for change in _CHANGES:
        schema = change(schema)
    return schema


def _constant(schema: Schema) -> Schema:
    if "const" not in schema:
        return schema
    return {**_without(schema, "const"), "enum": [schema["const"]]}


def _choices(schema: Schema) -> Schema:
    """Only texts can be listed; of other values the description tells."""
    if not (values := schema.get("enum")):
        return schema
    rest, kinds = _without(schema, "enum", "type"), dict.fromkeys(map(_kind, values))
    if len(kinds) == 1:
        return _option(rest, _kind(values[0]), values)
    return {**rest, "anyOf": [_option({}, kind, values) for kind in kinds]}


def _option(rest: Schema, kind: str, values: list[Any]) -> Schema:
    """The values of one kind."""
    own, typed = [value for value in values if _kind(value) == kind], {**rest, "type": kind}
    if kind == "string":
        return {**typed, "enum": own}
    return typed if kind == "null" else _noted(typed, f"One of: {json.dumps(own)[1:-1]}.")


def _kind(value: Any) -> str:
    return _KINDS.get(type(value), "object")


def _unions(schema: Schema) -> Schema:
    """`oneOf` and lists of types are told as `anyOf`."""
    if "oneOf" in schema:
        return {**_without(schema, "oneOf", "discriminator"), "anyOf": schema["oneOf"]}
    if isinstance(kinds := schema.get("type"), list):
        rest = _without(schema, "type")
        return {"anyOf": [{**rest, "type": kind} for kind in kinds]}
    return schema


def _together(schema: Schema) -> Schema:
    """What must hold all at once is told as one."""
    parts = [*schema.get("allOf", ()), _without(schema, "allOf")]
    made: Schema = {}
    for part in parts:
        fields = {**made.get("properties", {}), **part.get("properties", {})}
        needed = [*made.get("required", ()), *part.get("required", ())]
        made = {**made, **part, "properties": fields, "required": needed}
    return {name: value for name, value in made.items() if value or name not in _LISTS}


def _tuples(schema: Schema) -> Schema:
    if not (parts := schema.get("prefixItems")):
        return schema
    different = [part for number, part in enumerate(parts) if part not in parts[:number]]
    items = different[0] if len(different) == 1 else {"anyOf": different}
    order = ", ".join(str(part.get("type", "any")) for part in parts)
    return _noted({**_without(schema, "prefixItems"), "items": items}, f"In this order: {order}.")


def _mappings(schema: Schema) -> Schema:
    """A mapping's keys are free; what its values are stands in the description."""
    values = schema.get("additionalProperties")
    if not isinstance(values, Mapping) or not values:
        return schema
    told = json.dumps(values, ensure_ascii=False)
    return _noted(_without(schema, "additionalProperties"), f"Each value: {told}")


def _anything(schema: Schema) -> Schema:
    return schema if _SAYS_A_TYPE & schema.keys() else {**schema, **_ANY}


_CHANGES = (_together, _constant, _choices, _unions, _tuples, _mappings, _anything)


def _without(schema: Schema, *names: str) -> Schema:
    return {name: value for name, value in schema.items() if name not in names}


def _noted(schema: Schema, note: str) -> Schema:
    """The schema with a note at the end of its description."""
    return {**schema, "description": " ".join(filter(None, (schema.get("description"), note)))}
