"""A stream that is recorded flows as any other, and only what came whole is kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.exceptions import AbstractLLMError, ProviderConnectionError
from abstractllm_lite.testing import CassetteWarning, use_cassette
from abstractllm_lite.testing.form import load
from tests.support.loopback import Loopback, Reply, sse
from tests.support.vendors import VENDORS

TEXT = "one two three four five"
routes = pytest.mark.parametrize("route", ["direct", "litellm"])
every_vendor = pytest.mark.parametrize("vendor", VENDORS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cassette.yaml"


def model(server: Loopback, vendor: str, route: str) -> Any:
    settings = VENDORS[vendor].config(server.url)
    return create_llm("litellm", **{**settings, "transport": route, "max_retries": 0})


@contextmanager
def unrecorded(path: Path) -> Iterator[None]:
    """Within, recording into the file warns that it lacks an answer, and leaves it alone."""
    with pytest.warns(CassetteWarning, match="not recorded, for the answer was not read to its"):
        yield
    assert not path.exists()


def recorded(path: Path) -> list[dict[str, Any]]:
    return load(path.read_text("utf-8"))["interactions"]


@routes
@every_vendor
def test_pieces_come_while_the_vendor_still_speaks(
    vendor: str, route: str, loopback: Loopback, path: Path
) -> None:
    loopback.reply = VENDORS[vendor].says(TEXT, hold=True)
    llm = model(loopback, vendor, route)
    with unrecorded(path), use_cassette(path, record="once") as cassette:
        stream = llm.generate("q", stream=True)
        assert next(stream) == "one"  # the server waits for us to hang up, and never ends
        stream.close()
    assert loopback.hung_up()
    assert len(cassette.broken) == 1


@routes
@every_vendor
async def test_pieces_come_at_once_in_async_code_too(
    vendor: str, route: str, loopback: Loopback, path: Path
) -> None:
    loopback.reply = VENDORS[vendor].says(TEXT, hold=True)
    llm = model(loopback, vendor, route)
    with unrecorded(path), use_cassette(path, record="once"):
        stream = llm.generate_async("q", stream=True)
        assert await anext(stream) == "one"
        await stream.aclose()


@routes
@every_vendor
@pytest.mark.parametrize("way", ["sync", "async"])
async def test_a_stream_that_broke_is_told_and_not_recorded(
    vendor: str, route: str, way: str, loopback: Loopback, path: Path
) -> None:
    whole = VENDORS[vendor].says(TEXT)

    def cut(request: Any) -> Reply:
        reply = whole(request)
        return Reply(reply.content, headers=reply.headers, cut=True)

    loopback.reply = cut
    llm = model(loopback, vendor, route)
    with pytest.raises(ProviderConnectionError), use_cassette(path, record="once") as cassette:
        if way == "sync":
            list(llm.generate("q", stream=True))
        else:
            [piece async for piece in llm.generate_async("q", stream=True)]
    assert list(path.parent.iterdir()) == []
    assert len(cassette.broken) == 1


@routes
@every_vendor
def test_a_stream_without_its_vendors_end_is_not_recorded(
    vendor: str, route: str, loopback: Loopback, path: Path
) -> None:
    whole = VENDORS[vendor].says(TEXT)

    def ended_early(request: Any) -> Reply:
        reply = whole(request)
        events = reply.content.split(b"\n\n")
        return Reply(b"\n\n".join(events[:3]) + b"\n\n", headers=reply.headers)

    loopback.reply = ended_early
    llm = model(loopback, vendor, route)
    with pytest.raises(AbstractLLMError), use_cassette(path, record="once"):
        list(llm.generate("q", stream=True))
    assert not path.exists()


@routes
@every_vendor
def test_a_cut_plain_answer_is_not_recorded(
    vendor: str, route: str, loopback: Loopback, path: Path
) -> None:
    whole = VENDORS[vendor].says(TEXT)
    loopback.reply = lambda request: Reply(whole(request).body, cut=True)
    llm = model(loopback, vendor, route)
    with pytest.raises(ProviderConnectionError), use_cassette(path, record="once") as cassette:
        llm.generate("q")
    assert not path.exists()
    assert len(cassette.live) == 1


@routes
def test_what_follows_the_vendors_end_mark_is_recorded_though_nobody_reads_it(
    route: str, loopback: Loopback, path: Path
) -> None:
    loopback.reply = VENDORS["openai"].says(TEXT)
    llm = model(loopback, "openai", route)
    with use_cassette(path, record="once"):
        assert "".join(llm.generate("q", stream=True)) == TEXT
    assert recorded(path)[0]["response"]["body"]["text"].endswith("data: [DONE]\n\n")


@routes
@pytest.mark.parametrize("way", ["sync", "async"])
async def test_an_error_that_the_vendor_told_in_its_stream_is_recorded(
    route: str, way: str, loopback: Loopback, path: Path
) -> None:
    event = {"error": {"message": "The model is overloaded.", "type": "server_error"}}
    loopback.reply = sse(event, done=False)
    llm = model(loopback, "openai", route)

    async def fail() -> str:
        with pytest.raises(AbstractLLMError) as caught:
            if way == "sync":
                list(llm.generate("q", stream=True))
            else:
                [piece async for piece in llm.generate_async("q", stream=True)]
        return f"{type(caught.value).__name__}: {caught.value}"

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with use_cassette(path, record="once"):
            first = await fail()
    assert "overloaded" in first
    with use_cassette(path) as cassette:
        assert await fail() == first
    assert cassette.unused == []
    assert len(loopback.requests) == 1


@routes
@every_vendor
def test_a_replayed_stream_is_checked_like_any_other(
    vendor: str, route: str, loopback: Loopback, path: Path
) -> None:
    """What a person cut out of the file is missed as it would be on the wire."""
    loopback.reply = VENDORS[vendor].says(TEXT)
    llm = model(loopback, vendor, route)
    with use_cassette(path, record="once"):
        list(llm.generate("q", stream=True))
    lines = path.read_text("utf-8").splitlines(keepends=True)
    body = next(number for number, line in enumerate(lines) if "text: |" in line)
    path.write_text("".join(lines[: body + 4]) + "\n...\n", "utf-8")
    with use_cassette(path), pytest.raises(AbstractLLMError):
        list(llm.generate("q", stream=True))


@routes
def test_requests_keep_their_order_in_the_file_whoever_is_answered_first(
    route: str, loopback: Loopback, path: Path
) -> None:
    loopback.reply = VENDORS["openai"].says(TEXT)
    llm = model(loopback, "openai", route)
    with use_cassette(path, record="once"):
        stream = llm.generate("asked first", stream=True)
        llm.generate("asked second")
        list(stream)
    asked = [each["request"]["body"]["json"]["messages"][0]["content"] for each in recorded(path)]
    assert asked == ["asked first", "asked second"]
