"""The clients that litellm takes, each made for one attempt over the shared connections."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx

from .exchange import Exchange

_HEADERS = {"user-agent": "abstractllm-lite"}
_MAX_REDIRECTS = 3


def http_client(exchange: Exchange, *, is_async: bool) -> httpx.Client | httpx.AsyncClient:
    """A thin client whose every request belongs to `exchange`; it need not be closed."""
    common: dict[str, Any] = {
        "headers": _HEADERS,
        "follow_redirects": True,
        "max_redirects": _MAX_REDIRECTS,
        "trust_env": False,
    }
    if is_async:
        from .aio import AsyncTransport

        return httpx.AsyncClient(transport=AsyncTransport(exchange), **common)
    from .sync import SyncTransport

    return httpx.Client(transport=SyncTransport(exchange), **common)


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
