"""What is released of a list, before it is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casetrack.disclosure.release_rule import Rule
from casetrack.headings import in_a_sentence
from casetrack.lookup.content import Lookup
from casetrack.release.risk import Risk
from casetrack.tables import html_lines, html_table
from casetrack.words import count_of, listed


@dataclass(frozen=True, repr=False, eq=False)
class Released:
    """What may leave the council, and the sealed way back.

    Parameters
    ----------
    table
        Index ``case_reference`` (random, rows in its order, which says nothing); ``listed_as``, ``codes`` and the
        released columns as text.
    coverage
        What the lottery gives on the average and what was asked for; it does not count this list.
    columns
        The released columns after ``listed_as`` and ``codes``.
    k
        No one person is likelier than 1 in ``k`` to be a given case, exceptions apart; 1 when nothing was coarsened.
    rule
        What would be shown of everyone who could be a case.
    weighed
        For the council's own eyes, index ``case_reference``: ``people`` who would be shown exactly so, ``one_in``
        (how many times the likeliest of them weighs what all weigh together), ``in_full`` (the same if nothing were made
        coarser), ``exception`` (why the row stands outside the promise; empty where it does not).
    readers
        What readers can expect: ``rule`` (cases rightly named by one who knows rule and chances), and where practice
        lists were made ``fits``, ``fits_above`` and ``practice_lists``.
    facts
        Release id, digest of the list, dates, edition, sizes and version; no identifier.
    notes
        What a reader has to know, in sentences.
    lookup
        Case reference to person: to be sealed.
    """

    table: pd.DataFrame
    coverage: pd.DataFrame
    columns: tuple[str, ...]
    k: int
    rule: Rule = field(repr=False)
    weighed: pd.DataFrame = field(repr=False)
    readers: Mapping[str, float]
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    lookup: Lookup = field(repr=False)

    @property
    def exceptions(self) -> pd.Series:
        """Why rows stand outside the promise: ``case_reference`` to the reason, of these rows alone."""
        why = self.weighed["exception"]
        return why[why != ""]

    @property
    def risk(self) -> Risk:
        """How surely a reader names the people of this list: as drawn, and as released."""
        return Risk(self.k, self.weighed)

    @property
    def facts_on_record(self) -> Mapping[str, Any]:
        """What the ledger keeps of a release."""
        found: Mapping[str, Any] = self.facts["on_record"]
        return found

    def to_frame(self) -> pd.DataFrame:
        """The released table with ``weighed`` beside it: for the council's own eyes."""
        return self.table.join(self.weighed)

    def summary(self) -> str:
        """What is shown of how many cases, and how surely a reader names them, in sentences."""
        shown = listed([in_a_sentence(str(name)) for name in self.table.columns])
        return (
            f"{count_of(len(self.table), 'case is', 'cases are')} shown with {shown}.\n{self.risk.summary()}"
        )

    def __repr__(self) -> str:
        shown = f"{len(self.table)} cases, {', '.join(self.columns)}"
        promise = f"k = {self.k}, {len(self.exceptions)} exceptions" if self.k > 1 else "nothing made coarser"
        return f"{type(self).__name__}({shown}; {promise})"

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.table)
