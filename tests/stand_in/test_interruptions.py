"""A witness from outside: the stand-in's own interruptions end as the table of faults says.

Its journal tells how many requests reached it.
"""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from tests.faults.calls import KEY, call
from tests.faults.table import MODES, ROUTES, STREAM, VENDORS
from tests.support.leaks import everything_said_by
from tests.support.stand_in import StandIn, missing
from tests.support.vendors import VENDORS as VOICES

TEXT = "An answer of some length, so that it comes in several pieces and can be cut in two."
SLOW = 3.0  # seconds that the slow answer takes


@dataclass(frozen=True)
class Mode:
    """One of the stand-in's ways to fail, and what must come of it."""

    settings: dict[str, Any]
    error: type[e.AbstractLLMError] | None
    modes: tuple[str, ...] = MODES
    partial: bool = False
    timeout: float = 20.0


INTERRUPTIONS = {
    "well": Mode({}, None),
    "paced": Mode({"chunkSize": 4, "latency": 5}, None),
    "malformed": Mode({"chaos": {"malformedRate": 1}}, e.GenerationError),
    "disconnected": Mode({"chaos": {"disconnectRate": 1}}, e.ProviderConnectionError),
    "dropped": Mode({"chaos": {"dropRate": 1}}, e.ProviderAPIError),
    "limited": Mode({"chaos": {"rateLimitRate": 1}}, e.RateLimitError),
    "late": Mode({"chaos": {"latencyMs": SLOW * 1000}}, e.RequestTimeoutError, timeout=0.3),
    "cut": Mode(
        {"chunkSize": 8, "latency": 30, "truncateAfterChunks": 4},
        e.ProviderConnectionError,
        STREAM,
        partial=True,
    ),
    "cut_in_time": Mode(
        {"chunkSize": 4, "latency": 100, "disconnectAfterMs": 350},
        e.ProviderConnectionError,
        STREAM,
        partial=True,
    ),
}
CELLS = [
    pytest.param(name, mode, vendor, route, id=f"{name}-{vendor}-{mode.replace(' ', '-')}-{route}")
    for name, told in INTERRUPTIONS.items()
    for mode in told.modes
    for vendor in VENDORS
    for route in ROUTES
]


@pytest.fixture(scope="session")
def interrupting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """A stand-in that fails in the way that the prompt names."""
    if reason := missing():
        pytest.skip(reason)
    fixtures = [
        {"match": {"userMessage": f"<{name}>"}, "response": {"content": TEXT}, **told.settings}
        for name, told in INTERRUPTIONS.items()
    ]
    path = tmp_path_factory.mktemp("stand_in") / "interruptions.json"
    path.write_text(json.dumps({"fixtures": fixtures}), "utf-8")
    with StandIn.started(path) as running:
        yield running


def arrived(stand_in: StandIn, mark: str) -> int:
    """How many requests of the test the stand-in has noted."""
    address = f"{stand_in.url}/__aimock/journal?testId={mark}"
    with urllib.request.urlopen(address) as answer:
        return len(json.load(answer))


@pytest.mark.parametrize(("name", "mode", "vendor", "route"), CELLS)
def test_interruption(name: str, mode: str, vendor: str, route: str, interrupting: StandIn) -> None:
    told, mark = INTERRUPTIONS[name], uuid.uuid4().hex
    suffix = {"openai": "/v1", "gemini": "/v1beta"}.get(vendor, "")
    llm = create_llm(
        "litellm",
        model=VOICES[vendor].model,
        base_url=interrupting.url + suffix,
        api_key=KEY,
        max_retries=0,
        timeout=told.timeout,
        transport=route,
        extra_headers={"X-Test-Id": mark},
    )
    llm.close()

    outcome = call(mode, llm, prompt=f"<{name}>")

    if name != "late":  # it notes no request whose client went away
        assert arrived(interrupting, mark) == 1
    if told.error is None:
        assert outcome.response == TEXT
        return
    assert type(outcome.error) is told.error
    assert outcome.error is not None
    assert outcome.error.attempts == 1
    assert bool(outcome.error.partial) is told.partial
    assert TEXT.startswith(outcome.error.partial or "")
    assert [said[:300] for said in everything_said_by(outcome.error) if KEY in said] == []
    assert call(mode, llm, prompt="<well>", timeout=20.0).response == TEXT
