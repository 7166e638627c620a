"""Retries and time are ours alone: as many requests as attempts, as long as was allowed."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply
from tests.support.vendors import Vendor

AT_ONCE = {"retry-after-ms": "1"}
TRANSIENT = [408, 429, 500, 502, 503, 504, 529]
FINAL = [400, 401, 402, 403, 404, 409, 413, 422]


def make(vendor: Vendor, loopback: Loopback, **config: Any) -> Any:
    """A provider that leads to the loopback server."""
    return create_llm("litellm", **vendor.config(loopback.url, **config))


@pytest.mark.parametrize(
    ("status", "retries"), [(503, 0), (429, 0), *((status, 2) for status in TRANSIENT)]
)
def test_requests_sent_are_attempts_made(
    status: int, retries: int, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(status, headers=AT_ONCE)

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(make(vendor, loopback, max_retries=retries), "hi")

    assert len(loopback.requests) == caught.value.attempts == retries + 1


def test_two_retries_are_the_default(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(503, headers=AT_ONCE)
    config = vendor.config(loopback.url)
    del config["max_retries"]

    with pytest.raises(e.ProviderAPIError):
        ask(create_llm("litellm", **config), "hi")

    assert len(loopback.requests) == 3


def test_retries_may_be_set_for_one_call(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(503, headers=AT_ONCE)
    llm = make(vendor, loopback, max_retries=2)

    with pytest.raises(e.ProviderAPIError):
        ask(llm, "hi", max_retries=1)

    assert len(loopback.requests) == 2


@pytest.mark.parametrize("status", TRANSIENT)
def test_a_passing_failure_ends_in_the_answer(
    status: int, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.queue(vendor.fails(status, headers=AT_ONCE), vendor.fails(status, headers=AT_ONCE))
    loopback.reply = vendor.says("at last")

    response = ask(make(vendor, loopback, max_retries=2), "hi")

    assert response == "at last"
    assert response.attempts == len(loopback.requests) == 3


def test_each_attempt_sends_the_same(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.queue(vendor.fails(503, headers=AT_ONCE))
    loopback.reply = vendor.says("ok")

    ask(make(vendor, loopback, max_retries=1), "hi", system_prompt="s", temperature=0.5)

    first, second = loopback.requests
    assert first.json == second.json
    assert first.path == second.path


@pytest.mark.parametrize("status", FINAL)
def test_what_will_not_pass_is_not_tried_again(
    status: int, vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(status, headers=AT_ONCE)

    with pytest.raises(e.AbstractLLMError):
        ask(make(vendor, loopback, max_retries=2), "hi")

    assert len(loopback.requests) == 1


@pytest.mark.parametrize(
    ("status", "message", "code"),
    [
        (429, "You exceeded your current quota", "insufficient_quota"),
        (400, "This model's maximum context length is 8 tokens", "context_length_exceeded"),
        (400, "rejected by our safety system", "content_policy_violation"),
    ],
)
def test_an_empty_account_a_full_window_and_a_filter_are_not_tried_again(
    status: int, message: str, code: str, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = openai.fails(status, message, code, headers=AT_ONCE)

    with pytest.raises(e.AbstractLLMError):
        ask(make(openai, loopback, max_retries=2), "hi")

    assert len(loopback.requests) == 1


def test_the_vendor_may_forbid_another_try(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(503, headers={**AT_ONCE, "x-should-retry": "false"})

    with pytest.raises(e.ProviderAPIError) as caught:
        ask(make(vendor, loopback, max_retries=2), "hi")

    assert len(loopback.requests) == 1
    assert caught.value.retryable is False


def test_the_vendor_may_ask_for_another_try(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.queue(vendor.fails(409, headers={**AT_ONCE, "x-should-retry": "true"}))
    loopback.reply = vendor.says("ok")

    assert ask(make(vendor, loopback, max_retries=2), "hi") == "ok"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
        pytest.param({"retry-after": "0.5"}, 0.5, id="fraction"),
        pytest.param({"retry-after-ms": "1500"}, 1.5, id="milliseconds"),
        pytest.param({"retry-after-ms": "1500", "retry-after": "2"}, 1.5, id="both"),
        pytest.param({"retry-after": "DATE"}, 30.0, id="date"),
        pytest.param({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0, id="past date"),
        pytest.param({"retry-after": "soon"}, None, id="nonsense"),
        pytest.param({"retry-after": "-3"}, 0.0, id="below zero"),
        pytest.param({}, None, id="none"),
    ],
)
def test_retry_after_is_told_in_seconds(
    headers: dict[str, str],
    seconds: float | None,
    vendor: Vendor,
    ask: Ask,
    loopback: Loopback,
) -> None:
    told = {
        k: formatdate(time.time() + 30, usegmt=True) if v == "DATE" else v
        for k, v in headers.items()
    }
    loopback.reply = vendor.fails(503, headers=told)

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(make(vendor, loopback), "hi")

    if seconds == 30.0:
        assert 20 < caught.value.retry_after <= 30
    else:
        assert caught.value.retry_after == seconds


def test_retry_after_is_waited_for(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.queue(vendor.fails(429, headers={"retry-after-ms": "150"}))
    loopback.reply = vendor.says("ok")
    llm = make(vendor, loopback, max_retries=1)

    started = time.monotonic()
    ask(llm, "hi")

    assert time.monotonic() - started >= 0.15


def test_a_wait_beyond_all_patience_is_not_begun(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(429, headers={"retry-after": "86400"})

    with pytest.raises(e.RateLimitError) as caught:
        ask(make(vendor, loopback, max_retries=2), "hi")

    assert len(loopback.requests) == 1
    assert caught.value.retry_after == 86400


def test_a_wait_beyond_the_total_time_is_not_begun(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(429, headers={"retry-after": "60"})
    llm = make(vendor, loopback, max_retries=2, total_timeout=20)

    started = time.monotonic()
    with pytest.raises(e.RateLimitError):
        ask(llm, "hi")

    assert time.monotonic() - started < 10
    assert len(loopback.requests) == 1


def test_timeout_bounds_an_attempt(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.reply = lambda _: Reply(delay=30)
    llm = make(vendor, loopback, timeout=0.2)

    started = time.monotonic()
    with pytest.raises(e.RequestTimeoutError) as caught:
        ask(llm, "hi")

    assert time.monotonic() - started < 10
    assert caught.value.retryable
    assert len(loopback.requests) == 1


@pytest.mark.parametrize("name", ["timeout", "request_timeout"])
def test_timeout_has_two_names_and_may_be_set_for_one_call(
    name: str, openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = lambda _: Reply(delay=30)
    llm = make(openai, loopback)

    started = time.monotonic()
    with pytest.raises(e.RequestTimeoutError):
        ask(llm, "hi", **{name: 0.2})

    assert time.monotonic() - started < 10


def test_total_timeout_bounds_the_call_with_its_retries(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.fails(503, headers={"retry-after-ms": "100"})
    llm = make(vendor, loopback, max_retries=1000, total_timeout=0.5)

    started = time.monotonic()
    with pytest.raises(e.AbstractLLMError):
        ask(llm, "hi")

    assert time.monotonic() - started < 10
    assert 1 <= len(loopback.requests) <= 6


def test_total_timeout_bounds_one_slow_attempt(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = lambda _: Reply(delay=30)
    llm = make(vendor, loopback, total_timeout=0.2)

    started = time.monotonic()
    with pytest.raises(e.RequestTimeoutError):
        ask(llm, "hi")

    assert time.monotonic() - started < 10


def test_a_stream_that_stalls_is_a_timeout_that_carries_the_part(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two", hold=True)
    stream = make(vendor, loopback, timeout=0.6).generate("hi", stream=True)

    started = time.monotonic()
    with pytest.raises(e.RequestTimeoutError) as caught:
        list(stream)

    assert time.monotonic() - started < 10
    assert caught.value.partial == "one two"
    assert len(loopback.requests) == 1


def test_a_timeout_on_a_kept_connection_is_not_sent_again(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    llm = make(vendor, loopback)
    loopback.queue(vendor.says("ok"))
    loopback.reply = lambda _: Reply(delay=30)

    async def both() -> None:
        await ask.awaited(llm, "hi")
        with pytest.raises(e.RequestTimeoutError) as caught:
            await ask.awaited(llm, "hi", timeout=0.2)
        assert caught.value.attempts == 1

    if ask.asynchronous:
        asyncio.run(both())
    else:
        ask(llm, "hi")
        with pytest.raises(e.RequestTimeoutError) as caught:
            ask(llm, "hi", timeout=0.2)
        assert caught.value.attempts == 1

    assert len(loopback.requests) == 2
    assert loopback.connections == 1


def test_a_refused_connection_is_tried_again(vendor: Vendor, ask: Ask) -> None:
    llm = create_llm("litellm", **vendor.config("http://127.0.0.1:1", max_retries=1))

    with pytest.raises(e.ProviderConnectionError) as caught:
        ask(llm, "hi")

    assert caught.value.attempts == 2


def test_a_server_that_refuses_stream_options_is_asked_without(
    openai: Vendor, loopback: Loopback
) -> None:
    refusal = "Unrecognized request argument supplied: stream_options"
    loopback.queue(openai.fails(400, refusal))
    loopback.reply = openai.says("one two")

    stream = make(openai, loopback).generate("hi", stream=True)

    assert "".join(stream) == "one two"
    first, second = (request.json for request in loopback.requests)
    assert first["stream_options"] == {"include_usage": True}
    assert {**second, "stream_options": first["stream_options"]} == first
    assert "stream_options" not in second
    assert stream.response.attempts == 2
