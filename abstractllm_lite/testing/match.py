"""When two requests mean the same, and how to show a person that they do not.

Method, address and parsed body count. Key order, the spelling of numbers and addresses, and all
headers do not; which ids a program made up (see `ids`) does not either.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from . import ids

__all__ = [
    "canonical",
    "difference",
    "explanation",
    "in_order",
    "key",
    "nearest",
    "settled",
    "title",
]

Request = Mapping[str, Any]

_SHOWN_LINES = 20
_SHOWN_WIDTH = 160


def canonical(request: Request) -> str:
    """One text for all spellings of a request."""
    return json.dumps(_meaning(request), sort_keys=True, separators=(",", ":"))


def key(request: Request) -> bytes:
    """A short key that requests of one meaning share, and no others."""
    return hashlib.blake2b(canonical(request).encode("ascii"), digest_size=16).digest()


def _meaning(request: Request) -> dict[str, Any]:
    address, query = _address(request["uri"])
    body = request.get("body") or {}
    content = body["json"] if "json" in body else body.get("text", body.get("base64"))
    return {
        "method": request["method"].upper(),
        "address": address,
        "query": query,
        "body": _plain(ids.numbered(content)),
    }


def _address(uri: str) -> tuple[str, list[list[str]]]:
    # httpx and aiohttp quote a path differently; both mean the unquoted one.
    parts = urlsplit(uri)
    port = "" if parts.port in (None, {"http": 80, "https": 443}.get(parts.scheme)) else parts.port
    host = f"{parts.hostname}:{port}" if port else parts.hostname
    path = quote(unquote(parts.path or "/"))
    query = sorted([name, text] for name, text in parse_qsl(parts.query, keep_blank_values=True))
    return f"{parts.scheme}://{host}{path}", query


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _plain(item) for name, item in tree.items()}
    if isinstance(tree, list):
        return [_plain(item) for item in tree]
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree


def title(request: Request) -> str:
    """Method and address, as in "POST https://api.openai.com/v1/chat/completions"."""
    return f"{request['method']} {request['uri']}"


def explanation(cassette: str, asked: Request, recorded: Sequence[Request], remedy: str) -> str:
    """What a person needs to know about a request without a recorded answer."""
    return "\n".join(
        [
            "no answer is recorded for this request",
            f"  request:  {title(asked)}",
            f"  cassette: {cassette}",
            *(f"  {line}" for line in _reason(asked, recorded)),
            f"  {remedy}",
        ]
    )


def _reason(asked: Request, recorded: Sequence[Request]) -> list[str]:
    meaning = canonical(asked)
    used = sum(canonical(request) == meaning for request in recorded)
    if used:
        times = "once" if used == 1 else f"{used} times"
        return [f"It was recorded {times} and is now asked once more."]
    index = nearest(asked, recorded)
    if index is None:
        return ["Nothing like it is recorded."]
    number = f"number {index + 1} of {len(recorded)}"
    lines = difference(recorded[index], asked).splitlines()
    return [
        f"The nearest recorded request, {number}, differs (- recorded, + asked now):",
        *(f"  {line}" for line in lines),
    ]


def settled(body: Mapping[str, Any]) -> dict[str, Any]:
    """A readable body as it is written: equal for all that mean the same, but for numbers."""
    if "json" not in body:
        return dict(body)
    return {**body, "json": ids.numbered(in_order(body["json"]))}


def in_order(tree: Any) -> Any:
    """The same JSON with the keys of its objects sorted."""
    if isinstance(tree, dict):
        return {name: in_order(tree[name]) for name in sorted(tree)}
    return [in_order(item) for item in tree] if isinstance(tree, list) else tree


def nearest(request: Request, recorded: Sequence[Request]) -> int | None:
    """The index of the recorded request that shares most with this one; None when none does."""
    places = set(_places(request))
    shared = [len(places.intersection(_places(other))) for other in recorded]
    best = max(range(len(recorded)), key=shared.__getitem__, default=None)
    return None if best is None or not shared[best] else best


def difference(recorded: Request, asked: Request) -> str:
    """What was recorded (-) and what is asked (+), a pair of lines for each place that differs."""
    before, after = dict(_places(recorded)), dict(_places(asked))
    places = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    lines = [line for place in places for line in _pair(place, before.get(place), after.get(place))]
    hidden = len(lines) - _SHOWN_LINES
    return "\n".join(lines[:_SHOWN_LINES] + ([f"({hidden} more lines)"] if hidden > 0 else []))


def _pair(place: str, before: str | None, after: str | None) -> Iterator[str]:
    pairs = zip(before or "", after or "", strict=False)
    alike = next((index for index, (one, other) in enumerate(pairs) if one != other), 0)
    start = max(0, alike - _SHOWN_WIDTH // 4)
    for sign, value in (("-", before), ("+", after)):
        if value is not None:
            yield f"{sign} {place}: {_excerpt(value, start)}"


def _excerpt(text: str, start: int) -> str:
    """The text, or where it is long the part of it that begins just before the difference."""
    if len(text) <= _SHOWN_WIDTH:
        return text
    end = start + _SHOWN_WIDTH
    return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"


def _places(request: Request) -> Iterator[tuple[str, str]]:
    """Every value of a request with its place in it, as in `messages[0].content`."""
    meaning = _meaning(request)
    query = "&".join(f"{name}={text}" for name, text in meaning["query"])
    yield "method", meaning["method"]
    yield "address", meaning["address"] + (f"?{query}" if query else "")
    yield from _leaves(meaning["body"], "")


def _leaves(tree: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(tree, dict) and tree:
        for name in sorted(tree):
            yield from _leaves(tree[name], f"{place}.{name}".lstrip("."))
    elif isinstance(tree, list) and tree:
        for index, item in enumerate(tree):
            yield from _leaves(item, f"{place}[{index}]")
    else:
        yield place or "body", json.dumps(tree, ensure_ascii=False)
