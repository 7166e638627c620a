"""Proxies and certificates: given ones, the environment's, and those that cannot be used."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.wire import Exchange, Network, environment
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.environment import Unusable
from tests.support.faults import FaultServer
from tests.support.network import Certificate, Proxy, make_certificate, running, tls_server

MODES = pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(autouse=True)
async def _closes() -> Any:
    environment.forget_contexts()
    yield
    await wire.aclose_all()
    wire.close_all()
    environment.forget_contexts()


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running(Proxy()) as found:
        yield found


async def post(url: str, network: Network, *, is_async: bool, timeout: float = 20.0) -> Exchange:
    """The exchange of one POST, read to its end; its fault, if any, stands on it."""
    exchange = Exchange(timeout, network=network)
    client = http_client(exchange, is_async=is_async)
    try:
        answer = await client.post(url, content=b"{}") if is_async else client.post(url, content="")
    except Exception:
        assert exchange.fault is not None
    else:
        assert answer.status_code == exchange.status
    return exchange


@MODES
async def test_https_goes_through_a_tunnel_to_which_alone_the_password_is_told(
    certificate: Certificate, is_async: bool
) -> None:
    with running(Proxy(credentials="user:p@ss word")) as proxy, tls_server(certificate) as server:
        network = Network(f"http://user:p%40ss%20word@{proxy.address}", certificate.file)
        for _ in range(2):
            assert (await post(server.url, network, is_async=is_async)).status == 200
        place = server.url.removeprefix("https://").strip("/")
        assert proxy.asked == [f"CONNECT {place} HTTP/1.1"], "the tunnel is kept"
        assert len(server.seen) == 2
        assert not any("proxy-authorization" in map(str.lower, head) for head in server.seen)


@MODES
async def test_a_proxy_may_itself_be_reached_over_tls(
    certificate: Certificate, is_async: bool
) -> None:
    with running(Proxy(tls=certificate)) as proxy, tls_server(certificate) as server:
        network = Network(f"https://{proxy.address}", certificate.file)
        assert (await post(server.url, network, is_async=is_async)).status == 200
        assert (await post("http://vendor.invalid/", network, is_async=is_async)).status == 200
        assert [line.split()[0] for line in proxy.asked] == ["CONNECT", "POST"]


@MODES
async def test_a_given_proxy_goes_before_the_environments_and_none_means_none(
    server: FaultServer, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    url = server.url("openai", "ok")
    with running(Proxy()) as other:
        monkeypatch.setenv("HTTP_PROXY", f"http://{other.address}")
        await post(url, Network(f"http://{proxy.address}"), is_async=is_async)
        assert (len(proxy.asked), len(other.asked), len(server.requests)) == (1, 0, 0)
        await post(url, Network(""), is_async=is_async)
        assert (len(proxy.asked), len(other.asked), len(server.requests)) == (1, 0, 1)
        await post(url, Network(), is_async=is_async)
        assert (len(proxy.asked), len(other.asked), len(server.requests)) == (1, 1, 1)
        monkeypatch.setenv("NO_PROXY", f"other.invalid, 127.0.0.1:{server.port}")
        await post(url, Network(), is_async=is_async)
        assert (len(proxy.asked), len(other.asked), len(server.requests)) == (1, 1, 2)


@pytest.mark.parametrize(
    ("environ", "scheme", "found"),
    [
        ({"HTTPS_PROXY": "http://a:1"}, "https", "http://a:1"),
        ({"HTTPS_PROXY": "http://a:1"}, "http", None),
        ({"HTTPS_PROXY": "a:1"}, "https", "http://a:1"),
        ({"ALL_PROXY": "http://b:1"}, "http", "http://b:1"),
        ({"ALL_PROXY": "socks5://b:1", "https_proxy": "http://a:1"}, "https", "http://a:1"),
        ({"ALL_PROXY": "http://b:1", "NO_PROXY": "*"}, "https", None),
        ({"ALL_PROXY": "http://b:1", "NO_PROXY": ".vendor.invalid"}, "https", None),
        ({"ALL_PROXY": "http://b:1", "NO_PROXY": "vendor.invalid:444"}, "https", "http://b:1"),
    ],
)
def test_proxy_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], scheme: str, found: str | None
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert environment.proxy_for(Network(), scheme, "api.vendor.invalid", 443) == found


@MODES
async def test_proxy_that_refuses_is_a_connect_fault_without_the_password(
    certificate: Certificate, is_async: bool
) -> None:
    with running(Proxy(credentials="someone:else")) as proxy, tls_server(certificate) as server:
        network = Network(f"http://user:the-password@{proxy.address}", certificate.file)
        exchange = await post(server.url, network, is_async=is_async)
        assert exchange.fault is not None
        assert exchange.fault.kind == "connect"
        assert "the-password" not in f"{exchange.fault} {exchange.fault!r} {network!r}"
        assert server.seen == []


@MODES
async def test_waiting_for_a_proxy_is_within_the_time(
    certificate: Certificate, is_async: bool
) -> None:
    with running(Proxy(mute=True)) as proxy:
        start = time.monotonic()
        exchange = await post(
            "https://127.0.0.1:1/",
            Network(f"http://{proxy.address}"),
            is_async=is_async,
            timeout=0.3,
        )
        assert exchange.fault is not None
        assert exchange.fault.kind == "timeout"
        assert time.monotonic() - start < 4


@MODES
@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"ALL_PROXY": "socks5h://user:the-password@127.0.0.1:1"}, "SOCKS"),
        ({"HTTPS_PROXY": "http://user:the-password@127.0.0.1:port"}, "http://host:port"),
        ({"SSL_CERT_FILE": "/no/such/file.pem"}, "SSL_CERT_FILE"),
        ({"SSL_CERT_FILE": __file__}, "SSL_CERT_FILE"),
    ],
)
async def test_environment_that_cannot_be_used_is_told_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], words: str, is_async: bool
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    exchange = await post("https://127.0.0.1:1/", Network(), is_async=is_async)
    assert exchange.fault is not None
    assert (exchange.fault.kind, exchange.requests) == ("invalid", 0)
    assert words in str(exchange.fault)
    assert "the-password" not in str(exchange.fault)


@MODES
async def test_servers_are_trusted_as_told(certificate: Certificate, is_async: bool) -> None:
    context = ssl.create_default_context(cafile=certificate.file)
    with tls_server(certificate) as server:
        for verify, status in ((certificate.file, 200), (context, 200), (False, 200), (True, None)):
            exchange = await post(server.url, Network(verify=verify), is_async=is_async)
            assert exchange.status == status
        assert exchange.fault is not None
        assert exchange.fault.kind == "connect"
        assert "certificate" in str(exchange.fault).lower()


@MODES
async def test_a_connection_is_not_shared_with_calls_that_trust_less(
    certificate: Certificate, is_async: bool
) -> None:
    with tls_server(certificate) as server:
        assert (await post(server.url, Network(verify=False), is_async=is_async)).status == 200
        assert (await post(server.url, Network(), is_async=is_async)).status is None
        assert len(server.seen) == 1


@MODES
async def test_a_change_of_the_environment_is_noticed(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch, is_async: bool
) -> None:
    with tls_server(certificate) as server:
        assert (await post(server.url, Network(), is_async=is_async)).status is None
        monkeypatch.setenv("SSL_CERT_FILE", certificate.file)
        assert (await post(server.url, Network(), is_async=is_async)).status == 200


@MODES
async def test_the_clients_certificate_is_shown(certificate: Certificate, is_async: bool) -> None:
    file, key, locked, password = vars(certificate).values()
    with tls_server(certificate, asks=True) as server:
        for cert in (file, (file,), (file, key), (file, locked, password)):
            network = Network(verify=file, cert=cert)
            assert (await post(server.url, network, is_async=is_async)).status == 200
        unshown = await post(server.url, Network(verify=file), is_async=is_async)
        assert unshown.status is None
        assert len(server.seen) == 4


def test_only_the_certificates_of_the_environment_are_trusted(
    certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(environment.tls(Network()).get_ca_certs()) > 1
    monkeypatch.setenv("SSL_CERT_FILE", certificate.file)
    assert len(environment.tls(Network()).get_ca_certs()) == 1
    monkeypatch.setenv("SSL_CERT_FILE", "")
    assert len(environment.tls(Network()).get_ca_certs()) > 1


def test_a_renewed_certificate_is_read_again(certificate: Certificate, tmp_path: Path) -> None:
    file = tmp_path / "renewed.pem"
    file.write_text(Path(certificate.file).read_text())
    network = Network(cert=str(file))
    first = environment.tls(network)
    assert environment.tls(network) is first
    os.utime(file, ns=(1, 1))
    assert environment.tls(network) is not first


def test_a_locked_key_without_its_password_is_refused_and_nobody_is_asked_for_it(
    certificate: Certificate,
) -> None:
    for password in ((), ("wrong password",)):
        cert = (certificate.file, certificate.locked, *password)
        with pytest.raises(Unusable, match="password is wrong or missing") as caught:
            environment.check("cert", cert)
        assert "wrong password" not in str(caught.value)


def test_a_certificate_beside_a_context_is_refused(certificate: Certificate) -> None:
    with pytest.raises(Unusable, match="into the context"):
        environment.tls(Network(verify=ssl.create_default_context(), cert=certificate.file))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("proxy", 5),
        ("proxy", "proxy.invalid"),
        ("proxy", "proxy.invalid:3128"),
        ("proxy", "ftp://proxy.invalid"),
        ("proxy", "http://"),
        ("proxy", "http://user:pa/ss@proxy.invalid"),
        ("proxy", "http://user:p@ss@proxy.invalid"),
        ("proxy", "http://proxy.invalid:99999"),
        ("proxy", "http://proxy.invalid/path"),
        ("proxy", "http://proxy.invalid:31 28"),
        ("proxy", "socks5://user:the-password@proxy.invalid"),
        ("proxy", "http://[::1"),
        ("verify", 1),
        ("verify", "/no/such/file.pem"),
        ("verify", __file__),
        ("verify", ""),
        ("cert", 1),
        ("cert", ()),
        ("cert", ("a", "b", "c", "d")),
        ("cert", ("a", None)),
        ("cert", "/no/such/file.pem"),
        ("cert", __file__),
    ],
)
def test_settings_that_cannot_be_meant_are_refused_without_being_repeated(
    name: str, value: Any
) -> None:
    with pytest.raises(Unusable) as caught:
        environment.check(name, value)
    assert not any(part in str(caught.value) for part in ("ss@proxy", "the-password", "/no/such"))


def test_settings_that_can_be_meant_are_taken(certificate: Certificate) -> None:
    for address in (
        "",
        "http://proxy.invalid",
        "HTTPS://u:p%40@proxy.invalid:1/",
        "http://[::1]:1",
    ):
        environment.check("proxy", address)
    folder = str(Path(certificate.file).parent)
    for verify in (True, False, certificate.file, folder, ssl.create_default_context()):
        environment.check("verify", verify)
    for cert in (certificate.file, [certificate.file, certificate.key]):
        environment.check("cert", cert)


@pytest.mark.parametrize(
    ("environ", "global_", "verify"),
    [
        (None, True, True),
        (None, False, False),
        (None, "False", False),
        (None, "true", True),
        (None, __file__, __file__),
        (None, "/no/such/file.pem", True),
        (None, None, True),
        ("False", True, False),
        ("true", False, True),
        (__file__, False, __file__),
        ("", False, True),
    ],
)
def test_what_litellms_users_set_is_read_as_litellm_reads_it(
    monkeypatch: pytest.MonkeyPatch, environ: str | None, global_: Any, verify: Any
) -> None:
    monkeypatch.delenv("SSL_VERIFY", raising=False)
    if environ is not None:
        monkeypatch.setenv("SSL_VERIFY", environ)
    assert environment.litellms_verify(global_) == verify


def test_certificate_that_litellms_users_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSL_CERTIFICATE", raising=False)
    assert environment.litellms_cert(None) is None
    assert environment.litellms_cert("a.pem") == "a.pem"
    monkeypatch.setenv("SSL_CERTIFICATE", "b.pem")
    assert environment.litellms_cert("a.pem") == "b.pem"


def test_passwords_are_secrets_and_no_repr_shows_them() -> None:
    network = Network("http://u:the%20password@proxy.invalid", cert=("a", "b", "another one"))
    assert set(network.secrets) == {"the%20password", "the password", "another one"}
    assert not any(secret in repr(network) for secret in network.secrets)
    assert Network().secrets == ()
