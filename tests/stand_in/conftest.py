"""The stand-in for the tests of this folder, which are skipped where it cannot run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.stand_in import QUICKSTART, StandIn, missing


@pytest.fixture(scope="session")
def stand_in() -> Iterator[StandIn]:
    """A running stand-in with the quickstart's answers."""
    if reason := missing():
        pytest.skip(reason)
    with StandIn.started(QUICKSTART) as running:
        yield running
