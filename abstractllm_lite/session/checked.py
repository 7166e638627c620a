"""What a session is given, refused at once where it cannot be meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..exceptions import InvalidParameterError


def system_prompt(value: Any) -> Any:
    """A text; a provider is easily given in its place, for AbstractLLM has this one first."""
    return _expect("system_prompt", value, isinstance(value, str), "a str (is it the provider?)")


def provider(value: Any) -> Any:
    """Something that generates."""
    good = callable(getattr(value, "generate", None))
    return _expect("provider", value, good, "a provider or the name of one")


def tools(value: Any) -> Iterable[Any]:
    """Several tools; none where there is nothing."""
    good = isinstance(value, Iterable) and not isinstance(value, (str, bytes, Mapping, type))
    _expect("tools", value, good, "a list")
    return value or ()


def seconds(name: str, value: Any) -> Any:
    """A time."""
    good = type(value) in (int, float) and value > 0
    return _expect(name, value, good, "a positive number of seconds")


def count(name: str, value: Any) -> Any:
    """How many."""
    return _expect(name, value, type(value) is int and value >= 0, "a whole number from 0 on")


def function(name: str, value: Any) -> Any:
    """Something to call."""
    return _expect(name, value, callable(value), "a function")


def options(given: Mapping[str, Any]) -> None:
    """What goes to the provider: everything but a history, which the session would drop."""
    if given.get("messages") is not None:
        raise InvalidParameterError(
            "messages",
            None,
            "a session sends its own history: add to it with add_message, or ask the provider "
            "itself with messages=",
        )


def _expect(name: str, value: Any, good: bool, wanted: str) -> Any:
    if value is not None and not good:
        text = f"'{name}' must be {wanted}, not {type(value).__name__}"
        raise InvalidParameterError(name, value, text)
    return value
