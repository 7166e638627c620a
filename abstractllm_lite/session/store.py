"""A conversation's file, in AbstractLLM's format: written whole or not at all."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..exceptions import FileProcessingError


def write(path: Path, data: Mapping[str, Any]) -> None:
    """Write the file anew. Raises FileProcessingError, and leaves an older file as it was."""
    try:
        text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _failure(path, f"cannot be saved: {error}", error) from None
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        _write_through(part, text)
        part.replace(path)
    except OSError as error:
        raise _failure(path, f"cannot be saved: {error.strerror}", error) from None
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> dict[str, Any]:
    """What a file holds. Raises FileProcessingError for one that is no conversation."""
    try:
        data = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise _failure(path, f"cannot be read: {error.strerror}", error) from None
    except ValueError as error:
        raise _failure(path, f"is damaged: {error}", error) from None
    if not isinstance(data, dict) or not isinstance(data.get("messages"), list):
        raise _failure(path, "is no saved session: it has no list of messages", None)
    return data


def damaged(path: Path, error: Exception) -> FileProcessingError:
    """The error for a file whose parts are not what they must be."""
    return _failure(path, f"is damaged: {type(error).__name__}: {error}", error)


def without_its_file(path: Path, error: Exception) -> FileProcessingError:
    """The error for a sound file whose messages refer to one that is gone or was changed."""
    remedy = "put it back as it was; save(..., embed_files=True) keeps files in the session's own"
    return _failure(path, f"refers to another file. {error}: {remedy}", error)


def _failure(path: Path, what: str, error: Exception | None) -> FileProcessingError:
    return FileProcessingError(
        f"the session file '{path}' {what}", file_path=str(path), original_exception=error
    )


def _write_through(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
