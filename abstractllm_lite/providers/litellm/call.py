"""One call as data: everything that is said to the vendor, decided before anything is sent."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ...utils.redaction import is_secret_name
from .wire import Exchange, Network, Tape

if TYPE_CHECKING:
    from pydantic import BaseModel

Transport = Literal["auto", "direct", "litellm"]
Taken = Literal["direct", "litellm"]

TIMEOUT = 600.0
MAX_RETRIES = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often: `timeout` seconds an attempt, `total` for the call or None."""

    timeout: float = TIMEOUT
    total: float | None = None
    max_retries: int = MAX_RETRIES


@dataclass(frozen=True, slots=True)
class Call:
    """A planned call. It is never changed: each attempt sends a copy of what stands here.

    `address` is what litellm is told; it names another vendor where the call takes another's road.
    `asks_usage` is whether a stream is asked for token counts, which some servers refuse;
    `transport` is the route that the caller wants; `tape` may answer in the vendor's place.
    """

    vendor: str
    model: str
    address: str
    messages: list[dict[str, Any]] = field(repr=False)
    parameters: Mapping[str, Any] = field(repr=False, default_factory=dict)
    connection: Mapping[str, Any] = field(repr=False, default_factory=dict)
    limits: Limits = Limits()
    network: Network = field(default_factory=Network)
    stream: bool = False
    asks_usage: bool = True
    schema: type[BaseModel] | None = None
    transport: Transport = "auto"
    warnings: tuple[str, ...] = ()
    tape: Tape | None = field(default=None, repr=False, compare=False)

    @property
    def route(self) -> str:
        """The vendor by whose rules litellm speaks."""
        return self.address.partition("/")[0]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The credentials given for this call, to be masked in whatever is told about it."""
        given = {**self.connection, **self.parameters}
        return (*_secrets(given), *self.network.secrets)


@dataclass(slots=True)
class Clock:
    """The time that a whole call has left, in seconds; it starts when it is made."""

    total: float | None
    started: float = field(default_factory=time.monotonic)

    @property
    def deadline(self) -> float | None:
        """The moment of `time.monotonic()` at which the call must have ended, or None."""
        return None if self.total is None else self.started + self.total

    def left(self) -> float:
        """Seconds until the deadline, infinite without one."""
        deadline = self.deadline
        return float("inf") if deadline is None else deadline - time.monotonic()


def _secrets(given: Mapping[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        if isinstance(value, Mapping):
            yield from _secrets(value)
        elif isinstance(value, str) and value and is_secret_name(name):
            yield value
            yield from _inner(value)


def _inner(key: str) -> Iterator[str]:
    """The texts of a key that is a JSON document."""
    try:
        document = json.loads(key)
    except ValueError:
        return
    if isinstance(document, Mapping):
        yield from (v for v in document.values() if isinstance(v, str) and len(v) >= _SHORTEST)


_SHORTEST = 8  # characters; masking shorter ones would mask words


_BYPASSED = "litellm's own connection carried this call: it has no request id, and no raw answer"


@dataclass(slots=True)
class Attempt:
    """One request of a call: the `number`-th, with the record of what happened on the wire.

    `route` is the one that it took; `wired` is whether our connection carried it,
    `bypassed` whether it was to and litellm's own did.
    """

    call: Call
    clock: Clock
    number: int
    exchange: Exchange = field(init=False)
    wired: bool = False
    route: Taken = "litellm"
    bypassed: bool = False

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the response warns of: the call's own, and how it was carried."""
        return (*self.call.warnings, _BYPASSED) if self.bypassed else self.call.warnings

    def __post_init__(self) -> None:
        call = self.call
        self.exchange = Exchange(
            call.limits.timeout, self.clock.deadline, call.stream, call.network, call.tape
        )
