"""The seam for recorded answers: who may answer a request in the vendor's place, or listen in.

The core knows the shape of a tape and whose it is; `testing` makes tapes, and sets them here. Of
those that are open a call takes the one that is bound to its provider, else the innermost of its
context (tasks and copied contexts have their parent's), else everyone's: the last resort for
threads that were started without a context.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ....exceptions import AbstractLLMError


@dataclass(frozen=True, slots=True)
class Played:
    """A recorded answer; its body has no content encoding."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Recording(Protocol):
    """Listens to the answer that comes over the wire."""

    url: str  # where the request goes

    def begin(self, status: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        """The answer's head has come."""

    def feed(self, data: bytes) -> None:
        """Bytes of its body have come, as they were sent."""

    def end(self, *, whole: bool) -> None:
        """Nothing more will come; `whole` is whether this is the answer's end. Called once."""


class Tape(Protocol):
    """What stands between the wire's requests and the network."""

    @property
    def is_open(self) -> bool:
        """Whether it still answers; one that does not is passed over."""

    def ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Played | Recording | None:
        """The answer, or who listens to the vendor's, or None to send the request as it is.

        Raises Unanswered where it must not be sent.
        """

    def unseen(self, vendor: str, base_url: str | None) -> None:
        """A call goes to the vendor past the wire. Raises Unanswered where it must not."""


class Unanswered(Exception):
    """Carries an error through HTTP clients, which would take it for a lost connection.

    It was never raised itself, so it refers to no frame of the request.
    """

    def __init__(self, error: AbstractLLMError) -> None:
        super().__init__(str(error))
        self.abstractllm_error = error


_bound: WeakKeyDictionary[object, tuple[Tape, ...]] = WeakKeyDictionary()
_context: ContextVar[tuple[Tape, ...]] = ContextVar("abstractllm_lite_tapes", default=())
_everyones: list[Tape] = []  # one at most


def tape_of(provider: object) -> Tape | None:
    """The tape for a call that the provider makes here and now."""
    if _bound and (own := _innermost(_bound.get(provider, ()))):
        return own
    return here()


def here() -> Tape | None:
    """The tape of this context, else everyone's."""
    return _innermost(_context.get()) or (_everyones[0] if _everyones else None)


def _innermost(tapes: tuple[Tape, ...]) -> Tape | None:
    return next((tape for tape in reversed(tapes) if tape.is_open), None)


def bind(tape: Tape, provider: object) -> None:
    """Give the provider's calls the tape, wherever they are made. A copy of it is not bound."""
    _bound[provider] = (*_bound.get(provider, ()), tape)


def unbind(tape: Tape, provider: object) -> None:
    """Take it away again."""
    kept = _without(tape, _bound.pop(provider, ()))
    if kept:
        _bound[provider] = kept


def enter(tape: Tape) -> None:
    """Give the calls of this context the tape, and those of contexts copied from it."""
    _context.set((*_context.get(), tape))


def leave(tape: Tape) -> None:
    """Take it away from this context, whether or not it was entered here."""
    _context.set(_without(tape, _context.get()))


def _without(tape: Tape, tapes: tuple[Tape, ...]) -> tuple[Tape, ...]:
    return tuple(each for each in tapes if each is not tape)


def give_everyone(tape: Tape | None) -> None:
    """Set the tape for calls that have no other; None for the network."""
    _everyones[:] = [] if tape is None else [tape]


_NOTHING: AbstractContextManager[None] = nullcontext()


def within(tape: Tape | None) -> AbstractContextManager[None]:
    """Within, what is sent past the wire finds the tape of its call."""
    return _NOTHING if tape is None else _within(tape)


@contextmanager
def _within(tape: Tape) -> Iterator[None]:
    before = _context.get()
    enter(tape)
    try:
        yield
    finally:
        _context.set(before)
