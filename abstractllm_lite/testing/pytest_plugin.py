"""The pytest plugin: `@pytest.mark.llm_cassette`, its settings as fixtures, verdicts and guards.

pytest loads it in every project that has this package installed, so it is light: what works is
imported when a test, an option or a setting asks for it.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cassettes import Cassette

WATCH: pytest.StashKey[Any] = pytest.StashKey()  # how a test fares with its cassette
MODES = ("none", "once", "new", "rewrite", "all")
ENVIRONMENT = "ABSTRACTLLM_LITE_RECORD"  # the modes and it are explained in testing/modes.py
MARKER = (
    "llm_cassette(path=None, *, record=None, record_via=None, stand_in=None, secrets=(), "
    "allow_unused=False): calls of LLMs are answered from a cassette, recorded on request."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The plugin's options and settings."""
    group = parser.getgroup("llm", "recorded LLM conversations (abstractllm-lite)")
    group.addoption(
        "--llm-record",
        choices=MODES,
        help=f"what cassettes record; else {ENVIRONMENT} says it, else none",
    )
    group.addoption(
        "--llm-orphans", action="store_true", help="list cassettes that no test uses any more"
    )
    group.addoption(
        "--llm-prune", action="store_true", help="list cassettes that no test uses, and delete them"
    )
    parser.addini(
        "llm_guard",
        "refuse calls of abstractllm-lite that leave this machine outside a recording cassette",
        type="bool",
        default=False,
    )
    parser.addini(
        "llm_guard_sockets",
        "refuse every connection and name look-up that leaves this machine, whoever makes it",
        type="bool",
        default=False,
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and set the record mode."""
    config.addinivalue_line("markers", MARKER)
    config.pluginmanager.register(Verdicts(), "abstractllm_lite_verdicts")
    if mode := config.getoption("--llm-record"):
        _set_for_the_run(config, mode)


@pytest.hookimpl(trylast=True)  # when pytest-cov has begun to watch what is imported
def pytest_sessionstart(session: pytest.Session) -> None:
    """Bring in what the options and settings ask for."""
    config = session.config
    if config.getini("llm_guard") or config.getini("llm_guard_sockets"):
        from .pytest_guards import Guards

        config.pluginmanager.register(Guards(config), "abstractllm_lite_guards")
    if config.getoption("--llm-orphans") or config.getoption("--llm-prune"):
        from .pytest_orphans import Orphans

        config.pluginmanager.register(Orphans(config), "abstractllm_lite_orphans")


def _set_for_the_run(config: pytest.Config, mode: str) -> None:
    """For each use_cassette too, and for the processes that tests start."""
    before = os.environ.get(ENVIRONMENT)
    os.environ[ENVIRONMENT] = mode

    def undo() -> None:
        os.environ.pop(ENVIRONMENT, None)
        os.environ.update({ENVIRONMENT: before} if before is not None else {})

    config.add_cleanup(undo)


def pytest_itemcollected(item: pytest.Item) -> None:
    """A marked test uses the fixture, before all others of its own."""
    names = getattr(item, "fixturenames", ["llm_cassette"])
    if "llm_cassette" not in names and item.get_closest_marker("llm_cassette"):
        names.insert(0, "llm_cassette")


@pytest.fixture
def llm_cassette(
    request: pytest.FixtureRequest,
    llm_cassette_path: Path,
    llm_record: str | None,
    llm_record_via: Mapping[str, str],
    llm_stand_in: str | None,
    llm_secrets: tuple[str, ...],
    llm_allow_unused: bool,
) -> Iterator[Cassette]:
    """The open cassette of the test: what it asked is in `hits`, `live`, `missed`, `unused`."""
    from .pytest_cassettes import opened

    settings = {
        "record": llm_record,
        "record_via": llm_record_via,
        "stand_in": llm_stand_in,
        "secrets": llm_secrets,
        "allow_unused": llm_allow_unused,
    }
    with opened(request.node, llm_cassette_path, settings) as watch:
        request.node.stash[WATCH] = watch
        yield watch.cassette


@pytest.fixture
def llm_cassette_dir(request: pytest.FixtureRequest) -> Path:
    """The folder of the cassettes: `cassettes` beside the test's file."""
    return request.path.parent / "cassettes"


@pytest.fixture
def llm_cassette_path(request: pytest.FixtureRequest, llm_cassette_dir: Path) -> Path:
    """The test's file in that folder: `<module>/<test>.yaml`, unless its marker names another."""
    from .pytest_cassettes import path_of

    return llm_cassette_dir / path_of(request.node)


@pytest.fixture
def llm_record() -> str | None:
    """The record mode where neither --llm-record nor the marker says it; None for the default."""
    return None


@pytest.fixture
def llm_record_via() -> Mapping[str, str]:
    """Vendors' addresses with the stand-in's for each, while recording."""
    return {}


@pytest.fixture
def llm_stand_in() -> str | None:
    """The name of that stand-in, for the cassette's header."""
    return None


@pytest.fixture
def llm_secrets() -> tuple[str, ...]:
    """Texts that must not be written, besides all credentials seen in requests."""
    return ()


@pytest.fixture
def llm_allow_unused() -> bool:
    """Whether a test may leave recorded answers unused."""
    return False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that passed, and left its cassette in disorder, fails."""
    result = yield
    if (watch := _watch(item)) is not None:
        watch.judge()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The verdict travels on the last report, from workers too."""
    report = yield
    if report.when == "teardown" and (watch := _watch(item)) is not None:
        report.llm_verdict = watch.verdict()  # type: ignore[attr-defined]
    return report


class Verdicts:
    """Gathers the verdicts of a run, and tells them at its end."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the verdict for the summary."""
        if (verdict := getattr(report, "llm_verdict", None)) is not None:
            self.told[report.nodeid] = verdict

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What came of each test's cassette."""
        if self.told:
            from .pytest_cassettes import summary

            terminalreporter.section("llm cassettes")
            for line, markup in summary(self.told, terminalreporter.verbosity):
                terminalreporter.write_line(line, **markup)


def _watch(item: pytest.Item) -> Any:
    return item.stash.get(WATCH, None)
