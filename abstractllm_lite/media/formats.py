"""The shapes that providers take content in, by the provider's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from ..exceptions import InvalidParameterError

if TYPE_CHECKING:
    from .interface import MediaInput

Shape = Literal["openai", "anthropic", "ollama", "huggingface"]

SHAPES: tuple[Shape, ...] = ("openai", "anthropic", "ollama", "huggingface")

_registered: dict[str, Shape | Callable[[MediaInput], Any]] = {}


def register_format(name: Any, shape: Any) -> None:
    """Let `to_provider_format(name)` give the shape of a known provider, or what a function makes.

    A name that is not registered gives OpenAI's shape.
    """
    if not isinstance(name, str) or not name.strip() or name in SHAPES:
        raise InvalidParameterError("name", name, f"no provider can be registered as {name!r}")
    if shape not in SHAPES and not callable(shape):
        known = ", ".join(SHAPES)
        raise InvalidParameterError("shape", shape, f"a shape is a function or one of {known}")
    _registered[name] = shape


def shape_for(provider: str) -> Shape | Callable[[MediaInput], Any]:
    """The shape that a provider takes, or the function that makes it."""
    if provider in SHAPES:
        return provider
    return _registered.get(provider, "openai")
