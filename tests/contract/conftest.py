"""Every contract test runs on three vendors and in four modes unless it says otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from abstractllm_lite import create_llm
from abstractllm_lite.types import GenerateResponse
from tests.support.litellms import run
from tests.support.loopback import Loopback
from tests.support.vendors import VENDORS, Vendor

MODES = ("sync", "async", "sync stream", "async stream")


class Ask:
    """Asks in one mode and gives the whole response; a stream must add up to it."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.asynchronous = mode.startswith("async")
        self.streamed = mode.endswith("stream")

    def __call__(self, llm: Any, *args: Any, **options: Any) -> GenerateResponse:
        if self.asynchronous:
            return run(self.awaited(llm, *args, **options))
        if not self.streamed:
            response: GenerateResponse = llm.generate(*args, **options)
            return response
        stream = llm.generate(*args, stream=True, **options)
        return self._whole(list(stream), stream.response)

    async def awaited(self, llm: Any, *args: Any, **options: Any) -> GenerateResponse:
        """The same inside a running loop; for the asynchronous modes."""
        answer = await llm.generate_async(*args, stream=self.streamed, **options)
        if not self.streamed:
            response: GenerateResponse = answer
            return response
        return self._whole([chunk async for chunk in answer], answer.response)

    @staticmethod
    def _whole(chunks: list[Any], response: GenerateResponse) -> GenerateResponse:
        assert "".join(chunks) == str(response)
        return response


@pytest.fixture(scope="session", autouse=True)
def _warm() -> None:
    """Import litellm and send a first call, so that no test of elapsed time measures that."""
    with Loopback() as server:
        for vendor in VENDORS.values():
            server.reply = vendor.says("ready")
            for mode in MODES:
                Ask(mode)(create_llm("litellm", **vendor.config(server.url)), "Ready?")


@pytest.fixture(params=MODES, ids=lambda mode: mode.replace(" ", "-"))
def ask(request: pytest.FixtureRequest) -> Ask:
    """One of the four ways to ask."""
    return Ask(request.param)


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """One of the three vendors whose own shapes the tests know."""
    return VENDORS[request.param]


@pytest.fixture
def openai() -> Vendor:
    """The vendor for what is the same everywhere."""
    return VENDORS["openai"]
