"""Guards for a test run: no call of this package, or no socket at all, leaves this machine.

Refused are those outside a recording cassette. `Guard` stands on the wire's tape and refuses before
anything is looked up; `only_loopback` stands on the sockets of the process and is for everything.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from .command import running_test
from .errors import LiveCallError, Unanswered

__all__ = ["Guard", "is_local", "only_loopback"]

_LOCAL_NAMES = {None, "", b"", "localhost", b"localhost"}


def is_local(host: Any) -> bool:
    """True for loopback addresses and for names that mean this machine."""
    if host in _LOCAL_NAMES:
        return True
    text = host.decode() if isinstance(host, bytes) else str(host)
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


class Guard:
    """In the place of a cassette where none is open: a vendor is not called."""

    is_open = True

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Let requests to this machine pass. Raises Unanswered for all others."""
        if _leaves(url):
            raise _refusal(f"{method} {urlsplit(url)._replace(query='').geturl()}")

    def unseen(self, vendor: str, base_url: str | None) -> None:
        """The same for a call that litellm's own client makes."""
        if base_url is None or _leaves(base_url):
            raise _refusal(f"a call to {vendor}")


def _leaves(url: str) -> bool:
    host = urlsplit(url).hostname
    return not is_local(host) and not _stands_for_a_dead_name(host)


def _stands_for_a_dead_name(host: Any) -> bool:
    """Names under `.invalid` (RFC 2606) are nobody's, and fail to resolve."""
    return str(host).endswith(".invalid")


def _refusal(what: str) -> Unanswered:
    who = running_test() or "something outside a test"
    return Unanswered(
        LiveCallError(
            f"{who} would have made a live call ({what}), which llm_guard refuses; nothing was "
            "sent. Mark the test with @pytest.mark.llm_cassette and record it with --llm-record=new"
        )
    )


@contextmanager
def only_loopback(refused: list[str], allowed: Callable[[], bool]) -> Iterator[None]:
    """Within, sockets reach only this machine, except while `allowed`.

    What was refused is appended to `refused`. A refusal is an OSError, as a dead network would
    give, so that code under test meets what it would meet offline; libraries swallow such errors,
    therefore the list. A name that stands for a dead one is refused without being noted.
    """
    before = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex
    look_up, connect, connect_ex = before

    def check(host: Any, error: Callable[[str], OSError]) -> None:
        if not is_local(host) and not allowed():
            if not _stands_for_a_dead_name(host):
                refused.append(str(host))
            who = running_test() or "something outside a test"
            raise error(f"{who} would have reached {host!r}, which llm_guard_sockets refuses")

    def guarded_look_up(host: Any, *rest: Any, **options: Any) -> Any:
        check(host, lambda told: socket.gaierror(socket.EAI_NONAME, told))
        return look_up(host, *rest, **options)

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            check(address[0], ConnectionRefusedError)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if isinstance(address, tuple):
            check(address[0], ConnectionRefusedError)
        return connect_ex(self, address)

    _put(guarded_look_up, guarded_connect, guarded_connect_ex)
    try:
        yield
    finally:
        _put(*before)


def _put(look_up: Any, connect: Any, connect_ex: Any) -> None:
    socket.getaddrinfo = look_up
    socket.socket.connect = connect  # type: ignore[method-assign]
    socket.socket.connect_ex = connect_ex  # type: ignore[method-assign]
