"""A broken connection is told as what it was, carries what had come, and is never sent on twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.contract.conftest import Ask
from tests.support.faults import TEXT, FaultServer, fault_server
from tests.support.vendors import Vendor

SHORT = 0.3  # seconds, for faults that only a timeout ends
PATIENT = 20.0  # seconds, for all others
KEY = "key-of-the-test"


@dataclass(frozen=True)
class Told:
    """What a fault must be told as."""

    kind: type[e.AbstractLLMError]
    status: int | None = None
    timed: bool = False
    arrives: bool = True


# Faults of both shapes.
BEFORE_ANY_CONTENT = {
    "refused": Told(e.ProviderConnectionError, arrives=False),
    "unreachable": Told(e.RequestTimeoutError, timed=True, arrives=False),
    "stall": Told(e.RequestTimeoutError, timed=True),
    "reset": Told(e.ProviderConnectionError),
    "hangup": Told(e.ProviderConnectionError),
    "drip": Told(e.RequestTimeoutError, 200, timed=True),
    "drip_head": Told(e.RequestTimeoutError, timed=True),
    "redirect": Told(e.ProviderConnectionError, 307),
    "html": Told(e.GenerationError, 200),
    "empty": Told(e.GenerationError, 200),
}
# Faults of streams, after half of the events.
MIDWAY = {
    "cut": Told(e.ProviderConnectionError, 200),
    "cut_clean": Told(e.ProviderConnectionError, 200),
    "cut_reset": Told(e.ProviderConnectionError, 200),
    "stall_mid": Told(e.RequestTimeoutError, 200, timed=True),
    "pings": Told(e.RequestTimeoutError, 200, timed=True),
    "error_event": Told(e.ProviderAPIError, 200),
}
STREAMED = [Ask("sync stream"), Ask("async stream")]


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server of faults."""
    with fault_server() as running:
        yield running


def make(vendor: Vendor, server: FaultServer, fault: str, **config: Any) -> Any:
    """A provider whose address commits the fault."""
    base = {"model": vendor.model, "api_key": KEY, "max_retries": 0}
    return create_llm("litellm", **base | config, base_url=server.url(vendor.name, fault))


@pytest.mark.parametrize("fault", ["ok", "gzip", "redirect_home"])
def test_what_is_no_fault_ends_in_the_answer(
    fault: str, vendor: Vendor, ask: Ask, server: FaultServer
) -> None:
    assert ask(make(vendor, server, fault), "hi") == TEXT


@pytest.mark.parametrize("fault", BEFORE_ANY_CONTENT)
def test_a_fault_before_any_content(
    fault: str, vendor: Vendor, ask: Ask, server: FaultServer
) -> None:
    told = BEFORE_ANY_CONTENT[fault]
    llm = make(vendor, server, fault, timeout=SHORT if told.timed else PATIENT)

    started = time.monotonic()
    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi")

    error = caught.value
    assert type(error) is told.kind
    assert error.status_code in {told.status, None}
    assert error.attempts == 1
    assert len(server.requests) == told.arrives
    assert server.elsewhere.connections == 0
    assert not error.partial
    assert KEY not in f"{error} {error!r} {vars(error)}"
    if told.timed:
        assert time.monotonic() - started < 10 * SHORT


@pytest.mark.parametrize("fault", MIDWAY)
@pytest.mark.parametrize("ask", STREAMED, ids=lambda ask: ask.mode.replace(" ", "-"))
def test_a_fault_midway_carries_the_part(
    fault: str, ask: Ask, vendor: Vendor, server: FaultServer
) -> None:
    told = MIDWAY[fault]
    llm = make(vendor, server, fault, timeout=SHORT if told.timed else PATIENT, max_retries=2)

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi")

    error = caught.value
    assert type(error) is told.kind
    assert error.attempts == len(server.requests) == 1
    assert error.partial
    assert TEXT.startswith(error.partial)
    assert len(error.partial) < len(TEXT)


def test_an_error_event_keeps_the_vendors_words(vendor: Vendor, server: FaultServer) -> None:
    with pytest.raises(e.ProviderAPIError, match="refused with 500"):
        Ask("sync stream")(make(vendor, server, "error_event"), "hi")


@pytest.mark.parametrize("fault", ["stall", "reset", "hangup", "status_503"])
def test_requests_sent_are_attempts_made_whatever_breaks(
    fault: str, vendor: Vendor, ask: Ask, server: FaultServer
) -> None:
    timeout = SHORT if fault == "stall" else PATIENT
    llm = make(vendor, server, fault, timeout=timeout)

    with pytest.raises(e.AbstractLLMError) as caught:
        ask(llm, "hi", max_retries=1)

    assert caught.value.attempts == len(server.requests) == 2


def test_an_answer_longer_than_the_total_time_is_ended(vendor: Vendor, server: FaultServer) -> None:
    for mode in STREAMED:
        started = time.monotonic()
        with pytest.raises(e.RequestTimeoutError) as caught:
            mode(make(vendor, server, "endless", total_timeout=SHORT), "hi")
        assert time.monotonic() - started < 10 * SHORT
        assert caught.value.partial


def test_a_connection_that_the_vendor_dropped_while_idle_costs_nothing(
    vendor: Vendor, ask: Ask, server: FaultServer
) -> None:
    llm = make(vendor, server, "idle_drop", max_retries=1)

    first, second = ask(llm, "hi"), ask(llm, "hi")

    assert first == second == TEXT
    assert len(server.requests) == (first.attempts or 0) + (second.attempts or 0)


def test_a_plain_answer_to_a_stream_is_whole_or_an_error(
    vendor: Vendor, server: FaultServer
) -> None:
    for mode in STREAMED:
        with suppress(e.GenerationError):
            assert mode(make(vendor, server, "json"), "hi") == TEXT
