"""One object serves many at once, some of whose calls fail: each gets what it alone asked for.

The address decides the fault, and it is an option of the call; so are key, model text and limits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS, Vendor

from .table import ROUTES

TASKS, THREADS, LOOPS, LOOPS_IN_TURN = 200, 32, 8, 60

# What befalls a call, by its number.
MIXED: tuple[type[e.AbstractLLMError] | None, ...] = (
    None,
    e.RateLimitError,
    None,
    e.AuthenticationError,
    e.ProviderAPIError,
    e.GenerationError,
    None,
    e.ProviderConnectionError,
)
STATUSES = {e.RateLimitError: 429, e.AuthenticationError: 401, e.ProviderAPIError: 503}


def expected(number: int) -> type[e.AbstractLLMError] | None:
    """The class that call number so-and-so must end in; None for an answer."""
    return MIXED[number % len(MIXED)]


def streams(number: int) -> bool:
    """Whether the call streams; each fault befalls both kinds."""
    return bool(number // len(MIXED) % 2)


def answering(vendor: Vendor) -> Callable[[Request], Reply]:
    """A vendor that repeats the prompt, in its answer or in its error, and cuts some off."""

    def reply(request: Request) -> Reply:
        prompt = vendor.sent_texts(request)[-1][1]
        fault = expected(int(prompt.split()[-1]))
        if fault in STATUSES:
            return vendor.fails(STATUSES[fault], f"no to {prompt}.")
        if fault is e.GenerationError:
            return Reply("<html>")
        told = vendor.says(f"re: {prompt}")(request)
        return told if fault is None else replace(told, cut=True)

    return reply


def options(number: int) -> dict[str, Any]:
    """Arguments that no other call has."""
    return {
        "system_prompt": f"system {number}",
        "max_tokens": 1000 + number,
        "api_key": f"key-of-call-{number}",
        "stop": [f"stop-{number}"],
    }


@dataclass(frozen=True)
class Ended:
    """How one call ended."""

    number: int
    text: str | None
    error: e.AbstractLLMError | None


def ask(llm: Any, number: int) -> Ended:
    """Call number so-and-so."""
    try:
        streamed, given = streams(number), options(number)
        answer = llm.generate(f"prompt {number}", stream=streamed, **given)
        return Ended(number, "".join(answer), None)
    except e.AbstractLLMError as error:
        return Ended(number, None, error)


async def aask(llm: Any, number: int) -> Ended:
    """The same, awaited."""
    try:
        streamed, given = streams(number), options(number)
        answer = await llm.generate_async(f"prompt {number}", stream=streamed, **given)
        text = "".join([piece async for piece in answer]) if streamed else str(answer)
        return Ended(number, text, None)
    except e.AbstractLLMError as error:
        return Ended(number, None, error)


def check(vendor: Vendor, server: Loopback, ended: Iterable[Ended], count: int) -> None:
    """Each call ended in its own answer or fault; each request held its own call's options."""
    calls = sorted(ended, key=lambda each: each.number)
    assert [each.number for each in calls] == list(range(count))
    for each in calls:
        check_end(each)
    assert len(server.requests) == count
    for request in server.requests:
        check_request(vendor, request)


def check_end(each: Ended) -> None:
    """The call ended as its number says, in its own words."""
    kind = expected(each.number)
    if kind is None:
        assert (each.text, each.error) == (f"re: prompt {each.number}", None)
        return
    assert type(each.error) is kind
    if kind in STATUSES:
        assert f"no to prompt {each.number}." in str(each.error)


def check_request(vendor: Vendor, request: Request) -> None:
    """The request holds one call's options and nobody else's."""
    (_, system), (_, prompt) = vendor.sent_texts(request)
    number = prompt.removeprefix("prompt ")
    assert system == f"system {number}"
    headers = [value.removeprefix("Bearer ") for value in request.headers.values()]
    assert f"key-of-call-{number}" in headers
    assert f'"stop-{number}"' in request.body.decode()
    assert str(1000 + int(number)) in request.body.decode()


@pytest.fixture(params=ROUTES)
def route(request: pytest.FixtureRequest) -> str:
    """One of the two routes."""
    return str(request.param)


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """One of the three vendors."""
    return VENDORS[request.param]


@pytest.fixture
def llm(vendor: Vendor, route: str, loopback: Loopback) -> Any:
    """One provider, the object of all calls of a test."""
    loopback.reply = answering(vendor)
    made = create_llm("litellm", **vendor.config(loopback.url), transport=route)
    ask(made, 0)
    loopback.requests.clear()
    return made


def test_200_tasks(llm: Any, vendor: Vendor, loopback: Loopback) -> None:
    async def everyone() -> list[Ended]:
        return await asyncio.gather(*(aask(llm, n) for n in range(TASKS)))

    check(vendor, loopback, asyncio.run(everyone()), TASKS)


def test_32_threads(llm: Any, vendor: Vendor, loopback: Loopback) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        ended = pool.map(lambda n: ask(llm, n), range(2 * THREADS))

    check(vendor, loopback, ended, 2 * THREADS)


def test_8_threads_with_an_event_loop_each_at_once(
    llm: Any, vendor: Vendor, loopback: Loopback
) -> None:
    together = threading.Barrier(LOOPS)

    async def some(first: int) -> list[Ended]:
        together.wait(20)
        calls = (aask(llm, n) for n in range(first, 4 * LOOPS, LOOPS))
        return await asyncio.gather(*calls)

    with ThreadPoolExecutor(LOOPS) as pool:
        parts = list(pool.map(lambda first: asyncio.run(some(first)), range(LOOPS)))

    check(vendor, loopback, chain(*parts), 4 * LOOPS)


def test_60_event_loops_in_turn(llm: Any, vendor: Vendor, loopback: Loopback) -> None:
    ended = [asyncio.run(aask(llm, n)) for n in range(LOOPS_IN_TURN)]

    check(vendor, loopback, ended, LOOPS_IN_TURN)


def test_interleaved_streams(llm: Any, vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = lambda asked: vendor.says(f"re: {vendor.sent_texts(asked)[-1][1]}")(asked)
    streams = [llm.generate(f"prompt {n}", stream=True, **options(n)) for n in range(LOOPS)]

    pieces = [[next(stream)] for stream in streams]
    for told, stream in zip(pieces, streams, strict=True):
        told.extend(stream)

    assert ["".join(told) for told in pieces] == [f"re: prompt {n}" for n in range(LOOPS)]
    assert [str(stream.response) for stream in streams] == ["".join(told) for told in pieces]
    for request in loopback.requests:
        check_request(vendor, request)


def test_two_providers_with_different_keys_never_mix(
    vendor: Vendor, route: str, loopback: Loopback
) -> None:
    loopback.reply = vendor.says("ok")
    keys = ["key-of-the-first", "key-of-the-second"]
    config = {**vendor.config(loopback.url), "transport": route}
    llms = [create_llm("litellm", **config | {"api_key": key}) for key in keys]

    def one(number: int) -> None:
        llms[number % 2].generate(f"I am {keys[number % 2]}", stream=bool(number % 3))

    async def everyone() -> None:
        await asyncio.gather(
            *(llms[n % 2].generate_async(f"I am {keys[n % 2]}") for n in range(THREADS))
        )

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, range(2 * THREADS)))
    asyncio.run(everyone())

    assert len(loopback.requests) == 3 * THREADS
    for request in loopback.requests:
        said = vendor.sent_texts(request)[-1][1]
        sent = [key for key in keys if key in str(dict(request.headers))]
        assert [f"I am {key}" for key in sent] == [said]


def test_options_of_one_call_reach_only_that_call(
    llm: Any, vendor: Vendor, loopback: Loopback
) -> None:
    given = {**options(0), "temperature": 0.25, "extra_headers": {"x-of-one-call": "1"}}
    llm.generate("prompt 0", **given)
    llm.generate("prompt 0", system_prompt="system 0")

    first, second = loopback.requests
    assert "x-of-one-call" in first.headers
    assert "x-of-one-call" not in second.headers
    for trace in ("stop-0", "0.25", "key-of-call-0"):
        assert trace in first.body.decode() + str(dict(first.headers))
        assert trace not in second.body.decode() + str(dict(second.headers))
