"""What can go wrong with a cassette or a script: no vendor's failure, and not worth a retry.

AbstractLLMError
└── CassetteError          the file cannot be read, written or used as asked
    ├── CassetteMiss       it holds no answer for a request
    └── SecretInCassette   it holds a key, or would
AbstractLLMError
└── ScriptUsedUp           a FakeLLM was asked more often than it has answers
"""

from __future__ import annotations

from ..exceptions import AbstractLLMError

__all__ = ["CassetteError", "CassetteMiss", "ScriptUsedUp", "SecretInCassette", "Unanswered"]


class CassetteError(AbstractLLMError):
    """A cassette cannot be read, written or used as asked; its file stays as it was."""


class CassetteMiss(CassetteError):
    """The cassette holds no answer for a request, and its record mode forbids asking for one."""


class SecretInCassette(CassetteError):
    """A cassette holds a key, or would if it were written; the message says where, not what."""


class ScriptUsedUp(AbstractLLMError):
    """A FakeLLM was asked more often than it has answers."""


class Unanswered(Exception):
    """Carries a CassetteMiss through the HTTP clients, which would take it for a lost connection.

    Whoever finds one in a chain of exceptions raises its `abstractllm_error` instead.
    """

    def __init__(self, miss: CassetteMiss) -> None:
        super().__init__(str(miss))
        self.abstractllm_error = miss
