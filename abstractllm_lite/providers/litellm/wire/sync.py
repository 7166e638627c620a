"""The sync transport: one pool of connections for the process, one thin client for an attempt.

httpcore 1.0.9 hangs when the garbage collector closes an unfinished answer inside the pool's lock.
So every open answer is kept alive in `_open`; a finaliser only queues it, and the next request or
release closes it.
"""

from __future__ import annotations

import atexit
import os
import ssl
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import httpx

from . import steps
from .deadline import DeadlineBackend, busy, serving
from .environment import KEEP_ALIVE
from .exchange import BODY_LIMIT, Exchange
from .foreign import detail, kind_of, thrown
from .reading import Reading

if TYPE_CHECKING:
    from .steps import Passage, Way
    from .tape import Played

# No cap: an answer that is dropped in a cycle holds its connection until the garbage collector
# comes, and httpcore 1.0.9 closes idle connections by the number of all.
_LIMITS = httpx.Limits(
    max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_ALIVE
)

_pools: dict[tuple[int, str | None, ssl.SSLContext], Pool] = {}
_open: dict[int, SyncLine] = {}
_forsaken: deque[SyncLine] = deque()


class Pool(httpx.HTTPTransport):
    """httpx's transport (a subclass, for vcrpy patches that class) over sockets with a deadline."""

    def __init__(self, proxy: str | None, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, limits=_LIMITS, proxy=_proxy(proxy, tls), trust_env=False)
        # httpx has no argument for it; httpcore reads it when it opens a connection.
        self._pool._network_backend = DeadlineBackend()

    def retire(self) -> None:
        """Close the idle connections, and each of the others once it is given back.

        httpcore 1.0.9 can do both, but has no public name for either.
        """
        pool: Any = self._pool
        pool._max_keepalive_connections = 0
        with pool._optional_thread_lock:
            idle = pool._assign_requests_to_connections()
        pool._close_connections(idle)


def _proxy(address: str | None, tls: ssl.SSLContext) -> httpx.Proxy | None:
    if address is None:
        return None
    through_tls = address.lower().startswith("https:")
    return httpx.Proxy(address, ssl_context=tls if through_tls else None)


def pool_for(way: Way) -> Pool:
    """The pool for a way. A forked child gets its own and leaves its parent's alone."""
    key = (os.getpid(), way.proxy, way.tls)
    return _pools.get(key) or _pools.setdefault(key, Pool(way.proxy, way.tls))


def close_idle() -> None:
    """Retire all pools of this process; nothing inside the pool, where a finaliser may be."""
    if not busy():
        for pool in _own_pools():
            with serving(Exchange(1.0)):
                pool.retire()


def close_all() -> None:
    """Close all connections of this process; answers that are still open end in a fault."""
    for line in list(_open.values()):
        line.close()
    for pool in _own_pools():
        with serving(Exchange(1.0)):
            pool.close()


def _own_pools() -> Iterator[Pool]:
    """Take each of this process's pools away from the calls to come."""
    for key in list(_pools):
        if key[0] == os.getpid() and (pool := _pools.pop(key, None)) is not None:
            yield pool


atexit.register(close_all)


def bury() -> None:
    """Close the answers that were dropped unread."""
    while _forsaken and not busy():
        with suppress(IndexError):  # another thread took it
            _forsaken.popleft().finish()


@contextmanager
def _on_the_wire(exchange: Exchange) -> Iterator[None]:
    """Within, sockets keep the exchange's time, and httpx's errors become its faults."""
    try:
        with serving(exchange):
            yield
    except httpx.TransportError as error:
        kind = kind_of(error)
        raise thrown(exchange.fail(kind, detail(kind, error))) from None


class SyncTransport(httpx.BaseTransport):
    """Carries each request over the shared pool, on the clock of its exchange."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        bury()
        passage = steps.begin(request)
        exchange, request = passage.exchange, passage.request
        response = _played(passage.played) if passage.played else _sent(passage)
        exchange.answer(response.status_code, response.headers.multi_items())
        reading = Reading(exchange, request, passage.recording)
        line = SyncLine(exchange, response, reading)
        if fault := steps.refused_redirect(exchange, request):
            line.close()
            raise thrown(fault)
        if steps.is_error(exchange):
            return steps.error_answer(exchange, response, line.read_error())
        response.stream = SyncBody(line)
        reading.settle(response.headers)
        return response


def _sent(passage: Passage) -> httpx.Response:
    assert passage.way is not None
    with _on_the_wire(passage.exchange):
        response = pool_for(passage.way).handle_request(passage.request)
    if passage.recording is not None:
        reason = response.extensions.get("reason_phrase", b"").decode("ascii", "replace")
        passage.recording.begin(response.status_code, reason, response.headers.multi_items())
    return response


def _played(answer: Played) -> httpx.Response:
    return httpx.Response(
        answer.status,
        headers=answer.headers,
        stream=httpx.ByteStream(answer.body),
        extensions={"reason_phrase": answer.reason.encode("ascii", "replace")},
    )


class SyncLine:
    """An open answer: the owner of httpcore's iterator, which knows nothing of the line."""

    def __init__(self, exchange: Exchange, response: httpx.Response, reading: Reading) -> None:
        self._exchange = exchange
        self._source = cast("httpx.SyncByteStream", response.stream)
        self._pieces = iter(self._source)
        self._reading = reading
        self._over = False
        self._pid = os.getpid()
        _open[id(self)] = self
        exchange.hold(self)

    def read(self) -> bytes | None:
        """The next bytes; None at the end, or the fault that the end is."""
        if self._over:
            return None
        if not self._is_open():
            raise thrown(self._exchange.fail("closed"))
        try:
            self._reading.check()
            with _on_the_wire(self._exchange):
                data = next(self._pieces, None)
            if data is not None:
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

    def read_error(self) -> bytes:
        """The start of a failure's body, as far as it came: the status is enough."""
        body = b""
        with suppress(httpx.TransportError):
            while len(body) < BODY_LIMIT and (data := self.read()) is not None:
                body += data
        self.close()
        return body

    def release(self, *, finished: bool = False) -> None:
        """Close the answer, after reading what little is left of a finished one."""
        if busy():
            self.forsake()
        else:
            self.finish(seen=finished)
            bury()

    async def arelease(self, *, finished: bool = False) -> None:
        """As `release`: the async line's twin."""
        self.release(finished=finished)

    def finish(self, *, seen: bool = False) -> None:
        """Close the answer outside the pool; `seen`: its end was."""
        if self._is_open() and (seen or self._exchange.ended):
            # ValueError: another thread is reading it.
            with self._exchange.grace(), suppress(httpx.TransportError, ValueError):
                self._drain()
        self.close()

    def _drain(self) -> None:
        with serving(self._exchange):
            for data in self._pieces:
                self._reading.overhear(data)
            self._reading.drained()

    def forsake(self) -> None:
        """Leave the closing to others; for finalisers, since it takes no lock."""
        if self._is_open():
            _forsaken.append(self)

    def close(self) -> None:
        """Give back or close the connection; once."""
        if self._is_open() and _open.pop(id(self), None) is not None:
            self._exchange.hold(None)
            self._reading.close()
            with serving(self._exchange):
                self._source.close()

    def _is_open(self) -> bool:
        return id(self) in _open and self._pid == os.getpid()


class SyncBody(httpx.SyncByteStream):
    """An answer's bytes for httpx. The wire does not refer to it, so it dies when dropped."""

    def __init__(self, line: SyncLine) -> None:
        self._line = line

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        data = self._line.read()
        if data is None:
            raise StopIteration
        return data

    def close(self) -> None:
        self._line.release()

    def __del__(self) -> None:
        self._line.forsake()
