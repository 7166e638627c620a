"""Tables."""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..exceptions import InvalidParameterError
from .fence import fenced
from .text import TextualInput, joined

if TYPE_CHECKING:
    from .formats import Shape
    from .sources import Access

__all__ = ["TabularInput"]

MAX_ROWS = 1000

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_TAB = "text/tab-separated-values"


class TabularInput(TextualInput):
    """CSV or TSV, from any source that MediaFactory takes, or given as text.

    It is sent as a Markdown table of at most `max_rows` rows beside the header (None: all of
    them), and says so where there are more. Raises FileProcessingError for a table without rows.
    """

    kind = "tabular"
    options = ("encoding", "delimiter", "max_rows")

    def __init__(
        self,
        source: Any,
        delimiter: str = ",",
        encoding: str = "utf-8",
        mime_type: str | None = None,
        *,
        name: str | None = None,
        access: Access | None = None,
        max_rows: int | None = MAX_ROWS,
    ) -> None:
        _check(delimiter, max_rows)
        super().__init__(source, encoding, mime_type, name, access)
        self.delimiter, self.max_rows = delimiter, max_rows
        self._data: list[list[str]] | None = None
        self._table: tuple[str, int] | None = None

    @property
    def mime_type(self) -> str:
        """text/csv, or text/tab-separated-values."""
        return self._mime_type or (_TAB if self.delimiter == "\t" else "text/csv")

    @property
    def metadata(self) -> dict[str, Any]:
        """The type, encoding and delimiter, and rows and columns once it was parsed."""
        told = {**super().metadata, "delimiter": self.delimiter}
        if self._data is not None:
            told |= {"row_count": len(self._data), "column_count": len(self._data[0])}
        return told

    def get_data(self) -> list[list[str]]:
        """All rows, the header first. Raises FileProcessingError for what is no table."""
        with self._lock:
            if self._data is None:
                self._data = list(self._rows())
            return self._data

    @property
    def table(self) -> str:
        """The Markdown table that is sent."""
        return self._drawn()[0]

    @property
    def left_out(self) -> int:
        """How many rows are not in the table."""
        return self._drawn()[1]

    def _drawn(self) -> tuple[str, int]:
        with self._lock:
            if self._table is None:
                rows = self._rows()
                shown = list(
                    itertools.islice(rows, None if self.max_rows is None else self.max_rows + 1)
                )
                self._table = markdown(shown), sum(1 for _ in rows)
            return self._table

    def _rows(self) -> Iterator[list[str]]:
        """Row by row; lines with nothing on them are none."""
        lines = (line[0] for line in _LINE.finditer(self.get_content()))
        count = 0
        try:
            for row in csv.reader(lines, delimiter=self.delimiter):
                if row:
                    count += 1
                    yield row
        except csv.Error as error:
            raise self._source.trouble(f"is not a table: {error}", error) from None
        if count < 2:
            raise self._source.trouble("is a table without rows")

    @property
    def note(self) -> str:
        """What is said beside the table's name where it is not whole."""
        return (
            f"the first {self.max_rows} rows, {self.left_out} more left out"
            if self.left_out
            else ""
        )

    def fenced(self) -> str:
        """The table under its name, in a fence, as it is put among a prompt's parts."""
        return fenced(self.name, self.table, self.note)

    def _said(self) -> str:
        return self.table + (f"\n({self.note})\n" if self.left_out else "")

    def _writers(self) -> dict[Shape, Callable[[], Any]]:
        return {
            "openai": lambda: {"type": "text", "text": self._said()},
            "anthropic": lambda: {"type": "text", "text": self._said()},
            "ollama": lambda: joined(self.name, self._said()),
            "huggingface": lambda: {
                "type": "tabular",
                "content": self._said(),
                "mime_type": self.mime_type,
                "delimiter": self.delimiter,
            },
        }


def _check(delimiter: Any, max_rows: Any) -> None:
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '\r\n"':
        raise InvalidParameterError("delimiter", delimiter)
    if max_rows is not None and (not isinstance(max_rows, int) or max_rows < 1):
        raise InvalidParameterError("max_rows", max_rows)


def markdown(rows: list[list[str]]) -> str:
    """A Markdown table, the first row its header; short rows are filled up."""
    width = max(map(len, rows))
    head, *body = [[*map(_cell, row), *[""] * (width - len(row))] for row in rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * width, *body))


def _cell(text: str) -> str:
    return (
        text.replace("|", "\\|").replace("\r\n", "<br>").replace("\n", "<br>").replace("\r", "<br>")
    )


def delimiter_of(name: str, head: str) -> str:
    """The delimiter of a table, by its name's ending and its first line."""
    if name.lower().endswith(".tsv"):
        return "\t"
    line = head.partition("\n")[0]
    return "," if "," in line else next((each for each in ";\t" if each in line), ",")
