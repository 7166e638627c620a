"""What an error is made of, apart from any vendor."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from abstractllm_lite import create_llm, exceptions
from abstractllm_lite.providers.litellm.call import Attempt, Call, Clock
from abstractllm_lite.providers.litellm.errors import mask, planning, translate, unless_it_fails

CALL = Call(vendor="openai", model="m", address="openai/m", messages=[])


def attempt(*, wired: bool = False) -> Attempt:
    made = Attempt(CALL, Clock(None), 3)
    made.wired = wired
    return made


class MadeUp(Exception):
    """litellm's exceptions bear a response that nobody sent."""

    response = SimpleNamespace(status_code=500, headers={}, text="no")


def test_a_status_that_litellm_makes_up_is_not_believed() -> None:
    unsent, bypassed = translate(MadeUp(), attempt(wired=True)), translate(MadeUp(), attempt())

    assert (unsent.status_code, bypassed.status_code) == (None, 500)


def test_what_could_not_be_sent_is_the_requests_fault() -> None:
    error = MadeUp()
    error.__cause__ = UnicodeEncodeError("ascii", "ü", 0, 1, "ordinal not in range")

    told = translate(error, attempt(wired=True))

    assert type(told) is exceptions.InvalidRequestError
    assert not told.retryable


def test_a_body_nested_without_end_is_no_reason_to_fail() -> None:
    made = attempt()
    made.exchange.answer(400, [])
    made.exchange.body = b"[" * 30_000

    told = translate(MadeUp(), made)

    assert (type(told), told.status_code) == (exceptions.InvalidRequestError, 400)


def test_an_error_of_ours_inside_another_is_taken_out_whole() -> None:
    ours = exceptions.ContentFilterError("no")
    outer = RuntimeError("wrapped")
    outer.__cause__ = ours

    told = translate(outer, attempt())

    assert told is ours
    assert (told.provider, told.model, told.attempts) == ("openai", "m", 3)


def test_an_error_that_a_foreign_one_carries_is_the_error() -> None:
    carried = exceptions.UnsupportedFeatureError("x")
    outer = RuntimeError("wrapped")
    outer.__context__ = carrier = ValueError()
    carrier.abstractllm_error = carried  # type: ignore[attr-defined]

    assert translate(outer, attempt()) is carried


def test_planning_lets_no_foreign_exception_out() -> None:
    def work() -> None:
        raise TypeError("sk-1234567890abcdefghij is no number\n  File '/home/x'")

    with pytest.raises(exceptions.InvalidRequestError, match="is no number") as caught:
        planning(work)
    assert "sk-1234" not in str(caught.value)
    assert "/home" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_look_up_that_fails_costs_nothing_but_what_it_was_to_tell() -> None:
    def work() -> None:
        raise KeyError("x")

    assert unless_it_fails(work) is None
    with pytest.raises(KeyError):
        unless_it_fails(work, KeyError)


def test_keys_of_the_call_and_of_the_environment_are_masked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_VENDOR_API_KEY", "plain-words-as-a-key")

    told = mask("a plain-words-as-a-key b my own secret c", ("my own secret",))

    assert told == "a *** b *** c"


@pytest.mark.parametrize(
    "options",
    [
        {"logit_bias": {1: 2, "a": 3}},
        {"logit_bias": {(1, 2): 2}},
        {"temperature": float("nan")},
        {"model": 5},
        {"files": [5]},
        {"tools": [max]},
        {"tools": [int]},
        {"extra_headers": {"X": None}},
        {"temperature": object()},
    ],
)
def test_odd_arguments_end_in_errors_of_ours(options: dict[str, Any]) -> None:
    llm = create_llm("openai", api_key="key", base_url="http://127.0.0.1:9", max_retries=0)

    with pytest.raises(exceptions.AbstractLLMError):
        llm.generate("hi", **options)


def test_messages_in_a_circle_are_refused() -> None:
    circle: list[Any] = []
    circle.append({"role": "user", "content": circle})
    llm = create_llm("openai", api_key="key", base_url="http://127.0.0.1:9", max_retries=0)

    with pytest.raises(exceptions.InvalidRequestError):
        llm.generate(messages=circle)


def test_a_limit_per_minute_told_in_geminis_body_is_waited_for() -> None:
    made = attempt()
    made.exchange.answer(429, [])
    made.exchange.body = json.dumps(
        {
            "error": {
                "code": 429,
                "message": "You exceeded your current quota, please check your plan.",
                "details": [
                    {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "20s"}
                ],
            }
        }
    ).encode()

    told = translate(MadeUp(), made)

    assert (type(told), told.retry_after, told.retryable) == (exceptions.RateLimitError, 20.0, True)


def test_what_was_never_sent_is_never_the_vendors_fault() -> None:
    told = translate(RuntimeError("no schema for that"), attempt(wired=True))

    assert (type(told), told.retryable) == (exceptions.InvalidRequestError, False)
