"""What a model calls runs, checked before, told after; threads and tasks alike."""

from __future__ import annotations

import asyncio
import contextvars
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from abstractllm_lite.exceptions import InvalidParameterError
from abstractllm_lite.tools import Toolbox, ToolCall, ToolDefinition, ToolOutcome

Run = Callable[..., list[ToolOutcome]]


def _run(toolbox: Toolbox, *calls: ToolCall, approve: Any = None) -> list[ToolOutcome]:
    return toolbox.run(calls, approve)


def _arun(toolbox: Toolbox, *calls: ToolCall, approve: Any = None) -> list[ToolOutcome]:
    return asyncio.run(toolbox.arun(calls, approve))


@pytest.fixture(params=[_run, _arun], ids=["sync", "async"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs calls in one of the two ways."""
    chosen: Run = request.param
    return chosen


def call(name: str, /, id: str = "call_1", **arguments: Any) -> ToolCall:
    return ToolCall(id=id, name=name, arguments=arguments)


def double(number: int) -> int:
    """Twice the number."""
    return number * 2


async def adouble(number: int) -> int:
    """Twice the number."""
    await asyncio.sleep(0)
    return number * 2


def told(outcome: ToolOutcome) -> dict[str, Any]:
    """The error that the model reads."""
    error: dict[str, Any] = json.loads(outcome.content)["error"]
    return error


@pytest.mark.parametrize("tool", [double, adouble])
def test_a_function_gets_values_of_its_types_and_its_output_is_told(tool: Any, run: Run) -> None:
    (outcome,) = run(Toolbox([tool]), call(tool.__name__, number="3"))

    assert (outcome.output, outcome.content, outcome.error) == (6, "6", None)
    assert outcome.call.arguments == {"number": "3"}


def test_arguments_that_do_not_fit_are_told_and_nothing_runs(run: Run) -> None:
    (outcome,) = run(Toolbox([double]), call("double", number="abc"))

    assert outcome.output is None
    assert outcome.error == told(outcome)["message"]
    assert told(outcome)["type"] == "invalid_arguments"
    assert told(outcome)["details"][0]["argument"] == "number"


@pytest.mark.parametrize("arguments", [{"number": 1, "other": 2}, {"other": 2}])
def test_an_unknown_argument_is_told_with_the_known_ones(
    arguments: dict[str, Any], run: Run
) -> None:
    (outcome,) = run(Toolbox([double]), call("double", **arguments))

    assert outcome.error == "unknown argument 'other'; it takes number"


def test_arguments_that_were_no_json_are_told(run: Run) -> None:
    (outcome,) = run(Toolbox([double]), ToolCall.of("c", "double", "{oh"))

    assert told(outcome)["type"] == "invalid_arguments"
    assert "not valid JSON" in told(outcome)["message"]


def test_an_unknown_tool_is_told_with_the_nearest_first(run: Run) -> None:
    (outcome,) = run(Toolbox([adouble, double]), call("doubel"))

    assert outcome.error == "there is no tool 'doubel'; there are: double, adouble"
    assert told(run(Toolbox(), call("x"))[0])["message"] == "there is no tool 'x'; there are none"


def test_what_a_vendor_runs_itself_cannot_be_run_here(run: Run) -> None:
    search = {"type": "web_search_20250305", "name": "web_search"}
    toolbox = Toolbox([search])

    (outcome,) = run(toolbox, call("web_search"))

    assert toolbox.offered == (search,)
    assert outcome.error == "nothing here can run 'web_search'"


class Asked(Exception):
    """An error of a tool's author."""


def boom(number: int) -> int:
    raise Asked(f"no {number}")


async def aboom(number: int) -> int:
    raise Asked(f"no {number}")


def silent(number: int) -> int:
    raise StopIteration


@pytest.mark.parametrize(
    ("tool", "message"),
    [(boom, "Asked: no 1"), (aboom, "Asked: no 1"), (silent, "StopIteration")],
)
def test_what_a_tool_raises_is_told(tool: Any, message: str, run: Run) -> None:
    for calls in ([call(tool.__name__, number=1)], [call(tool.__name__, number=1)] * 2):
        outcomes = run(Toolbox([tool]), *calls)

        assert [outcome.error for outcome in outcomes] == [message] * len(calls)
        assert told(outcomes[0]) == {"type": "failed", "message": message}


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("number", [1, 2])
def test_an_interruption_passes_through(
    interruption: type[BaseException], number: int, run: Run
) -> None:
    def stop() -> None:
        raise interruption

    with pytest.raises(interruption):
        run(Toolbox([stop]), *[call("stop")] * number)


def test_several_calls_run_at_once_and_are_told_in_order(run: Run) -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(number: int) -> int:
        meeting.wait()
        return number

    outcomes = run(Toolbox([meet]), *(call("meet", id=f"c{n}", number=n) for n in range(3)))

    assert [(o.call.id, o.output) for o in outcomes] == [("c0", 0), ("c1", 1), ("c2", 2)]


def test_no_more_than_32_run_at_once(run: Run) -> None:
    lock, running, most = threading.Lock(), [0], [0]

    def count() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        threading.Event().wait(0.005)
        with lock:
            running[0] -= 1

    outcomes = run(Toolbox([count]), *(call("count", id=f"c{n}") for n in range(80)))

    assert len(outcomes) == 80
    assert {outcome.error for outcome in outcomes} == {None}
    assert 1 < most[0] <= 32


def test_a_tool_that_is_too_slow_is_given_up_and_the_others_are_not(run: Run) -> None:
    end = threading.Event()

    def wait() -> None:
        end.wait(30)

    async def await_() -> None:
        await asyncio.sleep(30)

    calls = call("wait"), call("double", number=1), call("await_")
    slow, quick, slow_too = run(Toolbox([wait, double, await_], timeout=0.2), *calls)
    end.set()

    assert slow.error == slow_too.error == "it did not end within 0.2 seconds"
    assert told(slow)["type"] == "timeout"
    assert quick.output == 2


def test_a_timeout_of_the_tools_own_is_its_failure(run: Run) -> None:
    def impatient() -> None:
        raise TimeoutError("the host is slow")

    (outcome,) = run(Toolbox([impatient], timeout=30), call("impatient"))

    assert outcome.error == "TimeoutError: the host is slow"


async def test_cancelling_ends_the_tasks() -> None:
    begun, ended = asyncio.Event(), []

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(True)

    running = asyncio.create_task(Toolbox([wait]).arun([call("wait")]))
    await begun.wait()
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert ended == [True]


async def test_a_function_does_not_hold_up_the_loop() -> None:
    freed = threading.Event()

    def wait() -> bool:
        return freed.wait(10)

    running = asyncio.create_task(Toolbox([wait]).arun([call("wait")]))
    await asyncio.sleep(0)
    freed.set()

    assert [outcome.output for outcome in await running] == [True]


WHO = contextvars.ContextVar("who", default="nobody")


def who() -> str:
    return WHO.get()


async def awho() -> str:
    return WHO.get()


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("tool", [who, awho])
def test_the_callers_context_is_seen(tool: Any, number: int, run: Run) -> None:
    token = WHO.set("ada")
    outcomes = run(Toolbox([tool]), *[call(tool.__name__)] * number)
    WHO.reset(token)

    assert {outcome.output for outcome in outcomes} == {"ada"}


def test_a_function_that_hands_on_a_coroutine_is_awaited(run: Run) -> None:
    def wrapped(number: int) -> Any:
        return adouble(number)

    assert run(Toolbox([wrapped]), call("wrapped", number=2))[0].output == 4


async def test_tools_of_both_kinds_run_without_await_inside_a_loop() -> None:
    outcomes = Toolbox([double, adouble]).run([call("adouble", number=1)])

    assert [outcome.output for outcome in outcomes] == [2]


def count_to(number: int) -> Iterator[int]:
    yield from range(number)


async def acount_to(number: int) -> AsyncIterator[int]:
    for each in range(number):
        yield each


@pytest.mark.parametrize("tool", [count_to, acount_to])
def test_what_a_generator_yields_is_the_output(tool: Any, run: Run) -> None:
    (outcome,) = run(Toolbox([tool]), call(tool.__name__, number=2))

    assert (outcome.output, outcome.content) == ([0, 1], "[0, 1]")
    assert outcome.to_dict()["output"] == [0, 1]


def test_a_generators_failure_is_told(run: Run) -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise Asked("half way")

    assert run(Toolbox([broken]), call("broken"))[0].error == "Asked: half way"


def test_the_model_is_told_as_much_as_is_allowed(run: Run) -> None:
    def long() -> str:
        return "x" * 50

    (outcome,) = run(Toolbox([long], max_result_length=10), call("long"))

    assert outcome.content == "x" * 10 + "\n[40 of 50 characters were left out]"
    assert outcome.output == "x" * 50


@pytest.mark.parametrize("verdict", [None, True])
def test_what_is_approved_runs(verdict: Any, run: Run) -> None:
    assert run(Toolbox([double]), call("double", number=1), approve=lambda _: verdict)[0].output


@pytest.mark.parametrize(
    ("verdict", "message"), [(False, "the call was refused"), ("not today", "not today")]
)
def test_what_is_refused_does_not_run(verdict: Any, message: str, run: Run) -> None:
    (outcome,) = run(Toolbox([boom]), call("boom", number=1), approve=lambda _: verdict)

    assert told(outcome) == {"type": "refused", "message": message}


def test_an_edited_call_runs_instead_and_keeps_its_id(run: Run) -> None:
    edited = call("double", id="another", number=5)

    (outcome,) = run(Toolbox([double, boom]), call("boom", number=1), approve=lambda _: edited)

    assert (outcome.output, outcome.call.id, outcome.call.name) == (10, "call_1", "double")


def test_each_is_asked_about_in_order_before_anything_runs(run: Run) -> None:
    events: list[str] = []

    def work(name: str) -> None:
        events.append("ran")

    def ask(asked: ToolCall) -> None:
        events.append(f"asked {asked.arguments['name']}")

    run(Toolbox([work]), call("work", name="a"), call("work", name="b"), approve=ask)

    assert events == ["asked a", "asked b", "ran", "ran"]


def test_what_the_approving_function_raises_is_raised(run: Run) -> None:
    def ask(_: ToolCall) -> None:
        raise Asked("by the caller")

    with pytest.raises(Asked, match="by the caller"):
        run(Toolbox([double]), call("double", number=1), approve=ask)


async def test_the_approving_function_may_be_asynchronous_where_it_is_awaited() -> None:
    async def ask(_: ToolCall) -> str:
        return "no"

    (outcome,) = await Toolbox([double]).arun([call("double", number=1)], ask)

    assert outcome.error == "no"
    with pytest.raises(InvalidParameterError, match="asynchronous calls only"):
        Toolbox([double]).run([call("double", number=1)], ask)


@pytest.mark.parametrize("wrong", [{"timeout": 0}, {"timeout": -1}, {"max_result_length": 0}])
def test_limits_are_above_0(wrong: dict[str, Any]) -> None:
    (name,) = wrong
    with pytest.raises(InvalidParameterError, match=f"'{name}' must be above 0"):
        Toolbox([double], **wrong)


def test_a_toolbox_counts_and_names_its_tools() -> None:
    definition = ToolDefinition(name="find", input_schema={"type": "object"})
    toolbox = Toolbox([double, definition], {"adouble": adouble})

    assert toolbox.names == ("double", "find", "adouble")
    assert len(toolbox) == len(toolbox.offered) == 3
    assert toolbox
    assert not Toolbox()
