"""Runs the contract in a pytest of its own and tells what came of it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.fresh_process import REPOSITORY


@dataclass
class Run:
    """Test names by class and outcome, and what was printed."""

    printed: str
    failed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    passed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    skipped: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))


def run(tests: Path, folder: Path, *options: str, paths: tuple[Path, ...] = ()) -> Run:
    """Run the classes of a file; `folder` takes what the run writes."""
    report = folder / "report.xml"
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers -W error\n")
    given = ["-q", "-c", str(folder / "pytest.ini"), f"--rootdir={folder}", str(tests)]
    # The contract needs no other plugin, pytest-asyncio least of all.
    unneeded = ("-p", "no:asyncio", "-p", "no:hypothesispytest")
    plugins = ["-p", "abstractllm_lite.testing.pytest_contract", *unneeded]
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("COV", "PYTEST"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *given, *plugins, f"--junitxml={report}", *options],
        env={**kept, "PYTHONPATH": os.pathsep.join(map(str, (REPOSITORY, *paths)))},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = Run(done.stdout)
    for case in ET.parse(report).iter("testcase"):
        _sort(case, found)
    return found


def _sort(case: ET.Element, found: Run) -> None:
    name = case.attrib["name"].partition("[")[0]
    kind = case.attrib["classname"].rpartition(".")[2]
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        found.failed[kind].add(name)
    elif skipped is not None:
        found.skipped[kind][name] = skipped.attrib["message"]
    else:
        found.passed[kind].add(name)
