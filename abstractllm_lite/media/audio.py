"""Sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from ..exceptions import UnsupportedFeatureError
from .binary import BinaryInput

if TYPE_CHECKING:
    from .content import Content
    from .formats import Shape

__all__ = ["AudioInput"]

# What OpenAI's language calls each type of sound that can be told from its beginning.
FORMATS = {
    "audio/wav": "wav",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/aac": "aac",
    "audio/aiff": "aiff",
    "audio/mp4": "m4a",
}


class AudioInput(BinaryInput):
    """A recording: wav, mp3, flac, ogg, aac, aiff or m4a, from any source that MediaFactory takes.

    Every vendor that hears takes wav and mp3. Raises FileProcessingError for what is no source.
    """

    kind = "audio"
    default_mime_type = "audio/wav"
    noun = "a sound"

    @property
    def format(self) -> str:
        """The short name of the type: "wav", "mp3", …"""
        return FORMATS.get(self.mime_type, self.mime_type.removeprefix("audio/"))

    @property
    def metadata(self) -> dict[str, Any]:
        """The type and the format."""
        return {**super().metadata, "format": self.format}

    def _check(self, content: Content, media: str) -> None:
        """Sound has no end that could be missed: what was cut short still plays."""

    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        return {
            "openai": self._openai,
            "anthropic": lambda: self._unheard("anthropic"),
            "ollama": lambda: self._unheard("ollama"),
            "huggingface": self._plainly,
        }

    def _openai(self) -> dict[str, Any]:
        data = {"data": self.get_base64(), "format": self.format}
        return {"type": "input_audio", "input_audio": data}

    def _unheard(self, provider: str) -> NoReturn:
        raise UnsupportedFeatureError(
            "audio", f"'{self.name}' cannot be sent: {provider} takes no sound", provider=provider
        )
