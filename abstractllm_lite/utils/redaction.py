"""What is a secret, by the name it is stored under and by the look of the text itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

_SECRET_NAME = re.compile(
    r"(api|access|private|secret|subscription|account|master)[_-]?key"
    r"|secret|passw(or)?d|credential|authorization|cookie|bearer"
    r"|(^|[_-])(token|pat)$"
    r"|^key$",
    re.IGNORECASE,
)

_SECRET_TEXT = re.compile(
    r"(?P<keep>\b(?:Bearer|Basic)\s+)(?=\S*[\d=])[\w.~+/=-]{8,}"
    r"|(?P<pair>(?:api[_-]?key|access[_-]?key|secret|password|authorization|token)"
    r"[\"']?\s*[:=]\s*[\"']?)(?!Bearer\b|Basic\b)[^\s\"',;&)}\]]{6,}"
    r"|(?P<query>[?&](?:key|api[_-]?key|access_token)=)[^\s&\"']+"
    r"|(?P<user>://)[^/\s@]+(?=@)"
    r"|\b(?:sk|pk|rk|xai|gsk|pplx|hf|r8|nvapi|csk|tgp)[-_](?=[\w-]*\d)[\w-]{12,}"
    r"|\bAIza[\w-]{20,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|\bya29\.[\w-]{10,}"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*",
    re.IGNORECASE,
)


class Masked(dict[str, Any]):
    """A dictionary whose repr shows no credential, so that a traceback with locals shows none."""

    def __repr__(self) -> str:
        return repr(redact_values(dict(self)))


def is_secret_name(name: str) -> bool:
    """True for a keyword, header or setting that holds a credential."""
    return _SECRET_NAME.search(name) is not None


def redact(text: str) -> str:
    """The text with everything that looks like a credential masked."""
    return _SECRET_TEXT.sub(_masked, text)


def redact_values(value: Any) -> Any:
    """The value with credentials masked at every depth of its mappings and lists."""
    if isinstance(value, Mapping):
        return {key: _by_name(key, item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)([redact_values(item) for item in value])
    return redact(value) if type(value) is str else value


def _by_name(name: Any, value: Any) -> Any:
    hidden = isinstance(name, str) and value is not None and is_secret_name(name)
    return MASK if hidden else redact_values(value)


def _masked(match: re.Match[str]) -> str:
    kept = match.group("keep") or match.group("pair") or match.group("query")
    kept = kept or match.group("user") or ""
    return kept + MASK
