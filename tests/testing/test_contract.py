"""The contract finds what is broken, and only that; its report tells the rest."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from abstractllm_lite.testing import pytest_contract
from abstractllm_lite.testing.contract import FAULTS, POINTS, ProviderContract
from tests.testing import broken_providers
from tests.testing.contracts import run

FAMILY = Path(broken_providers.__file__)


def test_a_broken_provider_fails_exactly_what_it_breaks(tmp_path: Path) -> None:
    found = run(FAMILY, tmp_path, "-n0", "--tb=no")

    # All in one test, for they share one run.
    names = {f"Test{name}": broken for name, broken in broken_providers.BREAKS.items()}
    assert {name: found.failed[name] for name in names} == names
    assert all(len(found.passed[name]) > 15 for name in names)


def test_what_no_provider_may_leave_out_cannot_be_declared_away(tmp_path: Path) -> None:
    found = run(own(tmp_path, 'cannot = {"errors": "none", "telepathy": "yet"}'), tmp_path, "-n0")

    assert not found.passed["TestOwn"]
    assert "no choice: ['errors', 'telepathy']" in found.printed


def test_a_point_that_is_declared_away_is_skipped_with_its_reason(tmp_path: Path) -> None:
    text = 'cannot = {"pickling": "it holds a socket", "streams": "the service has none"}'
    found = run(own(tmp_path, text), tmp_path, "-n0")

    skipped = found.skipped["TestOwn"]
    assert skipped["test_a_pickled_provider_answers_alike"] == "it holds a socket"
    assert skipped["test_it_answers_with_text"] == "the service has none"  # its streamed ways
    assert found.failed == {}
    assert "  pickling                    no: it holds a socket\n" in found.printed
    assert "  answers                     yes, but: the service has none\n" in found.printed


@pytest.mark.parametrize("processes", ["-n0", "-n2"])
def test_the_report_tells_the_same_from_one_process_and_from_several(
    processes: str, tmp_path: Path
) -> None:
    text = 'cannot = {"pickling": "it holds a socket"}\n    tool_arguments = {"city": "Rome"}'
    found = run(own(tmp_path, text), tmp_path, processes, "-k", "pickled or tool or secret")

    told = found.printed.split("provider contract: ")[1].splitlines()
    assert told[0] == "TestOwn"
    table = [tuple(part.strip() for part in line.split("  ") if part) for line in told[1:]]
    assert ("pickling", "no: it holds a socket") in table
    assert ("tools", "FAILED (4 of 4 tests)") in table
    assert ("history with tools", "yes") in table
    assert ("refusal of tools", "no: it takes tools, so none is to be refused") in table


def own(folder: Path, body: str) -> Path:
    """A test file as a third party writes it; `body` is what it adds to a sound provider's."""
    path = folder / "test_own.py"
    path.write_text(
        "from tests.testing import test_fake_contract as sound\n\n\n"
        f"class TestOwn(sound.TestFake):\n    {body}\n"
    )
    return path


def test_a_test_of_the_subclass_itself_is_no_point_of_the_report(tmp_path: Path) -> None:
    body = "def test_mine(self):\n        assert True"
    found = run(own(tmp_path, body), tmp_path, "-n0", "-k", "mine")

    assert found.passed["TestOwn"] == {"test_mine"}
    assert "provider contract" not in found.printed


def test_every_test_of_the_contract_names_a_point_and_every_point_has_one() -> None:
    tests = {n: t for n, t in vars(ProviderContract).items() if n.startswith("test_")}

    assert {t.point for t in tests.values()} == set(POINTS)


class Denying(ProviderContract):
    """Of a provider that says of everything that it cannot do it."""

    provider = "fake"

    def config(self) -> dict[str, Any]:
        return {"capabilities": {"streaming": False, "tool_use": False, "multi_turn": False}}


class Doing(Denying):
    """Of one that can, whose author says nothing of its faults and gives it no key."""

    def config(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("contract", "test", "arguments", "reason"),
    [
        (Denying, "test_a_closed_stream_is_over", [], "get_capabilities() says no streaming"),
        (Denying, "test_it_asks_for_a_tool", ["plain", "function"], "says no tool_use"),
        (Denying, "test_it_goes_on_with_what_a_tool_gave", ["plain"], "says no tool_use"),
        (
            Denying,
            "test_it_goes_on_with_a_history_and_leaves_it_as_it_was",
            ["plain"],
            "multi_turn",
        ),
        (Doing, "test_tools_that_it_does_not_take_are_refused", ["plain"], "it takes tools"),
        (Doing, "test_a_fault_is_an_error_of_its_class", ["plain", "server"], "makes no fault"),
        (Doing, "test_an_error_tells_what_the_service_said", ["plain"], "states nothing"),
        (Doing, "test_a_provider_shows_no_key", [], "gives it no key"),
    ],
)
def test_what_does_not_apply_is_skipped_with_its_reason(
    contract: type[ProviderContract], test: str, arguments: list[str], reason: str
) -> None:
    with pytest.raises(pytest.skip.Exception) as skipped:
        getattr(contract(), test)(*arguments)

    assert reason in str(skipped.value)


def test_tools_that_are_denied_must_be_refused() -> None:
    Denying().test_tools_that_it_does_not_take_are_refused("plain")


class Native(Doing):
    """Of a class of the author's own, whose streams are awaited first and not promised."""

    provider = broken_providers.AwaitedFirst


class Streamless(Native):
    cannot: ClassVar = {"streams": "the service has none"}


def test_a_class_is_a_provider_until_it_has_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    Native().test_it_is_made_by_name(monkeypatch)

    assert type(Native().make()) is broken_providers.AwaitedFirst


def test_streams_that_are_declared_away_are_asked_of_no_other_point() -> None:
    with pytest.raises(pytest.skip.Exception, match="the service has none"):
        Streamless().test_a_closed_stream_is_over()


def test_a_coroutine_functions_stream_need_not_be_iterated_at_once() -> None:
    with pytest.raises(pytest.skip.Exception, match="awaited first"):
        Native().test_an_asynchronous_stream_may_be_iterated_at_once()


def test_the_tool_of_the_contract_is_one_that_can_be_run() -> None:
    assert ProviderContract().tool("Paris") == "Sunny in Paris"


def report(point: str, outcome: str, why: str = "") -> SimpleNamespace:
    """What pytest keeps of one test."""
    longrepr = ("test_x.py", 1, f"Skipped: {why}") if why else None
    told = [("other", 1), (pytest_contract.PROPERTY, ["TestX", point])]
    return SimpleNamespace(user_properties=told, outcome=outcome, longrepr=longrepr)


def test_the_report_has_a_line_for_each_point() -> None:
    written: list[str] = []
    stats = {
        "passed": [report("tools", "passed"), report("errors", "passed")],
        "failed": [report("errors", "failed")],
        "skipped": [report("tools", "skipped", "no streams"), report("pickling", "skipped", "no")],
        "deselected": [object()],
    }
    reporter = SimpleNamespace(stats=stats, write_line=written.append)

    pytest_contract.pytest_terminal_summary(reporter)

    assert written == [
        "provider contract: TestX",
        "  errors    FAILED (1 of 2 tests)",
        "  pickling  no: no",
        "  tools     yes, but: no streams",
    ]


def test_a_run_without_the_contract_prints_no_report() -> None:
    assert pytest_contract.lines([object()]) == []


def test_the_contract_offers_what_a_subclass_may_leave_out() -> None:
    contract = ProviderContract()

    assert contract.config() == {}
    assert [contract.failing(fault) for fault in FAULTS] == [None] * len(FAULTS)
