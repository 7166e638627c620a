"""Where litellm ignores the client that it was given, nothing is lost without a word."""

from __future__ import annotations

import json
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from abstractllm_lite.providers.litellm.bypass import Noticing
from abstractllm_lite.providers.litellm.call import Attempt, Call, Clock
from abstractllm_lite.providers.litellm.loading import load
from abstractllm_lite.providers.litellm.wire.vendors import FAMILIES
from tests.contract.conftest import Ask
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import Vendor

WORD = "litellm's own connection carried this call"
PLAIN = {
    "id": "c",
    "finish_reason": "COMPLETE",
    "message": {"role": "assistant", "content": [{"type": "text", "text": "hi"}]},
    "usage": {"tokens": {"input_tokens": 3, "output_tokens": 2}},
}
EVENTS = (
    {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "hi"}}}},
    {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
)


@pytest.fixture
def bypassing(monkeypatch: pytest.MonkeyPatch, loopback: Loopback) -> Any:
    """A vendor that is listed as one that takes our client, and does not."""
    monkeypatch.setitem(FAMILIES, "cohere_chat", "handler")
    loopback.reply = _answered
    url = f"{loopback.url}/v2/chat"
    model = "cohere_chat/command-a-03-2025"
    return create_llm("litellm", model=model, base_url=url, api_key="k" * 20, max_retries=0)


def _answered(request: Request) -> Reply:
    return sse(*EVENTS) if json.loads(request.body).get("stream") else Reply(PLAIN)


def test_an_answer_warns_once(bypassing: Any, ask: Ask) -> None:
    response = ask(bypassing, "hi")

    assert response == "hi"
    assert [said for said in response.warnings if WORD in said] == list(response.warnings)
    assert len(response.warnings) == 1


def test_an_error_keeps_its_status_and_when_to_try_again(
    bypassing: Any, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = Reply({"message": "slow"}, status=429, headers={"retry-after": "3600"})

    with pytest.raises(e.RateLimitError) as caught:
        ask(bypassing, "hi")

    assert (caught.value.status_code, caught.value.retry_after) == (429, 3600.0)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_lost_connection_gets_no_status_that_litellm_makes_up(mode: str, bypassing: Any) -> None:
    with pytest.raises(e.ProviderConnectionError) as caught:
        Ask(mode)(bypassing, "hi", base_url="http://127.0.0.1:9/v2/chat")

    assert (caught.value.retryable, caught.value.status_code) == (True, None)


def test_an_answer_that_nobody_sent_is_no_bypass(
    openai: Vendor, ask: Ask, loopback: Loopback
) -> None:
    llm = create_llm("litellm", **openai.config(loopback.url, transport="litellm"))

    response = ask(llm, "hi", mock_response="made up")

    assert (response, response.warnings) == ("made up", ())
    assert loopback.requests == []


def test_an_answer_over_our_wire_has_no_such_warning(
    vendor: Vendor, ask: Ask, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("hi")
    llm = create_llm("litellm", **vendor.config(loopback.url, transport="litellm"))

    assert ask(llm, "hi").warnings == ()


def test_an_answer_that_litellms_cache_may_have_given_is_no_bypass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    for cache in (None, object()):
        monkeypatch.setattr(load(), "cache", cache)
        attempt = Attempt(Call("openai", "m", "openai/m", []), Clock(None), 1)
        attempt.wired = True
        with Noticing(attempt):
            pass
        told.append((attempt.bypassed, attempt.wired))

    assert told == [(True, False), (False, True)]
