"""Many threads, many event loops: nothing is shared that must not be."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from abstractllm_lite.providers.litellm.wire import sessions
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


def test_a_loop_may_end_while_another_thread_looks_for_dead_ones(server: FaultServer) -> None:
    def meanwhile(loop: asyncio.AbstractEventLoop) -> bool:
        if loop is own:
            runner.close()
        return loop.is_closed()

    with asyncio.Runner() as runner:
        own = runner.get_loop()
        runner.run(all_vendors(server, stream=False))
        assert own in sessions.homes
        sessions.bury_dead_loops(meanwhile)
    assert own not in sessions.homes


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
    assert min(counts[-5:]) <= min(counts[:5]) + 2


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
