"""What a record pack is made of: records, their tables, and boxes for what is left to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from casetrack.cases.states import CaseState
from casetrack.packs.journey import Journey

#: The ten records, in the order of the request.
RECORDS = (
    "Initial reason for contact",
    "One-page summary of needs",
    "Date of first contact",
    "Date of assessment",
    "Most recent assessment or review",
    "Services provided as a result of it",
    "Referrals made as a result of it",
    "Multi-agency or contextual information",
    "Agreement to be contacted",
    "Contact details of the lead professional",
)
EVALUATION = "Evaluation summary"
COMPLETE, CHECK = "TO COMPLETE", "TO CHECK"
STATUSES = ("done", "to check", "to complete", "missing")
PRACTITIONER, MANAGER = "practitioner", "team manager"


@dataclass(frozen=True)
class Box:
    """Something that is left for somebody to do."""

    kind: str
    who: str
    what: str


@dataclass(frozen=True)
class Table:
    """A table of the document: caption, header cells, rows of text."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Record:
    """One of the ten records."""

    number: int
    name: str
    #: "done"; "to check" (a person must look at what the extract says); "to complete" (a person must write it);
    #: "missing" (an extract would hold it, this one does not, so somebody must find it).
    status: str
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    boxes: tuple[Box, ...] = ()

    def count(self, kind: str) -> int:
        """How many boxes of a kind it has."""
        return sum(box.kind == kind for box in self.boxes)


@dataclass(frozen=True)
class Case:
    """All that a pack is made of."""

    state: CaseState
    journey: Journey
    window: tuple[dt.date, dt.date]
    assessed: dt.date | None  # the day on which the qualifying assessment was completed
    #: What is outstanding about permission: whose (person or carer) and what.
    to_do: tuple[tuple[str, str], ...]
    #: The extract's Reporting Period End Date, the latest when it has several; None when it has none.
    reaches_to: dt.date | None = None
    in_words: str = ""


def make_record(
    number: int,
    facts: Sequence[tuple[str, str]],
    *boxes: Box,
    tables: Sequence[Table] = (),
    missing: bool = False,
) -> Record:
    """A record whose status follows from its boxes; facts without a value are left out."""
    kinds = {box.kind for box in boxes}
    status = "to complete" if COMPLETE in kinds else "to check" if kinds else "done"
    status = "missing" if missing else status
    shown = tuple((label, value) for label, value in facts if value)
    return Record(number, RECORDS[number - 1], status, shown, tuple(tables), boxes)


def lacking(number: int, what: str, *facts: tuple[str, str]) -> Record:
    """A record of which an extract would hold what this one does not."""
    return make_record(number, facts, to_write(what), missing=True)


def to_write(what: str) -> Box:
    """A blank for a practitioner to write in."""
    return Box(COMPLETE, PRACTITIONER, what)


def to_look_at(what: str) -> Box:
    """Something that the extract says and a practitioner should look at."""
    return Box(CHECK, PRACTITIONER, what)
