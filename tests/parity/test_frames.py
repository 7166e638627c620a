"""The events in a stream's bytes, wherever these are cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm.direct.frames import Frames

# Texts that other framings stumble over: each of these characters ends a line for str.splitlines.
_ODD = "a ü\u2028\u2029\u0085\x0b\x0c\x1c{}[]:,\\\"'data: "
_EVENTS = st.lists(
    st.dictionaries(st.text(_ODD, max_size=4), st.text(_ODD, max_size=8), max_size=2), max_size=5
)
_NOISE = ("", ": a comment", "event: delta", "id: 7", "retry: 10", ":", "datum: {}")
_ENDS = ("\n", "\r\n", "\r")

_bounded = settings(max_examples=60, deadline=None, derandomize=True, database=None)


def events_in(data: bytes, cuts: list[int], *, lines: bool = False) -> list[bytes]:
    """What a reader finds in the bytes when they come in pieces."""
    frames, found, start = Frames(lines=lines), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        found += frames.feed(data[start:cut])
        start = cut
    return [*found, *frames.close()]


def _json(event: dict[str, str], *, ascii_only: bool) -> str:
    return json.dumps(event, ensure_ascii=ascii_only)


@_bounded
@given(
    events=_EVENTS,
    end=st.sampled_from(_ENDS),
    space=st.sampled_from(("", " ", "  ")),
    noise=st.lists(st.sampled_from(_NOISE), max_size=5),
    cuts=st.lists(st.integers(0, 400), max_size=8),
    last=st.booleans(),
)
def test_any_cut_gives_the_same_events(
    events: list[dict[str, str]],
    end: str,
    space: str,
    noise: list[str],
    cuts: list[int],
    last: bool,
) -> None:
    texts = [_json(event, ascii_only=False) for event in events]
    lines = [f"data:{space}{text}" for text in texts]
    for place, line in enumerate(noise):
        lines.insert(min(place * 2, len(lines)), line)
    data = end.join(lines) + ("" if last else end * 2)
    assert [text.decode() for text in events_in(data.encode(), cuts)] == texts


@_bounded
@given(events=_EVENTS, end=st.sampled_from(_ENDS), cuts=st.lists(st.integers(0, 400), max_size=8))
def test_any_cut_gives_the_same_lines(
    events: list[dict[str, str]], end: str, cuts: list[int]
) -> None:
    texts = [_json(event, ascii_only=False) for event in events]
    data = (end.join(texts) + end).encode()
    assert [text.decode() for text in events_in(data, cuts, lines=True)] == texts


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_may_stand_without_an_empty_line_between_them(end: bytes) -> None:
    data = end.join([b'data: {"a": 1}', b'data: {"b": 2}', b""])
    assert events_in(data, []) == [b'{"a": 1}', b'{"b": 2}']


def test_what_is_no_data_is_passed_over() -> None:
    data = b': ping\n\nevent: x\nid: 1\nretry: 5\ndata: {"a": 1}\n\ndata\n\ndata:\n\n: end\n'
    assert events_in(data, []) == [b'{"a": 1}']


def test_a_line_separator_within_json_ends_nothing() -> None:
    text = '{"a": "one\u2028two\u2029three\u0085four\x0bfive"}'.encode()
    assert events_in(b"data: " + text + b"\n\n", []) == [text]


def test_an_event_comes_as_soon_as_its_line_is_whole() -> None:
    frames = Frames()
    assert frames.feed(b'data: {"a"') == []
    assert frames.feed(b": 1}\n") == [b'{"a": 1}']
    assert frames.close() == []


def test_a_last_line_needs_no_end() -> None:
    frames = Frames()
    assert frames.feed(b"data: [DONE]") == []
    assert frames.close() == [b"[DONE]"]
    assert frames.close() == []


@pytest.mark.parametrize("lines", [False, True], ids=["events", "lines"])
def test_nothing_is_in_nothing(lines: bool) -> None:
    assert events_in(b"", [], lines=lines) == []
    assert events_in(b"\n\r\n\r", [1], lines=lines) == []
