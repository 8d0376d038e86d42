"""The oracle itself: against the six worked example files, and against cases worked by hand."""

from __future__ import annotations

import importlib
import json
import sys
from datetime import date
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path.append(str(TESTS))
oracle = importlib.import_module("oracle")

AS_AT = date(2026, 3, 31)
NHS_A, NHS_B = "9990000018", "9990000026"


def an_event(**changes: str) -> dict[str, str]:
    row = {
        "LA Person Unique Identifier": "0001",
        "NHS Number": "",
        "Date of Birth": "15/06/1990",
        "Client Type": "Service user",
        "Primary Support Reason": "Unknown",
        "Event Type": "Assessment",
        "Event Start Date": "01/01/2026",
        "Event End Date": "01/02/2026",
    }
    headings = {"local": "LA Person Unique Identifier", "nhs": "NHS Number", "born": "Date of Birth"}
    headings |= {"client": "Client Type", "reason": "Primary Support Reason", "kind": "Event Type"}
    headings |= {"start": "Event Start Date", "end": "Event End Date", "route": "Request: Route of Access"}
    headings |= {"service": "Service Type", "died": "Date of Death", "outcome": "Event Outcome"}
    return row | {headings[name]: value for name, value in changes.items()}


def work_out(*rows: dict[str, str], as_at: date = AS_AT, **parameters: object) -> dict:
    return oracle.oracle(oracle.read_rows(rows), as_at, **parameters)


def only(*rows: dict[str, str], **parameters: object) -> dict:
    (person,) = work_out(*rows, **parameters)["persons"].values()
    return person


@pytest.mark.parametrize(
    ("name", "as_at"),
    [
        ("r2_example", date(2026, 3, 31)),
        ("r1_example", date(2026, 3, 31)),
        ("mixed_leap_example", date(2024, 2, 29)),
        ("r2_joined", date(2026, 3, 31)),
        ("r1_single", date(2025, 9, 30)),
        ("mixed_dirty", date(2024, 2, 29)),
    ],
)
def test_agrees_with_the_worked_examples_for_every_person(name: str, as_at: date) -> None:
    folder = TESTS / "data" / "cld"
    expected = json.loads((folder / f"{name}.expected.json").read_text(encoding="utf-8"))
    rows = oracle.read_rows(folder / f"{name}.csv")
    found = oracle.oracle(rows, as_at)
    for count in ("rows", "set_aside", "duplicates", "people", "mode", "outcomes", "codes"):
        assert found[count] == expected[count], count
    told = ("outcome", "codes", "conversation")
    assert {key: [person[t] for t in told] for key, person in found["persons"].items()} == {
        key: [person[t] for t in told] for key, person in expected["persons"].items()
    }


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"end": "31/03/2026"}, "eligible"),
        ({"end": "01/04/2026"}, "assessment_after_as_at"),
        ({"start": "01/01/2025", "end": "01/04/2025"}, "eligible"),
        ({"start": "01/01/2025", "end": "31/03/2025"}, "assessment_too_old"),
        ({"end": "31/12/2025"}, "no_assessment"),
        ({"end": ""}, "no_assessment"),
        ({"end": "31/13/2025"}, "no_assessment"),
        ({"start": "30/02/2025"}, "no_assessment"),
        ({"start": "NULL"}, "no_assessment"),
        ({"kind": "Assessments"}, "eligible"),
        ({"kind": "Assessment review"}, "no_assessment"),
        ({"kind": "Contact"}, "no_assessment"),
        ({"client": ""}, "no_assessment"),
        ({"client": "CARER"}, "eligible"),
        ({"client": "Carer known by association"}, "known_by_association"),
        ({"born": ""}, "age_unknown"),
        ({"born": "01/04/2026"}, "age_unknown"),
        ({"born": "31/03/1905"}, "age_unknown"),
        ({"born": "01/04/1905"}, "eligible"),
        ({"born": "01/04/2008"}, "under_18"),
        ({"born": "31/03/2008"}, "eligible"),
        ({"died": "31/03/2026"}, "deceased"),
        ({"died": "01/04/2026"}, "eligible"),
        ({"outcome": "NFA - Deceased"}, "deceased"),
    ],
)
def test_one_assessment_and_what_becomes_of_it(changes: dict[str, str], outcome: str) -> None:
    assert only(an_event(**changes))["outcome"] == outcome


def test_months_end_on_the_day() -> None:
    assert oracle.months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert oracle.months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert oracle.age_on(date(2008, 2, 29), date(2026, 2, 28)) == 17
    assert oracle.age_on(date(2008, 2, 29), date(2026, 3, 1)) == 18


def test_a_shared_nhs_number_joins_local_ids_and_a_second_one_stops_that() -> None:
    joined = work_out(an_event(local="0002", nhs=NHS_A), an_event(local="0001", nhs="999 000 0018"))
    assert joined["persons"].keys() == {"0001"}
    apart = work_out(
        an_event(local="0001", nhs=NHS_A),
        an_event(local="0001", nhs=NHS_B),
        an_event(local="0002", nhs=NHS_A),
        an_event(local="", nhs=NHS_B),
    )
    assert apart["persons"].keys() == {"0001", "0002", "N" + NHS_B}
    assert work_out(an_event(local="", nhs="9990000010"))["set_aside"] == 1


def test_of_two_rows_of_one_event_one_is_kept_and_a_row_that_is_no_event_is_never_a_duplicate() -> None:
    twice = [an_event(reason="Mental health support"), an_event(reason="Learning disability support")]
    found = work_out(*twice)
    assert (found["rows"], found["duplicates"]) == (2, 1)
    assert found["persons"]["0001"]["codes"] == ["CT05"]
    assert work_out(*reversed(twice))["persons"] == found["persons"]
    assert work_out(an_event(kind="Contact"), an_event(kind="Contact"))["duplicates"] == 0


def test_known_then_open_then_latest_end_then_latest_start_then_the_row_that_sorts_last() -> None:
    def reason(*rows: dict[str, str]) -> str:
        return only(*rows)["latest"]["primary_support_reason"]

    service = {"kind": "Service", "service": "Long term support: Community"}
    still_open = an_event(start="01/01/2024", end="", reason="open", **service)
    assert reason(still_open, an_event(reason="Unknown", end="")) == "open"
    assert reason(still_open, an_event(reason="closed")) == "open"
    assert reason(still_open, an_event(reason="to come", start="01/04/2026", end="")) == "open"
    assert reason(an_event(reason="early", start="01/12/2025"), an_event(reason="late")) == "late"
    assert reason(an_event(reason="late"), an_event(reason="early", start="01/12/2025")) == "late"
    assert reason(an_event(reason="first"), an_event(reason="second", kind="Review")) == "second"


def test_discharge_needs_a_service_on_or_after_it() -> None:
    request = an_event(kind="Request", route="Discharge from hospital", start="01/10/2025", end="02/10/2025")
    earlier = request | {"Event Start Date": "30/09/2025"}
    service = an_event(kind="Service", service="Short Term Support: ST-Max", start="01/10/2025", end="")
    before = service | {"Event Start Date": "30/09/2025"}
    assert only(an_event(), request, service)["codes"] == ["CT03"]
    assert only(an_event(), request, before)["codes"] == []
    assert only(an_event(), earlier, service)["codes"] == []


def test_parameters_and_people_held_back() -> None:
    review = an_event(kind="Review")
    assert only(review)["outcome"] == "no_assessment"
    assert only(review, count_reviews=True)["outcome"] == "eligible"
    assert only(an_event(), months=1)["outcome"] == "assessment_too_old"
    assert only(an_event(), hold_back=["0001"])["outcome"] == "held_back"
    assert only(an_event(born="01/01/2020"), hold_back=["0001"])["outcome"] == "under_18"
    assert only(an_event(), older_from=35)["codes"] == ["CT01"]


def test_one_column_has_one_format() -> None:
    expected = [date(2026, 3, 5)]
    for text in ("05/03/2026", "2026-03-05", "2026-03-05 00:00:00", "05-Mar-2026", "46086"):
        assert oracle.dates_of([text]) == expected
        assert oracle.dates_of([text, "NULL", "99/99/9999"]) == [*expected, None, None]
    with pytest.raises(ValueError, match="mixes"):
        oracle.dates_of(["05/03/2026", "2026-03-05"])
    with pytest.raises(ValueError, match="month first"):
        oracle.dates_of(["05/03/2026", "12/31/2025"])


def test_three_encodings_read_the_same(tmp_path: Path) -> None:
    text = "LA Person Unique Identifier;Client Type\n0012;Service user – café\n"
    read = []
    for encoding in ("utf-8", "utf-8-sig", "cp1252", "utf-16"):
        (tmp_path / encoding).write_text(text, encoding=encoding)
        read.append(oracle.read_rows(tmp_path / encoding))
    assert read == [[{"lapersonuniqueidentifier": "0012", "clienttype": "Service user – café"}]] * 4
