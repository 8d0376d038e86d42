"""Workbooks, Parquet files, Arrow tables and DataFrames."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casetrack.errors import ExtractError, UsageError
from casetrack.extract import Extract, read_extract
from casetrack.extract.frames import text_of
from unit.small_extracts import HEADINGS, as_text, rows, table, write


def save(path: Path, *sheets: tuple[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, body in sheets:
        sheet = book.create_sheet(name)
        for row in body:
            sheet.append(row)
    book.save(path)
    return path


def with_headings(body: list[list[object]]) -> list[list[object]]:
    return [list(HEADINGS), *body]


def starts(extract: Extract) -> list[tuple[int, str]]:
    days = extract.events["event_start_date"].dt.strftime("%Y-%m-%d")
    return list(zip(extract.events["row"].tolist(), days, strict=True))


EXPECTED = [(2, "2026-02-01"), (3, "2026-02-02"), (4, "2026-02-03")]


def real_dates(body: list[list[str]]) -> list[list[object]]:
    def cell(text: str) -> object:
        return dt.datetime.strptime(text, "%d/%m/%Y") if text.count("/") == 2 else text

    return [[cell(text) for text in row] for row in body]


def test_text_and_real_dates_and_numbers_as_ids(tmp_path: Path) -> None:
    assert starts(read_extract(save(tmp_path / "a.xlsx", ("CLD", with_headings(rows()))))) == EXPECTED
    body = real_dates(rows())
    body[0][0], body[1][0], body[0][1] = 12, 13.0, 9990000018
    extract = read_extract(save(tmp_path / "b.xlsx", ("CLD", with_headings(body))))
    assert starts(extract) == EXPECTED
    assert list(extract.people.index) == ["0003", "12", "13"]
    assert "invalid-nhs-number" not in extract.findings.codes


@pytest.mark.parametrize("blank_rows", [0, 2])
def test_titles_and_blank_rows_above_the_headings(tmp_path: Path, blank_rows: int) -> None:
    above: list[list[object]] = [[] for _ in range(blank_rows)] + [["Client Level Data"], [None, "Quarter 4"]]
    extract = read_extract(save(tmp_path / "a.xlsx", ("CLD", [*above, *with_headings(rows())])))
    assert [row for row, _ in starts(extract)] == [4 + blank_rows, 5 + blank_rows, 6 + blank_rows]


def test_the_sheet_is_found_or_named(tmp_path: Path) -> None:
    other = [["Notes"], ["nothing"]]
    path = save(tmp_path / "a.xlsx", ("Notes", other), ("Events", with_headings(rows())))
    assert starts(read_extract(path)) == EXPECTED
    twice = save(tmp_path / "b.xlsx", ("Q1", with_headings(rows(1))), ("Q2", with_headings(rows(2))))
    both = read_extract(twice)
    assert (both.account.read, both.account.duplicates) == (3, 1)
    assert read_extract(twice, {"file": {"sheet": "Q2"}}).account.read == 2
    with pytest.raises(ExtractError, match="no-such-sheet"):
        read_extract(twice, {"file": {"sheet": "Q3"}})


def test_real_dates_beside_dates_as_text_are_refused_with_their_rows(tmp_path: Path) -> None:
    body = real_dates(rows())
    body[1][5] = "02/02/2026"
    with pytest.raises(ExtractError) as caught:
        read_extract(save(tmp_path / "a.xlsx", ("CLD", with_headings(body))))
    assert caught.value.code == "mixed-dates"
    assert 'row 3 of the sheet "CLD"' in str(caught.value)
    mapping = {"dates": {"Event Start Date": ["DD/MM/YYYY", "YYYY-MM-DD"]}}
    assert starts(read_extract(tmp_path / "a.xlsx", mapping)) == EXPECTED


def test_blank_rows_below_are_no_rows_and_short_rows_are_fine(tmp_path: Path) -> None:
    body = [row[:7] for row in rows()] + [[None] * 8, [None] * 8]
    assert read_extract(save(tmp_path / "a.xlsx", ("CLD", with_headings(body)))).account.read == 3


def test_yes_and_no_as_true_and_false(tmp_path: Path) -> None:
    body = [[*row, yes] for row, yes in zip(rows(), [True, False, None], strict=True)]
    path = save(tmp_path / "a.xlsx", ("CLD", [[*HEADINGS, "Dementia"], *body]))
    assert read_extract(path).events["dementia"].astype(object).fillna("").tolist() == ["Yes", "No", ""]


PROTECTED = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + b"\x00" * 600
    + "EncryptedPackage".encode("utf-16-le")
    + b"\x00" * 600
)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", PROTECTED, "password-protected"),
        ("a.xls", PROTECTED, "password-protected"),
        ("a.xlsx", as_text(rows()).encode(), "not-what-it-says"),
        ("a.xls", b"<html><body><table></table></body></html>", "not-what-it-says"),
        ("a.xls", b"\xef\xbb\xbf\r\n <HTML>", "not-what-it-says"),
        ("a.xlsx", b"PK\x03\x04 but no workbook", "not-what-it-says"),
        ("a.xls", b"\xd0\xcf\x11\xe0 but no workbook", "not-what-it-says"),
        ("a.xlsx", b"", "empty-file"),
        ("a.parquet", as_text(rows()).encode(), "not-what-it-says"),
        ("a.parquet", b"PAR1 but not really", "not-what-it-says"),
        ("a.docx", b"PK\x03\x04", "unknown-kind"),
    ],
)
def test_files_that_are_not_what_their_name_says(
    tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExtractError) as caught:
        read_extract(tmp_path / name)
    assert caught.value.code == code
    assert caught.value.problems[0].advice


def test_a_workbook_named_csv_and_an_empty_workbook(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("CLD", with_headings(rows())))
    renamed = path.rename(tmp_path / "a.csv")
    with pytest.raises(ExtractError, match=r"not-what-it-says.*\n?.*workbook"):
        read_extract(renamed)
    with pytest.raises(ExtractError, match="empty-file"):
        read_extract(save(tmp_path / "b.xlsx", ("CLD", [])))
    with pytest.raises(ExtractError, match="empty-file"):
        read_extract(save(tmp_path / "c.xlsx", ("CLD", with_headings([]))))


def test_headings_that_say_too_little_name_every_problem_at_once(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", ("CLD", [["Gender", "Event End Date"], ["Male", "01/01/2026"]]))
    with pytest.raises(ExtractError) as caught:
        read_extract(path)
    assert [p.code for p in caught.value.problems] == ["no-identifier", "no-event-type", "no-dates"]
    assert '"Event Start Date"' in caught.value.problems[2].what
    assert '"Event End Date"' not in caught.value.problems[2].what


def typed() -> pd.DataFrame:
    frame = table()
    for name in ("Date of Birth", "Event Start Date", "Event End Date"):
        frame[name] = pd.to_datetime(frame[name], format="%d/%m/%Y")
    return frame.assign(
        **{
            "NHS Number": [9990000018.0, np.nan, np.nan],
            "Event Type": pd.Categorical(["Assessment", "Assessment", "Assessment"]),
            "Dementia": pd.array([True, False, None], dtype="boolean"),
            "Autism": [True, False, True],
            "IMD Decile": pd.array([1, None, 3], dtype="Int64"),
        }
    )


def check_typed(extract: Extract) -> None:
    assert [day for _, day in starts(extract)] == [day for _, day in EXPECTED]
    assert extract.events["dementia"].astype(object).fillna("").tolist() == ["Yes", "No", ""]
    assert extract.events["autism"].tolist() == ["Yes", "No", "Yes"]
    assert extract.events["imd_decile"].astype(object).fillna("").tolist() == ["1", "", "3"]
    assert extract.find_people(["9990000018"]) == ["0001"]


def test_a_typed_dataframe_is_read_as_text_and_not_changed() -> None:
    frame = typed()
    before = frame.copy(deep=True)
    frame.index = ["x", "x", "y"]
    check_typed(read_extract(frame))
    pd.testing.assert_frame_equal(frame.reset_index(drop=True), before)


def test_typed_parquet(tmp_path: Path) -> None:
    typed().to_parquet(tmp_path / "a.parquet")
    check_typed(read_extract(tmp_path / "a.parquet"))


def test_a_day_with_a_time_zone_is_the_day_where_it_happened(tmp_path: Path) -> None:
    frame = table(1)
    moment = pd.Timestamp("2025-06-01 00:30", tz="Europe/London")
    frame["Event Start Date"] = pd.Series([moment])
    frame.to_parquet(tmp_path / "a.parquet")
    for source in (frame, tmp_path / "a.parquet"):
        assert starts(read_extract(source))[0][1] == "2025-06-01"


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT, "", "NULL"])
def test_every_kind_of_nothing(missing: object) -> None:
    frame = table()
    frame["Event End Date"] = pd.Series([missing, "12/02/2026", "13/02/2026"], dtype=object)
    frame["Client Type"] = pd.Series([missing, "Service user", "Service user"], dtype=object)
    extract = read_extract(frame)
    assert extract.events["event_end_date"].isna().tolist() == [True, False, False]
    assert extract.events["client_type"].isna().tolist() == [True, False, False]


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "Int64", "string", "category", "object"])
def test_ids_of_any_type(dtype: str) -> None:
    frame = table()
    frame["LA Person Unique Identifier"] = pd.Series([12, 13, 14]).astype(dtype)
    if dtype in {"string", "category", "object"}:
        frame["LA Person Unique Identifier"] = pd.Series(["12", "13", "14"]).astype(dtype)
    assert list(read_extract(frame).people.index) == ["12", "13", "14"]


class Foreign:
    """A table of another library, which only gives its rows as Arrow does."""

    def __init__(self, held: pa.Table) -> None:
        self.held = held

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.held.__arrow_c_stream__(requested_schema)


def test_a_typed_arrow_table_is_read_as_text() -> None:
    check_typed(read_extract(pa.Table.from_pandas(typed())))
    check_typed(read_extract(Foreign(pa.Table.from_pandas(typed()))))


def arrow(frame: pd.DataFrame, kind: pa.DataType) -> pa.Table:
    """A table in pieces of two rows, so that a dictionary stands for each."""
    pieces = [frame.iloc[at : at + 2] for at in range(0, len(frame), 2)]
    one = pa.concat_tables(
        pa.Table.from_pandas(piece.astype(object), preserve_index=False) for piece in pieces
    )
    return pa.table({name: one[name].cast(pa.string()).cast(kind) for name in one.column_names})


def test_one_content_has_one_digest_whatever_holds_it() -> None:
    frame = table(5).astype(object)
    frame.loc[[1, 3], "NHS Number"] = None
    same: list[object] = [frame, frame.fillna(""), frame.astype("string"), frame.astype("category")]
    same += [
        arrow(frame, kind) for kind in (pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string()))
    ]
    same += [Foreign(arrow(frame, pa.string())), pa.table(frame).to_reader()]
    assert {read_extract(one).sha256 for one in same} == {read_extract(frame).sha256}
    one_cell = frame.assign(Gender="Female")
    moved = pd.concat([frame.iloc[1:], frame.iloc[:1]])
    assert len({read_extract(one).sha256 for one in (frame, one_cell, moved)}) == 3


def test_a_dictionary_that_holds_a_text_twice_is_read_as_its_texts() -> None:
    held = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, None]), pa.array(["0001", "0001", None]))
    table_of_four = pa.table(table(4)).drop_columns("LA Person Unique Identifier")
    extract = read_extract(table_of_four.append_column("LA Person Unique Identifier", held))
    assert extract.people.index.tolist() == ["0001"]
    assert extract.account.set_aside == {"no usable identifier": 2}


@pytest.mark.parametrize(
    "cells",
    [
        [1, "1", 1.0],
        [dt.date(2025, 5, 1), "x", None],
        ["\ud800", "b", "c"],
        [Decimal("1.0"), Decimal("1.00"), 1],
    ],
    ids=["numbers and text", "days and text", "half a character", "decimals"],
)
def test_objects_of_several_kinds_are_each_their_own_text(cells: list[object]) -> None:
    frame = table().assign(**{"Event Reference": pd.Series(cells, dtype=object)})
    told = [text_of(cell).encode("utf-8", "replace").decode() for cell in cells]
    assert read_extract(frame).events["event_reference"].tolist() == told


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "frame", "arrow"])
def test_every_kind_of_file_says_the_same(tmp_path: Path, kind: str) -> None:
    writers: dict[str, Callable[[], object]] = {
        "csv": lambda: write(tmp_path / "a.csv", as_text(rows())),
        "xlsx": lambda: save(tmp_path / "a.xlsx", ("CLD", with_headings(rows()))),
        "parquet": lambda: table().to_parquet(tmp_path / "a.parquet") or tmp_path / "a.parquet",
        "frame": table,
        "arrow": lambda: Foreign(pa.table(table())),
    }
    extract = read_extract(writers[kind]())
    assert extract.people.index.tolist() == ["0001", "0002", "0003"]
    assert [day for _, day in starts(extract)] == [day for _, day in EXPECTED]
    assert len(extract.sha256) == 64


def test_a_file_that_is_not_there_and_a_source_that_is_none(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(ExtractError, match=r"cannot-open|unknown-kind"):
            read_extract(path)
    with pytest.raises(UsageError, match="source-kind"):
        read_extract([1, 2, 3])


def test_a_new_workbook_under_an_old_name_is_read(tmp_path: Path) -> None:
    book = save(tmp_path / "b.xlsx", ("CLD", with_headings(rows()))).rename(tmp_path / "b.xls")
    assert starts(read_extract(book)) == EXPECTED


def test_other_zip_files_are_not_what_they_say(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as file:
        file.writestr("word/document.xml", "<w/>")
    cut = save(tmp_path / "c.xlsx", ("CLD", with_headings(rows())))
    cut.write_bytes(cut.read_bytes()[:900])
    for path in (tmp_path / "a.xlsx", cut):
        with pytest.raises(ExtractError) as caught:
            read_extract(path)
        assert caught.value.code == "not-what-it-says"


@pytest.mark.parametrize(
    ("texts", "rows"),
    [(["Assessment"], 60_000_000), (["a" * 40_000_000], 100)],
    ids=["a value on endless rows", "endless text on some rows"],
)
def test_a_parquet_file_that_unpacks_to_far_more_is_refused_unread(
    tmp_path: Path, texts: list[str], rows: int
) -> None:
    # A column of one value is a few bytes in the file, whatever the number of rows.
    column = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype=np.int8)), pa.array(texts))
    pq.write_table(
        pa.table({"LA Person Unique Identifier": column}), tmp_path / "a.parquet", store_schema=False
    )
    assert (tmp_path / "a.parquet").stat().st_size < 3_000_000
    with pytest.raises(ExtractError, match="parquet-too-large"):
        read_extract(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_text_in_parquet_is_read_whatever_its_type(tmp_path: Path, kind: pa.DataType) -> None:
    frame = table()
    frame.loc[1, "NHS Number"] = None
    columns = {name: pa.array(frame[name].tolist(), pa.string()).cast(kind) for name in frame}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    assert starts(read_extract(tmp_path / "a.parquet")) == [(row - 1, day) for row, day in EXPECTED]


def test_parquet_that_is_damaged_inside_is_read_or_refused(tmp_path: Path) -> None:
    frame = table(200)
    frame["Event Type"] = ["Assessment", "Review", "Request", "Review"] * 50
    frame.to_parquet(tmp_path / "whole.parquet", compression="none")
    whole = (tmp_path / "whole.parquet").read_bytes()
    place = whole.rindex(b"\x0a\x00\x00\x00Assessment\x06\x00\x00\x00Review")
    answers = set()
    # Texts become none, and the numbers that follow them, two bits for each of three words, point at a fourth.
    for at in range(place, place + 90):
        broken = bytearray(whole)
        broken[at] ^= 0xFF
        (tmp_path / "a.parquet").write_bytes(broken)
        try:
            read_extract(tmp_path / "a.parquet")
            answers.add("read")
        except ExtractError as error:
            answers.add(error.code)
    assert "not-what-it-says" in answers
