"""An event loop that is busy with something else makes a call slow, not late."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from abstractllm_lite import create_llm
from tests.support.litellms import run
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS

from .table import ROUTES

BLOCKED = 0.3  # seconds that everybody else waits, time after time


async def hog() -> None:
    """A task that keeps the loop from everybody else, nearly all the time."""
    while True:
        time.sleep(BLOCKED)  # noqa: ASYNC251 - it is what this task is for
        await asyncio.sleep(0)


async def told_beside_a_hog(llm: Any) -> str:
    """The text of a stream that is read on a loop which is soon hardly ever free."""
    stream = await llm.generate_async("Go on.", stream=True)
    hogging = asyncio.create_task(hog())
    try:
        return "".join([piece async for piece in stream])
    finally:
        hogging.cancel()


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", VENDORS)
def test_a_stream_ends_well_on_a_busy_loop(name: str, route: str, loopback: Loopback) -> None:
    vendor = VENDORS[name]
    loopback.reply = vendor.says("said in several pieces")
    llm = create_llm("litellm", **vendor.config(loopback.url), transport=route)
    llm.generate("Go on.")  # litellm is loaded before the clock runs

    assert run(told_beside_a_hog(llm)) == "said in several pieces"
