"""Streams give their connections back, and nothing hangs when they are dropped."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable
from typing import Any

import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.loading import load
from abstractllm_lite.providers.litellm.wire import sessions, sync
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.deadline import serving
from tests.support.faults import TEXT, FaultServer

from .conftest import MODELS, aask, arguments, ask


def open_stream(url: str, vendor: str) -> tuple[Any, wire.Exchange]:
    exchange = wire.Exchange(20.0, stream=True)
    return load().completion(**arguments(url, vendor, exchange, is_async=False)), exchange


async def aopen_stream(url: str, vendor: str) -> tuple[Any, wire.Exchange]:
    exchange = wire.Exchange(20.0, stream=True)
    made = arguments(url, vendor, exchange, is_async=True)
    return await load().acompletion(**made), exchange


def within(seconds: float, work: Callable[[], object]) -> None:
    """Run `work` in a thread of its own; fail when it hangs."""
    done = threading.Event()
    thread = threading.Thread(target=lambda: (work(), done.set()), daemon=True)
    thread.start()
    assert done.wait(seconds), "it hangs"
    thread.join()


@pytest.mark.parametrize("vendor", MODELS)
async def test_forty_finished_streams_share_one_connection(
    server: FaultServer, vendor: str
) -> None:
    url = server.url(vendor, "ok")
    for _ in range(40):
        assert (await asyncio.to_thread(ask, url, vendor, stream=True)).text == TEXT
    assert server.connections == 1


@pytest.mark.parametrize("vendor", MODELS)
async def test_forty_finished_async_streams_share_one_connection(
    server: FaultServer, vendor: str
) -> None:
    for _ in range(40):
        assert (await aask(server.url(vendor, "ok"), vendor, stream=True)).text == TEXT
    assert server.connections == 1


@pytest.mark.parametrize("vendor", MODELS)
def test_streams_dropped_in_cycles_do_not_hang(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "ok")

    def drop_many() -> None:
        for _ in range(60):
            answer, _exchange = open_stream(url, vendor)
            cycle: dict[str, Any] = {"answer": answer, "first": next(iter(answer))}
            cycle["self"] = cycle

    before = gc.get_threshold()
    gc.set_threshold(50)
    try:
        within(60, drop_many)
    finally:
        gc.set_threshold(*before)
    gc.collect()
    assert ask(url, vendor).text == TEXT


@pytest.mark.parametrize("vendor", MODELS)
async def test_dropped_async_streams_do_not_hang(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "ok")
    for _ in range(60):
        answer, _exchange = await aopen_stream(url, vendor)
        cycle: dict[str, Any] = {"answer": answer, "first": await anext(aiter(answer))}
        cycle["self"] = cycle
    del answer, cycle
    gc.collect()
    assert (await aask(url, vendor)).text == TEXT


@pytest.mark.parametrize("vendor", MODELS)
async def test_release_of_an_unfinished_stream_closes_it_and_may_be_repeated(
    server: FaultServer, vendor: str
) -> None:
    url = server.url(vendor, "stall_mid")
    answer, exchange = open_stream(url, vendor)
    next(iter(answer))
    for _ in range(2):
        exchange.release()
    answer, exchange = await aopen_stream(url, vendor)
    await anext(aiter(answer))
    for _ in range(2):
        await exchange.arelease()
    exchange.release()
    assert exchange.ended is False
    assert exchange.fault is None


@pytest.mark.parametrize("vendor", MODELS)
async def test_reading_on_after_release_is_a_fault_and_no_end(
    server: FaultServer, vendor: str
) -> None:
    url = server.url(vendor, "stall_mid")
    answer, exchange = open_stream(url, vendor)
    exchange.release()
    with pytest.raises(Exception, match="over"):
        list(answer)
    assert exchange.fault is not None
    assert exchange.fault.kind == "closed"


async def test_a_consumer_may_take_its_time(server: FaultServer) -> None:
    url = server.url("openai", "ok")
    exchange = wire.Exchange(0.3, stream=True)
    made = arguments(url, "openai", exchange, is_async=False)
    text = ""
    for chunk in load().completion(**made):
        exchange.pulse()
        await asyncio.sleep(0.05)
        text += (chunk.choices[0].delta.content or "") if chunk.choices else ""
    exchange.release()
    assert text == TEXT


async def test_release_from_another_thread_reaches_an_async_stream(server: FaultServer) -> None:
    answer, exchange = await aopen_stream(server.url("openai", "stall_mid"), "openai")
    await asyncio.to_thread(exchange.release)
    await asyncio.sleep(0)
    with pytest.raises(Exception, match="over"):
        async for _ in answer:
            pass


def test_release_inside_the_pool_waits_for_the_next_request(server: FaultServer) -> None:
    """As when the garbage collector runs a user's finaliser within httpcore's lock."""
    exchange = wire.Exchange(20.0, stream=True)
    client = http_client(exchange, is_async=False)
    url = server.url("openai", "stall_mid")
    answer = client.send(client.build_request("POST", url, json={"stream": True}), stream=True)
    with serving(wire.Exchange(1.0)):
        exchange.release()
        answer.close()
    assert len(sync._forsaken) == 2
    assert ask(server.url("openai", "ok"), "openai").text == TEXT
    assert not sync._forsaken
    assert not sync._open


async def test_an_async_stream_released_by_another_loop_is_closed_by_its_own(
    server: FaultServer,
) -> None:
    exchange = wire.Exchange(20.0, stream=True)
    client = http_client(exchange, is_async=True)
    url = server.url("openai", "stall_mid")
    answer = await client.send(
        client.build_request("POST", url, json={"stream": True}), stream=True
    )
    await asyncio.to_thread(lambda: asyncio.run(exchange.arelease()))
    await asyncio.sleep(0)
    assert not sessions.lines
    del answer


@pytest.mark.parametrize("close", [wire.close_all, None])
async def test_closing_everything_ends_open_streams_in_a_fault(
    server: FaultServer, close: Callable[[], None] | None
) -> None:
    url = server.url("openai", "stall_mid")
    if close is not None:
        answer, exchange = open_stream(url, "openai")
        close()
        with pytest.raises(Exception, match="over"):
            list(answer)
    else:
        answer, exchange = await aopen_stream(url, "openai")
        await wire.aclose_all()
        with pytest.raises(Exception, match="over"):
            async for _ in answer:
                pass
    assert exchange.fault is not None
    assert exchange.fault.kind == "closed"


@pytest.mark.parametrize("is_async", [False, True])
async def test_finished_answer_of_an_unknown_dialect_gives_its_connection_back(
    server: FaultServer, is_async: bool
) -> None:
    for _ in range(3):
        exchange = wire.Exchange(20.0, stream=True)
        client = http_client(exchange, is_async=is_async)
        request = client.build_request("POST", server.url("x", "ok"), json={"stream": True})
        if is_async:
            answer = await client.send(request, stream=True)
            await anext(answer.aiter_raw())
            await exchange.arelease(finished=True)
        else:
            answer = client.send(request, stream=True)
            next(answer.iter_raw())
            exchange.release(finished=True)
        assert exchange.ended is None
    assert server.connections == 1


@pytest.mark.parametrize("is_async", [False, True])
async def test_end_may_be_read_again(server: FaultServer, is_async: bool) -> None:
    exchange = wire.Exchange(20.0)
    client = http_client(exchange, is_async=is_async)
    request = client.build_request("POST", server.url("openai", "ok"))
    answer = (
        await client.send(request, stream=True) if is_async else client.send(request, stream=True)
    )
    if is_async:
        await answer.aread()
        ended = [part async for part in answer.stream]
    else:
        answer.read()
        ended = list(answer.stream)
    assert (ended, exchange.fault) == ([], None)


def test_many_open_streams_do_not_cost_the_others_their_connection(server: FaultServer) -> None:
    still_open = []
    for _ in range(110):
        exchange = wire.Exchange(20.0, stream=True)
        client = http_client(exchange, is_async=False)
        request = client.build_request("POST", server.url("x", "stall_mid"), json={"stream": True})
        still_open.append(client.send(request, stream=True))
    for _ in range(5):
        http_client(wire.Exchange(20.0), is_async=False).post(server.url("x", "ok"))
    assert server.connections == 111
    for answer in still_open:
        answer.close()
