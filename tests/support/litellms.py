"""litellm's own connections, which some vendors' calls take and litellm leaves open."""

from __future__ import annotations

import sys
from collections.abc import Awaitable
from typing import TypeVar

from abstractllm_lite.providers.litellm.loading import load, part

T = TypeVar("T")


async def closing(work: Awaitable[T]) -> T:
    """The work's result, once litellm's own connections are closed with their loop.

    Otherwise some later collection of garbage warns of them, in another test.
    """
    try:
        return await work
    finally:
        if "litellm" in sys.modules:
            await part("llms.custom_httpx.async_client_cleanup").close_litellm_async_clients()
            load().in_memory_llm_clients_cache.flush_cache()
