"""Many threads, many event loops, forked children: nothing is shared that must not be."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.faults import TEXT, FaultServer

from .conftest import MODELS, Outcome, aask, ask

VENDORS = list(MODELS)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_thirty_two_threads_share_the_client(server: FaultServer) -> None:
    def one(number: int) -> Outcome:
        vendor = VENDORS[number % 3]
        return ask(server.url(vendor, "ok"), vendor, stream=number % 2 == 0)

    with ThreadPoolExecutor(32) as pool:
        outcomes = list(pool.map(one, range(96)))
    assert {outcome.text for outcome in outcomes} == {TEXT}
    assert {outcome.exchange.requests for outcome in outcomes} == {1}


async def all_vendors(server: FaultServer, *, stream: bool) -> list[Outcome]:
    return await asyncio.gather(
        *(aask(server.url(vendor, "ok"), vendor, stream=stream) for vendor in VENDORS)
    )


def test_eight_threads_with_event_loops_of_their_own(server: FaultServer) -> None:
    def three_runs(number: int) -> list[Outcome]:
        runs = [asyncio.run(all_vendors(server, stream=(number + n) % 2 == 0)) for n in range(3)]
        return [outcome for run in runs for outcome in run]

    with ThreadPoolExecutor(8) as pool:
        outcomes = [outcome for found in pool.map(three_runs, range(8)) for outcome in found]
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert {outcome.text for outcome in outcomes} == {TEXT}
    assert len(server.requests) == 8 * 3 * 3


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")
def test_event_loops_in_turn_leave_no_connection(server: FaultServer) -> None:
    def in_turn() -> list[int]:
        counts = []
        for number in range(20):
            asyncio.run(all_vendors(server, stream=number % 2 == 0))
            counts.append(open_files())
        return counts

    with ThreadPoolExecutor(1) as pool:  # in the main thread litellm leaves an event loop behind
        counts = pool.submit(in_turn).result()
    assert counts[-1] <= counts[4] + 2


async def test_a_hundred_tasks_at_once(server: FaultServer) -> None:
    outcomes = await asyncio.gather(
        *(aask(server.url("openai", "ok"), "openai", stream=n % 2 == 0) for n in range(100))
    )
    assert {outcome.text for outcome in outcomes} == {TEXT}


async def test_a_cancelled_call_leaves_nothing_open(server: FaultServer) -> None:
    url = server.url("openai", "stall")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await aask(url, "openai")
    assert (await aask(server.url("openai", "ok"), "openai")).text == TEXT


LEAVES_NOTHING = """
import asyncio, gc, sys
from tests.providers.litellm.wire.conftest import MODELS, aask, ask, load
from tests.support.faults import fault_server
load()

async def calls(server):
    for vendor in MODELS:
        for fault, stream in (("ok", False), ("ok", True), ("cut_clean", True), ("reset", False)):
            await aask(server.url(vendor, fault), vendor, stream=stream)

with fault_server() as server:
    for vendor in MODELS:
        ask(server.url(vendor, "ok"), vendor, stream=True)
        ask(server.url(vendor, "stall_mid"), vendor, stream=True, timeout=0.1)
    asyncio.run(calls(server))
    asyncio.run(calls(server))
gc.collect()
"""


def in_a_fresh_process(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_process_ends_without_a_word_about_open_sockets_or_sessions() -> None:
    ended = in_a_fresh_process(LEAVES_NOTHING)
    assert ended.returncode == 0, ended.stderr
    complaints = [line for line in ended.stderr.splitlines() if "nclosed" in line]
    # The one event loop is litellm's, made by its sync calls in the main thread.
    assert [line for line in complaints if "unclosed event loop" not in line] == []


FORKS = """
import os
from abstractllm_lite.providers.litellm.wire import Exchange
from abstractllm_lite.providers.litellm.wire.clients import http_client
from tests.support.faults import fault_server

def good(url):
    return http_client(Exchange(20.0), is_async=False).post(url, json={}).status_code == 200

with fault_server() as server:
    url = server.url("openai", "ok")
    assert good(url)
    child = os.fork()
    if child == 0:
        os._exit(0 if good(url) and good(url) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert good(url)
    numbers = [request.connection for request in server.requests]
    assert numbers == [1, 2, 2, 1], numbers
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_has_connections_of_its_own() -> None:
    ended = in_a_fresh_process(FORKS)
    assert ended.returncode == 0, ended.stderr


SHUTS_NOTHING_DOWN = """
import asyncio
from abstractllm_lite.providers.litellm.wire import Exchange, aio
from abstractllm_lite.providers.litellm.wire.clients import http_client
from tests.support.faults import fault_server

async def good(url):
    return (await http_client(Exchange(20.0), is_async=True).post(url)).status_code == 200

with fault_server() as server:
    url = server.url("openai", "ok")
    for _ in range(3):
        loop = asyncio.new_event_loop()
        assert loop.run_until_complete(good(url))
        loop.close()
        assert len(aio._sessions) == 1
"""


def test_sessions_of_loops_that_were_merely_closed_do_not_pile_up() -> None:
    ended = in_a_fresh_process(SHUTS_NOTHING_DOWN)
    assert ended.returncode == 0, ended.stderr
