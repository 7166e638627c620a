"""A stream that is cut anywhere ends in the same response on the direct route."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from functools import cache
from itertools import pairwise
from typing import Any
from unittest import mock

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abstractllm_lite.providers.litellm import wire
from tests.parity.both import aask, ask, facts
from tests.support.litellms import RELEASE, run
from tests.support.vendors import VENDORS, Say

TEXT = 'Grüße\u2028aus Zürich: \U0001f600 {"a": [1]} data: \\ und "mehr"'
CALLS = (("call_1", "weather", {"city": "Zürich\u2029"}), ("call_2", "now", {"a": [1, None]}))
MODELS = {
    "openai": "openai/gpt-4o",
    "anthropic": "anthropic/claude-sonnet-4-5",
    "gemini": "gemini/gemini-2.5-flash",
    "ollama_chat": "ollama_chat/llama3.1",
}

# litellm 1.100 leaves Ollama's word as it is, on both routes.
FINISH = {("1.100.0", "ollama_chat"): "stop"}


def _ollama() -> bytes:
    said: list[dict[str, Any]] = [{"content": piece} for piece in Say(TEXT).pieces()]
    told: list[dict[str, Any]] = [
        {"function": {"name": name, "arguments": a}} for _, name, a in CALLS
    ]
    messages = [{"role": "assistant", **each} for each in (*said, {"tool_calls": told})]
    events = [{"model": "m", "message": each, "done": False} for each in messages]
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 7}
    last = {"model": "m", "message": {"role": "assistant", "content": ""}, **end}
    lines = (json.dumps(each, ensure_ascii=False) for each in (*events, last))
    return "\n".join(lines).encode()


def _stream(vendor: str) -> bytes:
    if vendor == "ollama_chat":
        return _ollama()
    content = VENDORS[vendor].stream(Say(TEXT, CALLS, finish="tool_calls")).content
    return content.replace(b"\\u00fc", "ü".encode()).replace(b"\\u2028", "\u2028".encode())


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


def _response(content: Any) -> httpx.Response:
    request = httpx.Request("POST", "http://127.0.0.1")
    return httpx.Response(200, content=content, request=request)


def _asked(vendor: str, stream: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    place = {"base_url": "http://127.0.0.1:9", "api_key": "key-of-the-test"}
    config = {"model": MODELS[vendor], "max_retries": 0, "transport": "direct", **place}
    return config, {"prompt": "x", "stream": stream}


def _told(vendor: str, cuts: list[int]) -> dict[str, Any]:
    pieces = _pieces(_stream(vendor), cuts)

    def post(*_: Any, **__: Any) -> httpx.Response:
        return _response(iter(pieces))

    with mock.patch.object(wire, "post", post):
        return _facts(vendor, ask(*_asked(vendor)))


def _atold(vendor: str, cuts: list[int]) -> dict[str, Any]:
    async def come() -> AsyncIterator[bytes]:
        for piece in _pieces(_stream(vendor), cuts):
            yield piece

    async def post(*_: Any, **__: Any) -> httpx.Response:
        return _response(come())

    with mock.patch.object(wire, "apost", post):
        return _facts(vendor, run(aask(*_asked(vendor))))


def _facts(vendor: str, outcome: Any) -> dict[str, Any]:
    told = facts(outcome)
    if vendor in ("gemini", "ollama_chat"):  # ids are made up
        told["calls"] = [call[1:] for call in told["calls"]]
    return told


@cache
def _whole(vendor: str) -> dict[str, Any]:
    return _told(vendor, [])


@pytest.mark.parametrize("vendor", MODELS)
def test_a_whole_stream_tells_everything(vendor: str) -> None:
    told = _whole(vendor)
    assert told["content"] == TEXT
    assert [call[-2:] for call in told["calls"]] == [call[1:] for call in CALLS]
    assert told["finish_reason"] == FINISH.get((RELEASE, vendor), "tool_calls")
    assert (told["usage"]["input_tokens"], told["usage"]["output_tokens"]) == (11, 7)


@pytest.mark.parametrize("vendor", MODELS)
@pytest.mark.parametrize("told", [_told, _atold], ids=["sync", "async"])
def test_any_cut_tells_the_same(vendor: str, told: Callable[..., Any]) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    @given(st.lists(st.integers(0, 5000), max_size=40))
    def holds(cuts: list[int]) -> None:
        assert told(vendor, cuts) == _whole(vendor)

    holds()


@pytest.mark.parametrize("vendor", MODELS)
def test_byte_by_byte_tells_the_same(vendor: str) -> None:
    assert _told(vendor, list(range(len(_stream(vendor))))) == _whole(vendor)
