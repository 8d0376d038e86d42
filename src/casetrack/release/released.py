"""What is released of a list, before it is written anywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from casetrack.disclosure.coarsening import Coarsening
from casetrack.disclosure.modes import Comparison
from casetrack.disclosure.risk import Risk
from casetrack.disclosure.suppression import SuppressedTable
from casetrack.lookup.content import Lookup

__all__ = ["Released"]


@dataclass(frozen=True, repr=False, eq=False)
class Released:
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

    table: pd.DataFrame
    looks_alike: pd.DataFrame
    suppressed: SuppressedTable
    columns: tuple[str, ...]
    k: int
    coarsening: Coarsening | None
    comparison: Comparison | None
    risk: Risk
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    lookup: Lookup = field(repr=False)

    @property
    def coverage(self) -> pd.DataFrame:
        """The coverage statement as it may be published: characteristic, level, pool, on_list as text."""
        return self.suppressed.table

    def to_frame(self) -> pd.DataFrame:
        """The released table with ``people_alike`` beside it."""
        return self.table.join(self.looks_alike)

    def __repr__(self) -> str:
        least = int(self.looks_alike["people_alike"].min()) if len(self.table) else 0
        shown = f"{len(self.table)} cases, {', '.join(self.columns)}"
        return f"{type(self).__name__}({shown}; each looks like at least {least:,} people)"

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.to_frame().to_html(border=0)}"
