"""What each vendor can be shown, and in which form litellm brings it there.

litellm drops the parts that a vendor's translation does not know, without a word (1.100-1.109), so
what would be dropped is refused here. docs/media.md is made from requests that these rules allow.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...enums import ModelCapability
from ...exceptions import UnsupportedFeatureError

_TWO = frozenset({"wav", "mp3"})
_MANY = _TWO | {"flac", "ogg", "aac", "aiff"}
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Senses:
    """What may be sent: images, their addresses, PDFs as files, and sound in which formats.

    None means that the model's row in litellm's table decides. `dropped` are the types of content
    parts that litellm leaves out on the way there. `side`, `pixels` and `image_bytes` are the most
    that the vendor takes of an image, where it says so.
    """

    images: bool = True
    addresses: bool = True
    documents: bool | None = None
    sounds: frozenset[str] | None = None
    dropped: frozenset[str] = _NONE
    side: int | None = None
    pixels: int | None = None
    image_bytes: int | None = None


IMAGE_PARTS = frozenset({"image_url", "image", "input_image"})
_SOUND = frozenset({"input_audio"})
_NOT_TEXT = IMAGE_PARTS | _SOUND | {"file"}

_OPENAI = Senses(documents=True, sounds=_TWO)
_GEMINI = Senses(addresses=False, documents=True, sounds=_MANY)
_CLAUDE = Senses(documents=True, sounds=_NONE, dropped=_SOUND, side=8000)
_HOSTED_CLAUDE = replace(_CLAUDE, addresses=False)
_PICTURES = Senses(documents=False, sounds=_NONE)
_OLLAMA = replace(_PICTURES, addresses=False, dropped=_SOUND | {"file"})
_WORDS = Senses(images=False, documents=False, sounds=_NONE, dropped=_NOT_TEXT)

# A vendor without a row takes OpenAI's parts as they are. Limits are of the vendors' documents
# (November 2026).
_VENDORS: dict[str, Senses] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "openrouter": _OPENAI,
    "anthropic": _CLAUDE,
    "gemini": _GEMINI,
    "vertex_ai": _GEMINI,
    "vertex_ai_beta": _GEMINI,
    "bedrock": replace(_HOSTED_CLAUDE, image_bytes=3_750_000),
    # Mistral reads PDFs as "document_url" and sound as "input_audio"; litellm refuses the one and
    # drops the other.
    "mistral": replace(_PICTURES, dropped=_SOUND),
    "cohere": _PICTURES,
    "cohere_chat": _PICTURES,
    "groq": replace(_PICTURES, pixels=33_177_600),
    "xai": _PICTURES,
    # Ollama takes the image itself; litellm would hand it the address.
    "ollama": _OLLAMA,
    "ollama_chat": _OLLAMA,
    **dict.fromkeys(
        ("deepseek", "docker_model_runner", "heroku", "nlp_cloud", "publicai", "sambanova"), _WORDS
    ),
}


def senses(vendor: str, model: str, row: Mapping[str, Any] | None) -> Senses:
    """What the model can be shown, by its vendor and by its row in litellm's table."""
    known = _VENDORS.get(vendor, Senses())
    if vendor.startswith("vertex_ai") and "gemini" not in model:
        known = _HOSTED_CLAUDE
    told = row or {}
    documents, sounds = known.documents, known.sounds
    if told.get("supports_pdf_input") is False:
        documents = False
    if documents is None:
        documents = bool(told.get("supports_pdf_input"))
    if sounds is None:
        sounds = _TWO if told.get("supports_audio_input") else _NONE
    return replace(known, documents=documents, sounds=sounds)


def family(vendor: str) -> dict[ModelCapability, bool]:
    """What no model of the vendor can be shown on this way, whatever litellm's table says of it."""
    known = _VENDORS.get(vendor, Senses())
    return {} if known.images else {ModelCapability.VISION: False}


def check_parts(messages: Iterable[Mapping[str, Any]], known: Senses, address: str) -> None:
    """Raise UnsupportedFeatureError for a content part that would never arrive."""
    for kind in part_types(messages):
        if kind in known.dropped:
            raise UnsupportedFeatureError(
                str(kind), f"{address} takes no '{kind}': litellm would leave it out without a word"
            )


def part_types(messages: Iterable[Mapping[str, Any]]) -> Iterator[Any]:
    """The types of all content parts."""
    contents = (message.get("content") for message in messages)
    parts = (part for content in contents if isinstance(content, list) for part in content)
    return (part.get("type") for part in parts if isinstance(part, Mapping))
