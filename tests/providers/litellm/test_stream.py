"""An async stream is opened once, whoever asks."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import ProviderAPIError, UnsupportedOperationError
from tests.support.loopback import Loopback, Reply
from tests.support.vendors import VENDORS


def provider(loopback: Loopback) -> Any:
    return create_llm("litellm", **VENDORS["openai"].config(loopback.url))


async def test_a_stream_that_failed_to_open_is_not_opened_again(loopback: Loopback) -> None:
    loopback.reply = Reply({"error": {"message": "no"}}, status=500)
    stream = provider(loopback).generate_async("hi", stream=True, max_retries=0)
    with pytest.raises(ProviderAPIError):
        await stream

    with pytest.raises(UnsupportedOperationError, match="generate_async again"):
        await stream
    assert len(loopback.requests) == 1


async def test_two_tasks_do_not_open_one_stream_twice(loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("hello")
    stream = provider(loopback).generate_async("hi", stream=True)

    one, two = await asyncio.gather(stream, stream._open(), return_exceptions=True)

    assert isinstance(two, UnsupportedOperationError)
    assert "".join([chunk async for chunk in one]) == "hello"
    assert len(loopback.requests) == 1


async def test_a_stream_is_a_coroutine_too(loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("hello")
    llm = provider(loopback)

    made = await asyncio.create_task(llm.generate_async("hi", stream=True))
    waited = await asyncio.wait_for(llm.generate_async("hi", stream=True), 5)

    assert [[str(chunk) async for chunk in each] for each in (made, waited)] == [["hello", ""]] * 2


async def test_a_stream_never_opened_leaves_nothing_behind(loopback: Loopback) -> None:
    stream = provider(loopback).generate_async("hi", stream=True)

    with pytest.raises(UnsupportedOperationError, match="not been opened"):
        stream.response  # noqa: B018
    await stream.aclose()
    stream.close()
    assert loopback.requests == []


def test_the_response_is_there_at_the_end_and_not_before(loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("hello")

    with provider(loopback).generate("hi", stream=True) as stream:
        with pytest.raises(UnsupportedOperationError, match="has not ended"):
            stream.response  # noqa: B018
        chunks = list(stream)

    assert stream.response == "".join(chunks) == "hello"
    assert list(stream) == []


def test_a_reader_in_another_thread_is_woken_by_close(loopback: Loopback) -> None:
    loopback.reply = VENDORS["openai"].says("one two", hold=True)
    stream = provider(loopback).generate("hi", stream=True, timeout=20)
    heard: list[str] = []
    reader = threading.Thread(target=lambda: heard.extend(map(str, stream)), daemon=True)
    reader.start()
    while len(heard) < 1 and reader.is_alive() and not loopback.requests:
        time.sleep(0.01)
    time.sleep(0.1)

    stream.close()
    reader.join(5)

    assert not reader.is_alive()
    with pytest.raises(UnsupportedOperationError, match="closed before its end"):
        stream.response  # noqa: B018


async def test_a_cancelled_call_closes_its_connection(loopback: Loopback) -> None:
    loopback.reply = Reply({}, delay=5)
    llm = provider(loopback)
    tasks = [
        asyncio.create_task(llm.generate_async("hi")),
        asyncio.create_task(llm.generate_async("hi", stream=True)),
    ]
    while len(loopback.requests) < 2:
        await asyncio.sleep(0.01)

    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in ended] == [asyncio.CancelledError] * 2
