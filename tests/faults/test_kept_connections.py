"""A connection that the vendor closed while it lay idle costs an attempt, and never the answer."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from tests.faults.calls import KEY, Outcome, acall, call, provider
from tests.faults.table import MODES, ROUTES, TEXT, VENDORS
from tests.support.faults import FaultServer
from tests.support.leaks import everything_said_by


def twice(mode: str, llm: Any, *others: Any) -> list[Outcome]:
    """Two calls one after the other, in one event loop where they are asynchronous."""
    llms = (llm, *(others or (llm,)))
    if not mode.startswith("async"):
        return [call(mode, each) for each in llms]

    async def both() -> list[Outcome]:
        return [await acall(mode, each) for each in llms]

    return asyncio.run(both())


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_kept_connection_that_was_dropped_is_replaced_once(
    vendor: str, mode: str, route: str, server: FaultServer
) -> None:
    mark = uuid.uuid4().hex
    llm = provider(server, vendor, "idle_drop", mark, transport=route)
    llm.close()

    first, second = (outcome.response for outcome in twice(mode, llm))

    assert first == second == TEXT
    assert first is not None
    assert second is not None
    assert (first.attempts, second.attempts) == (1, 2)
    assert server.arrived(mark) == 3


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("vendor", VENDORS)
def test_a_new_connection_that_is_dropped_too_is_the_end(
    vendor: str, mode: str, route: str, server: FaultServer
) -> None:
    mark = uuid.uuid4().hex
    well = provider(server, vendor, "ok", "before", transport=route)
    llm = provider(server, vendor, "hangup", mark, transport=route)
    llm.close()

    first, second = twice(mode, well, llm)

    assert first.response == TEXT
    assert second.error is not None
    assert second.error.attempts == server.arrived(mark) == 2
    assert [said[:300] for said in everything_said_by(second.error) if KEY in said] == []
