"""The case list as CSV: what is in it, and that no spreadsheet runs any of it."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.errors import OutputError, ReleaseError
from casetrack.release.case_csv import csv_bytes
from casetrack.release.release import Release
from casetrack.words import csv_text
from outputs_example import RUNS, small_release
from share import examples

STARTS = "=+-@＝＋－＠"


def rows_of(content: bytes, separator: str = ",") -> list[list[str]]:
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=separator))


def test_it_is_the_released_table_with_machine_names():
    release = small_release()
    back = pd.read_csv(io.BytesIO(csv_bytes(release)), dtype=str, encoding="utf-8-sig", keep_default_na=False)
    expected = release.table.reset_index()
    assert list(back.columns) == [
        "case_reference",
        "listed_as",
        "codes",
        "age_band",
        "ethnic_group",
        "assessment_month",
    ]
    assert back.to_numpy().tolist() == expected.to_numpy().tolist()


def test_excel_is_told_the_encoding_and_gets_its_own_line_ends():
    content = csv_bytes(small_release(ethnic_group=["Café"] * 4))
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert content.count(b"\r\n") == content.count(b"\n") == content.count(b"\r") == 5
    assert "Café" in content.decode("utf-8")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+44 1", "'+44 1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r\n+1", "'+1"),
        ("  =1", "'=1"),
        ("＝1", "'＝1"),
        ("a;=1", "a;'=1"),
        ('"=1', "\"'=1"),
        ("'=1", "''=1"),
        ("CT01;CT06", "CT01;CT06"),
        ("2025-04 to 2025-06", "2025-04 to 2025-06"),
        ("Tenant - private", "Tenant - private"),
    ],
)
def test_what_would_run_gets_an_apostrophe_and_nothing_else_changes(text, written):
    content = csv_bytes(small_release(ethnic_group=[text] * 4))
    assert [row[4] for row in rows_of(content)[1:]] == [written] * 4


@settings(deadline=None, max_examples=examples(200))
@given(st.text(max_size=30) | st.text(alphabet="=+-@;,\"'| \ta1", max_size=12))
def test_no_cell_starts_like_a_formula_whatever_separates_the_cells(text):
    content = csv_bytes(small_release(ethnic_group=[text] * 4, age_band=["x;" + text] * 4))
    for separator in ",;\t|":
        for row in rows_of(content, separator):
            for cell in row:
                assert not cell.lstrip(' "').startswith(tuple(STARTS))


@given(st.text(max_size=30))
def test_only_apostrophes_are_added(text):
    assert csv_text(text).replace("'", "") == text.replace("'", "")
    assert bool(re.match(r"\s*[=+\-@＝＋－＠]", csv_text(text))) is False


def test_every_text_of_the_examples_is_covered():
    written = rows_of(csv_bytes(small_release(ethnic_group=list(RUNS[:4]))))
    assert all(row[4].startswith("'") for row in written[1:])


def test_the_same_release_gives_the_same_bytes():
    assert csv_bytes(small_release()) == csv_bytes(small_release())


def test_text_longer_than_a_category_is_refused_without_repeating_it():
    with pytest.raises(ReleaseError) as caught:
        csv_bytes(small_release(codes=["Visit to Mrs Example " * 20] * 4))
    assert "Example" not in str(caught.value)


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    path = Release.to_csv(small_release(), tmp_path / "return" / "case-list.csv")
    assert path.read_bytes() == csv_bytes(small_release())
    with pytest.raises(OutputError):
        Release.to_csv(small_release(), path)
