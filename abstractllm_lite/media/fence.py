"""Text among other text: its name, and a fence that it cannot close itself."""

from __future__ import annotations

import re

_RUNS = re.compile("`{3,}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029`]+")


def fenced(name: str, text: str, note: str = "") -> str:
    """The text under its name, between lines of more backticks than any in it.

    `note` is said beside the name. The name is one line, whatever it was.
    """
    longest = max((run.end() - run.start() for run in _RUNS.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    end = "" if text.endswith("\n") else "\n"
    told = f" ({note})" if note else ""
    return "".join(("File: ", one_line(name), told, "\n", fence, "\n", text, end, fence))


def one_line(name: str) -> str:
    """The name without line ends, control characters and backticks."""
    return _UNPRINTABLE.sub(" ", name).strip() or "attachment"
