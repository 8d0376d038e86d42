"""Each kind of trouble that real extracts hold, to be put into an invented one on purpose.

Every flaw draws from streams of its own, so choosing another one does not reseed it. ``FLAWS`` has them in
the order in which they are put in: details first, then whole rows, then how cells are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from casetrack.synthetic.chance import Chance
from casetrack.synthetic.flaws_in_cells import (
    carers_with_needs,
    case_and_punctuation,
    conversations_as_requests,
    event_type_variants,
    extra_columns,
    filler_identifiers,
    formula_text,
    formula_text_in_extras,
    free_text_identifiers,
    missing_tokens,
    nhs_number_with_spaces,
    other_assessment_types,
    unknown_tokens,
    unrecognised_event_type,
    unrecognised_values,
)
from casetrack.synthetic.flaws_in_people import (
    age_over_120,
    boundary_dates,
    conflicting_details,
    conflicting_nhs_numbers,
    dob_after_as_at,
    duplicate_events,
    end_before_start,
    invalid_nhs_number,
    leap_day_births,
    missing_local_id,
    missing_start_date,
    no_identifier,
    shared_nhs_number,
    unreadable_date,
)
from casetrack.synthetic.people import People
from casetrack.synthetic.rows import Rows

__all__ = ["FLAWS", "add_flaws"]

Flaw = Callable[[Chance, Rows, People, dt.date], Rows]


@dataclass(frozen=True)
class _Kind:
    """A flaw, and what it does in one sentence."""

    put_in: Flaw
    about: str


_KINDS: dict[str, _Kind] = {
    "leap_day_births": _Kind(leap_day_births, "Some people are born on 29 February."),
    "dob_after_as_at": _Kind(dob_after_as_at, "Some dates of birth lie after as_at."),
    "age_over_120": _Kind(age_over_120, "Some people would be over 120."),
    "boundary_dates": _Kind(
        boundary_dates, "Birthdays, requests and assessments on the edges of every rule."
    ),
    "conflicting_details": _Kind(
        conflicting_details, "Rows of one person differ in what they say of the person."
    ),
    "shared_nhs_number": _Kind(shared_nhs_number, "Two local ids carry one valid NHS number: one person."),
    "conflicting_nhs_numbers": _Kind(conflicting_nhs_numbers, "One local id carries two valid NHS numbers."),
    "invalid_nhs_number": _Kind(invalid_nhs_number, "NHS numbers that fail Modulus 11 or are not 10 digits."),
    "duplicate_events": _Kind(duplicate_events, "The same event twice, sometimes with another outcome."),
    "missing_local_id": _Kind(missing_local_id, "No local id, but a valid NHS number."),
    "no_identifier": _Kind(no_identifier, "Neither a local id nor an NHS number."),
    "missing_start_date": _Kind(missing_start_date, "No Event Start Date."),
    "unreadable_date": _Kind(unreadable_date, "Dates that do not exist, such as 31/02/2026."),
    "end_before_start": _Kind(end_before_start, "Event End Date before Event Start Date."),
    "event_type_variants": _Kind(event_type_variants, "Event types such as Assessments, still recognisable."),
    "unrecognised_event_type": _Kind(unrecognised_event_type, "Event types that say nothing, or two things."),
    "unrecognised_values": _Kind(unrecognised_values, "Values that the national lists do not hold."),
    "unknown_tokens": _Kind(unknown_tokens, "Known values replaced by Not known, Not recorded and the like."),
    "missing_tokens": _Kind(missing_tokens, "Blanks written as NULL, N/A, None and -."),
    "case_and_punctuation": _Kind(case_and_punctuation, "Values in other case, spacing and punctuation."),
    "nhs_number_with_spaces": _Kind(nhs_number_with_spaces, "NHS numbers written 999 123 4567."),
    "free_text_identifiers": _Kind(
        free_text_identifiers, "Names and numbers of people in Event Description."
    ),
    "formula_text": _Kind(formula_text, "Text that a spreadsheet would run: =1+1, @SUM(A1), +1, -1."),
    "extra_columns": _Kind(extra_columns, "Columns that the national layout does not have."),
    "filler_identifiers": _Kind(
        filler_identifiers, "NHS numbers that are fillers, and local ids as a spreadsheet writes text."
    ),
    "other_assessment_types": _Kind(
        other_assessment_types, "Assessments that are financial, of something else, or of no type listed."
    ),
    "conversations_as_requests": _Kind(
        conversations_as_requests, "Requests that led further and are described as a conversation."
    ),
    "carers_with_needs": _Kind(carers_with_needs, "Unpaid carers with a support reason of their own."),
}

FLAWS: Mapping[str, str] = MappingProxyType({name: kind.about for name, kind in _KINDS.items()})
"""What each flaw is, by name, in the order in which they are put in."""


def add_flaws(
    chance: Chance, rows: Rows, extras: pd.DataFrame, people: People, as_at: dt.date, chosen: tuple[str, ...]
) -> tuple[Rows, pd.DataFrame]:
    """Put the chosen flaws into the rows, and those that can be there into the extras."""
    for name in chosen:
        rows = _KINDS[name].put_in(Chance(f"{chance.seed}\x1f{name}"), rows, people, as_at)
    if "formula_text" in chosen:
        extras = formula_text_in_extras(Chance(f"{chance.seed}\x1fextras"), extras)
    return rows, extras
