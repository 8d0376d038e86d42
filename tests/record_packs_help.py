"""What the tests of record packs share: small extracts with known answers, and a case list made by hand."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from functools import cache
from types import SimpleNamespace

import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.cases.history import append
from casetrack.cases.record import Identified
from casetrack.extract import Extract, read_extract
from casetrack.packs.journey import Journey, journeys_of
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.references import make_references
from casetrack.synthetic import make_council

AS_AT = "2026-03-31"
_PERSON = {
    "LA Person Unique Identifier": "P0001",
    "Client Type": "Service user",
    "Date of Birth": "14/02/1941",
    "Primary Support Reason": "Physical support: Personal care support",
}


def event(kind: str, start: str, end: str = "", **more: str) -> dict[str, str]:
    """A row of an extract; keywords are headings with underscores."""
    row = _PERSON | {"Event Type": kind, "Event Start Date": start, "Event End Date": end}
    return row | {k.replace("_", " ").replace("Request ", "Request: "): v for k, v in more.items()}


def extract_of(*rows: dict[str, str], **more: pd.DataFrame) -> Extract:
    return read_extract(pd.DataFrame(list(rows)).fillna(""), **more)


def journey_of(*rows: dict[str, str], person: str = "P0001") -> Journey:
    return journeys_of(extract_of(*rows), [person])[person]


@cache
def council(release: str = "R2") -> tuple[Extract, CodedPool]:
    made = make_council(people=500, seed=7, release=release)
    extract = read_extract(made.extract, people=made.extras)
    return extract, code_cohorts(find_eligible(extract, AS_AT))


def case_list(coded: CodedPool, people: list[str], select: int = 10) -> CaseList:
    """A list of these people as a draw would have made it, the first of them selected."""
    references = make_references(len(people), seed="record packs")
    row = coded.people.loc
    held = {p: [c for c in coded.code_names if row[p, c]] for p in people}
    cases = [
        {"reference": r, "listed_as": held[p][0], "codes": held[p]}
        for r, p in zip(references, people, strict=True)
    ]
    history = append((), "drawn", on=dt.date(2026, 4, 2), who="analyst", detail={"draw": {}, "cases": cases})
    drawn = SimpleNamespace(chances=pd.Series(0.5, index=coded.people.index))
    known = Identified(coded, lambda: drawn, None, dict(zip(references, people, strict=True)))
    listed = CaseList(history, None, known)
    note = "" if select == min(10, len(people)) else "as CQC asked"
    return listed.select(references[:select], note=note, on="2026-04-20") if select else listed


def spread(coded: CodedPool, count: int = 12) -> list[str]:
    """People of every cohort in turn, so that every kind of journey is among them."""
    people: list[str] = []
    queues = [list(coded.drawable.index[coded.drawable[c]]) for c in coded.code_names]
    while len(people) < count:
        for queue in queues:
            rest = [p for p in queue if p not in people]
            people += rest[:1]
    return people[:count]


def parts(content: bytes) -> dict[str, bytes]:
    """Every file inside a .docx or .xlsx."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}
