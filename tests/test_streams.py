"""A generator of pieces becomes a stream that opens, ends and closes as every stream here does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

import pytest

from abstractllm_lite.exceptions import (
    ProviderAPIError,
    ProviderConnectionError,
    UnsupportedOperationError,
)
from abstractllm_lite.streams import AsyncPieceStream, PieceStream
from abstractllm_lite.types import AsyncResponseStream, GenerateResponse, ResponseStream

END = GenerateResponse(None, usage={"input_tokens": 1}, finish_reason="stop", model="m")
CALL = [{"id": "c", "name": "add", "arguments": {"a": 1}}]


class Source:
    """A provider's generator that tells whether it was closed; exceptions in it are raised."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = pieces
        self.freed = False

    def sync(self) -> Generator[str]:
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.freed = True

    async def awaited(self) -> AsyncGenerator[str]:
        try:
            for piece in self.pieces:
                await asyncio.sleep(0)
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            self.freed = True


def read(source: Source) -> tuple[list[Any], GenerateResponse]:
    stream = PieceStream(source.sync())
    pieces = list(stream)
    assert isinstance(stream, ResponseStream)  # looks at `response`, which needs the end
    return pieces, stream.response


def read_async(source: Source) -> tuple[list[Any], GenerateResponse]:
    async def main() -> tuple[list[Any], GenerateResponse]:
        stream = AsyncPieceStream(source.awaited())
        pieces = [piece async for piece in stream]
        assert isinstance(stream, AsyncResponseStream)
        return pieces, stream.response

    return asyncio.run(main())


Read = Callable[[Source], tuple[list[Any], GenerateResponse]]
both = pytest.mark.parametrize("read", [read, read_async])


@both
def test_the_pieces_add_up_to_the_whole_with_the_facts_of_the_last(read: Read) -> None:
    pieces, whole = read(Source("one", GenerateResponse(" two"), END))
    assert pieces == ["one", " two", ""]
    assert all(isinstance(piece, GenerateResponse) for piece in pieces)
    assert whole == "one two"
    assert (whole.model, whole.finish_reason, whole.usage) == ("m", "stop", {"input_tokens": 1})


@both
def test_an_answer_of_tool_calls_alone_has_no_content(read: Read) -> None:
    pieces, whole = read(Source(END.__replace__(tool_calls=CALL)))
    assert len(pieces) == 1
    assert whole.content is None
    assert whole.tool_calls[0].name == "add"


@both
@pytest.mark.parametrize("pieces", [(), ("one",), ("one", " two")])
def test_a_stream_without_a_last_piece_is_an_error(read: Read, pieces: tuple[str, ...]) -> None:
    with pytest.raises(ProviderConnectionError, match="ended before its end") as caught:
        read(Source(*pieces))
    partial = caught.value.partial
    assert (str(partial) if pieces else partial) == ("".join(pieces) or None)


@both
def test_an_error_on_the_way_carries_what_came(read: Read) -> None:
    source = Source("one", ProviderAPIError("broken"))
    with pytest.raises(ProviderAPIError) as caught:
        read(source)
    assert caught.value.partial == "one"
    assert source.freed


def test_an_error_of_opening_is_raised_at_once() -> None:
    with pytest.raises(ProviderAPIError):
        PieceStream(Source(ProviderAPIError("no"), "one").sync())

    async def main() -> None:
        with pytest.raises(ProviderAPIError):
            await AsyncPieceStream(Source(ProviderAPIError("no"), "one").awaited())

    asyncio.run(main())


def test_after_an_error_the_iteration_is_over() -> None:
    stream = PieceStream(Source("one", ProviderAPIError("broken")).sync())
    next(stream)
    with pytest.raises(ProviderAPIError):
        next(stream)
    assert list(stream) == []


def test_leaving_the_block_closes_the_generator_and_ends_the_iteration() -> None:
    source = Source("one", " two", END)
    with PieceStream(source.sync()) as stream:
        assert next(stream) == "one"
    assert source.freed
    assert list(stream) == []
    with pytest.raises(UnsupportedOperationError):
        _ = stream.response

    async def main() -> None:
        other = Source("one", " two", END)
        async with AsyncPieceStream(other.awaited()) as awaited:
            assert await anext(awaited) == "one"
        assert other.freed
        assert [piece async for piece in awaited] == []

    asyncio.run(main())


def test_a_response_is_there_only_at_the_end() -> None:
    stream = PieceStream(Source("one", END).sync())
    with pytest.raises(UnsupportedOperationError, match="read to its end"):
        _ = stream.response
    list(stream)
    assert stream.response == "one"
    assert list(stream) == []


def test_the_asynchronous_one_may_be_awaited_first_and_twice() -> None:
    async def main() -> None:
        stream = await AsyncPieceStream(Source("one", " two", END).awaited())
        assert await stream is stream
        assert "".join([piece async for piece in stream]) == "one two"
        pieces = await asyncio.wait_for(AsyncPieceStream(Source("a", END).awaited()), 10)
        assert [piece async for piece in pieces] == ["a", ""]

    asyncio.run(main())
