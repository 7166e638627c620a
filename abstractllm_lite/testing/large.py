"""Large contents of a cassette, such as images: each once, by its hash, in a folder beside it.

In the file stands `stored-sha256:…` where the content was; the folder is `<cassette>.bodies`.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .errors import CassetteError

__all__ = ["folder_of", "forget", "laid_aside", "put_back"]

LONGEST = 16 * 1024  # characters that a file still reads well with
_STORED = re.compile(r"stored-sha256:([0-9a-f]{64})")
_BODIES = ("json", "base64")  # event streams stay readable


def folder_of(path: Path) -> Path:
    """Where a cassette's large contents are."""
    return path.with_name(f"{path.name}.bodies")


def laid_aside(interactions: list[Any], path: Path) -> list[Any]:
    """The interactions as they are written; what is large in them goes into the folder."""
    folder, kept = folder_of(path), set[str]()

    def aside(text: str) -> str:
        if len(text) <= LONGEST:
            return text
        digest = hashlib.sha256(text.encode()).hexdigest()
        kept.add(digest)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / digest).write_text(text, encoding="utf-8", newline="")
        return f"stored-sha256:{digest}"

    told = _over_bodies(interactions, aside)
    for old in folder.glob("*") if folder.is_dir() else ():
        if old.name not in kept:
            old.unlink()
    if not kept:
        forget(path)
    return told


def put_back(interactions: list[Any], path: Path) -> list[Any]:
    """The interactions as they were. Raises CassetteError where a content is gone or changed."""

    def back(text: str) -> str:
        found = _STORED.fullmatch(text)
        return text if found is None else _content(folder_of(path) / found[1])

    return _over_bodies(interactions, back)


def forget(path: Path) -> None:
    """Delete a cassette's folder."""
    shutil.rmtree(folder_of(path), ignore_errors=True)


def _content(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            text = opened.read()
    except (OSError, UnicodeDecodeError) as error:
        raise CassetteError(f"its content {file.name} cannot be read: {error}") from error
    if hashlib.sha256(text.encode()).hexdigest() != file.name:
        raise CassetteError(f"its content {file.name} is not what was recorded")
    return text


def _over_bodies(interactions: list[Any], change: Callable[[str], str]) -> list[Any]:
    return [_over(interaction, change) for interaction in interactions]


def _over(interaction: Any, change: Callable[[str], str]) -> Any:
    """The interaction with the texts of its bodies changed."""
    if not isinstance(interaction, dict):
        return interaction
    told = dict(interaction)
    for side in ("request", "response"):
        if isinstance(body := (told.get(side) or {}).get("body"), dict):
            changed = {n: _texts(v, change) if n in _BODIES else v for n, v in body.items()}
            told[side] = {**told[side], "body": changed}
    return told


def _texts(tree: Any, change: Callable[[str], str]) -> Any:
    if isinstance(tree, str):
        return change(tree)
    if isinstance(tree, dict):
        return {name: _texts(item, change) for name, item in tree.items()}
    return [_texts(item, change) for item in tree] if isinstance(tree, list) else tree
