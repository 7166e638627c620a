"""Work in threads that nobody has to wait for."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> Future[T]:
    """Run the work in a thread of its own, in the caller's context.

    The thread is a daemon, so that one that never ends holds up neither its caller, who gives it
    up, nor the end of the process, as a pool's threads would.
    """
    future: Future[T] = Future()
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(_settle, future, work), daemon=True).start()
    return future


def _settle(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # the caller's to see, whatever it is
        future.set_exception(error)
