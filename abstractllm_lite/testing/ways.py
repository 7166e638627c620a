"""The four ways of asking a provider, whatever it answers with, and what an error shows."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ..session.asking import Pieces, as_response, opened

if TYPE_CHECKING:
    from ..types import GenerateResponse

STREAMS: Final = ("stream", "async stream")
WAYS: Final = ("plain", "async", *STREAMS)


def ask(way: str, llm: Any, prompt: str | None, **options: Any) -> GenerateResponse:
    """The whole answer, asked for in one of the ways; a str or a ToolCallRequest becomes one."""
    if way.startswith("async"):
        return asyncio.run(aask(way, llm, prompt, **options))
    if way == "plain":
        return as_response(llm.generate(prompt, **options))
    pieces = Pieces(llm.generate(prompt, stream=True, **options))
    for _ in pieces:
        pass
    return pieces.response


async def aask(way: str, llm: Any, prompt: str | None, **options: Any) -> GenerateResponse:
    """The same within a running loop, for the asynchronous ways."""
    if way == "async":
        return as_response(await llm.generate_async(prompt, **options))
    pieces = Pieces(await opened(llm.generate_async(prompt, stream=True, **options)))
    async for _ in pieces:
        pass
    return pieces.response


def facts(response: GenerateResponse) -> dict[str, Any]:
    """What a stream and a plain call must tell alike."""
    alike = ("content", "usage", "model", "finish_reason")
    calls = [(call.name, call.arguments) for call in response.tool_calls]
    return {name: getattr(response, name) for name in alike} | {"tool_calls": calls}


def said_by(error: BaseException) -> Iterator[str]:
    """Whatever an error shows to who prints, logs or pickles it, with its causes."""
    yield "".join(traceback.format_exception(error))
    yield repr(pickle.dumps(error))
    seen: set[int] = set()
    links: list[BaseException | None] = [error]
    while links:
        link = links.pop()
        if link is not None and id(link) not in seen:
            seen.add(id(link))
            yield f"{link} {link!r} {link.args!r} {vars(link)!r}"
            links += [link.__cause__, link.__context__, getattr(link, "original_exception", None)]
