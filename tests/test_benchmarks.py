"""The benchmarks run and print their rows; what the rows say is not judged here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
VENDORS = ("openai", "anthropic", "gemini")


def rows(benchmark: str, *options: str) -> list[str]:
    """The lines that a benchmark prints, from a process of its own."""
    done = subprocess.run(
        [sys.executable, REPOSITORY / "benchmarks" / benchmark, *options],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_the_call_benchmark_prints_a_row_for_each_shape_and_vendor() -> None:
    sizes = ("--rounds", "1", "--calls", "1", "--chunks", "3", "--at-once", "2")
    printed = rows("calls.py", *sizes)
    shapes = ("plain call", "call with a tool", "streamed chunk", "chunk, one a packet", "async")
    assert [line.startswith(shape) for shape in shapes for line in printed].count(True) == 15
    for vendor in VENDORS:
        measured = [line for line in printed if f" {vendor} " in line]
        assert len(measured) == len(shapes)
        assert sum("<=" in line for line in measured) == len(shapes)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="the benchmark reads /proc")
def test_the_benchmark_of_what_stays_behind_prints_its_readings() -> None:
    printed = rows("flat.py", "--calls", "30", "--loops", "2", "--streams", "3")
    for name in ("plain calls", "event loops", "half-read streams"):
        first, last = (line for line in printed if name in line)
        assert first.startswith("after ")
        assert last.endswith("flat")


@pytest.mark.skipif(not Path("/proc/self/clear_refs").is_file(), reason="it reads Linux's /proc")
def test_the_benchmark_of_files_prints_a_row_for_each_kind_and_call() -> None:
    printed = rows("media.py", "--mb", "1", "--vendors", "openai")
    kinds = ("image", "document", "text", "table")
    assert [line.split()[1] for line in printed if line.startswith("reading: ")] == [*kinds]
    assert len([line for line in printed if line.startswith("call: ")]) == 3


def test_the_cassette_benchmark_prints_a_row_for_each_vendor_route_and_way() -> None:
    printed = rows("cassettes.py", "--prompts", "3", "--rounds", "1")
    measured = [line for line in printed if line.startswith(VENDORS)]
    assert len(measured) == 2 * 2 * len(VENDORS)
    assert sum("<= 1.5" in line for line in measured) == len(measured)


def test_the_import_benchmark_prints_a_row_for_each_import() -> None:
    printed = rows("import_time.py", "1")
    assert any(line.startswith("abstractllm_lite") for line in printed)
