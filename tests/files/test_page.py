"""The page for users says what is caught on the wire."""

from __future__ import annotations

from tests.files.page import PAGE, PROGRAM, page


def test_the_page_is_what_the_table_gives() -> None:
    assert PAGE.read_text("utf-8") == page(), f"run: {PROGRAM}"
