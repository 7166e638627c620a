"""Recorded conversations for tests, examples and notebooks: record once, replay for ever, offline.

Nothing in the package imports this room; importing it loads neither vcrpy nor pytest nor litellm.
"""

from __future__ import annotations

from .cassettes import Cassette, use_cassette
from .errors import CassetteError, CassetteMiss, SecretInCassette

__all__ = ["Cassette", "CassetteError", "CassetteMiss", "SecretInCassette", "use_cassette"]
