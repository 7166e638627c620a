"""Where a request really goes while it is recorded: to the vendor, or to a stand-in for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import CassetteError

__all__ = ["Detour"]


@dataclass(frozen=True)
class Detour:
    """Vendor addresses with the stand-in's address for each; both are http(s) URLs."""

    via: Mapping[str, str] = field(default_factory=dict)
    stand_in: str | None = None

    def __post_init__(self) -> None:
        for address in (*self.via, *self.via.values()):
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise CassetteError(f"record_via: {address!r} is not an http(s) address")

    def target(self, uri: str) -> str | None:
        """The stand-in's address for a vendor's, or None where the request goes to the vendor."""
        vendor = self._vendor(uri)
        if vendor is None:
            return None
        return self.via[vendor].rstrip("/") + uri[len(vendor.rstrip("/")) :]

    def source(self, uri: str) -> str:
        """Who answers a request, as the cassette's header names it."""
        if self._vendor(uri) is None:
            return urlsplit(uri).hostname or uri
        return f"{self.stand_in or 'unnamed'} (a stand-in, not the vendor)"

    def _vendor(self, uri: str) -> str | None:
        fitting = [vendor for vendor in self.via if _lies_under(uri, vendor.rstrip("/"))]
        return max(fitting, key=len, default=None)


def _lies_under(uri: str, address: str) -> bool:
    return uri.startswith(address) and uri[len(address) : len(address) + 1] in ("", "/", "?", ":")
