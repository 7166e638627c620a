"""What a streamed turn gives: pieces as they come, and the answer once it has ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import TYPE_CHECKING, Generic, TypeVar

from ..exceptions import UnsupportedOperationError
from ..streams import ClosesItself, OpensItself

if TYPE_CHECKING:
    from ..types import GenerateResponse
    from .turn import Turn

Piece = TypeVar("Piece")


class SessionStream(ClosesItself, Generic[Piece]):
    """An open stream of pieces; closed before its end, it leaves the history as it was.

    `response` is the turn's last answer; the pieces also hold what the model said before its
    tools ran.
    """

    def __init__(self, turn: Turn, pieces: Generator[Piece | None]) -> None:
        self._turn = turn
        self._pieces = pieces
        next(pieces)  # opens the first stream: errors of that are raised here

    @property
    def response(self) -> GenerateResponse:
        """The whole answer. Raises UnsupportedOperationError before the stream's end."""
        return whole(self._turn)

    def close(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        self._pieces.close()

    def __next__(self) -> Piece:
        while (piece := next(self._pieces)) is None:
            pass
        return piece


def whole(turn: Turn) -> GenerateResponse:
    """The ended turn's answer. Raises UnsupportedOperationError before its end."""
    if not turn.over:
        raise UnsupportedOperationError("response", "the stream has not been read to its end")
    return turn.result()


class AsyncSessionStream(OpensItself["AsyncSessionStream"]):
    """The same for asyncio, opened by `await`, by `async for` or by `async with`."""

    def __init__(self, turn: Turn, pieces: AsyncGenerator[GenerateResponse | None]) -> None:
        self._turn = turn
        self._pieces = pieces
        self._opened = False

    @property
    def response(self) -> GenerateResponse:
        """The whole answer. Raises UnsupportedOperationError before the stream's end."""
        return whole(self._turn)

    async def aclose(self) -> None:
        """Close the connection and end the iteration; harmless when it has ended."""
        await self._pieces.aclose()

    async def _open(self) -> AsyncSessionStream:
        if not self._opened:
            self._opened = True
            await anext(self._pieces)
        return self

    async def __anext__(self) -> GenerateResponse:
        await self._open()
        while (piece := await anext(self._pieces)) is None:
            pass
        return piece
