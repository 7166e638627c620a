"""Cassettes that no test uses any more: listed by --llm-orphans, deleted by --llm-prune.

Only a whole run can tell, and only files that stand where a test's cassette stands by default are
looked at: `<folder>/<test module>/<name>.yaml`, in a folder that a test of the run used or has
beside its file. What is not in this package's form is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from . import large
from .errors import CassetteError
from .pytest_cassettes import path_of

__all__ = ["Orphans"]


class Orphans:
    """Learns during the run which cassettes are wanted."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._used: set[str] = set()  # files
        self._wanted: set[str] = set()  # files within a folder, of tests that did not come to it
        self._folders: set[str] = set()
        self._doubts: list[str] = []
        self._is_worker = hasattr(config, "workerinput")  # it knows its share alone
        if config.args_source is config.ArgsSource.ARGS and not self._is_worker:
            self._doubts.append("the run was given paths")

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Tests that were left out leave their cassettes without a witness."""
        if items:
            self._doubts.append("tests were deselected")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """What the collected tests might use; a worker of xdist tells its controller."""
        for item in session.items:
            self._folders.add(str(item.path.parent / "cassettes"))
            if "llm_cassette" in getattr(item, "fixturenames", ()):
                self._want(item)
        if (told := getattr(self._config, "workeroutput", None)) is not None:
            told["llm_orphans"] = [sorted(self._folders), sorted(self._wanted), self._doubts]

    def _want(self, item: pytest.Item) -> None:
        try:
            self._wanted.add(str(path_of(item)))
        except CassetteError:  # the test itself will fail with it
            self._doubts.append("a marker cannot be read")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker of xdist has ended."""
        folders, wanted, doubts = getattr(node, "workeroutput", {}).get("llm_orphans", ([], [], []))
        self._folders.update(folders)
        self._wanted.update(wanted)
        self._doubts += [*doubts, *(["a worker crashed"] if error else [])]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What was not collected has cassettes that nobody knows of."""
        if report.failed:
            self._doubts.append("tests could not be collected")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test has used its cassette."""
        if (verdict := getattr(report, "llm_verdict", None)) is not None:
            self._used.add(verdict["path"])

    def pytest_terminal_summary(self, terminalreporter: Any, exitstatus: int) -> None:
        """List the orphans, and delete them where that was asked for."""
        if self._is_worker:
            return
        terminalreporter.section("orphan llm cassettes")
        if exitstatus not in (0, 1, 5):
            self._doubts.append("the run was broken off")
        if self._doubts:
            told = ", ".join(sorted(set(self._doubts)))
            terminalreporter.write_line(f"not looked for: {told}; only a whole run can tell")
            return
        prune, found = self._config.getoption("--llm-prune"), sorted(self._orphans())
        for path in found:
            terminalreporter.write_line(str(path))
        for path in found if prune else ():
            path.unlink()
            large.forget(path)
        done = "deleted" if prune else "found; --llm-prune deletes them"
        terminalreporter.write_line(f"{len(found)} {done}" if found else "none")

    def _orphans(self) -> Iterator[Path]:
        patterns = self._config.getini("python_files")
        used = {Path(path).resolve() for path in self._used}
        folders = self._folders | {str(path.parent.parent) for path in used}
        for path in _cassettes(folders, patterns):
            tail = str(Path(path.parent.name) / path.name)
            if path.resolve() not in used and tail not in self._wanted:
                yield path


def _cassettes(folders: Iterable[str], patterns: Iterable[str]) -> Iterator[Path]:
    """Files of this package in subfolders that are named as test modules are."""
    for folder in {Path(each).resolve() for each in folders}:
        for path in folder.glob("*/*.yaml"):
            module = f"{path.parent.name}.py"
            if any(fnmatch(module, pattern) for pattern in patterns) and _is_ours(path):
                yield path


def _is_ours(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(2000)
    return head.startswith("header:\n") and "\n    abstractllm-lite: " in head
