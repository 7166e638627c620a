"""Which cassettes are open, and for whom.

The wire asks its own tape (see `wire.tape`); here stands who is put there. vcrpy's patches, for
clients that are not the wire's, lie on their classes while any cassette is open, once for all.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from ..providers.litellm.wire import tape
from .errors import CassetteError, Unanswered

if TYPE_CHECKING:
    from .cassettes import Cassette

__all__ = ["current", "eject", "guarded_by", "insert", "recording"]

_LOCK = threading.RLock()
_open: list[Cassette] = []
_everyones: list[Cassette] = []  # those that are open for whoever has no other
_guard: list[tape.Tape] = []  # one at most
_patches = ExitStack()


def insert(cassette: Cassette, providers: Sequence[Any]) -> None:
    """Open a cassette for the providers' calls, or for this context where none is given."""
    from . import vcr_door

    with _LOCK:
        if not _open:
            _patches.enter_context(vcr_door.installed(current))
        _open.append(cassette)
        for provider in providers:
            tape.bind(cassette, provider)
        if not providers:
            _everyones.append(cassette)
            tape.enter(cassette)
        _settle()


def eject(cassette: Cassette, providers: Sequence[Any]) -> None:
    """Close it again."""
    with _LOCK:
        for provider in providers:
            tape.unbind(cassette, provider)
        tape.leave(cassette)
        _everyones[:] = [each for each in _everyones if each is not cassette]
        _open.remove(cassette)
        _settle()
        if not _open:
            _patches.close()


def current() -> Cassette | None:
    """The cassette of a request that is made here and now. Raises Unanswered where several may be
    meant."""
    found = tape.here()
    if isinstance(found, Several):
        raise found.refusal()
    return next((cassette for cassette in _open if cassette is found), None)


def guarded_by(guard: tape.Tape | None) -> tape.Tape | None:
    """Set who decides on calls outside all cassettes, None for the network itself; returns who did
    before."""
    with _LOCK:
        before = next(iter(_guard), None)
        _guard[:] = [] if guard is None else [guard]
        _settle()
    return before


def recording() -> bool:
    """Whether any open cassette records, so that somebody may call a vendor."""
    return any(cassette.records for cassette in list(_open))


def _settle() -> None:
    if len(_everyones) > 1:
        tape.give_everyone(Several(tuple(_everyones)))
    else:
        tape.give_everyone(next(iter((*_everyones, *_guard)), None))


class Several:
    """In the place of a cassette where several are open, and nothing says whose a request is."""

    is_open = True

    def __init__(self, cassettes: tuple[Cassette, ...]) -> None:
        self._cassettes = cassettes

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Refuse the request."""
        raise self.refusal()

    def unseen(self, vendor: str, base_url: str | None) -> None:
        """Refuse the call."""
        raise self.refusal()

    def refusal(self) -> Unanswered:
        """What is raised in the place of an answer."""
        names = ", ".join(str(cassette.path) for cassette in self._cassettes)
        return Unanswered(
            CassetteError(
                f"several cassettes are open ({names}) and this thread was started without the "
                "context of any. Bind one to the provider, as in use_cassette(path, llm), or start "
                "the thread with contextvars.copy_context().run"
            )
        )
