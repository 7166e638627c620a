"""The outer deadline: over calls that our wire does not carry, and over whatever it awaits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from ..._threads import in_thread

if TYPE_CHECKING:
    from .call import Attempt

T = TypeVar("T")

GRACE = 0.5  # seconds; the wire's own clock should be the one that rings


def bounded(attempt: Attempt, work: Callable[[], T]) -> T:
    """The work's result. Raises the wire's fault where it is late.

    What the wire does not carry runs in a thread of its own, which is left behind: litellm's own
    connections know a timeout for each read alone.
    """
    if attempt.wired:
        return work()
    future = in_thread(work)
    try:
        return future.result(max(attempt.exchange.left(), 0.0) + GRACE)
    except TimeoutError:
        if future.done():  # the work's own
            raise
    raise attempt.exchange.fail("timeout")


async def abounded(attempt: Attempt, work: Awaitable[T]) -> T:
    """The same for work that is awaited; it is cancelled."""
    try:
        async with asyncio.timeout(max(attempt.exchange.left(), 0.0) + GRACE) as clock:
            return await work
    except TimeoutError:
        if not clock.expired():  # the work's own
            raise
    raise attempt.exchange.fail("timeout")
