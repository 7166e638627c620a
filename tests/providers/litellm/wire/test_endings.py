"""Processes, forks and event loops end without a word, however they end."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from tests.support.faults import FaultServer

FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

COMMON = """
import asyncio, gc, logging, os, sys, threading, time
from contextlib import suppress
from abstractllm_lite.providers.litellm import wire
from abstractllm_lite.providers.litellm.wire import Exchange, Network
from abstractllm_lite.providers.litellm.wire.clients import http_client
from tests.support.faults import fault_server

STREAM = b'{"stream": true}'
logging.getLogger("asyncio").setLevel(logging.ERROR)  # it tells of each slow step

def client(is_async, **options):
    return http_client(Exchange(options.pop("timeout", 20.0), **options), is_async=is_async)

def good(url):
    return client(False).post(url, json={}).status_code == 200

def open_stream(url):
    made = client(False, stream=True)
    answer = made.send(made.build_request("POST", url, content=STREAM), stream=True)
    return answer, next(iter(answer.stream))

async def agood(url):
    return (await client(True).post(url)).status_code == 200

async def aopen_stream(url):
    made = client(True, stream=True)
    answer = await made.send(made.build_request("POST", url, content=STREAM), stream=True)
    body = answer.stream._stream  # httpx's own way to it is a generator that it leaves behind
    return answer, body, await anext(body)

async def all_kinds(server):
    await agood(server.url("openai", "ok"))
    async with asyncio.timeout(20):
        made = client(True)
        answer = await made.post(server.url("openai", "ok"), content=STREAM)
        assert answer.content
    return await aopen_stream(server.url("openai", "stall_mid"))
"""

PROGRAMS = {
    "sync calls and a stream that is never closed": """
        with fault_server() as server:
            assert good(server.url("openai", "ok"))
            dropped = open_stream(server.url("openai", "stall_mid"))
            kept = open_stream(server.url("openai", "stall_mid"))
            del dropped
    """,
    "asyncio.run with a stream that is never closed": """
        with fault_server() as server:
            for _ in range(2):
                asyncio.run(all_kinds(server))
                gc.collect()
    """,
    "a loop that is closed and nothing else": """
        with fault_server() as server:
            for _ in range(3):
                loop = asyncio.new_event_loop()
                kept = loop.run_until_complete(all_kinds(server))
                loop.close()
                del kept
                gc.collect()
            assert asyncio.run(agood(server.url("openai", "ok")))
            gc.collect()
    """,
    "a loop that is closed just after an answer was dropped": """
        with fault_server() as server:
            loop = asyncio.new_event_loop()
            kept = loop.run_until_complete(aopen_stream(server.url("openai", "stall_mid")))
            del kept
            gc.collect()
            loop.close()
            gc.collect()
    """,
    "a loop that ends with the turn in which its answer was dropped": """
        async def last(url):
            _, body, _ = await aopen_stream(url)
            loop = asyncio.get_running_loop()
            loop.call_soon(loop.stop)
            body._line.forsake()
            await asyncio.sleep(60)

        with fault_server() as server:
            loop = asyncio.new_event_loop()
            task = loop.create_task(last(server.url("openai", "stall_mid")))
            loop.run_forever()
            task.cancel()
            with suppress(asyncio.CancelledError):
                loop.run_until_complete(task)
            loop.close()
            gc.collect()
    """,
    "calls that are cancelled or late at every stage": """
        async def one(url, seconds, **options):
            with suppress(Exception):
                async with asyncio.timeout(seconds):
                    await client(True, **options).post(url, content=b"x" * 4_000_000)

        async def many(server):
            https = server.url("x", "stall").replace("http:", "https:")
            through = Network(f"http://127.0.0.1:{server.port}")
            for url, network in (
                (server.url("x", "unreachable"), Network()),
                (server.url("x", "stall"), Network()),
                (https, Network()),
                (https, through),
                ("http://slow.invalid/", Network()),
            ):
                await asyncio.gather(
                    *(one(url, 0.001 * 3 ** n, network=network) for n in range(5)),
                    one(url, 5, timeout=0.2, network=network),
                )

        with fault_server() as server:
            for _ in range(3):
                asyncio.run(many(server))
                gc.collect()
    """,
    "an upload that nobody reads": """
        async def late(url):
            with suppress(Exception):
                await client(True, timeout=0.3).post(url, content=b"x" * 50_000_000)

        import socket
        with socket.create_server(("127.0.0.1", 0)) as deaf:
            asyncio.run(late(f"http://127.0.0.1:{deaf.getsockname()[1]}/"))
            gc.collect()
    """,
    "the session closed while calls are in flight": """
        async def closed(url):
            task = asyncio.create_task(agood(url))
            await asyncio.sleep(0.2)
            await wire.aclose_all()
            with suppress(Exception):
                await task

        with fault_server() as server:
            asyncio.run(closed(server.url("openai", "stall")))
            gc.collect()
    """,
    "a loop that is never closed": """
        with fault_server() as server:
            loop = asyncio.new_event_loop()
            kept = loop.run_until_complete(all_kinds(server))
        sys.modules["__main__"].__dict__["loop"].__class__.__del__ = lambda self: None  # its own
    """,
}


def in_a_fresh_process(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", program, *arguments],
        cwd=Path(__file__).parents[4],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=list(PROGRAMS))
def test_a_process_ends_without_a_word(program: str) -> None:
    ended = in_a_fresh_process(COMMON + textwrap.dedent(program))
    assert (ended.returncode, ended.stderr, ended.stdout) == (0, "", "")


OVER_TLS = """
from pathlib import Path
from tempfile import TemporaryDirectory
from tests.support.network import Proxy, make_certificate, running, tls_server

async def one(url, network):
    answer = await http_client(Exchange(20.0, network=network), is_async=True).post(url)
    assert answer.status_code == 200

with TemporaryDirectory() as folder:
    certificate = make_certificate(Path(folder))
    with tls_server(certificate) as server, running(Proxy()) as proxy:
        for through in ("", f"http://{proxy.address}"):
            network = Network(through, certificate.file)
            answer = http_client(Exchange(20.0, network=network), is_async=False).post(server.url)
            assert answer.status_code == 200
            asyncio.run(one(server.url, network))
            gc.collect()
            loop = asyncio.new_event_loop()
            loop.run_until_complete(one(server.url, network))
            loop.close()
            gc.collect()
"""


def test_a_process_ends_without_a_word_over_tls() -> None:
    pytest.importorskip("cryptography")
    ended = in_a_fresh_process(COMMON + OVER_TLS)
    assert (ended.returncode, ended.stderr) == (0, "")


FORK = """
ok, held = sys.argv[1:]

answer, _ = open_stream(held)
assert good(ok)
loop = asyncio.new_event_loop()
kept = loop.run_until_complete(aopen_stream(held))
type(loop).__del__ = lambda self: None  # the child's copy of the loop is nobody's to close
if child := os.fork():
    assert os.waitpid(child, 0)[1] == 0
    assert good(ok)
    answer.close()
    loop.run_until_complete(kept[0].aclose())
    loop.close()
else:
    assert good(ok) and good(ok)
    assert asyncio.run(agood(ok))
    gc.collect()
"""


@FORKS
def test_a_forked_child_has_connections_of_its_own_and_ends_without_a_word(
    server: FaultServer,
) -> None:
    held = server.url("openai", "stall_mid")
    ended = in_a_fresh_process(COMMON + FORK, server.url("openai", "ok"), held)
    assert (ended.returncode, ended.stderr) == (0, "")
    _, first, _, *childs, last = (request.connection for request in server.requests)
    assert childs == [4, 4, 5]
    assert first == last, "the parent's connection outlives the child"


SLOW_NAMES = """
import socket
answered = threading.Event()
real = socket.getaddrinfo
socket.getaddrinfo = lambda host, *rest, **more: (
    answered.wait(30) if host == "slow.invalid" else None, real(host, *rest, **more))[1]

async def late():
    with suppress(Exception):
        await client(True, timeout=0.2).post("http://slow.invalid/")

start = time.monotonic()
asyncio.run(late())
assert time.monotonic() - start < 15, "the loop waits for the resolver"
"""


def test_a_loop_does_not_wait_for_a_slow_look_up_to_end() -> None:
    ended = in_a_fresh_process(COMMON + SLOW_NAMES)
    assert (ended.returncode, ended.stderr) == (0, "")


THROUGH_LITELLM = """
from tests.providers.litellm.wire.conftest import MODELS, aask, ask, load
load()

async def calls(server):
    for vendor in MODELS:
        for fault, stream in (("ok", False), ("ok", True), ("cut_clean", True), ("reset", False)):
            await aask(server.url(vendor, fault), vendor, stream=stream)

with fault_server() as server:
    for vendor in MODELS:
        ask(server.url(vendor, "ok"), vendor, stream=True)
        ask(server.url(vendor, "stall_mid"), vendor, stream=True, timeout=0.1)
    asyncio.run(calls(server))
    asyncio.run(calls(server))
gc.collect()
"""


def test_a_process_that_used_litellm_ends_without_a_word_of_ours() -> None:
    ended = in_a_fresh_process(COMMON + THROUGH_LITELLM)
    assert ended.returncode == 0, ended.stderr
    complaints = [line for line in ended.stderr.splitlines() if "nclosed" in line]
    # The event loop, with its pair of sockets, is litellm's, made by its sync calls.
    ours = [line for line in complaints if "event loop" not in line and "family=1," not in line]
    assert ours == []
