"""What a model is told of a call is short, is JSON or text, and tells nothing of this machine."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
from typing import Any

import pytest
from pydantic import BaseModel

from abstractllm_lite.tools.outcome import failed, jsonable, succeeded
from abstractllm_lite.tools.types import ToolCall

CALL = ToolCall(id="c1", name="read", arguments={"path": "/home/me/notes/a.txt"})


class Point(BaseModel):
    x: int


@dataclasses.dataclass
class Place:
    name: str


@pytest.mark.parametrize(
    ("output", "content"),
    [
        ("as it is", "as it is"),
        ("", ""),
        (None, "null"),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ("Öl", "Öl"),
        (["Öl"], '["Öl"]'),
        (Point(x=1), '{"x": 1}'),
        (Place("Öl"), '{"name": "Öl"}'),
        (dt.date(2026, 1, 2), '"2026-01-02"'),
        ({1: {2}}, '{"1": [2]}'),
        (b"\xff\x00", '"_wA="'),
        (float("nan"), '"NaN"'),
    ],
)
def test_text_goes_as_it_is_and_all_else_as_json(output: Any, content: str) -> None:
    assert succeeded(CALL, output, 100).content == content


def test_what_json_does_not_know_becomes_text() -> None:
    told = jsonable({"lock": threading.Lock()})

    assert "lock" in json.dumps(told)


def test_what_contains_itself_becomes_text() -> None:
    loop: list[Any] = []
    loop.append(loop)

    assert "..." in json.dumps(jsonable(loop))


@pytest.mark.parametrize("output", ["a\udcff", ["a\udcff"]])
def test_what_is_told_can_be_sent(output: Any) -> None:
    assert succeeded(CALL, output, 100).content.encode()
    assert failed(CALL, "failed", f"no {output}").content.encode()


def test_the_result_is_upstreams_dictionary() -> None:
    assert succeeded(CALL, Point(x=1), 100).to_dict() == {
        "call_id": "c1",
        "name": "read",
        "arguments": CALL.arguments,
        "output": {"x": 1},
        "error": None,
    }


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("no '/srv/app/secret/b.txt'", "no 'b.txt'"),
        ("no C:\\Users\\me\\b.txt", "no b.txt"),
        ("no 'C:\\\\Users\\\\me\\\\b.txt'", "no 'b.txt'"),
        ("no \\\\server\\share\\b.txt", "no b.txt"),
        ("no file:///srv/app/b.txt", "no b.txt"),
        ("in /srv/app/", "in (a folder)"),
        ("no '/home/me/notes/a.txt'", "no '/home/me/notes/a.txt'"),
        ("see https://example.com/a/b", "see https://example.com/a/b"),
        ("1/2 and 3/4 of a/b/c", "1/2 and 3/4 of a/b/c"),
        ("api_key=sk-1234567890abcdef", "api_key=***"),
        ("first\n  second", "first second"),
    ],
)
def test_an_error_tells_nothing_of_this_machine(message: str, told: str) -> None:
    outcome = failed(CALL, "failed", message)

    assert outcome.error == told
    assert json.loads(outcome.content) == {"error": {"type": "failed", "message": told}}


def test_an_error_is_short() -> None:
    assert len(failed(CALL, "failed", "x" * 1000).error or "") == 301
