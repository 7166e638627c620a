"""What lies between a client and its vendor: proxies, TLS servers and certificates, on loopback."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Certificate:
    """A certificate of 127.0.0.1 that is its own authority; `locked` is its key with a password."""

    file: str
    key: str
    locked: str
    password: str = "the password of the key"


def make_certificate(folder: Path) -> Certificate:
    """A new one; `file` holds the key too. Skips where `cryptography` is not installed."""
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

    def written(name: str, *parts: bytes) -> str:
        (folder / name).write_bytes(b"".join(parts))
        return str(folder / name)

    def packed(lock: Any) -> bytes:
        form = serialization.PrivateFormat.PKCS8
        return bytes(key.private_bytes(serialization.Encoding.PEM, form, lock))

    public = signed.public_bytes(serialization.Encoding.PEM)
    plain = packed(serialization.NoEncryption())
    locked = packed(serialization.BestAvailableEncryption(Certificate.password.encode()))
    return Certificate(
        file=written("both.pem", public, plain),
        key=written("key.pem", plain),
        locked=written("locked.pem", locked),
    )


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.seen.append(dict(self.headers))  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        told = json.dumps({"got": len(body)}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, *arguments: Any) -> None:
        pass


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    seen: list[dict[str, str]]

    def handle_error(self, *_: Any) -> None:
        """Refused handshakes are what some tests are about."""


@dataclass
class TlsServer:
    """A server that answers every POST; `seen` are the headers of each."""

    url: str
    seen: list[dict[str, str]]


@contextmanager
def tls_server(certificate: Certificate, *, asks: bool = False) -> Iterator[TlsServer]:
    """A running one; `asks` is whether clients must show the certificate too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file)
    if asks:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(certificate.file)
    with _Quiet(("127.0.0.1", 0), _Answering) as server:
        server.seen = []
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield TlsServer(f"https://127.0.0.1:{server.server_port}/", server.seen)
        server.shutdown()
        thread.join()


@dataclass
class Proxy:
    """An HTTP proxy. It tunnels to loopback, and answers `http` requests itself with `{}`.

    `asked` are the first lines that it read, `credentials` those it insists on; `mute`: it accepts
    and never answers.
    """

    credentials: str | None = None
    mute: bool = False
    tls: Certificate | None = None
    asked: list[str] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    port: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def serve(self, listener: socket.socket) -> None:
        """Accept until the listener is closed."""
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            self._sockets.append(peer)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def close(self) -> None:
        """Close every connection."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _serve(self, peer: socket.socket) -> None:
        with suppress(OSError):
            if self.tls is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.tls.file)
                peer = context.wrap_socket(peer, server_side=True)
                self._sockets.append(peer)
            while head := self._head(peer):
                self._answer(peer, head)

    def _head(self, peer: socket.socket) -> str:
        head = b""
        while b"\r\n\r\n" not in head:
            data = peer.recv(1)
            if not data:
                return ""
            head += data
        told = head.decode("latin-1")
        self.asked.append(told.partition("\r\n")[0])
        self.heads.append(told.lower())
        return told

    def _answer(self, peer: socket.socket, head: str) -> None:
        if self.mute:
            return
        given = self.credentials and base64.b64encode(self.credentials.encode()).decode()
        if given and f"proxy-authorization: basic {given}".lower() not in head.lower():
            peer.sendall(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            peer.shutdown(socket.SHUT_RDWR)
        elif head.startswith("CONNECT "):
            peer.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            host, _, port = head.split(" ")[1].partition(":")
            self._relay(peer, socket.create_connection((host, int(port))))
        else:
            length = int(head.lower().partition("content-length: ")[2].partition("\r")[0] or 0)
            while length > 0:
                length -= len(peer.recv(length))
            peer.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")

    def _relay(self, peer: socket.socket, target: socket.socket) -> None:
        self._sockets.append(target)
        back = threading.Thread(target=_pour, args=(target, peer), daemon=True)
        back.start()
        _pour(peer, target)
        back.join()


def _pour(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def running(proxy: Proxy) -> Iterator[Proxy]:
    """The proxy, listening."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy.port = listener.getsockname()[1]
        thread = threading.Thread(target=proxy.serve, args=(listener,), daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            with suppress(OSError):  # only Linux wakes accept() by it
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            proxy.close()
            thread.join()
