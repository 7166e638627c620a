"""Name look-ups, handshakes and redirects are within the attempt's time and told as they were."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.wire import Exchange, environment
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.steps import refused_redirect
from tests.support.faults import FaultServer

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
    assert seconds < 2


@MODES
async def test_handshake_of_tls_is_within_the_time(server: FaultServer, is_async: bool) -> None:
    exchange = Exchange(0.2)
    start = time.monotonic()
    url = server.url("openai", "stall").replace("http:", "https:")
    await post(url, exchange, is_async=is_async)
    assert kind_of(exchange) == "timeout"
    assert time.monotonic() - start < 2


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of 127.0.0.1, with its key, signed by itself."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    now = dt.datetime.now(dt.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = signed.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path = tmp_path / "loopback.pem"
    path.write_bytes(pem)
    return path


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def tls_server(certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture
def fresh_trust() -> Iterator[None]:
    """The environment's certificates are read again, before and after."""
    wire.close_all()
    environment.tls.cache_clear()
    yield
    wire.close_all()
    environment.tls.cache_clear()


@MODES
@pytest.mark.usefixtures("fresh_trust")
async def test_certificates_of_the_environment_are_trusted_and_no_others(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    with tls_server(certificate) as url:
        exchange = Exchange(10.0)
        assert await post(url, exchange, is_async=is_async) is None
        assert kind_of(exchange) == "connect"
        assert "certificate" in str(exchange.fault).lower()
        await wire.aclose_all()
        wire.close_all()
        environment.tls.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await post(url, Exchange(10.0), is_async=is_async) == 200
        await wire.aclose_all()
        wire.close_all()


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
    assert 2 <= len(server.requests) <= 5
