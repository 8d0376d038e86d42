"""One person's journey as the extract tells it: their own events in order, and what is known of them.

Free text and identifiers are never read here: an event's description can name a relative, a neighbour or a
colleague, and the linked person columns are other people.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from casetrack.dates import for_people
from casetrack.extract import Extract
from casetrack.extract.cleaning import is_missing, is_unknown
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS
from casetrack.words import clean

#: Event types in the order in which they stand on one day.
KINDS = ("Request", "Assessment", "Service", "Review")
WITHHELD = "Withheld: it holds an identifier"
_CARER_OR_USER = ("Service user", "Unpaid carer")

#: What an event was, in words, by its type.
_WHAT = {
    "Request": ("route_of_access",),
    "Assessment": ("assessment_type", "assessment_method"),
    "Service": ("service_type", "service_component", "delivery_mechanism", "provider_name"),
    "Review": ("review_reason", "review_method", "review_outcomes"),
}
_ALSO = ("client_type", "eligible_needs", "caring_hours", "adults_cared_for", "event_outcome")
_DETAILS = (*itertools.chain(*_WHAT.values()), *_ALSO)
_OPTIONAL = frozenset(f.name for f in OPTIONAL_PERSON_FIELDS)
_KNOWN = (
    *("primary_support_reason", "autism", "dementia", "visual_impairment", "hearing_impairment"),
    *("accommodation_status", "funding_status", "has_unpaid_carer", "caring_hours", "adults_cared_for"),
    *("preferred_language", "interpreter_needed", "gp_practice_name", "team", "lead_professional"),
)
#: Names of organisations and of the council's own staff, which may well hold numbers or an e-mail address.
_NOT_SCREENED = frozenset({"provider_name", "gp_practice_name", "team", "lead_professional"})
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b", re.IGNORECASE)
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Step:
    """One event of the journey."""

    number: int
    kind: str
    start: dt.date  # days; the end is None for an open service or an event without an end
    end: dt.date | None
    #: What else the extract says, field name to value; missing and unknown values are left out.
    details: Mapping[str, str]
    row: int  # the row's number in the extract, where somebody can look it up
    noted: bool = False  # whether that row holds free text

    def get(self, name: str) -> str:
        """A detail, empty when the extract does not know it."""
        return self.details.get(name, "")

    @property
    def outcome(self) -> str:
        """The event's outcome."""
        return self.get("event_outcome")

    @property
    def completed(self) -> bool:
        """Whether it has an end, not before its start."""
        return self.end is not None and self.end >= self.start

    @property
    def what(self) -> str:
        """The event in words, without its type."""
        told = list(dict.fromkeys(filter(None, map(self.get, _WHAT[self.kind])))) or ["Not recorded"]
        if self.get("client_type") not in {"", "Service user"}:
            told.append(f"as {self.get('client_type')[0].lower()}{self.get('client_type')[1:]}")
        return "; ".join(told)

    @property
    def dates(self) -> str:
        """Start and end as people write them."""
        if self.end is None:
            open_words = "still open" if self.kind == "Service" else "no end date"
            return f"{for_people(self.start)}, {open_words}"
        if self.end == self.start:
            return for_people(self.start)
        return f"{for_people(self.start)} to {for_people(self.end)}"


@dataclass(frozen=True)
class Journey:
    """One person's events in order and what is known of them."""

    steps: tuple[Step, ...]  # the events by start, then end (open ones last), then type; shape (events,)
    #: Field name to the latest known value ("docs/specification.md", section 3); fields that nobody knows are left
    #: out.
    known: Mapping[str, str]

    def of(self, *kinds: str) -> tuple[Step, ...]:
        """The events of these types."""
        return tuple(s for s in self.steps if s.kind in kinds)

    def to_frame(self) -> pd.DataFrame:
        """The journey as its table shows it: no, type, start, end, what, outcome (all text but the first)."""
        rows = [
            (
                s.number,
                s.kind,
                for_people(s.start),
                for_people(s.end) if s.end else ("open" if s.kind == "Service" else "not recorded"),
                s.what,
                s.outcome or ("None yet" if s.kind == "Service" and not s.end else "Not recorded"),
            )
            for s in self.steps
        ]
        return pd.DataFrame(rows, columns=["no", "type", "start", "end", "what", "outcome"])


def journeys_of(extract: Extract, person_ids: list[str]) -> dict[str, Journey]:
    """The journeys of some people, each made of that person's own rows and of nobody else's.

    Notes
    -----
    Values are shown as the extract has them, after tidying. One that holds a person's identifier, a postcode or
    ten digits like an NHS number's is withheld.
    """
    places = [int(p) for p in extract.people.index.get_indexer(person_ids)]
    mine = extract.events[extract.events["person"].isin(places).to_numpy()]
    identifiers = frozenset(extract.identifiers["identifier"].astype(str))
    return {
        person: _journey(extract, place, mine[(mine["person"] == place).to_numpy()], identifiers)
        for person, place in zip(person_ids, places, strict=True)
    }


def latest_review_or_assessment(journey: Journey) -> Step | None:
    """The completed assessment or review that ended last; of two on one day, the one that started last."""
    done = [
        s
        for s in journey.of("Assessment", "Review")
        if s.completed and (s.get("client_type") in _CARER_OR_USER or not s.get("client_type"))
    ]
    return max(done, key=lambda s: (s.end, s.start, KINDS.index(s.kind), s.number), default=None)


def _journey(extract: Extract, place: int, rows: pd.DataFrame, identifiers: frozenset[str]) -> Journey:
    events = rows[rows["is_event"].to_numpy()]
    steps = sorted((_step(events, i, identifiers) for i in range(len(events))), key=_order)
    numbered = tuple(replace(step, number=number) for number, step in enumerate(steps, start=1))
    return Journey(numbered, _known(extract, place, rows, identifiers))


def _step(events: pd.DataFrame, i: int, identifiers: frozenset[str]) -> Step:
    row = events.iloc[i]
    details = {name: _screened(name, row[name], identifiers) for name in _DETAILS if name in events}
    end = row["event_end_date"]
    note = row.get("event_description", "")
    return Step(
        0,
        str(row["event_type"]),
        row["event_start_date"].date(),
        None if pd.isna(end) else end.date(),
        {name: text for name, text in details.items() if text},
        int(row["row"]),
        isinstance(note, str) and not is_missing(note),
    )


def _order(step: Step) -> tuple[object, ...]:
    # Everything that is shown takes part, so that the order of rows in the file does not.
    end = step.end or dt.date.max
    return (step.start, end, KINDS.index(step.kind), step.what, step.outcome, step.row)


def _screened(name: str, value: object, identifiers: frozenset[str]) -> str:
    if not isinstance(value, str) or is_missing(value) or is_unknown(value):
        return ""
    value = clean(value)
    if name in _NOT_SCREENED:
        return value
    words = [w for w in _WORD.findall(value) if len(w) >= 4 and any(c.isdigit() for c in w)]
    if (
        _POSTCODE.search(value)
        or _TEN_DIGITS.search(value)
        or not identifiers.isdisjoint([value.strip(), *words])
    ):
        return WITHHELD
    return value


def _known(extract: Extract, place: int, rows: pd.DataFrame, identifiers: frozenset[str]) -> dict[str, str]:
    dated = rows[rows["event_start_date"].notna().to_numpy()]
    latest_first = dated.iloc[np.argsort(-dated["order"].to_numpy(), kind="stable")]
    known: dict[str, str] = {}
    for name in _KNOWN:
        values = list(latest_first[name]) if name in latest_first else []
        if extract.details is not None and name in extract.details:
            # What the person-level file knows of an optional characteristic comes first, as in the 12-month rule.
            first = 0 if name in _OPTIONAL else len(values)
            values.insert(first, extract.details[name].iloc[place])
        found = next((text for text in (_screened(name, v, identifiers) for v in values) if text), "")
        if found:
            known[name] = found
    return known
