"""Sockets that wait no longer than the exchange which is being served allows."""

from __future__ import annotations

import os
import queue
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

if TYPE_CHECKING:
    from .exchange import Exchange

T = TypeVar("T")


class _Served(threading.local):
    """Whose clock this thread is on. Finalisers set it too, from the midst of anything: setting a
    ContextVar there may crash Python 3.11."""

    exchange: Exchange | None = None


_served = _Served()
_PIECE = 64 * 1024  # bytes written under one timeout


@contextmanager
def serving(exchange: Exchange) -> Iterator[None]:
    """Within, what this thread does on sockets is on the clock of `exchange`."""
    before, _served.exchange = _served.exchange, exchange
    try:
        yield
    finally:
        _served.exchange = before


def busy() -> bool:
    """Whether this thread is inside the connection pool, whose lock it may hold."""
    return _served.exchange is not None


def _bounded(late: type[Exception], operation: Callable[[float], T]) -> T:
    exchange = _served.exchange
    if exchange is None:
        raise RuntimeError("a socket was used outside an exchange")
    left = exchange.left()
    if left <= 0:
        raise late("no time left")
    start = time.monotonic()
    try:
        return operation(left)
    finally:
        exchange.waited(time.monotonic() - start)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose reads and writes end when the exchange's time is up."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream
        _streams.add(self)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return _bounded(httpcore.ReadTimeout, partial(self._stream.read, max_bytes))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            write = partial(self._stream.write, buffer[start : start + _PIECE])
            _bounded(httpcore.WriteTimeout, write)

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        shake = partial(self._stream.start_tls, ssl_context, server_hostname)
        return DeadlineStream(_bounded(httpcore.ConnectTimeout, shake))

    def close(self) -> None:
        """Close, and wake a thread that is reading: closing the file alone would not."""
        with suppress(OSError):
            self._stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._stream.close()

    def leave(self) -> None:
        """Let go of the connection without a sign to its other end: it is the parent's."""
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


_streams: weakref.WeakSet[DeadlineStream] = weakref.WeakSet()


def _leave_all() -> None:
    for stream in list(_streams):
        stream.leave()


if hasattr(os, "register_at_fork"):  # what a child inherits is its parent's
    os.register_at_fork(after_in_child=_leave_all)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connects within the exchange's time, name look-up and all addresses included."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if exchange := _served.exchange:
            exchange.dialled = True
        failure: Exception = httpcore.ConnectError(f"no address for {host}")
        for address in _bounded(httpcore.ConnectTimeout, partial(look_up, host)):
            connect = partial(self._backend.connect_tcp, address, port)
            try:
                return DeadlineStream(_bounded(httpcore.ConnectTimeout, connect))
            except httpcore.ConnectError as error:
                failure = error
        raise failure


def look_up(host: str, seconds: float) -> list[str]:
    """The addresses of `host`; a system resolver knows no timeout, hence the thread."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()
    resolve(host, found.put)
    try:
        answer = found.get(timeout=seconds)
    except queue.Empty:
        raise httpcore.ConnectTimeout(f"no address for {host} in time") from None
    if isinstance(answer, OSError):
        raise httpcore.ConnectError(str(answer))
    return [str(info[4][0]) for info in answer]


def resolve(
    host: str, tell: Callable[[list[Any] | OSError], None], family: int = socket.AF_UNSPEC
) -> None:
    """Look a name up in a thread that nothing waits for; `tell` is called there."""

    def work() -> None:
        try:
            tell(socket.getaddrinfo(host, None, family, socket.SOCK_STREAM))
        except OSError as error:
            tell(error)
        except UnicodeError:  # a label of more than 63 characters
            tell(socket.gaierror(socket.EAI_NONAME, "this cannot be a host's name"))

    threading.Thread(target=work, daemon=True).start()
