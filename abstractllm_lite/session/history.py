"""A conversation as one vendor takes it: from the messages that are kept to those that are sent.

What another vendor said is told so that this one accepts it, and what cannot be told is reported.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .message import Message, ToolRecord

Wire = dict[str, Any]

# They refuse a request (400) in whose history a round of tools comes without reasoning, be it a
# blank: DeepSeek's guide to its thinking mode, and litellm's own parts for both, 2026-11.
_WANT_REASONING = frozenset({"deepseek", "moonshot"})
_BLANK = " "

_IMAGE_PARTS = frozenset({"image_url", "image", "input_image"})


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a history is for; None where it is not known what the model can do.

    `media` is the name by which files are put into its shape; None where it takes media inputs.
    """

    vendor: str
    vision: bool | None = None
    tools: bool | None = None
    media: str | None = "litellm"


@dataclass(frozen=True, slots=True)
class Told:
    """A history as it is sent: the system prompt, the messages, and notes on what was changed."""

    system_prompt: str | None
    messages: list[Wire]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Notes:
    """How often something had to be left out or told otherwise."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, times: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + times

    def lines(self, target: Target) -> tuple[str, ...]:
        return tuple(f"history for {target.vendor}: {n} {what}" for what, n in self.counts.items())


def told_to(messages: Sequence[Message], target: Target) -> Told:
    """The history as the target takes it; the messages themselves stay as they are."""
    notes = _Notes()
    system = "\n\n".join(text for m in messages if m.role == "system" and (text := _text(m)))
    if any(m.role == "system" for m in _after_the_first(messages)):
        notes.add("system message(s) told at the beginning")
    spoken = [m for m in messages if m.role != "system"]
    sent = [wire for n, m in enumerate(spoken) for wire in _wires(n, m, target, notes)]
    return Told(system or None, sent, notes.lines(target))


def wants_reasoning(vendor: str | None) -> bool:
    """Whether the vendor wants its unsigned reasoning back."""
    return vendor in _WANT_REASONING


def as_text(messages: Sequence[Message]) -> str:
    """The history as one prompt, for a provider that takes no messages; a lone one is itself."""
    spoken = [m for m in messages if m.role != "system"]
    if len(spoken) == 1 and not spoken[0].tool_results:
        return _text(spoken[0])
    lines = [line for m in spoken for line in _lines(m)]
    return "\n\n".join([*lines, "Assistant:"])


def told(result: ToolRecord) -> str:
    """What a model is told of a tool's result."""
    content = result.get("content")
    if isinstance(content, str):
        return content
    if result.get("error"):
        return json.dumps({"error": {"message": result["error"]}}, ensure_ascii=False)
    output = result.get("output")
    return (
        output if isinstance(output, str) else json.dumps(output, ensure_ascii=False, default=str)
    )


def _after_the_first(messages: Sequence[Message]) -> Iterator[Message]:
    begun = False
    for message in messages:
        if begun:
            yield message
        begun = begun or message.role != "system"


def _wires(number: int, message: Message, target: Target, notes: _Notes) -> Iterator[Wire]:
    """The messages that tell one: a round of tools is told as calls and their results."""
    if message.role == "assistant":
        yield from _assistant(number, message, target, notes)
    elif message.role in ("tool", "function"):
        notes.add("tool result(s) without a call told as text")
        yield {"role": "user", "content": f"[{message.name or 'tool'} returned: {_text(message)}]"}
    elif content := _with_media(message, target, notes):
        yield {"role": message.role, "content": content}
    else:
        notes.add("empty message(s) left out")


def _assistant(number: int, message: Message, target: Target, notes: _Notes) -> Iterator[Wire]:
    content = _seen(message.content, target, notes)
    if not message.tool_results:
        if content:
            yield {"role": "assistant", "content": content, **_thinking(message, target, notes)}
        else:
            notes.add("empty message(s) left out")
    elif target.tools is False:
        notes.add("tool call(s) told as text", len(message.tool_results))
        yield from _round_as_text(message)
    else:
        yield from _round(number, message, content, target, notes)


def _round(
    number: int, message: Message, content: Any, target: Target, notes: _Notes
) -> Iterator[Wire]:
    ids = _ids(number, message, target)
    calls = [_call(i, result) for i, result in zip(ids, message.tool_results, strict=True)]
    thinking = _thinking(message, target, notes)
    yield {"role": "assistant", "content": content or None, "tool_calls": calls, **thinking}
    for i, result in zip(ids, message.tool_results, strict=True):
        yield {"role": "tool", "tool_call_id": i, "content": told(result)}


def _round_as_text(message: Message) -> Iterator[Wire]:
    calls = [_call_line(result) for result in message.tool_results]
    yield {"role": "assistant", "content": "\n".join(filter(None, [_text(message), *calls]))}
    yield {"role": "user", "content": "\n".join(map(_result_line, message.tool_results))}


def _call(call_id: str, result: ToolRecord) -> Wire:
    arguments = result.get("arguments") or {}
    text = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
    function = {"name": result["name"], "arguments": text}
    return {"id": call_id, "type": "function", "function": function}


def _ids(number: int, message: Message, target: Target) -> list[str]:
    """The calls' ids: unchanged to the vendor that gave them, portable to any other.

    Mistral takes nine letters or digits, Anthropic no other signs, OpenAI 40 at most, and Gemini's
    carry a signature of hundreds (2026-11); nine letters or digits suit them all.
    """
    given = [str(result["call_id"]) for result in message.tool_results]
    if message.provider == target.vendor and len(set(given)) == len(given) and all(given):
        return given
    return [_portable(f"{number}/{place}/{each}") for place, each in enumerate(given)]


def _portable(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:9]


def _thinking(message: Message, target: Target, notes: _Notes) -> Wire:
    """Reasoning, for the vendor that it came from; none misses another's that is not signed."""
    own, told = message.provider == target.vendor, Wire()
    if message.thinking_blocks and own:
        told["thinking_blocks"] = [dict(block) for block in message.thinking_blocks]
    elif message.thinking_blocks:
        notes.add("message(s) without the reasoning that another vendor signed")
    reasoning = (own and message.reasoning) or (message.tool_results and _BLANK)
    if wants_reasoning(target.vendor) and reasoning:
        told["reasoning_content"] = reasoning
    return told


def _with_media(message: Message, target: Target, notes: _Notes) -> Any:
    """The text, and the message's files behind it."""
    content = _seen(message.content, target, notes)
    if not message.media:
        return content
    text = [{"type": "text", "text": content}] if isinstance(content, str) and content else content
    return [*(text or []), *_seen(message.media, target, notes)]


def _seen(content: Any, target: Target, notes: _Notes) -> Any:
    """The content, without the images that the model cannot see."""
    if isinstance(content, str):
        return content if content.strip() else ""
    if not isinstance(content, list):
        return content
    unseen = sum(map(_is_image, content)) if target.vision is False else 0
    if unseen:
        notes.add("image(s) left out, which the model cannot see", unseen)
    return [_UNSEEN if unseen and _is_image(part) else _shaped(part, target) for part in content]


def _shaped(part: Any, target: Target) -> Any:
    is_media = target.media is not None and hasattr(part, "to_provider_format")
    return part.to_provider_format(target.media) if is_media else part


_UNSEEN = {"type": "text", "text": "[an image that cannot be shown]"}


def _is_image(part: Any) -> bool:
    kind = part.get("type") if isinstance(part, Mapping) else getattr(part, "media_type", None)
    return kind in _IMAGE_PARTS


def _text(message: Message) -> str:
    content = message.content if isinstance(message.content, list) else [message.content or ""]
    return "\n".join(map(_part_text, [*content, *message.media])).strip()


def _part_text(part: Any) -> str:
    if name := getattr(part, "name", None):
        return f"[the file {name}]"
    text = part.get("text") if isinstance(part, Mapping) else part
    return text if isinstance(text, str) else "[an attachment that cannot be shown]"


def _lines(message: Message) -> Iterable[str]:
    """A message of a conversation that is told as text."""
    calls = [_call_line(result) for result in message.tool_results]
    said = "\n".join(filter(None, [_text(message), *calls]))
    yield f"{message.role.title()}: {said}"
    if message.tool_results:
        yield "Tool: " + "\n".join(map(_result_line, message.tool_results))


def _call_line(result: ToolRecord) -> str:
    return (
        f"[called {result['name']} with {json.dumps(result.get('arguments') or {}, default=str)}]"
    )


def _result_line(result: ToolRecord) -> str:
    return f"[{result['name']} returned: {told(result)}]"
