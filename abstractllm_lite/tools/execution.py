"""Running the tools that a model calls: checked before, apart from each other, in order after."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import partial
from typing import Any

from .._threads import in_thread
from ..exceptions import InvalidParameterError
from .offered import Job, offered
from .outcome import ToolOutcome, failed
from .signature import callee
from .threads import AT_ONCE, all_in_threads
from .types import ToolCall

__all__ = ["Approve", "ToolOutcome", "Toolbox"]

Verdict = ToolCall | bool | str | None
Approve = Callable[[ToolCall], Verdict | Awaitable[Verdict]]

LONGEST_RESULT = 50_000  # characters, about 12,000 tokens


class Toolbox:
    """The tools of a conversation: what a model is offered, and what runs when it calls one.

    `tools` are functions, ToolDefinitions, dictionaries or pydantic models; `functions` are what
    runs under a name, for tools that are definitions alone, or in another tool's place. `timeout`
    is in seconds for each call, `max_result_length` in characters of what the model is told. Raises
    InvalidParameterError for what is no tool, and for what cannot be offered or checked as given.
    """

    def __init__(
        self,
        tools: Iterable[Any] = (),
        functions: Mapping[str, Callable[..., Any]] | None = None,
        *,
        timeout: float | None = None,
        max_result_length: int = LONGEST_RESULT,
    ) -> None:
        _check("timeout", timeout, timeout is None or timeout > 0)
        _check("max_result_length", max_result_length, max_result_length > 0)
        self._tools = offered(tools, functions or {})
        self._timeout = timeout
        self._longest = max_result_length

    @property
    def offered(self) -> tuple[Any, ...]:
        """What goes to the provider as `tools`."""
        return tuple(tool.offer for tool in self._tools.values())

    @property
    def names(self) -> tuple[str, ...]:
        """The names that a model may call."""
        return tuple(self._tools)

    def __len__(self) -> int:
        return len(self._tools)

    def run(self, calls: Iterable[ToolCall], approve: Approve | None = None) -> list[ToolOutcome]:
        """Run the calls, at once where there are several; the outcomes stand in the calls' order.

        `approve` is asked for each before any runs: it may refuse a call (False, or the reason as a
        text), put another in its place, or let it run (None or True). What it raises is raised.
        """
        jobs = [self._job(call, _decided(call, approve)) for call in calls]
        works = [partial(_run, job, self._longest) for job in jobs if isinstance(job, Job)]
        at_once = len(works) > 1 or self._timeout is not None
        ran = iter(all_in_threads(works, self._timeout) if at_once else [work() for work in works])
        return [self._ended(job, next(ran)) if isinstance(job, Job) else job for job in jobs]

    async def arun(
        self, calls: Iterable[ToolCall], approve: Approve | None = None
    ) -> list[ToolOutcome]:
        """The same for asyncio: coroutine functions as tasks, all others in threads."""
        jobs = [self._job(call, await _adecided(call, approve)) for call in calls]
        slots = asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._arun(job, slots)) for job in jobs]
        return [task.result() for task in tasks]

    async def _arun(self, job: Job | ToolOutcome, slots: asyncio.Semaphore) -> ToolOutcome:
        if isinstance(job, ToolOutcome):
            return job
        async with slots:
            try:
                async with asyncio.timeout(self._timeout):
                    return await _arun(job, self._longest)
            except TimeoutError:
                return self._ended(job, None)

    def _job(self, call: ToolCall, verdict: Verdict) -> Job | ToolOutcome:
        """The call with its values, or why it does not run."""
        if isinstance(verdict, str) or verdict is False:
            return failed(call, "refused", verdict or "the call was refused")
        if isinstance(verdict, ToolCall):
            call = verdict.model_copy(update={"id": call.id})
        if call.error:
            return failed(call, "invalid_arguments", call.error)
        if (tool := self._tools.get(call.name)) is None:
            return failed(call, "unknown_tool", self._unknown(call.name))
        return tool.job(call)

    def _unknown(self, name: str) -> str:
        nearest = get_close_matches(name, self._tools, n=len(self._tools) or 1, cutoff=0.0)
        known = f"there are: {', '.join(nearest)}" if nearest else "there are none"
        return f"there is no tool {name!r}; {known}"

    def _ended(self, job: Job, outcome: ToolOutcome | None) -> ToolOutcome:
        slow = f"it did not end within {self._timeout} seconds"
        return outcome or failed(job.call, "timeout", slow)


def _check(name: str, value: Any, good: bool) -> None:
    if not good:
        raise InvalidParameterError(name, value, f"'{name}' must be above 0, not {value!r}")


def _decided(call: ToolCall, approve: Approve | None) -> Verdict:
    verdict = None if approve is None else approve(call)
    if inspect.isawaitable(verdict):
        if inspect.iscoroutine(verdict):
            verdict.close()
        raise InvalidParameterError(
            "on_tool_call", approve, "an asynchronous function is asked in asynchronous calls only"
        )
    return verdict


async def _adecided(call: ToolCall, approve: Approve | None) -> Verdict:
    verdict = None if approve is None else approve(call)
    return await verdict if inspect.isawaitable(verdict) else verdict


def _run(job: Job, longest: int) -> ToolOutcome:
    output = _tried(job)
    if _must_wait(output):
        output = in_thread(partial(asyncio.run, _awaited(job, output))).result()
    return _concluded(job, output, longest)


async def _arun(job: Job, longest: int) -> ToolOutcome:
    at_once = inspect.iscoroutinefunction(callee(job.work))
    output = _tried(job) if at_once else await asyncio.wrap_future(in_thread(partial(_tried, job)))
    if _must_wait(output):
        output = await _awaited(job, output)
    return _concluded(job, output, longest)


def _tried(job: Job) -> Any:
    """The function's output, that of a generator in a list; or the outcome of its failure."""
    try:
        output = job.work()
        return list(output) if isinstance(output, Iterator) else output
    except Exception as error:
        return _raised(job, error)


async def _awaited(job: Job, output: Any) -> Any:
    """The same for an output that has to be waited for."""
    try:
        if isinstance(output, AsyncIterator):
            return [each async for each in output]
        return await output
    except Exception as error:
        return _raised(job, error)


def _must_wait(output: Any) -> bool:
    return inspect.isawaitable(output) or isinstance(output, AsyncIterator)


def _concluded(job: Job, output: Any, longest: int) -> ToolOutcome:
    return output if isinstance(output, ToolOutcome) else job.concluded(output, longest)


def _raised(job: Job, error: Exception) -> ToolOutcome:
    """A tool's own failure, as its author told it."""
    told = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return failed(job.call, "failed", told)
