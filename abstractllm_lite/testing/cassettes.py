"""`use_cassette`: inside it, recorded answers come from a file and new ones go into it."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

from . import form, match, scrub, store
from .detour import Detour
from .errors import CassetteError, CassetteMiss
from .keys import Secrets

__all__ = ["Cassette", "Record", "use_cassette"]

Record = Literal["none", "once", "new", "rewrite", "all"]
Interaction = dict[str, Any]
Body = bytes | str | None

ENVIRONMENT: Final = "ABSTRACTLLM_LITE_RECORD"


@dataclass(frozen=True)
class _Mode:
    """`keeps` what the file held, `plays` it, `records` what it lacks."""

    keeps: bool
    plays: bool
    records: bool


_MODES: Final[dict[str, _Mode]] = {
    "none": _Mode(keeps=True, plays=True, records=False),
    "once": _Mode(keeps=True, plays=True, records=False),  # a file that is not there: as "new"
    "new": _Mode(keeps=True, plays=True, records=True),
    "rewrite": _Mode(keeps=False, plays=False, records=True),
    "all": _Mode(keeps=True, plays=False, records=True),
}


def use_cassette(
    path: str | os.PathLike[str],
    *,
    record: Record | None = None,
    record_via: Mapping[str, str] | None = None,
    stand_in: str | None = None,
    secrets: Iterable[str] = (),
) -> Cassette:
    """A context in which HTTP requests are answered from the file; for sync and async code alike.

    `record` is "none" (replay only; the default, unless ABSTRACTLLM_LITE_RECORD says otherwise),
    "once" (record when there is no file), "new" (replay what is there, record the rest),
    "rewrite" (record into a new file) or "all" (send everything, replace what was asked again).
    `record_via` sends requests for a vendor's address to a stand-in's, `{vendor: stand-in}`, while
    recording; the file keeps the vendor's address and names the `stand_in`, as in "aimock 1.43.0".
    `secrets` are texts that must not be written, besides all credentials seen in requests.
    """
    mode = record or os.environ.get(ENVIRONMENT) or "none"
    if mode not in _MODES:
        raise CassetteError(f"record mode {mode!r} is none of {', '.join(_MODES)}")
    given = (secrets,) if isinstance(secrets, str) else tuple(secrets)
    return Cassette(Path(path), mode, Detour(record_via or {}, stand_in), given)


class Cassette:
    """A recorded conversation; `with` puts it between the HTTP clients and the network.

    While it is open, every request of the process goes through it, whichever thread sends it.
    """

    def __init__(self, path: Path, record: str, detour: Detour, secrets: tuple[str, ...]) -> None:
        self.path = path
        self.record = record
        self.header: dict[str, Any] = {}
        self.interactions: list[Interaction] = []
        self._detour = detour
        self._given = Secrets(secrets)
        self._known = Secrets(secrets)
        self._mode = _MODES[record]
        self._origin: list[str] = []
        self._fresh: list[Interaction] = []
        self._waiting: dict[str, deque[Interaction]] = {}
        self._lock = threading.Lock()
        self._open = False
        self._patches = ExitStack()

    @property
    def recorded_from(self) -> str:
        """Who gave the answers: a vendor's host, or a stand-in, which is called one."""
        return ", ".join(store.sources(self.header))

    @property
    def unused(self) -> list[str]:
        """The recorded requests that nobody has made yet, as method and address."""
        with self._lock:
            waiting = [item["request"] for left in self._waiting.values() for item in left]
        return [match.title(request) for request in waiting]

    def __repr__(self) -> str:
        return f"<Cassette {self.path}: {len(self.interactions)} recorded, record={self.record!r}>"

    def __enter__(self) -> Self:
        from .vcr_door import opened

        if self._open:
            raise CassetteError(f"{self.path} is open already")
        self._load()
        self._patches.enter_context(opened(self, self._detour))
        self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._patches.close()
        self._open = False
        # A rewriting that failed half-way must not cost the conversation that was there.
        if self._fresh and (error is None or self._mode.keeps):
            self._save()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def request(self, method: str, uri: str, headers: Mapping[str, Any], body: Body) -> Interaction:
        """A request as it is compared; while recording, its credentials are remembered."""
        if self._mode.records:
            self._known.learn(scrub.credentials(headers, uri))
        asked = {
            "method": method,
            "uri": uri,
            "headers": scrub.allowed(headers, scrub.REQUEST_HEADERS),
            # Clients differ, and change their minds, about the order of keys; files should not.
            "body": match.in_order(form.unpack_body(body)),
        }
        return scrub.clean(asked, self._given)

    def can_answer(self, request: Interaction) -> bool:
        """True to replay, False to send the request on; CassetteMiss when neither is allowed."""
        with self._lock:
            answered = bool(self._waiting.get(match.canonical(request)))
        if not answered and not self._mode.records:
            raise self._miss(request)
        return answered

    def answer(self, request: Interaction) -> Interaction:
        """The next recorded response to the request, which is thereby used up."""
        with self._lock:
            waiting = self._waiting.get(match.canonical(request))
            response: Interaction | None = waiting.popleft()["response"] if waiting else None
        if response is None:
            raise self._miss(request)
        return response

    def add(
        self, request: Interaction, status: Interaction, headers: Mapping[str, Any], body: Body
    ) -> None:
        """Record one answer; it is cleaned of secrets when the cassette is left."""
        self._known.learn(scrub.credentials(headers))
        response = {
            "status": status,
            "headers": scrub.allowed(headers, scrub.RESPONSE_HEADERS),
            "body": form.unpack_body(body),
        }
        with self._lock:
            self._origin.append(self._detour.source(request["uri"]))
            self._fresh.append({"request": request, "response": response})

    def _load(self) -> None:
        there = self.path.is_file()
        self._mode = _MODES["new" if self.record == "once" and not there else self.record]
        known = there and self._mode.keeps
        self.header, self.interactions = store.read(self.path) if known else ({}, [])
        self._origin, self._fresh, self._waiting = [], [], {}
        for interaction in self.interactions if self._mode.plays else ():
            key = match.canonical(interaction["request"])
            self._waiting.setdefault(key, deque()).append(interaction)

    def _save(self) -> None:
        fresh = [scrub.clean(interaction, self._known) for interaction in self._fresh]
        kept = self.interactions if self._mode.plays else _not_again(self.interactions, fresh)
        origin = [*(store.sources(self.header) if kept else ()), *self._origin]
        self.header = store.write(self.path, origin, [*kept, *fresh], self._known)
        self.interactions, self._fresh = [*kept, *fresh], []

    def _miss(self, request: Interaction) -> CassetteMiss:
        recorded = [interaction["request"] for interaction in self.interactions]
        what = f"{self.path} (record mode {self.record})"
        if not self.path.is_file():
            what = f"{self.path}, which is not there (record mode {self.record})"
        return CassetteMiss(match.explanation(what, request, recorded))


def _not_again(old: list[Interaction], fresh: list[Interaction]) -> list[Interaction]:
    again = {match.canonical(interaction["request"]) for interaction in fresh}
    return [item for item in old if match.canonical(item["request"]) not in again]
