"""Each vendor gets the client that it takes, with the key and address that litellm would use."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.loading import load
from abstractllm_lite.providers.litellm.wire import Exchange, WireFault, client_for
from abstractllm_lite.providers.litellm.wire.clients import http_client
from abstractllm_lite.providers.litellm.wire.vendors import DIALECTS, FAMILIES
from abstractllm_lite.providers.litellm.wire.vendors import _rows as vendors_table
from tests.support.faults import TEXT, FaultServer

from .conftest import MODELS, aask, arguments, ask


def made(vendor: str, *, is_async: bool = False, model: str = "m", **options: Any) -> Any:
    return client_for(vendor, exchange=Exchange(1.0), is_async=is_async, model=model, **options)


def test_importing_the_wire_loads_no_http_client() -> None:
    heavy = ("httpx", "httpcore", "aiohttp", "openai", "litellm")
    program = (
        "import sys, abstractllm_lite.providers.litellm.wire as wire; wire.close_all();"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.strip() == "[]"


@pytest.mark.parametrize("vendor", ["cohere", "cohere_chat", "replicate", "no such vendor", ""])
def test_vendors_that_take_no_client_get_none(vendor: str) -> None:
    assert made(vendor) is None


def test_every_vendor_in_the_table_is_in_it_once() -> None:
    assert set(FAMILIES.values()) == {"openai", "azure", "handler"}
    assert len(FAMILIES) == sum(len(vendors) for vendors in vendors_table().values())
    assert set(FAMILIES) > set(DIALECTS)


def test_kinds_of_clients() -> None:
    import openai
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler, HTTPHandler

    azure = {"api_key": "k", "base_url": "http://127.0.0.1:1"}
    assert isinstance(made("anthropic"), HTTPHandler)
    assert isinstance(made("anthropic", is_async=True), AsyncHTTPHandler)
    assert isinstance(made("openai", api_key="k"), openai.OpenAI)
    assert isinstance(made("openai", api_key="k", is_async=True), openai.AsyncOpenAI)
    assert isinstance(made("azure", **azure), openai.AzureOpenAI)
    assert isinstance(made("azure", is_async=True, **azure), openai.AsyncAzureOpenAI)
    plain = made("azure", api_version="v1", **azure)
    assert not isinstance(plain, openai.AzureOpenAI)
    assert str(plain.base_url) == "http://127.0.0.1:1/openai/v1/"
    whole = {**azure, "base_url": "http://127.0.0.1:1/openai/deployments/d"}
    assert str(made("azure", **whole).base_url) == "http://127.0.0.1:1/openai/deployments/d/"


def test_without_a_key_litellm_is_left_to_complain() -> None:
    assert made("openai") is None
    assert made("azure", base_url="http://127.0.0.1:1") is None
    assert made("azure", api_key="k") is None


def test_key_and_address_are_those_of_litellm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "from-env")
    monkeypatch.setenv("OPENAI_API_BASE", "http://127.0.0.1:1/env")
    monkeypatch.setenv("DEEPINFRA_API_KEY", "infra")
    assert (made("openai").api_key, str(made("openai").base_url)) == (
        "from-env",
        "http://127.0.0.1:1/env/",
    )
    other = made("deepinfra", model="deepinfra/m")
    assert (other.api_key, str(other.base_url)) == (
        "infra",
        "https://api.deepinfra.com/v1/openai/",
    )
    given = made("openai", api_key="given", base_url="http://127.0.0.1:1/v9", organization="org")
    assert (given.api_key, given.organization) == ("given", "org")
    assert str(given.base_url) == "http://127.0.0.1:1/v9/"


async def test_an_exchange_sends_one_request_and_no_more(server: FaultServer) -> None:
    exchange = Exchange(5.0)
    client = http_client(exchange, is_async=False)
    url = server.url("openai", "ok")
    client.post(url)
    with pytest.raises(Exception, match="second request"):
        client.post(url)
    assert exchange.fault is not None
    assert (exchange.fault.kind, exchange.requests, len(server.requests)) == ("resend", 1, 1)
    exchange = Exchange(5.0)
    aclient = http_client(exchange, is_async=True)
    await aclient.post(url)
    with pytest.raises(Exception, match="second request"):
        await aclient.post(url)
    assert (exchange.requests, len(server.requests)) == (1, 2)


async def test_what_cannot_be_a_header_is_not_sent_and_not_quoted(server: FaultServer) -> None:
    exchange = Exchange(5.0)
    client = http_client(exchange, is_async=False)
    with pytest.raises(Exception, match="holds a line's end") as caught:
        client.post(server.url("openai", "ok"), headers={"authorization": "secret\r\nx: y"})
    assert "secret" not in str(caught.value)
    assert exchange.fault is not None
    assert exchange.fault.kind == "invalid"
    exchange = Exchange(5.0)
    aclient = http_client(exchange, is_async=True)
    with pytest.raises(Exception, match="holds a line's end"):
        await aclient.post(server.url("openai", "ok"), headers={"authorization": "secret\r\nx: y"})
    assert server.requests == []


async def test_path_and_query_arrive_as_they_were_encoded(server: FaultServer) -> None:
    url = f"{server.address}/openai/ok/models%2Fa%20b%3A0/x?y=%2F%2B"
    http_client(Exchange(5.0), is_async=False).post(url, content=b"{}")
    await http_client(Exchange(5.0), is_async=True).post(url, content=b"{}")
    paths = {request.path for request in server.requests}
    assert paths == {"/openai/ok/models%2Fa%20b%3A0/x?y=%2F%2B"}


async def test_cookies_are_neither_kept_nor_sent(server: FaultServer) -> None:
    url = server.url("openai", "ok")
    for _ in range(2):
        http_client(Exchange(5.0), is_async=False).post(url)
        await http_client(Exchange(5.0), is_async=True).post(url)
    assert len(server.requests) == 4
    assert not any("cookie" in request.headers for request in server.requests)


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_passed_deadline_sends_nothing(server: FaultServer, is_async: bool) -> None:
    exchange = Exchange(5.0, deadline=time.monotonic() - 1)
    client: Any = http_client(exchange, is_async=is_async)
    with pytest.raises(Exception, match="in time"):
        if is_async:
            await client.post(server.url("openai", "ok"))
        else:
            client.post(server.url("openai", "ok"))
    assert exchange.fault is not None
    assert exchange.fault.kind == "timeout"
    assert server.requests == []


@pytest.mark.parametrize("is_async", [False, True])
async def test_an_unknown_host_is_a_connect_fault(is_async: bool) -> None:
    exchange = Exchange(5.0)
    client: Any = http_client(exchange, is_async=is_async)
    with pytest.raises(Exception, match="vendor\\.invalid"):
        if is_async:
            await client.post("http://vendor.invalid/v1")
        else:
            client.post("http://vendor.invalid/v1")
    assert exchange.fault is not None
    assert exchange.fault.kind == "connect"
    await wire.aclose_all()


def test_a_client_that_litellm_keeps_serves_others_after_its_attempt(server: FaultServer) -> None:
    exchange = Exchange(5.0)
    url = server.url("azure", "ok")
    azure = {"api_key": "k", "base_url": url, "api_version": "2024-10-21"}
    kept = client_for("azure", exchange=exchange, is_async=False, model="azure/gpt-4", **azure)
    common: dict[str, Any] = {
        "model": "azure/gpt-4-turbo",
        "messages": [{"role": "user", "content": "Greet me"}],
        "api_key": "k",
        "api_base": url,
        "api_version": "2024-10-21",
        "max_retries": 0,
    }
    litellm = load()
    assert litellm.completion(**common, client=kept).choices[0].message.content == TEXT
    exchange.release()
    assert litellm.completion(**common).choices[0].message.content == TEXT
    assert exchange.requests == 1
    assert len(server.requests) == 2
    litellm.in_memory_llm_clients_cache.flush_cache()


@pytest.mark.parametrize("vendor", MODELS)
async def test_litellm_keeps_no_client_of_ours(server: FaultServer, vendor: str) -> None:
    cache = load().in_memory_llm_clients_cache
    cache.flush_cache()
    ask(server.url(vendor, "ok"), vendor)
    await aask(server.url(vendor, "ok"), vendor)
    assert not cache.cache_dict


def test_a_fault_reads_copies_and_pickles() -> None:
    import copy
    import pickle

    fault = WireFault("dropped", "the peer went away", reused=True)
    for twin in (copy.copy(fault), pickle.loads(pickle.dumps(fault))):
        assert (str(twin), twin.kind) == ("the peer went away", "dropped")
        assert (twin.reused, twin.answered) == (True, False)


async def test_a_consumer_in_a_debugging_loop_sees_no_complaint(server: FaultServer) -> None:
    exchange = Exchange(5.0, stream=True)
    made = arguments(server.url("openai", "stall_mid"), "openai", exchange, is_async=True)
    answer = await load().acompletion(**made)
    await anext(aiter(answer))
    await exchange.arelease()
    await wire.aclose_all()
    assert exchange.ended is False
