"""JSON Schemas without references: what a `$ref` names is put in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

_OF_NAMES = frozenset("properties patternProperties dependentSchemas $defs definitions".split())
_OF_DATA = frozenset("enum const default examples required".split())
_DEFINITIONS = ("$defs", "definitions")

# A grammar of types that all hold each other would grow without bounds.
_DEEPEST = 2


def self_contained(schema: Mapping[str, Any], *, cut: bool = False) -> Schema:
    """The schema with what its references name in their places.

    A type that contains itself stays a reference beside its definition; with `cut` it is told once
    or twice, and ends in a value that only says what it is. References to elsewhere stay.
    """
    recursive = _recursive(schema)

    def put(node: Schema, within: tuple[str, ...]) -> Schema:
        name = node.get("$ref")
        target = _target(schema, name)
        if target is None or (name in recursive and not cut):
            return descended(node, lambda each: put(each, within))
        beside = {key: value for key, value in node.items() if key != "$ref"}
        if name in recursive and (name in within or len(within) == _DEEPEST):
            return {**_again(target, name), **beside}
        inside = (*within, name) if name in recursive else within
        return put({**target, **beside}, inside)

    kept = {} if cut else {name: _target(schema, name) for name in recursive}
    bare = {key: value for key, value in schema.items() if key not in _DEFINITIONS}
    made = put(bare, ())
    for name, target in sorted(kept.items()):
        _, home, key = name.split("/")
        made.setdefault(home, {})[key] = put(target or {}, ())
    return made


def is_recursive(schema: Mapping[str, Any]) -> bool:
    """Whether a type in the schema contains itself."""
    return bool(_recursive(schema))


def descended(node: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """The schema with `change` applied to each schema that stands directly in it."""
    return {key: _changed(key, value, change) for key, value in node.items()}


def _changed(key: str, value: Any, change: Callable[[Schema], Schema]) -> Any:
    if key in _OF_DATA:
        return value
    if key in _OF_NAMES and isinstance(value, Mapping):
        return {name: _one(each, change) for name, each in value.items()}
    if isinstance(value, list):
        return [_one(each, change) for each in value]
    return _one(value, change)


def _one(value: Any, change: Callable[[Schema], Schema]) -> Any:
    return change(dict(value)) if isinstance(value, Mapping) else value


def _target(schema: Mapping[str, Any], name: Any) -> Schema | None:
    """What a reference names, where that is one of the schema's definitions."""
    if not isinstance(name, str) or name.count("/") != 2:
        return None
    start, home, key = name.split("/")
    found = schema.get(home, {}).get(key) if start == "#" and home in _DEFINITIONS else None
    return dict(found) if isinstance(found, Mapping) else None


def _recursive(schema: Mapping[str, Any]) -> set[str]:
    """The references that lead to themselves again."""
    leads = {
        f"#/{home}/{key}": set(_names(each))
        for home in _DEFINITIONS
        for key, each in (schema.get(home) or {}).items()
        if isinstance(each, Mapping)
    }
    return {name for name in leads if name in _reached(leads, name)}


def _reached(leads: Mapping[str, set[str]], start: str) -> set[str]:
    reached: set[str] = set()
    ahead = list(leads[start])
    while ahead:
        name = ahead.pop()
        if name in leads and name not in reached:
            reached.add(name)
            ahead.extend(leads[name])
    return reached


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    found: list[str] = []

    def look(each: Schema) -> Schema:
        if isinstance(name := each.get("$ref"), str):
            found.append(name)
        return descended(each, look)

    look(dict(node))
    yield from found


def _again(target: Schema, name: str) -> Schema:
    """The end of a cut type: which one it is."""
    key = name.rpartition("/")[2]
    return {"type": target.get("type", "object"), "description": f"Another {key}, as above."}
