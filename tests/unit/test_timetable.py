"""Dates against tables worked out by hand, with gov.uk's list of bank holidays at hand."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.cases.timetable import Timetable
from casetrack.errors import OutputError, UsageError
from casetrack.working_days import is_working_day, working_days_after, working_days_between
from share import examples

BY_HAND = """
day 0             due               which days do not count
Wed 2025-12-17    Mon 2026-01-05    25 and 26 December, 1 January
Fri 2025-12-19    Wed 2026-01-07    25 and 26 December, 1 January
Sat 2025-12-20    Wed 2026-01-07    day 0 on a Saturday: Monday 22nd is day 1
Sun 2025-12-21    Wed 2026-01-07    day 0 on a Sunday: the same
Wed 2025-12-24    Mon 2026-01-12    25 and 26 December, 1 January
Thu 2025-12-25    Mon 2026-01-12    day 0 on Christmas Day: Monday 29th is day 1
Fri 2026-12-18    Wed 2027-01-06    25 and 28 December (26th is a Saturday), 1 January
Thu 2021-12-23    Tue 2022-01-11    27 and 28 December, 3 January, all three for a weekend
Fri 2026-03-20    Tue 2026-04-07    Good Friday 3 April, Easter Monday 6 April
Fri 2026-03-27    Tue 2026-04-14    Good Friday 3 April, Easter Monday 6 April
Thu 2026-04-02    Mon 2026-04-20    Good Friday 3 April, Easter Monday 6 April
Fri 2026-04-03    Mon 2026-04-20    day 0 on Good Friday: Tuesday 7th is day 1
Tue 2026-04-07    Tue 2026-04-21    none
Mon 2026-04-27    Tue 2026-05-12    4 May
Mon 2026-05-18    Tue 2026-06-02    25 May
Mon 2026-08-24    Tue 2026-09-08    31 August
Mon 2022-09-12    Tue 2022-09-27    19 September, the funeral of Elizabeth II
Mon 2022-05-23    Wed 2022-06-08    2 June, and 3 June for the Platinum Jubilee
Mon 2023-04-24    Wed 2023-05-10    1 May, and 8 May for the coronation
Mon 2020-04-27    Tue 2020-05-12    8 May 2020 (VE Day, moved from 4 May), not 4 May
Thu 2024-02-22    Thu 2024-03-07    none; 29 February counts
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [(match[1], match[2]) for match in re.finditer(r"^\w{3} (\S+)\s+\w{3} (\S+)", table, re.MULTILINE)]


@pytest.mark.parametrize(("day_0", "due"), rows(BY_HAND))
def test_the_list_is_due_ten_working_days_after_day_0(day_0, due):
    assert Timetable(dt.date.fromisoformat(day_0)).list_due.isoformat() == due


def test_the_table_is_read_whole_and_its_weekdays_are_right():
    lines = BY_HAND.strip().splitlines()[1:]
    assert len(rows(BY_HAND)) == len(lines) == 21
    for name, day in re.findall(r"(\w{3}) (\d{4}-\d{2}-\d{2})", BY_HAND):
        assert ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][dt.date.fromisoformat(day).weekday()] == name


@pytest.mark.parametrize(
    "closed",
    [
        "2022-06-02",
        "2022-06-03",
        "2022-09-19",
        "2023-05-08",
        "2025-12-26",
        "2026-04-03",
        "2026-04-06",
        "2026-12-28",
    ],
)
def test_one_off_and_moved_holidays_do_not_count(closed):
    assert not is_working_day(closed)


@pytest.mark.parametrize("open_day", ["2026-03-17", "2026-01-02", "2026-11-30", "2022-05-30", "2026-08-03"])
def test_holidays_of_scotland_and_northern_ireland_count_in_england(open_day):
    assert is_working_day(open_day)


def test_a_holiday_that_the_library_does_not_know_can_be_given():
    proclaimed = dt.date(2026, 7, 6)
    assert Timetable("2026-07-01").list_due == dt.date(2026, 7, 15)
    assert Timetable("2026-07-01", extra_holidays=(proclaimed,)).list_due == dt.date(2026, 7, 16)
    assert Timetable("2026-07-01", extra_holidays=("2026-07-06",)).working_days_after(
        "2026-07-03", 1
    ) == dt.date(2026, 7, 7)


def test_every_step_has_the_day_that_the_rules_give():
    plan = Timetable("2026-03-27", information_return_from="2026-02-02", selected="2026-04-22")
    days = {step.code: step.due and step.due.isoformat() for step in plan.steps}
    assert days == {
        "information-return": "2026-02-23",
        "notified": "2026-03-27",
        "list": "2026-04-14",
        "permission": "2026-04-29",
        "interviews": "2026-05-13",
        "destroy": "2026-10-14",
    }


def test_what_is_not_known_is_left_open_and_says_so():
    frame = Timetable("2026-03-27").to_frame().set_index("step")
    for step in ("Send the information return", "Interviews with the people who agreed"):
        assert pd.isna(frame.loc[step, "due"])
        assert "not" in frame.loc[step, "note"]
    assert frame.loc["Upload the list of 50 cases", "weekday"] == "Tuesday"
    assert frame["due"].dtype.kind == "M"


def test_the_day_to_destroy_the_lookup_is_the_councils_and_ends_with_the_month():
    assert Timetable("2026-08-17").list_due == dt.date(2026, 9, 1)
    assert Timetable("2026-08-17").kept_until == dt.date(2027, 3, 1)
    assert Timetable("2026-07-17").list_due == dt.date(2026, 7, 31)
    assert Timetable("2026-07-17").kept_until == dt.date(2027, 1, 31)
    assert Timetable("2026-07-17", keep_months=2).kept_until == dt.date(2026, 9, 30)
    assert Timetable("2026-08-14").list_due == dt.date(2026, 8, 28)
    assert Timetable("2026-08-14").kept_until == dt.date(2027, 2, 28)
    assert Timetable("2026-08-14", keep_months=18).kept_until == dt.date(2028, 2, 28)
    decided = Timetable("2026-08-14", keep_until="2027-08-31")
    assert decided.kept_until == dt.date(2027, 8, 31)
    assert decided.steps[-1].rule == "The council's decision."


def test_a_day_counted_in_weeks_stays_where_it_is_and_names_the_working_day_before():
    plan = Timetable("2026-04-01", information_return_from="2026-03-13", selected="2026-05-04")
    step = plan.steps[0]
    assert step.due == dt.date(2026, 4, 3)
    assert step.note == "Not a working day: the last one before it is Thursday 2 April 2026."
    assert plan.steps[4].due == dt.date(2026, 5, 25)
    assert plan.steps[4].note.endswith("Friday 22 May 2026.")


def test_days_left():
    plan = Timetable("2026-03-27", information_return_from="2026-03-02", keep_until="2026-12-31")
    left = plan.days_left("2026-04-02").set_index("step")
    assert left.loc["Send the information return"].to_dict() == {
        "due": pd.Timestamp("2026-03-23"),
        "calendar_days": -10,
        "working_days": -8,
        "state": "past",
    }
    assert left.loc["Upload the list of 50 cases", ["calendar_days", "working_days"]].tolist() == [12, 6]
    assert (
        plan.days_left("2026-04-14").set_index("step").loc["Upload the list of 50 cases", "state"]
        == "due today"
    )
    assert set(left["state"]) == {"past", "to come"}


@pytest.mark.parametrize(
    "given_as", [dt.date(2026, 3, 2), dt.datetime(2026, 3, 2, 15), pd.Timestamp("2026-03-02")]
)
def test_a_day_may_be_given_in_any_form_that_is_one_day(given_as):
    assert Timetable(given_as) == Timetable("2026-03-02") == Timetable(" 2026-03-02 ")


@pytest.mark.parametrize(
    "wrong", ["02/03/2026", "2026-02-30", "", 20260302, None, pd.NaT, dt.date(1999, 12, 31), "2100-01-01"]
)
def test_a_day_is_never_guessed(wrong):
    with pytest.raises(UsageError) as caught:
        Timetable(wrong)
    assert caught.value.code == "not-a-date"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"keep_until": "2026-03-01"}, "timetable-order"),
        ({"selected": "2026-03-01"}, "timetable-order"),
        ({"information_return_from": "2026-03-03"}, "timetable-order"),
        ({"keep_months": 0}, "not-a-count"),
        ({"list_working_days": 2.5}, "not-a-count"),
        ({"interview_weeks": True}, "not-a-count"),
    ],
)
def test_what_cannot_be_a_timetable_is_refused(wrong, code):
    with pytest.raises(UsageError) as caught:
        Timetable("2026-03-02", **wrong)
    assert caught.value.code == code


def entries(text: str) -> list[dict[str, str]]:
    """A small reader of calendar files, from RFC 5545 itself: unfold, then name, parameters and value of each entry."""
    # An alarm within an entry has a description of its own.
    text = re.sub(r"BEGIN:VALARM.*?END:VALARM\r\n", "", text, flags=re.S)
    lines = re.sub(r"\r\n[ \t]", "", text).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR" and lines[-2:] == ["END:VCALENDAR", ""]
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and name != "END":
            found[-1][name] = re.sub(r"\\([\\;,])", r"\1", value.replace("\\n", "\n"))
    return found


def test_the_calendar_holds_every_dated_step_and_nothing_else():
    plan = Timetable("2026-03-27", information_return_from="2026-02-02", selected="2026-04-22")
    found = entries(plan.to_ics())
    dated = [step for step in plan.steps if step.due]
    assert [entry["SUMMARY"] for entry in found] == [f"Case tracking: {step.step}" for step in dated]
    for entry, step in zip(found, dated, strict=True):
        assert entry["DTSTART;VALUE=DATE"] == step.due.strftime("%Y%m%d")
        assert entry["DTEND;VALUE=DATE"] == (step.due + dt.timedelta(days=1)).strftime("%Y%m%d")
        assert entry["DTSTAMP"] == "20260327T000000Z"
        assert entry["DESCRIPTION"] == f"{step.rule} {step.note}".strip()
    assert len({entry["UID"] for entry in found}) == len(dated)


def test_the_calendar_is_laid_out_as_the_standard_asks():
    text = Timetable("2026-03-28", keep_until="2026-09-26").to_ics()
    assert text.replace("\r\n", "").count("\n") == text.replace("\r\n", "").count("\r") == 0
    assert max(len(line.encode("utf-8")) for line in text.split("\r\n")) <= 75
    assert any(line.startswith(" ") for line in text.split("\r\n"))
    for must in ("VERSION:2.0", "PRODID:", "UID:", "DTSTAMP:"):
        assert must in text


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=300))
@settings(deadline=None, max_examples=examples(100))
def test_folding_a_line_loses_nothing_and_splits_no_character(line):
    from casetrack.cases.timetable import _folded

    parts = _folded(line).split("\r\n")
    assert all(len(part.encode("utf-8")) <= 75 for part in parts)
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line
    assert all(part.startswith(" ") for part in parts[1:])


def test_the_same_timetable_gives_the_same_calendar_and_a_moved_day_keeps_its_entry():
    first, later = Timetable("2026-03-27"), Timetable("2026-03-27", keep_until="2027-01-04")
    assert first.to_ics() == Timetable("2026-03-27").to_ics()
    assert [entry["UID"] for entry in entries(first.to_ics())] == [
        entry["UID"] for entry in entries(later.to_ics())
    ]
    assert {entry["UID"] for entry in entries(first.to_ics())}.isdisjoint(
        entry["UID"] for entry in entries(Timetable("2026-03-30").to_ics())
    )


def test_the_calendar_is_saved_byte_for_byte_and_not_over_another(tmp_path):
    plan = Timetable("2026-03-27")
    path = plan.save_ics(tmp_path / "dates.ics")
    assert path.read_bytes() == plan.to_ics().encode("utf-8")
    with pytest.raises(OutputError):
        plan.save_ics(path)


def test_the_notebook_table_is_marked_up_for_screen_readers():
    shown = Timetable("2026-03-27")._repr_html_()
    assert shown.count('<th scope="row"') == 6 and shown.count('<th scope="col"') == 4
    assert ">Timetable from Friday 27 March 2026</caption>" in shown
    assert "Tuesday 14 April 2026" in shown


days = st.dates(dt.date(2015, 1, 1), dt.date(2035, 12, 31))


@given(days, st.integers(1, 60))
@settings(deadline=None, max_examples=examples(60))
def test_counting_forward_and_counting_between_agree(day, count):
    after = working_days_after(day, count)
    assert is_working_day(after)
    assert working_days_between(day, after) == count
    assert working_days_between(after, day) == -count


@given(days, st.integers(0, 400), st.integers(0, 400))
@settings(deadline=None, max_examples=examples(60))
def test_working_days_add_up(day, first, second):
    middle, end = day + dt.timedelta(days=first), day + dt.timedelta(days=first + second)
    assert working_days_between(day, end) == working_days_between(day, middle) + working_days_between(
        middle, end
    )
    assert working_days_between(day, day) == 0
