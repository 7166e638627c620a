"""A small HTTP server on 127.0.0.1 for tests: it keeps what it was sent and says what it is told.

    with Loopback() as server:
        server.queue(Reply({"error": "busy"}, status=503))  # for the first request
        server.reply = Reply({"id": "x"})  # for every later one; or a function of the Request
        ...
        assert server.requests[0].json["model"] == "m"

One thread accepts, one thread serves each connection; connections are kept alive as HTTP/1.1 does.
Whatever no reply was set for gets status 599, so a forgotten reply cannot pass for an answer.
"""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

MAX_HEAD = 64 * 1024


@dataclass(frozen=True)
class Request:
    """One request as it arrived; header names are lower-case, `path` is without the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @cached_property
    def json(self) -> Any:
        """The body parsed as JSON; ValueError when it is none."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer. A dict or list is sent as JSON.

    `piece`: send the body chunked, in pieces of so many bytes. `hold`: send the body chunked, then
    neither end it nor close the connection until the client hangs up. `cut`: close the connection
    after half of the body. `delay`: seconds to wait before the first byte.
    """

    body: bytes | str | Mapping[str, Any] | list[Any] = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    piece: int | None = None
    hold: bool = False
    cut: bool = False
    delay: float = 0.0

    @cached_property
    def content(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    def head(self) -> bytes:
        """Status line and headers, with the framing that `piece` and `hold` ask for."""
        headers = {"content-type": "application/json", **self.headers}
        if self.piece or self.hold:
            headers["transfer-encoding"] = "chunked"
        else:
            headers["content-length"] = str(len(self.content))
        lines = [f"HTTP/1.1 {self.status} Status", *(f"{k}: {v}" for k, v in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def pieces(self) -> Iterator[bytes]:
        """The framed body, as it is to be handed to the socket."""
        if self.cut:
            yield self.content[: len(self.content) // 2]
            return
        if not (self.piece or self.hold):
            yield self.content
            return
        step = self.piece or max(1, len(self.content))
        for start in range(0, len(self.content), step):
            data = self.content[start : start + step]
            yield b"%x\r\n%s\r\n" % (len(data), data)
        if not self.hold:
            yield b"0\r\n\r\n"


def sse(*events: Any, done: bool = True, named: bool = False, **reply: Any) -> Reply:
    """Server-sent events: each a dict or text; `named` adds its "type" as the event's name."""
    lines = []
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        data = event if isinstance(event, str) else json.dumps(event)
        lines.append(f"{name}data: {data}\n\n")
    end = "data: [DONE]\n\n" if done else ""
    return Reply("".join(lines) + end, headers={"content-type": "text/event-stream"}, **reply)


Answer = Reply | Callable[[Request], Reply]
NOTHING_SET = Reply({"error": {"message": "the test set no reply"}}, status=599)


class Loopback:
    """The server; a context manager. `url` has no trailing slash."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.reply: Answer = NOTHING_SET
        self._queue: deque[Answer] = deque()
        self._lock = threading.Lock()
        self._hangups = threading.Semaphore(0)
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def queue(self, *answers: Answer) -> None:
        """Answers for the next requests, one each, before `reply` has its turn."""
        self._queue.extend(answers)

    def hung_up(self, seconds: float = 5.0) -> bool:
        """True once the client has closed a connection held open by `Reply.hold`."""
        return self._hangups.acquire(timeout=seconds)

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        with self._lock:
            for connection in self._open:
                _shut(connection)
        # A blocked accept() is only woken by a connection, on every platform.
        with suppress(OSError):
            socket.create_connection(self._listener.getsockname()).close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopping.is_set():
                connection.close()
                self._listener.close()
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A client that went away is no fault of the server: what it had sent is on record.
        with connection, suppress(OSError), connection.makefile("rb") as incoming:
            while (request := _read(incoming)) and not self._stopping.is_set():
                self._respond(connection, request)
        with self._lock:
            self._open.discard(connection)

    def _respond(self, connection: socket.socket, request: Request) -> None:
        with self._lock:
            self.requests.append(request)
            answer = self._queue.popleft() if self._queue else self.reply
        reply = answer if isinstance(answer, Reply) else answer(request)
        if reply.delay:
            self._stopping.wait(reply.delay)
        connection.sendall(reply.head())
        for piece in reply.pieces():
            connection.sendall(piece)
        if reply.hold:
            self._hold(connection)
        if reply.cut:
            _shut(connection)

    def _hold(self, connection: socket.socket) -> None:
        try:
            connection.recv(1)
        finally:
            self._hangups.release()
            _shut(connection)


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _read(incoming: Any) -> Request | None:
    line = incoming.readline(MAX_HEAD)
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := incoming.readline(MAX_HEAD)) not in (b"\r\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, _read_body(incoming, headers))


def _read_body(incoming: Any, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return bytes(incoming.read(int(headers.get("content-length", 0))))
    body = b""
    while size := int(incoming.readline(MAX_HEAD).split(b";")[0], 16):
        body += incoming.read(size)
        incoming.readline(MAX_HEAD)
    incoming.readline(MAX_HEAD)
    return body
