"""How a FakeLLM's answer is told, piece by piece; the sync and async edges are twins."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator

from ..exceptions import UnsupportedOperationError
from ..streams import ClosesItself, OpensItself
from ..types import GenerateResponse
from .script import Answer, Asked, Failure, completed


class Telling:
    """One answer as it is told: seconds to wait and pieces, and the whole once it has ended."""

    def __init__(self, asked: Asked, answer: Answer, model: str, delay: float) -> None:
        self._asked = asked
        self._answer = answer
        self._model = model
        self._delay = delay
        self.response: GenerateResponse | None = None

    def steps(self) -> Iterator[float | GenerateResponse]:
        """What comes next, as long as something comes. Raises what the script says."""
        whole = self._answer.response
        if self._delay:
            yield self._delay
        if whole.reasoning:
            yield GenerateResponse(None, reasoning=whole.reasoning)
        said = ""
        for part in self._answer.parts:
            if isinstance(part, Failure):
                raise part.after(said, self._asked, self._model)
            if isinstance(part, str):
                said += part
            yield GenerateResponse(part) if isinstance(part, str) else part
        whole = completed(whole, self._asked, self._model)
        self.response = whole
        yield whole.__replace__(content=None, reasoning=None)


class FakeStream(ClosesItself):
    """An open stream of text pieces; its last piece carries what is known of the whole."""

    def __init__(self, told: Telling) -> None:
        self._told = told
        self._steps = told.steps()
        self._first = [self._next()]  # errors of opening are raised here

    @property
    def response(self) -> GenerateResponse:
        """The whole response. Raises UnsupportedOperationError before the stream's end."""
        return _whole(self._told)

    def close(self) -> None:
        """End the iteration; harmless when it has ended."""
        self._first.clear()
        self._steps = iter(())

    def to_the_end(self) -> GenerateResponse:
        """Read all of it; gives the whole response."""
        for _ in self:
            pass
        return self.response

    def _next(self) -> GenerateResponse:
        for step in self._steps:
            if isinstance(step, GenerateResponse):
                return step
            time.sleep(step)
        raise StopIteration

    def __next__(self) -> GenerateResponse:
        return self._first.pop() if self._first else self._next()


class AsyncFakeStream(OpensItself["AsyncFakeStream"]):
    """The same for asyncio, opened by `await`, by `async for` or by `async with`."""

    def __init__(self, begin: Callable[[], Telling]) -> None:
        self._begin: Callable[[], Telling] | None = begin
        self._told: Telling | None = None
        self._steps: Iterator[float | GenerateResponse] = iter(())
        self._first: list[GenerateResponse] = []

    @property
    def response(self) -> GenerateResponse:
        """The whole response. Raises UnsupportedOperationError before the stream's end."""
        return _whole(self._told)

    async def aclose(self) -> None:
        """End the iteration; harmless when it has ended."""
        self._first.clear()
        self._steps = iter(())

    async def to_the_end(self) -> GenerateResponse:
        """Read all of it; gives the whole response."""
        async for _ in self:
            pass
        return self.response

    async def _open(self) -> AsyncFakeStream:
        if self._told is None:
            begin, self._begin = self._begin, None
            if begin is None:
                reason = "it is opened once; call generate_async again for another stream"
                raise UnsupportedOperationError("open", reason)
            self._told = begin()
            self._steps = self._told.steps()
            self._first = [await self._next()]
        return self

    async def _next(self) -> GenerateResponse:
        for step in self._steps:
            if isinstance(step, GenerateResponse):
                return step
            await asyncio.sleep(step)
        raise StopAsyncIteration

    async def __anext__(self) -> GenerateResponse:
        await self._open()
        return self._first.pop() if self._first else await self._next()


def _whole(told: Telling | None) -> GenerateResponse:
    if told is None or told.response is None:
        raise UnsupportedOperationError("response", "the stream has not been read to its end")
    return told.response
