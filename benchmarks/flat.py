"""What stays behind: memory, descriptors and threads after many calls, event loops and streams.

Run with `.venv/bin/python benchmarks/flat.py [--calls N] [--transport litellm]` on Linux, whose
/proc it reads. Each count is read after a garbage collection. flat means: at the end no more than
at the first reading, but for 2 % of memory and two of whatever is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from canned import alone, server
from vendors import QUESTION, VENDORS

import abstractllm_lite
from abstractllm_lite import create_llm

COUNTS = ("MiB", "descriptors", "sockets", "threads")


@dataclass(frozen=True)
class Reading:
    """What the process holds."""

    mib: float
    descriptors: int
    sockets: int
    threads: int

    def is_flat(self, before: Reading) -> bool:
        """Whether it holds no more than it did."""
        counted = ("descriptors", "sockets", "threads")
        more = [getattr(self, name) - getattr(before, name) for name in counted]
        return self.mib <= before.mib * 1.02 and max(more) <= 2


def main() -> None:
    """Print the readings."""
    options = _options()
    alone()
    print(f"$ python benchmarks/flat.py --calls {options.calls} --transport {options.transport}")
    print(f"{datetime.now(UTC):%Y-%m-%d}: Python {sys.version.split()[0]}", end=", ")
    print(f"litellm {version('litellm')}, abstractllm-lite {abstractllm_lite.__version__}")
    print(f"{'':34}" + "".join(f"{name:>13}" for name in COUNTS))
    with server(200) as url:
        llms = [_llm(url, vendor, options.transport) for vendor in VENDORS]
        slow = [_llm(f"{url}/packets", vendor, options.transport) for vendor in VENDORS]
        _plain_calls(llms, options.calls)
        _event_loops(llms, options.loops)
        _half_read_streams(slow, options.streams)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--loops", type=int, default=60, help="event loops, one after another")
    parser.add_argument("--streams", type=int, default=300, help="streams dropped half-read")
    parser.add_argument("--transport", choices=("direct", "litellm"), default="direct")
    return parser.parse_args()


def _llm(url: str, vendor: str, transport: str) -> Any:
    asked = VENDORS[vendor]
    return create_llm(
        "litellm",
        model=asked.model,
        api_key="sk-no-key-at-all",
        base_url=url + asked.base,
        transport=transport,
    )


def _plain_calls(llms: list[Any], many: int) -> None:
    def call(llm: Any) -> None:
        llm.generate(QUESTION)

    _watch("plain calls", call, llms, many, first=many // 10)


def _event_loops(llms: list[Any], many: int) -> None:
    """In each a plain call, a whole stream and a half-read one of every vendor, at once."""

    async def calls() -> None:
        await asyncio.gather(*(work(llm) for work in (_ask, _stream, _half) for llm in llms))

    _watch("event loops", lambda _: asyncio.run(calls()), llms, many, first=max(1, many // 10))


async def _ask(llm: Any) -> None:
    await llm.generate_async(QUESTION)


async def _stream(llm: Any) -> None:
    async for _ in llm.generate_async(QUESTION, stream=True):
        pass


async def _half(llm: Any) -> None:
    async for _ in llm.generate_async(QUESTION, stream=True):
        break


def _half_read_streams(llms: list[Any], many: int) -> None:
    """Dropped after three pieces, while the server still sends; nobody closes them."""

    def drop(llm: Any) -> None:
        for _ in itertools.islice(llm.generate(QUESTION, stream=True), 3):
            pass

    _watch("half-read streams", drop, llms, many, first=max(1, many // 10))


def _watch(
    name: str, work: Callable[[Any], None], llms: Iterable[Any], many: int, first: int
) -> None:
    """Do the work so often, and print what is held after the first times and at the end."""
    turns = itertools.cycle(llms)
    for _ in range(first):
        work(next(turns))
    before = _reading()
    print(_row(f"after {first:,} {name}", before), flush=True)
    for _ in range(many - first):
        work(next(turns))
    after = _reading()
    verdict = "flat" if after.is_flat(before) else "NOT flat"
    print(f"{_row(f'after {many:,} {name}', after)}   {verdict}", flush=True)


def _reading() -> Reading:
    gc.collect()
    open_files = [_target(each) for each in Path("/proc/self/fd").iterdir()]
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return Reading(
        mib=resident / 2**20,
        descriptors=len(open_files),
        sockets=sum(target.startswith("socket:") for target in open_files),
        threads=len(list(Path("/proc/self/task").iterdir())),
    )


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:  # the one by which the folder was read
        return ""


def _row(name: str, held: Reading) -> str:
    counts = (held.descriptors, held.sockets, held.threads)
    return f"{name:34}{held.mib:13.1f}" + "".join(f"{count:13}" for count in counts)


if __name__ == "__main__":
    main()
