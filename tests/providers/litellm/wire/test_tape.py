"""The seam for recorded answers: what a tape is asked, what it hears, and what it costs nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from abstractllm_lite.exceptions import AbstractLLMError
from abstractllm_lite.providers.litellm.wire import Exchange, tape
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.tape import Played, Unanswered
from tests.support.faults import FaultServer

both = pytest.mark.parametrize("is_async", [False, True])
JSON = (("content-type", "application/json"),)


@dataclass
class Heard:
    """Who records: what was heard of the answer."""

    url: str
    head: tuple[int, str] = (0, "")
    body: bytes = b""
    ends: list[bool] = field(default_factory=list)

    def begin(self, status: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        self.head = status, reason
        assert dict(headers)

    def feed(self, data: bytes) -> None:
        self.body += data

    def end(self, *, whole: bool) -> None:
        self.ends.append(whole)


@dataclass
class Fixed:
    """A tape that gives what it was made with."""

    gives: Any
    is_open: bool = True
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Any:
        self.asked.append((method, url, body))
        assert headers["user-agent"]
        if isinstance(self.gives, Exception):
            raise self.gives
        return self.gives

    def unseen(self, vendor: str, base_url: str | None) -> None:
        pass


async def post(url: str, exchange: Exchange, *, is_async: bool, body: bytes = b"{}") -> Any:
    client = http_client(exchange, is_async=is_async)
    answer = client.post(url, content=body)
    answer = await answer if is_async else answer
    await exchange.arelease() if is_async else exchange.release()
    return answer


@both
async def test_a_played_answer_needs_no_network(is_async: bool) -> None:
    fixed = Fixed(Played(200, "Fine", JSON, b'{"a": 1}'))
    exchange = Exchange(5.0, tape=fixed)
    answer = await post("https://vendor.invalid/v1", exchange, is_async=is_async, body=b"[1]")
    assert (answer.status_code, answer.reason_phrase, answer.json()) == (200, "Fine", {"a": 1})
    assert fixed.asked == [("POST", "https://vendor.invalid/v1", b"[1]")]
    assert (exchange.requests, exchange.status, exchange.content) == (1, 200, b'{"a": 1}')


@both
async def test_a_played_error_is_kept_as_any_other(is_async: bool) -> None:
    exchange = Exchange(5.0, tape=Fixed(Played(429, "", JSON, b'{"error": "slow"}')))
    answer = await post("https://vendor.invalid/v1", exchange, is_async=is_async)
    assert (answer.status_code, exchange.body) == (429, b'{"error": "slow"}')


@both
@pytest.mark.parametrize(
    ("end", "kind"), [(b"data: [DONE]\n\n", None), (b"", "truncated")], ids=["whole", "cut"]
)
async def test_a_played_stream_is_watched_for_its_end(
    end: bytes, kind: str | None, is_async: bool
) -> None:
    body = b'data: {"a": 1}\n\n' + end
    exchange = Exchange(5.0, stream=True, tape=Fixed(Played(200, "OK", JSON, body)))
    exchange.dialect = "sse"
    asked = post("https://v.invalid/", exchange, is_async=is_async, body=b'{"stream": true}')
    if kind is None:
        assert (await asked).content == body
    else:
        with pytest.raises(httpx.TransportError):
            await asked
    assert (exchange.fault and exchange.fault.kind) == kind


@both
async def test_what_is_unanswered_is_not_sent_and_is_remembered(is_async: bool) -> None:
    error = AbstractLLMError("no answer")
    exchange = Exchange(5.0, tape=Fixed(Unanswered(error)))
    with pytest.raises(Unanswered, match="no answer"):
        await post("https://vendor.invalid/v1", exchange, is_async=is_async)
    assert exchange.unanswered is error
    assert (exchange.requests, exchange.fault) == (0, None)


@both
async def test_who_records_hears_the_bytes_and_the_end(is_async: bool, server: FaultServer) -> None:
    heard = Heard(server.url("openai", "ok") + "/chat/completions")
    exchange = Exchange(5.0, tape=Fixed(heard))
    answer = await post("https://vendor.invalid/v1", exchange, is_async=is_async)
    assert heard.head[0] == answer.status_code == 200
    assert heard.body == answer.content
    assert heard.ends == [True]


@both
async def test_a_tape_may_let_a_request_pass(is_async: bool, server: FaultServer) -> None:
    url = server.url("openai", "ok") + "/chat/completions"
    fixed = Fixed(None)
    answer = await post(url, Exchange(5.0, tape=fixed), is_async=is_async)
    assert answer.status_code == 200
    assert len(fixed.asked) == 1


@both
async def test_a_request_beyond_what_is_allowed_uses_no_answer_up(is_async: bool) -> None:
    fixed = Fixed(Played(200, "OK", JSON, b"{}"))
    exchange = Exchange(5.0, tape=fixed)
    client = http_client(exchange, is_async=is_async)
    for allowed in (True, False):
        try:
            answer = client.get("https://vendor.invalid/")
            answer = await answer if is_async else answer
        except httpx.TransportError:
            assert not allowed
    assert len(fixed.asked) == 1
    await exchange.arelease() if is_async else exchange.release()


def test_the_providers_tape_goes_before_the_contexts_and_that_before_everyones() -> None:
    class Provider:
        pass

    provider = Provider()
    bound, within, everyones = (Fixed(None) for _ in range(3))
    before = tape.here()
    tape.bind(bound, provider)
    tape.enter(within)
    tape.give_everyone(everyones)
    try:
        assert tape.tape_of(provider) is bound
        assert tape.tape_of(Provider()) is tape.here() is within
        bound.is_open = within.is_open = False
        assert tape.tape_of(provider) is everyones
        with tape.within(None), tape.within(bound):
            bound.is_open = True
            assert tape.here() is bound
        assert tape.here() is everyones
    finally:
        tape.unbind(bound, provider)
        tape.leave(within)
        tape.give_everyone(before)
    assert tape.tape_of(provider) is before
