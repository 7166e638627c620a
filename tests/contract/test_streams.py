"""Streams open at the call, end in the same response, and close whichever way they are left."""

from __future__ import annotations

import asyncio
import gc
import inspect
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import (
    AbstractLLMError,
    AuthenticationError,
    GenerationError,
    ProviderConnectionError,
)
from abstractllm_lite.types import GenerateResponse
from tests.contract.conftest import Ask
from tests.support.litellms import RELEASE
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import VENDORS, Say, Vendor

CALLS = [("call_1", "add", {"a": 1}), ("call_2", "add", {"a": 2})]


def make(vendor: Vendor, loopback: Loopback, **config: Any) -> Any:
    """A provider that leads to the loopback server."""
    return create_llm("litellm", **vendor.config(loopback.url, **config))


def test_a_stream_ends_in_the_response_of_the_plain_call(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("Let me look.", calls=CALLS, usage=(11, 7))
    llm = make(vendor, loopback)

    plain = llm.generate("x")
    stream = llm.generate("x", stream=True)
    chunks = list(stream)
    whole = stream.response

    for name in ("content", "usage", "finish_reason", "cost", "reasoning", "provider", "attempts"):
        assert getattr(whole, name) == getattr(plain, name), name
    assert whole == plain == "".join(chunks)
    assert list(whole.tool_calls) == list(plain.tool_calls)
    assert whole.warnings == plain.warnings
    assert whole.request_id == plain.request_id


def test_chunks_are_strings_and_the_last_carries_the_end(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two three", calls=CALLS)
    stream = make(vendor, loopback).generate("x", stream=True)

    *pieces, last = stream

    assert all(isinstance(piece, (str, GenerateResponse)) for piece in pieces)
    assert [piece for piece in pieces if piece] == ["one", " two", " three"]
    assert last == ""
    assert last.finish_reason == "tool_calls"
    assert last.usage == stream.response.usage
    assert [c.id for c in last.tool_calls] == ["call_1", "call_2"]
    assert all(piece.finish_reason is None for piece in pieces)


def test_pieces_come_as_the_vendor_sends_them(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = vendor.says("one two", hold=True)

    with make(vendor, loopback).generate("x", stream=True) as stream:
        assert next(piece for piece in stream if piece) == "one"


def test_a_stream_is_its_own_iterator(openai: Vendor, loopback: Loopback) -> None:
    loopback.reply = openai.says("one two")
    stream = make(openai, loopback).generate("x", stream=True)

    assert iter(stream) is stream
    assert "".join(stream) == "one two"
    assert list(stream) == []
    assert stream.response == "one two"


def test_an_error_of_opening_is_raised_at_the_call(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = vendor.fails(401, "bad key")
    llm = make(vendor, loopback)

    with pytest.raises(AuthenticationError):
        llm.generate("x", stream=True)

    async def opening() -> None:
        with pytest.raises(AuthenticationError):
            await llm.generate_async("x", stream=True)

    asyncio.run(opening())


def test_generate_async_streams_with_and_without_await(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = vendor.says("one two")
    llm = make(vendor, loopback)

    async def both() -> None:
        without = [piece async for piece in llm.generate_async("x", stream=True)]
        awaited = [piece async for piece in await llm.generate_async("x", stream=True)]
        assert "".join(without) == "".join(awaited) == "one two"

    asyncio.run(both())


def test_generate_async_may_be_a_task(openai: Vendor, loopback: Loopback) -> None:
    loopback.reply = openai.says("one two")
    llm = make(openai, loopback)

    async def tasks() -> None:
        plain = asyncio.create_task(llm.generate_async("x"))
        streamed = asyncio.create_task(llm.generate_async("x", stream=True))
        assert await plain == "one two"
        assert "".join([piece async for piece in await streamed]) == "one two"

    asyncio.run(tasks())


def test_a_call_that_is_never_awaited_warns_as_a_coroutine_does(
    openai: Vendor, loopback: Loopback
) -> None:
    answer = make(openai, loopback).generate_async("x")

    assert inspect.iscoroutine(answer)
    answer.close()
    assert loopback.requests == []


def _close(stream: Any) -> None:
    next(stream)
    stream.close()


def _leave_with(stream: Any) -> None:
    with stream:
        next(stream)


def _leave_with_an_error(stream: Any) -> None:
    with pytest.raises(ZeroDivisionError), stream:
        next(stream)
        raise ZeroDivisionError


def _break_off(stream: Any) -> None:
    for _ in stream:
        break


def _close_unread(stream: Any) -> None:
    stream.close()


@pytest.mark.parametrize(
    "leave", [_close, _leave_with, _leave_with_an_error, _break_off, _close_unread]
)
def test_a_stream_that_is_left_closes_its_connection(
    leave: Any, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two", hold=True)

    leave(make(vendor, loopback).generate("x", stream=True))
    gc.collect()

    assert loopback.hung_up()


def test_closing_twice_and_closing_at_the_end_do_nothing(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two")
    stream = make(vendor, loopback).generate("x", stream=True)

    list(stream)
    stream.close()
    stream.close()

    assert stream.response == "one two"


async def _aclose(stream: Any) -> None:
    await anext(stream)
    await stream.aclose()


async def _leave_async_with(stream: Any) -> None:
    async with stream:
        await anext(stream)


async def _leave_async_with_an_error(stream: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        async with stream:
            await anext(stream)
            raise ZeroDivisionError


async def _break_off_async(stream: Any) -> None:
    async with stream:
        async for _ in stream:
            break


async def _cancel(stream: Any) -> None:
    async def read() -> None:
        async with stream:
            async for _ in stream:
                started.set()

    started = asyncio.Event()
    task = asyncio.create_task(read())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize(
    "leave",
    [_aclose, _leave_async_with, _leave_async_with_an_error, _break_off_async, _cancel],
)
def test_an_async_stream_that_is_left_closes_its_connection(
    leave: Any, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two", hold=True)
    llm = make(vendor, loopback)

    async def scene() -> bool:
        await leave(await llm.generate_async("x", stream=True))
        return await asyncio.to_thread(loopback.hung_up)

    assert asyncio.run(scene())


def test_an_async_stream_that_is_broken_off_without_a_with_closes_its_connection(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two", hold=True)
    llm = make(vendor, loopback)

    async def scene() -> bool:
        async for _ in llm.generate_async("x", stream=True):
            break
        gc.collect()
        return await asyncio.to_thread(loopback.hung_up)

    assert asyncio.run(scene())


def test_a_finished_stream_gives_its_connection_back(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = vendor.says("one two")
    llm = make(vendor, loopback)

    for _ in range(10):
        list(llm.generate("x", stream=True))

    assert loopback.connections <= 2


def test_many_abandoned_streams_do_not_block_the_next_call(
    vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("one two three")
    llm = make(vendor, loopback)

    for _ in range(40):
        stream = llm.generate("x", stream=True)
        next(stream)
        cycle: list[Any] = [stream]
        cycle.append(cycle)
    del stream, cycle

    assert llm.generate("x") == "one two three"
    gc.collect()


def unended(vendor: Vendor) -> Reply:
    """A stream whose connection ends in order, but whose vendor's end is missing."""
    held = vendor.stream(Say("one two", hold=True))
    return Reply(held.content, headers=held.headers)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_stream_without_its_end_is_an_error_that_carries_the_part(
    mode: str, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = unended(vendor)
    llm = make(vendor, loopback)
    pieces: list[str] = []

    with pytest.raises(AbstractLLMError) as caught:
        read(llm, mode, pieces)

    assert "".join(pieces) == "one two"
    assert caught.value.partial == "one two"
    assert caught.value.partial.finish_reason is None
    assert len(loopback.requests) == 1


def read(llm: Any, mode: str, pieces: list[str]) -> None:
    """Read a stream into the list, which keeps what came before an error."""
    if mode == "sync":
        for piece in llm.generate("x", stream=True):
            pieces.append(piece)
        return

    async def reading() -> None:
        async for piece in llm.generate_async("x", stream=True):
            pieces.append(piece)

    asyncio.run(reading())


@pytest.mark.parametrize("body", ["", "<html>down for repair</html>"])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_stream_that_is_no_stream_is_an_error(
    body: str, mode: str, vendor: Vendor, loopback: Loopback
) -> None:
    kind = "text/html" if body else "text/event-stream"
    loopback.reply = Reply(body, headers={"content-type": kind})

    with pytest.raises(AbstractLLMError):
        read(make(vendor, loopback), mode, [])


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_nothing_is_sent_again_after_the_first_piece(
    mode: str, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = unended(vendor)

    with pytest.raises(AbstractLLMError) as caught:
        read(make(vendor, loopback, max_retries=3), mode, [])

    assert len(loopback.requests) == caught.value.attempts == 1


@pytest.mark.parametrize("piece", [1, 7, 64])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_bytes_may_be_cut_anywhere(
    piece: int, mode: str, vendor: Vendor, loopback: Loopback
) -> None:
    text = "Grüße, 東京 \u2028 and 🌍 !"
    told = vendor.says(text, calls=[("c1", "add", {"a": "ü\u2028"})])

    def reply(request: Request) -> Reply:
        whole = told(request)
        return Reply(whole.content, headers=whole.headers, piece=piece)

    loopback.reply = reply
    pieces: list[Any] = []

    read(make(vendor, loopback), mode, pieces)

    assert "".join(pieces) == text
    assert [c.arguments for c in pieces[-1].tool_calls] == [{"a": "ü\u2028"}]


def test_comments_and_blank_lines_between_events_are_nothing(
    openai: Vendor, loopback: Loopback
) -> None:
    told = openai.says("one two")

    def reply(request: Request) -> Reply:
        noisy = b": ping\n\n" + told(request).content.replace(b"\n\n", b"\n\n: ping\n\n\n")
        return Reply(noisy, headers={"content-type": "text/event-stream"})

    loopback.reply = reply

    assert "".join(make(openai, loopback).generate("x", stream=True)) == "one two"


def test_usage_is_none_when_a_stream_tells_none(openai: Vendor, loopback: Loopback) -> None:
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    text = {"index": 0, "delta": {"role": "assistant", "content": "hi"}}
    end = {"index": 0, "delta": {}, "finish_reason": "stop"}
    loopback.reply = sse(chunk | {"choices": [text]}, chunk | {"choices": [end]})

    stream = make(openai, loopback).generate("x", stream=True)

    assert "".join(stream) == "hi"
    assert stream.response.usage is None
    assert stream.response.cost is None


@pytest.mark.parametrize("last", [{}, {"usage": None}], ids=["none", "null"])
def test_counts_that_anthropics_last_event_leaves_out_are_not_made_up(
    last: dict[str, Any], loopback: Loopback
) -> None:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "c", "content": []}
    counted = {**message, "usage": {"input_tokens": 12, "output_tokens": 1}}
    loopback.reply = sse(
        {"type": "message_start", "message": counted},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "hi"},
        },
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, **last},
        {"type": "message_stop"},
        named=True,
        done=False,
    )

    stream = make(VENDORS["anthropic"], loopback, transport="direct").generate("x", stream=True)

    assert "".join(stream) == "hi"
    usage = stream.response.usage
    assert (usage.input_tokens, usage.output_tokens) == (12, 1)


def test_an_error_event_in_a_stream_is_raised_with_the_vendors_words(
    vendor: Vendor, loopback: Loopback
) -> None:
    start = unended(vendor).content
    told = vendor.error(529, "overloaded just now", None)
    name = b"event: error\n" if vendor.name == "anthropic" else b""
    event = name + b"data: " + Reply(told).content + b"\n\n"
    loopback.reply = Reply(start + event, headers={"content-type": "text/event-stream"})

    with pytest.raises(AbstractLLMError, match="overloaded just now") as caught:
        read(make(vendor, loopback), "sync", [])

    assert caught.value.partial == "one two"


@pytest.mark.parametrize("arguments", [{"finish_reason": "error"}, {"finish_reason": "stop"}])
@pytest.mark.parametrize("mode", ["sync stream", "async stream"])
def test_a_tools_arguments_may_have_the_names_of_a_streams_end(
    mode: str, arguments: dict[str, str], loopback: Loopback
) -> None:
    gemini = VENDORS["gemini"]
    llm = create_llm("litellm", **gemini.config(loopback.url, transport="litellm"))
    call = {"functionCall": {"name": "close", "args": arguments}}
    event = {"candidates": [{"content": {"parts": [call], "role": "model"}, "index": 0}]}
    end = {"candidates": [{"content": {"parts": []}, "finishReason": "STOP", "index": 0}]}

    loopback.reply = sse(event, end, done=False)
    [called] = Ask(mode)(llm, "Close it").tool_calls
    assert called.arguments == arguments

    loopback.reply = sse(event, done=False)
    with pytest.raises(ProviderConnectionError):
        Ask(mode)(llm, "Close it")


_STOPPED = pytest.mark.xfail(
    RELEASE == "1.109.1",
    raises=GenerationError,
    reason="litellm 1.109 raises a StopIteration of its own: a GenerationError",
    strict=True,
)


@pytest.mark.parametrize("route", ["direct", pytest.param("litellm", marks=_STOPPED)])
def test_a_stream_that_is_done_without_a_finish_is_no_answer(
    route: str, loopback: Loopback
) -> None:
    openai = VENDORS["openai"]
    delta = {"index": 0, "delta": {"content": "a"}, "finish_reason": None}
    envelope = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    loopback.reply = sse({**envelope, "choices": [delta]})
    stream = make(openai, loopback, transport=route).generate("x", stream=True)
    with pytest.raises(ProviderConnectionError) as raised:
        list(stream)
    assert raised.value.partial == "a"


@pytest.mark.parametrize("route", ["direct", "litellm"])
def test_geminis_stream_that_stops_after_a_tool_call_is_no_answer(
    route: str, loopback: Loopback
) -> None:
    content = {"role": "model", "parts": [{"functionCall": {"name": "w", "args": {}}}]}
    loopback.reply = sse({"candidates": [{"content": content, "index": 0}]}, done=False)
    with pytest.raises(ProviderConnectionError):
        list(make(VENDORS["gemini"], loopback, transport=route).generate("x", stream=True))
