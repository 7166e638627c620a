"""The record of one attempt: what was sent and answered on the wire, and how long it may wait."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol

from .environment import Network

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ....exceptions import AbstractLLMError
    from .tape import Recording, Tape

FaultKind = Literal[
    "connect",
    "dropped",
    "timeout",
    "redirect",
    "truncated",
    "bad_body",
    "error_event",
    "invalid",
    "resend",
    "closed",
]

Dialect = Literal["sse", "ndjson", "eventstream"]

LATE = "no answer in time"

_WORDS: dict[FaultKind, str] = {
    "connect": "no connection to {peer}",  # refused, unknown host, TLS, proxy
    "dropped": "the connection broke",  # or what came over it was no HTTP
    "timeout": LATE,  # the attempt's timeout or the call's deadline
    "redirect": "a redirect was not followed",
    "truncated": "the stream ended without the vendor's end mark",
    "bad_body": "the answer cannot be read",  # no stream, a damaged event, broken compression
    "error_event": "the stream ended in the vendor's error event",
    "invalid": "the request was not sent",  # no HTTP, or the network's settings are unusable
    "resend": "a second request within one attempt was not sent",
    "closed": "the attempt was over",  # read, or asked again, after its release
}

BODY_LIMIT = 64 * 1024  # bytes of a failure's body that are kept
_PLAIN = Network()
_GRACE = 0.1  # seconds that a finished stream may take to give its connection back
_LONGEST = 86_400.0  # seconds; sockets refuse a timeout of some weeks and more


class WireFault(Exception):
    """What went wrong on the wire.

    `reused`: the connection had served an earlier request. `answered`: the vendor's status had
    arrived. A request that was dropped on a reused connection before any answer is safe to repeat.
    """

    def __init__(
        self, kind: FaultKind, message: str, *, reused: bool = False, answered: bool = False
    ) -> None:
        super().__init__(kind, message)
        self.kind: FaultKind = kind
        self.message = message
        self.reused = reused
        self.answered = answered

    def __str__(self) -> str:
        return self.message


class Line(Protocol):
    """An open answer, as the exchange sees it."""

    def release(self, *, finished: bool = False) -> None: ...

    async def arelease(self, *, finished: bool = False) -> None: ...


class Exchange:
    """One attempt: its clock, set by the caller, and its facts, filled in by the wire.

    `timeout` (seconds) bounds the waiting of a plain attempt; in a stream the opening and each gap
    between two calls of `pulse()`. Only time spent waiting on the wire counts, not the consumer's.
    `deadline` (`time.monotonic()`) bounds everything, name look-ups included.
    """

    def __init__(
        self,
        timeout: float,
        deadline: float | None = None,
        stream: bool = False,
        network: Network = _PLAIN,
        tape: Tape | None = None,
    ) -> None:
        self.timeout = timeout
        self.deadline = deadline
        self.stream = stream
        self.network = network
        self.tape = tape  # answers in the vendor's place, or listens in
        self.unanswered: AbstractLLMError | None = None  # why the tape did not
        self.dialect: Dialect | None = None  # how the vendor streams, where its end is known
        self.requests = 0  # handed to a connection; 0 after an answer means the wire was bypassed
        self.peer = "the vendor"  # host and port that the request is for
        self.status: int | None = None
        self.headers: dict[str, str] = {}  # the answer's, names in lower case
        self.silent = True  # nothing of the answer's body has come
        self.body = b""  # the start of a failure's: of an error, or of no stream; decoded
        self.content = b""  # the whole body of a plain 2xx answer, decoded
        self.fault: WireFault | None = None  # the first one
        self.ended: bool | None = False  # the end was seen; None where its mark is not known
        self.reasoned: bool | None = None  # a finish reason was seen, or the end came without one
        # The rest is between the wire's own modules.
        self.allowed = 1  # requests: one, and one more for each redirect that is followed
        self.dialled = False  # a new connection was tried
        self.over = False  # released
        self.lent = False  # the client may be used by strangers afterwards
        self.heard: Recording | None = None  # of a stream whose reader alone can tell its end
        self._waited = 0.0
        self._line: Line | None = None

    def pulse(self) -> None:
        """Content arrived: the next gap begins."""
        self._waited = 0.0

    def release(self, finished: bool = False) -> None:
        """End the attempt: give the connection back where the end was seen, else close it.

        `finished` says that the caller saw the end. Takes 0.1 s at most. May be called again, from
        finalisers, and for an async exchange too (its connection is then closed by its loop).
        """
        self.over = True
        if self._line is not None:
            self._line.release(finished=finished)
        self._settle(finished)

    async def arelease(self, finished: bool = False) -> None:
        """As `release`, within the event loop of an async exchange."""
        self.over = True
        if self._line is not None:
            await self._line.arelease(finished=finished)
        self._settle(finished)

    @property
    def spoken(self) -> bool:
        """Whether the vendor has said all that it had to say: its end, or what failed."""
        failed = self.fault is not None and self.fault.kind == "error_event"
        return failed or self.ended is True or not 200 <= (self.status or 0) < 300

    def _settle(self, finished: bool) -> None:
        heard, self.heard = self.heard, None
        if heard is not None:
            heard.end(whole=finished or self.spoken)

    def left(self) -> float:
        """Seconds that may still be waited; zero or less when time is up."""
        left = min(self.timeout - self._waited, _LONGEST)
        return left if self.deadline is None else min(left, self.deadline - time.monotonic())

    def waited(self, seconds: float) -> None:
        """Count `seconds` of waiting."""
        self._waited += seconds

    def admit(self) -> None:
        """Count one request; raise WireFault for one that nobody decided on."""
        if self.over:
            raise self.fail("closed")
        if self.requests >= self.allowed:
            raise self.fail("resend")
        self.requests += 1
        self.dialled = False

    def answer(self, status: int, headers: Iterable[tuple[str, str]]) -> None:
        """Record the answer's head."""
        self.status, self.ended, self.silent = status, False, True
        self.headers = {name.lower(): value for name, value in headers}

    def hold(self, line: Line | None) -> None:
        """Remember the open answer, for `release`."""
        self._line = line

    @contextmanager
    def grace(self) -> Iterator[None]:
        """Within, the rest of a finished answer is read, and that has 0.1 s.

        The attempt's own time goes on afterwards: litellm hands out more of what it has read.
        """
        before = self.timeout, self._waited
        self.timeout, self._waited = _GRACE, 0.0
        try:
            yield
        finally:
            self.timeout, self._waited = before

    def fail(self, kind: FaultKind, detail: str = "") -> WireFault:
        """Record a fault, unless an earlier one stands, and return it."""
        words = _WORDS[kind].format(peer=self.peer)
        message = f"{words}: {detail}" if detail else words
        reused = kind == "dropped" and not self.dialled
        fault = WireFault(kind, message, reused=reused, answered=self.status is not None)
        self.fault = self.fault or fault
        return fault
