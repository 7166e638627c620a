"""Fetching: from public addresses alone, never more or longer than allowed. Nothing leaves here."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.exceptions import FileProcessingError, ImageProcessingError
from abstractllm_lite.media import MediaFactory, MediaInput, fetch
from abstractllm_lite.media.addresses import is_public
from tests.media import samples
from tests.support.loopback import Loopback, Reply

PUBLIC = "93.184.215.14"


@dataclass
class World:
    """Names and where they lead; every public address is the loopback server's."""

    names: dict[str, list[list[str]]] = field(default_factory=dict)
    connected: list[str] = field(default_factory=list)
    unreachable: set[str] = field(default_factory=set)

    def resolve(self, host: str, _: int) -> list[str]:
        answers = self.names.get(host) or [[PUBLIC]]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def connect(self, address: str, port: int, timeout: float) -> socket.socket:
        self.connected.append(address)
        if address in self.unreachable:
            raise ConnectionRefusedError(111, "Connection refused")
        assert 0 < timeout <= fetch.TIMEOUT
        return socket.create_connection(("127.0.0.1", port), timeout)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """The internet of one test."""
    made = World()
    monkeypatch.setattr(fetch, "NETWORK", fetch.Network(made.resolve, made.connect))
    return made


@pytest.fixture
def site(loopback: Loopback, world: World) -> Loopback:
    """A site that is known as any name, with a picture on it."""
    loopback.reply = picture()
    return loopback


def picture(**headers: str) -> Reply:
    return Reply(samples.png(), headers={"content-type": "image/png", **headers})


def moved(to: str, status: int = 302) -> Reply:
    return Reply(b"", status=status, headers={"location": to})


def url(site: Loopback, host: str = "pictures.example", path: str = "/a.png") -> str:
    return f"http://{host}:{site.url.rpartition(':')[2]}{path}"


def get(address: str, kind: str | None = "image", **access: Any) -> MediaInput:
    media = MediaFactory.from_source(address, kind, allow_fetch=True, **access)
    media.load()  # type: ignore[attr-defined]
    return media


def refused(address: str, said: str, kind: str | None = "image", **access: Any) -> Exception:
    with pytest.raises((ImageProcessingError, FileProcessingError), match=said) as caught:
        get(address, kind, **access)
    return caught.value


def test_what_is_fetched_is_what_it_is(site: Loopback, world: World) -> None:
    media = get(url(site, path="/with%20space/a.png?b=c&d=%2F"))

    assert media.metadata["mime_type"] == "image/png"
    assert world.connected == [PUBLIC]
    (request,) = site.requests
    assert (request.path, request.query) == ("/with%20space/a.png", "b=c&d=%2F")
    assert request.headers["host"] == url(site).split("/")[2]
    assert request.headers["accept-encoding"] == "identity"
    assert "cookie" not in request.headers


@pytest.mark.parametrize(
    ("media", "content", "kind"),
    [
        ("image/png", samples.png(), "image"),
        ("application/octet-stream", samples.png(), "image"),
        ("application/pdf", samples.pdf(), "document"),
        ("audio/wav", samples.wav(), "audio"),
        ("text/plain; charset=utf-8", b"hello", "text"),
        ("text/csv", samples.CSV, "tabular"),
    ],
)
def test_the_kind_of_what_is_fetched_is_found_out(
    media: str, content: bytes, kind: str, site: Loopback, world: World
) -> None:
    site.reply = Reply(content, headers={"content-type": media})
    path = "/table.csv" if kind == "tabular" else "/something"

    assert get(url(site, path=path), None).media_type == kind


def test_what_an_address_leads_to_is_fetched_only_where_its_name_does_not_tell(
    site: Loopback, world: World
) -> None:
    told = MediaFactory.from_source(url(site), allow_fetch=True)
    assert site.requests == []
    assert told.to_provider_format("openai")["image_url"]["url"] == url(site)
    untold = MediaFactory.from_source(url(site, path="/a"), allow_fetch=True)
    assert untold.to_provider_format("openai")["image_url"]["url"].startswith("data:image/png")


def test_nothing_is_fetched_unasked(site: Loopback, world: World) -> None:
    media = MediaFactory.from_source(url(site), "image")
    with pytest.raises(ImageProcessingError, match="allow_fetch=True"):
        media.load()  # type: ignore[attr-defined]
    with pytest.raises(FileProcessingError, match="does not say what it leads to"):
        MediaFactory.from_source("https://pictures.example/a")
    assert site.requests == []
    assert world.connected == []


PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "nonsense",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_that_leads_to_a_private_address_is_refused(
    address: str, site: Loopback, world: World
) -> None:
    assert not is_public(address)
    for answers in ([address], [PUBLIC, address]):
        world.names["inner.example"] = [answers]
        refused(url(site, "inner.example"), "not public")
    assert world.connected == []


_SIX_TO_FOUR = pytest.param(
    "2002:808:808::",
    marks=pytest.mark.xfail(
        not ip_address("2002:808:808::").is_global,
        reason="Pythons since 2024 count no 6to4 address as public",
        strict=True,
    ),
)


@pytest.mark.parametrize(
    "address",
    [PUBLIC, "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", _SIX_TO_FOUR],
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "0177.0.0.1", "127.1"])
def test_a_private_address_is_refused_however_it_is_written(host: str, world: World) -> None:
    world.names[host] = [[socket.inet_ntoa(socket.inet_aton(host))]]  # as the system reads it
    refused(f"http://{host}/a.png", "not public")
    assert world.connected == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_the_system_is_asked_where_a_name_leads(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> socket.socket:
        raise AssertionError("it connected")

    monkeypatch.setattr(fetch, "NETWORK", fetch.Network(connect=never))
    refused(f"http://{host}/a.png", "not public|cannot be read")


def test_connections_are_made_by_the_system(loopback: Loopback) -> None:
    host, _, port = loopback.url.removeprefix("http://").partition(":")
    with fetch.NETWORK.connect(host, int(port), 5.0) as line:
        assert line.getpeername() == (host, int(port))


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    site: Loopback, world: World
) -> None:
    """A name that leads elsewhere when it is asked again gets nothing from that."""
    world.names["rebinding.example"] = [[PUBLIC], ["127.0.0.1"]]

    get(url(site, "rebinding.example"))

    assert world.connected == [PUBLIC]


def test_the_next_address_is_tried_where_one_does_not_answer(site: Loopback, world: World) -> None:
    world.names["two.example"] = [["8.8.8.8", PUBLIC]]
    world.unreachable = {"8.8.8.8"}

    get(url(site, "two.example"))

    assert world.connected == ["8.8.8.8", PUBLIC]
    world.unreachable.add(PUBLIC)
    refused(url(site, "two.example"), "Connection refused")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_and_judged_anew(status: int, site: Loopback, world: World) -> None:
    site.queue(moved("/b.png", status))
    assert get(url(site)).metadata["mime_type"] == "image/png"

    world.names["inner.example"] = [["10.0.0.1"]]
    site.queue(moved(url(site, "inner.example"), status))
    refused(url(site), "not public")
    assert [request.path for request in site.requests] == ["/a.png", "/b.png", "/a.png"]


@pytest.mark.parametrize("to", ["ftp://pictures.example/a", "file:///etc/passwd", "http://[", ""])
def test_a_redirect_to_no_web_address_is_refused(to: str, site: Loopback) -> None:
    site.queue(moved(to))
    refused(url(site), "no http|nowhere|cannot be read")
    assert len(site.requests) == 1


def test_redirects_come_to_an_end(site: Loopback, world: World) -> None:
    site.reply = moved("/a.png")
    refused(url(site), "leads on more than 5 times")
    assert len(site.requests) == 6


def test_https_leads_to_nothing_less() -> None:
    from abstractllm_lite.media.trouble import Refusal

    with pytest.raises(Refusal, match="https"):
        fetch._onward("https://a.example/x", "http://a.example/x")
    assert fetch._onward("https://a.example/x", "y") == "https://a.example/y"


@pytest.mark.parametrize(
    "address",
    ["http://user:password@a.example/x.png", "http://:x@a.example/x.png", "http://a.example:0/"],
)
def test_addresses_with_passwords_or_no_port_are_refused(address: str, world: World) -> None:
    error = refused(address, "user or password|no http")
    assert "password@" not in str(error)
    assert world.connected == []


@pytest.mark.parametrize("status", [199 + 5, 404, 500])
def test_another_status_is_no_content(status: int, site: Loopback) -> None:
    site.reply = Reply(b"no", status=status)
    refused(url(site), f"status {status}")


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("text/html", "image"),
        ("application/pdf", "image"),
        ("image/png", "document"),
        ("text/html", "audio"),
        ("video/mp4", None),
        ("application/zip", None),
    ],
)
def test_another_content_type_is_refused_unread(
    media: str, kind: str | None, site: Loopback
) -> None:
    site.reply = Reply(samples.png(), headers={"content-type": media})
    refused(url(site, path="/a"), f"is {media} by its server", kind)


def test_a_lie_about_the_content_is_found_out(site: Loopback) -> None:
    site.reply = Reply(b"<html>", headers={"content-type": "image/png"})
    refused(url(site), "not an image: it holds text")


def test_compressed_content_is_refused(site: Loopback) -> None:
    site.reply = picture(**{"content-encoding": "gzip"})
    refused(url(site), "compressed")


@pytest.mark.parametrize("piece", [None, 100])
def test_a_body_beyond_the_size_is_given_up_on(piece: int | None, site: Loopback) -> None:
    headers = {"content-type": "image/png"}
    site.reply = Reply(samples.png(extra=bytes(5000)), headers=headers, piece=piece)
    refused(url(site), "larger than 1,000 bytes", max_file_size=1000)


def test_a_body_that_breaks_off_is_an_error(site: Loopback) -> None:
    site.reply = Reply(samples.png(), headers={"content-type": "image/png"}, cut=True)
    refused(url(site), "broke off|cannot be read")


@pytest.mark.parametrize("fault", ["head", "body"])
def test_a_fetch_that_takes_too_long_is_cut(
    fault: str, site: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.fetch, "__defaults__", (0.2,))
    body = Reply(b"\x89PNG", headers={"content-type": "image/png"}, hold=True)
    site.reply = Reply(b"", delay=30) if fault == "head" else body
    refused(url(site), "took too long")


def test_a_server_that_speaks_no_http_is_an_error_of_ours(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"\x00\xff nonsense\r\n\r\n")

        threading.Thread(target=answer, daemon=True).start()
        refused(f"http://a.example:{server.getsockname()[1]}/a.png", "cannot be read")


def test_a_name_that_is_not_known_is_an_error_of_ours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_: Any) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(fetch, "NETWORK", fetch.Network(unknown, world.connect))
    refused("https://unknown.example/a.png", "Name or service not known")


@pytest.mark.parametrize(
    "address",
    [
        "http://[",
        "http://[/a.png",
        "https://a b/",
        "https://.example/",
        f"https://{'a' * 64}.example/a.png",
    ],
)
def test_an_address_that_cannot_be_is_an_error_of_ours(address: str, world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)):
        refused(address, "no http|cannot be read")


def test_certificates_that_cannot_be_read_are_an_error_of_ours(
    site: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "no/such/file")
    refused(url(site).replace("http:", "https:"), "cannot be read: No such file")


def test_what_has_ended_by_itself_is_cut_without_complaint() -> None:
    line = socket.socket()
    line.close()
    fetch._shut(line)


def test_a_name_in_another_script_is_asked_for_in_ascii(site: Loopback) -> None:
    get(url(site, "bücher.example"))
    assert site.requests[0].headers["host"].startswith("xn--bcher-kva.example:")


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of its own making for secure.example, with its key."""
    pytest.importorskip("cryptography", reason="makes the certificate")
    path = tmp_path / "secure.pem"
    path.write_bytes(_certificate("secure.example"))
    return path


def _certificate(name: str) -> bytes:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(named, named, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM) + secret


@pytest.fixture
def secure_port(certificate: Path) -> Iterator[int]:
    """A server that speaks TLS as secure.example and has a picture."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    body = samples.png()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as line:
                        line.recv(4096)
                        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n"
                        line.sendall(head.encode() + body)
                except OSError:
                    connection.close()

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_a_certificate_must_be_trusted_and_for_the_name_that_was_given(
    secure_port: int, certificate: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(f"https://secure.example:{secure_port}/a.png", "certificate verify failed|CERTIFICATE")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert get(f"https://secure.example:{secure_port}/a.png").metadata["width"] == 1
    refused(f"https://other.example:{secure_port}/a.png", "certificate verify failed|CERTIFICATE")
