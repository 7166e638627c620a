"""The clients that litellm takes, each made for one attempt over the shared connections."""

from __future__ import annotations

from copy import copy
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import httpx

from .steps import EXCHANGE

if TYPE_CHECKING:
    from .exchange import Exchange

_SETTINGS: dict[str, Any] = {
    "headers": {"user-agent": "abstractllm-lite"},
    "follow_redirects": True,
    "max_redirects": 20,  # the wire allows fewer, and says so
    "trust_env": False,
}


class SyncClient(httpx.Client):
    """A client whose requests belong to one exchange."""

    exchange: Exchange

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        request.extensions[EXCHANGE] = self.exchange
        return super().send(request, **options)


class AsyncClient(httpx.AsyncClient):
    """The same for event loops."""

    exchange: Exchange

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        request.extensions[EXCHANGE] = self.exchange
        return await super().send(request, **options)


def http_client(exchange: Exchange, *, is_async: bool) -> Any:
    """A client for one attempt; it need not be closed.

    It is a copy of one client, which costs a twentieth of a new one. The copies share what must not
    change: settings, the transport, and a cookie jar that takes nothing.
    """
    client = copy(_model(is_async))
    client.exchange = exchange
    return client


@cache
def _model(is_async: bool) -> SyncClient | AsyncClient:
    cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    if is_async:
        from .aio import AsyncTransport

        return AsyncClient(transport=AsyncTransport(), cookies=cookies, **_SETTINGS)
    from .sync import SyncTransport

    return SyncClient(transport=SyncTransport(), cookies=cookies, **_SETTINGS)


def handler(exchange: Exchange, *, is_async: bool) -> Any:
    """litellm's own handler around our client."""
    client = http_client(exchange, is_async=is_async)
    if is_async:
        return _async_handler_class()(client)
    from litellm.llms.custom_httpx.http_handler import HTTPHandler

    return HTTPHandler(client=client)


@cache
def _async_handler_class() -> Any:
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    class WiredHandler(AsyncHTTPHandler):  # type: ignore[misc]  # litellm is not read by mypy
        """A handler that makes no client of its own: neither at first nor for a second try."""

        def __init__(self, client: httpx.AsyncClient) -> None:
            self._wired = client
            super().__init__()
            self.client = client  # also tells litellm that the client is not its to close

        def create_client(self, *args: Any, **options: Any) -> httpx.AsyncClient:
            return self._wired

    return WiredHandler
