"""The invented extract in every form in which councils send theirs."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from casetrack.errors import UsageError
from casetrack.synthetic import Council, make_council
from casetrack.synthetic.vocabulary import DATE_FIELDS

IMPOSSIBLE = ("31/02/2026", "30/02/2025", "31/04/2026", "29/02/2025")
SHAPES = {
    "DD/MM/YYYY": "%d/%m/%Y",
    "YYYY-MM-DD": "%Y-%m-%d",
    "YYYY-MM-DD hh:mm:ss": "%Y-%m-%d %H:%M:%S",
    "DD-MMM-YYYY": "%d-%b-%Y",
}


@pytest.fixture(scope="module")
def council() -> Council:
    return make_council(people=120, seed=4, flaws="all", release="mixed")


def read(path: Path, encoding: str = "utf-8", separator: str = ",") -> list[list[str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.reader(file, delimiter=separator))


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize(
    ("encoding", "start"),
    [
        ("utf-8", b"Ward"),
        ("utf-8-sig", b"\xef\xbb\xbfWard"),
        ("cp1252", b"Ward"),
        ("utf-16", b"\xff\xfeW\x00"),
    ],
)
def test_csv_in_every_encoding(
    council: Council, tmp_path: Path, encoding: str, start: bytes, separator: str
) -> None:
    path = tmp_path / "extract.csv"
    council.write_csv(path, encoding=encoding, separator=separator)
    assert path.read_bytes().startswith(start)
    rows = read(path, encoding, separator)
    assert rows[0] == list(council.extract.columns)
    assert rows[1:] == council.extract.to_numpy().tolist()


@pytest.mark.parametrize("date_format", list(SHAPES))
def test_dates_in_every_format(council: Council, tmp_path: Path, date_format: str) -> None:
    path = tmp_path / "extract.csv"
    council.write_csv(path, date_format=date_format)
    table = pd.DataFrame(read(path)[1:], columns=read(path)[0])
    seen = 0
    for name in DATE_FIELDS:
        for before, after in zip(council.extract[name], table[name], strict=True):
            if not re.fullmatch(r"\d\d/\d\d/\d{4}", before):
                assert after == before
            elif before not in IMPOSSIBLE:
                seen += 1
                assert after == dt.datetime.strptime(before, "%d/%m/%Y").strftime(SHAPES[date_format])
    assert seen > 1000
    others = [name for name in council.extract.columns if name not in DATE_FIELDS]
    assert table[others].to_numpy().tolist() == council.extract[others].to_numpy().tolist()


def test_a_date_that_does_not_exist_keeps_its_place(tmp_path: Path) -> None:
    council = make_council(people=300, seed=4, flaws="unreadable_date")
    path = tmp_path / "extract.csv"
    for date_format, expected in (
        ("DD/MM/YYYY", "31/02/2026"),
        ("YYYY-MM-DD", "2026-02-31"),
        ("YYYY-MM-DD hh:mm:ss", "2026-02-31 00:00:00"),
        ("DD-MMM-YYYY", "31-Feb-2026"),
        ("serial", "31/02/2026"),
    ):
        council.write_csv(path, date_format=date_format)
        assert expected in {row[council.extract.columns.get_loc("Event Start Date")] for row in read(path)}


def test_serials_are_those_of_excel(tmp_path: Path) -> None:
    council = make_council(people=20, seed=4)
    path = tmp_path / "extract.csv"
    council.write_csv(path, date_format="serial")
    place = council.extract.columns.get_loc("Reporting Period End Date")
    # 31 March 2026 in Excel.
    assert {row[place] for row in read(path)[1:]} == {"46112"}


def test_headings_of_the_national_database(council: Council, tmp_path: Path) -> None:
    path = tmp_path / "extract.csv"
    council.write_csv(path, headings="database")
    headings = read(path)[0]
    assert "Request_Route_of_Access" in headings
    assert "No_of_adults_being_cared_for" in headings
    assert "Autism_Spectrum_Disorder_ASD" in headings
    assert "Cost_Frequency_Unit_Type" in headings
    assert all(heading.replace("_", "").isalnum() for heading in headings)


def test_excel_with_dates_as_cells(council: Council, tmp_path: Path) -> None:
    path = tmp_path / "extract.xlsx"
    council.write_excel(path, sheet="Extract")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Extract"]
    rows = list(book["Extract"].iter_rows())
    assert [cell.value for cell in rows[0]] == list(council.extract.columns)
    assert len(rows) == len(council.extract) + 1
    assert not any(cell.data_type == "f" for row in rows for cell in row)
    place = council.extract.columns.get_loc("Reporting Period End Date")
    assert {row[place].value for row in rows[1:]} == {dt.datetime(2026, 3, 31)}
    place = council.extract.columns.get_loc("LA Person Unique Identifier")
    written = [row[place].value or "" for row in rows[1:]]
    assert [str(value) for value in written] == council.extract["LA Person Unique Identifier"].tolist()


def test_excel_with_dates_as_text(tmp_path: Path) -> None:
    council = make_council(people=20, seed=4)
    path = tmp_path / "extract.xlsx"
    council.write_excel(path, date_cells=False, date_format="YYYY-MM-DD", headings="database")
    page = openpyxl.load_workbook(path)["CLD"]
    headings = [cell.value for cell in page[1]]
    assert page.cell(2, headings.index("Reporting_Period_End_Date") + 1).value == "2026-03-31"


def test_the_same_workbook_twice(tmp_path: Path) -> None:
    council = make_council(people=20, seed=4)
    for name in ("one.xlsx", "two.xlsx"):
        council.write_excel(tmp_path / name)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_parquet(council: Council, tmp_path: Path) -> None:
    path = tmp_path / "extract.parquet"
    council.write_parquet(path, headings="council")
    again = pd.read_parquet(path)
    assert again.astype(object).to_numpy().tolist() == council.extract.to_numpy().tolist()


def test_to_csv_writes_both_files_or_only_the_extract(tmp_path: Path) -> None:
    council = make_council(people=20, seed=4)
    council.to_csv(tmp_path / "both")
    assert read(tmp_path / "both" / "person_details.csv")[1:] == council.extras.to_numpy().tolist()
    make_council(people=20, seed=4, extras=False).to_csv(tmp_path / "one")
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["cld_extract.csv"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"date_format": "MM/DD/YYYY"}, "unknown-date-format"),
        ({"headings": "mine"}, "unknown-headings"),
        ({"encoding": "ebcdic"}, "unknown-encoding"),
    ],
)
def test_unknown_forms_are_refused(
    council: Council, tmp_path: Path, arguments: dict[str, str], code: str
) -> None:
    with pytest.raises(UsageError) as caught:
        council.write_csv(tmp_path / "extract.csv", **arguments)
    assert caught.value.code == code
    assert not (tmp_path / "extract.csv").exists()
