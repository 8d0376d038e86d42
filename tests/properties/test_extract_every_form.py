"""One council, written in every form that councils use, is one council."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from casetrack.extract import read_extract
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.synthetic import FLAWS, make_council

# A text that is no date has no other format to be written in, and Excel has no days before 1900.
KEPT = tuple(flaw for flaw in FLAWS if flaw not in ("unreadable_date", "age_over_120"))
FORMATS = ["DD/MM/YYYY", "YYYY-MM-DD", "YYYY-MM-DD hh:mm:ss", "DD-MMM-YYYY", "serial"]
ENCODINGS = ["utf-8", "utf-8-sig", "cp1252", "utf-16"]
COUNCIL = make_council(people=250, seed=11, release="mixed", flaws=KEPT)


def coded_from(source: object) -> CodedPool:
    return code_cohorts(find_eligible(read_extract(source, people=COUNCIL.extras), as_at="2026-03-31"))


EXPECTED = coded_from(COUNCIL.extract)


def check(coded: CodedPool) -> None:
    assert coded.digest == EXPECTED.digest
    ours, theirs = coded.pool.extract.account, EXPECTED.pool.extract.account
    assert (ours.used, ours.duplicates, ours.set_aside) == (theirs.used, theirs.duplicates, theirs.set_aside)
    assert coded.pool.outcomes().equals(EXPECTED.pool.outcomes())
    # Columns that no rule reads are counted, and a form can have more of them.
    mine, usual = (
        sorted((f.code, f.field, f.count) for f in c.findings if f.code != "columns-not-read")
        for c in (coded, EXPECTED)
    )
    assert mine == usual


@pytest.mark.parametrize(
    ("date_format", "encoding", "separator", "headings"),
    [
        (date_format, encoding, ",;"[number % 2], ["council", "database"][number // 2 % 2])
        for number, (date_format, encoding) in enumerate(itertools.product(FORMATS, ENCODINGS))
    ],
)
def test_csv(tmp_path: Path, date_format: str, encoding: str, separator: str, headings: str) -> None:
    path = tmp_path / "a.csv"
    COUNCIL.write_csv(
        path, encoding=encoding, separator=separator, date_format=date_format, headings=headings
    )
    check(coded_from(path))


@pytest.mark.parametrize("date_cells", [True, False])
def test_a_workbook(tmp_path: Path, date_cells: bool) -> None:
    COUNCIL.write_excel(tmp_path / "a.xlsx", date_cells=date_cells, headings="database")
    check(coded_from(tmp_path / "a.xlsx"))


@pytest.mark.parametrize("date_format", FORMATS)
def test_parquet(tmp_path: Path, date_format: str) -> None:
    COUNCIL.write_parquet(tmp_path / "a.parquet", date_format=date_format)
    check(coded_from(tmp_path / "a.parquet"))


def test_its_rows_in_another_order_of_columns_with_more_of_them() -> None:
    rows = COUNCIL.extract[COUNCIL.extract.columns[::-1]].assign(**{"Own note": "x", "Team leader": "y"})
    check(coded_from(rows))
