"""The 12-month rule beyond its tables: dates by default, lists of people to hold back, results."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casetrack.errors import EligibilityError, UsageError
from casetrack.extract import Extract, read_extract
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import REASONS, find_eligible, only_short_term
from casetrack.samples import sample_folder
from unit.small_extracts import table

AS_AT = "2026-03-31"


def extract() -> Extract:
    return read_extract(table().assign(**{"NHS Number": ["9990000018", "9990000026", ""]}))


def held(hold_back: Any) -> dict[str, str]:
    pool = find_eligible(extract(), as_at=AS_AT, hold_back=hold_back)
    out = pool.left_out[pool.left_out["reason"] == "held_back"]
    return dict(zip(out.index, out["note"], strict=True))


EXPECTED = {"0001": "in court", "0002": "no reason given"}


@pytest.mark.parametrize(
    "hold_back",
    [
        {"0001": "in court", "999 000 0026": ""},
        {"0001": "in court", "0002": None},
        pd.DataFrame({"person_id": ["0001", "0002"], "Reason": ["in court", ""]}),
        pd.DataFrame(
            {"Person ID": ["0001", None], "NHS Number": [np.nan, 9990000026], "reason": ["in court", None]}
        ),
        pd.DataFrame(
            {
                "Primary Support Reason": ["x", "y"],
                "LA_Person_Unique_Identifier": ["0001", "0002"],
                "Reason for leaving out": ["in court", " "],
            }
        ),
    ],
)
def test_every_form_of_a_list_to_hold_back(hold_back: Any) -> None:
    assert held(hold_back) == EXPECTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("first", ["", "sep={}\r\n"])
def test_a_csv_as_excel_saves_it(tmp_path: Path, encoding: str, separator: str, first: str) -> None:
    lines = [["NHS Number", "Reason"], ["9990000018", "naïve – café"], ["", ""], ["999 000 0026", ""]]
    path = tmp_path / "hold back.csv"
    text = first.format(separator) + "\r\n".join(separator.join(line) for line in lines)
    path.write_bytes(text.encode(encoding))
    assert held(path) == {"0001": "naïve – café", "0002": "no reason given"}
    assert held(str(path)) == held(path)


def test_identifiers_alone() -> None:
    assert held(["0001", "0002"]) == {"0001": "no reason given", "0002": "no reason given"}
    assert held({"0001"}) == {"0001": "no reason given"}
    assert held(pd.Series(["0002"])) == {"0002": "no reason given"}
    assert held([9990000018]) == {"0001": "no reason given"}
    assert held([]) == {}


def test_strangers_on_the_list_are_counted_and_hold_nobody_back() -> None:
    pool = find_eligible(extract(), as_at=AS_AT, hold_back=["0001", "zz", "", "12", "NULL"])
    finding = next(f for f in pool.findings if f.code == "held-back-nobody")
    assert finding.count == 4
    assert list(pool.left_out.index) == ["0001"]


def test_a_person_with_two_nhs_numbers_is_held_back_by_either() -> None:
    rows = table(2).assign(
        **{"LA Person Unique Identifier": "0001", "NHS Number": ["9990000018", "9990000026"]}
    )
    for number in ("9990000018", "9990000026"):
        pool = find_eligible(read_extract(rows), as_at=AS_AT, hold_back=[number])
        assert pool.outcomes().tolist() == ["held_back"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "hold-back-file"),
        (b"PK\x03\x04\x00\x00", "hold-back-file"),
        (b"LA Person Unique Identifier\n0001\n", "hold-back-columns"),
        (b"name,reason\nx,y\n", "hold-back-columns"),
    ],
)
def test_lists_that_cannot_be_read(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(EligibilityError) as caught:
        find_eligible(extract(), as_at=AS_AT, hold_back=path)
    assert caught.value.code == code


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EligibilityError, match="hold-back-file"):
        find_eligible(extract(), as_at=AS_AT, hold_back=tmp_path / "none.csv")


def test_as_at_is_the_end_of_the_reporting_period_when_there_is_one() -> None:
    rows = table().assign(**{"Reporting Period End Date": "31/03/2026"})
    assert find_eligible(read_extract(rows)).as_at == dt.date(2026, 3, 31)
    rows.loc[0, "Reporting Period End Date"] = ""
    assert find_eligible(read_extract(rows)).as_at == dt.date(2026, 3, 31)
    rows.loc[0, "Reporting Period End Date"] = "31/12/2025"
    with pytest.raises(EligibilityError, match="as-at-needed"):
        find_eligible(read_extract(rows))
    with pytest.raises(EligibilityError, match="as-at-needed"):
        find_eligible(extract())


@pytest.mark.parametrize("months", [0, -1, 100_000])
def test_windows_that_make_no_sense(months: int) -> None:
    with pytest.raises(UsageError, match="months"):
        find_eligible(extract(), as_at=AS_AT, months=months)


def test_the_results() -> None:
    pool = find_eligible(extract(), as_at="31/03/2026", hold_back={"0002": "in court"})
    assert repr(pool) == "Pool(2 eligible of 3 people, assessed 01/04/2025 to 31/03/2026)"
    assert list(pool.flow["reason"]) == ["", *REASONS, "eligible"]
    assert pool.to_frame().equals(pool.flow)
    assert pool.people["assessment_date"].dt.strftime("%d/%m/%Y").tolist() == ["11/02/2026", "13/02/2026"]
    assert pool.window_starts == dt.date(2025, 4, 1)
    shown = pool.to_frame()
    shown["remaining"] = 0
    assert pool.flow["remaining"].iloc[0] == 3


def test_nobody_eligible_is_a_finding_and_no_crash() -> None:
    pool = find_eligible(extract(), as_at="2020-01-01")
    assert pool.people.empty
    assert "nobody-eligible" in pool.findings.codes
    assert pool.outcomes().tolist() == ["assessment_after_as_at"] * 3


def test_the_latest_assessment_in_the_window_is_the_person_s() -> None:
    rows = pd.concat([table(1)] * 3, ignore_index=True)
    rows["Event Start Date"] = ["01/01/2026", "01/02/2026", "01/03/2026"]
    rows["Event End Date"] = ["01/03/2026", "11/02/2026", "01/04/2026"]
    pool = find_eligible(read_extract(rows), as_at=AS_AT)
    assert pool.people["assessment_date"].dt.strftime("%d/%m/%Y").tolist() == ["01/03/2026"]
    assert pool.completed_in_window().tolist() == [True, True, False]


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [0, 4, 3, 2, 1], [3, 1, 4, 0, 2]])
def test_of_services_just_as_late_the_row_that_sorts_last_as_text_tells_the_provider(
    order: list[int],
) -> None:
    service = {"Event Type": "Service", "Service Type": "Long term support: Community"}
    rows = pd.concat([table(1), *[table(1).assign(**service)] * 4], ignore_index=True)
    rows["Service Component"] = ["", "Home support", "Day support", "Meals", "Transport"]
    rows["Event Start Date"] = ["01/02/2026", "01/03/2026", "01/03/2026", "01/03/2026", "01/01/2026"]
    rows["Event End Date"] = ["11/02/2026", "", "", "", ""]
    # Of the three that tie one has no provider, and Home support sorts after Day support.
    rows["Provider CQC Location ID"] = ["", "1-30", "1-200", "", "1-10"]
    pool = find_eligible(read_extract(rows.iloc[order]), as_at=AS_AT)
    assert pool.people["provider"].tolist() == ["1-30"]


def test_the_order_of_the_sample_councils_rows_changes_nobody() -> None:
    folder = sample_folder()
    events = pd.read_csv(folder / "cld_extract.csv", dtype=str, keep_default_na=False)
    details = pd.read_csv(folder / "person_details.csv", dtype=str, keep_default_na=False)

    def coded(events: pd.DataFrame, details: pd.DataFrame) -> Any:
        return code_cohorts(find_eligible(read_extract(events, people=details), as_at=AS_AT))

    usual = coded(events, details)
    for seed in range(3):
        shuffled = events.sample(frac=1, random_state=seed)
        assert coded(shuffled, details.sample(frac=1, random_state=seed)).digest == usual.digest


def test_who_has_nothing_but_short_term_assessments_in_the_window_is_counted() -> None:
    told = (
        ("0001", "Short term assessment", "10/02/2026"),
        ("0002", "Short term assessment", "10/02/2026"),
        ("0002", "Long term assessment", "10/02/2024"),
        ("0003", "Short term assessment", "10/02/2026"),
        ("0003", "Long term assessment", "10/03/2026"),
        ("0004", "Short term assessment", "10/02/2024"),
    )
    frame = pd.concat([table(1)] * len(told), ignore_index=True)
    for heading, values in zip(
        ("LA Person Unique Identifier", "Assessment Type", "Event End Date"),
        zip(*told, strict=True),
        strict=True,
    ):
        frame[heading] = values
    frame["Event Start Date"] = frame["Event End Date"]
    pool = find_eligible(read_extract(frame), as_at=AS_AT)
    assert sorted(pool.people.index) == ["0001", "0002", "0003"]
    assert only_short_term(pool) == 2
    assert pool.people["as_service_user"].all() and not pool.people["as_unpaid_carer"].any()
    assert pool.flow["left_out"].sum() + len(pool.people) == len(pool.extract.people)
    assert "2 of them with nothing but short term assessments" in pool.flow["step"].iloc[-1]
