"""Streams: made of a provider's generator of pieces; for asyncio one opens by itself when read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Generator
from types import TracebackType
from typing import Any, Self, TypeVar

from .exceptions import AbstractLLMError, ProviderConnectionError, UnsupportedOperationError
from .types import GenerateResponse

__all__ = ["AsyncPieceStream", "ClosesItself", "OpensItself", "PieceStream"]

Opened = TypeVar("Opened")


class ClosesItself(ABC):
    """For `for` and `with`; leaving the block closes the stream."""

    @abstractmethod
    def close(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class OpensItself(Coroutine[Any, Any, Opened]):
    """For `await`, `async for` and `async with`; a coroutine, so that `create_task`, `gather` and
    `wait_for` take it too."""

    _opening: Coroutine[Any, Any, Opened] | None = None

    @abstractmethod
    async def _open(self) -> Opened:
        """Open the stream unless it is open."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""

    def __await__(self) -> Generator[Any, Any, Opened]:
        return self._open().__await__()

    def __aiter__(self) -> Self:
        return self

    async def __aenter__(self) -> Opened:
        return await self._open()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def send(self, value: Any) -> Any:
        """As a coroutine: go on opening the stream."""
        return self._coroutine().send(value)

    def throw(self, *error: Any) -> Any:
        """As a coroutine: raise an exception where the opening waits."""
        return self._coroutine().throw(*error)

    def close(self) -> None:
        """As a coroutine: stop opening."""
        if self._opening is not None:
            self._opening.close()

    def _coroutine(self) -> Coroutine[Any, Any, Opened]:
        if self._opening is None:
            self._opening = self._open()
        return self._opening


class _Gathered:
    """What came of a stream, what of it is still to be handed on, and its end. No waiting."""

    def __init__(self) -> None:
        self.pending: deque[GenerateResponse] = deque()
        self.over = False
        self._texts: list[str] = []
        self._last = GenerateResponse()

    def take(self, piece: str | None) -> None:
        """Take the next piece in; None is the end. Raises an error for an end that is none."""
        if piece is None:
            self.over = True
            if not self._last.finish_reason:
                raise ProviderConnectionError("the stream ended before its end")
            return
        self._last = piece if isinstance(piece, GenerateResponse) else GenerateResponse(piece)
        self._texts += [] if self._last.content is None else [self._last.content]
        self.pending.append(self._last)

    def whole(self) -> GenerateResponse:
        """The whole answer. Raises UnsupportedOperationError before its end."""
        if not self._last.finish_reason:
            raise UnsupportedOperationError("response", "the stream has not been read to its end")
        return self._last.__replace__(content=self._text())

    def fail(self, error: AbstractLLMError) -> None:
        """Give the error the part that came before it."""
        self.over = True
        if self._texts and error.partial is None:
            error.partial = GenerateResponse(self._text())

    def end(self) -> None:
        """Nothing more is handed on."""
        self.over = True
        self.pending.clear()

    def _text(self) -> str | None:
        return "".join(self._texts) if self._texts else None


class PieceStream(ClosesItself):
    """An open stream made of a provider's generator of pieces.

    The generator's last piece has a `finish_reason` and the facts of the whole (usage, tool
    calls, ...); a stream without one is a ProviderConnectionError. The first piece is waited for
    at once: errors of opening are raised here. Later ones carry what came in `partial`. Closing
    the stream closes the generator, whose `finally` or `with` frees the connection.
    """

    def __init__(self, pieces: Generator[str]) -> None:
        self._pieces = pieces
        self._gathered = _Gathered()
        self._pull()

    @property
    def response(self) -> GenerateResponse:
        """The whole answer. Raises UnsupportedOperationError before the stream's end."""
        return self._gathered.whole()

    def close(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        self._gathered.end()
        self._pieces.close()

    def _pull(self) -> None:
        try:
            self._gathered.take(next(self._pieces, None))
        except AbstractLLMError as error:
            self._gathered.fail(error)
            raise

    def __next__(self) -> GenerateResponse:
        if not (self._gathered.pending or self._gathered.over):
            self._pull()
        if not self._gathered.pending:
            raise StopIteration
        return self._gathered.pending.popleft()


class AsyncPieceStream(OpensItself["AsyncPieceStream"]):
    """The same for asyncio, opened by `await`, by `async for` or by `async with`."""

    def __init__(self, pieces: AsyncGenerator[str]) -> None:
        self._pieces = pieces
        self._gathered = _Gathered()
        self._opened = False

    @property
    def response(self) -> GenerateResponse:
        """The whole answer. Raises UnsupportedOperationError before the stream's end."""
        return self._gathered.whole()

    async def aclose(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        self._gathered.end()
        await self._pieces.aclose()

    async def _open(self) -> AsyncPieceStream:
        if not self._opened:
            self._opened = True
            await self._pull()
        return self

    async def _pull(self) -> None:
        try:
            self._gathered.take(await anext(self._pieces, None))
        except AbstractLLMError as error:
            self._gathered.fail(error)
            raise

    async def __anext__(self) -> GenerateResponse:
        await self._open()
        if not (self._gathered.pending or self._gathered.over):
            await self._pull()
        if not self._gathered.pending:
            raise StopAsyncIteration
        return self._gathered.pending.popleft()
