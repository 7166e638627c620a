"""Fetching a file from the web: from public addresses alone, never more or longer than allowed.

The address that was judged is the one that is connected to, so that a name which changes its
address between the two is of no use. Every redirect is judged anew. Proxies are not used: they
would look the name up themselves.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from .addresses import is_public
from .content import PIECE
from .trouble import Refusal

REDIRECTS = 5
TIMEOUT = 30.0  # seconds for a whole fetch, redirects included

_PORTS = {"http": 80, "https": 443}
_HEADERS = {"user-agent": "abstractllm-lite", "accept": "*/*", "accept-encoding": "identity"}
_MOVED = frozenset({301, 302, 303, 307, 308})


def _resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _connect(address: str, port: int, timeout: float) -> socket.socket:
    return socket.create_connection((address, port), timeout)


@dataclass(frozen=True, slots=True)
class Network:
    """How names become addresses and addresses connections; tests put their own in its place."""

    resolve: Callable[[str, int], list[str]] = _resolve
    connect: Callable[[str, int, float], socket.socket] = _connect


NETWORK = Network()


def fetch(url: str, accepts: Callable[[str], bool], timeout: float = TIMEOUT) -> Iterator[bytes]:
    """The body that the address answers with, in pieces; the first is asked for when it is used.

    `accepts` judges the content type that the server states. Raises Refusal, or OSError.
    """
    deadline = time.monotonic() + timeout
    for _ in range(REDIRECTS + 1):
        with _asked(url, deadline) as answer:
            if answer.status not in _MOVED:
                _check(answer, accepts)
                yield from _body(answer, deadline)
                return
            url = _onward(url, answer.getheader("location"))
    raise Refusal(f"leads on more than {REDIRECTS} times")


@contextmanager
def _asked(url: str, deadline: float) -> Iterator[http.client.HTTPResponse]:
    """The answer's head. The connection is cut at the deadline, whatever it waits for."""
    parts = _checked(url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    line = _socket(parts.scheme, host, port, deadline)
    cut = threading.Timer(_left(deadline), _shut, [line])
    cut.daemon = True
    cut.start()
    connection = http.client.HTTPConnection(host, port)
    connection.sock = line
    try:
        if isinstance(line, ssl.SSLSocket):
            line.do_handshake()
        connection.request("GET", _target(parts), headers={**_HEADERS, "host": _host(parts)})
        yield connection.getresponse()
    except OSError:
        _left(deadline)  # if it was cut, say so
        raise
    except http.client.HTTPException as error:
        _left(deadline)
        raise Refusal(f"cannot be read: {str(error) or type(error).__name__}") from None
    finally:
        cut.cancel()
        connection.close()


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PORTS and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise Refusal("is no http(s) address")
    if parts.username is not None or parts.password is not None:
        raise Refusal("holds a user or password, and such addresses are not fetched")
    return parts


def _socket(scheme: str, host: str, port: int, deadline: float) -> socket.socket:
    addresses = NETWORK.resolve(host, port)
    if not addresses or not all(map(is_public, addresses)):
        raise Refusal("leads to an address that is not public, and such are not fetched")
    line = _first_that_answers(addresses, port, deadline)
    if scheme == "http":
        return line
    try:
        return _trust().wrap_socket(line, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        line.close()
        raise


def _first_that_answers(addresses: list[str], port: int, deadline: float) -> socket.socket:
    *others, last = dict.fromkeys(addresses)
    for address in others:
        try:
            return NETWORK.connect(address, port, _left(deadline))
        except OSError:
            continue
    return NETWORK.connect(last, port, _left(deadline))


def _trust() -> ssl.SSLContext:
    """The certificates that the rest of the library trusts where nothing else is said."""
    import certifi

    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def _target(parts: SplitResult) -> str:
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe="/%?=&+:;,@!$'()*~-._[]")


def _host(parts: SplitResult) -> str:
    return parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc


def _onward(url: str, location: str | None) -> str:
    target = urljoin(url, location or "")
    if not location or (url.startswith("https:") and not target.startswith("https:")):
        raise Refusal("leads on to nowhere, or from https to less")
    return target


def _check(answer: http.client.HTTPResponse, accepts: Callable[[str], bool]) -> None:
    if answer.status != 200:
        raise Refusal(f"was answered with status {answer.status}")
    if (answer.getheader("content-encoding") or "identity").lower() != "identity":
        raise Refusal("was answered with compressed content, which was not asked for")
    media = (answer.getheader("content-type") or "").partition(";")[0].strip().lower()
    if media and not accepts(media):
        raise Refusal(f"is {media} by its server's word, which is not what was wanted")


def _body(answer: http.client.HTTPResponse, deadline: float) -> Iterator[bytes]:
    while piece := answer.read1(PIECE):
        _left(deadline)
        yield piece
    _left(deadline)
    if answer.length:  # http.client's read1 does not tell an early end (3.11 to 3.13)
        raise Refusal("broke off before its end")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise Refusal("took too long to fetch")
    return left


def _shut(line: socket.socket) -> None:
    try:
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # the plain one: TLS's own would wait
    except OSError:
        return  # it has ended by itself
