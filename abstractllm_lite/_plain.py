"""Copies of plain data: what a user gave is never shared with a library that may change it."""

from __future__ import annotations

from typing import Any


def plain_copy(value: Any) -> Any:
    """The value with its dictionaries and lists copied at every depth, and nothing else."""
    if isinstance(value, dict):
        return {key: plain_copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain_copy(item) for item in value]
    return value
