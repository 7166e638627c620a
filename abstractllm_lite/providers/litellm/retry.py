"""Who tries again, when, and how often: tenacity runs the loop, this room holds the policy."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import tenacity

from ...exceptions import AbstractLLMError
from .call import Attempt, Clock

if TYPE_CHECKING:
    from .call import Call

T = TypeVar("T")

FIRST_PAUSE = 0.5  # seconds; doubled with each attempt, as the vendors' own SDKs do
LONGEST_PAUSE = 8.0
LONGEST_RETRY_AFTER = 120.0


def retrying(call: Call, once: Callable[[Attempt], T]) -> T:
    """The result of the first attempt that succeeds, within the call's limits."""
    turns = Turns(call, Clock(call.limits.total))
    return tenacity.Retrying(**turns.policy())(lambda: once(turns.next()))


async def aretrying(call: Call, once: Callable[[Attempt], Awaitable[T]]) -> T:
    """The same for attempts that are awaited."""
    turns = Turns(call, Clock(call.limits.total))

    async def attempt() -> T:
        return await once(turns.next())

    return await tenacity.AsyncRetrying(**turns.policy())(attempt)


@dataclass(slots=True)
class Turns:
    """The attempts of one call: how many there were, and how long to wait for the next."""

    call: Call
    clock: Clock
    number: int = 0
    pause: float = 0.0
    latest: Attempt | None = None
    mended: int = 0

    def next(self) -> Attempt:
        """The next attempt."""
        self.number += 1
        self.latest = Attempt(self.call, self.clock, self.number)
        return self.latest

    def policy(self) -> dict[str, Any]:
        """What tenacity is told; it asks for `retry` first and for `wait` afterwards."""
        return {
            "retry": tenacity.retry_if_exception(self.another),
            "stop": lambda _: self.number > self.call.limits.max_retries + self.mended,
            "wait": lambda _: self.pause,
            "reraise": True,
        }

    def another(self, error: BaseException) -> bool:
        """Whether the error passes, and the pause before another attempt fits into the call."""
        if not isinstance(error, AbstractLLMError):
            return False
        if self.mends(error):
            self.mended, self.pause = self.mended + 1, 0.0
            return self.clock.left() > 0
        if not error.retryable:
            return False
        self.pause = pause(error, self.number)
        return self.pause <= LONGEST_RETRY_AFTER and self.pause < self.clock.left()

    def mends(self, error: AbstractLLMError) -> bool:
        """Whether the failure is of our own making and mended, so that `max_retries` is not asked.

        Either a server refused the token counts that we asked for, or a kept connection was closed
        just when it was used again; each happens once a call at most.
        """
        if self._refuses_usage(error):
            self.call = replace(self.call, asks_usage=False)
            return True
        fault = self.latest.exchange.fault if self.latest else None
        stale = fault is not None and fault.reused and not fault.answered
        return stale and self.mended == 0

    def _refuses_usage(self, error: AbstractLLMError) -> bool:
        asked = self.call.stream and self.call.asks_usage
        asked = asked and "stream_options" not in self.call.parameters
        return asked and error.status_code in (400, 422) and "stream_options" in error.message


def pause(error: AbstractLLMError, attempt: int) -> float:
    """Seconds to wait: what the vendor asked for, else exponential with jitter."""
    if error.retry_after is not None:
        return error.retry_after
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
