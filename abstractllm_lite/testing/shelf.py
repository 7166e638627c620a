"""The recorded answers that nobody has had yet, found by what their requests mean."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable
from typing import Any

from . import match

__all__ = ["Shelf"]

Interaction = dict[str, Any]


class Shelf:
    """A cassette's answers; those to equal requests are had in the order of their recording."""

    def __init__(self, interactions: Iterable[Interaction] = ()) -> None:
        self._all = list(interactions)
        self._had: set[int] = set()
        self._waiting: dict[bytes, deque[Interaction]] = {}
        self._lock = threading.Lock()
        for interaction in self._all:
            key = match.key(interaction["request"])
            self._waiting.setdefault(key, deque()).append(interaction)

    def holds(self, request: Interaction) -> bool:
        """Whether an answer to the request is left."""
        return bool(self._waiting.get(match.key(request)))

    def take(self, request: Interaction) -> Interaction | None:
        """The next response to the request, which is thereby used up; None where none is left."""
        key = match.key(request)
        with self._lock:
            waiting = self._waiting.get(key)
            if not waiting:
                return None
            found = waiting.popleft()
            self._had.add(id(found))
        response: Interaction = found["response"]
        return response

    def left(self) -> list[Interaction]:
        """The requests whose answers nobody has had, in the order of their recording."""
        with self._lock:
            return [each["request"] for each in self._all if id(each) not in self._had]
