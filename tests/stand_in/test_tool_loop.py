"""Two rounds of tools with eight vendors' languages, told by a stand-in written by others.

It answers nearly anything, so what we send is judged by the requests that real vendors accepted.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from abstractllm_lite import Session, create_llm
from tests.real import accepted
from tests.session.test_turns import MODES, Say
from tests.support.litellms import RELEASE
from tests.support.loopback import Loopback, Reply, Request
from tests.support.stand_in import StandIn, missing

FINAL = "Sunny in Paris, rainy in Rome, and it is noon."
TURNS: list[dict[str, Any]] = [
    {
        "toolCalls": [
            {"name": "get_weather", "arguments": {"city": "Paris"}},
            {"name": "get_weather", "arguments": {"city": "Rome", "days": "2"}},
        ]
    },
    {"toolCalls": [{"name": "get_time", "arguments": {}}]},
    {"content": FINAL},
]
AWS = {"aws_access_key_id": "id", "aws_secret_access_key": "secret", "aws_region_name": "us-east-1"}


@dataclass(frozen=True)
class Place:
    """A vendor: the model's address, its place at the stand-in, and what is new in its shape."""

    model: str
    suffix: str = "/v1"
    accepted: str | None = None
    settings: dict[str, Any] = field(default_factory=lambda: {"api_key": "key-of-the-test"})
    new: frozenset[str] = frozenset()


# litellm 1.109 tells Ollama the ids of calls.
_CALL_IDS = {"messages[].toolCalls[].id"} if RELEASE == "1.109.1" else set()

PLACES = {
    "openai": Place("openai/gpt-4o-mini"),
    "anthropic": Place("anthropic/claude-sonnet-4-5", "", new=frozenset({"tools[].type"})),
    "gemini": Place("gemini/gemini-2.5-flash", "/v1beta"),
    "mistral": Place("mistral/mistral-small-latest"),
    "groq": Place("groq/llama-3.3-70b-versatile", "/api/v1"),
    "cohere": Place("cohere_chat/command-a-03-2025", "/v2/chat"),
    "bedrock": Place(
        "bedrock/converse/anthropic.claude-3-5-sonnet-20240620-v1:0", "", "bedrock_converse", AWS
    ),
    "ollama": Place(
        "ollama_chat/llama3.1",
        "",
        # Ollama passes over what it does not know; only an early client's requests were recorded.
        new=frozenset({"messages[].images", "messages[].toolCallId"} | _CALL_IDS),
    ),
}


@pytest.fixture(scope="session")
def calling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """A stand-in that asks for two rounds of tools and then answers."""
    if reason := missing():
        pytest.skip(reason)
    fixtures = [{"match": {"turnIndex": n}, "response": told} for n, told in enumerate(TURNS)]
    path = tmp_path_factory.mktemp("stand_in") / "tools.json"
    path.write_text(json.dumps({"fixtures": fixtures}), "utf-8")
    with StandIn.started(path) as running:
        yield running


def handed_on(stand_in: StandIn, request: Request) -> Reply:
    """The stand-in's answer to a request, whose bytes the loopback server keeps."""
    kept = {name: value for name, value in request.headers.items() if name != "host"}
    asked = urllib.request.Request(
        stand_in.url + request.path + (f"?{request.query}" if request.query else ""),
        request.body,
        kept,
        method=request.method,
    )
    try:
        with urllib.request.urlopen(asked) as answer:
            kind = {"content-type": answer.headers["content-type"]}
            return Reply(answer.read(), answer.status, kind)
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.read(), error.code)


def get_weather(city: str, days: int = 1) -> dict[str, Any]:
    """The weather of the next days in a city."""
    return {"city": city, "days": days}


async def get_time() -> str:
    """The time."""
    return "12:00"


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.replace(" ", "-"))
@pytest.mark.parametrize("vendor", PLACES)
def test_the_loop_of_tools(vendor: str, mode: str, calling: StandIn, loopback: Loopback) -> None:
    place = PLACES[vendor]
    loopback.reply = lambda request: handed_on(calling, request)
    llm = create_llm(
        "litellm",
        model=place.model,
        base_url=loopback.url + place.suffix,
        max_retries=0,
        **place.settings,
    )
    session = Session("Be brief.", llm, tools=[get_weather, get_time])

    response = Say(mode)(session, "What is the weather, and what time is it?")

    assert response == FINAL
    assert [tool["output"] for m in session.messages for tool in m.tool_results] == [
        {"city": "Paris", "days": 1},
        {"city": "Rome", "days": 2},
        "12:00",
    ]
    ids = [tool["call_id"] for m in session.messages for tool in m.tool_results]
    assert len(set(ids)) == 3
    chats = [request for request in loopback.requests if not request.path.endswith("/api/show")]
    assert len(chats) == session.totals.attempts == session.totals.answers == 3
    if accepted.FILE.is_file():
        for request in chats:
            assert accepted.new_to(place.accepted or vendor, request.json) <= place.new
