"""Readiness: a council that is ready, eight with one thing wrong each, and what is written and said of it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import casetrack as ct
from casetrack.checks.readiness import Readiness
from casetrack.checks.waiting import long_term_unreviewed, waiting_now
from command import Ended, here
from ready_councils import AS_AT, FAULTS, ID, person_file, ready_council

#: What else a fault shows up in.
ALSO = {
    # With so many left out, fewer are left to hide among.
    "dates of birth missing": {"reached_today"},
    "nobody from children's services": {"people_ahead", "reached_today"},
    "last month missing": {"people_by_code", "people_ahead", "reached_today"},
}
NAMES = (
    "people_by_code",
    "people_ahead",
    "assessments_by_month",
    "left_out",
    "not_recorded",
    "values_not_recognised",
    "lists_match",
    "identifiers",
    "file_reach",
    "reached_today",
    "expected_places",
    "waiting_now",
    "no_review",
)


def found_in(rows: pd.DataFrame) -> Readiness:
    return ct.readiness(ct.read_extract(rows, people=person_file(rows)), AS_AT)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return ready_council()


@pytest.fixture(scope="module")
def ready(rows: pd.DataFrame) -> Readiness:
    return found_in(rows)


def test_a_ready_council_has_nothing_to_act_on(ready: Readiness) -> None:
    assert tuple(check.name for check in ready.checks) == NAMES
    assert {check.name: check.state for check in ready.checks if check.state == "act"} == {}
    assert ready.state == "ready"
    assert all(check.figure and check.threshold and check.advice for check in ready.checks)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_check_and_by_no_other(
    fault: str, rows: pd.DataFrame, ready: Readiness
) -> None:
    name, wrong = FAULTS[fault]
    found = found_in(wrong(rows))
    assert found[name].state == "act"
    acting = {check.name for check in found.checks if check.state == "act"}
    assert acting <= {name} | ALSO.get(fault, set())
    assert found[name].advice != ready[name].advice


def test_lists_that_match_nobody_are_found(rows: pd.DataFrame) -> None:
    strangers = person_file(rows).assign(**{ID: lambda t: "9" + t[ID]})
    mixed = pd.concat([person_file(rows).head(100), strangers.head(50)])
    extract = ct.read_extract(rows, people=mixed)
    assert ct.readiness(extract, AS_AT)["lists_match"].state == "act"
    held = {rows[ID].iloc[0]: "asked not to be", "nobody": "left", "noone": "left"}
    found = ct.readiness(ct.read_extract(rows), AS_AT, hold_back=held)["lists_match"]
    assert found.state == "act"
    assert "1 of 3 people on the hold-back list" in found.figure


def test_a_list_that_cannot_be_drawn_is_said_so(rows: pd.DataFrame) -> None:
    nobody = rows[rows["Event Type"] != "Assessment"]
    found = ct.readiness(ct.read_extract(nobody), AS_AT)
    assert found["reached_today"].state == "act"
    assert found["reached_today"].advice.startswith("No list can be drawn today")


def test_it_names_nobody_but_in_the_list_of_what_to_mend(rows: pd.DataFrame, tmp_path: Path) -> None:
    found = found_in(FAULTS["NHS numbers wrong"][1](rows))
    page, book = found.to_html(tmp_path / "r.html"), found.to_excel(tmp_path / "r.xlsx")
    sheets = openpyxl.load_workbook(book)
    cells = [
        str(c.value) for sheet in sheets for line in sheet.iter_rows() for c in line if c.value is not None
    ]
    said = "\n".join(
        [
            repr(found),
            str(found),
            found._repr_html_(),
            json.dumps(found.to_dict()),
            page.read_text("utf-8"),
            *cells,
        ]
    )
    assert not [one for one in rows[ID].unique() if one in said]
    assert not [one for one in rows["NHS Number"].unique() if one and one in said]
    assert len(sheets.sheetnames) == 1 + len(NAMES)
    mend = found.to_mend
    assert list(mend.columns) == ["person_id", "team", "check", "what"]
    assert (mend["check"] == found["identifiers"].title).sum() > 10


def test_the_same_extract_gives_the_same_files(ready: Readiness, rows: pd.DataFrame, tmp_path: Path) -> None:
    again = found_in(rows.sample(frac=1, random_state=3))
    for kind in ("xlsx", "html"):
        write = {"xlsx": "to_excel", "html": "to_html"}[kind]
        one = getattr(ready, write)(tmp_path / f"one.{kind}").read_bytes()
        assert getattr(again, write)(tmp_path / f"two.{kind}").read_bytes() == one
    pd.testing.assert_frame_equal(ready.to_mend, again.to_mend)


def test_the_trend_tells_what_changed(rows: pd.DataFrame) -> None:
    before = FAULTS["ethnicity missing"][1](rows)
    found = ct.readiness(ct.read_extract(rows), AS_AT, before=ct.read_extract(before))
    assert found.trend is not None
    row = found.trend.set_index("check").loc[found["not_recorded"].title]
    assert row["before"] == "act"
    assert row["now"] != "act"


def small(events: list[dict[str, str]]) -> ct.Pool:
    usual = {ID: "0001", "Date of Birth": "15/06/1970", "Client Type": "Service user"}
    headings = {"start": "Event Start Date", "end": "Event End Date", "event": "Event Type", "person": ID,
                "outcome": "Event Outcome", "service": "Service Type", "born": "Date of Birth"}  # fmt: skip
    table = pd.DataFrame(
        [usual | {headings[k]: v for k, v in event.items()} for event in events], dtype=object
    ).fillna("")
    return ct.find_eligible(ct.read_extract(table), AS_AT)


def test_who_waits_now() -> None:
    on = "Progress to assessment, review or reassessment"
    pool = small(
        [
            {"person": "long", "event": "Request", "start": "01/06/2025", "end": "02/06/2025", "outcome": on},
            {"person": "short", "event": "Request", "start": "03/03/2026", "end": "03/03/2026", "outcome": on},
            {"person": "seen", "event": "Request", "start": "01/06/2025", "end": "02/06/2025", "outcome": on},
            {"person": "seen", "event": "Assessment", "start": "01/06/2025", "end": "02/07/2025"},
            {"person": "sent away", "event": "Request", "start": "01/06/2025", "end": "02/06/2025", "outcome": on},
            {"person": "sent away", "event": "Request", "start": "01/07/2025", "outcome": "NFA: Other"},
            {"person": "young", "event": "Request", "start": "03/03/2026", "outcome": on, "born": "01/01/2015"},
            {"person": "later", "event": "Request", "start": "01/04/2026", "end": "", "outcome": on},
        ]
    )  # fmt: skip
    found = waiting_now(pool)
    assert found["band"].to_dict() == {"long": "183 days or more", "short": "Up to 28 days"}
    assert found.loc["short", "days"] == 28


def test_whose_long_term_support_was_not_looked_at() -> None:
    home = "Long term support: Community"
    pool = small(
        [
            {"person": "neither", "event": "Service", "start": "01/04/2025", "service": home},
            {"person": "under", "event": "Service", "start": "02/04/2025", "service": home},
            {"person": "reviewed", "event": "Service", "start": "01/04/2020", "service": home},
            {"person": "reviewed", "event": "Review", "start": "01/04/2025", "end": "01/04/2025"},
            {"person": "assessed", "event": "Service", "start": "01/04/2020", "service": home},
            {"person": "assessed", "event": "Assessment", "start": "01/03/2025", "end": "01/05/2025"},
            {
                "person": "ended",
                "event": "Service",
                "start": "01/04/2020",
                "end": "30/03/2026",
                "service": home,
            },
        ]
    )
    assert long_term_unreviewed(pool)["looked_at"].to_dict() == {
        "neither": "Neither",
        "reviewed": "Reviewed",
        "assessed": "Reassessed only",
    }


def test_the_command_says_writes_and_refuses(
    rows: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def casetrack(*arguments: object) -> Ended:
        return here(monkeypatch, capsys, *arguments)

    source = tmp_path / "extract.csv"
    rows.to_csv(source, index=False)
    options = ["--as-at", AS_AT.isoformat(), "--size", "30"]
    told = casetrack("readiness", str(source), *options, "--json", "--people-out", str(tmp_path / "mend.csv"))
    assert told.code == 0
    assert [check["name"] for check in json.loads(told.out)["checks"]] == list(NAMES)
    assert (tmp_path / "mend.csv").read_text("utf-8").startswith("person_id,team,check,what\n")
    page = casetrack(
        "readiness", str(source), *options, "--out", str(tmp_path / "page.html"), "--before", str(source)
    )
    assert page.code == 0
    assert "to act on" in page.out
    assert "Last month and now" in page.out
    assert "Since last month" in (tmp_path / "page.html").read_text("utf-8")
    refused = casetrack("readiness", str(source), "--out", "page.pdf")
    assert refused.code == 2
    assert "out-kind" in refused.err


def test_the_last_full_month_is_looked_at(rows: pd.DataFrame) -> None:
    found = ct.readiness(ct.read_extract(rows), dt.date(2026, 3, 15), size=20)
    assert found["assessments_by_month"].detail["month"].iloc[-1] == "2026-02"
    assert dataclasses.replace(found, checks=found.checks[-2:]).state == "ready"


def test_people_with_nothing_but_short_term_assessments_are_counted(rows: pd.DataFrame) -> None:
    short = rows.assign(**{"Assessment Type": "Short term assessment"})
    found = ct.readiness(ct.read_extract(short), AS_AT)
    table = found["left_out"].detail.set_index("what")["people"]
    eligible = len(ct.find_eligible(ct.read_extract(short), AS_AT).people)
    assert table["eligible by nothing but short term assessments"] == eligible > 0
