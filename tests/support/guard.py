"""Refuses every connection and name look-up that leaves this machine, and keeps a record of them.

A refusal is an OSError, as a dead network would give, so that code under test meets what it would
meet offline. Libraries swallow such errors, therefore the record: a test that left loopback fails.
Names under `.invalid` (RFC 2606) are refused without being recorded: they stand for a failing DNS.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any

LOCAL_NAMES = {None, "", b"", "localhost", b"localhost"}


def is_local(host: Any) -> bool:
    """True for loopback addresses and for names that mean this machine."""
    if host in LOCAL_NAMES:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


@contextmanager
def only_loopback(refused: list[str]) -> Iterator[None]:
    """Within, only loopback can be reached; what was refused is appended to `refused`."""
    look_up, connect, connect_ex = (
        socket.getaddrinfo,
        socket.socket.connect,
        socket.socket.connect_ex,
    )

    def refuse(host: Any) -> None:
        if not str(host).endswith(".invalid"):
            refused.append(str(host))

    def guarded_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        if is_local(host):
            return look_up(host, *rest, **options)
        refuse(host)
        raise socket.gaierror(socket.EAI_NONAME, f"tests stay on loopback: {host!r} refused")

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not is_local(address[0]):
            refuse(address[0])
            raise ConnectionRefusedError(f"tests stay on loopback: {address!r} refused")

    def guarded_connect(self: socket.socket, address: Any) -> None:
        check(address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    socket.getaddrinfo = guarded_look_up
    socket.socket.connect = guarded_connect  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]
    try:
        yield
    finally:
        socket.getaddrinfo = look_up
        socket.socket.connect = connect  # type: ignore[method-assign]
        socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
