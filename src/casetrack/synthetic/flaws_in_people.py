"""Flaws in who people are and when things happened to them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from casetrack.synthetic.chance import Bools, Chance, Ints, Words
from casetrack.synthetic.people import NONE, SERVICE_USER, People
from casetrack.synthetic.rows import Rows, day_text, months_before, text_days
from casetrack.synthetic.vocabulary import R1_ONLY, VALUES, spelling

__all__ = [
    "age_over_120",
    "boundary_dates",
    "conflicting_details",
    "conflicting_nhs_numbers",
    "dob_after_as_at",
    "duplicate_events",
    "end_before_start",
    "invalid_nhs_number",
    "leap_day_births",
    "missing_local_id",
    "missing_start_date",
    "no_identifier",
    "shared_nhs_number",
    "unreadable_date",
]

_OF_ONE_PERSON = (
    "NHS Number",
    "Date of Birth",
    "Date of Death",
    "Gender",
    "Ethnicity",
    "First Name",
    "Last Name",
)


def _someone(chance: Chance, stream: str, people: People, share: float, least: int = 3) -> Ints:
    """Take a share of the people; everyone when the council is that small."""
    return chance.some(stream, np.arange(people.count, dtype=np.int64), share, least)


def _births(rows: Rows, who: Ints, births: Words) -> Rows:
    """Give each of ``who`` a date of birth, in all rows of theirs."""
    where = rows.of(who)
    return rows.put("Date of Birth", where, births[np.searchsorted(who, rows.person[where])])


def leap_day_births(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Move the birthdays of one person in a hundred to 29 February of a leap year near their own."""
    who = _someone(chance, "who", people, 0.01)
    years = (as_at.year - people.age[who]) // 4 * 4
    years = np.where(years == 1900, 1904, years)
    return _births(rows, who, np.array([f"29/02/{year}" for year in years.tolist()], dtype=object))


def dob_after_as_at(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Put the dates of birth of a few people into the months after ``as_at``."""
    who = _someone(chance, "who", people, 0.0015)
    later = chance.whole("days", len(who), 1, 400)
    return _births(rows, who, day_text((as_at - dt.date(1970, 1, 1)).days + later))


def age_over_120(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Put the dates of birth of a few people more than 121 years back."""
    who = _someone(chance, "who", people, 0.0015)
    years = as_at.year - 121 - chance.whole("years", len(who), 1, 20)
    return _births(rows, who, np.array([f"01/01/{year}" for year in years.tolist()], dtype=object))


def boundary_dates(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Move birthdays, assessments, requests and services onto the edges of the rules, and a day off."""
    day = (as_at - dt.date(1970, 1, 1)).days
    who = _someone(chance, "who", people, 0.03)
    birthdays = [
        months_before(as_at, 12 * age) + dt.timedelta(days=off) for age in (18, 26, 65) for off in (-1, 0, 1)
    ]
    rows = _births(rows, who, _in_turn([f"{birthday:%d/%m/%Y}" for birthday in birthdays], len(who)))
    kinds = rows.columns["Event Type"]
    start, end = (text_days(rows.columns[name]) for name in ("Event Start Date", "Event End Date"))
    windows = {months: (months_before(as_at, months) - dt.date(1970, 1, 1)).days for months in (6, 12, 24)}

    assessments = chance.some("assessments", np.flatnonzero((kinds == "Assessment") & (end != NONE)), 0.06)
    edges = [windows[12], windows[12] + 1, day, day + 1]
    new_end = np.resize(np.array(edges, dtype=np.int64), len(assessments))
    rows = rows.put("Event End Date", assessments, day_text(new_end))
    rows = rows.put("Event Start Date", assessments, day_text(np.minimum(start[assessments], new_end)))

    route = pd.Series(rows.columns["Request: Route of Access"]).str.lower()
    for word, months in (("discharge", 6), ("transition", 24)):
        requests = chance.some(
            word, np.flatnonzero(route.str.contains(word, regex=False).to_numpy(dtype=bool)), 0.2
        )
        edges = [windows[months], windows[months] + 1, day]
        new = day_text(np.resize(np.array(edges, dtype=np.int64), len(requests)))
        rows = rows.put("Event Start Date", requests, new).put("Event End Date", requests, new)

    services = chance.some("services", np.flatnonzero((kinds == "Service") & (end == NONE)), 0.06)
    new = day_text(np.resize(np.array([day, day + 1], dtype=np.int64), len(services)))
    return rows.put("Event Start Date", services, new)


def _in_turn(texts: list[str], count: int) -> Words:
    return np.resize(np.array(texts, dtype=object), count)


def conflicting_details(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Let half the rows of one person in twelve say something else, or nothing, of the person."""
    where = rows.of(_someone(chance, "who", people, 0.08))
    for field in ("Primary Support Reason", "Accommodation Status", "Ethnicity", "Gender", "Dementia"):
        some = chance.some(field, where, 0.5)
        values = [spelling(field, release)[:-1] for release in ("R1", "R2")]
        which = chance.whole(f"{field} value", len(some), 0, len(values[0]) - 1)
        rows = rows.put(field, some, np.where(rows.old[some], values[0][which], values[1][which]))
        rows = rows.put(field, chance.some(f"{field} blank", where, 0.15), "")
    return rows.put("Date of Birth", chance.some("birth", where, 0.2), "")


def shared_nhs_number(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Give one person in 250 another's NHS number, dates and sex: one person under two local ids."""
    known = np.flatnonzero((people.nhs_number != "") & (people.role == SERVICE_USER))
    pairs = _shuffled(chance, known)[: 2 * max(2, round(0.004 * people.count))]
    half = len(pairs) // 2
    like = np.arange(people.count, dtype=np.int64)
    like[pairs[half : 2 * half]] = pairs[:half]
    _, first = np.unique(rows.person, return_index=True)
    where = rows.of(pairs[half : 2 * half])
    for field in _OF_ONE_PERSON:
        if field in rows.columns:
            rows = rows.put(field, where, rows.columns[field][first[like[rows.person[where]]]])
    return rows


def conflicting_nhs_numbers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write a second valid NHS number into one row of some people: a new one, or that of somebody else."""
    many = np.bincount(rows.person, minlength=people.count) >= 2
    single = ~_is_repeated(rows.columns["NHS Number"], rows.person)
    able = np.flatnonzero(many & (people.nhs_number != "") & single)
    picked = _shuffled(chance, able)[: 2 * max(2, round(0.002 * people.count))]
    who, others = picked[: len(picked) // 2], picked[len(picked) // 2 :]
    others = others[: len(who)]
    news = np.where(np.arange(len(who)) % 2 == 0, people.spare_nhs[: len(who)], people.nhs_number[others])
    _, first = np.unique(rows.person, return_index=True)
    return rows.put("NHS Number", first[who], news)


def _shuffled(chance: Chance, among: Ints) -> Ints:
    return among[chance.order("shuffled", len(among))]


def _is_repeated(numbers: Words, person: Ints) -> Bools:
    """Say for each person whether an NHS number of theirs is on the rows of someone else."""
    which, _ = pd.factorize(numbers)
    pairs = pd.DataFrame({"number": which, "person": person}).drop_duplicates()
    shared = pairs[
        (pairs["number"].duplicated(keep=False)) & (pairs["number"] != _blank_code(numbers, which))
    ]
    out = np.zeros(int(person.max()) + 1, dtype=np.bool_)
    out[shared["person"].to_numpy()] = True
    return out


def _blank_code(numbers: Words, which: Ints) -> int:
    blank = which[numbers == ""]
    return int(blank[0]) if len(blank) else -1


def invalid_nhs_number(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Spoil the NHS numbers of one person in 150: wrong check digit, a digit too few, a letter, a filler."""
    usual = rows.columns["NHS Number"] == people.nhs_number[rows.person]
    single = ~_is_repeated(rows.columns["NHS Number"], rows.person)
    constant = np.bincount(rows.person[~usual], minlength=people.count) == 0
    who = chance.some("who", np.flatnonzero((people.nhs_number != "") & single & constant), 0.006, least=4)
    spoilt = [
        (number[:9] + str((int(number[9]) + 1) % 10), number[:9], "X" + number[1:], "1234567890")[place % 4]
        for place, number in enumerate(people.nhs_number[who].tolist())
    ]
    where = rows.of(who)
    return rows.put(
        "NHS Number", where, np.array(spoilt, dtype=object)[np.searchsorted(who, rows.person[where])]
    )


def duplicate_events(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Repeat 7 rows in 1,000 further down, as they are or with another outcome, reference or service end.

    In a mixed extract, copies of rows in Release 1 are written in Release 2.
    """
    which = chance.some("which", np.arange(rows.count, dtype=np.int64), 0.007)
    copies = _in_release_2(rows.take(which)) if rows.old.any() and not rows.old.all() else rows.take(which)
    place = np.arange(len(which), dtype=np.int64)
    copies = copies.put("Event Outcome", place[place % 3 == 1], "Admitted to hospital")
    references = [f"EV9{number:07d}" for number in place.tolist()]
    copies = copies.put(
        "Event Reference", place[place % 3 > 0], np.array(references, dtype=object)[place % 3 > 0]
    )
    services = place[(copies.columns["Event Type"] == "Service") & (place % 2 == 0)]
    ended = f"{as_at:%d/%m/%Y}"
    open_ones = services[copies.columns["Event End Date"][services] == ""]
    copies = copies.put("Event End Date", open_ones, ended)
    both = Rows(
        np.concatenate([rows.person, copies.person]),
        np.concatenate([rows.old, copies.old]),
        {name: np.concatenate([rows.columns[name], copies.columns[name]]) for name in rows.columns},
    )
    # A third of the copies stand before the row that they repeat.
    key = np.concatenate([np.arange(rows.count), np.where(place % 3 == 0, which - 0.5, rows.count + place)])
    return both.take(np.argsort(key, kind="stable"))


def _in_release_2(rows: Rows) -> Rows:
    columns = dict(rows.columns)
    for field, pairs in VALUES.items():
        new = {old: current for current, old in reversed(pairs)}
        columns[field] = np.array([new.get(text, text) for text in columns[field].tolist()], dtype=object)
    for field in R1_ONLY:
        columns[field] = np.full(rows.count, "", dtype=object)
    return Rows(rows.person, np.zeros(rows.count, dtype=np.bool_), columns)


def missing_local_id(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Take the local id from 5 rows in 1,000 that a valid NHS number still ties to their person."""
    numbers = rows.columns["NHS Number"]
    usual = (numbers == people.nhs_number[rows.person]) & (numbers != "")
    # Not where one local id has two numbers: the specification does not say whose such a row would be.
    conflicted = np.bincount(rows.person[~usual], minlength=people.count) > 0
    clean = usual & ~conflicted[rows.person] & ~_is_repeated(numbers, rows.person)[rows.person]
    return rows.put("LA Person Unique Identifier", chance.some("which", np.flatnonzero(clean), 0.005), "")


def no_identifier(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Take both identifiers from 4 rows in 1,000."""
    which = chance.some("which", np.arange(rows.count, dtype=np.int64), 0.004)
    return rows.put("LA Person Unique Identifier", which, "").put("NHS Number", which, "")


def missing_start_date(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Take the Event Start Date from 4 rows in 1,000."""
    which = chance.some("which", np.arange(rows.count, dtype=np.int64), 0.004)
    return rows.put("Event Start Date", which, "")


def unreadable_date(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write dates that do not exist into 2 rows in 1,000 of three date columns."""
    year = as_at.year - as_at.year % 4 + 1
    wrong = [f"31/02/{as_at.year}", f"30/02/{as_at.year - 1}", f"31/04/{as_at.year}", f"29/02/{year}"]
    for field in ("Event Start Date", "Event End Date", "Date of Birth"):
        which = chance.some(field, np.flatnonzero(rows.columns[field] != ""), 0.002)
        rows = rows.put(field, which, _in_turn(wrong, len(which)))
    return rows


def end_before_start(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Put the Event End Date of 5 rows in 1,000 before their start."""
    start, end = (text_days(rows.columns[name]) for name in ("Event Start Date", "Event End Date"))
    which = chance.some("which", np.flatnonzero((start != NONE) & (end != NONE)), 0.005)
    return rows.put("Event End Date", which, day_text(start[which] - chance.whole("days", len(which), 1, 30)))
