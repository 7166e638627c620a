"""An async stream is opened once, whoever asks."""

from __future__ import annotations

import asyncio
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
