"""Images of a call's parameters go into its messages, as AbstractLLM's providers want them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._plain import plain_copy
from .factory import MediaFactory
from .formats import shape_for

__all__ = ["MediaProcessor"]


class MediaProcessor:
    """Puts `image` and `images` where a provider looks for them."""

    @classmethod
    def process_inputs(
        cls, params: Mapping[str, Any], provider: str, **access: Any
    ) -> dict[str, Any]:
        """A copy of the parameters with their images in the provider's place and shape.

        OpenAI and Anthropic, and a name that is not known, find them in the first message of the
        user; Ollama in "images"; models on this machine in "image" or "images". `access` takes
        what MediaFactory.from_source does. Raises ImageProcessingError.
        """
        told = {name: plain_copy(value) for name, value in params.items()}
        one, several = (_listed(told.pop(name, None)) for name in ("image", "images"))
        media = MediaFactory.from_sources([*one, *several], "image", **access)
        images = [each.to_provider_format(provider) for each in media]
        shape = shape_for(provider)
        if shape == "ollama":
            return told | _named(images, alone=not several)
        if shape == "huggingface":
            return told | _named(images, alone=True) | (_PREPARED if images else {})
        return _in_messages(told, images)


# AbstractLLM's note to the code that runs a model on this machine.
_PREPARED = {"image_processor_format": "pil"}


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _named(images: list[Any], *, alone: bool) -> dict[str, Any]:
    if not images:
        return {}
    return {"image": images[0]} if alone and len(images) == 1 else {"images": images}


def _in_messages(params: dict[str, Any], images: list[Any]) -> dict[str, Any]:
    messages = params.setdefault("messages", [])
    asked = next((each for each in messages if each.get("role") == "user"), None)
    if asked is None and (images or not messages):
        asked = {"role": "user", "content": params.pop("prompt", "")}
        messages.append(asked)
    if asked is not None and images:
        asked["content"] = [*_parts(asked.get("content")), *images]
    return params


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []
