"""One call in any of the four modes, with all that came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from abstractllm_lite import create_llm
from abstractllm_lite import exceptions as e
from abstractllm_lite.types import GenerateResponse
from tests.support.faults import FaultServer
from tests.support.litellms import run
from tests.support.vendors import VENDORS

# Of no known vendor's shape, so that only knowing it can hide it.
KEY = "zq7Tq-plain-0xF00-words-KfPw2"


def provider(server: FaultServer, vendor: str, fault: str, mark: str, **config: Any) -> Any:
    """A provider whose address commits the fault."""
    base = {"model": VENDORS[vendor].model, "api_key": KEY, "max_retries": 0}
    return create_llm("litellm", **base | config, base_url=server.url(vendor, fault, mark))


@dataclass
class Outcome:
    """What a call came to: the pieces that were handed on, then a response or an error."""

    pieces: list[str] = field(default_factory=list)
    response: GenerateResponse | None = None
    error: e.AbstractLLMError | None = None
    seconds: float = 0.0

    @property
    def delivered(self) -> str:
        """The text that the caller got before the end."""
        return "".join(self.pieces)


def call(mode: str, llm: Any, prompt: str = "hi", **options: Any) -> Outcome:
    """Ask in one of the modes; an exception that is none of ours goes through."""
    if mode.startswith("async"):
        return run(acall(mode, llm, prompt, **options))
    outcome, started = Outcome(), time.monotonic()
    try:
        if mode == "sync":
            outcome.response = llm.generate(prompt, **options)
        else:
            stream = llm.generate(prompt, stream=True, **options)
            outcome.pieces.extend(stream)  # keeps what came before an error
            outcome.response = stream.response
    except e.AbstractLLMError as error:
        outcome.error = error
    outcome.seconds = time.monotonic() - started
    return outcome


async def acall(mode: str, llm: Any, prompt: str = "hi", **options: Any) -> Outcome:
    """The same within a running loop."""
    outcome, started = Outcome(), time.monotonic()
    try:
        if mode == "async":
            outcome.response = await llm.generate_async(prompt, **options)
        else:
            stream = await llm.generate_async(prompt, stream=True, **options)
            async for piece in stream:
                outcome.pieces.append(piece)
            outcome.response = stream.response
    except e.AbstractLLMError as error:
        outcome.error = error
    outcome.seconds = time.monotonic() - started
    return outcome
