"""The same call made in four ways: by hand, by either route of this package, and by litellm."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

import aiohttp
import httpx
from vendors import QUESTION, SCHEMA, TOOL, Vendor

from abstractllm_lite import create_llm

KEY = "sk-no-key-at-all"
TOOLS = [{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}]


@dataclass(frozen=True)
class Ask:
    """What is asked, and of whom; `url` is the server's address."""

    vendor: Vendor
    url: str
    tools: bool = False


class Raw:
    """A POST and the JSON of its answer, with httpx; awaited, with aiohttp."""

    def __init__(self, ask: Ask) -> None:
        self.body = {**ask.vendor.body, **({"tools": ask.vendor.tools} if ask.tools else {})}
        self.url, self.stream_url = ask.url + ask.vendor.path, ask.url + ask.vendor.stream_path
        self.headers = {"authorization": f"Bearer {KEY}"}

    def plain(self) -> Any:
        return _client().post(self.url, json=self.body, headers=self.headers).json()

    def stream(self) -> None:
        body = {**self.body, "stream": True}
        with _client().stream("POST", self.stream_url, json=body, headers=self.headers) as answer:
            for line in answer.iter_lines():
                if line.startswith("data: {"):
                    json.loads(line[6:])

    async def awaited(self) -> Any:
        session = await _session()
        async with session.post(self.url, json=self.body, headers=self.headers) as answer:
            return await answer.json()


class Ours:
    """This package, by one of its routes."""

    def __init__(self, ask: Ask, transport: str) -> None:
        base, model = ask.url + ask.vendor.base, ask.vendor.model
        self.llm = create_llm("litellm", model=model, api_key=KEY, base_url=base)
        self.options: dict[str, Any] = {
            "transport": transport,
            "tools": TOOLS if ask.tools else None,
        }
        if self.plain().route != transport:
            sys.exit(f"{model}: the call did not take the route '{transport}'")

    def plain(self) -> Any:
        return self.llm.generate(QUESTION, **self.options)

    def stream(self) -> None:
        for _ in self.llm.generate(QUESTION, stream=True, **self.options):
            pass

    async def awaited(self) -> Any:
        return await self.llm.generate_async(QUESTION, **self.options)


class Litellm:
    """litellm.completion, asked for what this package asks it for."""

    def __init__(self, ask: Ask) -> None:
        self.options: dict[str, Any] = {
            "model": ask.vendor.model,
            "api_base": ask.url + ask.vendor.base,
            "api_key": KEY,
            "max_retries": 0,
            "_skip_mcp_handler": True,  # else litellm 1.100-1.109 imports mcp for a tool
        }
        if ask.tools:
            self.options["tools"] = TOOLS

    def plain(self) -> Any:
        import litellm

        return litellm.completion(messages=_messages(), **self.options)

    def stream(self) -> None:
        import litellm

        asked = {**self.options, "stream": True, "stream_options": {"include_usage": True}}
        for _ in litellm.completion(messages=_messages(), **asked):
            pass

    async def awaited(self) -> Any:
        import litellm

        return await litellm.acompletion(messages=_messages(), **self.options)


def sides(ask: Ask) -> dict[str, Any]:
    """The four, by name."""
    ours = {"direct": Ours(ask, "direct"), "route": Ours(ask, "litellm")}
    return {"raw": Raw(ask), "litellm": Litellm(ask), **ours}


def _messages() -> list[dict[str, Any]]:
    return [{"role": "user", "content": QUESTION}]


@cache
def _client() -> httpx.Client:
    return httpx.Client()


_sessions: dict[asyncio.AbstractEventLoop, aiohttp.ClientSession] = {}


async def _session() -> aiohttp.ClientSession:
    """The running loop's session, without a cap on its connections."""
    loop = asyncio.get_running_loop()
    if loop not in _sessions:
        _sessions[loop] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
    return _sessions[loop]


async def aclose() -> None:
    """Close the running loop's session."""
    if (session := _sessions.pop(asyncio.get_running_loop(), None)) is not None:
        await session.close()
