"""The outer deadline rings for what our wire does not carry, and lets other lateness be."""

from __future__ import annotations

import asyncio
import threading

import pytest

from abstractllm_lite.providers.litellm.bounded import abounded, bounded
from abstractllm_lite.providers.litellm.call import Attempt, Call, Clock
from abstractllm_lite.providers.litellm.wire import WireFault


def attempt(*, wired: bool = False) -> Attempt:
    made = Attempt(Call("cohere", "m", "cohere/m", []), Clock(60.0), 1)
    made.wired = wired
    return made


class Own(TimeoutError):
    """What the work itself raises."""


def fails() -> None:
    raise Own


async def afails() -> None:
    raise Own


def test_the_works_own_timeout_is_its_own() -> None:
    for wired in (True, False):
        with pytest.raises(Own):
            bounded(attempt(wired=wired), fails)
    with pytest.raises(Own):
        asyncio.run(abounded(attempt(), afails()))


def test_lateness_is_the_wires_fault_and_stands_on_its_record() -> None:
    late, never = attempt(), threading.Event()
    late.exchange.timeout = 0.0
    with pytest.raises(WireFault) as caught:
        bounded(late, never.wait)
    never.set()
    assert caught.value is late.exchange.fault
    assert caught.value.kind == "timeout"
    assert caught.value.__context__ is None

    late = attempt()
    late.exchange.timeout = 0.0
    with pytest.raises(WireFault):
        asyncio.run(abounded(late, asyncio.sleep(60)))
    assert late.exchange.fault is not None


def test_what_our_wire_carries_runs_in_the_callers_thread() -> None:
    here = threading.current_thread()
    assert bounded(attempt(wired=True), threading.current_thread) is here
    assert bounded(attempt(), threading.current_thread) is not here
