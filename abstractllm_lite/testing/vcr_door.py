"""vcrpy at work for our cassettes: it intercepts the HTTP clients and hands out recorded answers.

It asks an object of the shape of its own Cassette what to do. The patches sit on classes, so one
cassette is open in a process at a time; of nested ones the innermost answers.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from inspect import unwrap
from typing import TYPE_CHECKING, Any

from . import form
from .errors import CassetteError, CassetteMiss, Unanswered

if TYPE_CHECKING:
    from .cassettes import Cassette
    from .detour import Detour

__all__ = ["opened"]

Patch = tuple[object, str, Callable[..., Any]]


@contextmanager
def opened(cassette: Cassette, detour: Detour) -> Iterator[None]:
    """Put a cassette between the HTTP clients and the network; CassetteError without vcrpy."""
    try:
        from vcr.patch import CassettePatcherBuilder  # type: ignore[import-untyped]
    except ImportError as error:
        remedy = 'pip install "abstractllm-lite[testing]"'
        raise CassetteError(f"cassettes need vcrpy: {remedy}") from error
    door = _Door(cassette, detour)
    with ExitStack() as patches:
        for patch in CassettePatcherBuilder(door).build():
            patches.enter_context(patch)
        yield


class _Door:
    """What vcrpy asks of a cassette, in its words."""

    # A miss is raised by `can_play_response_for`, so vcrpy never finds itself forbidden to send.
    write_protected = False
    skip_patchers = ()

    def __init__(self, cassette: Cassette, detour: Detour) -> None:
        self._cassette = cassette
        self._path = str(cassette.path)
        self.custom_patches = tuple(_detours(self, detour)) if detour.via else ()

    def filter_request(self, request: Any) -> Any:
        """Nothing is left out of a cassette."""
        return request

    def find_requests_with_most_matches(self, request: Any) -> list[Any]:
        """Where a recorded redirect led: the request itself, if at all."""
        return [(request, [], [])]

    def can_play_response_for(self, request: Any) -> bool:
        """True when the answer is recorded; Unanswered when it is not and must be."""
        try:
            return self._cassette.can_answer(self._asked(request))
        except CassetteMiss as miss:
            raise Unanswered(miss) from None

    def play_response(self, request: Any) -> dict[str, Any]:
        """The recorded answer in vcrpy's form."""
        try:
            response = self._cassette.answer(self._asked(request))
        except CassetteMiss as miss:
            raise Unanswered(miss) from None
        body = form.pack_body(response.get("body") or {})
        return {
            "status": dict(response["status"]),
            "headers": {name: list(values) for name, values in response["headers"].items()},
            "body": {"string": body},
        }

    def append(self, request: Any, response: dict[str, Any]) -> None:
        """Record an answer given in vcrpy's form."""
        from vcr.filters import decode_response  # type: ignore[import-untyped]

        body = decode_response(response)["body"].get("string", b"")
        self._cassette.add(self._asked(request), response["status"], response["headers"], body)

    def _asked(self, request: Any) -> dict[str, Any]:
        return self._cassette.request(
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


def _detours(door: _Door, detour: Detour) -> Iterator[Patch]:
    """vcrpy's own patches once more, over clients that send to the stand-in."""
    import aiohttp
    import httpx
    from vcr.stubs import aiohttp_stubs, httpx_stubs  # type: ignore[import-untyped]

    sync, async_, session = httpx.HTTPTransport, httpx.AsyncHTTPTransport, aiohttp.ClientSession
    send = _detoured_httpx(unwrap(sync.handle_request), detour)
    yield sync, "handle_request", httpx_stubs.vcr_handle_request(door, send, httpx)
    send = _detoured_httpx(unwrap(async_.handle_async_request), detour)
    yield async_, "handle_async_request", httpx_stubs.vcr_handle_async_request(door, send, httpx)
    fetch = _detoured_aiohttp(unwrap(session._request), detour)
    yield session, "_request", aiohttp_stubs.vcr_request(door, fetch)


def _detoured_httpx(send: Callable[..., Any], detour: Detour) -> Callable[..., Any]:
    """Sync or async alike: the answer is handed on as it comes, awaited or not."""
    import httpx

    def to_stand_in(transport: Any, request: Any) -> Any:
        target = detour.target(str(request.url))
        if target is not None:
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


def _detoured_aiohttp(
    fetch: Callable[..., Awaitable[Any]], detour: Detour
) -> Callable[..., Awaitable[Any]]:
    from multidict import CIMultiDict

    async def to_stand_in(session: Any, method: str, url: Any, **options: Any) -> Any:
        target = detour.target(str(url))
        if target is None:
            return await fetch(session, method, url, **options)
        headers = CIMultiDict(options.pop("headers", None) or {})
        headers.popall("host", None)
        return await fetch(session, method, target, headers=headers, **options)

    return to_stand_in
