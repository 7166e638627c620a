"""Vendors that want the reasoning of a round of tools back get it, in the session's requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import Session, create_llm
from tests.support.litellms import run
from tests.support.loopback import Loopback, Reply, Request, sse

CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "weather", "arguments": '{"city": "Paris"}'},
}
# What is said first, and after the tool has run.
FIRST = {"reasoning_content": "I must look outside.", "content": "", "tool_calls": [CALL]}
THEN = {"reasoning_content": "So that is it.", "content": "Sunny."}
MODELS = {
    "deepseek": "deepseek/deepseek-chat",
    "moonshot": "moonshot/kimi-k2-thinking",
    "openai": "openai/gpt-4o-mini",
}


def weather(city: str) -> str:
    """The weather."""
    return f"sunny in {city}"


def reply(request: Request) -> Reply:
    """The call, then the answer; streamed where the request asks for it."""
    body = request.json
    told = THEN if body["messages"][-1]["role"] == "tool" else FIRST
    finish = "tool_calls" if told is FIRST else "stop"
    base = {"id": "x", "created": 1, "model": "m"}
    if not body.get("stream"):
        choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", **told}}
        return Reply({**base, "object": "chat.completion", "choices": [choice]})
    delta = {**told, "tool_calls": [{"index": 0, **CALL}] if told is FIRST else []}
    choices = [{"index": 0, "delta": delta}, {"index": 0, "delta": {}, "finish_reason": finish}]
    chunk = {**base, "object": "chat.completion.chunk"}
    return sse(*({**chunk, "choices": [choice]} for choice in choices))


async def said_by(session: Session, *, stream: bool) -> str:
    """What an awaited turn says."""
    answer = await session.generate_async("Weather?", stream=stream)
    return "".join([piece async for piece in answer]) if stream else str(answer)


def asked(
    vendor: str, server: Loopback, mode: str = "sync", route: str = "auto"
) -> tuple[Session, Any]:
    """The session after a turn with a tool, and what was sent to end it."""
    stream = mode.endswith("stream")
    server.reply = reply
    place = {"base_url": server.url, "api_key": "key-of-the-test", "max_retries": 0}
    llm = create_llm("litellm", model=MODELS[vendor], transport=route, **place)
    session = Session(provider=llm, tools=[weather])
    if mode.startswith("async"):
        told = run(said_by(session, stream=stream))
    else:
        told = "".join(session.generate("Weather?", stream=stream))
    assert told == "Sunny."
    return session, server.requests[-1].json["messages"]


@pytest.mark.parametrize("mode", ["sync", "sync stream", "async", "async stream"])
@pytest.mark.parametrize("route", ["direct", "litellm"])
@pytest.mark.parametrize("vendor", ["deepseek", "moonshot"])
def test_a_round_of_tools_goes_back_with_its_reasoning(
    vendor: str, route: str, mode: str, loopback: Loopback
) -> None:
    _, messages = asked(vendor, loopback, mode, route)

    (said,) = (message for message in messages if message["role"] == "assistant")
    assert said["reasoning_content"] == "I must look outside."
    assert said["tool_calls"][0]["id"] == "call_1"


def test_it_goes_back_from_a_saved_session_too(tmp_path: Path, loopback: Loopback) -> None:
    session, _ = asked("deepseek", loopback)
    session.save(tmp_path / "s.json")
    place = {"base_url": loopback.url, "api_key": "key-of-the-test", "max_retries": 0}
    llm = create_llm("litellm", model=MODELS["deepseek"], **place)

    again = Session.load(tmp_path / "s.json", provider=llm, tools=[weather])
    again.generate("And then?")

    said = [m for m in loopback.requests[-1].json["messages"] if m["role"] == "assistant"]
    reasoning = [message.get("reasoning_content") for message in said]
    assert reasoning[:2] == ["I must look outside.", "So that is it."]


def test_other_vendors_get_none_back(loopback: Loopback) -> None:
    _, messages = asked("openai", loopback)

    assert all("reasoning_content" not in message for message in messages)
