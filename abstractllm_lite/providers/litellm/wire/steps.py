"""What both transports do before they send and once the head of the answer has come."""

from __future__ import annotations

import re
import ssl
from typing import NamedTuple

import httpx

from .environment import Unusable, proxy_for, tls, trusting_nobody
from .exchange import BODY_LIMIT, Exchange, WireFault
from .foreign import thrown
from .reading import streams
from .tape import Played, Recording, Unanswered, here

EXCHANGE = "abstractllm_lite_exchange"  # where a request carries its exchange

_MOVED = {301, 302, 303, 307, 308}
_SAME_REQUEST = {307, 308}
_MOST_REPEATS = 5  # redirects that are followed
_FRAMING = {"content-encoding", "content-length", "transfer-encoding"}
_ILLEGAL = re.compile(r"[\r\n\0]")


class Way(NamedTuple):
    """How a request travels."""

    proxy: str | None
    tls: ssl.SSLContext


class Passage(NamedTuple):
    """How a request is answered: by a tape, or over a way, with a tape listening or without."""

    exchange: Exchange
    request: httpx.Request
    way: Way | None = None
    played: Played | None = None
    recording: Recording | None = None


def begin(request: httpx.Request) -> Passage:
    """Admit the request: the exchange that it belongs to, and how it is answered.

    litellm keeps an Azure client that it was given and lends it to other callers; what they send
    after our attempt is over is theirs and gets an exchange of its own.
    """
    exchange: Exchange = request.extensions[EXCHANGE]
    if exchange.over and exchange.lent:
        timeout = request.extensions.get("timeout", {}).get("read") or 600.0
        exchange = Exchange(timeout, network=exchange.network, tape=here())
    for name, value in request.headers.items():
        if _ILLEGAL.search(value):
            forbidden = f"the header {name!r} holds a line's end or a NUL"
            raise thrown(exchange.fail("invalid", forbidden))
    # zlib is what `encoding` can undo; an event stream is best not compressed at all.
    request.headers["accept-encoding"] = "identity" if streams(request) else "gzip, deflate"
    passage = _passage(exchange, request)
    exchange.peer = _peer(passage)
    try:
        exchange.admit()
    except WireFault as fault:
        raise thrown(fault) from None
    return passage


def _peer(passage: Passage) -> str:
    host = passage.request.url.netloc.decode("ascii")
    return f"{host} through a proxy" if passage.way and passage.way.proxy else host


def _passage(exchange: Exchange, request: httpx.Request) -> Passage:
    found = _taped(exchange, request)
    if isinstance(found, Played):
        return Passage(exchange, request, played=found)
    if found is not None and found.url != str(request.url):
        request = _detoured(request, found.url)
    return Passage(exchange, request, _way(request, exchange), recording=found)


def _taped(exchange: Exchange, request: httpx.Request) -> Played | Recording | None:
    if exchange.tape is None or exchange.requests >= exchange.allowed or exchange.over:
        return None  # one that is not admitted uses nothing up
    try:
        return exchange.tape.ask(request.method, str(request.url), request.headers, request.content)
    except Unanswered as unanswered:
        exchange.unanswered = unanswered.abstractllm_error
        raise


def _detoured(request: httpx.Request, url: str) -> httpx.Request:
    headers = httpx.Headers(request.headers)
    headers["host"] = httpx.URL(url).netloc.decode("ascii")
    return httpx.Request(
        request.method,
        url,
        headers=headers,
        content=request.content,
        extensions=request.extensions,
    )


def _way(request: httpx.Request, exchange: Exchange) -> Way:
    url, network = request.url, exchange.network
    try:
        proxy = proxy_for(network, url.scheme, url.host, url.port)
        secure = url.scheme == "https" or (proxy or "").lower().startswith("https:")
        return Way(proxy, tls(network) if secure else trusting_nobody())
    except Unusable as error:
        fault = exchange.fail("invalid", str(error))
    raise thrown(fault)


def refused_redirect(exchange: Exchange, request: httpx.Request) -> WireFault | None:
    """The fault in an answer that leads elsewhere; a repeat at the same origin is allowed."""
    location = exchange.headers.get("location")
    if exchange.status not in _MOVED or location is None:
        return None
    if exchange.status not in _SAME_REQUEST or not _same_origin(request.url, location):
        return exchange.fail("redirect", f"status {exchange.status}")
    if exchange.allowed > _MOST_REPEATS:
        return exchange.fail("redirect", f"more than {_MOST_REPEATS} of them")
    exchange.allowed += 1
    return None


def is_error(exchange: Exchange) -> bool:
    """Whether the answer's status says that it failed."""
    return exchange.status is not None and exchange.status >= 400


def error_answer(exchange: Exchange, head: httpx.Response, body: bytes) -> httpx.Response:
    """The failure, its body decoded and kept on the exchange; how the body ended is no matter."""
    exchange.body = body[:BODY_LIMIT]
    exchange.fault = None
    return httpx.Response(
        head.status_code,
        headers=[pair for pair in head.headers.multi_items() if pair[0] not in _FRAMING],
        content=exchange.body,
        extensions=head.extensions,
    )


def _same_origin(url: httpx.URL, location: str) -> bool:
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        return False
    return (url.scheme, url.host, url.port) == (target.scheme, target.host, target.port)
