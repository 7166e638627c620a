"""One turn of a conversation, as data: what is asked next, and when it is over.

Its messages join the history only when it has ended well, so a call that fails changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..types import GenerateResponse
from .asking import arguments, takes_messages
from .attached import GIVEN, media_of
from .history import wants_reasoning
from .message import Message
from .totals import Totals

if TYPE_CHECKING:
    from ..tools.execution import Approve, Toolbox, ToolOutcome
    from ..tools.types import ToolCall

# Without tools there is nothing to choose among.
_OF_TOOLS = ("tools", "tool_choice", "parallel_tool_calls")


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a model may use its tools in one turn: so many rounds of calls, or so many calls."""

    most: int
    unit: Literal["rounds", "calls"] = "rounds"


@dataclass(slots=True)
class Turn:
    """What was asked, what came of it so far, and what it cost."""

    llm: Any
    history: Sequence[Message]
    toolbox: Toolbox
    limit: Limit
    options: Mapping[str, Any] = field(default_factory=dict)
    system_prompt: str | None = None
    on_tool_call: Approve | None = None
    on_tool_result: Callable[[ToolOutcome], Any] | None = None
    added: list[Message] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    notes: dict[str, None] = field(default_factory=dict)  # in order, each once
    rounds: int = 0
    called: int = 0
    over: bool = False
    response: GenerateResponse | None = None

    def asking(self) -> dict[str, Any]:
        """The arguments of the next `generate`; at the limit it goes without tools."""
        self._attach()
        options = {name: value for name, value in self.options.items() if value is not None}
        if self.toolbox and not self._spent():
            options["tools"] = list(self.toolbox.offered)
        else:
            options = {name: value for name, value in options.items() if name not in _OF_TOOLS}
        history = [*self.history, *self.added]
        asked, notes = arguments(self.llm, history, self.system_prompt, options)
        self.notes |= dict.fromkeys(notes)
        return asked

    def ends_with(self, response: GenerateResponse) -> bool:
        """Take an answer in; False when it asks for tools that are to run now."""
        self.totals = self.totals.with_answer(response)
        self.response = response
        if response.has_tool_calls() and self.toolbox and not self._spent():
            return False
        self._conclude(response)
        self.over = True
        return True

    def _attach(self) -> None:
        """Read the files that were given, once; a provider of prompts gets them as they are."""
        if not any(name in self.options for name in GIVEN) or not takes_messages(self.llm):
            return
        media = media_of(self.llm, self.options)
        self.options = {n: value for n, value in self.options.items() if n not in GIVEN}
        if not self.added:
            self.added.append(Message("user", ""))
        self.added[0].media = media

    @property
    def calls(self) -> list[ToolCall]:
        """The calls of the latest answer."""
        return list(self.response.tool_calls) if self.response is not None else []

    def record(self, outcomes: Iterable[ToolOutcome]) -> None:
        """Add a round: what the model said, what it called, and what came of that."""
        results = []
        for outcome in outcomes:
            results.append({**outcome.to_dict(), "content": outcome.content})
            if self.on_tool_result is not None:
                self.on_tool_result(outcome)
        self.rounds += 1
        self._add(results, {"tool_metrics": _metrics(results)})

    def approve(self, call: ToolCall) -> Any:
        """Whether a call may run: within the limit, by the caller's word."""
        if self.limit.unit == "calls" and self.called >= self.limit.most:
            return _over(self.limit)
        self.called += 1
        return True if self.on_tool_call is None else self.on_tool_call(call)

    def result(self) -> GenerateResponse:
        """The turn's last answer, with what the history lost on the way to the provider."""
        response = self.response or GenerateResponse()
        notes = [note for note in self.notes if note not in response.warnings]
        return response.__replace__(warnings=(*response.warnings, *notes)) if notes else response

    def _spent(self) -> bool:
        used = self.rounds if self.limit.unit == "rounds" else self.called
        return used >= self.limit.most

    def _conclude(self, response: GenerateResponse) -> None:
        """The last message; calls that nobody runs are told as such, so that none dangles."""
        reason = _over(self.limit) if self.toolbox else "not run: no tools were offered"
        results = [{**_unrun(call), "error": reason} for call in response.tool_calls]
        told = {"tool_call_count": self.rounds, "executed_tools": self._ran()}
        phase = "synthesis" if self.rounds else "initial"
        self._add(results, {"tool_execution": {**told, "phase": phase}} if self.toolbox else {})

    def _ran(self) -> list[str]:
        return list(dict.fromkeys(r["name"] for m in self.added for r in m.tool_results))

    def _add(self, results: list[dict[str, Any]], metadata: dict[str, Any]) -> None:
        response = self.response or GenerateResponse()
        goes_back = wants_reasoning(response.provider)
        message = Message(
            "assistant",
            response.strip(),
            metadata=metadata,
            tool_results=results,
            provider=response.provider,
            thinking_blocks=response.thinking_blocks,
            reasoning=response.reasoning if goes_back else None,
        )
        self.added.append(message)


def _unrun(call: ToolCall) -> dict[str, Any]:
    told = {"call_id": call.id, "name": call.name, "arguments": call.arguments}
    return {**told, "output": None}


def _over(limit: Limit) -> str:
    return f"not run: the limit of {limit.most} {limit.unit} of tools in a turn was reached"


def _metrics(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """AbstractLLM's figures of a round."""
    failed = [{"tool": r["name"], "error": r["error"]} for r in results if r["error"]]
    good = len(results) - len(failed)
    return {
        "total_tools": len(results),
        "successful_tools": good,
        "failed_tools": len(failed),
        "executed_tools": [result["name"] for result in results],
        "errors": failed,
        "success_rate": good / len(results) if results else 0,
    }
