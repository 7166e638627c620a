"""Vendors whose calls litellm carries over connections of its own, past our wire."""

from __future__ import annotations

import pytest

from abstractllm_lite import exceptions as e
from tests.faults.calls import call, provider
from tests.faults.table import MODES, SHORT
from tests.faults.test_table import SLACK, check_chain
from tests.support.faults import FaultServer

COHERE = "cohere_chat/command-a-03-2025"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", ["drip", "drip_head", "stall"])
def test_an_answer_that_comes_too_slowly_ends_in_time(
    fault: str, mode: str, server: FaultServer
) -> None:
    llm = provider(server, "openai", fault, "past", model=COHERE, timeout=SHORT)

    outcome = call(mode, llm)

    assert type(outcome.error) is e.RequestTimeoutError
    assert str(outcome.error).startswith("[cohere_chat] ")
    assert "CancelledError" not in str(outcome.error)
    assert outcome.error.retryable
    assert outcome.error.details["route"] == "litellm"
    assert outcome.seconds < SLACK
    check_chain(outcome.error)


def test_lateness_is_told_in_the_same_words_in_every_mode(server: FaultServer) -> None:
    llm = provider(server, "openai", "drip", "past", model=COHERE, timeout=SHORT)

    told = {str(call(mode, llm).error) for mode in MODES}

    assert len(told) == 1
