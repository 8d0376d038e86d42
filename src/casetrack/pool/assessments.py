"""Which assessments count for the 12-month rule.

Rule: ``docs/specification.md``, section 4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from casetrack.errors import UsageError
from casetrack.extract import Extract
from casetrack.extract.assessment_types import KINDS, NEVER_COUNTED, UNRECOGNISED, kind_of_assessment
from casetrack.extract.same_event import speaks_of_conversation

SERVICE_USER, UNPAID_CARER = "Service user", "Unpaid carer"
#: Kinds that count: an assessment of need may be short or of a kind that no list has.
ASSESSMENT_TYPES = ("long term", "short term", "carer", "unrecognised")
Conversations: TypeAlias = Literal["report", "count"]


@dataclass(frozen=True)
class AssessmentRule:
    """What counts as an assessment, and when it must have been completed; ``find_eligible`` says what each means."""

    as_at: dt.date
    window_starts: dt.date
    assessment_types: tuple[str, ...] = ASSESSMENT_TYPES
    count_reviews: bool = False
    conversations: str = "report"
    conversations_until: dt.date | None = dt.date(2025, 7, 1)

    def __post_init__(self) -> None:
        known = [kind for kind in KINDS if kind not in NEVER_COUNTED]
        if not self.assessment_types or set(self.assessment_types) - set(known):
            raise UsageError.of(
                "assessment-types",
                "assessment_types names a kind that cannot count.",
                advice=f"Give one or more of: {', '.join(known)}.",
            )
        if self.conversations not in ("report", "count"):
            raise UsageError.of(
                "conversations",
                "conversations must be report or count.",
                advice='"count" lets a Request described as a conversation count as an assessment.',
            )

    def in_window(self, events: pd.DataFrame) -> np.ndarray:
        """Which events ended in the window. Shape (events,), bool."""
        end = events["event_end_date"].to_numpy()
        return np.asarray((end >= np.datetime64(self.window_starts)) & (end <= np.datetime64(self.as_at)))


def rows_with(events: pd.DataFrame, name: str, wanted: Collection[str] | Callable[[str], bool]) -> np.ndarray:
    """Rows whose category is one of the wanted values, or passes a test; none where the field is lacking."""
    if name not in events:
        return np.zeros(len(events), dtype=bool)
    column = events[name].cat
    passes = wanted if callable(wanted) else frozenset(wanted).__contains__
    return np.array([*map(passes, column.categories), False], dtype=bool)[column.codes.to_numpy()]


def completed(events: pd.DataFrame, count_reviews: bool = False) -> np.ndarray:
    """Assessments of any kind, as Service user or Unpaid carer, that have an end not before their start."""
    return ended(events, count_reviews) & rows_with(events, "client_type", [SERVICE_USER, UNPAID_CARER])


def ended(events: pd.DataFrame, count_reviews: bool = False) -> np.ndarray:
    """Assessments of any kind and of anybody that have an end not before their start. Shape (events,), bool."""
    types = ["Assessment", "Review"] if count_reviews else ["Assessment"]
    found = events["is_event"].to_numpy() & rows_with(events, "event_type", types)
    # No day that is missing is on or after another.
    return np.asarray(found & (events["event_end_date"].to_numpy() >= events["event_start_date"].to_numpy()))


def kinds_of_rows(events: pd.DataFrame) -> np.ndarray:
    """Each row's kind of assessment, as its place in ``KINDS``; unrecognised where the type is missing."""
    nothing = KINDS.index(UNRECOGNISED)
    if "assessment_type" not in events:
        return np.full(len(events), nothing, dtype=np.int8)
    column = events["assessment_type"].cat
    kinds = [KINDS.index(kind_of_assessment(str(value))) for value in column.categories]
    return np.array([*kinds, nothing], dtype=np.int8)[column.codes.to_numpy()]


def counted(extract: Extract, rule: AssessmentRule) -> np.ndarray:
    """Which of ``extract.events`` are completed and of a counted type, in the window or not. Shape (events,), bool.

    A Request that counts as a conversation is only one that ended in the window.
    """
    events = extract.events
    wanted = np.array([kind in rule.assessment_types for kind in KINDS])
    review = rows_with(events, "event_type", ["Review"])
    found = completed(events, rule.count_reviews) & (review | wanted[kinds_of_rows(events)])
    return np.asarray(found | conversations(extract, rule) if rule.conversations == "count" else found)


def conversations(extract: Extract, rule: AssessmentRule) -> np.ndarray:
    """Requests in the window that are described as a conversation and led on. Shape (events,), bool."""
    events = extract.events
    found = np.zeros(len(events), dtype=bool)
    if "event_description" not in events:
        return found
    start = events["event_start_date"].to_numpy()
    rows = events["is_event"].to_numpy() & rows_with(events, "event_type", ["Request"])
    rows &= rows_with(events, "event_outcome", lambda v: v.startswith("Progress to "))
    rows &= rule.in_window(events)
    rows &= rows_with(events, "client_type", [SERVICE_USER, UNPAID_CARER])
    rows &= events["event_end_date"].to_numpy() >= start
    if rule.conversations_until is not None:
        rows &= start < np.datetime64(rule.conversations_until)
    places = np.flatnonzero(rows)
    if len(places):
        texts = events["event_description"].array[places]._pa_array
        found[places] = speaks_of_conversation(texts)
    return found
