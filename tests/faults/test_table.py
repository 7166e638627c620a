"""Every cell of the table holds: fault x mode x vendor x route."""

from __future__ import annotations

import copy
import pickle
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import pytest

from abstractllm_lite import exceptions as e
from tests.faults.calls import KEY, Outcome, call, provider
from tests.faults.table import (
    AMPLE,
    EXCEPTIONS,
    EXCEPTIONS_OF,
    LATER,
    ROUTES,
    TEXT,
    Cell,
    Fault,
    cells,
)
from tests.support.faults import REQUEST_ID, FaultServer
from tests.support.leaks import everything_said_by
from tests.support.litellms import RELEASE
from tests.support.vendors import VENDORS

_EXCEPTIONS = EXCEPTIONS | EXCEPTIONS_OF.get(RELEASE, {})
SLACK = 8.0  # seconds within which any cell ends, however busy the machine
FACTS = (
    "provider model status_code retry_after request_id attempts retryable details partial".split()
)


def quick() -> list[Any]:
    """The cells that end by themselves."""
    every = (cell for cell in cells(*ROUTES) if not cell.fault.timed)
    return [pytest.param(cell, id=str(cell), marks=_marks(cell)) for cell in every]


def slow() -> list[Any]:
    """The others, plain and streamed of all vendors together: they spend their time waiting."""
    every = (cell for cell in cells(*ROUTES) if cell.fault.timed)
    groups = groupby(sorted(every, key=_together), _together)
    return [pytest.param(list(group), id=name) for name, group in groups]


def _together(cell: Cell) -> str:
    return "-".join((cell.fault.name, cell.mode.split()[0], cell.route))


def _marks(cell: Cell) -> tuple[pytest.MarkDecorator, ...]:
    reason = _EXCEPTIONS.get(str(cell))
    return (pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError),) if reason else ()


@pytest.mark.parametrize("cell", quick())
def test_cell(cell: Cell, server: FaultServer) -> None:
    hold(cell, server, (0, 1) if cell.fault.retried else (1,))


@pytest.mark.parametrize("together", slow())
def test_cells_that_only_a_timeout_ends(together: list[Cell], server: FaultServer) -> None:
    with ThreadPoolExecutor(len(together)) as pool:
        list(pool.map(lambda cell: hold(cell, server, (1,)), together))


def hold(cell: Cell, server: FaultServer, retries: tuple[int, ...]) -> None:
    """The cell is what the table says, with each number of retries; then the object works."""
    fault, mark = cell.fault, uuid.uuid4().hex
    options = {"timeout": fault.timeout, "transport": cell.route, **fault.options}
    llm = provider(server, cell.vendor, fault.name, mark, **options)
    if fault.arrives and fault.status is None:
        llm.close()  # so that no connection is a kept one, whose loss is another row

    for number in retries:
        before = server.arrived(mark)
        outcome = call(cell.mode, llm, max_retries=number)
        attempts = 1 + (number if fault.retried else 0)
        check(cell, outcome, server.arrived(mark) - before, attempts=attempts)

    well = {"base_url": server.url(cell.vendor, "ok"), "timeout": AMPLE, "total_timeout": AMPLE}
    again = call(cell.mode, llm, **well)
    assert (again.error, again.response) == (None, TEXT)
    assert server.elsewhere.connections == 0


def check(cell: Cell, outcome: Outcome, requests: int, *, attempts: int) -> None:
    """The outcome is what the table says."""
    fault = cell.fault
    if fault.error is None:
        check_response(cell, outcome)
    else:
        check_error(cell, outcome, attempts)
    assert requests == fault.arrives * fault.requests * attempts
    assert outcome.seconds < SLACK


def check_response(cell: Cell, outcome: Outcome) -> None:
    """The whole answer came, once."""
    fault, response = cell.fault, outcome.response
    assert outcome.error is None
    assert response is not None
    assert response == fault.text
    assert outcome.delivered == (fault.text if "stream" in cell.mode else "")
    assert response.route == cell.route
    assert response.request_id == REQUEST_ID
    for name, value in fault.more.items():
        assert getattr(response, name) == value, name


def check_error(cell: Cell, outcome: Outcome, attempts: int) -> None:
    """The error is of the right class and tells all that is known, and no secret."""
    fault, error = cell.fault, outcome.error
    assert outcome.response is None
    assert type(error) is fault.error
    assert error is not None
    assert error.status_code == fault.status
    assert error.retryable is fault.retryable
    assert error.request_id == (REQUEST_ID if fault.status else None)
    assert (error.provider, error.attempts) == (cell.vendor, attempts)
    assert error.model is not None
    assert VENDORS[cell.vendor].model.endswith(error.model)
    assert error.details["route"] == cell.route
    assert str(error).startswith(f"[{cell.vendor}] ")
    if fault.name.startswith(("status_", "retry_", "error_event")):
        assert "refused with " in str(error), "the vendor's words are kept"
    check_wait(fault, error)
    check_part(fault, error, outcome.delivered)
    check_chain(error)


def check_wait(fault: Fault, error: e.AbstractLLMError) -> None:
    """`retry_after` is in seconds; a date in the future is met but for the time that passed."""
    told = error.retry_after
    if fault.retry_after and told and fault.retry_after == 60.0:
        told = 60.0 if 60.0 - SLACK < told <= 60.0 else told
    assert told == fault.retry_after
    if told and fault.again == LATER:
        assert "seconds" in error.message


def check_part(fault: Fault, error: e.AbstractLLMError, delivered: str) -> None:
    """What came was delivered once, and the error carries it."""
    if fault.partial:
        assert error.partial is not None
        assert error.partial == delivered != ""
        assert TEXT.startswith(delivered) or fault.name == "endless"
        assert len(delivered) < len(TEXT) or fault.name == "endless"
    else:
        assert error.partial is None
        assert delivered == ""


def check_chain(error: e.AbstractLLMError) -> None:
    """Nothing foreign hangs on the error; it shows no key, and lives through pickle and copy."""
    for link in (error.__cause__, error.__context__, error.original_exception):
        assert link is None or type(link).__module__.startswith("abstractllm_lite")
    assert [said[:300] for said in everything_said_by(error) if KEY in said] == []
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (type(twin), str(twin), twin.args) == (type(error), str(error), error.args)
        for fact in FACTS:
            assert getattr(twin, fact) == getattr(error, fact), fact


def test_the_table_has_at_most_five_exceptions_and_all_are_litellms() -> None:
    known = {str(cell) for cell in cells("litellm")}
    assert set(EXCEPTIONS) <= known
    assert len(EXCEPTIONS) <= 5
    assert {name for those in EXCEPTIONS_OF.values() for name in those} <= {
        *map(str, cells(*ROUTES))
    }
