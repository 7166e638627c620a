"""Runs pytest in a folder of its own, on tests that call a loopback server in a vendor's place."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import abstractllm_lite
from abstractllm_lite import create_llm
from abstractllm_lite.testing import use_cassette
from tests.support.loopback import Loopback, Reply, Request
from tests.support.vendors import VENDORS

# What the tests of the inner run may use: `llm` asks OpenAI, and `ask(prompt)` gives its answer.
CONFTEST = """
import pytest
from abstractllm_lite import create_llm

@pytest.fixture
def llm():
    return create_llm(
        "litellm", model="openai/gpt-4o-mini", api_key="key-of-the-test", max_retries=0
    )

@pytest.fixture
def llm_record_via():
    return {{"https://api.openai.com/v1": "{url}/v1"}}

@pytest.fixture
def llm_stand_in():
    return "loopback 1"
"""


# What the outer run has been told must not reach the inner ones; nor does what takes them a second.
OTHERS = ("randomly", "cacheprovider", "xdist", "cov", "hypothesispytest", "anyio")
PLAIN = tuple(word for other in OTHERS for word in ("-p", f"no:{other}"))


@pytest.fixture(scope="session", autouse=True)
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is first imported in an inner run would be forgotten with it."""
    for module in pkgutil.walk_packages(abstractllm_lite.__path__, "abstractllm_lite."):
        importlib.import_module(module.name)
    path = tmp_path_factory.mktemp("warm") / "warm.yaml"
    with Loopback() as server:
        server.reply = VENDORS["openai"].says("ready")
        llm = create_llm("litellm", **VENDORS["openai"].config(server.url))
        for mode in ("once", "none"):
            with use_cassette(path, record=mode):
                llm.generate("Ready?")


class Project:
    """A folder with tests, and a server that answers them while it runs."""

    def __init__(self, pytester: pytest.Pytester, server: Loopback) -> None:
        self.pytester, self.server = pytester, server
        self.path = pytester.path
        self.conftest()
        self.ini()

    def conftest(self, more: str = "") -> None:
        """The conftest, with more fixtures."""
        text = CONFTEST.format(url=self.server.url) + textwrap.dedent(more)
        self.write("conftest.py", text)

    def write(self, name: str, text: str) -> None:
        """A file of the project."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")

    def ini(self, *lines: str) -> None:
        """The settings, one a line."""
        loops = "asyncio_default_fixture_loop_scope = function"  # else pytest-asyncio warns
        self.write("pytest.ini", "\n".join(["[pytest]", loops, *lines]))

    def run(self, *options: str) -> Run:
        """A run in this process, and its outcome."""
        return Run(self.pytester.runpytest_inprocess(*PLAIN, *options))

    def run_apart(self, *options: str) -> Run:
        """A run in a process of its own, which takes seconds for litellm alone."""
        return Run(self.pytester.runpytest_subprocess(*PLAIN, *options, timeout=200))

    def cassette(self, name: str) -> Path:
        """A file in the folder of cassettes."""
        return self.path / "cassettes" / name


class Run:
    """What a run printed and how it ended."""

    def __init__(self, done: Any) -> None:
        self.code = int(done.ret)
        self.text = done.stdout.str() + done.stderr.str()
        summed = re.search(r"=+ .* in [\d.]+s", self.text)
        self.counts = done.parseoutcomes() if summed else {}

    def says(self, *texts: str) -> None:
        """Fail unless each of the texts was printed, however the lines were broken."""
        for text in texts:
            assert text in self.text, self.text

    def verdicts(self) -> list[str]:
        """The lines of the section on cassettes."""
        found = re.search(r"^=+ llm cassettes =+\n(.*?)^=+ ", self.text, re.MULTILINE | re.DOTALL)
        return [line for line in found[1].splitlines() if line] if found else []


@pytest.fixture
def server(loopback: Loopback) -> Loopback:
    """A server that answers each prompt with it and the number of the request."""

    def answer(request: Request) -> Reply:
        asked = request.json["messages"][-1]["content"]
        return VENDORS["openai"].says(f"{asked} {len(loopback.requests)}")(request)

    loopback.reply = answer
    return loopback


@pytest.fixture
def project(
    pytester: pytest.Pytester, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> Project:
    """An empty project."""
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "ABSTRACTLLM_LITE_")):
            monkeypatch.delenv(name)
    return Project(pytester, server)
