"""What is written as CSV is read again, cell by cell, whatever stands in the cells."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.errors import ExtractError
from casetrack.extract import read_extract
from share import examples

HEADINGS = [
    "LA Person Unique Identifier",
    "Event Type",
    "Event Start Date",
    "Event End Date",
    "Event Description",
]
#: Texts that a file can hold: no half characters, no null, and line ends of one kind.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=20
) | st.sampled_from(
    ['"', '""', ",", ";", "a\nb", '"a","b"', "a;b;c;d;e", " x ", "=1+1", "'", "\t", "|", "\ufeff"]
)
ROWS = st.lists(st.tuples(TEXT, st.integers(0, 3)), min_size=1, max_size=8)


def written(rows: list[tuple[str, int]], separator: str, end: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow(HEADINGS)
    for number, (text, extra) in enumerate(rows):
        day = f"{number + 1:02d}/02/2026"
        writer.writerow([f"P{number}", "Assessment", day, day, text, *["more"] * extra])
    return out.getvalue()


@settings(deadline=None, max_examples=examples(120))
@given(
    ROWS,
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_cells_come_back(rows: list[tuple[str, int]], separator: str, end: str, encoding: str) -> None:
    # Cells too many behind a free text are put together with it, which tests of their own look at.
    rows = [(text, 0) for text, _ in rows]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_bytes(written(rows, separator, end).encode(encoding))
        extract = read_extract(path)
        events = extract.events
        assert events["event_description"].tolist() == [text.replace("\ufeff", "") for text, _ in rows]
        assert events["event_start_date"].dt.day.tolist() == list(range(1, len(rows) + 1))
        assert list(extract.people.index[events["person"]]) == [f"P{i}" for i in range(len(rows))]
        assert not {f.code for f in extract.findings} & {"wrong-number-of-cells", "cells-joined"}
        del extract, events


@settings(deadline=None, max_examples=examples(150))
@given(st.binary(max_size=300))
def test_rubbish_is_an_error_of_ours_and_nothing_else(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("a.csv", "a.xlsx", "a.parquet", "a.xls"):
            path = Path(folder) / name
            path.write_bytes(content)
            with pytest.raises(ExtractError):
                read_extract(path)
