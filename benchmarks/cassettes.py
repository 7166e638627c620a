"""CPU of a replayed call among many recorded ones, beside the same call to a loopback server.

Run with `.venv/bin/python benchmarks/cassettes.py [--prompts N] [--rounds N]`. Each prompt is asked
once, of the server and of the cassette in turn; a ratio is the median over the rounds, with the
least and the greatest. The server's CPU is not counted: it is a process of its own. `opening` is
what reading the file costs, shared out among the calls.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from calls import ratio
from canned import alone, server
from vendors import VENDORS

import abstractllm_lite
from abstractllm_lite import create_llm
from abstractllm_lite.testing import use_cassette

BOUND = 1.5  # replayed / loopback
KEY = "sk-no-key-at-all"


def main() -> None:
    """Print a row for each vendor, route and way of asking."""
    options = _options()
    alone()
    print(f"$ python benchmarks/cassettes.py --prompts {options.prompts} --rounds {options.rounds}")
    print(f"{datetime.now(UTC):%Y-%m-%d}: Python {sys.version.split()[0]}", end=", ")
    print(f"vcrpy {version('vcrpy')}, litellm {version('litellm')}", end=", ")
    print(f"abstractllm-lite {abstractllm_lite.__version__}")
    print(f"{'CPU in microseconds a call':38}{'loopback':>9}{'replayed':>9}{'opening':>9}", end="")
    print(f"   {'replayed / loopback':30}replayed + opening / loopback")
    with server(20) as url, tempfile.TemporaryDirectory() as folder:
        for vendor in VENDORS:
            for route in ("direct", "litellm"):
                for stream in (False, True):
                    llm = _llm(url, vendor, route)
                    path = Path(folder) / f"{vendor}-{route}-{stream}.yaml"
                    samples = _measured(llm, path, options, stream=stream)
                    print(_row(f"{vendor} {route}{' stream' if stream else ''}", samples))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--prompts", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _llm(url: str, vendor: str, route: str) -> Any:
    asked = VENDORS[vendor]
    return create_llm(
        "litellm", model=asked.model, api_key=KEY, base_url=url + asked.base, transport=route
    )


def _measured(
    llm: Any, path: Path, options: argparse.Namespace, *, stream: bool
) -> dict[str, list[float]]:
    """Seconds of CPU a call, in each round, of each side and of opening the cassette."""

    def ask_all() -> None:
        for number in range(options.prompts):
            answer = llm.generate(f"Question number {number}: what is it?", stream=stream)
            if stream:
                for _ in answer:
                    pass

    with use_cassette(path, record="new"):
        ask_all()
    gc.collect()
    gc.freeze()
    samples: dict[str, list[float]] = {"loopback": [], "replayed": [], "opening": []}
    for _ in range(options.rounds):
        samples["loopback"].append(_cpu(ask_all) / options.prompts)
        cassette = use_cassette(path, record="none")
        samples["opening"].append(_cpu(cassette.__enter__) / options.prompts)
        samples["replayed"].append(_cpu(ask_all) / options.prompts)
        cassette.__exit__(None, None, None)
        if cassette.hits != options.prompts:
            sys.exit(f"{path.name}: {cassette.hits} of {options.prompts} calls were replayed")
    return samples


def _cpu(work: Callable[[], Any]) -> float:
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def _row(name: str, samples: dict[str, list[float]]) -> str:
    medians = "".join(f"{statistics.median(each) * 1e6:9.0f}" for each in samples.values())
    both = [a + b for a, b in zip(samples["replayed"], samples["opening"], strict=True)]
    bare = ratio(samples["replayed"], samples["loopback"], BOUND)
    return f"{name:38}{medians}   {bare:30}{ratio(both, samples['loopback'])}"


if __name__ == "__main__":
    main()
