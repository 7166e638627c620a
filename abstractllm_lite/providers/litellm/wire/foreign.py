"""Faults in the shape that httpx's users expect, and the faults behind httpx's own errors.

Never `ConnectError` or `RemoteProtocolError`: litellm answers those with a second request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from .exchange import FaultKind, WireFault


class WireLost(httpx.NetworkError):
    """A fault of the wire other than lateness."""


class WireLate(httpx.TimeoutException):
    """The attempt's time was up."""


_HTTPX: tuple[tuple[type[httpx.TransportError], FaultKind], ...] = (
    (httpx.TimeoutException, "timeout"),
    (httpx.ConnectError, "connect"),
    (httpx.ProxyError, "connect"),
    (httpx.LocalProtocolError, "invalid"),
    (httpx.UnsupportedProtocol, "invalid"),
    (httpx.TransportError, "dropped"),
)

_TOLD = {"connect", "dropped"}  # why a request is invalid may quote the key


def thrown(fault: WireFault) -> httpx.TransportError:
    """The fault as an error that httpx's users know; the fault itself stays free of requests."""
    return (WireLate if fault.kind == "timeout" else WireLost)(str(fault))


def kind_of(error: httpx.TransportError) -> FaultKind:
    """The kind of fault behind an error of httpx."""
    return next(kind for cause, kind in _HTTPX if isinstance(error, cause))


def detail(kind: FaultKind, error: BaseException) -> str:
    """What may be told of the error beneath a fault: not an address, whose query may hold a key."""
    if kind not in _TOLD:
        return ""
    cause = getattr(error, "os_error", None) or error  # aiohttp's own words name an object
    return str(getattr(cause, "message", cause) or type(error).__name__)[:200]
