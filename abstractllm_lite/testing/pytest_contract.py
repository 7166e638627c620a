"""The report of ProviderContract: what each provider keeps, point by point, at the end of a run.

A pytest plugin: `-p abstractllm_lite.testing.pytest_contract`, or `pytest_plugins` in a conftest.
It reads the reports alone, so it tells the same under pytest-xdist.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

PROPERTY: Final = "llm_provider_contract"
_KEPT, _FAILED, _SKIPPED = "passed", "failed", "skipped"

Outcome = tuple[str, str]  # passed, failed or skipped; and why


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print a table for each provider that was tested."""
    stats = terminalreporter.stats
    reports = [r for kind in (_KEPT, _FAILED, _SKIPPED, "error") for r in stats.get(kind, ())]
    for line in lines(reports):
        terminalreporter.write_line(line)


def lines(reports: Iterable[Any]) -> list[str]:
    """The tables as text: yes, NO or why not for each point."""
    told: list[str] = []
    for provider, points in _tables(reports).items():
        told.append(f"provider contract: {provider}")
        width = max(map(len, points))
        told += [f"  {name:<{width}}  {_verdict(found)}" for name, found in points.items()]
    return told


def _tables(reports: Iterable[Any]) -> dict[str, dict[str, list[Outcome]]]:
    tables: dict[str, dict[str, list[Outcome]]] = {}
    for report in reports:
        for key, value in getattr(report, "user_properties", ()):
            if key == PROPERTY:
                provider, name = value
                outcome = (report.outcome, _reason(report))
                tables.setdefault(provider, {}).setdefault(name, []).append(outcome)
    return {provider: dict(sorted(points.items())) for provider, points in sorted(tables.items())}


def _reason(report: Any) -> str:
    place = report.longrepr
    return place[2].removeprefix("Skipped: ") if isinstance(place, tuple) else ""


def _verdict(outcomes: list[Outcome]) -> str:
    kinds = [kind for kind, _ in outcomes]
    reasons = "; ".join(sorted({why for kind, why in outcomes if kind == _SKIPPED}))
    if _FAILED in kinds:
        return f"FAILED ({kinds.count(_FAILED)} of {len(kinds)} tests)"
    if _KEPT not in kinds:
        return f"no: {reasons}"
    return f"yes, but: {reasons}" if reasons else "yes"
