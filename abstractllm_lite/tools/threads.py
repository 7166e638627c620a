"""Many functions of others at once, each with as long as the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from .._threads import in_thread

T = TypeVar("T")

AT_ONCE = 32


def all_in_threads(works: Sequence[Callable[[], T]], timeout: float | None) -> list[T | None]:
    """The results of all, in order; None for one that took longer than `timeout` seconds."""
    results: list[T | None] = []
    for start in range(0, len(works), AT_ONCE):
        futures = [in_thread(work) for work in works[start : start + AT_ONCE]]
        end = None if timeout is None else time.monotonic() + timeout
        results += [_result(future, end) for future in futures]
    return results


def _result(future: Future[T], end: float | None) -> T | None:
    try:
        return future.result(None if end is None else max(0.0, end - time.monotonic()))
    except TimeoutError:
        return None
