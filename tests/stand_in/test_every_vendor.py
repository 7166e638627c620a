"""Every way of calling, recorded from the stand-in and replayed where there is no network at all.

The replay runs in a process of its own, after the stand-in has stopped, with every socket refused.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.testing import store, use_cassette
from tests.support.litellms import run
from tests.support.stand_in import StandIn, missing

QUESTION = "What do we know?"
ANSWER = "Nothing, ünless it is recorded, and then all of it 🌍."
KEY = "a-key-that-no-file-may-hold"
MODES = ("plain", "stream", "async plain", "async stream")
SAME = ("content", "finish_reason", "usage", "model", "route")  # of an answer that is replayed
ROOT = Path(__file__).parents[2]

# Refuses every socket, then asks each vendor in each mode and prints the answers.
REPLAY = """
import json, socket, sys

def refuse(*_, **__):
    raise ConnectionRefusedError("no sockets while replaying")

socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
from tests.stand_in.test_every_vendor import MODES, VENDORS, ask
from abstractllm_lite import create_llm
from abstractllm_lite.testing import use_cassette

told = {}
for name, vendor in VENDORS.items():
    with use_cassette(f"{sys.argv[1]}/{name}.yaml", record="none") as cassette:
        llm = create_llm("litellm", **vendor.settings())
        answers = [ask(llm, mode) for mode in MODES]
    told[name] = {"answers": answers, "unused": cassette.unused, "live": cassette.live}
print(json.dumps(told))
"""


@dataclass(frozen=True)
class Vendor:
    """How a vendor is reached, and where its address lies at the stand-in."""

    model: str
    address: str
    place: str
    route: str = "auto"
    config: dict[str, Any] = field(default_factory=dict)

    def settings(self) -> dict[str, Any]:
        """Arguments for create_llm that lead to the vendor itself."""
        named = {"model": self.model, "transport": self.route, "max_retries": 0, "max_tokens": 99}
        return {"api_key": KEY, **named, **self.config}


AWS = {
    "api_key": None,
    "aws_access_key_id": "AKIA" + "A1B2" * 4,
    "aws_secret_access_key": KEY,
    "aws_region_name": "us-east-1",
}
AZURE = {"base_url": "https://here.openai.azure.com", "api_version": "2024-10-21"}
OPENAI = ("https://api.openai.com/v1", "/v1")
ANTHROPIC = ("https://api.anthropic.com", "")
GEMINI = ("https://generativelanguage.googleapis.com/v1beta", "/v1beta")
OLLAMA = {"base_url": "http://ollama.invalid:11434"}
VENDORS = {
    "openai": Vendor("openai/gpt-4o-mini", *OPENAI),
    "openai through litellm": Vendor("openai/gpt-4o-mini", *OPENAI, route="litellm"),
    "anthropic": Vendor("anthropic/claude-haiku-4-5", *ANTHROPIC),
    "anthropic through litellm": Vendor("anthropic/claude-haiku-4-5", *ANTHROPIC, route="litellm"),
    "gemini": Vendor("gemini/gemini-2.5-flash", *GEMINI),
    "gemini through litellm": Vendor("gemini/gemini-2.5-flash", *GEMINI, route="litellm"),
    "bedrock": Vendor(
        "bedrock/converse/anthropic.claude-3-haiku-20240307-v1:0",
        "https://bedrock-runtime.us-east-1.amazonaws.com",
        "",
        config=AWS,
    ),
    "mistral": Vendor("mistral/mistral-small-latest", "https://api.mistral.ai/v1", "/v1"),
    "cohere": Vendor("cohere_chat/command-r-plus", "https://api.cohere.com", ""),
    "ollama": Vendor("ollama_chat/llama3", "http://ollama.invalid:11434", "", config=OLLAMA),
    "azure": Vendor("azure/gpt-4o", "https://here.openai.azure.com", "", config=AZURE),
}


def ask(llm: Any, mode: str) -> dict[str, Any]:
    """The answer in a mode, as far as it must be the same again."""
    if mode.startswith("async"):
        response = run(_awaited(llm, mode))
    elif mode == "plain":
        response = llm.generate(QUESTION)
    else:
        stream = llm.generate(QUESTION, stream=True)
        text = "".join(stream)
        response = stream.response
        assert text == str(response)
    told = response.to_dict()
    return {name: told.get(name) for name in SAME}


async def _awaited(llm: Any, mode: str) -> Any:
    if mode == "async plain":
        return await llm.generate_async(QUESTION)
    stream = llm.generate_async(QUESTION, stream=True)
    text = "".join([piece async for piece in stream])
    assert text == str(stream.response)
    return stream.response


@pytest.fixture(scope="session")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the stand-in says: one answer for all."""
    if reason := missing():
        pytest.skip(reason)
    answer = {"content": ANSWER, "id": "one-id", "created": 1767225600}
    fixtures = {"fixtures": [{"match": {}, "response": answer}]}
    path = tmp_path_factory.mktemp("stand_in") / "answers.json"
    path.write_text(json.dumps(fixtures), "utf-8")
    return path


@dataclass(frozen=True)
class Recorded:
    """The folder of the cassettes, what was answered while they were recorded, and afterwards."""

    folder: Path
    stand_in: StandIn
    first: dict[str, list[dict[str, Any]]]
    again: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def recorded(answers: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """All vendors in all modes: recorded from the stand-in, and replayed once it has stopped."""
    folder = tmp_path_factory.mktemp("recorded")
    with StandIn.started(answers) as stand_in:
        first = {name: record(name, stand_in, folder) for name in VENDORS}
    return Recorded(folder, stand_in, first, replay(folder))


def record(name: str, stand_in: StandIn, folder: Path) -> list[dict[str, Any]]:
    """Record all four modes; what they answered."""
    vendor = VENDORS[name]
    via = {vendor.address: stand_in.url + vendor.place}
    llm, path = create_llm("litellm", **vendor.settings()), folder / f"{name}.yaml"
    with use_cassette(path, record="rewrite", record_via=via, stand_in=stand_in.name):
        return [ask(llm, mode) for mode in MODES]


def replay(folder: Path) -> dict[str, dict[str, Any]]:
    """What a new process without any network answers."""
    foreign = ("COV", "PYTEST", "ABSTRACTLLM")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        [sys.executable, "-c", REPLAY, str(folder)],
        env={**kept, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize("name", VENDORS)
def test_what_was_recorded_is_replayed_without_stand_in_or_sockets(
    name: str, recorded: Recorded
) -> None:
    first, again = recorded.first[name], recorded.again[name]
    assert [each["content"] for each in first] == [ANSWER] * len(MODES)
    assert again == {"answers": first, "unused": [], "live": []}


@pytest.mark.parametrize("name", VENDORS)
def test_the_file_is_readable_and_names_the_vendor_and_who_spoke_for_it(
    name: str, recorded: Recorded
) -> None:
    path = recorded.folder / f"{name}.yaml"
    text = path.read_text("utf-8")
    for foreign in (KEY, "!!binary", "base64", recorded.stand_in.url):
        assert foreign not in text
    header, interactions = store.read(path)
    assert header["recorded_from"] == f"{recorded.stand_in.name} (a stand-in, not the vendor)"
    assert len(interactions) == len(MODES)
    address = VENDORS[name].address
    assert all(each["request"]["uri"].startswith(address) for each in interactions)


# The stand-in dates what it says for Ollama, so that it never says the same twice.
@pytest.mark.parametrize("name", sorted(VENDORS.keys() - {"ollama"}))
def test_recording_again_changes_nothing_but_the_header(
    name: str, answers: Path, recorded: Recorded, tmp_path: Path
) -> None:
    with StandIn.started(answers) as stand_in:
        record(name, stand_in, tmp_path)
    paths = (folder / f"{name}.yaml" for folder in (recorded.folder, tmp_path))
    one, two = (path.read_text("utf-8").partition("\nversion: 1\n")[2] for path in paths)
    assert one == two
