"""AbstractLLM's checks of tools, their arguments and their results, by JSON Schema."""

from __future__ import annotations
