"""What may be written: a few headers, and no key in whatever place or spelling.

Secrets are known by their shape, by the name of the field that holds them, or because they were
seen in a request's credentials. What is found becomes REDACTED; `leaks` looks again, separately.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

__all__ = [
    "REDACTED",
    "REQUEST_HEADERS",
    "RESPONSE_HEADERS",
    "Secrets",
    "allowed",
    "clean",
    "credentials",
    "leaks",
]

REDACTED = "REDACTED"
REQUEST_HEADERS = frozenset({"content-type"})
RESPONSE_HEADERS = frozenset(
    {"content-type", "location", "retry-after", "retry-after-ms", "x-should-retry"}
)

# A shorter key cannot be told from ordinary words.
SHORTEST = 8

_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[\w-]{16,}"  # openai, anthropic, openrouter, deepseek
    r"|AIza[\w-]{30,}"  # google
    r"|(?:gsk|hf|r8|tgp|gh[pousr]|fw)_\w{20,}"  # groq, hugging face, replicate, together, github
    r"|(?:xai|pplx|nvapi|csk)-[\w-]{20,}"  # xai, perplexity, nvidia, cerebras
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # aws
    r"|ya29\.[\w-]{20,}"  # google oauth
    r"|(?:org|proj)[-_][A-Za-z0-9]{16,}"  # openai organizations and projects
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+"  # json web tokens
    r"|[Bb]earer\s+(?=\S*\d)[\w.~+/-]{12,}=*"
    r")"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
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


class Secrets:
    """The secrets known so far, to be taken out of texts or looked for in them."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self.learn(given)

    def learn(self, texts: Iterable[str]) -> None:
        """Remember more secrets; texts too short to be told from words are left out."""
        self._known.update(text for text in texts if len(text) >= SHORTEST and text != REDACTED)

    def scrub(self, text: str) -> str:
        """The text with known secrets and everything of a key's shape replaced."""
        return _SHAPES.sub(REDACTED, _pattern(frozenset(self._known)).sub(REDACTED, text))

    def within(self, text: str) -> bool:
        """True when the text still holds a known secret or something shaped like a key."""
        known = _pattern(frozenset(self._known)).search(text)
        return known is not None or _SHAPES.search(text) is not None


@lru_cache(maxsize=16)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str]:
    """All spellings of all secrets, the longest first; with none, what never matches."""
    spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
    longest_first = sorted(spellings, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _spellings(secret: str) -> Iterator[str]:
    yield secret
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield base64.b64encode(secret.encode()).decode("ascii")


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
    hidden = _json_in_base64(text)
    if hidden is not None and (kept := _scrub_tree(hidden, secrets)) != hidden:
        return base64.b64encode(json.dumps(kept).encode()).decode("ascii")
    return secrets.scrub(text)


def _scrub_text(text: str, secrets: Secrets) -> str:
    lines = [_scrub_line(line, secrets) for line in text.split("\n")]
    return secrets.scrub("\n".join(lines))


def _scrub_line(line: str, secrets: Secrets) -> str:
    """A line of an event stream or of JSON lines; written anew only when it held a secret."""
    start = re.match(r"(?:data:)?\s*(?=[{\[])", line)
    tree = _parsed(line[start.end() :]) if start else None
    if start is None or tree is None or (kept := _scrub_tree(tree, secrets)) == tree:
        return line
    return line[: start.end()] + json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


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
            yield place, str(name)
            yield from _strings(item, f"{place}.{name}".lstrip("."))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strings(item, f"{place}[{index}]")


def _decoded(text: str, place: str) -> Iterator[str]:
    if place.endswith("body.base64"):
        yield base64.b64decode(text).decode("latin-1")
    elif (tree := _json_in_base64(text)) is not None:
        yield json.dumps(tree, ensure_ascii=False)
