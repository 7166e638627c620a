"""A cassette's file: read with suspicion, written whole or not at all."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from .. import __version__
from . import form, large, scrub
from .errors import CassetteError, SecretInCassette
from .keys import Secrets

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Stamp", "read", "sources", "stamp", "write"]

Interaction = dict[str, Any]
Header = dict[str, Any]
Stamp = tuple[int, int] | None


def stamp(path: Path) -> Stamp:
    """What changes when the file does; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def read(path: Path) -> tuple[Header, list[Interaction]]:
    """The header and the interactions of a file; it is refused when it is broken or holds a key."""
    try:
        document = form.load(path.read_text(encoding="utf-8"))
        interactions = large.put_back(document["interactions"], path)
    except (CassetteError, UnicodeDecodeError) as error:
        raise CassetteError(f"{path}: {error}") from error
    _refuse_secrets(path, interactions, Secrets(), "not used")
    header = document.get("header")
    return header if isinstance(header, dict) else {}, interactions


def write(
    path: Path, origin: Iterable[str], interactions: list[Interaction], secrets: Secrets
) -> Header:
    """Write the file anew and return its header; it is refused when a secret is left in it."""
    _refuse_secrets(path, interactions, secrets, "not written")
    header = _header(origin)
    path.parent.mkdir(parents=True, exist_ok=True)
    told = large.laid_aside(interactions, path)
    document = {"header": header, "version": form.VERSION, "interactions": told}
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(form.dump(document), encoding="utf-8", newline="\n")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return header


def sources(header: Header) -> list[str]:
    """Who gave the answers, as the header tells."""
    told = header.get("recorded_from", [])
    return [str(name) for name in told] if isinstance(told, list) else [str(told)]


def _refuse_secrets(
    path: Path, interactions: list[Interaction], secrets: Secrets, outcome: str
) -> None:
    for number, interaction in enumerate(interactions, 1):
        if place := scrub.leaks(interaction, secrets):
            found = f"interaction {number} holds a key in its {place}"
            raise SecretInCassette(f"{path} was {outcome}: {found}")


def _header(origin: Iterable[str]) -> Header:
    names = sorted(set(origin))
    return {
        "recorded_from": names[0] if len(names) == 1 else names,
        "recorded_at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recorded_with": _versions(),
    }


def _versions() -> dict[str, str]:
    used = ["vcrpy", *(["litellm"] if "litellm" in sys.modules else [])]
    return {
        "abstractllm-lite": __version__,
        **{name: _version(name) for name in used},
        "python": platform.python_version(),
    }


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "unknown"
