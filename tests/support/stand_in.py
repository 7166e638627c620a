"""Starts and stops the stand-in for vendors, the npm package @copilotkit/aimock.

    with StandIn.started(FIXTURES) as stand_in:
        stand_in.record_via       # {vendor's address: the stand-in's}, for use_cassette

It is installed by `npm ci --ignore-scripts --prefix tests/stand_in`.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

HOME = Path(__file__).parent.parent / "stand_in"
QUICKSTART = HOME / "quickstart.json"
INSTALL = "npm ci --ignore-scripts --prefix tests/stand_in"

_PACKAGE = HOME / "node_modules" / "@copilotkit" / "aimock"
_READY = re.compile(r"listening on (http://\S+)")

# Where each vendor's address lies at the stand-in.
_PLACES = {
    "https://api.openai.com/v1": "/v1",
    "https://api.anthropic.com": "",
    "https://generativelanguage.googleapis.com/v1beta": "/v1beta",
}


@dataclass(frozen=True)
class StandIn:
    """A running stand-in: its address and its name with version."""

    url: str
    name: str

    @property
    def record_via(self) -> dict[str, str]:
        """The vendors' addresses with the stand-in's for each."""
        return {vendor: self.url + place for vendor, place in _PLACES.items()}

    @classmethod
    @contextmanager
    def started(cls, fixtures: Path) -> Iterator[StandIn]:
        """A stand-in on a free port that answers from a file of fixtures; stopped on leaving."""
        if reason := missing():
            raise RuntimeError(reason)
        with _process(fixtures) as process:
            yield cls(_address(process), f"aimock {_version()}")


def missing() -> str | None:
    """Why the stand-in cannot start, or None when it can."""
    if shutil.which("node") is None:
        return "the stand-in needs Node.js 20.15 or newer"
    if not _PACKAGE.is_dir():
        return f"the stand-in is not installed: {INSTALL}"
    return None


def _version() -> str:
    version: str = json.loads((_PACKAGE / "package.json").read_text("utf-8"))["version"]
    return version


@contextmanager
def _process(fixtures: Path) -> Iterator[subprocess.Popen[str]]:
    command = ["node", str(_PACKAGE / "dist" / "cli.js"), "-p", "0", "-f", str(fixtures)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    # Node outlives a Python that is gone; atexit covers what no `with` sees.
    atexit.register(process.kill)
    try:
        yield process
    finally:
        _stop(process)
        atexit.unregister(process.kill)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if ready := _READY.search(line):
            # A full pipe would stop it.
            threading.Thread(target=_drain, args=(process.stdout,), daemon=True).start()
            return ready[1]
    process.stdout.close()
    raise RuntimeError(f"the stand-in did not start: {''.join(said)}")


def _drain(output: IO[str]) -> None:
    with output:
        for _ in output:
            pass
