"""The direct route: litellm's own translations, our own connection, nothing between.

litellm's configurations build the request and read the answer (or each event of a stream); the wire
carries them. The door asks `declined` first. Until the request is sent, `completion` raises
Declined for what this route cannot do after all; afterwards nothing is tried again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import wire
from .chunks import Chunks
from .coverage import declined
from .frames import Frames
from .guard import Declined, guarded
from .self_test import passes
from .texts import text_reader
from .ways import prepared, refuse, way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..call import Attempt
    from .request import Request
    from .texts import Reader

__all__ = ["Declined", "acompletion", "completion", "declined"]


def completion(attempt: Attempt, asked: Mapping[str, Any]) -> Any:
    """litellm's ModelResponse, or an iterator of its chunks where the call streams.

    `asked` are the call's parameters as they are to be sent.
    """
    request = _prepared(attempt, asked)
    response = wire.post(
        attempt.exchange, request.url, headers=request.headers, content=request.body
    )
    if request.call.stream and response.status_code < 400:
        return Chunks(attempt.exchange, response.iter_bytes(), *_reader(request))
    response.read()
    return _read(request, response)


async def acompletion(attempt: Attempt, asked: Mapping[str, Any]) -> Any:
    """The same, awaited."""
    request = _prepared(attempt, asked)
    response = await wire.apost(
        attempt.exchange, request.url, headers=request.headers, content=request.body
    )
    if request.call.stream and response.status_code < 400:
        return Chunks(attempt.exchange, response.aiter_bytes(), *_reader(request))
    await response.aread()
    return _read(request, response)


def _prepared(attempt: Attempt, asked: Mapping[str, Any]) -> Request:
    """The request, ready to be sent; Declined where that cannot be."""
    call = attempt.call
    with guarded(call.route):
        if not passes(call.route, call.model):
            raise Declined(f"litellm's part for {call.route} is not what it was tested as")
        return prepared(call, asked)


def _reader(request: Request) -> tuple[Frames, Any, Reader | None]:
    """What finds the events in the bytes, and what reads them."""
    parser = way(request.call.route).parser(request)
    frames = Frames(lines=wire.dialect_of(request.call.route) == "ndjson")
    return frames, parser, text_reader(parser, json_mode=request.facts["json_mode"])


def _read(request: Request, response: Any) -> Any:
    if response.status_code >= 400:
        refuse(request, response)
    return way(request.call.route).read(request, response)
