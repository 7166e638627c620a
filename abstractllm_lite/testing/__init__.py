"""For tests, examples and notebooks: conversations recorded once and replayed for ever, a model
that answers by script, and the contract that every provider keeps.

Nothing in the package imports this room; importing it loads neither vcrpy nor pytest nor litellm.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cassettes import Cassette, use_cassette
    from .contract import ProviderContract
    from .errors import (
        CassetteError,
        CassetteMiss,
        CassetteWarning,
        LiveCallError,
        ScriptUsedUp,
        SecretInCassette,
    )
    from .fake import FakeLLM
    from .script import Asked

__all__ = [
    "Asked",
    "Cassette",
    "CassetteError",
    "CassetteMiss",
    "CassetteWarning",
    "FakeLLM",
    "LiveCallError",
    "ProviderContract",
    "ScriptUsedUp",
    "SecretInCassette",
    "use_cassette",
]

_HOMES = {
    "Asked": "script",
    "Cassette": "cassettes",
    "FakeLLM": "fake",
    "ProviderContract": "contract",
    "use_cassette": "cassettes",
}


def __getattr__(name: str) -> Any:
    # pytest loads the plugin in each of its runs, most of which record nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(f".{_HOMES.get(name, 'errors')}", __name__)
    value = globals()[name] = getattr(home, name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
