"""CPU of importing abstractllm_lite beside that of importing litellm and pydantic.

Run with `.venv/bin/python benchmarks/import_time.py [rounds]`. Every figure is the median over
fresh processes that take turns, user and system time of the whole process. litellm gets its
price map from its own files and reads no `.env`, as it does under abstractllm_lite.
"""

from __future__ import annotations

import os
import statistics
import sys
from datetime import UTC, datetime
from importlib.metadata import version

import abstractllm_lite

CASES = {
    "nothing": "pass",
    "pydantic": "from pydantic import BaseModel",
    "litellm": "import litellm",
    "abstractllm_lite": "import abstractllm_lite",
    "create_llm imported": "from abstractllm_lite import create_llm",
    "create_llm called": (
        "from abstractllm_lite import create_llm; create_llm('litellm', model='x/y')"
    ),
}
ENVIRONMENT = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MODE": "PRODUCTION"}


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    if rounds > 1:  # one round is no measurement, only a look at whether all runs
        measure(1)  # writes the bytecode and warms the disk cache
    seconds = measure(rounds)
    print(f"$ python benchmarks/import_time.py {rounds}")
    print(f"{datetime.now(UTC):%Y-%m-%d}: Python {sys.version.split()[0]}", end=", ")
    print(f"abstractllm-lite {abstractllm_lite.__version__}", end=", ")
    print(f"litellm {version('litellm')}, pydantic {version('pydantic')}")
    print(f"{'':22}{'CPU s':>8}{'/ litellm':>11}{'/ pydantic':>12}   (net: less 'nothing')")
    for name in CASES:
        print(row(name, seconds))


def measure(rounds: int) -> dict[str, float]:
    """Median CPU seconds for each case."""
    samples: dict[str, list[float]] = {name: [] for name in CASES}
    for _ in range(rounds):
        for name, code in CASES.items():
            samples[name].append(cpu_of(code))
    return {name: statistics.median(values) for name, values in samples.items()}


def cpu_of(code: str) -> float:
    """User and system seconds of a fresh Python that runs the code."""
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], ENVIRONMENT)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"failed: {code}")
    return usage.ru_utime + usage.ru_stime


def row(name: str, seconds: dict[str, float]) -> str:
    """One case: whole process, and the net ratios to litellm and to pydantic."""
    net = {case: value - seconds["nothing"] for case, value in seconds.items()}
    to_litellm, to_pydantic = net[name] / net["litellm"], net[name] / net["pydantic"]
    return f"{name:22}{seconds[name]:8.3f}{to_litellm:11.3f}{to_pydantic:12.2f}"


if __name__ == "__main__":
    main()
