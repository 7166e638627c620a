"""Pieces of a stream become what the plain answer would have held."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.fold import StreamFold
from abstractllm_lite.providers.litellm.tools import from_wire

THINKING = {"type": "thinking", "thinking": "Let me see.", "signature": "sig-1"}
SILENT = {"type": "thinking", "thinking": "", "signature": "sig-0"}
HIDDEN = {"type": "redacted_thinking", "data": "opaque"}
SECOND = {"type": "thinking", "thinking": "And so.", "signature": "sig-2"}


def chunk(**delta: Any) -> Any:
    choice = SimpleNamespace(index=0, finish_reason=None, delta=SimpleNamespace(**delta))
    return SimpleNamespace(model="m", choices=[choice], usage=None)


def part(index: int, text: str = "", name: str | None = None, id: str | None = None) -> Any:
    function = SimpleNamespace(name=name, arguments=text)
    return SimpleNamespace(index=index, id=id, function=function)


def block_parts(block: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """The block as a stream tells it: its text in parts, its signature last."""
    if "data" in block:
        return [block]
    text, empty = block["thinking"], {"type": block["type"], "thinking": "", "signature": None}
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    signature = {**empty, "signature": block["signature"]}
    return [*({**empty, "thinking": piece} for piece in pieces), signature]


@pytest.mark.parametrize("size", [1, 4, 100])
@pytest.mark.parametrize(
    "blocks",
    [
        [THINKING],
        [HIDDEN],
        [SILENT],
        [SILENT, SECOND],
        [THINKING, HIDDEN],
        [HIDDEN, THINKING],
        [THINKING, SECOND],
        [HIDDEN, HIDDEN],
        [THINKING, HIDDEN, SECOND],
    ],
)
def test_blocks_of_reasoning_are_put_together(blocks: list[dict[str, Any]], size: int) -> None:
    fold = StreamFold()

    for block in blocks:
        for each in block_parts(block, size):
            fold.feed(chunk(thinking_blocks=[each]))

    assert fold.answer.blocks == blocks


def test_what_litellm_adds_to_a_block_is_left_out() -> None:
    fold = StreamFold()

    fold.feed(chunk(thinking_blocks=[{**HIDDEN, "index": 1}]))
    fold.feed(chunk(thinking_blocks=[{"type": "thinking", "thinking": "Let me see."}]))
    fold.feed(chunk(thinking_blocks=[THINKING]))

    assert fold.answer.blocks == [HIDDEN, THINKING]


def test_a_block_without_a_type_is_kept() -> None:
    fold = StreamFold()

    for text in ("a", "b"):
        fold.feed(chunk(thinking_blocks=[{"thinking": text}]))

    assert fold.answer.blocks == [{"thinking": "ab"}]


arguments = st.dictionaries(st.text(max_size=5), st.text(max_size=20) | st.integers(), max_size=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(arguments, min_size=1, max_size=3), st.data())
def test_calls_cut_anywhere_and_told_by_turns_are_put_together(
    told: list[dict[str, Any]], data: st.DataObject
) -> None:
    parts = [_cut(index, json.dumps(each), data) for index, each in enumerate(told)]
    fold = StreamFold()

    while waiting := [each for each in parts if each]:
        fold.feed(chunk(tool_calls=[data.draw(st.sampled_from(waiting)).pop(0)]))

    calls = {call.id: call for call in from_wire(fold.answer.calls, None)}
    assert [calls[f"c{index}"].arguments for index in range(len(told))] == told
    assert {call.error for call in calls.values()} == {None}


def _cut(index: int, text: str, data: st.DataObject) -> list[Any]:
    """A call in parts: the first has its id and name, the others its text in pieces."""
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=4).map(sorted))
    ends = [0, *places, len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(ends)]
    return [part(index, name="tool", id=f"c{index}"), *(part(index, piece) for piece in pieces)]
