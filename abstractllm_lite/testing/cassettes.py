"""`use_cassette`: inside it, recorded answers come from a file and new ones go into it."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ..providers.litellm.wire.tape import Played
from . import command, deck, form, match, scrub, store
from .detour import Detour
from .errors import CassetteError, CassetteMiss, CassetteWarning, Unanswered
from .keys import Secrets
from .modes import MODES, Record, mode_named
from .shelf import Shelf
from .taking import Taking

if TYPE_CHECKING:
    from ..interface import AbstractLLMInterface

__all__ = ["Cassette", "use_cassette"]

Interaction = dict[str, Any]
Body = bytes | str | None

_SAVING = threading.Lock()


def use_cassette(
    path: str | os.PathLike[str],
    *llms: AbstractLLMInterface,
    record: Record | None = None,
    record_via: Mapping[str, str] | None = None,
    stand_in: str | None = None,
    secrets: Iterable[str] = (),
) -> Cassette:
    """A context in which requests are answered from the file; for sync and async code alike.

    With `llms` (litellm providers) it answers their calls alone, in whatever thread or task they
    are made. Without, it answers the calls of its context, of the tasks that are started in it, and
    of threads that have no other cassette.

    `record` is "none" (replay only; the default, unless ABSTRACTLLM_LITE_RECORD says otherwise),
    "once" (record when there is no file), "new" (replay what is there, record the rest),
    "rewrite" (record into a new file) or "all" (send everything, replace what was asked again).
    `record_via` sends requests for a vendor's address to a stand-in's, `{vendor: stand-in}`, while
    recording; the file keeps the vendor's address and names the `stand_in`, as in "aimock 1.43.0".
    `secrets` are texts that must not be written, besides all credentials seen in requests.
    """
    given = (secrets,) if isinstance(secrets, str) else tuple(secrets)
    return Cassette(
        Path(path), mode_named(record), Detour(record_via or {}, stand_in), given, _bindable(llms)
    )


def _bindable(llms: tuple[Any, ...]) -> tuple[Any, ...]:
    from ..providers.litellm.provider import LiteLLMProvider

    for llm in llms:
        if not isinstance(llm, LiteLLMProvider):
            raise CassetteError(
                f"a cassette binds to litellm's providers, not to a {type(llm).__name__}; without "
                "it the cassette answers all calls of its context"
            )
    return llms


class Cassette:
    """A recorded conversation; `with` puts it between the calls and the network."""

    def __init__(
        self,
        path: Path,
        record: str,
        detour: Detour,
        secrets: tuple[str, ...] = (),
        llms: tuple[Any, ...] = (),
    ) -> None:
        self.path = path
        self.record = record
        self.header: dict[str, Any] = {}
        self.interactions: list[Interaction] = []
        self.hits = 0
        self.missed: list[str] = []
        self._detour = detour
        self._given = Secrets(secrets)
        self._known = Secrets(secrets)
        self._llms = llms
        self._mode = MODES[record]
        self._shelf = Shelf()
        self._takings: list[Taking] = []
        self._stamp: store.Stamp = None
        self._open = False

    @property
    def is_open(self) -> bool:
        """Whether it is between the calls and the network."""
        return self._open

    @property
    def records(self) -> bool:
        """Whether it asks the vendor for what it has no answer to."""
        return self._mode.records

    @property
    def recorded_from(self) -> str:
        """Who gave the answers: a vendor's host, or a stand-in, which is called one."""
        return ", ".join(store.sources(self.header))

    @property
    def unused(self) -> list[str]:
        """The recorded requests that nobody has made yet, as method and address."""
        return [match.title(request) for request in self._shelf.left()]

    @property
    def live(self) -> list[str]:
        """The requests that were sent on since it was opened, as method and address."""
        return [match.title(taking.request) for taking in self._takings]

    @property
    def fresh(self) -> int:
        """How many answers it has recorded since it was opened."""
        return sum(taking.interaction is not None for taking in self._takings)

    @property
    def broken(self) -> list[str]:
        """Those of them whose answers were not recorded, since they did not come whole."""
        return [match.title(taking.request) for taking in self._takings if taking.broken]

    def __repr__(self) -> str:
        return f"<Cassette {self.path}: {len(self.interactions)} recorded, record={self.record!r}>"

    def __enter__(self) -> Self:
        if self._open:
            raise CassetteError(f"{self.path} is open already")
        self._load()
        self._open = True
        try:
            deck.insert(self, self._llms)
        except CassetteError:
            self._open = False
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open = False
        deck.eject(self, self._llms)
        fresh = [taking.interaction for taking in self._takings if taking.interaction]
        # A rewriting that failed half-way must not cost the conversation that was there.
        if fresh and (error is None or self._mode.keeps):
            self._save(fresh)
        if self.broken and error is None:
            told = f"{self.path}: not recorded, for the answer was not read to its end:"
            warnings.warn("\n  ".join([told, *self.broken]), CassetteWarning, stacklevel=2)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)

    def ask(self, method: str, url: str, headers: Mapping[str, Any], body: Body) -> Played | Taking:
        """The recorded answer, or who records the vendor's. Raises Unanswered."""
        if not self._open:
            raise Unanswered(CassetteError(f"{self.path} was closed before a call in it had ended"))
        asked = self.request(method, url, headers, body)
        response = self.play(asked)
        return self.take(asked, url) if response is None else _played(response)

    def unseen(self, vendor: str, base_url: str | None) -> None:
        """Nothing: what goes past the wire, vcrpy brings here."""

    def request(self, method: str, uri: str, headers: Mapping[str, Any], body: Body) -> Interaction:
        """A request as it is compared; its credentials are remembered, to be left out."""
        self._known.learn(scrub.credentials(headers, uri))
        asked = {
            "method": method,
            "uri": uri,
            "headers": scrub.allowed(headers, scrub.REQUEST_HEADERS),
            # Clients differ, and change their minds, about the order of keys; files should not.
            "body": match.settled(form.unpack_body(body)),
        }
        return scrub.clean(asked, self._given)

    def can_answer(self, request: Interaction) -> bool:
        """True to replay, False to send the request on. Raises Unanswered for neither."""
        answered = self._shelf.holds(request)
        if not answered and not self._mode.records:
            raise self._unanswered(request)
        return answered

    def play(self, request: Interaction) -> Interaction | None:
        """The next response, used up; None to send the request on. Raises Unanswered."""
        response = self._shelf.take(request)
        if response is not None:
            self.hits += 1
        elif not self._mode.records:
            raise self._unanswered(request)
        return response

    def take(self, request: Interaction, url: str) -> Taking:
        """Who records the answer to a request that is sent on."""
        taking = Taking(request, self.target(url), self._known.learn)
        self._takings.append(taking)
        return taking

    def target(self, url: str) -> str:
        """Where a request for the address goes while it is recorded."""
        return self._detour.target(url) or url

    def _load(self) -> None:
        there = self.path.is_file()
        self._mode = MODES["new" if self.record == "once" and not there else self.record]
        self._stamp = store.stamp(self.path)
        known = there and self._mode.keeps
        self.header, self.interactions = store.read(self.path) if known else ({}, [])
        self._shelf = Shelf(self.interactions if self._mode.plays else ())
        self._takings, self.missed, self.hits = [], [], 0

    def _save(self, recorded: list[Interaction]) -> None:
        fresh = [scrub.clean(interaction, self._known) for interaction in recorded]
        with _SAVING:
            # Another thread or process may have recorded into the file in the meantime.
            if self._mode.keeps and store.stamp(self.path) != self._stamp and self.path.is_file():
                self.header, self.interactions = store.read(self.path)
            kept = self.interactions if self._mode.plays else _not_again(self.interactions, fresh)
            origin = [*(store.sources(self.header) if kept else ()), *self._sources(fresh)]
            self.header = store.write(self.path, origin, [*kept, *fresh], self._known)
        self.interactions = [*kept, *fresh]

    def _sources(self, fresh: list[Interaction]) -> list[str]:
        return [self._detour.source(interaction["request"]["uri"]) for interaction in fresh]

    def _unanswered(self, request: Interaction) -> Unanswered:
        recorded = [interaction["request"] for interaction in self.interactions]
        what = f"{self.path} (record mode {self.record})"
        if not self.path.is_file():
            what = f"{self.path}, which is not there (record mode {self.record})"
        self.missed.append(match.title(request))
        told = match.explanation(what, request, recorded, command.to_record())
        return Unanswered(CassetteMiss(self._known.scrub(told)))


def _played(response: Interaction) -> Played:
    status = response["status"]
    pairs = tuple((name, value) for name, values in response["headers"].items() for value in values)
    return Played(status["code"], status["message"], pairs, form.pack_body(response["body"]))


def _not_again(old: list[Interaction], fresh: list[Interaction]) -> list[Interaction]:
    again = {match.key(interaction["request"]) for interaction in fresh}
    return [item for item in old if match.key(item["request"]) not in again]
