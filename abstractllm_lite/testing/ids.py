"""Ids that a program made up, made the same in each run.

A tool call without an id gets one here (`call_` and hex digits), and so it goes in other programs
with messages. Which one it is means nothing; which of them are equal does. So each becomes a number
in the order of their first appearance. Ids of other shapes are the vendor's, and stay.
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["numbered"]

_NAMES = frozenset(
    "id call_id message_id toolCallId toolUseId tool_call_id tool_use_id messageId callId".split()
)
# What stands below these is the user's data, in which an id means something.
_DATA = frozenset(
    "args arguments input input_schema json metadata output parameters response schema".split()
)
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MADE = re.compile(
    rf"(?P<name>(?:[A-Za-z]+[-_])?)(?P<digits>{_UUID}|[0-9a-f]{{24}}|[0-9a-f]{{32}})"
)


def numbered(tree: Any) -> Any:
    """The same JSON, its keys sorted and its generated ids numbered.

    Numbering it again changes nothing.
    """
    return _renamed(tree, {})


def _renamed(tree: Any, seen: dict[str, str]) -> Any:
    if isinstance(tree, dict):
        return {name: _field(name, tree[name], seen) for name in sorted(tree)}
    return [_renamed(item, seen) for item in tree] if isinstance(tree, list) else tree


def _field(name: str, value: Any, seen: dict[str, str]) -> Any:
    if name in _DATA:
        return value
    made = _MADE.fullmatch(value) if name in _NAMES and isinstance(value, str) else None
    if made is None:
        return _renamed(value, seen)
    return seen.setdefault(value, made["name"] + _number(len(seen) + 1, made["digits"]))


def _number(number: int, digits: str) -> str:
    """The number in the shape of the id that it stands for."""
    figures = iter(f"{number:0{len(digits) - digits.count('-')}x}")
    return "".join("-" if each == "-" else next(figures) for each in digits)
