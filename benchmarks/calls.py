"""CPU of a call by each route, beside bare HTTP clients and litellm, in one run.

Run with `.venv/bin/python benchmarks/calls.py [--rounds N]`. The four sides take turns, each after
a garbage collection; a ratio is the median over the rounds, with the least and the greatest.
Counted is the CPU of this process alone, all its threads, until it is idle again; the answers come
from a process of their own. raw is a POST with httpx (async: aiohttp) and json, nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from canned import alone, server
from sides import Ask, aclose, sides
from vendors import VENDORS

import abstractllm_lite

# The most that direct / raw and litellm route / litellm should be.
PLAIN = {"openai": 1.8, "anthropic": 2.3, "gemini": 2.0}
CHUNK = {"openai": 3.5, "anthropic": 3.5, "gemini": 4.5}
AT_ONCE = {"openai": 1.6, "anthropic": 1.6, "gemini": 1.6}
ROUTE = 1.05

PAUSE = 0.005  # seconds
IDLE = 0.0003  # CPU seconds of a process that does nothing but pause


@dataclass(frozen=True)
class Shape:
    """A way to call: a side's method, how often a turn, what one figure counts, and the bounds."""

    name: str
    method: str
    repeats: int
    units: int
    direct: dict[str, float]
    route: float | None = ROUTE
    prefix: str = ""
    tools: bool = False


Samples = dict[str, list[float]]


def main() -> None:
    """Print the table."""
    options = _options()
    alone()
    print(_header(options.rounds))
    with server(options.chunks) as url, asyncio.Runner() as runner:
        for shape in _shapes(options):
            for vendor in VENDORS:
                turns = _turns(shape, Ask(VENDORS[vendor], url + shape.prefix, shape.tools), runner)
                print(_row(shape, vendor, _measured(turns, options.rounds)), flush=True)
        runner.run(aclose())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=25, help="plain calls of a side in a round")
    parser.add_argument("--chunks", type=int, default=200, help="chunks of text in a stream")
    parser.add_argument("--at-once", type=int, default=100, help="async calls at once")
    return parser.parse_args()


def _shapes(options: argparse.Namespace) -> list[Shape]:
    calls, chunks, many = options.calls, options.chunks, options.at_once
    return [
        Shape("plain call", "plain", calls, calls, PLAIN),
        Shape("call with a tool", "plain", calls, calls, PLAIN, tools=True),
        Shape("streamed chunk", "stream", 1, chunks, CHUNK),
        Shape("chunk, one a packet", "stream", 1, chunks, CHUNK, prefix="/packets"),
        Shape(f"async, {many} at once", "awaited", many, many, AT_ONCE, route=None),
    ]


def _turns(shape: Shape, ask: Ask, runner: asyncio.Runner) -> dict[str, Callable[[], float]]:
    """What takes a side's turn: the CPU seconds of one figure."""
    return {name: _turn(shape, getattr(s, shape.method), runner) for name, s in sides(ask).items()}


def _turn(shape: Shape, call: Callable[[], Any], runner: asyncio.Runner) -> Callable[[], float]:
    if shape.method == "awaited":
        return lambda: runner.run(_cpu_at_once(call, shape.repeats)) / shape.units
    return lambda: _cpu(call, shape.repeats) / shape.units


def _measured(turns: dict[str, Callable[[], float]], rounds: int) -> Samples:
    """Each side's figures, in the order of the rounds."""
    for turn in turns.values():
        turn()  # opens connections, fills caches
    gc.collect()
    gc.freeze()  # litellm's 365,000 objects would make each collection take longer than the calls
    samples: Samples = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            gc.collect()
            samples[name].append(turn())
    return samples


def _cpu(call: Callable[[], Any], times: int) -> float:
    """CPU seconds of the calls, with what they leave to other threads."""
    if times > 1:
        call()  # the other sides' turns have emptied the processor's caches
    start = time.process_time()
    for _ in range(times):
        call()
    end = time.process_time()
    while True:
        time.sleep(PAUSE)
        if (now := time.process_time()) - end <= IDLE:
            return end - start
        end = now


async def _cpu_at_once(call: Callable[[], Awaitable[Any]], many: int) -> float:
    """CPU seconds of so many calls at once, with what they leave to the loop and to threads."""
    start = time.process_time()
    await asyncio.gather(*(call() for _ in range(many)))
    end = time.process_time()
    while True:
        await asyncio.sleep(PAUSE)
        if (now := time.process_time()) - end <= IDLE:
            return end - start
        end = now


def _header(rounds: int) -> str:
    names = ("litellm", "httpx", "aiohttp")
    versions = [f"Python {sys.version.split()[0]}", *(f"{name} {version(name)}" for name in names)]
    versions.append(f"abstractllm-lite {abstractllm_lite.__version__}")
    ratios = ("direct / raw", "litellm route / litellm", "direct / litellm")
    return (
        f"$ python benchmarks/calls.py --rounds {rounds}\n"
        f"{datetime.now(UTC):%Y-%m-%d}: {', '.join(versions)}\n"
        f"{'CPU in microseconds':31}{'raw':>6}{'direct':>8}{'litellm':>9}   "
        + "".join(f"{ratio:30}" for ratio in ratios)
    )


def _row(shape: Shape, vendor: str, samples: Samples) -> str:
    """Medians of three sides, then the ratios with their bounds."""
    raw, direct, litellm = (
        statistics.median(samples[name]) * 1e6 for name in ("raw", "direct", "litellm")
    )
    ratios = (
        ratio(samples["direct"], samples["raw"], shape.direct[vendor]),
        ratio(samples["route"], samples["litellm"], shape.route),
        ratio(samples["direct"], samples["litellm"]),
    )
    return f"{shape.name:21}{vendor:10}{raw:6.0f}{direct:8.0f}{litellm:9.0f}   " + "".join(
        f"{ratio:30}" for ratio in ratios
    )


def ratio(ours: list[float], others: list[float], bound: float | None = None) -> str:
    """The median with the least and the greatest, and the bound; `!` where it is not kept."""
    each = [mine / theirs for mine, theirs in zip(ours, others, strict=True)]
    told = f"{(middle := statistics.median(each)):.2f} [{min(each):.2f}-{max(each):.2f}]"
    return told if bound is None else f"{told} {'!' if middle > bound else ''}<= {bound}"


if __name__ == "__main__":
    main()
