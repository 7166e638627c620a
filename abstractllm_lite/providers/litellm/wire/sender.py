"""One request over the wire without a client around it: the direct route's way in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

from .aio import AsyncTransport
from .steps import EXCHANGE
from .sync import SyncTransport

if TYPE_CHECKING:
    from .exchange import Exchange

_AGENT = {"user-agent": "abstractllm-lite", "accept": "application/json"}


def post(
    exchange: Exchange, url: str, *, headers: Mapping[str, str], content: bytes
) -> httpx.Response:
    """The answer to one POST, its body unread; a repeat at the same origin is made as asked for."""
    request = _request(exchange, url, headers, content)
    answer = _sync().handle_request(request)
    while again := _repeat(exchange, request, answer):
        answer.close()
        request, answer = again, _sync().handle_request(again)
    answer.request = request
    return answer


async def apost(
    exchange: Exchange, url: str, *, headers: Mapping[str, str], content: bytes
) -> httpx.Response:
    """The same, awaited."""
    request = _request(exchange, url, headers, content)
    answer = await _async().handle_async_request(request)
    while again := _repeat(exchange, request, answer):
        await answer.aclose()
        request, answer = again, await _async().handle_async_request(again)
    answer.request = request
    return answer


@cache
def _sync() -> SyncTransport:
    return SyncTransport()


@cache
def _async() -> AsyncTransport:
    return AsyncTransport()


def _request(
    exchange: Exchange, url: str | httpx.URL, headers: Mapping[str, str], content: bytes
) -> httpx.Request:
    extensions: dict[str, Any] = {EXCHANGE: exchange}
    return httpx.Request(
        "POST", url, headers={**_AGENT, **headers}, content=content, extensions=extensions
    )


def _repeat(
    exchange: Exchange, request: httpx.Request, answer: httpx.Response
) -> httpx.Request | None:
    """The request that a redirect asks for, where the wire has allowed it."""
    if exchange.allowed <= exchange.requests or "location" not in answer.headers:
        return None
    url = request.url.join(answer.headers["location"])
    return _request(exchange, url, request.headers, request.content)
