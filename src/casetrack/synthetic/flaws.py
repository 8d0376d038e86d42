"""Each kind of trouble that real extracts hold, to be put into an invented one on purpose.

Every flaw draws from streams of its own, so choosing another one does not reseed it. They stand in the order in which
they are put in: who people are and when things happened first, then how cells are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from casetrack.dates import months_before
from casetrack.synthetic.chance import Bools, Chance, Ints, Words
from casetrack.synthetic.people import NONE, People
from casetrack.synthetic.rows import Rows, day_text, text_days
from casetrack.synthetic.vocabulary import R1_ONLY, SERVICE_USER, VALUES, spelling

Flaw = Callable[[Chance, Rows, People, dt.date], Rows]

_OF_ONE_PERSON = (
    "NHS Number",
    "Date of Birth",
    "Date of Death",
    "Gender",
    "Ethnicity",
    "First Name",
    "Last Name",
)
_FORMULAS = ("=1+1", "@SUM(A1)", "+44 0", "-2+3", '=HYPERLINK("http://example.invalid","x")', "\t=1+1")
_VARIANTS = {
    "Request": ("Requests", "request", "Request for support"),
    "Assessment": ("Assessments", "ASSESSMENT", "Care Act assessment"),
    "Service": ("Services", "service ", "Service provision"),
    "Review": ("Reviews", " Review", "Planned review"),
}
#: Each flaw by name; its docstring says what it is.
_PUT_IN: dict[str, Flaw] = {}


def add_flaws(
    chance: Chance, rows: Rows, extras: pd.DataFrame, people: People, as_at: dt.date, chosen: tuple[str, ...]
) -> tuple[Rows, pd.DataFrame]:
    """Put the chosen flaws into the rows, and those that can be there into the extras."""
    for name in chosen:
        rows = _PUT_IN[name](Chance(f"{chance.seed}\x1f{name}"), rows, people, as_at)
    if "formula_text" in chosen:
        extras = _formula_text_in_extras(Chance(f"{chance.seed}\x1fextras"), extras)
    return rows, extras


def _flaw(put_in: Flaw) -> Flaw:
    _PUT_IN[put_in.__name__] = put_in
    return put_in


def _some(chance: Chance, stream: str, among: int | Bools, share: float) -> Ints:
    """Take a share of so many, or of those that are marked; all of them when they are few."""
    return chance.some(stream, np.flatnonzero(np.ones(among) if isinstance(among, int) else among), share)


def _births(rows: Rows, who: Ints, births: Words) -> Rows:
    """Give each of ``who`` a date of birth, in all rows of theirs."""
    where = rows.of(who)
    return rows.put("Date of Birth", where, births[np.searchsorted(who, rows.person[where])])


@_flaw
def leap_day_births(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Some people are born on 29 February."""
    who = _some(chance, "who", people.count, 0.01)
    years = (as_at.year - people.age[who]) // 4 * 4
    years = np.where(years == 1900, 1904, years)
    return _births(rows, who, np.array([f"29/02/{year}" for year in years.tolist()], dtype=object))


@_flaw
def dob_after_as_at(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Some dates of birth lie after as_at."""
    who = _some(chance, "who", people.count, 0.0015)
    later = chance.whole("days", len(who), 1, 400)
    return _births(rows, who, day_text((as_at - dt.date(1970, 1, 1)).days + later))


@_flaw
def age_over_120(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Some people would be over 120."""
    who = _some(chance, "who", people.count, 0.0015)
    years = as_at.year - 121 - chance.whole("years", len(who), 1, 20)
    return _births(rows, who, np.array([f"01/01/{year}" for year in years.tolist()], dtype=object))


@_flaw
def boundary_dates(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Birthdays, requests and assessments on the edges of every rule."""
    day = (as_at - dt.date(1970, 1, 1)).days
    who = _some(chance, "who", people.count, 0.03)
    birthdays = [
        months_before(as_at, 12 * age) + dt.timedelta(days=off) for age in (18, 26, 65) for off in (-1, 0, 1)
    ]
    rows = _births(rows, who, np.resize([f"{birthday:%d/%m/%Y}" for birthday in birthdays], len(who)))
    kinds = rows.columns["Event Type"]
    start, end = (text_days(rows.columns[name]) for name in ("Event Start Date", "Event End Date"))
    windows = {months: (months_before(as_at, months) - dt.date(1970, 1, 1)).days for months in (6, 12, 24)}

    assessments = _some(chance, "assessments", (kinds == "Assessment") & (end != NONE), 0.06)
    edges = [windows[12], windows[12] + 1, day, day + 1]
    new_end = np.resize(edges, len(assessments))
    rows = rows.put("Event End Date", assessments, day_text(new_end))
    rows = rows.put("Event Start Date", assessments, day_text(np.minimum(start[assessments], new_end)))

    route = pd.Series(rows.columns["Request: Route of Access"]).str.lower()
    for word, months in (("discharge", 6), ("transition", 24)):
        requests = _some(chance, word, route.str.contains(word, regex=False).to_numpy(dtype=bool), 0.2)
        edges = [windows[months], windows[months] + 1, day]
        new = day_text(np.resize(edges, len(requests)))
        rows = rows.put("Event Start Date", requests, new).put("Event End Date", requests, new)

    services = _some(chance, "services", (kinds == "Service") & (end == NONE), 0.06)
    new = day_text(np.resize([day, day + 1], len(services)))
    return rows.put("Event Start Date", services, new)


@_flaw
def conflicting_details(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Rows of one person differ in what they say of the person."""
    where = rows.of(_some(chance, "who", people.count, 0.08))
    for field in ("Primary Support Reason", "Accommodation Status", "Ethnicity", "Gender", "Dementia"):
        some = chance.some(field, where, 0.5)
        values = [spelling(field, release)[:-1] for release in ("R1", "R2")]
        which = chance.whole(f"{field} value", len(some), 0, len(values[0]) - 1)
        rows = rows.put(field, some, np.where(rows.old[some], values[0][which], values[1][which]))
        rows = rows.put(field, chance.some(f"{field} blank", where, 0.15), "")
    return rows.put("Date of Birth", chance.some("birth", where, 0.2), "")


@_flaw
def shared_nhs_number(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Two local ids carry one valid NHS number: one person."""
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


@_flaw
def conflicting_nhs_numbers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """One local id carries two valid NHS numbers."""
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
    pairs = pd.DataFrame({"number": numbers, "person": person}).drop_duplicates()
    shared = pairs[pairs["number"].duplicated(keep=False) & (pairs["number"] != "")]
    out = np.zeros(int(person.max()) + 1, dtype=np.bool_)
    out[shared["person"].to_numpy()] = True
    return out


@_flaw
def invalid_nhs_number(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """NHS numbers that fail Modulus 11 or are not 10 digits."""
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


@_flaw
def duplicate_events(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """The same event twice, sometimes with another outcome."""
    which = _some(chance, "which", rows.count, 0.007)
    # In a mixed extract, copies of rows in Release 1 are written in Release 2.
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


@_flaw
def missing_local_id(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """No local id, but a valid NHS number."""
    numbers = rows.columns["NHS Number"]
    usual = (numbers == people.nhs_number[rows.person]) & (numbers != "")
    # Not where one local id has two numbers: the specification does not say whose such a row would be.
    conflicted = np.bincount(rows.person[~usual], minlength=people.count) > 0
    clean = usual & ~conflicted[rows.person] & ~_is_repeated(numbers, rows.person)[rows.person]
    return rows.put("LA Person Unique Identifier", _some(chance, "which", clean, 0.005), "")


@_flaw
def no_identifier(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Neither a local id nor an NHS number."""
    which = _some(chance, "which", rows.count, 0.004)
    return rows.put("LA Person Unique Identifier", which, "").put("NHS Number", which, "")


@_flaw
def missing_start_date(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """No Event Start Date."""
    which = _some(chance, "which", rows.count, 0.004)
    return rows.put("Event Start Date", which, "")


@_flaw
def unreadable_date(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Dates that do not exist, such as 31/02/2026."""
    year = as_at.year - as_at.year % 4 + 1
    wrong = [f"31/02/{as_at.year}", f"30/02/{as_at.year - 1}", f"31/04/{as_at.year}", f"29/02/{year}"]
    for field in ("Event Start Date", "Event End Date", "Date of Birth"):
        which = _some(chance, field, rows.columns[field] != "", 0.002)
        rows = rows.put(field, which, np.resize(wrong, len(which)))
    return rows


@_flaw
def end_before_start(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Event End Date before Event Start Date."""
    start, end = (text_days(rows.columns[name]) for name in ("Event Start Date", "Event End Date"))
    which = _some(chance, "which", (start != NONE) & (end != NONE), 0.005)
    return rows.put("Event End Date", which, day_text(start[which] - chance.whole("days", len(which), 1, 30)))


def _any_of(chance: Chance, stream: str, values: tuple[str, ...], count: int) -> Words:
    pool = np.array(values, dtype=object)
    return np.asarray(pool[chance.whole(stream, count, 0, len(values) - 1)], dtype=object)


@_flaw
def event_type_variants(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Event types such as Assessments, still recognisable."""
    which = _some(chance, "which", rows.count, 0.01)
    kinds = rows.columns["Event Type"][which].tolist()
    form = chance.whole("form", len(which), 0, 2).tolist()
    new = [
        _VARIANTS[kind][number] if kind in _VARIANTS else kind
        for kind, number in zip(kinds, form, strict=True)
    ]
    return rows.put("Event Type", which, new)


@_flaw
def unrecognised_event_type(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Event types that say nothing, or two things."""
    which = _some(chance, "which", rows.count, 0.004)
    values = ("Contact", "", "Assessment and review", "Unknown")
    return rows.put("Event Type", which, np.resize(values, len(which)))


@_flaw
def unrecognised_values(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Values that the national lists do not hold."""
    for field, value in (
        ("Primary Support Reason", "Frailty"),
        ("Accommodation Status", "Canal boat"),
        ("Request: Route of Access", "Website form"),
        ("Service Type", "Gardening"),
        ("Ethnicity", "Cornish"),
        ("Client Type", "Customer"),
        ("Event Outcome", "Passed to panel"),
    ):
        rows = rows.put(field, _some(chance, field, rows.columns[field] != "", 0.003), value)
    return rows


@_flaw
def unknown_tokens(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Known values replaced by Not known, Not recorded and the like."""
    values = ("Unknown", "Not known", "Not recorded", "NOT KNOWN", "No data")
    for field in (
        "Gender",
        "Ethnicity",
        "Primary Support Reason",
        "Accommodation Status",
        "Client Funding Status",
    ):
        which = _some(chance, field, rows.columns[field] != "", 0.02)
        rows = rows.put(field, which, _any_of(chance, f"{field} word", values, len(which)))
    return rows


@_flaw
def missing_tokens(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Blanks written as NULL, N/A, None and -."""
    for field in (
        *("NHS Number", "LA Person Unique Identifier", "Adult 3 Linked Person_ID"),
        *("Date of Birth", "Date of Death", "Event End Date", "Event Outcome"),
        *("Request: Route of Access", "Service Type", "Primary Support Reason"),
    ):
        which = _some(chance, field, rows.columns[field] == "", 0.33)
        tokens = ("NULL", "N/A", "None", "-", " ", "null")
        rows = rows.put(field, which, _any_of(chance, f"{field} token", tokens, len(which)))
    return rows


@_flaw
def case_and_punctuation(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Values in other case, spacing and punctuation."""
    for field in VALUES:
        if field == "Event Type":
            continue
        which = _some(chance, field, rows.columns[field] != "", 0.1)
        form = chance.whole(f"{field} form", len(which), 0, 5).tolist()
        texts = rows.columns[field][which].tolist()
        new = [_written_otherwise(text, number) for text, number in zip(texts, form, strict=True)]
        rows = rows.put(field, which, new)
    return rows


def _written_otherwise(text: str, form: int) -> str:
    return (
        text.upper(),
        text.lower(),
        text.replace(" and ", " & "),
        text.replace(" or ", " / "),
        "  ".join(text.split(" ")) + " ",
        text.replace(": ", " - "),
    )[form]


@_flaw
def nhs_number_with_spaces(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """NHS numbers written 999 123 4567."""
    tens = pd.Series(rows.columns["NHS Number"]).str.len().to_numpy() == 10
    which = _some(chance, "which", tens, 0.03)
    texts = rows.columns["NHS Number"][which].tolist()
    return rows.put("NHS Number", which, [f"{t[:3]} {t[3:6]} {t[6:]}" for t in texts])


@_flaw
def free_text_identifiers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Names and numbers of people in Event Description."""
    which = _some(chance, "which", rows.count, 0.05)
    who = rows.person[which].tolist()
    births = rows.columns["Date of Birth"][which].tolist()
    texts = [
        f"Visit to {people.first_name[p]} {people.last_name[p]} (NHS {people.nhs_number[p]}, "
        f"id {people.local_id[p]}), born {born}, {people.postcode[p]}"
        for p, born in zip(who, births, strict=True)
    ]
    return rows.put("Event Description", which, texts)


@_flaw
def formula_text(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Text that a spreadsheet would run: =1+1, @SUM(A1), +1, -1."""
    for field, share in (
        ("Event Description", 0.05),
        ("GP Practice Code", 0.01),
        ("Ethnicity", 0.002),
        ("Gender", 0.002),
    ):
        which = _some(chance, field, rows.count, share)
        rows = rows.put(field, which, _any_of(chance, f"{field} text", _FORMULAS, len(which)))
    return rows


def _formula_text_in_extras(chance: Chance, extras: pd.DataFrame) -> pd.DataFrame:
    """Write text that a spreadsheet would run into a few person-level characteristics."""
    changed = {}
    for field in ("Religion or Belief", "Team", "Lead Professional"):
        values = np.array(extras[field].tolist(), dtype=object)
        which = chance.some(field, np.arange(len(values)), 0.01)
        values[which] = _any_of(chance, f"{field} text", _FORMULAS, len(which))
        changed[field] = values
    return extras.assign(**changed)


@_flaw
def extra_columns(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Columns that the national layout does not have."""
    wards = _any_of(chance, "ward", ("North ward", "Mill ward", "Abbey ward"), rows.count)
    names = np.array(people.first_name + " " + people.last_name, dtype=object)[rows.person]
    return Rows(rows.person, rows.old, {"Ward": wards, **rows.columns, "Case notes title": names})


@_flaw
def filler_identifiers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """NHS numbers that are fillers, and local ids as a spreadsheet writes text."""
    known = (rows.columns["NHS Number"] != "") & (rows.columns["LA Person Unique Identifier"] != "")
    which = _some(chance, "which", known, 0.005)
    fillers = ("9999999999", "0000000000", "TBC", "nan", "#N/A")
    rows = rows.put("NHS Number", which, _any_of(chance, "filler", fillers, len(which)))
    which = _some(chance, "as text", known, 0.01)
    texts = rows.columns["LA Person Unique Identifier"][which].tolist()
    as_text = [f"'{text}" if number % 2 else f'="{text}"' for number, text in enumerate(texts)]
    return rows.put("LA Person Unique Identifier", which, as_text)


@_flaw
def other_assessment_types(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Assessments that are financial, of something else, or of no type listed."""
    which = _some(chance, "which", rows.columns["Event Type"] == "Assessment", 0.02)
    types = (
        "Financial assessment",
        "Mental Capacity Act assessment",
        "Proportionate conversation",
        "Community visit",
    )
    return rows.put("Assessment Type", which, _any_of(chance, "type", types, len(which)))


@_flaw
def conversations_as_requests(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Requests that led further and are described as a conversation."""
    led_further = pd.Series(rows.columns["Event Outcome"]).str.startswith("Progress").to_numpy(bool)
    which = _some(chance, "which", (rows.columns["Event Type"] == "Request") & led_further, 0.03)
    return rows.put("Event Description", which, "Strengths-based conversation")


@_flaw
def carers_with_needs(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Unpaid carers with a support reason of their own."""
    carers = np.unique(rows.person[np.isin(rows.columns["Client Type"], ("Unpaid carer", "Carer"))])
    who = chance.some("who", carers, 0.04)
    reasons = ("Learning disability support", "Learning disability support", "Mental health support")
    told = _any_of(chance, "reason", reasons, people.count)
    where = rows.of(who)
    return rows.put("Primary Support Reason", where, told[rows.person[where]])


FLAWS: Mapping[str, str] = MappingProxyType({name: put_in.__doc__ or "" for name, put_in in _PUT_IN.items()})
"""What each flaw is, by name, in the order in which they are put in."""
