"""What holds for every connection: how long it idles, its certificates and its proxy."""

from __future__ import annotations

import ssl
import urllib.request
from functools import cache, lru_cache

import httpx

KEEP_ALIVE = 15.0  # seconds that an idle connection is kept


@cache
def tls() -> ssl.SSLContext:
    """One TLS context for all connections; SSL_CERT_FILE and SSL_CERT_DIR are honoured."""
    return httpx.create_ssl_context()


@lru_cache(maxsize=256)
def proxy_for(scheme: str, host: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name for an address."""
    proxies = urllib.request.getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if not proxy or urllib.request.proxy_bypass(host):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
