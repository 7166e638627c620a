"""Vendors whose calls litellm carries over connections of its own, past our wire."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from abstractllm_lite import exceptions as e
from tests.faults.calls import Outcome, acall, call, provider
from tests.faults.table import MODES, SHORT
from tests.faults.test_table import SLACK, check_chain
from tests.support.faults import FaultServer
from tests.support.litellms import run

COHERE = "cohere_chat/command-a-03-2025"
SYNC, ASYNC = MODES[::2], MODES[1::2]


def in_every_mode(llm: Any) -> list[Outcome]:
    """The calls of each engine at once: they spend their time waiting."""

    async def awaited() -> list[Outcome]:
        return await asyncio.gather(*(acall(mode, llm) for mode in ASYNC))

    with ThreadPoolExecutor(len(SYNC)) as pool:
        return [*pool.map(lambda mode: call(mode, llm), SYNC), *run(awaited())]


@pytest.mark.parametrize("fault", ["drip", "drip_head", "stall"])
def test_an_answer_that_comes_too_slowly_ends_in_time_and_in_the_same_words(
    fault: str, server: FaultServer
) -> None:
    llm = provider(server, "openai", fault, "past", model=COHERE, timeout=SHORT)

    outcomes = in_every_mode(llm)

    for outcome in outcomes:
        assert type(outcome.error) is e.RequestTimeoutError
        assert str(outcome.error).startswith("[cohere_chat] ")
        assert "CancelledError" not in str(outcome.error)
        assert outcome.error.retryable
        assert outcome.error.details["route"] == "litellm"
        assert outcome.seconds < SLACK
        check_chain(outcome.error)
    assert len({str(outcome.error) for outcome in outcomes}) == 1
