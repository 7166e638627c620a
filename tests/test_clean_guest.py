"""The package is a clean guest in the process that imports it (law 1), shown in fresh processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import abstractllm_lite
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS

ROOT = Path(abstractllm_lite.__file__).parent.parent
HEAVY = {"litellm", "httpx", "httpx2", "aiohttp", "openai", "requests", "vcr", "pytest"}
# Switches of litellm that only make it quieter or keep it offline; the README names each.
QUIETING = {"suppress_debug_info", "disable_hf_tokenizer_download", "litellm_mode"}
# litellm's note to itself that it closes its clients when the process ends.
BOOKKEEPING = {"_async_client_cleanup_registered"}
ROUTES = ("openai", "anthropic", "gemini")
# Settings of the surroundings that would change what a plain Python does.
FOREIGN = ("COV", "PYTEST", "PYTHON", "LITELLM", "OPENAI", "ANTHROPIC", "GEMINI", "GOOGLE")

LOADED = """
import sys
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""

# Writes what the process saw to the file named by its last argument.
GLOBALS = """
import json, sys
import litellm

def plain(value):
    return value is None or isinstance(value, (bool, int, float, str, list, dict, set, tuple))

def globals_of(module):
    return {n: repr(v) for n, v in vars(module).items() if plain(v) and not n.startswith("__")}
"""

PLAIN = GLOBALS + 'open(sys.argv[-1], "w").write(json.dumps(globals_of(litellm)))'

CALLS = """
import asyncio, os, sys

seen = []
KINDS = {
    "socket.connect": lambda a: a[1],
    "socket.sendto": lambda a: a[1],
    "socket.getaddrinfo": lambda a: a[:2],
    "socket.gethostbyname": lambda a: a,
    "socket.gethostbyaddr": lambda a: a,
    "open": lambda a: (os.path.basename(str(a[0])),),
}

def hook(event, arguments):
    if event in KINDS:
        seen.append([event, *map(str, KINDS[event](arguments))])

sys.addaudithook(hook)
before = dict(os.environ)
from abstractllm_lite import create_llm

TOOL = {
    "name": "get_weather",
    "description": "Weather in a city.",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}
SCHEMA = {"type": "json_schema", "json_schema": {"name": "city", "schema": TOOL["input_schema"]}}

def ways(config):
    for more in ({}, {"tools": [TOOL]}, {"response_format": SCHEMA}):
        yield create_llm("litellm", **config), more

def sync_calls(config):
    for llm, more in ways(config):
        yield str(llm.generate("Say hello", **more))
        yield "".join(llm.generate("Say hello", stream=True, **more))

async def async_calls(config):
    texts = []
    for llm, more in ways(config):
        texts.append(str(await llm.generate_async("Say hello", **more)))
        chunks = llm.generate_async("Say hello", stream=True, **more)
        texts.append("".join([chunk async for chunk in chunks]))
    return texts

texts = []
for config in json.loads(sys.argv[1]):
    texts += [*sync_calls(config), *asyncio.run(async_calls(config))]
"""
CALLS = (
    "import json, sys"
    + CALLS
    + GLOBALS
    + """
report = {"texts": texts, "seen": seen, "globals": globals_of(litellm)}
report["environment"] = [before, dict(os.environ)]
open(sys.argv[-1], "w").write(json.dumps(report))
"""
)


def run(code: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code as typed at a prompt, where litellm alone would read a `.env` of the folder."""
    environment = {n: v for n, v in os.environ.items() if not n.startswith(FOREIGN)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        # One seed, so that two processes show a set in one order.
        env={**environment, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def loaded_by(code: str, folder: Path) -> set[str]:
    done = run(code + LOADED, folder=folder)
    assert done.stderr == ""
    return set(done.stdout.split())


def test_importing_the_package_loads_none_of_what_it_stands_on(tmp_path: Path) -> None:
    assert loaded_by("import abstractllm_lite", tmp_path) & (HEAVY | {"pydantic"}) == set()


@pytest.mark.parametrize(
    "code",
    [
        "from abstractllm_lite import create_llm; create_llm('litellm', model='x/y')",
        "import abstractllm_lite.testing",
        "from abstractllm_lite import create_llm; create_llm('fake').generate('hi')",
        "import abstractllm_lite.providers.litellm.client",
        "import abstractllm_lite.providers.litellm.wire",
    ],
)
def test_nothing_heavy_is_loaded_before_the_first_call(code: str, tmp_path: Path) -> None:
    assert loaded_by(code, tmp_path) & HEAVY == set()


def say_hello(request: Request) -> Reply:
    """A vendor's hello, in the words of whoever was asked."""
    route = "gemini" if "generatecontent" in request.path.lower() else "openai"
    if request.path.endswith("/messages"):
        route = "anthropic"
    return VENDORS[route].says("hello")(request)


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a process saw that made plain, tool and schema calls to three vendors."""
    folder = tmp_path_factory.mktemp("guest")
    (folder / ".env").write_text("OPENAI_API_KEY=read-from-a-file\nA_LEAK=1\n")
    report = folder / "report.json"
    with Loopback() as server:
        server.reply = say_hello
        configs = [VENDORS[route].config(server.url) for route in ROUTES]
        done = run(CALLS, json.dumps(configs), str(report), folder=folder)
    assert done.returncode == 0, done.stderr
    printed = done.stdout + done.stderr
    return json.loads(report.read_text()) | {"printed": printed, "requests": len(server.requests)}


def test_every_call_was_answered_with_one_request_each(guest: dict[str, Any]) -> None:
    assert guest["texts"] == ["hello"] * 12 * len(ROUTES)
    assert guest["requests"] == 12 * len(ROUTES)


def test_calls_print_nothing(guest: dict[str, Any]) -> None:
    assert guest["printed"] == ""


def test_calls_leave_the_environment_as_it_was(guest: dict[str, Any]) -> None:
    before, after = guest["environment"]
    assert after == before


def test_calls_reach_and_look_up_the_vendor_alone(guest: dict[str, Any]) -> None:
    network = [entry for entry in guest["seen"] if entry[0] != "open"]
    assert len(network) > 0
    assert [entry for entry in network if "127.0.0.1" not in entry[1]] == []


def test_calls_read_no_env_file(guest: dict[str, Any]) -> None:
    assert [entry for entry in guest["seen"] if entry == ["open", ".env"]] == []


def test_calls_leave_the_globals_of_litellm_alone(guest: dict[str, Any], tmp_path: Path) -> None:
    report = tmp_path / "plain.json"
    code = 'import os; os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"\n' + PLAIN
    run(code, str(report), folder=tmp_path)
    plain, ours = json.loads(report.read_text()), guest["globals"]
    visible = {"api_key", "callbacks", "success_callback", "num_retries", "drop_params", "cache"}
    assert visible <= plain.keys()
    changed = {name for name in plain if ours.get(name) != plain[name]}
    assert changed - BOOKKEEPING == QUIETING
