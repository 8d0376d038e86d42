"""The case list: 50 people, how each came on it, and every decision since the draw.

The list is a history. Its state is computed from an append-only log of decisions, so any earlier state can be shown
and a changed line is found. The log speaks of case references; who they are is known only while the pool is at hand
(after `draw`, or after `CaseList.attach` with the sealed lookup).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases import case_files, explain
from casetrack.cases.coverage import coverage_of, gaps_of, picture_of_gaps
from casetrack.cases.decisions import Decided, check_draw_words, decision_day, draw_facts, entry
from casetrack.cases.history import append, chained, history_frame, ledger_frame, verify
from casetrack.cases.record import Identified
from casetrack.cases.states import outstanding_frame
from casetrack.dates import read_date
from casetrack.designs.design import Design
from casetrack.designs.drawing import draw_design
from casetrack.errors import HistoryError
from casetrack.pictures import Gaps
from casetrack.pool.cohorts import CodedPool
from casetrack.progress import work
from casetrack.references import make_references
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table
from casetrack.words import count_of


@checked
@dataclass(frozen=True, repr=False)
class CaseList(Decided):
    """A case list and its life.

    Parameters
    ----------
    history
        Every decision, from the draw on.
    design
        The design of the draw, without the people that it names.
    known
        Who the cases are; None for a list that was opened from a file.

    Examples
    --------
    >>> import casetrack as ct
    >>> from casetrack.synthetic import make_council
    >>> pool = ct.find_eligible(ct.read_extract(make_council(people=600, seed=3).extract), "2026-03-31")
    >>> coded = ct.code_cohorts(pool)
    >>> cases = ct.draw(coded, ct.Design.suggest(coded), seed="Northshire, 2 April 2026", on="2026-04-02")
    >>> len(cases), cases.as_of("2026-04-02") == cases
    (50, True)
    """

    # -- what an inspector asks --------------------------------------------------------------------

    def chances(self) -> pd.Series:
        """Everyone's chance of being drawn, index ``person_id``; the chances add up to the places drawn.

        Nought for people without a cohort code and for people the design excludes; one for fixed places.
        """
        return self.identified.drawn.chances.copy()

    def chance_summary(self) -> str:
        """The chances in words: what equal would be, the lowest, the highest, and the quotas that made them so."""
        return explain.chance_summary(self)

    def coverage(self, reference: Mapping[str, Mapping[str, float]] | None = None) -> pd.DataFrame:
        """The list against the pool it was drawn from, by cohort code and by level of each characteristic.

        Parameters
        ----------
        reference
            A reference population: characteristic to level to share, shown beside the pool.

        Returns
        -------
        DataFrame
            ``characteristic``, ``level``, ``pool`` and ``on_list`` (people), ``pool_share`` and ``list_share``
            (fractions of all), ``minimum`` and ``maximum`` (the quota of the design in force, missing where none).
        """
        return coverage_of(self.identified.coded, list(self.ids), self.identified.design, reference)

    def explain(self, who: str) -> explain.Explanation:
        """By which rule a person came on the list, was passed over, or left.

        Parameters
        ----------
        who
            A case reference, a local id or an NHS number; the answer does not repeat it.
        """
        return explain.explain(self, who)

    def outstanding(self) -> pd.DataFrame:
        """What is still to be done about permission."""
        return outstanding_frame(self.states)

    @property
    def ledger(self) -> pd.DataFrame:
        """Every release of the list: number, on, columns, k, digests of rule, coverage and the line before."""
        return ledger_frame(self.history)

    def as_of(self, date: dt.date | str) -> CaseList:
        """The list as it stood at the end of a day.

        Raises
        ------
        HistoryError
            ``not-yet-drawn`` for a day before the draw.
        """
        day = read_date(date)
        history = tuple(d for d in self.history if d.on <= day)
        if not history:
            raise HistoryError.of(
                "not-yet-drawn", "the list was not drawn yet on that day.", advice="Ask for a later day."
            )
        if history != self.history[: len(history)]:
            # Put on record in another order than decided: the lines of that day, as a log of their own.
            history = chained((), *history)
        earlier = dataclasses.replace(self, history=history)
        if self.known is None:
            return earlier
        people = {r: p for r, p in self.known.people.items() if r in earlier.states}
        return dataclasses.replace(earlier, known=dataclasses.replace(self.known, people=people))

    def verify(self) -> None:
        """Check that the log is as it was written.

        Raises
        ------
        HistoryError
            ``log-changed``, naming the first line that does not fit.
        """
        verify(self.history)

    # -- keeping -----------------------------------------------------------------------------------

    def to_json(self) -> str:
        """The list as JSON: the log and the design, case references only, nobody's identifier."""
        return case_files.to_json(self.history, self.design)

    @classmethod
    def from_json(cls, text: str) -> CaseList:
        """A list from JSON, its log checked; it knows no people until `attach`.

        Raises
        ------
        HistoryError
            When the text is no case list, or a line was changed.
        """
        history, design = case_files.from_json(text)
        return cls(history, design)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the list, whole or not at all; a longer history may take the place of its own beginning.

        Raises
        ------
        HistoryError
            ``somebody-else-wrote`` when the file holds decisions that this list does not know.
        """
        return case_files.save(Path(path), self.to_json(), self.history)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> CaseList:
        """A list from the file that `save` wrote."""
        return cls.from_json(case_files.read(Path(path)))

    # -- showing -----------------------------------------------------------------------------------

    def log(self) -> pd.DataFrame:
        """The log as a table."""
        return history_frame(self.history)

    def to_frame(self) -> pd.DataFrame:
        """The list without people."""
        return self.cases

    def __repr__(self) -> str:
        listed = ", ".join(f"{code} {n}" for code, n in self._counts())
        return f"CaseList({len(self)} cases; listed as {listed}; {len(self.history)} decisions)"

    def summary(self) -> str:
        """How many cases there are by the code they are listed as, and what was decided, in sentences."""
        listed = ", ".join(f"{number} as {code}" for code, number in self._counts())
        decided = count_of(len(self.history), "decision is", "decisions are")
        return f"{len(self):,} cases are listed: {listed or 'none'}.\n{decided} on record, the draw included."

    def _counts(self) -> list[tuple[str, int]]:
        return sorted(Counter(self.states[r].listed_as for r in self.references).items())

    def picture(self) -> Gaps:
        """What `plot` draws: the list beside everyone eligible, the largest gap first."""
        return picture_of_gaps(gaps_of(self.coverage(), len(self)), len(self))

    def plot(self, ax: Any = None) -> Any:
        """Draw the list beside everyone eligible, the largest gap first; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.cases)


@checked
@work("Drawing the list")
def draw(
    coded: CodedPool,
    design: Design,
    seed: str,
    *,
    on: dt.date | str | None = None,
    who: str = "analyst",
    key: bytes | None = None,
    number: int | None = None,
    minuted: str = "",
    reference_seed: str | None = None,
) -> CaseList:
    """Draw the list by a lottery in which every quota holds and everyone's chance is known.

    Parameters
    ----------
    coded
        The coded pool.
    design
        The quotas, for example ``Design.suggest(coded)``.
    seed
        Text that can be minuted before the draw: a date and a phrase, or a public lottery's numbers.
    on, who
        The day of the draw (today when not given) and the role of whoever draws, for the record.
    key
        The secret key of the lottery, 32 bytes; without one a new one is made, as it should be outside tests and repeats.
        The list's file holds only its digest: the key itself is sealed with the lookup (``Release.lookup``).
    number
        The number of the list from 0 to 9,999,999, where it was thrown with seven ten-sided dice; the seed then only says
        of which draw.
    minuted
        The digest of the lottery, where it was prepared and minuted before the draw: another lottery is refused.
    reference_seed
        Fixes the case references, for tests only; otherwise they are random.

    Returns
    -------
    CaseList

    Raises
    ------
    InfeasibleDesignError
        When no list can meet the design: the quotas that clash, the people there are for each, and the nearest
        design that works.
    DesignError
        When the design does not fit the pool; ``lottery-not-minuted`` when the lottery is another one;
        ``seed-names-somebody``.

    Notes
    -----
    The same pool, design, seed and key give the same people, whatever the order of rows, the machine and the versions
    of the libraries. Without the key nobody can work the list out from the pool, the design and the seed. The method:
    ``docs/explanation/lottery.md``.
    """
    check_draw_words(design, seed, number, who, coded.pool.extract)
    drawn = draw_design(coded, design, seed, key, number, minuted)
    references = make_references(len(drawn.chosen), seed=reference_seed)
    people = dict(zip(references, drawn.chosen, strict=True))
    cases = [entry(coded, r, people[r], str(drawn.listed_as[people[r]])) for r in sorted(people)]
    facts = draw_facts(coded, design, drawn)
    history = append((), "drawn", on=decision_day(on), who=who, detail={"draw": facts, "cases": cases})
    return CaseList(history, case_files.public_design(design), Identified(coded, drawn, design, people))
