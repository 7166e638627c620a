"""What can go wrong with a cassette or a script: no vendor's failure, and not worth a retry.

AbstractLLMError
├── CassetteError          the file cannot be read, written or used as asked
│   ├── CassetteMiss       it holds no answer for a request
│   └── SecretInCassette   it holds a key, or would
├── ScriptUsedUp           a FakeLLM was asked more often than it has answers
└── LiveCallError          the guard refused a call that would have left this machine
"""

from __future__ import annotations

from ..exceptions import AbstractLLMError
from ..providers.litellm.wire.tape import Unanswered

__all__ = [
    "CassetteError",
    "CassetteMiss",
    "CassetteWarning",
    "LiveCallError",
    "ScriptUsedUp",
    "SecretInCassette",
    "Unanswered",
]


class CassetteError(AbstractLLMError):
    """A cassette cannot be read, written or used as asked; its file stays as it was."""


class CassetteMiss(CassetteError):
    """The cassette holds no answer for a request, and its record mode forbids asking for one."""


class SecretInCassette(CassetteError):
    """A cassette holds a key, or would if it were written; the message says where, not what."""


class LiveCallError(AbstractLLMError):
    """A test would have called a vendor outside a recording cassette; nothing was sent."""


class ScriptUsedUp(AbstractLLMError):
    """A FakeLLM was asked more often than it has answers."""


class CassetteWarning(UserWarning):
    """An answer was not recorded, since it did not come whole."""
