"""A server on loopback that commits one fault for each request, as the address asks.

    with fault_server() as server:
        call(base_url=server.url("anthropic", "drip"))
        assert len(server.requests) == 1

`server.url(vendor, fault)` is the base address for a vendor ("openai", "anthropic", "gemini"; any
other name gets OpenAI's shapes) and a fault, one of `FAULTS`; whether the plain or the streamed
shape is sent follows from the request. `server.requests` lists what arrived, in order, each with
the number of the connection that it came on; `server.connections` counts those. `server.elsewhere`
is the second origin, to which "redirect" leads, with the same two lists. A fault that takes time
ends after `PATIENCE` seconds or when the server closes.

Faults of both shapes
    ok            the whole answer
    refused       nothing listens at the address
    unreachable   connecting takes for ever
    unknown_host  no such name
    no_tls        https at a server that speaks plain HTTP
    stall         the request is read and nothing is answered
    reset         the connection is reset instead of an answer
    hangup        the connection is closed in order instead of an answer
    idle_drop     the first answer is whole; the next request on its connection is not answered
    drip          the head, then the body byte by byte
    drip_head     the head byte by byte
    redirect      307 to another origin
    redirect_home 307 to "ok" at the same origin
    redirect_round 307 to itself
    redirect_cut  307 to "cut_clean" at the same origin
    html, empty   200 with a page, with nothing
    gzip          the whole answer, compressed
    status_<n>    the vendor's error with that status, such as status_429
    retry_<form>  429 with one of `RETRY_AFTER`; `error_drip`: 429 whose body never ends
    echo          401 that repeats every header of the request
    page_502      502 with a page
    bad_json, bad_gzip, bad_utf8, wrong_type
                  200 with JSON that is cut, a broken compression, bytes that are no text, or the
                  whole answer under another content type
    truncated, reset_body
                  200 with half of the promised bytes, then the connection closes or is reset
    whatever is in `said.py`: what vendors say in words, and answers that are odd but whole
Faults of streams only
    cut           half of the events, then the connection closes within the chunked body
    cut_clean     half of the events, then a proper end of the body
    cut_reset     half of the events, then a reset
    stall_mid     half of the events, then silence
    pings         half of the events, then comments without end
    endless       content without end
    error_event   half of the events, then the vendor's error event
    error_first   the vendor's error event ("overloaded") and nothing else
    bad_line      half of the events, then one that is no JSON, then the rest
    bad_bytes     half of the events, then one with bytes that are no text, then the rest
    bytewise      the whole stream, cut every 7 bytes
    json          200 with the plain answer although a stream was asked for
"""

from __future__ import annotations

import gzip
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import urlsplit

from tests.support import said
from tests.support.said import TEXT, USAGE

PATIENCE = 10.0  # seconds that a fault lasts at most
BEAT = 0.03  # seconds between two bytes of a drip or two pings
REQUEST_ID = "r1"


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int
    vendor: str = ""
    fault: str = ""

    @property
    def streams(self) -> bool:
        """Whether it asks for a stream."""
        return b'"stream":true' in self.body.replace(b" ", b"") or ":stream" in self.path


# The vendors' shapes.


def plain_answer(vendor: str) -> bytes:
    """A whole answer saying `TEXT`."""
    return json.dumps(_PLAIN.get(vendor, _openai_plain)()).encode()


def stream_events(vendor: str) -> list[bytes]:
    """The events of a streamed answer saying `TEXT`; the last one or two are its end."""
    return _EVENTS.get(vendor, _openai_events)()


def error_body(vendor: str, status: int, message: str = "") -> bytes:
    """The vendor's error."""
    message = message or f"refused with {status}"
    if vendor == "anthropic":
        error: object = {"type": "error", "error": {"type": "some_error", "message": message}}
    elif vendor == "gemini":
        error = {"error": {"code": status, "message": message, "status": "SOME_ERROR"}}
    else:
        error = {"error": {"message": message, "type": "some_error", "code": None}}
    return json.dumps(error).encode()


def pieces() -> list[str]:
    """`TEXT` as the streams give it."""
    return re.findall(r"\S+\s*", TEXT)


def _openai_plain() -> object:
    message = {"role": "assistant", "content": TEXT}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {
            "prompt_tokens": USAGE[0],
            "completion_tokens": USAGE[1],
            "total_tokens": sum(USAGE),
        },
    }


def _openai_events() -> list[bytes]:
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    usage = {"prompt_tokens": USAGE[0], "completion_tokens": USAGE[1], "total_tokens": sum(USAGE)}

    def choice(delta: object, finish: str | None = None) -> bytes:
        return _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    return [
        *(choice({"role": "assistant", "content": piece}) for piece in pieces()),
        choice({}, "stop"),
        _data({**head, "choices": [], "usage": usage}) + b"data: [DONE]\n\n",
    ]


def _anthropic_plain() -> object:
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [{"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": USAGE[0], "output_tokens": USAGE[1]},
    }


def _anthropic_events() -> list[bytes]:
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": USAGE[0], "output_tokens": 1},
    }

    def event(kind: str, **rest: object) -> bytes:
        return f"event: {kind}\n".encode() + _data({"type": kind, **rest})

    return [
        event("message_start", message=message)
        + event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        *(
            event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
            for piece in pieces()
        ),
        event("content_block_stop", index=0)
        + event(
            "message_delta",
            delta={"stop_reason": "end_turn", "stop_sequence": None},
            usage={"output_tokens": USAGE[1]},
        ),
        event("message_stop"),
    ]


def _gemini_answer(text: str, finish: str | None) -> dict[str, object]:
    candidate: dict[str, object] = {
        "content": {"role": "model", "parts": [{"text": text}]},
        "index": 0,
    }
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": USAGE[0],
            "candidatesTokenCount": USAGE[1],
            "totalTokenCount": sum(USAGE),
        },
        "modelVersion": "m",
        "responseId": "r1",
    }


def _gemini_events() -> list[bytes]:
    *most, last = pieces()
    events = [_data(_gemini_answer(piece, None), b"\r\n") for piece in most]
    return [*events, _data(_gemini_answer(last, "STOP"), b"\r\n")]


def _data(value: object, end: bytes = b"\n") -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + end * 2


_PLAIN: dict[str, Callable[[], object]] = {
    "anthropic": _anthropic_plain,
    "gemini": lambda: _gemini_answer(TEXT, "STOP"),
}
_EVENTS = {"anthropic": _anthropic_events, "gemini": _gemini_events}
_SUFFIXES = {"anthropic": "", "gemini": ""}

# The server.


@dataclass
class Origin:
    """One listening socket and what arrived on it."""

    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def address(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"


class Closing(Exception):
    """The server closes, or the client went away."""


class Peer:
    """One accepted connection."""

    def __init__(self, sock: socket.socket, number: int, closing: threading.Event) -> None:
        self._sock = sock
        self._closing = closing
        self.number = number
        self.served = 0
        self._buffer = b""

    def read_request(self) -> Request:
        """The next request; Closing when none comes."""
        while b"\r\n\r\n" not in self._buffer:
            self._receive()
            if not self._buffer[:1].isalpha():  # a TLS handshake
                raise Closing
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", "0"))
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return Request(method, path, headers, body, self.number)

    def send(self, data: bytes) -> None:
        """Send it all."""
        if self._closing.is_set():
            raise Closing
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Closing from error

    def pause(self, seconds: float = PATIENCE) -> None:
        """Wait, but no longer than the server lives."""
        if self._closing.wait(seconds):
            raise Closing

    def drip(self, data: bytes) -> None:
        """Send byte by byte, for at most `PATIENCE`."""
        for count, byte in enumerate(data):
            self.send(bytes([byte]))
            self.pause(BEAT)
            if count * BEAT > PATIENCE:
                raise Closing

    def head(self, status: int = 200, *fields: str, length: int | None = None) -> bytes:
        """An answer's head; chunked without a length."""
        framing = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
        first = (f"HTTP/1.1 {status} Reason", f"x-request-id: {REQUEST_ID}")
        return "\r\n".join([*first, *fields, framing, "", ""]).encode()

    def chunk(self, data: bytes) -> None:
        """Send one chunk of a chunked body; an empty one ends it."""
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def reset(self) -> None:
        """Close with RST."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Closing

    def close(self) -> None:
        """Close the connection; harmless when it is closed."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()

    def finish(self) -> None:
        """Close in the thread that reads, keeping a reset a reset."""
        self._sock.close()

    def _receive(self) -> None:
        try:
            data = self._sock.recv(65536)
        except OSError as error:
            raise Closing from error
        if not data:
            raise Closing
        self._buffer += data


class FaultServer(Origin):
    """The server; see the module."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere = Origin()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._peers: list[Peer] = []
        self._listeners = [self._listen(self), self._listen(self.elsewhere)]
        self._full = _full_listener()
        self._origins = {
            "refused": f"http://127.0.0.1:{_free_port()}",
            "unreachable": f"http://127.0.0.1:{_port(self._full[0])}",
            "unknown_host": "http://nowhere.invalid",
            "no_tls": f"https://127.0.0.1:{self.port}",
        }

    def url(self, vendor: str, fault: str, mark: str = "") -> str:
        """The base address that commits `fault` in the shapes of `vendor`.

        What arrives there can be told from the rest by its `mark`; see `arrived`.
        """
        if _commit(fault) is None and not said.known(fault):
            raise KeyError(fault)
        place = f"/{vendor}/{fault}{mark and f'/{mark}'}{_SUFFIXES.get(vendor, '/v1')}"
        return self._origins.get(fault, self.address) + place

    def arrived(self, mark: str) -> int:
        """How many requests came under the mark."""
        return sum(f"/{mark}/" in request.path for request in self.requests)

    def close(self) -> None:
        """Close everything that is open and wait for it."""
        self._closing.set()
        for listener in self._listeners:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            peers, threads = list(self._peers), list(self._threads)
        for peer in peers:
            peer.close()
        for sock in self._full:
            sock.close()
        for thread in threads:
            thread.join(timeout=PATIENCE)

    def _listen(self, origin: Origin) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        origin.port = _port(listener)
        self._start(self._accept, listener, origin)
        return listener

    def _start(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, origin: Origin) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                origin.connections += 1
                peer = Peer(sock, origin.connections, self._closing)
                self._peers.append(peer)
            self._start(self._serve, peer, origin)

    def _serve(self, peer: Peer, origin: Origin) -> None:
        try:
            while True:
                request = peer.read_request()
                _, vendor, fault, *_ = (urlsplit(request.path).path + "///").split("/")
                arrived = Request(**{**vars(request), "vendor": vendor, "fault": fault})
                origin.requests.append(arrived)
                (_commit(fault) or _say)(peer, arrived, self)
                peer.served += 1
        except Closing:
            peer.finish()


@contextmanager
def fault_server() -> Iterator[FaultServer]:
    """A running server, closed at the end of the block."""
    server = FaultServer()
    try:
        yield server
    finally:
        server.close()


def _port(sock: socket.socket) -> int:
    return int(sock.getsockname()[1])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return _port(sock)


def _full_listener() -> list[socket.socket]:
    """A listener whose queue is full, so that connecting to it hangs, and what fills it."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    fillers = []
    for _ in range(3):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(listener.getsockname())
        fillers.append(filler)
    return [listener, *fillers]


# The faults.

Fault = Callable[[Peer, Request, FaultServer], None]


def _whole(peer: Peer, body: bytes, *fields: str, status: int = 200) -> None:
    peer.send(peer.head(status, *fields, length=len(body)) + body)


def _open_stream(peer: Peer, events: list[bytes]) -> None:
    peer.send(peer.head(200, "content-type: text/event-stream"))
    for event in events:
        peer.chunk(event)


def _ok(peer: Peer, request: Request, _: FaultServer) -> None:
    if request.streams:
        _open_stream(peer, [*stream_events(request.vendor), b""])
        return
    fields = ("content-type: application/json", "set-cookie: crumb=1; Path=/")
    _whole(peer, plain_answer(request.vendor), *fields)


def _stall(peer: Peer, request: Request, server: FaultServer) -> None:
    peer.pause()


def _reset(peer: Peer, request: Request, server: FaultServer) -> None:
    peer.reset()


def _hangup(peer: Peer, request: Request, server: FaultServer) -> None:
    raise Closing


def _idle_drop(peer: Peer, request: Request, server: FaultServer) -> None:
    if peer.served:
        raise Closing
    _ok(peer, request, server)


def _drip(peer: Peer, request: Request, server: FaultServer) -> None:
    peer.send(peer.head(200, "content-type: application/json", length=10_000))
    peer.drip(plain_answer(request.vendor))


def _drip_head(peer: Peer, request: Request, server: FaultServer) -> None:
    peer.drip(peer.head(200, "content-type: application/json", "x-filler: " + "x" * 500))


def _redirect(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, b"", f"location: {server.elsewhere.address}{request.path}", status=307)


def _redirect_home(peer: Peer, request: Request, server: FaultServer) -> None:
    path = request.path.replace("/redirect_home", "/ok")
    _whole(peer, b"", f"location: {path}", status=307)


def _redirect_cut(peer: Peer, request: Request, server: FaultServer) -> None:
    path = request.path.replace("/redirect_cut", "/cut_clean")
    _whole(peer, b"", f"location: {path}", status=307)


def _redirect_round(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, b"", f"location: {request.path}", status=307)


def _html(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, b"<html><body>Welcome to the proxy</body></html>\n", "content-type: text/html")


def _empty(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, b"")


def _json(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, plain_answer(request.vendor), "content-type: application/json")


def _gzip(peer: Peer, request: Request, server: FaultServer) -> None:
    kind = "text/event-stream" if request.streams else "application/json"
    body = b"".join(stream_events(request.vendor)) if request.streams else None
    body = gzip.compress(body or plain_answer(request.vendor))
    _whole(peer, body, f"content-type: {kind}", "content-encoding: gzip")


RETRY_AFTER: dict[str, Callable[[], str]] = {
    "retry_after": lambda: "retry-after: 1",
    "retry_now": lambda: "retry-after: 0.01",
    "retry_ms": lambda: "retry-after-ms: 10",
    "retry_date": lambda: f"retry-after: {formatdate(time.time() - 1, usegmt=True)}",
    "retry_minute": lambda: f"retry-after: {formatdate(time.time() + 60, usegmt=True)}",
    "retry_hour": lambda: "retry-after: 3600",
}


def _limit(form: str) -> Fault:
    def refuse(peer: Peer, request: Request, server: FaultServer) -> None:
        body = error_body(request.vendor, 429)
        _whole(peer, body, "content-type: application/json", RETRY_AFTER[form](), status=429)

    return refuse


def _echo(peer: Peer, request: Request, server: FaultServer) -> None:
    said_before = " ".join(f"{name}={value}" for name, value in request.headers.items())
    body = error_body(request.vendor, 401, f"no such key: {said_before}")
    _whole(peer, body, "content-type: application/json", status=401)


def _page_502(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, b"<html><body>Bad Gateway</body></html>", "content-type: text/html", status=502)


def _body_of(request: Request) -> tuple[str, bytes]:
    """Content type and bytes of the whole answer in the shape that was asked for."""
    if request.streams:
        return "content-type: text/event-stream", b"".join(stream_events(request.vendor))
    return "content-type: application/json", plain_answer(request.vendor)


def _bad_json(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, plain_answer(request.vendor)[:-20], "content-type: application/json")


def _bad_gzip(peer: Peer, request: Request, server: FaultServer) -> None:
    kind, body = _body_of(request)
    _whole(peer, b"\x1f\x8b\x08" + body, kind, "content-encoding: gzip")


def _bad_utf8(peer: Peer, request: Request, server: FaultServer) -> None:
    kind, body = _body_of(request)
    _whole(peer, body.replace(b"loopback", b"loop\xff\xfeback"), kind)


def _wrong_type(peer: Peer, request: Request, server: FaultServer) -> None:
    _whole(peer, _body_of(request)[1], "content-type: text/plain")


def _truncated(peer: Peer, request: Request, server: FaultServer) -> None:
    body = plain_answer(request.vendor)
    peer.send(peer.head(200, "content-type: application/json", length=len(body)) + body[:-60])
    peer.pause(BEAT)
    raise Closing


def _reset_body(peer: Peer, request: Request, server: FaultServer) -> None:
    body = plain_answer(request.vendor)
    peer.send(peer.head(200, "content-type: application/json", length=len(body)) + body[:-60])
    peer.pause(BEAT)
    peer.reset()


def _error_drip(peer: Peer, request: Request, server: FaultServer) -> None:
    peer.send(peer.head(429, "content-type: application/json", length=10_000))
    peer.drip(b'{"error": ' + b" " * 1000)


def _half(request: Request) -> list[bytes]:
    events = stream_events(request.vendor)
    return events[: len(events) // 2]


def _cut(peer: Peer, request: Request, server: FaultServer) -> None:
    _open_stream(peer, _half(request))
    peer.pause(BEAT)
    raise Closing


def _cut_clean(peer: Peer, request: Request, server: FaultServer) -> None:
    _open_stream(peer, [*_half(request), b""])


def _cut_reset(peer: Peer, request: Request, server: FaultServer) -> None:
    _open_stream(peer, _half(request))
    peer.pause(BEAT)
    peer.reset()


def _stall_mid(peer: Peer, request: Request, server: FaultServer) -> None:
    _open_stream(peer, _half(request))
    peer.pause()


def _pings(peer: Peer, request: Request, server: FaultServer) -> None:
    _open_stream(peer, _half(request))
    for _ in range(int(PATIENCE / BEAT)):
        peer.chunk(b": ping\n\n")
        peer.pause(BEAT)


def _endless(peer: Peer, request: Request, server: FaultServer) -> None:
    word = pieces()[1].encode()
    events = stream_events(request.vendor)
    middle = next(number for number, event in enumerate(events) if word in event)
    _open_stream(peer, events[:middle])
    for number in range(int(PATIENCE / BEAT)):
        peer.chunk(events[middle].replace(word, b"word%d " % number))
        peer.pause(BEAT)


def _error_event(peer: Peer, request: Request, server: FaultServer) -> None:
    name = b"event: error\n" if request.vendor == "anthropic" else b""
    error = name + b"data: " + error_body(request.vendor, 500) + b"\n\n"
    _open_stream(peer, [*_half(request), error, b""])


def _error_first(peer: Peer, request: Request, server: FaultServer) -> None:
    event: dict[str, Any] = {
        "anthropic": {
            "type": "error",
            "error": {"type": "overloaded_error", "message": "Overloaded"},
        },
        "gemini": {
            "error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}
        },
    }.get(
        request.vendor,
        {"error": {"message": "The server is overloaded.", "type": "server_error", "code": None}},
    )
    name = b"event: error\n" if request.vendor == "anthropic" else b""
    _open_stream(peer, [name + _data(event), b""])


def _bad_line(peer: Peer, request: Request, server: FaultServer) -> None:
    events, half = stream_events(request.vendor), _half(request)
    _open_stream(peer, [*half, b'data: {"cut": "he\n\n', *events[len(half) :], b""])


def _bad_bytes(peer: Peer, request: Request, server: FaultServer) -> None:
    events, half = stream_events(request.vendor), _half(request)
    word = pieces()[len(half)].encode()
    spoilt = next(event for event in events if word in event).replace(word, b"\xff\xfe" + word)
    _open_stream(peer, [*half, spoilt, *events[len(half) + 1 :], b""])


def _bytewise(peer: Peer, request: Request, server: FaultServer) -> None:
    data = b"".join(stream_events(request.vendor))
    cut = [data[start : start + 7] for start in range(0, len(data), 7)]
    _open_stream(peer, [*cut, b""])


def _commit(fault: str) -> Fault | None:
    """What commits the fault; None for what is told in words."""
    if fault.startswith("status_"):
        return _status(int(fault.removeprefix("status_")))
    return FAULTS.get(fault)


def _say(peer: Peer, request: Request, server: FaultServer) -> None:
    told = said.reply(request.fault, request.vendor, streamed=request.streams)
    if told is None:
        _status(404)(peer, request, server)
        return
    kind = told.headers.get("content-type", "application/json")
    _whole(peer, told.content, f"content-type: {kind}", status=told.status)


def _status(status: int) -> Fault:
    def refuse(peer: Peer, request: Request, server: FaultServer) -> None:
        body = error_body(request.vendor, status)
        _whole(peer, body, "content-type: application/json", status=status)

    return refuse


FAULTS: dict[str, Fault] = {
    "ok": _ok,
    "refused": _ok,
    "unreachable": _ok,
    "unknown_host": _ok,
    "no_tls": _ok,
    "stall": _stall,
    "reset": _reset,
    "hangup": _hangup,
    "idle_drop": _idle_drop,
    "drip": _drip,
    "drip_head": _drip_head,
    "redirect": _redirect,
    "redirect_home": _redirect_home,
    "redirect_round": _redirect_round,
    "redirect_cut": _redirect_cut,
    "html": _html,
    "empty": _empty,
    "json": _json,
    "gzip": _gzip,
    **{form: _limit(form) for form in RETRY_AFTER},
    "echo": _echo,
    "page_502": _page_502,
    "bad_json": _bad_json,
    "bad_gzip": _bad_gzip,
    "bad_utf8": _bad_utf8,
    "wrong_type": _wrong_type,
    "truncated": _truncated,
    "reset_body": _reset_body,
    "error_drip": _error_drip,
    "cut": _cut,
    "cut_clean": _cut_clean,
    "cut_reset": _cut_reset,
    "stall_mid": _stall_mid,
    "pings": _pings,
    "endless": _endless,
    "error_event": _error_event,
    "error_first": _error_first,
    "bad_line": _bad_line,
    "bad_bytes": _bad_bytes,
    "bytewise": _bytewise,
}
