"""Recorded conversations for tests, examples and notebooks: record once, replay for ever, offline.

Nothing in the package imports this room; importing it loads neither vcrpy nor pytest nor litellm.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cassettes import Cassette, use_cassette
    from .errors import (
        CassetteError,
        CassetteMiss,
        CassetteWarning,
        LiveCallError,
        SecretInCassette,
    )

__all__ = [
    "Cassette",
    "CassetteError",
    "CassetteMiss",
    "CassetteWarning",
    "LiveCallError",
    "SecretInCassette",
    "use_cassette",
]

_HOMES = {"Cassette": "cassettes", "use_cassette": "cassettes"}


def __getattr__(name: str) -> Any:
    # pytest loads the plugin in each of its runs, most of which record nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f".{_HOMES.get(name, 'errors')}", __name__)
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
