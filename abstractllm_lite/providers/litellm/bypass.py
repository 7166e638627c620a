"""litellm may ignore the client that it was given: then our record is empty, and is not believed.

Which vendors take a client was measured, but a release of litellm may change it.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from .loading import load

if TYPE_CHECKING:
    from .call import Attempt


class Noticing:
    """Within, an answer is awaited; afterwards the attempt tells who carried it.

    `opening`: a stream is opened, which litellm may send when its first chunk is asked for.
    """

    def __init__(self, attempt: Attempt, *, opening: bool = False) -> None:
        self._attempt = attempt
        self._opening = opening

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        attempt, exchange = self._attempt, self._attempt.exchange
        if not attempt.wired or exchange.requests or exchange.fault is not None:
            return
        if (error is not None or not self._opening) and _sent(attempt, error):
            attempt.wired, attempt.bypassed = False, True


def _sent(attempt: Attempt, error: BaseException | None) -> bool:
    """Whether the vendor was asked after all: by the answer, or by an error with an answer in it.

    An answer from litellm's mocks or its cache is none; nor is a response that litellm makes up for
    an error, which has no headers.
    """
    if error is not None:
        return any(getattr(getattr(e, "response", None), "headers", None) for e in links(error))
    mocked = any(name.startswith("mock_") for name in attempt.call.parameters)
    return not mocked and load().cache is None


def links(error: BaseException) -> Iterator[BaseException]:
    """The error and what lies beneath it."""
    link: BaseException | None = error
    while link is not None:
        yield link
        link = link.__cause__ or link.__context__
