"""The shapes of requests that real vendors accepted, for judging what we send.

Optional fields differ from client to client; a name or a nesting that no accepted request of a
vendor has is suspicious. `new_to` names those of one body.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.real.recordings import FOLDER

FILE = FOLDER / "requests.jsonl"

# What stands in the caller's hands: arguments, results and schemas.
_FREE = frozenset({"args", "arguments", "input", "response", "json", "parameters", "inputSchema"})
_JUDGED = frozenset({"messages", "contents", "tools", "system", "systemInstruction", "toolConfig"})


def new_to(vendor: str, body: Any) -> set[str]:
    """The places in a request's messages and tools that none of the vendor's accepted ones has."""
    return set(_places(body)) - _accepted(vendor)


@cache
def _accepted(vendor: str) -> frozenset[str]:
    rows = map(json.loads, FILE.read_text("utf-8").splitlines())
    return frozenset(p for row in rows if row["vendor"] == vendor for p in _places(row["body"]))


def _places(body: Any) -> Iterator[str]:
    for name, value in body.items():
        if _camel(name) in _JUDGED:
            yield from _within(value, _camel(name))


def _within(value: Any, place: str) -> Iterator[str]:
    yield place
    if isinstance(value, list):
        for item in value:
            yield from _within(item, f"{place}[]")
    elif isinstance(value, dict) and place.rpartition(".")[2] not in _FREE:
        for name, item in value.items():
            yield from _within(item, f"{place}.{_camel(name)}")


def _camel(name: str) -> str:
    """Google takes both spellings of a name."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)
