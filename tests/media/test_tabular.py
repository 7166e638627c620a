"""Tables become Markdown that says what it leaves out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abstractllm_lite.exceptions import FileProcessingError, InvalidParameterError
from abstractllm_lite.media import MediaFactory, TabularInput
from abstractllm_lite.media.sources import Access


def test_a_table_is_markdown_as_in_abstractllm() -> None:
    part = TabularInput("a,b\n1,2\n").to_provider_format("openai")

    assert part == {"type": "text", "text": "| a | b |\n| --- | --- |\n| 1 | 2 |\n"}


def test_cells_cannot_break_the_table() -> None:
    table = TabularInput('a|x,b\n"1\n2\r\n3",\n4\n').table

    assert table == "| a\\|x | b |\n| --- | --- |\n| 1<br>2<br>3 |  |\n| 4 |  |\n"


@pytest.mark.parametrize("rows", [3, 4])
def test_rows_that_are_left_out_are_counted(rows: int) -> None:
    table = TabularInput("n\n" + "".join(f"{n}\n" for n in range(rows)), max_rows=3)

    assert table.left_out == rows - 3
    assert table.table.count("\n") == 2 + 3
    said = "the first 3 rows, 1 more left out"
    for text in (table.fenced(), table.to_provider_format("openai")["text"]):
        assert (said in text) == (rows == 4)


def test_no_cap_leaves_nothing_out() -> None:
    table = MediaFactory.from_source(b"n\n" + b"1\n" * 1500, "tabular", max_table_rows=None)
    assert isinstance(table, TabularInput)
    assert table.left_out == 0
    assert MediaFactory.from_source(b"n\n" + b"1\n" * 1500, "tabular").left_out == 500  # type: ignore[attr-defined]


@pytest.mark.parametrize("content", ["a,b\n", "a,b", "\n\n", " "])
def test_a_table_without_rows_is_refused(content: str) -> None:
    with pytest.raises(FileProcessingError, match="without rows"):
        TabularInput(content).to_provider_format("openai")


def test_a_cell_that_never_ends_is_refused() -> None:
    with pytest.raises(FileProcessingError, match="not a table: field larger"):
        TabularInput("a\n" + "x" * 200_000).get_data()


@pytest.mark.parametrize("delimiter", ["", ",,", "\n", '"'])
def test_a_delimiter_is_one_character(delimiter: str) -> None:
    with pytest.raises(InvalidParameterError):
        TabularInput("a,b\n1,2", delimiter=delimiter)


@pytest.mark.parametrize("rows", [0, "many", -1])
def test_the_greatest_number_of_rows_is_a_number(rows: int) -> None:
    with pytest.raises(InvalidParameterError):
        TabularInput("a,b\n1,2", max_rows=rows)


def test_metadata_are_those_of_abstractllm(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_text("a\tb\n1\t2\n")
    table = TabularInput(path, delimiter="\t")
    told = {
        "media_type": "tabular",
        "mime_type": "text/tab-separated-values",
        "encoding": "utf-8",
        "delimiter": "\t",
        "file_size": 8,
        "last_modified": path.stat().st_mtime,
    }

    assert table.metadata == told
    assert table.get_data() is table.get_data()
    counted = {"row_count": 2, "column_count": 2, "content_length": 8}
    assert table.metadata == {**told, **counted}


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=2, max_size=6))
def test_every_table_that_csv_writes_is_read_back(rows: list[list[str]]) -> None:
    import csv
    import io

    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(rows)
    table = TabularInput.from_text(written.getvalue())

    assert table.get_data() == rows
    assert table.table.count("\n") == len(rows) + 1
    assert len({line.replace("\\|", "").count("|") for line in table.table.splitlines()}) >= 1


def test_a_table_beyond_the_size_is_refused() -> None:
    with pytest.raises(FileProcessingError, match="larger than 10 bytes"):
        TabularInput("a,b\n" + "1,2\n" * 9, access=Access(max_file_size=10)).load()
