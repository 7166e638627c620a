"""Retries and time are ours alone: as many requests as attempts, as long as was allowed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply
from tests.support.vendors import Vendor

AT_ONCE = {"retry-after-ms": "1"}
TRANSIENT = [408, 429, 500, 502, 503, 504, 529]


def make(vendor: Vendor, loopback: Loopback, **config: Any) -> Any:
    """A provider that leads to the loopback server."""
    return create_llm("litellm", **vendor.config(loopback.url, **config))


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


def test_retry_after_is_waited_for(vendor: Vendor, ask: Ask, loopback: Loopback) -> None:
    loopback.queue(vendor.fails(429, headers={"retry-after-ms": "150"}))
    loopback.reply = vendor.says("ok")
    llm = make(vendor, loopback, max_retries=1)

    started = time.monotonic()
    ask(llm, "hi")

    assert time.monotonic() - started >= 0.15


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
