"""Record packs: one Word document for each selected case, and a checklist across them.

They hold personal data and stay on the council's side. They are named by case reference, and no identifier, name or
free text of the extract is copied into them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from casetrack.errors import ExtractError, HistoryError
from casetrack.extract import Extract
from casetrack.files import write_files
from casetrack.packs.accessibility import check_accessibility
from casetrack.packs.content import CHECK, COMPLETE, EVALUATION, STATUSES, Case, Record, records_of
from casetrack.packs.document import EVALUATION_BOX, pack_document
from casetrack.packs.journey import Journey, journeys_of
from casetrack.packs.sheets import checklist
from casetrack.packs.word import read_template
from casetrack.pool.experience import JOURNEY
from casetrack.progress import steps, work
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList


CHECKLIST = "checklist.xlsx"


@dataclass(frozen=True, repr=False)
class PackSummary:
    """What was written, what the packs hold, and what is left to do."""

    documents: Mapping[str, Path]
    checklist: Path
    #: One row per case and record, and one for its evaluation summary: "case_reference", "selection", "listed_as",
    #: "record", "status" (done, to check, to complete, missing), "to_complete" and "to_check" (numbers of boxes),
    #: "who_acts".
    table: pd.DataFrame
    to_do: pd.DataFrame  # one row per box: "case_reference", "selection", "record", "to_do", "who", "what"
    permission: pd.DataFrame  # what is outstanding about permission, as "CaseList.outstanding" says
    #: Case reference to what `check_accessibility` found in its document; a council's template can bring problems with
    #: it.
    accessibility: Mapping[str, tuple[str, ...]]
    #: Packs in the folder of cases that are not selected any more; they hold personal data, so look at them.
    left_over: tuple[Path, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many records are done, to check, to complete and missing: ten for each case."""
        records = self.table.loc[(self.table["record"] != EVALUATION).to_numpy(), "status"]
        return {status: int((records == status).sum()) for status in STATUSES}

    def to_frame(self) -> pd.DataFrame:
        """One row per case, one column per record, with its status."""
        wide = self.table.pivot(index="case_reference", columns="record", values="status")
        return wide.loc[list(self.documents), list(dict.fromkeys(self.table["record"]))]

    def __repr__(self) -> str:
        told = ", ".join(f"{n} {s}" for s, n in self.counts.items())
        problems = sum(map(len, self.accessibility.values()))
        old = f"; {len(self.left_over)} of cases no longer selected" if self.left_over else ""
        return f"PackSummary({len(self.documents)} packs; records: {told}; {problems} accessibility problems{old})"

    def _repr_html_(self) -> str:
        return html_lines(repr(self)) + html_table(self.to_frame())


@checked
@work("Writing the packs")
def write_record_packs(
    selected: CaseList,
    extract: Extract,
    folder: str | os.PathLike[str],
    template: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
) -> PackSummary:
    """Write a Word document for each case that CQC selected, and ``checklist.xlsx`` across them.

    Parameters
    ----------
    selected
        A case list on which ``select`` was called, with its people known.
    extract
        The extract to read the journeys from: the one of the draw, or a newer one.
    folder
        Where to; it must stay with the council. Documents are named ``case-<reference>.docx``.
    template
        The council's own Word file (.docx or .dotx): its page, headers, footers and styles are used, its text is
        not.
    force
        Write over packs that are there. Without it that is an error, as somebody may have typed into them.

    Returns
    -------
    PackSummary

    Raises
    ------
    HistoryError
        ``nothing-selected``, or ``people-not-known`` for a list that is not attached to its pool.
    ExtractError
        ``case-not-in-extract``, naming the case references.
    OutputError
        ``file-exists`` (all of them named; none is written over), ``template-unusable`` or ``cannot-write``.

    Notes
    -----
    The same list, extract and template give the same bytes. The files' properties bear the day of the last decision
    about the list, so a pack never shows when it was made. Rules: ``casetrack.packs.content``.

    Examples
    --------
    >>> import tempfile
    >>> import casetrack as ct
    >>> from casetrack.synthetic import make_council
    >>> extract = ct.read_extract(make_council(people=600, seed=3).extract)
    >>> coded = ct.code_cohorts(ct.find_eligible(extract, "2026-03-31"))
    >>> cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")
    >>> chosen = cases.select(cases.references[:10], on="2026-04-20")
    >>> summary = write_record_packs(chosen, extract, tempfile.mkdtemp())
    >>> len(summary.documents), sum(summary.counts.values())
    (10, 100)
    """
    references = list(selected.selected.index)
    if not references:
        raise HistoryError.of(
            "nothing-selected",
            "no case on this list is selected.",
            advice="Record what CQC named first: cases.select([...]).",
            command="Record what CQC named first: casetrack select.",
        )
    journeys = _journeys(selected, extract, references)
    content = read_template(template)
    on = selected.history[-1].on
    permission = selected.outstanding()
    place = Path(folder)
    packs: dict[str, bytes] = {}
    records: dict[str, tuple[Record, ...]] = {}
    for reference in steps(references):
        case = _case(selected, extract, reference, journeys[reference], permission)
        records[reference] = records_of(case)
        packs[reference] = pack_document(case, records[reference], content, on)
    table, to_do = _tables(selected, records)
    documents = {reference: place / f"case-{reference}.docx" for reference in references}
    files = {documents[r]: packs[r] for r in references}
    files[place / CHECKLIST] = checklist(table, to_do, permission, on)
    # What an interrupted command wrote already is as it would be written now.
    due = {path: made for path, made in files.items() if not (path.is_file() and path.read_bytes() == made)}
    write_files(due, force=force)
    found = {r: tuple(check_accessibility(packs[r])) for r in references}
    others = tuple(p for p in sorted(place.glob("case-*.docx")) if p not in documents.values())
    return PackSummary(documents, place / CHECKLIST, table, to_do, permission, found, others)


def _journeys(cases: CaseList, extract: Extract, references: list[str]) -> dict[str, Journey]:
    """Each selected case's journey; the extract may be a newer one, in which a person has another first id."""
    known = cases.identified.people
    found = extract.find_people([known[r] for r in references])
    lost = [r for r, person in zip(references, found, strict=True) if person is None]
    if lost:
        raise ExtractError.of(
            "case-not-in-extract",
            f"{len(lost)} of the {len(references)} selected cases are not in this extract.",
            where=f"cases {', '.join(lost)}",
            advice="Give the extract that the list was drawn from, or a newer one that still holds them.",
        )
    people = [person for person in found if person is not None]
    journeys = journeys_of(extract, people)
    return {r: journeys[person] for r, person in zip(references, people, strict=True)}


def _case(
    cases: CaseList, extract: Extract, reference: str, journey: Journey, permission: pd.DataFrame
) -> Case:
    known = cases.identified
    pool = known.coded.pool
    assessed = known.coded.people.at[known.people[reference], "assessment_date"]
    mine = permission[(permission["case_reference"] == reference).to_numpy()]
    return Case(
        cases.states[reference],
        journey,
        (pool.window_starts, pool.as_at),
        None if pd.isna(assessed) else assessed.date(),
        tuple(zip(mine["whose"], mine["to_do"], strict=True)),
        max(extract.period_ends, default=None),
        str(known.coded.people.at[known.people[reference], JOURNEY]),
    )


def _tables(cases: CaseList, records: Mapping[str, tuple[Record, ...]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, boxes = [], []
    for reference, ten in records.items():
        state = cases.states[reference]
        for record in ten:
            who = "; ".join(sorted({box.who for box in record.boxes}))
            counts = (record.count(COMPLETE), record.count(CHECK))
            name = f"{record.number}. {record.name}"
            rows.append((reference, state.selection, state.listed_as, name, record.status, *counts, who))
            boxes += [(reference, state.selection, name, _kind(b.kind), b.who, b.what) for b in record.boxes]
        last = EVALUATION_BOX
        rows.append((reference, state.selection, state.listed_as, EVALUATION, "to complete", 1, 0, last.who))
        boxes.append((reference, state.selection, EVALUATION, _kind(last.kind), last.who, last.what))
    case = ["case_reference", "selection"]
    named = [*case, "listed_as", "record", "status", "to_complete", "to_check", "who_acts"]
    listed = [*case, "record", "to_do", "who", "what"]
    return pd.DataFrame(rows, columns=named), pd.DataFrame(boxes, columns=listed)


def _kind(kind: str) -> str:
    return kind.removeprefix("TO ").lower()
