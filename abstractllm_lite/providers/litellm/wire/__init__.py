"""The wire: our own connections beneath litellm, with a record of each attempt.

`client_for` gives what litellm takes as ``client=``; the `Exchange` given to it bounds the attempt
and keeps what really happened: status, headers, requests sent, the fault. Call its ``release`` (in
async code ``arelease``) when the attempt is over.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from .environment import Network
from .exchange import LATE, Dialect, Exchange, FaultKind, WireFault
from .tape import Tape, tape_of, within
from .vendors import DIALECTS, FAMILIES

__all__ = [
    "LATE",
    "Dialect",
    "Exchange",
    "FaultKind",
    "Network",
    "Tape",
    "WireFault",
    "aclose_all",
    "aclose_idle",
    "apost",
    "broken_off",
    "carries",
    "client_for",
    "close_all",
    "close_idle",
    "dialect_of",
    "post",
    "tape_of",
    "within",
]


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
    exchange.dialect = dialect_of(vendor)
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


def post(exchange: Exchange, url: str, *, headers: Mapping[str, str], content: bytes) -> Any:
    """The answer to one POST as an httpx.Response whose body is not read yet."""
    from . import sender

    return sender.post(exchange, url, headers=headers, content=content)


async def apost(exchange: Exchange, url: str, *, headers: Mapping[str, str], content: bytes) -> Any:
    """The same, awaited."""
    from . import sender

    return await sender.apost(exchange, url, headers=headers, content=content)


def carries(vendor: str) -> bool:
    """Whether litellm lets our connection carry the vendor's calls."""
    return vendor in FAMILIES


def dialect_of(vendor: str) -> Dialect | None:
    """How the vendor streams; None where its end mark is not known."""
    return DIALECTS.get(vendor)


def broken_off(answer: Any) -> bool:
    """Whether an answer or event in OpenAI's language says that it broke off: OpenRouter's word."""
    choices = answer.get("choices") if isinstance(answer, Mapping) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return isinstance(first, Mapping) and first.get("finish_reason") == "error"


def close_idle() -> None:
    """Close this process's idle sync connections; those in use are closed when given back."""
    if sync := _loaded("sync"):
        sync.close_idle()


async def aclose_idle() -> None:
    """The same for the running event loop's connections."""
    if sessions := _loaded("sessions"):
        await sessions.aclose_idle()


def close_all() -> None:
    """Close the sync connections of this process, and what closed event loops left behind."""
    if sync := _loaded("sync"):
        sync.close_all()
    if sessions := _loaded("sessions"):
        sessions.bury_dead_loops()


async def aclose_all() -> None:
    """Close the running event loop's connections, as the loop itself does when it shuts down."""
    if sessions := _loaded("sessions"):
        await sessions.aclose_all()


def _loaded(room: str) -> Any:
    """A room of the wire that imports an HTTP client; None where nothing has needed it yet."""
    return sys.modules.get(f"{__name__}.{room}")
