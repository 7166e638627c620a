"""Canned answers of three vendors, from a small, fast server in a process of its own.

A request under `/packets` gets its stream one event per packet, any other the whole at once. The
server ends with the process that started it.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vendors import VENDORS, Vendor

PACE = 0.001  # seconds between two packets, so that the client reads them one by one

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def alone() -> None:
    """Let nothing of the machine's settings reach the calls: no proxy, litellm's files as shipped.

    To be called before litellm is imported.
    """
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION")
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]


@contextmanager
def server(chunks: int) -> Iterator[str]:
    """The address of a server whose streams have so many chunks of text."""
    command = [sys.executable, __file__, str(chunks)]
    pipe = subprocess.PIPE
    # It ends when its standard input does.
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


def serve(chunks: int) -> None:
    """Print the port, then answer until standard input ends."""
    threading.Thread(target=lambda: os._exit(bool(sys.stdin.read())), daemon=True).start()
    answers = {name: Answers(name, vendor, chunks) for name, vendor in VENDORS.items()}
    asyncio.run(_serve(answers))


async def _serve(answers: dict[str, Answers]) -> None:
    loop = asyncio.get_running_loop()
    made = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0, backlog=512)
    print(made.sockets[0].getsockname()[1], flush=True)
    await made.serve_forever()


class Answers:
    """A vendor's answers as the bytes that go out."""

    def __init__(self, name: str, vendor: Vendor, chunks: int) -> None:
        named, done = name == "anthropic", name == "openai"
        words = [_said(vendor.chunk, f"mild{number} ") for number in range(chunks)]
        events = [*vendor.first, *words, *vendor.last]
        self.plain = _whole(json.dumps(vendor.said).encode(), "application/json")
        self.tool = _whole(json.dumps(vendor.called).encode(), "application/json")
        self.events = [_event(event, named=named) for event in events]
        self.events += [b"data: [DONE]\n\n"] if done else []
        self.stream = _whole(b"".join(self.events), "text/event-stream")


def _said(chunk: dict[str, Any], word: str) -> Any:
    """The chunk with a word of its own: litellm refuses a stream that says one a hundred times."""
    return json.loads(json.dumps(chunk).replace("mild ", word))


def _event(event: dict[str, Any], *, named: bool) -> bytes:
    name = f"event: {event['type']}\n" if named else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


def _whole(body: bytes, kind: str) -> bytes:
    return b"%scontent-length: %d\r\n\r\n%s" % (_head(kind), len(body), body)


def _head(kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n".encode()


class Connection(asyncio.Protocol):
    """A kept connection; its requests come one after another."""

    def __init__(self, answers: dict[str, Answers]) -> None:
        self.answers = answers
        self.held = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.held += data
        head, found, body = self.held.partition(b"\r\n\r\n")
        size = _LENGTH.search(head)
        if found and size and len(body) >= int(size[1]):
            self.held = b""
            self.answer(head.split(b" ", 2)[1], body.replace(b" ", b""))

    def answer(self, path: bytes, body: bytes) -> None:
        """Send what the request asks for."""
        answers = self.answers[_vendor(path)]
        if b"stream" not in path and b'"stream":true' not in body:
            self.transport.write(answers.tool if b'"tools"' in body else answers.plain)
        elif not path.startswith(b"/packets"):
            self.transport.write(answers.stream)
        else:
            self.sending = asyncio.create_task(self.send_slowly(answers.events))

    async def send_slowly(self, events: list[bytes]) -> None:
        """The stream in chunks of HTTP, each in a packet of its own."""
        self.transport.write(_head("text/event-stream") + b"transfer-encoding: chunked\r\n\r\n")
        for event in events:
            await asyncio.sleep(PACE)
            if self.transport.is_closing():
                return
            self.transport.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.transport.write(b"0\r\n\r\n")


def _vendor(path: bytes) -> str:
    if b"/chat/completions" in path:
        return "openai"
    return "anthropic" if b"/messages" in path else "gemini"


if __name__ == "__main__":
    serve(int(sys.argv[1]))
