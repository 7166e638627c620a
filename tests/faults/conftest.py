"""One server of faults for all tests of a process; each tells its requests by a mark of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.calls import call, provider
from tests.faults.table import MODES, VENDORS
from tests.support.faults import FaultServer, fault_server


@pytest.fixture(scope="session")
def server() -> Iterator[FaultServer]:
    """A server of faults, after a first call of each kind: no cell pays for litellm's import."""
    with fault_server() as running:
        for vendor in VENDORS:
            for mode in MODES:
                assert call(mode, provider(running, vendor, "ok", "warm")).error is None
        yield running


@pytest.fixture(autouse=True)
def _pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("abstractllm_lite.providers.litellm.retry.FIRST_PAUSE", 0.01)
