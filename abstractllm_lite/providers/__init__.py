"""Providers: a base for authors of native ones, and the registry that finds them by name."""

from ..interface import AbstractLLMInterface
from .base import BaseProvider

__all__ = ["AbstractLLMInterface", "BaseProvider"]
