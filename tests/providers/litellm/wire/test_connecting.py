"""Name look-ups, handshakes and redirects are within the attempt's time and told as they were."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import httpx
import pytest

from abstractllm_lite.providers.litellm.wire import Exchange
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.steps import refused_redirect
from tests.support.faults import FaultServer
from tests.support.network import Proxy, running

MODES = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


async def post(url: str, exchange: Exchange, *, is_async: bool) -> int | None:
    """The status; None where the wire raised."""
    client = http_client(exchange, is_async=is_async)
    try:
        answer = await client.post(url) if is_async else client.post(url)
    except Exception:
        assert exchange.fault is not None
        return None
    status: int = answer.status_code
    return status


def kind_of(exchange: Exchange) -> str | None:
    return exchange.fault and exchange.fault.kind


@MODES
async def test_look_up_of_a_name_is_within_the_time(
    monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    answered = threading.Event()
    real = socket.getaddrinfo

    def slow(host: Any, *rest: Any, **options: Any) -> Any:
        if host != "slow.invalid":
            return real(host, *rest, **options)
        answered.wait(5)
        raise socket.gaierror(socket.EAI_NONAME, "at last")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    exchange = Exchange(0.2)
    start = time.monotonic()
    await post("http://slow.invalid/", exchange, is_async=is_async)
    seconds = time.monotonic() - start
    answered.set()
    assert kind_of(exchange) == "timeout"
    assert seconds < 4


@MODES
async def test_what_cannot_be_a_name_is_told_at_once(is_async: bool) -> None:
    exchange = Exchange(20.0)
    start = time.monotonic()
    await post(f"http://{'a' * 70}.invalid/", exchange, is_async=is_async)
    assert kind_of(exchange) == "connect"
    assert time.monotonic() - start < 10


@MODES
async def test_handshake_of_tls_is_within_the_time(is_async: bool) -> None:
    with running(Proxy(mute=True)) as deaf:
        exchange = Exchange(0.2)
        start = time.monotonic()
        await post(f"https://{deaf.address}/", exchange, is_async=is_async)
        assert kind_of(exchange) == "timeout"
        assert time.monotonic() - start < 4


@pytest.mark.parametrize(
    ("status", "location", "followed"),
    [
        (307, "/v2/chat", True),
        (308, "https://vendor.invalid:443/v1/", True),
        (307, "https://vendor.invalid:8443/v1", False),
        (307, "http://vendor.invalid/v1", False),
        (308, "//other.invalid/v1", False),
        (302, "/v2/chat", False),
        (307, "http://[", False),
    ],
)
def test_only_the_same_request_at_the_same_origin_is_followed(
    status: int, location: str, followed: bool
) -> None:
    exchange = Exchange(1.0)
    exchange.answer(status, [("Location", location)])
    request = httpx.Request("POST", "https://vendor.invalid/v1")
    assert (refused_redirect(exchange, request) is None) is followed
    assert exchange.allowed == (2 if followed else 1)


@MODES
async def test_a_loop_of_redirects_ends(server: FaultServer, is_async: bool) -> None:
    exchange = Exchange(10.0)
    client = http_client(exchange, is_async=is_async)
    url = f"{server.address}/x/redirect_round/v1"
    with pytest.raises(Exception, match="redirect"):
        _ = await client.post(url) if is_async else client.post(url)
    assert len(server.requests) == 6
