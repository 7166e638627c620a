"""The wire: our own connections beneath litellm, with a record of each attempt.

`client_for` gives what litellm takes as ``client=``; the `Exchange` given to it bounds the attempt
and keeps what really happened: status, headers, requests sent, the fault. Call its ``release`` (in
async code ``arelease``) when the attempt is over.
"""

from __future__ import annotations

from typing import Any

from .exchange import Exchange, FaultKind, WireFault
from .vendors import FAMILIES, KNOWN_ENDS

__all__ = ["Exchange", "FaultKind", "WireFault", "aclose_all", "client_for", "close_all"]


def client_for(
    vendor: str,
    *,
    exchange: Exchange,
    is_async: bool,
    model: str,
    api_key: str | None = None,
    base_url: str | None = None,
    organization: str | None = None,
    api_version: str | None = None,
) -> Any:
    """The client through which litellm's one request to `vendor` goes; None where it takes none.

    litellm must have been loaded. `model` is the model's name with or without its vendor.
    """
    family = FAMILIES.get(vendor)
    if family is None:
        return None
    exchange.sse = vendor in KNOWN_ENDS
    if family == "handler":
        from .clients import handler

        return handler(exchange, is_async=is_async)
    from .sdk import Address, azure_client, openai_client

    address = Address(
        vendor=vendor,
        model=model,
        api_key=api_key,
        base_url=base_url,
        organization=organization,
        api_version=api_version,
    )
    make = azure_client if family == "azure" else openai_client
    return make(address, exchange, is_async=is_async)


def close_all() -> None:
    """Close the sync connections of this process."""
    import sys

    if sync := sys.modules.get(f"{__name__}.sync"):
        sync.close_all()


async def aclose_all() -> None:
    """Close the running event loop's connections, as the loop itself does when it shuts down."""
    import sys

    if aio := sys.modules.get(f"{__name__}.aio"):
        await aio.aclose_all()
