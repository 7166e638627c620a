"""Memory for a large file: what reading it takes, and what a whole call with it takes.

Run with `.venv/bin/python benchmarks/media.py [--mb N] [--vendors openai ...]` on Linux, whose
/proc it reads. Each row is measured in a process of its own, which has sent a small file before:
the most memory that was held at once beyond what was held before, as a multiple of the file.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from threading import Thread

from canned import Answers, alone
from vendors import VENDORS

import abstractllm_lite
from abstractllm_lite import create_llm
from abstractllm_lite.media import MediaFactory

READING, CALLING = 3.0, 7.0  # the most, as multiples of the file
PIECE = 2**20


def main() -> None:
    """Print the readings, or take one of them."""
    options = _options()
    alone()
    if options.row:
        print(_measured(_row(*options.row), options.mb))
        return
    print(f"$ python benchmarks/media.py --mb {options.mb}")
    print(f"{datetime.now(UTC):%Y-%m-%d}: Python {sys.version.split()[0]}", end=", ")
    print(f"litellm {version('litellm')}, abstractllm-lite {abstractllm_lite.__version__}")
    for kind in KINDS:
        _print(f"reading: {kind}", READING, options.mb, "read", kind)
    for route, ways in (("direct", ("sync", "async")), ("litellm", ("sync",))):
        for vendor in options.vendors:
            for way in ways:
                _print(f"call: {vendor} {route} {way}", CALLING, options.mb, vendor, route, way)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--mb", type=int, default=50, help="size of the file in MiB")
    parser.add_argument("--vendors", nargs="+", choices=VENDORS, default=[*VENDORS])
    parser.add_argument("--row", nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def _print(name: str, most: float, mb: int, *row: str) -> None:
    command = [sys.executable, __file__, "--mb", str(mb), "--row", *row]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    times = float(done.stdout)
    told = "" if times <= most else "  MORE"
    print(f"{name:34}{times:6.2f} x the file   <= {most:.0f}{told}", flush=True)


def _row(first: str, *more: str) -> Callable[[Path], object]:
    """What is to be measured, as a function of the file."""
    if first == "read":
        return KINDS[more[0]][1]
    route, way = more
    return lambda file: _call(first, route, way, file)


def _measured(work: Callable[[Path], object], mb: int) -> float:
    """The most memory that the work held at once, as a multiple of the file's size."""
    kind = sys.argv[sys.argv.index("--row") + 2] if "read" in sys.argv else "image"
    make = KINDS[kind][0]
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, f"small.{_ENDINGS[kind]}"), Path(folder, f"a.{_ENDINGS[kind]}")
        make(small, 2**16)
        make(large, mb * 2**20)
        work(small)
        Path("/proc/self/clear_refs").write_text("5", "ascii")  # forgets the highest reading
        before = _held("VmRSS")
        kept = work(large)
        most = _held("VmHWM") - before
        del kept
        return most / large.stat().st_size


def _held(name: str) -> int:
    """A count of bytes that Linux keeps of this process."""
    (line,) = (x for x in Path("/proc/self/status").read_text("ascii").splitlines() if name in x)
    return int(line.split()[1]) * 1024


def _png(path: Path, size: int) -> None:
    def chunk(name: bytes, data: bytes) -> bytes:
        head, check = struct.pack(">I", len(data)), struct.pack(">I", zlib.crc32(name + data))
        return head + name + data + check

    with path.open("wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        file.write(chunk(b"IHDR", struct.pack(">IIBBBBB", 4000, 4000, 8, 2, 0, 0, 0)))
        for _ in range(max(1, size // PIECE)):
            file.write(chunk(b"IDAT", os.urandom(min(size, PIECE))))
        file.write(chunk(b"IEND", b""))


def _pdf(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(b"%PDF-1.4\n")
        for _ in range(max(1, size // PIECE)):
            file.write(os.urandom(min(size, PIECE)))
        file.write(b"\n%%EOF\n")


def _lines(line: str, path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for _ in range(size // len(line)):
            file.write(line)


def _part(file: Path) -> object:
    return MediaFactory.from_source(file).to_provider_format("litellm")


def _fenced(file: Path) -> object:
    return MediaFactory.from_source(file).fenced()  # type: ignore[attr-defined]


KINDS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], object]]] = {
    "image": (_png, _part),
    "document": (_pdf, _part),
    "text": (lambda path, size: _lines("All work and no play.\n", path, size), _fenced),
    "table": (lambda path, size: _lines("12345,6789,abc\n", path, size), _fenced),
}
_ENDINGS = {"image": "png", "document": "pdf", "text": "txt", "table": "csv"}


def _call(vendor: str, route: str, way: str, file: Path) -> object:
    known = VENDORS[vendor]
    with _server() as url:
        place = {"base_url": url + known.base, "api_key": "key-of-the-benchmark"}
        llm = create_llm("litellm", model=known.model, max_retries=0, transport=route, **place)
        if way == "async":
            return asyncio.run(llm.generate_async("What is it?", image=file))
        return llm.generate("What is it?", image=file)


@contextmanager
def _server() -> Iterator[str]:
    """A server in a thread that keeps nothing of what it is sent."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Listener)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Listener(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        left = int(self.headers["content-length"])
        while left:
            left -= len(self.rfile.read(min(left, PIECE)))
        vendor = next(v for v in VENDORS if _PATHS[v] in self.path)
        self.wfile.write(Answers(vendor, VENDORS[vendor], 1).plain)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


_PATHS = {"openai": "/chat/completions", "anthropic": "/messages", "gemini": ":generate"}


if __name__ == "__main__":
    main()
