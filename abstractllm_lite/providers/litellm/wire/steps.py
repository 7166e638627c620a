"""What both transports do before they send and once the head of the answer has come."""

from __future__ import annotations

import re

import httpx

from . import ends
from .exchange import BODY_LIMIT, Exchange, WireFault
from .foreign import thrown

EXCHANGE = "abstractllm_lite_exchange"  # where a request carries its exchange

_MOVED = {301, 302, 303, 307, 308}
_SAME_REQUEST = {307, 308}
_FRAMING = {"content-encoding", "content-length", "transfer-encoding"}
_ILLEGAL = re.compile(r"[\r\n\0]")


def begin(request: httpx.Request) -> Exchange:
    """Admit the request and return the exchange that it belongs to.

    litellm keeps an Azure client that it was given and lends it to other callers; what they send
    after our attempt is over is theirs and gets an exchange of its own.
    """
    exchange: Exchange = request.extensions[EXCHANGE]
    if exchange.over and exchange.lent:
        exchange = Exchange(request.extensions.get("timeout", {}).get("read") or 600.0)
    try:
        exchange.admit()
    except WireFault as fault:
        raise thrown(fault) from None
    if any(_ILLEGAL.search(value) for value in request.headers.values()):
        raise thrown(exchange.fail("invalid"))
    # zlib is what `ends` can undo; an event stream is best not compressed at all.
    request.headers["accept-encoding"] = "identity" if streams(request) else "gzip, deflate"
    return exchange


def streams(request: httpx.Request) -> bool:
    """Whether the request asks for a stream."""
    return ends.asks_for_stream(request.url.path, request.content)


def tap_for(exchange: Exchange, request: httpx.Request) -> ends.Tap | None:
    """What watches a stream that was asked for and came; None where its end cannot be known."""
    if exchange.status != 200 or not streams(request):
        return None
    if exchange.sse and ends.readable(exchange.headers):
        return ends.Tap(exchange)
    exchange.ended = None
    return None


def refused_redirect(exchange: Exchange, request: httpx.Request) -> WireFault | None:
    """The fault in an answer that leads elsewhere; a repeat at the same origin is allowed."""
    location = exchange.headers.get("location")
    if exchange.status not in _MOVED or location is None:
        return None
    if exchange.status in _SAME_REQUEST and _same_origin(request.url, location):
        exchange.allowed += 1
        return None
    return exchange.fail("redirect", f"status {exchange.status}")


def is_error(exchange: Exchange) -> bool:
    """Whether the answer's status says that it failed."""
    return exchange.status is not None and exchange.status >= 400


def error_answer(exchange: Exchange, head: httpx.Response, body: bytes) -> httpx.Response:
    """The failure, its body decoded and kept on the exchange; how the body ended is no matter."""
    exchange.body = ends.inflated(body, exchange.headers)[:BODY_LIMIT]
    exchange.fault = None
    return httpx.Response(
        head.status_code,
        headers=[pair for pair in head.headers.multi_items() if pair[0] not in _FRAMING],
        content=exchange.body,
        extensions=head.extensions,
    )


def end_of(exchange: Exchange, tap: ends.Tap | None) -> None:
    """The bytes are over: record the end, or raise what is wrong with it."""
    if tap is None:
        exchange.ended = exchange.ended if exchange.ended is None else True
    elif verdict := tap.verdict():
        raise thrown(exchange.fail(verdict))


def _same_origin(url: httpx.URL, location: str) -> bool:
    try:
        target = url.join(location)
    except httpx.InvalidURL:
        return False
    return (url.scheme, url.host, url.port) == (target.scheme, target.host, target.port)
