"""vcrpy at work for our cassettes: it catches the HTTP clients that are not the wire's.

Some vendors' requests never reach the wire (litellm's own clients make them), nor do look-ups and
logins beside a call, nor the clients of other providers. vcrpy intercepts those, and asks an object
of the shape of its own Cassette what to do; that one asks whose the request is. The patches sit on
classes, so they are there once however many cassettes are open; the wire's own requests, which have
asked their tape already, pass them by.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from inspect import unwrap
from typing import TYPE_CHECKING, Any

from ..providers.litellm.wire import Exchange
from . import form
from .errors import CassetteError, Unanswered

if TYPE_CHECKING:
    from .cassettes import Cassette

__all__ = ["installed"]

Send = Callable[..., Any]
Patch = tuple[object, str, Send]
Whose = Callable[[], "Cassette | None"]  # the cassette of the request that is being made


@contextmanager
def installed(whose: Whose) -> Iterator[None]:
    """Put vcrpy between the HTTP clients and the network; CassetteError without vcrpy.

    A request that is nobody's is left alone.
    """
    try:
        from vcr.patch import CassettePatcherBuilder  # type: ignore[import-untyped]
    except ImportError as error:
        remedy = 'pip install "abstractllm-lite[testing]"'
        raise CassetteError(f"cassettes need vcrpy: {remedy}") from error
    with ExitStack() as patches:
        for patch in CassettePatcherBuilder(Door(whose)).build():
            patches.enter_context(patch)
        yield


class Door:
    """What vcrpy asks of a cassette, in its words."""

    # A miss is raised by `can_play_response_for`, so vcrpy never finds itself forbidden to send.
    write_protected = False
    skip_patchers = ("aiohttp", "httpx")  # they are patched below, with a way around for the wire
    _path = "abstractllm_lite"

    def __init__(self, whose: Whose) -> None:
        self.whose = whose
        self.custom_patches = tuple(_patches(self))

    def filter_request(self, request: Any) -> Any:
        """Nothing is left out of a cassette."""
        return request

    def find_requests_with_most_matches(self, request: Any) -> list[Any]:
        """Where a recorded redirect led: the request itself, if at all."""
        return [(request, [], [])]

    def can_play_response_for(self, request: Any) -> bool:
        """True when the answer is recorded; Unanswered when it is not and must be."""
        cassette = self.whose()
        return cassette is not None and cassette.can_answer(_asked(cassette, request))

    def play_response(self, request: Any) -> dict[str, Any]:
        """The recorded answer in vcrpy's form."""
        cassette = self.whose()
        response = cassette.play(_asked(cassette, request)) if cassette else None
        if response is None:
            raise Unanswered(CassetteError(f"another took the answer to {request.uri}"))
        return {
            "status": dict(response["status"]),
            "headers": {name: list(values) for name, values in response["headers"].items()},
            "body": {"string": form.pack_body(response.get("body") or {})},
        }

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Record an answer given in vcrpy's form."""
        from vcr.filters import decode_response  # type: ignore[import-untyped]

        if (cassette := self.whose()) is None:
            return
        told = decode_response(response)
        taking = cassette.take(_asked(cassette, request), request.uri)
        pairs = [(name, each) for name, values in told["headers"].items() for each in _list(values)]
        taking.begin(told["status"]["code"], told["status"]["message"] or "", pairs)
        taking.feed(told["body"].get("string") or b"")
        taking.end(whole=True)


def _list(values: Any) -> list[str]:
    each = values if isinstance(values, (list, tuple)) else [values]
    return [value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in each]


def _asked(cassette: Cassette, request: Any) -> dict[str, Any]:
    return cassette.request(
        request.method, request.uri, dict(request.headers), _content(request.body)
    )


def _content(body: Any) -> bytes | str | None:
    """A request's body in one piece; vcrpy gives some as files, iterators or unwritten JSON."""
    if body is None or isinstance(body, (bytes, str)):
        return body
    if isinstance(body, (dict, list)):
        return json.dumps(body)
    if hasattr(body, "read"):
        return _content(body.read())
    if not isinstance(body, Iterable):
        raise CassetteError(f"a body of type {type(body).__name__} cannot be recorded")
    pieces = [piece.encode() if isinstance(piece, str) else bytes(piece) for piece in body]
    return b"".join(pieces)


def _patches(door: Door) -> Iterator[Patch]:
    """vcrpy's stubs over clients that may be led to a stand-in; around both, for the wire, what
    was there before."""
    import aiohttp
    import httpx
    from vcr.stubs import aiohttp_stubs, httpx_stubs  # type: ignore[import-untyped]

    for transport, name, stub in (
        (httpx.HTTPTransport, "handle_request", httpx_stubs.vcr_handle_request),
        (httpx.AsyncHTTPTransport, "handle_async_request", httpx_stubs.vcr_handle_async_request),
    ):
        before = getattr(transport, name)
        caught = stub(door, _detoured_httpx(unwrap(before), door.whose), httpx)
        yield transport, name, _around_httpx(before, caught, door.whose)
    before = aiohttp.ClientSession._request
    caught = aiohttp_stubs.vcr_request(door, _detoured_aiohttp(unwrap(before), door.whose))
    yield aiohttp.ClientSession, "_request", _around_aiohttp(before, caught, door.whose)


def _around_httpx(before: Send, caught: Send, whose: Whose) -> Send:
    """Sync or async alike: the answer is handed on as it comes, awaited or not."""
    from ..providers.litellm.wire.steps import EXCHANGE

    def handle(transport: Any, request: Any) -> Any:
        alone = EXCHANGE in request.extensions or whose() is None
        return (before if alone else caught)(transport, request)

    return handle


def _around_aiohttp(before: Send, caught: Send, whose: Whose) -> Send:
    def request(session: Any, *told: Any, **options: Any) -> Any:
        wires = isinstance(options.get("trace_request_ctx"), Exchange)
        return (before if wires or whose() is None else caught)(session, *told, **options)

    return request


def _detoured_httpx(send: Send, whose: Whose) -> Send:
    """Sync or async alike, too."""
    import httpx

    def to_stand_in(transport: Any, request: Any) -> Any:
        cassette, asked = whose(), str(request.url)
        if cassette is not None and (target := cassette.target(asked)) != asked:
            headers = httpx.Headers(request.headers)
            headers["host"] = httpx.URL(target).netloc.decode("ascii")
            request = httpx.Request(
                request.method,
                target,
                headers=headers,
                stream=request.stream,
                extensions=request.extensions,
            )
        return send(transport, request)

    return to_stand_in


def _detoured_aiohttp(fetch: Send, whose: Whose) -> Send:
    from multidict import CIMultiDict

    async def to_stand_in(session: Any, method: str, url: Any, **options: Any) -> Any:
        cassette, asked = whose(), str(url)
        target = asked if cassette is None else cassette.target(asked)
        if target == asked:
            return await fetch(session, method, url, **options)
        headers = CIMultiDict(options.pop("headers", None) or {})
        headers.popall("host", None)
        return await fetch(session, method, target, headers=headers, **options)

    return to_stand_in
