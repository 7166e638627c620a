"""A conversation with a vendor, recorded once through a stand-in, is replayed in all four ways."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.testing import CassetteMiss, use_cassette
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS

QUESTION = "What do we know?"
ANSWER = "Nothing, ünless it is recorded 🌍."
ADDRESSES = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "gemini": "https://generativelanguage.googleapis.com/v1beta",
}
Ask = Callable[[Any, str], Awaitable[Any]]


async def plain(llm: Any, question: str) -> Any:
    return llm.generate(question)


async def stream(llm: Any, question: str) -> Any:
    chunks = llm.generate(question, stream=True)
    assert "".join(chunks) == ANSWER
    return chunks.response


async def plain_async(llm: Any, question: str) -> Any:
    return await llm.generate_async(question)


async def stream_async(llm: Any, question: str) -> Any:
    chunks = llm.generate_async(question, stream=True)
    assert "".join([chunk async for chunk in chunks]) == ANSWER
    return chunks.response


WAYS: dict[str, Ask] = {
    "plain": plain,
    "stream": stream,
    "plain_async": plain_async,
    "stream_async": stream_async,
}
every_vendor = pytest.mark.parametrize("vendor", VENDORS)
every_way = pytest.mark.parametrize("way", WAYS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassette.yaml"


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it to refuse every connection from then on, loopback included."""

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("no sockets while replaying")

    def start() -> None:
        monkeypatch.setattr(socket.socket, "connect", refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)

    return start


def model(vendor: str, key: str = "replayed") -> Any:
    settings = {"model": VENDORS[vendor].model, "max_tokens": 50, "max_retries": 2}
    return create_llm("litellm", api_key=key, **settings)


async def record(vendor: str, way: str, path: Path) -> Any:
    with Loopback() as server:
        server.reply = VENDORS[vendor].says(ANSWER, usage=(12, 8))
        via = {ADDRESSES[vendor]: server.url}
        async with use_cassette(path, record="once", record_via=via, stand_in="loopback 1"):
            response = await WAYS[way](model(vendor, "the-key-that-recorded"), QUESTION)
        assert len(server.requests) == 1
    return response


@every_vendor
@every_way
async def test_what_was_recorded_is_replayed_with_no_socket_at_all(
    vendor: str, way: str, path: Path, no_sockets: Callable[[], None]
) -> None:
    recorded = await record(vendor, way, path)
    no_sockets()
    async with use_cassette(path) as cassette:
        replayed = await WAYS[way](model(vendor), QUESTION)
    assert cassette.unused == []
    for response in (recorded, replayed):
        assert response == ANSWER
        assert (response.usage["input_tokens"], response.usage["output_tokens"]) == (12, 8)
        assert response.finish_reason == "stop"
    assert recorded.cost == replayed.cost is not None
    uris = {interaction["request"]["uri"] for interaction in cassette.interactions}
    assert all(uri.startswith(f"{ADDRESSES[vendor]}/") for uri in uris)


@every_vendor
@pytest.mark.parametrize(
    ("recorded", "replayed"),
    [
        ("plain", "plain_async"),
        ("plain_async", "plain"),
        ("stream", "stream_async"),
        ("stream_async", "stream"),
    ],
)
async def test_one_recording_serves_sync_and_async(
    vendor: str, recorded: str, replayed: str, path: Path, no_sockets: Callable[[], None]
) -> None:
    await record(vendor, recorded, path)
    no_sockets()
    async with use_cassette(path):
        assert await WAYS[replayed](model(vendor), QUESTION) == ANSWER


@every_vendor
@every_way
async def test_a_miss_is_told_as_such_and_not_tried_again(
    vendor: str, way: str, path: Path, no_sockets: Callable[[], None]
) -> None:
    await record(vendor, way, path)
    no_sockets()
    async with use_cassette(path) as cassette:
        with pytest.raises(CassetteMiss, match="What do we not know") as caught:
            await WAYS[way](model(vendor), "What do we not know?")
    assert caught.value.attempts == 1
    assert not caught.value.retryable
    assert caught.value.__cause__ is None
    assert str(path) in str(caught.value)
    assert len(cassette.unused) == 1


@every_vendor
def test_the_key_that_recorded_is_not_in_the_file(vendor: str, path: Path) -> None:
    asyncio.run(record(vendor, "plain", path))
    assert "the-key-that-recorded" not in path.read_text("utf-8")


@every_vendor
async def test_an_error_of_the_vendor_is_replayed_with_its_retries(
    vendor: str, path: Path, no_sockets: Callable[[], None]
) -> None:
    says = VENDORS[vendor]
    with Loopback() as server:
        server.queue(says.fails(503, "busy", headers={"retry-after": "0"}), says.says(ANSWER))
        via = {ADDRESSES[vendor]: server.url}
        with use_cassette(path, record="once", record_via=via):
            assert model(vendor).generate(QUESTION) == ANSWER
        assert len(server.requests) == 2
    no_sockets()
    with use_cassette(path) as cassette:
        assert model(vendor).generate(QUESTION).attempts == 2
    assert cassette.unused == []


def test_every_vendor_of_the_tests_has_an_address() -> None:
    assert ADDRESSES.keys() == VENDORS.keys()
