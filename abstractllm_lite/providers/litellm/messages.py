"""Prompt, system prompt, history and files become chat messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..._plain import plain_copy
from ...exceptions import InvalidParameterError, InvalidRequestError

if TYPE_CHECKING:
    from .attachments import Parts

Message = dict[str, Any]

_INSTRUCTIONS = ("system", "developer")


def compose(
    prompt: Any,
    *,
    system_prompt: str | None = None,
    default_system_prompt: str | None = None,
    history: Iterable[Any] | None = None,
    parts: Parts | None = None,
) -> list[Message]:
    """The messages of one call; the history's own system message stands over the default one.

    A prompt that already ends the history as the user's message is not said twice.
    Raises InvalidParameterError for a prompt that says nothing, InvalidRequestError for a message
    without a role.
    """
    past = [_message(item) for item in history or ()]
    asked = _asked(_checked(prompt, said=bool(past or parts)), parts or [], past)
    return [*_instructions(system_prompt, default_system_prompt, past), *past, *asked]


def _checked(prompt: Any, *, said: bool) -> Any:
    if not (prompt is None or isinstance(prompt, str) or _is_parts(prompt)):
        kind = type(prompt).__name__
        wanted = "a str, or a list of content parts given as dictionaries"
        raise InvalidParameterError("prompt", prompt, f"'prompt' must be {wanted}, not {kind}")
    if not said and not _says_something(prompt):
        raise InvalidParameterError(
            "prompt", prompt, "'prompt' is empty: give a text, or messages= with a history"
        )
    return prompt


def _is_parts(prompt: Any) -> bool:
    return isinstance(prompt, list) and all(isinstance(part, Mapping) for part in prompt)


def _says_something(prompt: Any) -> bool:
    return bool(prompt.strip() if isinstance(prompt, str) else prompt)


def _asked(prompt: Any, parts: Parts, past: list[Message]) -> list[Message]:
    if not parts:
        said = not prompt or (bool(past) and past[-1] == {"role": "user", "content": prompt})
        return [] if said else [{"role": "user", "content": plain_copy(prompt)}]
    text = [{"type": "text", "text": prompt}] if isinstance(prompt, str) and prompt else prompt
    return [{"role": "user", "content": [*plain_copy(text or []), *parts]}]


def _instructions(own: str | None, default: str | None, past: list[Message]) -> list[Message]:
    standing = bool(past) and past[0]["role"] in _INSTRUCTIONS
    text = own or ("" if standing else default)
    if not text or (standing and past[0].get("content") == text):
        return []
    return [{"role": "system", "content": text}]


def _message(item: Any) -> Message:
    told = item.to_dict() if hasattr(item, "to_dict") else item
    if not isinstance(told, Mapping) or not isinstance(told.get("role"), str):
        raise InvalidRequestError(
            "each of 'messages' must be a dictionary with a 'role' and a 'content', "
            f"not {type(item).__name__}" + (" without a role" if isinstance(told, Mapping) else "")
        )
    message: Message = plain_copy(dict(told))
    return message
