"""litellm's release, and its own connections, which some vendors' calls take and it leaves open."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Coroutine
from importlib.metadata import version
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from abstractllm_lite.providers.litellm.loading import load, part

RELEASE = version("litellm")  # read once: it is asked for thousands of tests

T = TypeVar("T")


async def closing(work: Awaitable[T]) -> T:
    """The work's result, once litellm's own connections are closed with their loop.

    Otherwise some later collection of garbage warns of them, in another test.
    """
    try:
        return await work
    finally:
        if "litellm" in sys.modules and _asynchronous():
            await part("llms.custom_httpx.async_client_cleanup").close_litellm_async_clients()
            _forget()


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` that leaves none of litellm's own connections behind."""
    return asyncio.run(closing(work))


def _asynchronous() -> bool:
    """Whether litellm keeps a connection that only a running loop can close."""
    kept = load().in_memory_llm_clients_cache.cache_dict.values()
    return any(iscoroutinefunction(getattr(client, "close", None)) for client in kept)


def _forget() -> None:
    """Empty litellm's cache of clients; the synchronous ones in it are closed."""
    cache = load().in_memory_llm_clients_cache
    for client in cache.cache_dict.values():
        close = getattr(client, "close", None)
        if close is not None and not iscoroutinefunction(close):
            close()
    cache.flush_cache()
