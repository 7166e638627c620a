"""The async transport: one aiohttp session for each event loop, one thin client for an attempt.

A session lives in an async generator that its loop closes when it shuts down (`asyncio.run` and
`asyncio.Runner` do), so nobody needs to close anything. httpx's own async pool collapses at a
hundred requests at once (encode/httpx#3215).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import httpx
import yarl
from aiohttp.http_exceptions import HttpProcessingError

from . import steps
from .environment import KEEP_ALIVE, proxy_for, tls
from .exchange import BODY_LIMIT
from .foreign import detail, thrown

if TYPE_CHECKING:
    from types import SimpleNamespace

    from .ends import Tap
    from .exchange import Exchange, FaultKind

T = TypeVar("T")

_HEADER_LIMIT = 64 * 1024  # bytes
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None)  # the exchange has the clock
_OWN_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")  # not aiohttp's

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

_keepers: dict[asyncio.AbstractEventLoop, AsyncGenerator[aiohttp.ClientSession, None]] = {}
_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}
_open: dict[int, AsyncLine] = {}


async def session() -> aiohttp.ClientSession:
    """The running loop's session, made on first use."""
    loop = asyncio.get_running_loop()
    if (found := _sessions.get(loop)) is not None:
        return found
    _forget_dead_loops()
    keeper = _keepers[loop] = _keep(loop)
    return await anext(keeper)


async def _keep(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[aiohttp.ClientSession, None]:
    made = _sessions[loop] = _make_session()
    try:
        yield made
    finally:
        _keepers.pop(loop, None)
        _sessions.pop(loop, None)
        for line in list(_open.values()):
            if line.loop is loop:
                line.close()
        await made.close()


def _make_session() -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(_note_dialling)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=tls(), keepalive_timeout=KEEP_ALIVE),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_NO_TIMEOUT,
        auto_decompress=False,
        skip_auto_headers=_OWN_HEADERS,
        max_line_size=_HEADER_LIMIT,
        max_field_size=_HEADER_LIMIT,
        trace_configs=[trace],
    )


async def _note_dialling(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    context.trace_request_ctx.dialled = True


def _forget_dead_loops() -> None:
    """Drop what belongs to loops that were closed without shutting down their generators."""
    for loop in list(_sessions):
        if loop.is_closed():
            _keepers.pop(loop, None)
            _sessions.pop(loop).detach()
    for number, line in list(_open.items()):
        if line.loop.is_closed():
            _open.pop(number, None)


async def aclose_all() -> None:
    """Close the running loop's connections; answers that are still open end in a fault."""
    keeper = _keepers.get(asyncio.get_running_loop())
    if keeper is not None:
        await keeper.aclose()


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
        exchange = steps.begin(request)
        response = await _bounded(exchange, lambda: _send(exchange, request))
        exchange.answer(response.status, response.headers.items())
        line = AsyncLine(exchange, response, steps.tap_for(exchange, request))
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
        return answer


async def _send(exchange: Exchange, request: httpx.Request) -> aiohttp.ClientResponse:
    return await (await session()).request(
        request.method,
        yarl.URL(str(request.url), encoded=True),
        headers=[pair for pair in request.headers.multi_items() if pair[0] != "transfer-encoding"],
        data=request.content or None,
        allow_redirects=False,
        proxy=proxy_for(request.url.scheme, request.url.host),
        trace_request_ctx=exchange,
    )


class AsyncLine:
    """An open answer on one event loop."""

    def __init__(
        self, exchange: Exchange, response: aiohttp.ClientResponse, tap: Tap | None
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._exchange = exchange
        self._response = response
        self._tap = tap
        self._over = False
        _open[id(self)] = self
        exchange.hold(self)

    async def read(self) -> bytes | None:
        """The next bytes; None at the end, or the fault that the end is."""
        if self._over:
            return None
        if id(self) not in _open:
            raise thrown(self._exchange.fail("closed"))
        try:
            data = await _bounded(self._exchange, self._response.content.readany)
        except BaseException:
            self.close()
            raise
        if not data:
            self._over = True
            self.close()
            steps.end_of(self._exchange, self._tap)
            return None
        if self._tap is not None:
            self._tap.feed(data)
        return data

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
        elif id(self) in _open:
            if finished or self._exchange.ended:
                self._exchange.grace()
                with suppress(*_FOREIGN):
                    async with asyncio.timeout(self._exchange.left()):
                        while await self._response.content.readany():
                            pass
            self.close()

    def release(self, *, finished: bool = False) -> None:
        """Close the answer from anywhere: its loop does it. The sync line's twin."""
        self.forsake()

    def forsake(self) -> None:
        """Leave the closing to the loop; for finalisers, which run in any thread."""
        if id(self) in _open:
            with suppress(RuntimeError):  # the loop is closed
                self.loop.call_soon_threadsafe(self.close)

    def close(self) -> None:
        """Give back or close the connection; once."""
        if _open.pop(id(self), None) is not None:
            self._exchange.hold(None)
            self._response.close()


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
