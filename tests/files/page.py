"""The table of the page about files, made from what is caught at a loopback server.

python -m tests.files.page     # writes it into docs/media.md
"""

from __future__ import annotations

from pathlib import Path

from tests.files.table import KINDS, VENDORS, WITNESSED, cell

PAGE = Path(__file__).parents[2] / "docs" / "media.md"
PROGRAM = "python -m tests.files.page"

_BEGIN = f"<!-- Made by `{PROGRAM}`; change tests/files, not this table. -->\n"
_END = "<!-- The end of what is made. -->"


def page() -> str:
    """The whole page, with its table as it should be."""
    before, _, rest = PAGE.read_text("utf-8").partition(_BEGIN)
    return f"{before}{_BEGIN}{_table()}\n{_END}{rest.partition(_END)[2]}"


def _table() -> str:
    head = ("", *KINDS)
    rows = [head, ("---",) * len(head), *(_row(vendor) for vendor in VENDORS)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(vendor: str) -> tuple[str, ...]:
    return (vendor, *(_told(vendor, kind) for kind in KINDS))


def _told(vendor: str, kind: str) -> str:
    found = cell(vendor, kind)
    told = f"`{found.error}`" if found.error else found.sent_as
    marks = ["✓"] if (vendor, kind) in WITNESSED else []
    return " ".join([told, *marks, *(["⇩"] if found.fetched else [])])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
