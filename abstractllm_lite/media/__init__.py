"""Images, texts, tables, documents and sounds that go along with a prompt."""

from __future__ import annotations

from .audio import AudioInput
from .document import DocumentInput
from .factory import MediaFactory
from .formats import register_format
from .image import ImageInput
from .interface import MediaInput
from .processor import MediaProcessor
from .tabular import TabularInput
from .text import TextInput

__all__ = [
    "AudioInput",
    "DocumentInput",
    "ImageInput",
    "MediaFactory",
    "MediaInput",
    "MediaProcessor",
    "TabularInput",
    "TextInput",
    "register_format",
]
