"""The page "What happens when...", made from the table that the tests read.

python -m tests.faults.page     # writes docs/what-happens-when.md
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.faults.table import SECTIONS, Fault

PAGE = Path(__file__).parents[2] / "docs" / "what-happens-when.md"
PROGRAM = "python -m tests.faults.page"

_HEAD = f"""\
<!-- Made by `{PROGRAM}` from the table in tests/faults; change that, not this file. -->

# What happens when...

The tests show each row on a local server, in the shapes of OpenAI, Anthropic and Gemini, plain and
streamed, with and without asyncio, on both routes. Vendors that speak one of these three languages
behave alike.

- **Error**: the class in `abstractllm_lite.exceptions`. `AbstractLLMError` is the base of all.
- **In it**: what the error holds beyond the facts that follow this list.
- **Charged**: whether you may have to pay for it. No vendor says so in an error. In general what is
  refused is free, and work that was begun may be billed. Where it matters, ask the vendor and quote
  `request_id`.
- **Again**: whether the same call may succeed later. "Done for you" means that it was tried again
  `max_retries` times (default 2) before you see the error. Nothing is sent in secret:
  `error.attempts` is the number of attempts that were made.
- **Wait**: how long before the next attempt, by us or by you. "A moment" is half a second, twice as
  long each time, 8 s at most.

Every error has `provider`, `model`, `attempts`, `retryable` and `message`. `status_code` and
`request_id` are there as soon as the vendor's answer began, `retry_after` (seconds) when the vendor
told it. An error in a stream has `partial`, the response so far; the pieces that you were given add
up to its text. No error shows your key. Every error can be pickled and copied.
"""

_TAIL = """\
## Good to know

- A `retry_after` of more than 120 s, or of more than `total_timeout` leaves, is not waited for: the
  error comes at once and says in its message how long the vendor asks to wait.
- A connection that the vendor closed while it lay idle is opened anew and the request is sent once
  more, even with `max_retries=0`; that counts as an attempt.
- `timeout` bounds a plain attempt, and in a stream the start and each gap between pieces of
  content. `total_timeout` bounds the whole call with its retries.
- After any fault the same object can be used at once.
- A pickled provider holds the key only if you gave it one; a key from the environment is read where
  the provider is unpickled.
"""


def page() -> str:
    """The whole page."""
    sections = (_section(title, faults) for title, faults in SECTIONS.items())
    return "\n".join([_HEAD, *sections, _TAIL])


def _section(title: str, faults: Iterable[Fault]) -> str:
    head = ("What happened", "Error", "In it", "Charged", "Again", "Wait")
    rows = [head, ("---",) * len(head), *_rows(faults)]
    return "\n".join([f"## {title}", "", *(f"| {' | '.join(row)} |" for row in rows), ""])


def _rows(faults: Iterable[Fault]) -> Iterator[tuple[str, ...]]:
    """A row for each thing that happens; the same fault of another vendor is not told again."""
    told: set[tuple[str, ...]] = set()
    for fault in faults:
        row = (
            fault.what,
            f"`{fault.error.__name__}`" if fault.error else "none",
            _inside(fault),
            fault.charged,
            fault.again,
            fault.wait,
        )
        if row not in told:
            told.add(row)
            yield row


def _inside(fault: Fault) -> str:
    """What the error, or the response, holds beyond what all do."""
    if fault.error is None:
        return ", ".join(f"`{name}={value!r}`" for name, value in fault.more.items()) or "-"
    facts = [f"`status_code={fault.status}`" if fault.status else ""]
    facts.append("`retry_after`" if fault.retry_after is not None else "")
    facts.append("`partial`" if fault.partial else "")
    return ", ".join(filter(None, facts)) or "-"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
