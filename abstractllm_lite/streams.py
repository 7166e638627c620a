"""A stream for asyncio that opens when it is awaited, or by itself when it is read."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Coroutine, Generator
from types import TracebackType
from typing import Any, Self, TypeVar

Opened = TypeVar("Opened")


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
