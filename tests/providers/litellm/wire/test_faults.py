"""What the wire's record keeps of a fault, through litellm, for three vendors, sync and async."""

from __future__ import annotations

import pytest

from tests.support.faults import TEXT, FaultServer, error_body, plain_answer

from .conftest import MODELS, aask, ask


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
