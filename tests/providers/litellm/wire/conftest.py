"""litellm called over the wire, as the door does it, against the server of faults."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.loading import load
from tests.support.faults import FaultServer, fault_server

MODELS = {
    "openai": "openai/gpt-4-turbo",  # litellm brings this one's tokenizer along
    "anthropic": "anthropic/claude-3-5-haiku-20241022",
    "gemini": "gemini/gemini-2.0-flash",
}
AMPLE = 20.0  # seconds, for attempts that are not about time


@dataclass
class Outcome:
    """What one attempt came to."""

    exchange: wire.Exchange
    text: str = ""
    error: Exception | None = None
    seconds: float = 0.0

    @property
    def fault(self) -> str | None:
        """The kind of the recorded fault."""
        return self.exchange.fault and self.exchange.fault.kind


@pytest.fixture(scope="session", autouse=True)
def litellm() -> Any:
    """litellm, loaded and warmed up, so that its first call's cost is nobody's lateness."""
    loaded = load()
    # In a thread: in the main one litellm leaves an event loop behind.
    with fault_server() as server, ThreadPoolExecutor(1) as pool:
        pool.submit(_warm_up, server).result()
    return loaded


def _warm_up(server: FaultServer) -> None:
    for vendor in MODELS:
        for stream in (False, True):
            ask(server.url(vendor, "ok"), vendor, stream=stream)
            asyncio.run(aask(server.url(vendor, "ok"), vendor, stream=stream))
    wire.close_all()


@pytest.fixture
def server() -> Iterator[FaultServer]:
    """A server of faults."""
    with fault_server() as running:
        yield running


@pytest.fixture(autouse=True)
def _no_connection_left() -> Iterator[None]:
    yield
    wire.close_all()


def arguments(url: str, vendor: str, exchange: wire.Exchange, *, is_async: bool) -> dict[str, Any]:
    """What the door gives to litellm."""
    made = wire.client_for(
        vendor,
        exchange=exchange,
        is_async=is_async,
        model=MODELS[vendor],
        api_key="sk-test",
        base_url=url,
    )
    return {
        "model": MODELS[vendor],
        "messages": [{"role": "user", "content": "Greet me"}],
        "api_key": "sk-test",
        "api_base": url,
        "timeout": exchange.timeout,
        "max_retries": 0,
        "stream": exchange.stream,
        "client": made,
        "_skip_mcp_handler": True,
    }


def ask(
    url: str,
    vendor: str,
    *,
    stream: bool = False,
    timeout: float = AMPLE,
    deadline: float | None = None,
) -> Outcome:
    """One sync attempt, read to its end."""
    outcome = Outcome(wire.Exchange(timeout, deadline, stream))
    start = time.monotonic()
    try:
        answer = load().completion(**arguments(url, vendor, outcome.exchange, is_async=False))
        for text in _texts(answer) if stream else [answer.choices[0].message.content]:
            outcome.exchange.pulse()
            outcome.text += text
    except Exception as error:
        outcome.error = error
    outcome.exchange.release(finished=outcome.error is None)
    outcome.seconds = time.monotonic() - start
    return outcome


async def aask(
    url: str,
    vendor: str,
    *,
    stream: bool = False,
    timeout: float = AMPLE,
    deadline: float | None = None,
) -> Outcome:
    """One async attempt, read to its end."""
    outcome = Outcome(wire.Exchange(timeout, deadline, stream))
    start = time.monotonic()
    try:
        answer = await load().acompletion(**arguments(url, vendor, outcome.exchange, is_async=True))
        if stream:
            async for text in _atexts(answer):
                outcome.exchange.pulse()
                outcome.text += text
        else:
            outcome.text = answer.choices[0].message.content
    except Exception as error:
        outcome.error = error
    await outcome.exchange.arelease(finished=outcome.error is None)
    outcome.seconds = time.monotonic() - start
    return outcome


def _texts(answer: Any) -> Iterator[str]:
    for chunk in answer:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content


async def _atexts(answer: Any) -> AsyncIterator[str]:
    async for chunk in answer:
        if chunk.choices and chunk.choices[0].delta.content:
            yield chunk.choices[0].delta.content
