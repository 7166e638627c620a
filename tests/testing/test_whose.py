"""Whose cassette answers: the provider's, else the context's, else the only one that is open."""

from __future__ import annotations

import asyncio
import contextvars
import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.testing import Cassette, CassetteError, CassetteMiss, use_cassette
from abstractllm_lite.testing.form import load
from tests.native_provider import Native
from tests.support.litellms import closing
from tests.support.loopback import Loopback, Reply, Request, sse
from tests.support.vendors import VENDORS

routes = pytest.mark.parametrize("route", ["direct", "litellm"])


@pytest.fixture
def counting(loopback: Loopback) -> Iterator[Loopback]:
    """A server whose answers repeat what was asked, with the number of the request."""

    def answer(request: Request) -> Reply:
        asked = request.json["messages"][-1]["content"]
        return VENDORS["openai"].says(f"{asked} {len(loopback.requests)}")(request)

    loopback.reply = answer
    return loopback


def model(server: Loopback, route: str = "direct", **more: Any) -> Any:
    return create_llm(
        "litellm",
        model="openai/gpt-4o-mini",
        api_key="key-of-the-test",
        base_url=server.url + "/v1",
        transport=route,
        max_retries=0,
        **more,
    )


def asked(path: Path) -> list[str]:
    """The prompts in a file, in its order."""
    recorded = load(path.read_text("utf-8"))["interactions"]
    return [each["request"]["body"]["json"]["messages"][-1]["content"] for each in recorded]


def in_a_thread(work: Callable[[], Any]) -> Any:
    """What the work gives in a thread that was started without a context."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(work).result()


@routes
def test_a_bound_cassette_answers_its_provider_and_no_other(
    route: str, counting: Loopback, tmp_path: Path
) -> None:
    bound, other = model(counting, route), model(counting, route)
    with use_cassette(tmp_path / "a.yaml", bound, record="once") as cassette:
        bound.generate("mine")
        assert str(other.generate("theirs")) == "theirs 2"
    assert asked(tmp_path / "a.yaml") == ["mine"]
    with use_cassette(tmp_path / "a.yaml", bound) as cassette:
        assert str(bound.generate("mine")) == "mine 1"
        assert str(other.generate("mine")) == "mine 3"
    assert cassette.hits == 1
    assert str(bound.generate("mine")) == "mine 4"


@routes
def test_a_bound_cassette_goes_before_the_contexts(
    route: str, counting: Loopback, tmp_path: Path
) -> None:
    bound, other = model(counting, route), model(counting, route)
    with (
        use_cassette(tmp_path / "bound.yaml", bound, record="once"),
        use_cassette(tmp_path / "context.yaml", record="once"),
    ):
        bound.generate("mine")
        other.generate("theirs")
    assert asked(tmp_path / "bound.yaml") == ["mine"]
    assert asked(tmp_path / "context.yaml") == ["theirs"]


def test_of_two_that_are_bound_to_one_provider_the_inner_one_answers(
    counting: Loopback, tmp_path: Path
) -> None:
    llm = model(counting)
    with use_cassette(tmp_path / "outer.yaml", llm, record="once"):
        with use_cassette(tmp_path / "inner.yaml", llm, record="once"):
            llm.generate("inner")
        llm.generate("outer")
    assert asked(tmp_path / "inner.yaml") == ["inner"]
    assert asked(tmp_path / "outer.yaml") == ["outer"]


def test_one_cassette_binds_to_several_providers(counting: Loopback, tmp_path: Path) -> None:
    one, two = model(counting), model(counting)
    with use_cassette(tmp_path / "a.yaml", one, two, record="once"):
        one.generate("one")
        in_a_thread(lambda: two.generate("two"))
    assert asked(tmp_path / "a.yaml") == ["one", "two"]


@pytest.mark.parametrize("again", [copy.copy, lambda llm: pickle.loads(pickle.dumps(llm))])
def test_a_copy_of_a_provider_is_not_bound(
    again: Callable[[Any], Any], counting: Loopback, tmp_path: Path
) -> None:
    llm = model(counting)
    with use_cassette(tmp_path / "a.yaml", llm, record="once") as cassette:
        again(llm).generate("a copy's")
    assert cassette.live == []


def test_a_provider_that_cannot_be_bound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CassetteError, match="not to a Native; without it"):
        use_cassette(tmp_path / "a.yaml", Native({}))


@routes
def test_two_threads_that_record_at_once_keep_their_cassettes_apart(
    route: str, counting: Loopback, tmp_path: Path
) -> None:
    both_open, many = threading.Barrier(2), 10

    def record(name: str) -> None:
        llm = model(counting, route)
        with use_cassette(tmp_path / f"{name}.yaml", record="once"):
            both_open.wait(20)
            for number in range(many):
                llm.generate(f"{name} {number}")
            both_open.wait(20)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(record, ("left", "right")))
    for name in ("left", "right"):
        assert asked(tmp_path / f"{name}.yaml") == [f"{name} {n}" for n in range(many)]
    assert len(counting.requests) == 2 * many


def test_two_threads_that_record_with_other_clients_keep_them_apart_too(
    counting: Loopback, tmp_path: Path
) -> None:
    both_open = threading.Barrier(2)

    def record(name: str) -> None:
        body = {"messages": [{"content": name}]}
        with use_cassette(tmp_path / f"{name}.yaml", record="once"):
            both_open.wait(20)
            httpx.post(counting.url, json=body, verify=False)
            both_open.wait(20)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(record, ("left", "right")))
    assert asked(tmp_path / "left.yaml") == ["left"]
    assert asked(tmp_path / "right.yaml") == ["right"]


@routes
async def test_two_tasks_that_record_at_once_keep_their_cassettes_apart(
    route: str, counting: Loopback, tmp_path: Path
) -> None:
    async def record(name: str) -> None:
        llm = model(counting, route)
        async with use_cassette(tmp_path / f"{name}.yaml", record="once"):
            for number in range(5):
                await llm.generate_async(f"{name} {number}")

    await asyncio.gather(*map(record, ("left", "right", "middle")))
    for name in ("left", "right", "middle"):
        assert asked(tmp_path / f"{name}.yaml") == [f"{name} {number}" for number in range(5)]


def test_a_plain_thread_is_served_by_the_only_cassette(counting: Loopback, tmp_path: Path) -> None:
    llm = model(counting)
    with use_cassette(tmp_path / "a.yaml", record="once"):
        in_a_thread(lambda: llm.generate("from a thread"))
    assert asked(tmp_path / "a.yaml") == ["from a thread"]


def test_a_plain_thread_with_several_to_choose_from_is_told_so_and_nothing_is_sent(
    counting: Loopback, tmp_path: Path
) -> None:
    llm, names = model(counting), ("one.yaml", "two.yaml")
    one, two = (use_cassette(tmp_path / name, record="new") for name in names)
    with one, two:
        with pytest.raises(CassetteError, match="several cassettes are open") as caught:
            in_a_thread(lambda: llm.generate("whose?"))
        with pytest.raises(Exception, match="several cassettes are open"):
            in_a_thread(lambda: httpx.post(counting.url, json={}, verify=False))
    assert not isinstance(caught.value, CassetteMiss)
    assert not caught.value.retryable
    assert all(str(tmp_path / name) in str(caught.value) for name in names)
    assert counting.requests == []


def test_a_thread_with_a_copied_context_is_served_by_its_own(
    counting: Loopback, tmp_path: Path
) -> None:
    llm = model(counting)
    with use_cassette(tmp_path / "outer.yaml", record="once"):
        context = contextvars.copy_context()
        with use_cassette(tmp_path / "inner.yaml", record="once"):
            in_a_thread(lambda: context.run(llm.generate, "outer"))
            llm.generate("inner")
    assert asked(tmp_path / "outer.yaml") == ["outer"]
    assert asked(tmp_path / "inner.yaml") == ["inner"]


async def test_a_task_that_outlives_its_cassette_reaches_the_network_again(
    counting: Loopback, tmp_path: Path
) -> None:
    llm, closed = model(counting), asyncio.Event()

    async def later() -> str:
        await closed.wait()
        return str(await llm.generate_async("later"))

    async with use_cassette(tmp_path / "a.yaml", record="once"):
        task = asyncio.create_task(later())
        await llm.generate_async("now")
    closed.set()
    assert await task == "later 2"
    assert asked(tmp_path / "a.yaml") == ["now"]


def test_a_call_that_outlives_its_cassette_is_not_sent(counting: Loopback, tmp_path: Path) -> None:
    llm = model(counting, timeout=20)
    llm.set_config(max_retries=1)
    cassette = use_cassette(tmp_path / "a.yaml", record="new")

    def close_and_fail(request: Request) -> Reply:
        cassette.__exit__(None, None, None)
        return Reply({}, status=503, headers={"retry-after": "0"})

    counting.reply = close_and_fail
    cassette.__enter__()
    with pytest.raises(CassetteError, match="was closed before a call in it had ended"):
        llm.generate("q")
    assert len(counting.requests) == 1


def test_a_cassette_may_be_closed_in_another_context(counting: Loopback, tmp_path: Path) -> None:
    """Generators of fixtures and cells of notebooks do that."""
    llm, cassette = model(counting), use_cassette(tmp_path / "a.yaml", record="once")
    contextvars.copy_context().run(cassette.__enter__)
    llm.generate("within")
    contextvars.copy_context().run(cassette.__exit__, None, None, None)
    assert str(llm.generate("after")) == "after 2"
    assert asked(tmp_path / "a.yaml") == ["within"]


@routes
def test_cassettes_that_overlap_end_in_any_order(
    route: str, counting: Loopback, tmp_path: Path
) -> None:
    first, second = (use_cassette(tmp_path / f"{n}.yaml", record="once") for n in (1, 2))
    llm = model(counting, route)
    first.__enter__()
    second.__enter__()
    llm.generate("second")
    first.__exit__(None, None, None)
    llm.generate("second again")
    second.__exit__(None, None, None)
    assert str(llm.generate("after")) == "after 3"
    assert asked(tmp_path / "2.yaml") == ["second", "second again"]
    assert not (tmp_path / "1.yaml").exists()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_vendor_that_litellm_reaches_alone_finds_the_cassette_of_its_provider(
    stream: bool, counting: Loopback, tmp_path: Path
) -> None:
    answer = {
        "id": "1",
        "finish_reason": "COMPLETE",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
        "usage": {"tokens": {"input_tokens": 1, "output_tokens": 1}},
    }
    events = [
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": "Hi"}}}},
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}},
    ]
    counting.reply = sse(*events, named=True, done=False) if stream else Reply(answer)
    llm = create_llm(
        "litellm",
        model="cohere_chat/command-r",
        api_key="k" * 20,
        base_url=counting.url + "/v2/chat",
    )

    async def say(how: Cassette) -> list[str]:
        async with how:
            if not stream:
                return [str(llm.generate("q")), str(await llm.generate_async("q"))]
            pieces = [piece async for piece in llm.generate_async("q", stream=True)]
            return ["".join(llm.generate("q", stream=True)), "".join(pieces)]

    path = tmp_path / "a.yaml"
    with use_cassette(tmp_path / "other.yaml", record="new") as other:
        assert await closing(say(use_cassette(path, llm, record="once"))) == ["Hi", "Hi"]
        assert await say(use_cassette(path, llm)) == ["Hi", "Hi"]
    assert other.live == []
    assert len(counting.requests) == 2
