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
    """Stands from the start of the session to its end, and fails tests that were refused."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._guards = ExitStack()
        self._refused: list[str] = []
        self._seen = 0

    def pytest_sessionstart(self) -> None:
        """Set up what the settings ask for."""
        if self._config.getini("llm_guard"):
            self._guards.callback(deck.guarded_by, deck.guarded_by(Guard()))
        if self._config.getini("llm_guard_sockets"):
            self._guards.enter_context(only_loopback(self._refused, deck.recording))

    def pytest_unconfigure(self) -> None:
        """Take it down."""
        self._guards.close()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self) -> Generator[None, Any, Any]:
        """Fail a test that swallowed a refusal, its own or one of its fixtures."""
        result = yield
        self._judge()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Generator[None, Any, Any]:
        """The same for what its fixtures did at their end."""
        result = yield
        self._judge()
        return result

    def _judge(self) -> None:
        refused, self._seen = self._refused[self._seen :], len(self._refused)
        if refused:
            hosts = ", ".join(sorted(set(refused)))
            told = f"the test tried to leave this machine, which llm_guard_sockets refuses: {hosts}"
            pytest.fail(told, pytrace=False)
