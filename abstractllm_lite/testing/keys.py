"""What a key looks like: those that were seen, in all their spellings, and all of a known shape."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

__all__ = ["REDACTED", "SHORTEST", "Secrets"]

REDACTED = "REDACTED"

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


class Secrets:
    """The secrets known so far, to be taken out of texts or looked for in them."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._compiled: tuple[frozenset[str], re.Pattern[str]] = (frozenset(), _pattern(()))
        self.learn(given)

    def learn(self, texts: Iterable[str]) -> None:
        """Remember more secrets; texts too short to be told from words are left out."""
        self._known.update(text for text in texts if len(text) >= SHORTEST and text != REDACTED)

    def scrub(self, text: str) -> str:
        """The text with known secrets and everything of a key's shape replaced."""
        return _SHAPES.sub(REDACTED, self._seen().sub(REDACTED, text))

    def within(self, text: str) -> bool:
        """True when the text still holds a known secret or something shaped like a key."""
        return any(pattern.search(text) for pattern in (self._seen(), _SHAPES))

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the text holds secrets; none overlaps another."""
        found = sorted(
            match.span() for pattern in (self._seen(), _SHAPES) for match in pattern.finditer(text)
        )
        reached = 0
        for start, end in found:
            if end > reached:
                yield max(start, reached), end
                reached = end

    def _seen(self) -> re.Pattern[str]:
        known = frozenset(self._known)
        if self._compiled[0] != known:
            self._compiled = (known, _pattern(known))
        return self._compiled[1]


def _pattern(secrets: Iterable[str]) -> re.Pattern[str]:
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
