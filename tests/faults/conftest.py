"""One server of faults for all tests of a process; each tells its requests by a mark of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.faults.calls import call, provider
from tests.faults.table import MODES, ROUTES, VENDORS
from tests.support.faults import FaultServer, fault_server


@pytest.fixture(scope="session")
def server() -> Iterator[FaultServer]:
    """A server of faults, after a first call of each kind: no cell pays for litellm's import."""
    with fault_server() as running:
        for vendor in VENDORS:
            for mode in MODES:
                for route in ROUTES:
                    llm = provider(running, vendor, "ok", "warm", transport=route)
                    assert call(mode, llm).error is None
        yield running


@pytest.fixture(autouse=True)
def _servers_thread_soon_has_its_turn() -> Iterator[None]:
    """Else it waits 5 ms for each busy thread, several times an answer: part of a timeout."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture(autouse=True)
def _pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abstractllm_lite.providers.litellm.retry.FIRST_PAUSE", 0.01)
