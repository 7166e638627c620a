"""Streams: opened eagerly, folded purely, closed surely; the sync and async edges are twins."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from ...exceptions import (
    AbstractLLMError,
    GenerationError,
    ProviderConnectionError,
    UnsupportedOperationError,
)
from ...streams import ClosesItself, OpensItself
from . import client
from .errors import atranslating, translating
from .fold import StreamFold
from .response import closing_piece, conclude, partial

if TYPE_CHECKING:
    from ...types import GenerateResponse
    from .call import Attempt


@dataclass(slots=True)
class Flow:
    """One open stream: what came, what is still to be handed on, and how it ended. No waiting."""

    attempt: Attempt
    source: Any
    fold: StreamFold = field(default_factory=StreamFold)
    pending: deque[GenerateResponse] = field(default_factory=deque)
    response: GenerateResponse | None = None
    closed: bool = False

    @property
    def begun(self) -> bool:
        """Whether the stream is past the point where another attempt would be possible."""
        return self.fold.spoken or self.response is not None

    def accept(self, chunk: Any) -> None:
        """Take one chunk in; None is the end. Raises an error for an end that is none."""
        if chunk is None:
            self._finish()
            return
        self.pending += self.fold.feed(chunk)
        if self.fold.moved:
            self.attempt.exchange.pulse()

    def fail(self, error: AbstractLLMError) -> NoReturn:
        """Raise the error with the part that came before it."""
        if self.fold.spoken:
            error.partial = partial(self.fold.answer, self.attempt.call)
        raise error

    def whole(self) -> GenerateResponse:
        """The finished response. Raises UnsupportedOperationError before the end."""
        if self.response is None:
            unread = "the stream has not ended; read it to its end first"
            reason = "the stream was closed before its end" if self.closed else unread
            raise UnsupportedOperationError("response", reason)
        return self.response

    def ends(self) -> bool:
        """Mark the stream closed; False where it was closed before."""
        first, self.closed = not self.closed, True
        return first

    def _finish(self) -> None:
        answer = self.fold.answer
        if answer.finish is None or self.attempt.exchange.reasoned is False:
            raise self._unfinished()
        answer.usage = client.stream_usage(self.source, self.fold.usages)
        self.response = conclude(answer, self.attempt)
        self.pending.append(closing_piece(self.response))

    def _unfinished(self) -> AbstractLLMError:
        """What a stream without a finish reason is: cut short, or ended with nothing said."""
        if self.attempt.exchange.ended and not self.fold.spoken:
            return GenerationError("the vendor's answer is empty")
        return ProviderConnectionError("the stream ended before its end")


def open_flow(attempt: Attempt) -> Flow:
    """Send the request and wait for the first content; every error of it is raised here."""
    flow = Flow(attempt, translating(attempt, lambda: client.completion(attempt)))
    while not flow.begun:
        pull(flow)
    return flow


async def aopen_flow(attempt: Attempt) -> Flow:
    """The same, awaited."""
    flow = Flow(attempt, await atranslating(attempt, lambda: client.acompletion(attempt)))
    while not flow.begun:
        await apull(flow)
    return flow


def pull(flow: Flow) -> None:
    """Take the next chunk in; at the end, and on any error, the connection is closed."""
    going_on = False
    try:
        translating(flow.attempt, lambda: flow.accept(client.advance(flow.source, flow.attempt)))
        going_on = flow.response is None
    except AbstractLLMError as error:
        if not flow.closed:  # else somebody else's close() broke it off
            flow.fail(error)
    finally:
        if not going_on:
            close(flow)


async def apull(flow: Flow) -> None:
    """The same, awaited."""

    async def step() -> None:
        flow.accept(await client.aadvance(flow.source, flow.attempt))

    going_on = False
    try:
        await atranslating(flow.attempt, step)
        going_on = flow.response is None
    except AbstractLLMError as error:
        if not flow.closed:  # else somebody else's close() broke it off
            flow.fail(error)
    finally:
        if not going_on:
            await aclose(flow)


def close(flow: Flow) -> None:
    """Close the connection, or give it back where the stream has ended."""
    if flow.ends():
        client.close(flow.source, flow.attempt, finished=flow.response is not None)


async def aclose(flow: Flow) -> None:
    """The same, awaited."""
    if flow.ends():
        await client.aclose(flow.source, flow.attempt, finished=flow.response is not None)


class Stream(ClosesItself):
    """An open stream of text pieces; its last piece carries what is known of the whole.

    Leaving a `with` block, `close()`, an error, or dropping the object closes the connection.
    """

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    @property
    def response(self) -> GenerateResponse:
        """The whole response. Raises UnsupportedOperationError before the stream's end."""
        return self._flow.whole()

    def close(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        close(self._flow)
        self._flow.pending.clear()

    def __next__(self) -> GenerateResponse:
        flow = self._flow
        while not flow.pending:
            if flow.closed:
                raise StopIteration
            pull(flow)
        return flow.pending.popleft()

    def __del__(self) -> None:
        close(self._flow)


class AsyncStream(OpensItself["AsyncStream"]):
    """The same for asyncio, opened by `await`, by `async for` or by `async with`."""

    def __init__(self, begin: Callable[[], Awaitable[Flow]]) -> None:
        self._begin: Callable[[], Awaitable[Flow]] | None = begin
        self._flow: Flow | None = None

    @property
    def response(self) -> GenerateResponse:
        """The whole response. Raises UnsupportedOperationError before the stream's end."""
        if self._flow is None:
            raise UnsupportedOperationError("response", "the stream has not been opened")
        return self._flow.whole()

    async def aclose(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        if self._flow is not None:
            await aclose(self._flow)
            self._flow.pending.clear()

    def close(self) -> None:
        """As a coroutine: stop opening. An open stream's connection is closed too."""
        super().close()
        self.__del__()

    async def _open(self) -> AsyncStream:
        await self._opened()
        return self

    async def _opened(self) -> Flow:
        if self._flow is None:
            begin, self._begin = self._begin, None
            if begin is None:
                reason = "it is opened once; call generate_async again for another stream"
                raise UnsupportedOperationError("open", reason)
            self._flow = await begin()
        return self._flow

    async def __anext__(self) -> GenerateResponse:
        flow = await self._opened()
        while not flow.pending:
            if flow.closed:
                raise StopAsyncIteration
            await apull(flow)
        return flow.pending.popleft()

    def __del__(self) -> None:
        if self._flow is not None:
            close(self._flow)
