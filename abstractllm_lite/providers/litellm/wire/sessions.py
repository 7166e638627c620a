"""One aiohttp session for each event loop, closed with its loop, however that ends.

A session lives in an async generator that its loop closes when it shuts down (`asyncio.run` and
`asyncio.Runner` do), so nobody needs to close anything. A loop that is merely closed leaves its
connections behind; they are closed when the next session is made, or at the end of the process.
httpx's own async pool collapses at a hundred requests at once (encode/httpx#3215).
"""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from .deadline import resolve
from .environment import KEEP_ALIVE

if TYPE_CHECKING:
    from types import SimpleNamespace

_HEADER_LIMIT = 64 * 1024  # bytes
_NO_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=None)  # the exchange has the clock
_OWN_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")  # not aiohttp's


class Line(Protocol):
    """An open answer."""

    loop: asyncio.AbstractEventLoop

    def close(self) -> None: ...


@dataclass(frozen=True)
class Home:
    """What a loop has: its session, the connector beneath it, and what closes both."""

    session: aiohttp.ClientSession
    connector: Connector
    keeper: AsyncGenerator[None, None]


homes: dict[asyncio.AbstractEventLoop, Home] = {}
lines: dict[int, Line] = {}  # the open answers of all loops, by their id


class Connector(aiohttp.TCPConnector):
    """A connector that remembers each transport, with its protocol, until it is closed."""

    def __init__(self) -> None:
        super().__init__(limit=0, keepalive_timeout=KEEP_ALIVE, resolver=Resolver())
        self._given: dict[asyncio.Transport, Any] = {}
        self._crowded = 64  # transports; above, the closed ones are dropped
        self._closings = 0  # of idle connections

    async def connect(self, *args: Any, **options: Any) -> Any:
        """A connection, new or kept."""
        closings = self._closings
        connection = await super().connect(*args, **options)
        if (transport := connection.transport) is not None:
            self._given[transport] = connection.protocol
            if self._closings > closings:
                self._given[transport].force_close()
        if len(self._given) > self._crowded:
            self._given = {each: rest for each, rest in self._given.items() if is_open(each)}
            self._crowded = 2 * len(self._given) + 64
        return connection

    def close_idle(self) -> None:
        """Close the kept connections, and each of the others once it is given back."""
        self._closings += 1
        # aiohttp 3.14.5 has no public name for what it keeps.
        idle = {protocol for kept in self._conns.values() for protocol, _ in kept}
        for transport, protocol in self._given.items():
            if protocol in idle:
                transport.abort()
            else:
                protocol.force_close()

    def abort(self) -> None:
        """Close everything at once, without waiting for what was not sent or for TLS goodbyes."""
        for transport in self._given:
            transport.abort()

    def bury(self) -> None:
        """Close what a loop that no longer runs has left open."""
        for transport in self._given:
            _bury(transport)
        with suppress(RuntimeError, StopIteration):
            self.close().__await__().__next__()


class Resolver(AbstractResolver):
    """Looks names up in threads of its own: asyncio's would keep its loop from ending."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Any] | OSError] = loop.create_future()

        def tell(answer: list[Any] | OSError) -> None:
            with suppress(RuntimeError):  # the loop is closed
                loop.call_soon_threadsafe(_settle, found, answer)

        resolve(host, tell, family)
        answer = await found
        if isinstance(answer, OSError):
            raise answer
        return [_result(host, port, info) for info in answer]

    async def close(self) -> None:
        """There is nothing to close."""


def _settle(found: asyncio.Future[Any], answer: Any) -> None:
    if not found.done():
        found.set_result(answer)


def _result(host: str, port: int, info: Any) -> ResolveResult:
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=info[4][0], port=port, family=info[0], proto=info[2], flags=flags
    )


async def home() -> Home:
    """The running loop's, made on first use."""
    loop = asyncio.get_running_loop()
    if loop not in homes:
        bury_dead_loops()
        connector = Connector()
        made = _make_session(connector)
        keeper = _keep(loop, made, connector)
        await anext(keeper)
        homes[loop] = Home(made, connector, keeper)
    return homes[loop]


async def _keep(
    loop: asyncio.AbstractEventLoop, made: aiohttp.ClientSession, connector: Connector
) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        homes.pop(loop, None)
        _close_lines(loop)
        connector.abort()
        await made.close()
        await asyncio.sleep(0)  # the transports' last word


def _close_lines(loop: asyncio.AbstractEventLoop) -> None:
    for line in list(lines.values()):
        if line.loop is loop:
            line.close()


def _make_session(connector: Connector) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_start.append(_note_dialling)
    return aiohttp.ClientSession(
        connector=connector,
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


async def aclose_idle() -> None:
    """Close the running loop's idle connections, and the others when they are given back."""
    if found := homes.get(asyncio.get_running_loop()):
        found.connector.close_idle()
        await asyncio.sleep(0)


async def aclose_all() -> None:
    """Close the running loop's connections; answers that are still open end in a fault."""
    if found := homes.get(asyncio.get_running_loop()):
        await found.keeper.aclose()


def bury_dead_loops(dead: Callable[[asyncio.AbstractEventLoop], bool] | None = None) -> None:
    """Close what loops have left open that were closed without shutting down their generators."""
    dead = dead or (lambda loop: loop.is_closed())
    for loop in [loop for loop in list(homes) if dead(loop)]:
        # Its own thread may have ended it properly since the list was made.
        if (found := homes.pop(loop, None)) is not None:
            found.session.detach()
            found.connector.bury()
            _close_lines(loop)


def is_open(transport: asyncio.BaseTransport) -> bool:
    """Whether the transport still holds its socket."""
    held = transport.get_extra_info("socket")
    return held is not None and held.fileno() != -1


def _bury(transport: Any) -> None:
    """Close the socket of a transport whose loop will not: its own way leads through the loop.

    asyncio (3.11 to 3.14) has no public way; other loops close their transports themselves.
    """
    tls = getattr(transport, "_ssl_protocol", None)
    beneath = tls._transport if tls is not None else transport
    with suppress(AttributeError, RuntimeError):
        beneath._call_connection_lost(None)


atexit.register(bury_dead_loops, lambda loop: not loop.is_running())
if hasattr(os, "register_at_fork"):  # what a child inherits is its parent's
    os.register_at_fork(after_in_child=lambda: bury_dead_loops(lambda _: True))
