"""One answer on its way into a cassette."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..providers.litellm.wire import encoding
from . import form, scrub

__all__ = ["Taking"]


class Taking:
    """Listens to an answer as it comes; `interaction` is there once it has come whole.

    It is made when its request is sent, so that a file keeps the order of the requests. `learn`
    is told the credentials that the answer's head gives away.
    """

    def __init__(
        self, request: Mapping[str, Any], url: str, learn: Callable[[Iterable[str]], None]
    ) -> None:
        self.url = url
        self.interaction: dict[str, Any] | None = None
        self.broken = False
        self.request = request
        self._learn = learn
        self._head: tuple[int, str, list[tuple[str, str]]] = (0, "", [])
        self._pieces: list[bytes] = []

    def begin(self, status: int, reason: str, headers: Iterable[tuple[str, str]]) -> None:
        """The answer's head has come."""
        self._head = status, reason, list(headers)

    def feed(self, data: bytes) -> None:
        """Bytes of its body have come, as they were sent."""
        self._pieces.append(data)

    def end(self, *, whole: bool) -> None:
        """Nothing more will come: keep the answer, or know that it broke off."""
        self.broken = not whole
        if whole:
            self.interaction = {"request": dict(self.request), "response": self._response()}

    def _response(self) -> dict[str, Any]:
        status, reason, pairs = self._head
        headers: dict[str, list[str]] = {}
        for name, value in pairs:
            headers.setdefault(name.lower(), []).append(value)
        self._learn(scrub.credentials(headers))
        told = {name: values[-1] for name, values in headers.items()}
        kept = scrub.RESPONSE_HEADERS
        if not encoding.known(encoding.encoding_of(told)):
            kept |= {"content-encoding"}  # nobody here can undo it
        body = encoding.decoded(b"".join(self._pieces), told)
        return {
            "status": {"code": status, "message": reason},
            "headers": scrub.allowed(headers, kept),
            "body": form.unpack_body(body),
        }
