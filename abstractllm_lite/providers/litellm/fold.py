"""A stream's chunks become pieces to hand on, and the whole answer at the end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...exceptions import GenerationError
from ...types import GenerateResponse
from .response import Answer, signed, thinking
from .tools import WireCall


@dataclass(slots=True)
class StreamFold:
    """What one stream has said so far; it belongs to that stream alone.

    `moved` is whether the latest chunk held content, `spoken` whether any did.
    """

    answer: Answer = field(default_factory=Answer)
    moved: bool = False
    spoken: bool = False
    usages: list[Any] = field(default_factory=list)
    latest: dict[int, WireCall] = field(default_factory=dict)

    def feed(self, chunk: Any) -> list[GenerateResponse]:
        """Take a chunk in; the text or reasoning in it comes back as pieces."""
        self.moved = False
        self.answer.model = self.answer.model or chunk.model
        if getattr(chunk, "usage", None):
            self.usages.append(chunk.usage)
        choice = next((each for each in chunk.choices or () if not each.index), None)
        if choice is None:
            return []
        if choice.finish_reason:
            self.answer.finish = choice.finish_reason
        delta = choice.delta
        for call in getattr(delta, "tool_calls", None) or ():
            self._add_call(call)
        for block in getattr(delta, "thinking_blocks", None) or ():
            self._add_block(block)
        return list(self._pieces(getattr(delta, "content", None), thinking(delta)))

    def _pieces(self, text: str | None, reasoning: str | None) -> Iterable[GenerateResponse]:
        if reasoning:
            self._moves()
            self.answer.reasoning.append(reasoning)
            yield GenerateResponse(None, reasoning=reasoning)
        if text and not isinstance(text, str):
            raise GenerationError("the text in the vendor's stream is no text")
        if text:
            self._moves()
            self.answer.text.append(text)
            yield GenerateResponse(text)

    def _add_call(self, part: Any) -> None:
        """Vendors cut a call anywhere; the index says which call a part belongs to."""
        self._moves()
        call, function = self._call_of(part), part.function
        call.id = call.id or part.id or ""
        call.name += function.name or ""
        call.arguments += function.arguments or ""

    def _call_of(self, part: Any) -> WireCall:
        """The call that the part continues; another id under a known index starts a new one."""
        index = part.index or 0
        known = self.latest.get(index)
        if known is None or (part.id and known.id and part.id != known.id):
            known = self.latest[index] = WireCall()
            self.answer.calls.append(known)
        return known

    def _add_block(self, part: Mapping[str, Any]) -> None:
        """A block of signed reasoning comes in parts, and its signature last."""
        blocks = self.answer.blocks
        known = blocks[-1] if blocks and not {"signature", "data"} & blocks[-1].keys() else None
        told = {name: value for name, value in signed(part).items() if value}
        if known is None or told.get("type") != known.get("type"):
            # Thinking that is not shown has no text, and goes back to its vendor with an empty one.
            blocks.append({"thinking": "", **told} if told.get("type") == "thinking" else told)
            return
        text = told.pop("thinking", "")
        # With the signature litellm 1.100 tells the whole text again.
        if not ("signature" in told and text == known.get("thinking")):
            known["thinking"] = known.get("thinking", "") + text
        known.update(told)

    def _moves(self) -> None:
        self.moved = self.spoken = True
