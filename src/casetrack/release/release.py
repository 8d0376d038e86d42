"""The release: case references in place of people, coarse enough that nobody on the list stands out.

This is the one place where the identifiable side and the released side meet.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.cases.coverage import coverage_of
from casetrack.cases.history import canonical
from casetrack.dates import for_people
from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.defaults import AGGREGATE_ONLY, DEFAULT_COLUMNS, as_released, council_hierarchies
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.labels import as_characteristics
from casetrack.disclosure.modes import choose, compare_modes
from casetrack.disclosure.pool_rule import pool_coarsening
from casetrack.disclosure.publishable import publishable
from casetrack.disclosure.risk import assess
from casetrack.disclosure.suppression import suppress_small
from casetrack.errors import ReleaseError
from casetrack.extract.fields import FIELDS, fold
from casetrack.headings import heading, in_a_sentence
from casetrack.lookup.content import Lookup
from casetrack.release.case_csv import write_csv
from casetrack.release.released import Released
from casetrack.release.workbook import write_workbook
from casetrack.threads import one_thread
from casetrack.version import __version__

__all__ = ["Release", "pseudonymise"]

Mode = Literal["column", "record", "pool"]
_ALWAYS = ("listed_as", "codes")
#: Level of a hierarchy to what was done, where "shown as" and its name would not make a sentence.
_SHOWN_AS = {
    "withheld": "withheld",
    "listed code only": "only the listed code is shown",
    "18 to 64 or older": "shown as 18 to 64, or as 65 and over,",
    "White or not": "shown as White, or as ethnic minorities,",
    "quarter": "shown as a quarter of a year",
    "half-year": "shown as half a year",
    "long term or not": "shown as long term support or none",
}


@dataclass(frozen=True, repr=False, eq=False)
class Release(Released):
    """What may leave the council, and the sealed way back.

    Parameters
    ----------
    table
        Index ``case_reference`` (random, rows in its order, which says nothing); ``listed_as``, ``codes`` and the
        released columns as text.
    looks_alike
        Index ``case_reference``, ``people_alike``: people in the whole eligible pool who look the same on everything
        released, smallest first.
    coverage
        The list against the pool with counts under 5 suppressed and the cells that would betray them too.
    columns
        The released columns after ``listed_as`` and ``codes``.
    k
        How many people each case was to look like; 1 when nothing was coarsened.
    coarsening, comparison
        What was made coarser, and both ways of doing it side by side; None when nothing was.
    risk
        The risk of the table as released.
    facts
        Release id, digest of the list, dates, edition, sizes and version; no identifier.
    notes
        What a reader has to know, in sentences.
    lookup
        Case reference to person: to be sealed.
    """

    def to_csv(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the list as CSV for Excel (UTF-8 with BOM); never over a file without ``force``."""
        return write_csv(self, Path(path), force=force)

    def to_excel(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write the return: cover, list, coverage, notes; never over a file without ``force``."""
        return write_workbook(self, Path(path), force=force)


@one_thread
def pseudonymise(
    cases: CaseList,
    columns: Sequence[str] | None = None,
    k: int = 10,
    mode: Mode | None = None,
    weights: Mapping[str, float] | None = None,
) -> Release:
    """Make the list fit to leave the council.

    Parameters
    ----------
    cases
        The list, with its people at hand.
    columns
        What is shown of each case beside ``listed_as`` and ``codes``: by default age band, sex, ethnic group and month
        of assessment. Religion, sexual orientation, gender identity and pregnancy are in the coverage statement and
        shown row by row only when named here.
    k
        People in the whole eligible pool whom each case has to look like on everything released. What would make a
        case rarer is made coarser or withheld, as little as possible; 1 to leave everything as it is.
    mode
        ``"column"`` for one level per column; ``"record"`` for the least per case, which a reader who knows the method
        and the pool can partly see through; ``"pool"`` for one rule that coarsens everyone in the pool alike, which
        such a reader cannot. By default the first, and the last where it keeps noticeably more. ``comparison`` shows
        all three side by side.
    weights
        Column to how much a loss in it matters (default 1).

    Returns
    -------
    Release

    Raises
    ------
    ReleaseError
        ``never-released`` when a direct identifier, free text or anything else that is not on the allow-list is
        asked for; ``not-available`` when the extract lacks a column that is named; ``bad-k``.

    Notes
    -----
    The method: ``docs/explanation/disclosure-control.md``. ``listed_as`` is never withheld: CQC asks for it.
    """
    if k < 1:
        raise ReleaseError.of("bad-k", "k is below 1.", advice="Use 10, or 1 to leave every detail as it is.")
    coded = dataclasses.replace(cases.identified.coded, people=publishable(cases.identified.coded.people))
    shown = _columns(columns, coded.people)
    frame = coded.drawable
    mine = frame.loc[list(cases.ids)].set_axis(pd.Index(cases.references, name="case_reference"), axis=0)
    mine = mine.assign(listed_as=cases.cases["listed_as"])
    table = as_released(mine, shown)[list(shown)]
    pool = as_released(frame, shown)
    hierarchies = council_hierarchies(frame, shown)
    comparison = coarsening = None
    released, levels = table, None
    if k > 1 and len(table):
        comparison = compare_modes(table, pool, hierarchies, k, weights) if mode is None else None
        coarsening = (
            choose(comparison) if comparison else _coarsened(table, pool, hierarchies, k, mode, weights)
        )
        released, levels = coarsening.table, coarsening.levels
    released = released.astype(object)
    risk = assess(released, pool, list(shown), hierarchies=hierarchies, levels=levels, k=max(k, 2))
    alike = risk.records["people"].astype(int).rename("people_alike").to_frame()
    suppressed = suppress_small(
        coverage_of(coded, list(cases.ids), cases.design)[["characteristic", "level", "pool", "on_list"]],
        released=as_characteristics(released, hierarchies, levels),
    )
    return Release(
        table=released,
        looks_alike=alike.rename_axis("case_reference").sort_values("people_alike", kind="stable"),
        suppressed=suppressed,
        columns=tuple(c for c in shown if c not in _ALWAYS),
        k=k,
        coarsening=coarsening,
        comparison=comparison,
        risk=risk,
        facts=_facts(cases, released, k),
        notes=_notes(cases, released, coarsening, shown, k),
        lookup=_lookup(cases),
    )


def _coarsened(
    table: pd.DataFrame,
    pool: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    mode: Mode | None,
    weights: Mapping[str, float] | None,
) -> Coarsening:
    if mode == "pool":
        return pool_coarsening(table, pool, hierarchies, k, weights)
    return least_coarsening(table, pool, hierarchies, k, mode or "column", weights)


def _columns(columns: Sequence[str] | None, people: pd.DataFrame) -> tuple[str, ...]:
    """The columns to release, ``listed_as`` and ``codes`` first; the default ones only as far as the pool has them."""
    if columns is None:
        return tuple(c for c in DEFAULT_COLUMNS if c in (*_ALWAYS, "assessment_month") or c in people.columns)
    if isinstance(columns, str):
        columns = [columns]
    kinds = {fold(name): f.kind for f in FIELDS for name in (f.name, f.heading, *f.aliases)}
    identifying = [
        c for c in columns if kinds.get(fold(str(c))) in {"identifier", "free_text"} or c == "person_id"
    ]
    if identifying:
        raise ReleaseError.of(
            "never-released",
            f"{len(identifying)} of the columns asked for identify a person or hold free text.",
            advice="Direct identifiers and free text cannot be released. Leave them out.",
        )
    return tuple(dict.fromkeys([*_ALWAYS, *columns]))


def _digest(table: pd.DataFrame) -> str:
    rows = [
        [str(ref), *map(str, row)] for ref, row in zip(table.index, table.to_numpy().tolist(), strict=True)
    ]
    return hashlib.sha256(canonical([list(table.columns), rows]).encode()).hexdigest()


def _facts(cases: CaseList, released: pd.DataFrame, k: int) -> dict[str, Any]:
    known, drawn = cases.identified, cases.drawn_facts
    coded, design = known.coded, known.design
    digest = _digest(released)
    return {
        "release_id": digest[:12],
        "list_digest": digest,
        "as_at": coded.as_at.isoformat(),
        "window_starts": coded.pool.window_starts.isoformat(),
        "edition": coded.edition,
        "eligible": len(coded.people),
        "size": len(released),
        "asked_for": cases.design.size,
        "k": k,
        # What the design decided before the draw: counts only, for the return says so.
        "in_the_draw": len(known.drawn.order),
        "fixed_places": len(design.must_include),
        "excluded": len(design.exclude),
        "without_chance": int((known.drawn.chances.loc[list(known.drawn.order)] <= 0).sum()),
        "seed": drawn["seed"],
        "version": __version__,
    }


def _notes(
    cases: CaseList, released: pd.DataFrame, coarsening: Coarsening | None, shown: Sequence[str], k: int
) -> tuple[str, ...]:
    coded = cases.identified.coded
    notes = [
        f"Everyone listed had an assessment completed between {for_people(coded.pool.window_starts)} and "
        f"{for_people(coded.as_at)} ({coded.pool.months} months).",
        _how_listed(len(released), len(cases.identified.drawn.order))
        + " A case can meet several cohort codes; it is listed under one of them.",
        "Case references are random. Neither they nor the order of the rows says anything about a person.",
        "The list is pseudonymised personal data: the council alone can find the people, with a sealed lookup.",
    ]
    if len(released) < cases.design.size:
        notes.append(f"Fewer than {cases.design.size} people could be listed: the list is everyone.")
    if coarsening is not None:
        notes += _how_coarse(coarsening, len(released), k)
    sensitive = [c for c in AGGREGATE_ONLY if c in coded.people and c not in shown]
    if sensitive:
        words = ", ".join(map(in_a_sentence, sensitive))
        notes.append(f"Shown in the coverage statement only, never row by row: {words}.")
    if coded.not_available:
        words = ", ".join(map(in_a_sentence, coded.not_available))
        notes.append(f"Not available in the council's extract: {words}.")
    notes.append(
        "In the coverage a count from 1 to 4 is not given, nor any from which it could be worked out."
    )
    return tuple(notes)


def _how_listed(listed: int, in_the_draw: int) -> str:
    if listed == in_the_draw:
        return f"All {listed} people in the draw are listed: eligible, with a cohort code."
    return (
        f"{listed} cases are listed, out of {in_the_draw:,} people in the draw: eligible, with a cohort code."
    )


def _how_coarse(coarsening: Coarsening, cases: int, k: int) -> list[str]:
    enough = int((coarsening.counts >= k).sum())
    who = "each case looks" if coarsening.reached else f"{enough} of {cases} cases look"
    notes = [
        f"Details were made coarser or withheld so that {who} like at least {k} people of the council's eligible pool "
        "on everything shown."
    ]
    used = coarsening.to_frame()
    for row in used[used["level"] > 0].itertuples():
        how = _SHOWN_AS.get(row.shown_as, f"shown as {row.shown_as}")
        notes.append(f"{heading(str(row.column))}: {how} for {row.records} of {cases} cases.")
    if not coarsening.reached:
        fewest = int(coarsening.counts.min())
        notes.append(
            f"{cases - enough} of {cases} cases could not be made to: the rarest looks like {fewest}, with everything "
            "withheld that can be. The code that a case is listed as is always shown."
        )
    return notes


def _lookup(cases: CaseList) -> Lookup:
    people = cases.identified.people
    references = sorted(people)
    key = cases.identified.drawn.key.hex()
    return Lookup.of(references, [people[r] for r in references], lottery_key=key)
