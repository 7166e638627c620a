"""Requests are compared by meaning, and what differs is shown."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite.testing.form import unpack_body
from abstractllm_lite.testing.match import canonical, difference, explanation, nearest

REMEDY = "To record it: pytest --llm-record=new tests/test_x.py::test_y"
URL = "https://api.openai.com/v1/chat/completions"


def request(body: str = "", uri: str = URL, method: str = "POST", **headers: str) -> dict[str, Any]:
    return {"method": method, "uri": uri, "headers": headers, "body": unpack_body(body)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"body": '{"a": 1, "b": 2}'}, {"body": '{"b":2,"a":1}'}),
        ({"body": '{"t": 0.70}'}, {"body": '{"t": 7e-1}'}),
        ({"body": '{"t": 1}'}, {"body": '{"t": 1.0}'}),
        ({"body": '{"x": "\\u00fc"}'}, {"body": '{"x": "ü"}'}),
        ({"user_agent": "OpenAI/2"}, {"user_agent": "aiohttp"}),
        ({"content_type": "application/json"}, {}),
        ({"uri": "https://h/model/a%3A0/x"}, {"uri": "https://h/model/a:0/x"}),
        ({"uri": "https://h:443"}, {"uri": "https://h/"}),
        ({"uri": "https://h/?a=1&b=2"}, {"uri": "https://h/?b=2&a=1"}),
        ({"method": "post"}, {"method": "POST"}),
    ],
)
def test_spelling_does_not_matter(one: dict[str, str], other: dict[str, str]) -> None:
    assert canonical(request(**one)) == canonical(request(**other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"body": '{"messages": ["2+2"]}'}, {"body": '{"messages": ["2+3"]}'}),
        ({"body": '{"tools": [1, 2]}'}, {"body": '{"tools": [2, 1]}'}),
        ({"body": '{"t": 0.7}'}, {"body": '{"t": 0.8}'}),
        ({"body": '{"t": 1}'}, {"body": '{"t": true}'}),
        ({"body": '{"t": 1}'}, {"body": '{"t": "1"}'}),
        ({"body": '{"t": null}'}, {"body": "{}"}),
        ({"body": "text"}, {"body": "Text"}),
        ({"uri": "https://h/a"}, {"uri": "https://h/b"}),
        ({"uri": "https://h/a"}, {"uri": "http://h/a"}),
        ({"uri": "https://h/a"}, {"uri": "https://h:8443/a"}),
        ({"uri": "https://h/?alt=sse"}, {"uri": "https://h/"}),
        ({"method": "GET"}, {"method": "POST"}),
    ],
)
def test_meaning_does(one: dict[str, str], other: dict[str, str]) -> None:
    assert canonical(request(**one)) != canonical(request(**other))


def test_the_nearest_request_is_the_one_that_shares_most() -> None:
    asked = request('{"model": "m", "messages": ["2+3"], "max_tokens": 5}')
    far = request('{"model": "other", "messages": ["hello"]}')
    near = request('{"model": "m", "messages": ["2+2"], "max_tokens": 5}')
    assert nearest(asked, [far, near, far]) == 1


def test_a_stranger_is_not_near() -> None:
    assert nearest(request("1"), [request("2", uri="https://h/", method="GET")]) is None
    assert nearest(request(), []) is None


def test_the_difference_names_each_place_with_both_values() -> None:
    recorded = request('{"messages": [{"content": "2+2"}], "stop": ["x"], "n": {}}')
    asked = request('{"messages": [{"content": "2+3"}], "top_p": 1.0, "n": {}}', method="PUT")
    assert difference(recorded, asked).splitlines() == [
        "- method: POST",
        "+ method: PUT",
        '- messages[0].content: "2+2"',
        '+ messages[0].content: "2+3"',
        '- stop[0]: "x"',
        "+ top_p: 1",
    ]


def test_of_a_long_text_the_part_that_differs_is_shown() -> None:
    common = "word " * 200
    recorded, asked = request(f"{common}old{common}"), request(f"{common}new{common}")
    before, after = difference(recorded, asked).splitlines()
    assert " word old" in before
    assert " word new" in after
    assert len(before) < 200 > len(after)


def test_a_difference_in_everything_is_cut_short() -> None:
    recorded = request(str({str(n): n for n in range(99)}).replace("'", '"'))
    asked = request(str({str(n): n + 1 for n in range(99)}).replace("'", '"'))
    *lines, last = difference(recorded, asked).splitlines()
    assert len(lines) == 20
    assert last == "(178 more lines)"


def test_the_explanation_says_what_is_missing_and_how_to_record_it() -> None:
    recorded = [request('{"q": 1, "m": 5}'), request('{"q": 2, "m": 5}')]
    assert explanation("a.yaml", request('{"q": 3, "m": 5}'), recorded, REMEDY).splitlines() == [
        "no answer is recorded for this request",
        f"  request:  POST {URL}",
        "  cassette: a.yaml",
        "  The nearest recorded request, number 1 of 2, differs (- recorded, + asked now):",
        "    - q: 1",
        "    + q: 3",
        f"  {REMEDY}",
    ]


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        ([], "Nothing like it is recorded."),
        ([request("x")], "It was recorded once and is now asked once more."),
        ([request("x")] * 3, "It was recorded 3 times and is now asked once more."),
    ],
)
def test_the_explanation_tells_a_used_up_answer_from_a_missing_one(
    recorded: list[dict[str, Any]], reason: str
) -> None:
    assert reason in explanation("a.yaml", request("x"), recorded, REMEDY)
