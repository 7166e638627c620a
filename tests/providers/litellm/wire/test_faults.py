"""Each fault on the wire is told as it was, through litellm, for three vendors, sync and async."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.faults import TEXT, FaultServer, error_body, plain_answer

from .conftest import AMPLE, MODELS, Outcome, aask, ask

TIMEOUT = 0.5  # seconds; on a busy machine even a loopback answer takes a while to begin
SLACK = 0.9  # seconds that litellm and busy cores may add; far less than the server's patience
DEADLINE = 1.5


@dataclass(frozen=True)
class Case:
    """A fault, the shapes it has, and what the exchange must say of it."""

    name: str
    fault: str | None
    status: int | None = None
    requests: int = 1
    arrived: int = 1
    shapes: tuple[bool, ...] = (False, True)
    timed: bool = False

    @property
    def timeout(self) -> float:
        """Seconds for the attempt."""
        return TIMEOUT if self.timed else AMPLE


PLAIN, STREAM = (False,), (True,)

CASES = [
    Case("ok", None, 200),
    Case("gzip", None, 200),
    Case("bytewise", None, 200, shapes=STREAM),
    Case("redirect_home", None, 200, requests=2, arrived=2),
    Case("refused", "connect", arrived=0),
    Case("unreachable", "timeout", arrived=0, timed=True),
    Case("stall", "timeout", timed=True),
    Case("reset", "dropped"),
    Case("hangup", "dropped"),
    Case("drip", "timeout", 200, timed=True),
    Case("drip_head", "timeout", timed=True),
    Case("redirect", "redirect", 307),
    Case("html", None, 200, shapes=PLAIN),
    Case("html", "bad_body", 200, shapes=STREAM),
    Case("empty", None, 200, shapes=PLAIN),
    Case("empty", "bad_body", 200, shapes=STREAM),
    Case("json", "bad_body", 200, shapes=STREAM),
    Case("status_401", None, 401),
    Case("status_503", None, 503),
    Case("retry_after", None, 429),
    Case("error_drip", None, 429, timed=True),
    Case("cut", "dropped", 200, shapes=STREAM),
    Case("cut_clean", "truncated", 200, shapes=STREAM),
    Case("cut_reset", "dropped", 200, shapes=STREAM),
    Case("stall_mid", "timeout", 200, shapes=STREAM, timed=True),
    Case("pings", "timeout", 200, shapes=STREAM, timed=True),
    Case("error_event", None, 200, shapes=STREAM),
]
GOOD = {"ok", "gzip", "bytewise", "redirect_home"}
TABLE = [
    pytest.param(case, stream, id=f"{case.name}-{'stream' if stream else 'plain'}")
    for case in CASES
    for stream in case.shapes
]


def check(case: Case, outcome: Outcome) -> None:
    exchange = outcome.exchange
    assert (outcome.fault, exchange.status) == (case.fault, case.status)
    assert exchange.requests == case.requests
    assert (outcome.error is None) == (case.name in GOOD)
    if case.name in GOOD:
        assert outcome.text == TEXT
        assert exchange.ended is True
    if case.timed:
        assert TIMEOUT * 0.9 <= outcome.seconds <= TIMEOUT + SLACK
    if exchange.fault is not None:
        assert exchange.fault.answered == (case.status is not None)


@pytest.mark.parametrize(("case", "stream"), TABLE)
def test_fault_is_told_as_it_was(server: FaultServer, case: Case, stream: bool) -> None:
    def one(vendor: str) -> Outcome:
        return ask(server.url(vendor, case.name), vendor, stream=stream, timeout=case.timeout)

    with ThreadPoolExecutor(len(MODELS)) as pool:
        for outcome in pool.map(one, MODELS):
            check(case, outcome)
    assert len(server.requests) == case.arrived * len(MODELS)
    assert server.elsewhere.connections == 0


@pytest.mark.parametrize(("case", "stream"), TABLE)
async def test_fault_is_told_as_it_was_async(server: FaultServer, case: Case, stream: bool) -> None:
    def one(vendor: str) -> Awaitable[Outcome]:
        return aask(server.url(vendor, case.name), vendor, stream=stream, timeout=case.timeout)

    for outcome in await asyncio.gather(*map(one, MODELS)):
        check(case, outcome)
    assert len(server.requests) == case.arrived * len(MODELS)
    assert server.elsewhere.connections == 0


def check_deadline(outcome: Outcome) -> None:
    assert outcome.fault == "timeout"
    assert outcome.seconds <= DEADLINE + SLACK
    assert "word1 " in outcome.text, "each piece restarted the gap, so the deadline ended it"


@pytest.mark.parametrize("vendor", MODELS)
async def test_deadline_ends_a_stream_whose_content_never_ends(
    server: FaultServer, vendor: str
) -> None:
    url = server.url(vendor, "endless")
    check_deadline(await aask(url, vendor, stream=True, deadline=time.monotonic() + DEADLINE))
    check_deadline(ask(url, vendor, stream=True, deadline=time.monotonic() + DEADLINE))


@pytest.mark.parametrize("vendor", MODELS)
async def test_failure_keeps_headers_and_body(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "retry_after")
    for stream in (False, True):
        for outcome in (ask(url, vendor, stream=stream), await aask(url, vendor, stream=stream)):
            assert outcome.exchange.headers["retry-after"] == "1"
            assert outcome.exchange.body == error_body(vendor, 429)


@pytest.mark.parametrize("vendor", MODELS)
async def test_plain_answer_in_place_of_a_stream_is_kept(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "json")
    for outcome in (ask(url, vendor, stream=True), await aask(url, vendor, stream=True)):
        assert outcome.exchange.body == plain_answer(vendor)


@pytest.mark.parametrize("vendor", MODELS)
async def test_truncation_is_seen_behind_a_redirect(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "redirect_cut")
    for outcome in (ask(url, vendor, stream=True), await aask(url, vendor, stream=True)):
        assert outcome.fault == "truncated"
        assert outcome.exchange.requests == 2


@pytest.mark.parametrize("vendor", MODELS)
async def test_error_event_is_kept(server: FaultServer, vendor: str) -> None:
    url = server.url(vendor, "error_event")
    for outcome in (ask(url, vendor, stream=True), await aask(url, vendor, stream=True)):
        assert b"refused with 500" in outcome.exchange.body
        assert outcome.text
        assert outcome.text in TEXT


@pytest.mark.parametrize("vendor", MODELS)
async def test_drop_of_a_reused_connection_is_told_from_one_of_a_new_connection(
    server: FaultServer, vendor: str
) -> None:
    url = server.url(vendor, "idle_drop")
    for first, second in (
        (ask(url, vendor), ask(url, vendor)),
        (await aask(url, vendor), await aask(url, vendor)),
    ):
        assert first.text == TEXT
        assert second.fault == "dropped"
        assert second.exchange.fault is not None
        assert second.exchange.fault.reused
        assert not second.exchange.fault.answered
    for fresh in (
        ask(server.url(vendor, "hangup"), vendor),
        await aask(server.url(vendor, "hangup"), vendor),
    ):
        assert fresh.exchange.fault is not None
        assert not fresh.exchange.fault.reused
