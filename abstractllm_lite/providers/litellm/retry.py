"""Who tries again, when, and how often: tenacity runs the loop, this room holds the policy."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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

    def next(self) -> Attempt:
        """The next attempt."""
        self.number += 1
        return Attempt(self.call, self.clock, self.number)

    def policy(self) -> dict[str, Any]:
        """What tenacity is told; it asks for `retry` first and for `wait` afterwards."""
        return {
            "retry": tenacity.retry_if_exception(self.another),
            "stop": tenacity.stop_after_attempt(self.call.limits.max_retries + 1),
            "wait": lambda _: self.pause,
            "reraise": True,
        }

    def another(self, error: BaseException) -> bool:
        """Whether the error passes, and the pause before another attempt fits into the call."""
        if not isinstance(error, AbstractLLMError) or not error.retryable:
            return False
        self.pause = pause(error, self.number)
        return self.pause <= LONGEST_RETRY_AFTER and self.pause < self.clock.left()


def pause(error: AbstractLLMError, attempt: int) -> float:
    """Seconds to wait: what the vendor asked for, else exponential with jitter."""
    if error.retry_after is not None:
        return error.retry_after
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
