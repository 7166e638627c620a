"""Idle connections can be closed by hand; nothing that is in use notices."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.wire import Exchange, sessions, sync
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.deadline import serving
from tests.support.faults import FaultServer, stream_events
from tests.support.loopback import Loopback, Reply

MODES = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
STREAM = b'{"stream": true}'


async def post(url: str, *, is_async: bool) -> None:
    client = http_client(Exchange(20.0), is_async=is_async)
    answer = await client.post(url) if is_async else client.post(url)
    assert answer.status_code == 200


async def close_idle(*, is_async: bool) -> None:
    if is_async:
        await wire.aclose_idle()
    else:
        wire.close_idle()


async def opened(url: str, *, is_async: bool) -> Any:
    exchange = Exchange(20.0, stream=True)
    client = http_client(exchange, is_async=is_async)
    request = client.build_request("POST", url, content=STREAM)
    if is_async:
        return await client.send(request, stream=True)
    return client.send(request, stream=True)


async def rest_of(answer: Any, *, is_async: bool) -> bytes:
    return bytes(await answer.aread() if is_async else answer.read())


@MODES
async def test_an_idle_connection_is_closed_and_the_next_call_opens_another(
    server: FaultServer, is_async: bool
) -> None:
    url = server.url("x", "ok")
    for closings in range(3):
        await post(url, is_async=is_async)
        await post(url, is_async=is_async)
        assert server.connections == closings + 1
        await close_idle(is_async=is_async)


@MODES
async def test_the_server_sees_the_connection_close(loopback: Loopback, is_async: bool) -> None:
    loopback.reply = Reply(b"{}")
    await post(loopback.url, is_async=is_async)
    assert loopback._open
    await close_idle(is_async=is_async)
    until = time.monotonic() + 10
    while loopback._open and time.monotonic() < until:
        await asyncio.sleep(0.01)
    assert not loopback._open


@MODES
async def test_an_answer_in_use_is_read_to_its_end_and_its_connection_closed_then(
    server: FaultServer, is_async: bool
) -> None:
    url = server.url("openai", "bytewise")
    answer = await opened(url, is_async=is_async)
    await close_idle(is_async=is_async)
    await post(server.url("x", "ok"), is_async=is_async)
    whole = b"".join(stream_events("openai"))
    assert await rest_of(answer, is_async=is_async) == whole
    await post(server.url("x", "ok"), is_async=is_async)
    assert [request.connection for request in server.requests] == [1, 2, 2]


async def test_a_request_that_is_on_its_way_is_answered(loopback: Loopback) -> None:
    loopback.reply = Reply(b"{}", delay=0.5)
    for _ in range(2):  # on a new connection, and on a kept one
        calls = [asyncio.create_task(post(loopback.url, is_async=True)) for _ in range(3)]
        await asyncio.sleep(0.2)
        await wire.aclose_idle()
        await asyncio.gather(*calls)
    assert loopback.connections == 6


async def test_sync_requests_that_are_on_their_way_are_answered(loopback: Loopback) -> None:
    loopback.reply = Reply(b"{}", delay=0.5)
    for _ in range(2):
        calls = [asyncio.to_thread(sync_post, loopback.url) for _ in range(3)]
        tasks = [asyncio.create_task(call) for call in calls]
        await asyncio.sleep(0.2)
        wire.close_idle()
        await asyncio.gather(*tasks)
    assert loopback.connections == 6


def sync_post(url: str) -> None:
    assert http_client(Exchange(20.0), is_async=False).post(url).status_code == 200


def test_inside_the_pool_nothing_is_closed(server: FaultServer) -> None:
    """As when the garbage collector runs a user's finaliser within httpcore's lock."""
    sync_post(server.url("x", "ok"))
    with serving(Exchange(1.0)):
        wire.close_idle()
    sync_post(server.url("x", "ok"))
    assert server.connections == 1


async def test_a_loop_that_made_no_call_has_nothing_to_close() -> None:
    await wire.aclose_idle()
    assert asyncio.get_running_loop() not in sessions.homes


async def test_loops_close_their_own_connections_only(server: FaultServer) -> None:
    url = server.url("x", "ok")
    await post(url, is_async=True)
    await asyncio.to_thread(lambda: asyncio.run(wire.aclose_idle()))
    await post(url, is_async=True)
    assert server.connections == 1


async def test_closed_connections_are_not_remembered(server: FaultServer) -> None:
    for _ in range(100):
        await post(server.url("x", "ok"), is_async=True)
        await wire.aclose_idle()
    assert len(sessions.homes[asyncio.get_running_loop()].connector._given) <= 66
    for _ in range(5):
        sync_post(server.url("x", "ok"))
        wire.close_idle()
    assert not sync._pools
