"""Functions of others in threads that nobody has to wait for."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

AT_ONCE = 32


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Run the work in a thread of its own, in the caller's context.

    The thread is a daemon, so that one that never ends holds up neither its caller, who gives it
    up, nor the end of the process, as a pool's threads would.
    """
    future: Future[T] = Future()
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_settle, future, work), daemon=True).start()
    return future


def all_in_threads(works: Sequence[Callable[[], T]], timeout: float | None) -> list[T | None]:
    """The results of all, in order; None for one that took longer than `timeout` seconds."""
    results: list[T | None] = []
    for start in range(0, len(works), AT_ONCE):
        futures = [in_thread(work) for work in works[start : start + AT_ONCE]]
        end = None if timeout is None else time.monotonic() + timeout
        results += [_result(future, end) for future in futures]
    return results


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # the caller's to see, whatever it is
        future.set_exception(error)


def _result(future: Future[T], end: float | None) -> T | None:
    try:
        return future.result(None if end is None else max(0.0, end - time.monotonic()))
    except TimeoutError:
        return None
