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
