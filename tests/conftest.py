"""Fixtures that every test may rely on: no keys, a loopback server. pyproject.toml sets guards."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from abstractllm_lite.testing import pytest_contract
from tests.real import recordings
from tests.support.loopback import Loopback

pytest_plugins = ["pytester"]

# What a developer's shell may hold and a vendor's client would act on.
FOREIGN_SETTINGS = (
    "AWS_",
    "AZURE_",
    "GOOGLE_",
    "HF_",
    "HUGGING",
    "LITELLM_",
    "OPENAI_",
    "SSL_CERT_",
    "VERTEX",
)
FOREIGN_ENDINGS = ("_API_KEY", "_API_TOKEN", "_API_BASE", "_BASE_URL", "_PROXY", "_proxy")

# Warnings of litellm's making. It filters the first four itself when it is imported; pytest, which
# resets the filters for each test, would turn them into errors inside litellm. The others are the
# event loop that it makes in a synchronous call and never closes, with its pair of sockets, and the
# bookkeeping that it leaves undone when a process has several loops.
LITELLMS_WARNINGS = (
    ".*conflict with protected namespace.*",
    ".*Accessing the.*attribute on the instance is deprecated.*",
    ".*`ReadOnly` qualifier.*",
    "Pydantic serializer warnings",
    "unclosed event loop:ResourceWarning",
    "coroutine 'Logging.* was never awaited:RuntimeWarning",
    "unclosed <socket.socket fd=.*family=1,:ResourceWarning",
)


def pytest_configure(config: pytest.Config) -> None:
    """Warnings are errors, but for those that are litellm's."""
    for message in LITELLMS_WARNINGS:
        config.addinivalue_line("filterwarnings", f"ignore:{message}")


def pytest_report_header() -> str:
    """The release that the results are about."""
    from importlib.metadata import version

    return f"litellm {version('litellm')}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what a plain run would pass over in silence."""
    pytest_contract.pytest_terminal_summary(terminalreporter)
    if not recordings.FOLDER.is_dir():
        left_out = f"{recordings.ROWS_IN_ALL} recorded vendor answers were NOT checked"
        terminalreporter.write_line(f"{left_out}: no folder {recordings.FOLDER}", yellow=True)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(FOREIGN_SETTINGS) or name.endswith(FOREIGN_ENDINGS):
            monkeypatch.delenv(name)


@pytest.fixture
def loopback() -> Iterator[Loopback]:
    """An HTTP server on 127.0.0.1 that answers what the test tells it."""
    with Loopback() as server:
        yield server
