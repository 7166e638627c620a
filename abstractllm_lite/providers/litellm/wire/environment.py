"""The way to a vendor: through which proxy, trusting which certificates, showing which one."""

from __future__ import annotations

import os
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

KEEP_ALIVE = 15.0  # seconds that an idle connection is kept

Verify = bool | str | ssl.SSLContext
Cert = str | tuple[str, ...]

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_WATCHED = (*_PROXIES, *map(str.upper, _PROXIES), *_TRUST)
_ADDRESS = "must be an address like http://host:port or http://user:password@host:port"
_SWITCHES = {"true": True, "false": False}

_contexts: dict[tuple[Any, ...], ssl.SSLContext] = {}


class Unusable(ValueError):
    """A setting of the network that cannot be used. The text holds no secret."""


@dataclass(frozen=True)
class Network:
    """How a call reaches its vendor.

    `proxy`: an http(s) address, "" for none at all, None for what HTTP_PROXY, HTTPS_PROXY,
    ALL_PROXY and NO_PROXY say. `verify`: True for SSL_CERT_FILE, SSL_CERT_DIR or else certifi's
    certificates, False for no check, a file or folder of certificates, or a context. `cert`: the
    client's certificate as a PEM file that holds the key too, or (file, key, password).
    """

    proxy: str | None = field(default=None, repr=False)  # may hold a password
    verify: Verify = True
    cert: Cert | None = field(default=None, repr=False)  # so may this

    @property
    def secrets(self) -> tuple[str, ...]:
        """The passwords in it."""
        told = urlsplit(self.proxy or "").password or ""
        key = self.cert[2:] if isinstance(self.cert, tuple) else ()
        return tuple(filter(None, {told, unquote(told), *key}))


def litellms_verify(ssl_verify: Any) -> Verify:
    """What a user of litellm set: SSL_VERIFY, else `litellm.ssl_verify`, which is given.

    A text that is neither a path nor a truth value is no setting (litellm 1.100-1.109).
    """
    told = os.environ.get("SSL_VERIFY", ssl_verify)
    if isinstance(told, str) and not (told and Path(told).exists()):
        return _SWITCHES.get(told.lower(), True)
    return told if isinstance(told, (bool, str, ssl.SSLContext)) else True


def litellms_cert(ssl_certificate: Any) -> Cert | None:
    """The same for SSL_CERTIFICATE and `litellm.ssl_certificate`."""
    return os.environ.get("SSL_CERTIFICATE", ssl_certificate) or None


def check(name: str, value: Any) -> None:
    """Raise Unusable for a `proxy`, `verify` or `cert` that cannot be meant."""
    if name == "proxy":
        wrong = flaw(value) if isinstance(value, str) and value else None
        if wrong or not isinstance(value, str):
            raise Unusable(wrong or _ADDRESS)
    elif name == "verify":
        if not isinstance(value, (bool, str, ssl.SSLContext)):
            raise Unusable("must be True, False, a path, or an ssl.SSLContext")
        tls(Network(verify=value))
    else:
        parts = [value] if isinstance(value, str) else value
        listed = isinstance(parts, (list, tuple)) and 0 < len(parts) <= 3
        if not listed or not all(isinstance(part, str) for part in parts):
            raise Unusable("must be a path, or (path, path of the key, password of the key)")
        tls(Network(verify=False, cert=tuple(parts)))


def tls(network: Network) -> ssl.SSLContext:
    """The TLS context for the network, the same one while its files are. Raises Unusable."""
    told = _told()[-2:]
    cert = (network.cert,) if isinstance(network.cert, str) else network.cert or ()
    key = (network.verify, network.cert, *told, *map(_changed, (network.verify, *cert[:2], *told)))
    found = _contexts.get(key)
    return found or _contexts.setdefault(key, _context(network))


def _told() -> tuple[str | None, ...]:
    """What the environment says, fit to be compared."""
    return tuple(map(os.environ.get, _WATCHED))


@cache
def trusting_nobody() -> ssl.SSLContext:
    """A context for connections without TLS: should one want it after all, that fails."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _changed(path: Any) -> int | None:
    """When a file was last changed, in nanoseconds: certificates are renewed in long processes."""
    if not isinstance(path, (str, bytes)):
        return None
    with suppress(OSError):
        return os.stat(path).st_mtime_ns  # noqa: PTH116 (a Path costs as much as the look)
    return None


def forget_contexts() -> None:
    """Let certificates be read again."""
    _contexts.clear()


def _context(network: Network) -> ssl.SSLContext:
    context = _trusting(network.verify)
    if network.cert is not None:
        if context is network.verify:
            raise Unusable("the certificate must be loaded into the context given as 'verify'")
        _show(context, network.cert)
    return context


def _trusting(verify: Verify) -> ssl.SSLContext:
    if isinstance(verify, ssl.SSLContext):
        return verify
    if verify is False:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context
    if isinstance(verify, str):
        return _trusting_those_in("it", verify)
    for name in _TRUST:
        if place := os.environ.get(name):
            return _trusting_those_in(name, place)
    import certifi

    return ssl.create_default_context(cafile=certifi.where())


def _trusting_those_in(name: str, place: str) -> ssl.SSLContext:
    try:
        if not place:  # to OpenSSL this would be the system's own certificates
            raise FileNotFoundError(place)
        if Path(place).is_dir():
            return ssl.create_default_context(capath=place)
        return ssl.create_default_context(cafile=place)
    except OSError as error:  # ssl.SSLError is one
        raise Unusable(f"{name} names no PEM file or folder of certificates") from error


def _show(context: ssl.SSLContext, cert: Cert) -> None:
    file, *rest = (cert,) if isinstance(cert, str) else cert
    key, password = (*rest, None, None)[:2]
    try:  # without a password given OpenSSL would ask for one on the terminal
        context.load_cert_chain(file, key, password=lambda: password or "")
    except (OSError, ValueError) as error:
        raise Unusable(
            "the client's certificate is no readable PEM file with its key, or the key's password "
            "is wrong or missing"
        ) from error


def proxy_for(network: Network, scheme: str, host: str, port: int | None) -> str | None:
    """The proxy on the way to an address, or None. Raises Unusable, SOCKS proxies included."""
    if network.proxy is not None:
        return _usable(network.proxy) if network.proxy else None
    return _told_proxy(scheme, host, port, _told())


@lru_cache(maxsize=256)
def _told_proxy(scheme: str, host: str, port: int | None, _: tuple[Any, ...]) -> str | None:
    """What the environment (on some systems: the settings) says; read once for what it says."""
    import urllib.request

    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    place = host if port is None or ":" in host else f"{host}:{port}"
    if not proxy or urllib.request.proxy_bypass(place):
        return None
    return _usable(proxy if "://" in proxy else f"http://{proxy}")


def _usable(proxy: str) -> str:
    if wrong := flaw(proxy):
        raise Unusable(f"the proxy {wrong}")
    return proxy


def flaw(proxy: str) -> str | None:
    """What is wrong with a proxy's address, in words that do not repeat it; None if nothing."""
    try:
        parts = urlsplit(proxy)
        good = bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, good = urlsplit(""), False
    if parts.scheme.startswith("socks"):
        return "must be an http:// or https:// proxy; a SOCKS proxy needs an HTTP proxy before it"
    if not good or parts.scheme not in ("http", "https") or parts.path.strip("/"):
        return _ADDRESS
    if "@" in parts.netloc.rpartition("@")[0] or set(proxy) & set(" \t\r\n"):
        return "must have %40 for an @ in its user or password, and no spaces"
    return None
