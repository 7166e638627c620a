"""What came of a tool call, and how the model is told: shortly, and nothing of this machine."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..utils.redaction import redact

if TYPE_CHECKING:
    from .types import ToolCall

Failure = Literal["unknown_tool", "invalid_arguments", "refused", "failed", "timeout"]

_LONGEST = 300  # characters of an error that help a model
# An absolute path in any system's spelling; an address on the web is none.
_PATH = re.compile(
    r"(?<![\w.:/\\])(?:file://|[A-Za-z]:)?[\\/]{1,4}"
    r"(?:[^\s\\/:'\"]+[\\/]+)+([^\s\\/:'\",;)]*)"
)


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """One call that was dealt with: `output` is what the tool gave back, `error` why it did not.

    `content` is what the model is told: the output as text, or a short error as JSON.
    """

    call: ToolCall
    output: Any = None
    error: str | None = None
    content: str = ""

    def to_dict(self) -> dict[str, Any]:
        """AbstractLLM's result of a call, fit for JSON."""
        return {
            "call_id": self.call.id,
            "name": self.call.name,
            "arguments": self.call.arguments,
            "output": jsonable(self.output),
            "error": self.error,
        }


def succeeded(call: ToolCall, output: Any, longest: int) -> ToolOutcome:
    """The outcome of a tool that ran; of an output beyond `longest` characters the model is told
    the beginning, and how much was left out."""
    text = output if isinstance(output, str) else _json(jsonable(output))
    if (beyond := len(text) - longest) > 0:
        text = f"{text[:longest]}\n[{beyond} of {len(text)} characters were left out]"
    return ToolOutcome(call, output, None, _sendable(text))


def failed(call: ToolCall, kind: Failure, message: str, **more: Any) -> ToolOutcome:
    """The outcome of a call that did not run, or whose tool failed."""
    short = fit_for_a_model(message, call)
    told = {"error": {"type": kind, "message": short, **more}}
    return ToolOutcome(call, None, short, _sendable(_json(told)))


def fit_for_a_model(message: str, call: ToolCall) -> str:
    """One line without keys, and without local paths but those that the model named."""
    named = _json(call.arguments)

    def hidden(found: re.Match[str]) -> str:
        return found[0] if _json(found[0])[1:-1] in named else found[1] or "(a folder)"

    line = " ".join(redact(_PATH.sub(hidden, message)).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def jsonable(value: Any) -> Any:
    """The value as JSON has it; what has no such form becomes its text."""
    from pydantic_core import PydanticSerializationError, from_json, to_json

    try:
        return from_json(
            to_json(value, bytes_mode="base64", inf_nan_mode="strings", serialize_unknown=True)
        )
    except (PydanticSerializationError, ValueError, RecursionError):
        return repr(value)


def _sendable(text: str) -> str:
    """The text without halves of surrogate pairs: a file's name may hold one, a request cannot."""
    return text.encode("utf-8", "replace").decode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
