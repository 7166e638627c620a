"""One object serves many at once: nothing of one call is seen by another."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from abstractllm_lite import create_llm
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import Vendor

TASKS = 200
THREADS = 32


def echo(vendor: Vendor) -> Any:
    """The vendor repeats the last message, so that an answer shows whose it is."""

    def reply(request: Request) -> Reply:
        return vendor.says(f"re: {vendor.sent_texts(request)[-1][1]}")(request)

    return reply


def arguments(number: int) -> dict[str, Any]:
    """Arguments that no other call has."""
    return {
        "system_prompt": f"system {number}",
        "max_tokens": 100 + number,
        "api_key": f"key-of-call-{number}",
        "stop": [f"stop-{number}"],
    }


def check(vendor: Vendor, loopback: Loopback, answers: list[str]) -> None:
    """Each answer is its own call's, and each request carried that call's arguments alone."""
    assert answers == [f"re: prompt {n}" for n in range(len(answers))]
    assert len(loopback.requests) == len(answers)
    for request in loopback.requests:
        (_, system), (_, prompt) = vendor.sent_texts(request)
        number = int(prompt.removeprefix("prompt "))
        body = request.body.decode()
        assert system == f"system {number}"
        assert f"key-of-call-{number}" in str(dict(request.headers)).replace("'", " ").split(" ")
        assert f'"stop-{number}"' in body
        assert str(100 + number) in body


def test_tasks_do_not_see_each_other(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = echo(vendor)
    llm = create_llm("litellm", **vendor.config(loopback.url))

    async def everyone() -> list[str]:
        calls = (llm.generate_async(f"prompt {n}", **arguments(n)) for n in range(TASKS))
        return await asyncio.gather(*calls)

    check(vendor, loopback, asyncio.run(everyone()))


def test_threads_do_not_see_each_other(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = echo(vendor)
    llm = create_llm("litellm", **vendor.config(loopback.url))

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(
            pool.map(lambda n: llm.generate(f"prompt {n}", **arguments(n)), range(4 * THREADS))
        )

    check(vendor, loopback, answers)


def test_interleaved_streams_do_not_see_each_other(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = echo(vendor)
    llm = create_llm("litellm", **vendor.config(loopback.url))

    streams = [llm.generate(f"prompt {n}", stream=True, **arguments(n)) for n in range(8)]
    pieces: list[list[str]] = [[] for _ in streams]
    waiting = list(zip(streams, pieces, strict=True))
    while waiting:
        waiting = [(s, p) for s, p in waiting if _took_one(s, p)]

    check(vendor, loopback, ["".join(parts) for parts in pieces])
    assert [str(stream.response) for stream in streams] == ["".join(parts) for parts in pieces]


def _took_one(stream: Any, pieces: list[str]) -> bool:
    piece = next(stream, None)
    pieces.extend([] if piece is None else [piece])
    return piece is not None


def test_streamed_tasks_do_not_see_each_other(vendor: Vendor, loopback: Loopback) -> None:
    loopback.reply = echo(vendor)
    llm = create_llm("litellm", **vendor.config(loopback.url))

    async def one(number: int) -> str:
        stream = llm.generate_async(f"prompt {number}", stream=True, **arguments(number))
        return "".join([piece async for piece in stream])

    async def everyone() -> list[str]:
        return await asyncio.gather(*(one(n) for n in range(50)))

    check(vendor, loopback, asyncio.run(everyone()))


@pytest.mark.parametrize("streamed", [False, True])
def test_event_loops_of_several_threads_share_one_object(
    streamed: bool, vendor: Vendor, loopback: Loopback
) -> None:
    loopback.reply = echo(vendor)
    llm = create_llm("litellm", **vendor.config(loopback.url))

    async def one(number: int) -> str:
        answer = await llm.generate_async(f"prompt {number}", stream=streamed, **arguments(number))
        return "".join([piece async for piece in answer]) if streamed else answer

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: asyncio.run(one(n)), range(24)))

    check(vendor, loopback, answers)
