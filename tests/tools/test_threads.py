"""Threads that nobody has to wait for."""

from __future__ import annotations

import contextvars
import threading
from functools import partial

import pytest

from abstractllm_lite.tools.threads import all_in_threads, in_thread
from tests.fresh_process import run_fresh


def test_results_stand_in_the_order_of_the_works() -> None:
    assert all_in_threads([partial(pow, n, 2) for n in range(70)], None) == [
        n**2 for n in range(70)
    ]


def test_no_work_is_no_result() -> None:
    assert all_in_threads([], 1) == []


def test_one_that_is_too_slow_is_none() -> None:
    end = threading.Event()

    assert all_in_threads([partial(end.wait, 30), lambda: 1], 0.1) == [None, 1]
    end.set()


def test_whatever_a_thread_ends_with_reaches_the_caller() -> None:
    def leave() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        in_thread(leave).result()


def test_a_work_sees_the_callers_context() -> None:
    name = contextvars.ContextVar("name", default="nobody")
    name.set("ada")

    assert in_thread(name.get).result() == "ada"


def test_a_thread_that_never_ends_does_not_hold_up_the_process() -> None:
    out = run_fresh(
        """
        import threading
        from abstractllm_lite.tools.threads import all_in_threads
        print(all_in_threads([threading.Event().wait], 0.05))
        """
    )
    assert out == "[None]"
