"""A test and its cassette: which file, which settings, what came of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from .cassettes import Cassette, use_cassette
from .errors import CassetteError

__all__ = ["Watch", "opened", "path_of", "summary"]

_LONGEST = 120  # characters of a file's name; systems take 255 bytes with the suffix
_SAFE = "[](){}=,.+@~^!;' "  # what a file's name may hold on all systems; the rest is %-quoted
_SETTINGS = ("record", "record_via", "stand_in", "secrets", "allow_unused")
_rewritten: set[Path] = set()  # files that this run has begun anew


def path_of(item: pytest.Item) -> Path:
    """The test's file within the folder of cassettes: its marker's, or `<module>/<test>.yaml`."""
    marker = item.get_closest_marker("llm_cassette")
    given = _arguments(marker).get("path") if marker else None
    return default_path(item.nodeid) if given is None else Path(given)


def default_path(nodeid: str) -> Path:
    """`test_chat/TestB.test_c[gpt].yaml` for `tests/test_chat.py::TestB::test_c[gpt]`."""
    file, _, names = nodeid.partition("::")
    head, bracket, parameters = names.partition("[")
    name = quote(head.replace("::", ".") + bracket + parameters, safe=_SAFE)
    if len(name) > _LONGEST:
        digest = hashlib.blake2b(name.encode(), digest_size=4).hexdigest()
        name = f"{name[:_LONGEST]}-{digest}"
    return Path(Path(file).stem) / f"{name}.yaml"


@contextmanager
def opened(item: pytest.Item, path: Path, settings: Mapping[str, Any]) -> Iterator[Watch]:
    """The test's cassette, open; its marker's settings go before the fixtures'."""
    marker = item.get_closest_marker("llm_cassette")
    told = {**settings, **(_arguments(marker) if marker else {})}
    told.pop("path", None)
    allow_unused = told.pop("allow_unused")
    told["record"] = _record(item.config.getoption("--llm-record") or told["record"], path)
    cassette = use_cassette(path, **told)
    if cassette.record == "rewrite":
        _rewritten.add(path)
    with cassette:
        yield Watch(cassette, allow_unused)


def _record(mode: str | None, path: Path) -> str | None:
    """Of tests that share a file, the first one rewrites it and the others add to it."""
    return "new" if path in _rewritten else mode


def _arguments(marker: pytest.Mark) -> dict[str, Any]:
    """What a marker says. Raises CassetteError for what none can say."""
    told = dict(marker.kwargs)
    if len(marker.args) > 1 or (marker.args and "path" in told):
        raise CassetteError("llm_cassette takes one path, and settings by name")
    if unknown := told.keys() - {"path", *_SETTINGS}:
        raise CassetteError(
            f"llm_cassette has no setting {', '.join(sorted(unknown))}; it has "
            f"{', '.join(_SETTINGS)}"
        )
    return {**told, "path": marker.args[0]} if marker.args else told


@dataclass(frozen=True)
class Watch:
    """What came of a test's cassette."""

    cassette: Cassette
    allow_unused: bool

    def judge(self) -> None:
        """Fail the test whose cassette holds what it did not ask, or that swallowed a miss."""
        cassette = self.cassette
        if cassette.missed:
            told = "no answer was recorded, and the test went on without noticing"
            pytest.fail(_listed(cassette, told, cassette.missed), pytrace=False)
        if cassette.unused and not cassette.records and not self.allow_unused:
            told = (
                "recorded and not used (--llm-record=rewrite drops them, allow_unused=True of the "
                "marker allows them)"
            )
            pytest.fail(_listed(cassette, told, cassette.unused), pytrace=False)

    def verdict(self) -> dict[str, Any]:
        """The same as plain data."""
        cassette = self.cassette
        return {
            "path": str(cassette.path),
            "hit": cassette.hits,
            "missed": len(cassette.missed),
            "unused": len(cassette.unused),
            "live": len(cassette.live),
            "not recorded": len(cassette.live) - cassette.fresh,
        }


def _listed(cassette: Cassette, told: str, requests: list[str]) -> str:
    return "\n  ".join([f"{cassette.path}: {told}:", *requests])


_WORDS = {
    "hit": "replayed",
    "missed": "missed",
    "unused": "unused",
    "live": "sent live",
    "not recorded": "not recorded",
}


def summary(
    verdicts: Mapping[str, Mapping[str, Any]], verbosity: int
) -> Iterator[tuple[str, dict[str, bool]]]:
    """A line for each test with its colour, then their sum; with -q those lines alone that say
    more than that all was replayed."""
    for test, verdict in sorted(verdicts.items()):
        counted = {name: verdict[name] for name in _WORDS if verdict[name]}
        if verbosity >= 0 or counted.keys() != {"hit"}:
            yield f"{test}: {_told(counted)}", {_colour(counted): True}
    totals = {name: sum(each[name] for each in verdicts.values()) for name in _WORDS}
    kept = {name: total for name, total in totals.items() if total}
    tests = (
        "1 test with a cassette" if len(verdicts) == 1 else f"{len(verdicts)} tests with cassettes"
    )
    yield f"{tests}: {_told(kept)}", {_colour(kept): True}


def _told(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {_WORDS[name]}" for name, count in counted.items()) or "not asked"


def _colour(counted: Mapping[str, int]) -> str:
    if counted.keys() & {"missed", "not recorded"}:
        return "red"
    return "yellow" if counted.keys() & {"unused", "live"} else "green"
