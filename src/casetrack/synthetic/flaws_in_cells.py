"""Flaws in how cells are written, in event types and in free text."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from casetrack.synthetic.chance import Chance, Ints, Words
from casetrack.synthetic.people import People
from casetrack.synthetic.rows import Rows
from casetrack.synthetic.vocabulary import VALUES

__all__ = [
    "carers_with_needs",
    "case_and_punctuation",
    "conversations_as_requests",
    "event_type_variants",
    "extra_columns",
    "filler_identifiers",
    "formula_text",
    "formula_text_in_extras",
    "free_text_identifiers",
    "missing_tokens",
    "nhs_number_with_spaces",
    "other_assessment_types",
    "unknown_tokens",
    "unrecognised_event_type",
    "unrecognised_values",
]

_FORMULAS = ("=1+1", "@SUM(A1)", "+44 0", "-2+3", '=HYPERLINK("http://example.invalid","x")', "\t=1+1")
_VARIANTS = {
    "Request": ("Requests", "request", "Request for support"),
    "Assessment": ("Assessments", "ASSESSMENT", "Care Act assessment"),
    "Service": ("Services", "service ", "Service provision"),
    "Review": ("Reviews", " Review", "Planned review"),
}


def _some_rows(chance: Chance, stream: str, rows: Rows, share: float) -> Ints:
    return chance.some(stream, np.arange(rows.count, dtype=np.int64), share)


def _any_of(chance: Chance, stream: str, values: tuple[str, ...], count: int) -> Words:
    pool = np.array(values, dtype=object)
    return np.asarray(pool[chance.whole(stream, count, 0, len(values) - 1)], dtype=object)


def event_type_variants(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write one event type in a hundred in words that still hold exactly one of the four."""
    which = _some_rows(chance, "which", rows, 0.01)
    kinds = rows.columns["Event Type"][which].tolist()
    form = chance.whole("form", len(which), 0, 2).tolist()
    new = [
        _VARIANTS[kind][number] if kind in _VARIANTS else kind
        for kind, number in zip(kinds, form, strict=True)
    ]
    return rows.put("Event Type", which, np.array(new, dtype=object))


def unrecognised_event_type(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write 4 event types in 1,000 so that they are blank, none of the four, or two of them."""
    which = _some_rows(chance, "which", rows, 0.004)
    values = ("Contact", "", "Assessment and review", "Unknown")
    return rows.put("Event Type", which, np.resize(np.array(values, dtype=object), len(which)))


def unrecognised_values(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write values that are in no list into 3 rows in 1,000 of several fields."""
    for field, value in (
        ("Primary Support Reason", "Frailty"),
        ("Accommodation Status", "Canal boat"),
        ("Request: Route of Access", "Website form"),
        ("Service Type", "Gardening"),
        ("Ethnicity", "Cornish"),
        ("Client Type", "Customer"),
        ("Event Outcome", "Passed to panel"),
    ):
        filled = np.flatnonzero(rows.columns[field] != "")
        rows = rows.put(field, chance.some(field, filled, 0.003), value)
    return rows


def unknown_tokens(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write one known value in fifty as not known, in several words for it."""
    values = ("Unknown", "Not known", "Not recorded", "NOT KNOWN", "No data")
    for field in (
        "Gender",
        "Ethnicity",
        "Primary Support Reason",
        "Accommodation Status",
        "Client Funding Status",
    ):
        which = chance.some(field, np.flatnonzero(rows.columns[field] != ""), 0.02)
        rows = rows.put(field, which, _any_of(chance, f"{field} word", values, len(which)))
    return rows


def missing_tokens(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write one blank in three, in fields where blanks are usual, as NULL, N/A, None or -."""
    for field in (
        "NHS Number",
        "LA Person Unique Identifier",
        "Date of Birth",
        "Date of Death",
        "Event End Date",
        "Event Outcome",
        "Request: Route of Access",
        "Service Type",
        "Primary Support Reason",
        "Adult 3 Linked Person_ID",
    ):
        which = chance.some(field, np.flatnonzero(rows.columns[field] == ""), 0.33)
        tokens = ("NULL", "N/A", "None", "-", " ", "null")
        rows = rows.put(field, which, _any_of(chance, f"{field} token", tokens, len(which)))
    return rows


def case_and_punctuation(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write one value in ten of every listed field in other case, spacing or punctuation."""
    for field in VALUES:
        if field == "Event Type":
            continue
        which = chance.some(field, np.flatnonzero(rows.columns[field] != ""), 0.1)
        form = chance.whole(f"{field} form", len(which), 0, 5).tolist()
        texts = rows.columns[field][which].tolist()
        new = [_written_otherwise(text, number) for text, number in zip(texts, form, strict=True)]
        rows = rows.put(field, which, np.array(new, dtype=object))
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


def nhs_number_with_spaces(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write 3 NHS numbers in 100 in groups of three, three and four digits."""
    tens = pd.Series(rows.columns["NHS Number"]).str.len().to_numpy() == 10
    which = chance.some("which", np.flatnonzero(tens), 0.03)
    texts = rows.columns["NHS Number"][which].tolist()
    return rows.put("NHS Number", which, np.array([f"{t[:3]} {t[3:6]} {t[6:]}" for t in texts], dtype=object))


def filler_identifiers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write what is no number for one NHS number in 200, and local ids as a spreadsheet writes text."""
    known = np.flatnonzero(
        (rows.columns["NHS Number"] != "") & (rows.columns["LA Person Unique Identifier"] != "")
    )
    which = chance.some("which", known, 0.005)
    fillers = ("9999999999", "0000000000", "TBC", "nan", "#N/A")
    rows = rows.put("NHS Number", which, _any_of(chance, "filler", fillers, len(which)))
    which = chance.some("as text", known, 0.01)
    texts = rows.columns["LA Person Unique Identifier"][which].tolist()
    as_text = [f"'{text}" if number % 2 else f'="{text}"' for number, text in enumerate(texts)]
    return rows.put("LA Person Unique Identifier", which, np.array(as_text, dtype=object))


def other_assessment_types(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write types that are no assessment of needs, or that no list holds, into 2 assessments in 100."""
    which = chance.some("which", np.flatnonzero(rows.columns["Event Type"] == "Assessment"), 0.02)
    types = (
        "Financial assessment",
        "Mental Capacity Act assessment",
        "Proportionate conversation",
        "Community visit",
    )
    return rows.put("Assessment Type", which, _any_of(chance, "type", types, len(which)))


def conversations_as_requests(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Describe as a conversation 3 requests in 100 that led further."""
    led_further = pd.Series(rows.columns["Event Outcome"]).str.startswith("Progress").to_numpy(bool)
    which = chance.some(
        "which", np.flatnonzero((rows.columns["Event Type"] == "Request") & led_further), 0.03
    )
    return rows.put("Event Description", which, "Strengths-based conversation")


def carers_with_needs(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Give a support reason of their own, mostly a learning disability, to 4 carers in 100."""
    carers = np.unique(rows.person[np.isin(rows.columns["Client Type"], ("Unpaid carer", "Carer"))])
    who = chance.some("who", carers, 0.04)
    reasons = ("Learning disability support", "Learning disability support", "Mental health support")
    told = _any_of(chance, "reason", reasons, people.count)
    where = rows.of(who)
    return rows.put("Primary Support Reason", where, told[rows.person[where]])


def free_text_identifiers(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Name the person, with numbers, birthday and postcode, in one Event Description in twenty."""
    which = _some_rows(chance, "which", rows, 0.05)
    who = rows.person[which].tolist()
    births = rows.columns["Date of Birth"][which].tolist()
    texts = [
        f"Visit to {people.first_name[p]} {people.last_name[p]} (NHS {people.nhs_number[p]}, "
        f"id {people.local_id[p]}), born {born}, {people.postcode[p]}"
        for p, born in zip(who, births, strict=True)
    ]
    return rows.put("Event Description", which, np.array(texts, dtype=object))


def formula_text(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Write text that a spreadsheet would run into free text, and into a few fields that lists hold."""
    for field, share in (
        ("Event Description", 0.05),
        ("GP Practice Code", 0.01),
        ("Ethnicity", 0.002),
        ("Gender", 0.002),
    ):
        which = _some_rows(chance, field, rows, share)
        rows = rows.put(field, which, _any_of(chance, f"{field} text", _FORMULAS, len(which)))
    return rows


def formula_text_in_extras(chance: Chance, extras: pd.DataFrame) -> pd.DataFrame:
    """Write text that a spreadsheet would run into a few person-level characteristics."""
    changed = {}
    for field in ("Religion or Belief", "Team", "Lead Professional"):
        values = np.array(extras[field].tolist(), dtype=object)
        which = chance.some(field, np.arange(len(values), dtype=np.int64), 0.01)
        values[which] = _any_of(chance, f"{field} text", _FORMULAS, len(which))
        changed[field] = values
    return extras.assign(**changed)


def extra_columns(chance: Chance, rows: Rows, people: People, as_at: dt.date) -> Rows:
    """Add columns of a council's own, one of them with names in it."""
    wards = _any_of(chance, "ward", ("North ward", "Mill ward", "Abbey ward"), rows.count)
    names = np.array(people.first_name + " " + people.last_name, dtype=object)[rows.person]
    return Rows(rows.person, rows.old, {"Ward": wards, **rows.columns, "Case notes title": names})
