"""The guards at work in a test run: `llm_guard` and `llm_guard_sockets`."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from . import deck
from .guard import Guard, only_loopback

__all__ = ["Guards"]


class Guards:
    """Stand from here to the end of the run, and fail tests that were refused something."""

    def __init__(self, config: pytest.Config) -> None:
        self._guards = ExitStack()
        self._refused: list[str] = []
        self._seen = 0
        if config.getini("llm_guard"):
            self._guards.callback(deck.guarded_by, deck.guarded_by(Guard()))
        if config.getini("llm_guard_sockets"):
            self._guards.enter_context(only_loopback(self._refused, deck.recording))

    def pytest_unconfigure(self) -> None:
        """Take it down."""
        self._guards.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Fail a test that swallowed a refusal, its own or one of its fixtures."""
        try:
            result = yield
        finally:
            refused = self._news()
        _judge(refused)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """The same for what its fixtures did at their end."""
        result = yield
        _judge(self._news())
        return result

    def _news(self) -> list[str]:
        news, self._seen = self._refused[self._seen :], len(self._refused)
        return news


def _judge(refused: list[str]) -> None:
    if refused:
        hosts = ", ".join(sorted(set(refused)))
        told = f"the test tried to leave this machine, which llm_guard_sockets refuses: {hosts}"
        pytest.fail(told, pytrace=False)
