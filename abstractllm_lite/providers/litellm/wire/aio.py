"""The async transport: aiohttp beneath, one session for each event loop."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import httpx
import yarl
from aiohttp.http_exceptions import HttpProcessingError

from . import steps
from .exchange import BODY_LIMIT
from .foreign import detail, thrown
from .reading import Reading
from .sessions import home, lines

if TYPE_CHECKING:
    from .exchange import Exchange, FaultKind
    from .steps import Passage
    from .tape import Played

_LARGE = 2**20  # bytes of a body that is sent piece by piece

T = TypeVar("T")

_KINDS: tuple[tuple[type[Exception], FaultKind], ...] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.ClientHttpProxyError, "connect"),
    (aiohttp.InvalidURL, "invalid"),
    (aiohttp.ClientError, "dropped"),
    (HttpProcessingError, "dropped"),
    (OSError, "dropped"),
)
_FOREIGN = tuple(error for error, _ in _KINDS)


async def _bounded(exchange: Exchange, work: Callable[[], Awaitable[T]]) -> T:
    """Await `work` within the exchange's time, its foreign errors turned into faults."""
    start = time.monotonic()
    try:
        with _on_the_wire(exchange):
            async with asyncio.timeout(exchange.left()):
                return await work()
    finally:
        exchange.waited(time.monotonic() - start)


@contextmanager
def _on_the_wire(exchange: Exchange) -> Iterator[None]:
    try:
        yield
    except _FOREIGN as error:
        kind = next(kind for cause, kind in _KINDS if isinstance(error, cause))
        raise thrown(exchange.fail(kind, detail(kind, error))) from None


class AsyncTransport(httpx.AsyncBaseTransport):
    """Carries each request over the running loop's session, on the clock of its exchange."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        passage = steps.begin(request)
        exchange, request = passage.exchange, passage.request
        response = Replay(passage.played) if passage.played else await _sent(passage)
        exchange.answer(response.status, response.headers.items())
        reading = Reading(exchange, request, passage.recording)
        line = AsyncLine(exchange, response, reading)
        answer = httpx.Response(
            response.status,
            headers=response.raw_headers,
            stream=AsyncBody(line),
            extensions={"reason_phrase": (response.reason or "").encode("ascii", "replace")},
        )
        if fault := steps.refused_redirect(exchange, request):
            line.close()
            raise thrown(fault)
        if steps.is_error(exchange):
            return steps.error_answer(exchange, answer, await line.read_error())
        reading.settle(answer.headers)
        return answer


async def _sent(passage: Passage) -> aiohttp.ClientResponse:
    response = await _bounded(passage.exchange, lambda: _send(passage))
    if passage.recording is not None:
        headers = response.headers.items()
        passage.recording.begin(response.status, response.reason or "", headers)
    return response


async def _send(passage: Passage) -> aiohttp.ClientResponse:
    request, way = passage.request, passage.way
    assert way is not None
    return await (await home()).session.request(
        request.method,
        yarl.URL(str(request.url), encoded=True),
        headers=[pair for pair in request.headers.multi_items() if pair[0] != "transfer-encoding"],
        data=_body(request.content),
        allow_redirects=False,
        proxy=way.proxy,
        ssl=way.tls,
        trace_request_ctx=passage.exchange,
    )


def _body(content: bytes) -> bytes | io.BytesIO | None:
    """A large body as a file, which aiohttp sends piece by piece: bytes it would copy twice."""
    return io.BytesIO(content) if len(content) > _LARGE else content or None


class Replay:
    """A recorded answer in the shape of aiohttp's, as far as a line needs it."""

    connection = None

    def __init__(self, played: Played) -> None:
        self.status, self.reason = played.status, played.reason
        self.headers = httpx.Headers(played.headers)
        self.raw_headers = self.headers.raw
        self.content = self
        self._rest = played.body

    async def readany(self) -> bytes:
        """The whole body at once, then nothing."""
        data, self._rest = self._rest, b""
        return data

    def close(self) -> None:
        """There is nothing to close."""


class AsyncLine:
    """An open answer on one event loop."""

    def __init__(
        self, exchange: Exchange, response: aiohttp.ClientResponse | Replay, reading: Reading
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._exchange = exchange
        self._response = response
        self._reading = reading
        self._over = False
        lines[id(self)] = self
        exchange.hold(self)

    async def read(self) -> bytes | None:
        """The next bytes; None at the end, or the fault that the end is."""
        if self._over:
            return None
        if id(self) not in lines:
            raise thrown(self._exchange.fail("closed"))
        try:
            self._reading.check()
            if data := await _bounded(self._exchange, self._response.content.readany):
                return self._reading.take(data)
        except BaseException:
            self.close()
            raise
        self._over = True
        try:
            self._reading.end()
        finally:
            self.close()
        return None

    async def read_error(self) -> bytes:
        """The start of a failure's body, as far as it came: the status is enough."""
        body = b""
        with suppress(httpx.TransportError):
            while len(body) < BODY_LIMIT and (data := await self.read()) is not None:
                body += data
        self.close()
        return body

    async def arelease(self, *, finished: bool = False) -> None:
        """Close the answer, after reading what little is left of a finished one."""
        if asyncio.get_running_loop() is not self.loop:
            self.forsake()
        elif id(self) in lines:
            if finished or self._exchange.ended:
                with self._exchange.grace(), suppress(*_FOREIGN):
                    await self._drain()
            self.close()

    async def _drain(self) -> None:
        async with asyncio.timeout(self._exchange.left()):
            while data := await self._response.content.readany():
                self._reading.overhear(data)
            self._reading.drained()

    def release(self, *, finished: bool = False) -> None:
        """Close the answer from anywhere: its loop does it. The sync line's twin."""
        self.forsake()

    def forsake(self) -> None:
        """Leave the closing to the loop; for finalisers, which run in any thread."""
        if id(self) in lines:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """Give back or close the connection; once."""
        if lines.pop(id(self), None) is not None:
            self._exchange.hold(None)
            self._reading.close()
            connection = self._response.connection
            self._response.close()
            if connection is not None:  # the answer of a closed loop does not do it
                connection.close()


class AsyncBody(httpx.AsyncByteStream):
    """An answer's bytes for httpx. The wire does not refer to it, so it dies when dropped."""

    def __init__(self, line: AsyncLine) -> None:
        self._line = line

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        data = await self._line.read()
        if data is None:
            raise StopAsyncIteration
        return data

    async def aclose(self) -> None:
        await self._line.arelease()

    def __del__(self) -> None:
        self._line.forsake()
