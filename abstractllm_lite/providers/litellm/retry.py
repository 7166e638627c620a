"""Who tries again, when, and how often: tenacity runs the loop, this room holds the policy."""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import tenacity

from ...exceptions import AbstractLLMError
from .call import Attempt, Call, Clock

T = TypeVar("T")

FIRST_PAUSE = 0.5  # seconds; doubled with each attempt, as the vendors' own SDKs do
LONGEST_PAUSE = 8.0
LONGEST_RETRY_AFTER = 120.0


def retrying(call: Call, once: Callable[[Attempt], T]) -> T:
    """The result of the first attempt that succeeds, within the call's limits."""
    clock = Clock(call.limits.total)
    numbers = itertools.count(1)
    loop = tenacity.Retrying(**_policy(call, clock))
    return loop(lambda: once(Attempt(call, clock, next(numbers))))


async def aretrying(call: Call, once: Callable[[Attempt], Awaitable[T]]) -> T:
    """The same for attempts that are awaited."""
    clock = Clock(call.limits.total)
    numbers = itertools.count(1)

    async def attempt() -> T:
        return await once(Attempt(call, clock, next(numbers)))

    return await tenacity.AsyncRetrying(**_policy(call, clock))(attempt)


def _policy(call: Call, clock: Clock) -> dict[str, Any]:
    return {
        "stop": tenacity.stop_after_attempt(call.limits.max_retries + 1),
        "retry": tenacity.retry_if_exception(lambda error: worth_another(error, clock)),
        "wait": lambda state: pause(state.outcome.exception(), state.attempt_number),
        "reraise": True,
    }


def worth_another(error: BaseException, clock: Clock) -> bool:
    """Whether the error passes, and its Retry-After fits into what is left of the call."""
    if not isinstance(error, AbstractLLMError) or not error.retryable:
        return False
    wait = error.retry_after or 0.0
    return wait <= LONGEST_RETRY_AFTER and wait < clock.left()


def pause(error: AbstractLLMError, attempt: int) -> float:
    """Seconds to wait: what the vendor asked for, else exponential with jitter."""
    if error.retry_after is not None:
        return error.retry_after
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)
