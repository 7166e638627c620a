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


def begin(request: httpx.Request) -> tuple[Exchange, Way]:
    """Admit the request: the exchange that it belongs to, and its way.

    litellm keeps an Azure client that it was given and lends it to other callers; what they send
    after our attempt is over is theirs and gets an exchange of its own.
    """
    exchange: Exchange = request.extensions[EXCHANGE]
    if exchange.over and exchange.lent:
        timeout = request.extensions.get("timeout", {}).get("read") or 600.0
        exchange = Exchange(timeout, network=exchange.network)
    way = _way(request, exchange)
    try:
        exchange.admit()
    except WireFault as fault:
        raise thrown(fault) from None
    # zlib is what `encoding` can undo; an event stream is best not compressed at all.
    request.headers["accept-encoding"] = "identity" if streams(request) else "gzip, deflate"
    return exchange, way


def _way(request: httpx.Request, exchange: Exchange) -> Way:
    if any(_ILLEGAL.search(value) for value in request.headers.values()):
        raise thrown(exchange.fail("invalid", "a header cannot be written as HTTP"))
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
