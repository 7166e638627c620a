"""What may be written: a few headers, and no key in whatever place.

What is a key by its text, by the field that holds it or by the header it was seen in becomes
REDACTED; `leaks` then looks again, separately.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from . import pieces
from .keys import REDACTED, Secrets

__all__ = [
    "REQUEST_HEADERS",
    "RESPONSE_HEADERS",
    "allowed",
    "clean",
    "credentials",
    "leaks",
]

REQUEST_HEADERS = frozenset({"content-type"})
RESPONSE_HEADERS = frozenset(
    {"content-type", "location", "retry-after", "retry-after-ms", "x-should-retry"}
)

_FIELDS = frozenset(
    {"key", "api_key", "api-key", "apikey", "access_token", "refresh_token", "id_token"}
    | {"client_secret", "sig", "signature", "x-amz-signature", "x-amz-security-token"}
    | {"x-amz-credential", "assertion"}
)
# In a body `key` or `signature` is an everyday name (a thinking block has a signature).
_BODY_FIELDS = _FIELDS - {"key", "sig", "signature", "assertion"}
_CREDENTIAL_HEADER = re.compile(
    r"^(?!.*ratelimit).*(?:auth|key|token|secret|organization|project)", re.IGNORECASE
)


def allowed(headers: Mapping[str, Any], names: frozenset[str]) -> dict[str, list[str]]:
    """The headers that may be written, in lower case and sorted, each with its values."""
    kept = {name.lower(): value for name, value in headers.items() if name.lower() in names}
    return {name: _texts(kept[name]) for name in sorted(kept)}


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [item.decode("latin-1") if isinstance(item, bytes) else str(item) for item in values]


def credentials(headers: Mapping[str, Any], uri: str = "") -> Iterator[str]:
    """Everything in a message's headers and query that identifies the caller."""
    for name, value in headers.items():
        if _CREDENTIAL_HEADER.search(name):
            for text in _texts(value):
                yield text
                yield from text.split(" ")
    for name, text in parse_qsl(urlsplit(uri).query):
        if name.lower() in _FIELDS:
            yield text


def clean(message: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """A request, a response or an interaction of both, without what must not be written."""
    cleaners: dict[str, Callable[[Any, Secrets], Any]] = {
        "request": clean,
        "response": clean,
        "uri": _clean_uri,
        "headers": _clean_headers,
        "body": _clean_body,
    }
    return {
        name: cleaners[name](value, secrets) if name in cleaners else value
        for name, value in message.items()
    }


def _clean_uri(uri: str, secrets: Secrets) -> str:
    """The address without credentials in its query, its path or before its host."""
    parts = urlsplit(uri)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if any(name.lower() in _FIELDS for name, _ in pairs):
        kept = [(name, REDACTED if name.lower() in _FIELDS else text) for name, text in pairs]
        parts = parts._replace(query=urlencode(kept))
    if "@" in parts.netloc:
        parts = parts._replace(netloc=parts.netloc.rpartition("@")[2])
    return secrets.scrub(urlunsplit(parts))


def _clean_headers(headers: Mapping[str, list[str]], secrets: Secrets) -> dict[str, list[str]]:
    cleaners = {"location": _clean_uri}
    return {
        name: [cleaners.get(name, _scrub_leaf)(text, secrets) for text in texts]
        for name, texts in headers.items()
    }


def _clean_body(body: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """A readable body without secrets: in JSON at any depth, in events, in base64."""
    scrubbers: dict[str, Callable[[Any, Secrets], Any]] = {
        "json": _scrub_tree,
        "text": _scrub_text,
        "base64": _scrub_base64,
        "frames": _scrub_frames,
    }
    return {
        kind: scrubbers[kind](value, secrets) if kind in scrubbers else value
        for kind, value in body.items()
    }


def _scrub_tree(tree: Any, secrets: Secrets) -> Any:
    if isinstance(tree, dict):
        return {secrets.scrub(name): _scrub_field(name, tree[name], secrets) for name in tree}
    if isinstance(tree, list):
        return [_scrub_tree(item, secrets) for item in tree]
    return _scrub_leaf(tree, secrets) if isinstance(tree, str) else tree


def _scrub_field(name: str, value: Any, secrets: Secrets) -> Any:
    secret = isinstance(value, str) and name.lower() in _BODY_FIELDS
    return REDACTED if secret else _scrub_tree(value, secrets)


def _scrub_leaf(text: str, secrets: Secrets) -> str:
    return secrets.scrub(_scrub_base64_json(text, secrets))


def _scrub_base64_json(text: str, secrets: Secrets) -> str:
    """Base64 of JSON, written anew where a secret was in it; any other text as it is."""
    hidden = _json_in_base64(text)
    if hidden is None or (kept := _scrub_tree(hidden, secrets)) == hidden:
        return text
    return base64.b64encode(json.dumps(kept).encode()).decode("ascii")


def _scrub_text(text: str, secrets: Secrets) -> str:
    """An event stream, lines of JSON, or any text; an event is written anew only when it held a
    secret, or a piece of one."""
    lines = text.split("\n")
    events = _events(lines)
    told = [tree for _, _, tree in events]
    kept = pieces.without_keys([_scrub_tree(tree, secrets) for tree in told], secrets)
    for (number, start, tree), clean in zip(events, kept, strict=True):
        if clean != tree:
            written = json.dumps(clean, ensure_ascii=False, separators=(",", ":"))
            lines[number] = lines[number][:start] + written
    return secrets.scrub("\n".join(_scrub_line(line, secrets) for line in lines))


def _scrub_line(line: str, secrets: Secrets) -> str:
    """A line that may be base64 of JSON, alone or as an event's data."""
    start = _DATA.match(line)
    head = start.end() if start else 0
    return line[:head] + _scrub_base64_json(line[head:], secrets)


def _events(lines: list[str]) -> list[tuple[int, int, Any]]:
    """Each line that holds JSON: its number, where in it the JSON begins, and what that is."""
    starts = ((number, _JSON.match(line)) for number, line in enumerate(lines))
    found = ((n, start.end(), _parsed(lines[n][start.end() :])) for n, start in starts if start)
    return [(number, start, tree) for number, start, tree in found if tree is not None]


_DATA = re.compile(r"data:\s*")
_JSON = re.compile(r"(?:data:)?\s*(?=[{\[])")


def _scrub_frames(frames: list[dict[str, Any]], secrets: Secrets) -> list[dict[str, Any]]:
    """Frames of a binary event stream; see `frames`."""
    kept = [_scrub_frame(frame, secrets) for frame in frames]
    bare = [frame.get("event", frame.get("json")) or {} for frame in kept]
    for frame, tree in zip(kept, pieces.without_keys(bare, secrets), strict=True):
        frame.update({kind: tree for kind in ("event", "json") if kind in frame})
    return kept


def _scrub_frame(frame: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    told = [kind for kind in frame if kind in ("headers", "event")]
    trees = {kind: _scrub_tree(frame[kind], secrets) for kind in told}
    rest = {kind: value for kind, value in frame.items() if kind not in trees}
    return {**trees, **_clean_body(rest, secrets)}


def _scrub_base64(text: str, secrets: Secrets) -> str:
    # One character for one byte, so that the bytes around a secret stay as they are.
    raw = base64.b64decode(text).decode("latin-1")
    return base64.b64encode(secrets.scrub(raw).encode("latin-1")).decode("ascii")


def _json_in_base64(text: str) -> Any:
    """The object or list in a string that is base64 of JSON, or None."""
    if not text.startswith(("ey", "W3", "Wy", "ew")):
        return None
    try:
        return _parsed(base64.b64decode(text, validate=True).decode("utf-8"))
    except (binascii.Error, UnicodeDecodeError):
        return None


def _parsed(text: str) -> Any:
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tree if isinstance(tree, (dict, list)) else None


def leaks(interaction: Mapping[str, Any], secrets: Secrets) -> str | None:
    """Where an interaction still holds a secret, or None; as in `response.body.text`."""
    return next((place for place, text in _strings(interaction, "") if secrets.within(text)), None)


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
        yield from ((place, text) for text in _decoded(value, place))
    elif isinstance(value, Mapping):
        for name, item in value.items():
            # The names above a body are the cassette's own.
            if _IN_A_BODY.search(place):
                yield place, str(name)
            yield from _strings(item, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        if place.endswith("body.frames"):
            trees = [frame.get("event", frame.get("json")) or {} for frame in value]
            yield from ((place, text) for text in pieces.joined(trees))
        for index, item in enumerate(value):
            yield from _strings(item, f"{place}[{index}]")


_IN_A_BODY = re.compile(r"body\.(?:json|frames)")
_BINARY = re.compile(r"body\.(?:frames\[\d+\]\.)?base64$")


def _decoded(text: str, place: str) -> Iterator[str]:
    if _BINARY.search(place):
        yield base64.b64decode(text).decode("latin-1")
    elif place.endswith("body.text"):
        lines = text.split("\n")
        yield from pieces.joined([tree for _, _, tree in _events(lines)])
        for line in lines:
            if (tree := _json_in_base64(_DATA.sub("", line, count=1))) is not None:
                yield json.dumps(tree, ensure_ascii=False)
    elif (tree := _json_in_base64(text)) is not None:
        yield json.dumps(tree, ensure_ascii=False)
