"""The latest known value of each person field, and where rows that count alike disagree.

Rule: ``docs/specification.md``, section 3, after the method that DHSC publishes for Client Level Data.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from casetrack.extract import Extract
from casetrack.extract.cleaning import how_known

#: What becomes of values that only the last step parts: the one that sorts last as text, or none.
Ties: TypeAlias = Literal["text", "unknown"]


@dataclass(frozen=True, repr=False)
class Latest:
    """The rows that tell of some people, the one that counts most last; dropped duplicates included.

    ``codes_at`` is each row's place in the events followed by the duplicates; ``tie`` is equal for rows of one person
    that only the last step parts, and ``tied`` are the places here of the rows that are not alone in theirs.
    """

    extract: Extract
    person: np.ndarray
    codes_at: np.ndarray
    tie: np.ndarray
    tied: np.ndarray
    people: int

    @classmethod
    def of(cls, extract: Extract, day: dt.date, who: np.ndarray) -> Latest:
        """The rows that start by ``day`` of the people at the places ``who``."""
        place = np.full(len(extract.people), -1, dtype=np.int64)
        place[who] = np.arange(len(who))
        person = place[_both(extract, "person")]
        rows = np.flatnonzero((person >= 0) & (_both(extract, "event_start_date") <= np.datetime64(day)))
        rows = rows[np.argsort(_both(extract, "order")[rows], kind="stable")]
        tie = _both(extract, "tie")[rows]
        return cls(extract, person[rows], rows, tie, _not_alone(tie), len(who))

    def value(self, name: str, ties: str) -> tuple[pd.Categorical, np.ndarray]:
        """Each person's latest known value (missing where none is known), and who has tied values that differ."""
        events = self.extract.events
        nobody = np.zeros(self.people, dtype=bool)
        if name not in events:
            return pd.Categorical([None] * self.people), nobody
        categories = events[name].cat.categories
        codes = _both(self.extract, name)[self.codes_at]
        level = how_known(name, categories)[codes]
        winner = np.full(self.people, -1, dtype=np.int64)
        for rank in range(1, int(level.max(initial=0)) + 1):
            known = np.flatnonzero(level == rank)
            # Rows stand with the one that counts most last, so the last assignment wins.
            winner[self.person[known]] = known
        there = winner >= 0
        best = np.where(there, codes[winner] if len(codes) else -1, -1)
        differ = nobody
        if len(self.tied):
            mine = winner[self.person[self.tied]]
            alike = (mine >= 0) & (self.tie[self.tied] == self.tie[mine]) & (level[self.tied] == level[mine])
            differ[self.person[self.tied[alike & (codes[self.tied] != codes[mine])]]] = True
            if ties == "unknown":
                best = np.where(differ, -1, best)
        return pd.Categorical.from_codes(best, categories=categories), differ


def _both(extract: Extract, name: str) -> np.ndarray:
    """A column of the events followed by the duplicates; of a category its codes."""
    columns = (frame[name] for frame in (extract.events, extract.duplicates))
    return np.concatenate([c.cat.codes if c.dtype == "category" else c.to_numpy() for c in columns])


def _not_alone(tie: np.ndarray) -> np.ndarray:
    """Places of rows that share their tie with the row before or after."""
    same = tie[1:] == tie[:-1]
    return np.flatnonzero(np.append(same, False) | np.append(False, same)) if len(tie) else np.array([], int)


def latest_dates(extract: Extract, name: str, ties: str, not_before: np.ndarray | None = None) -> np.ndarray:
    """Each person's latest known birth or death over all rows; a row without a start counts least.

    `not_before`: for each person a day; dates before it are not read.
    """
    found = np.full(len(extract.people), np.datetime64("NaT"), dtype="M8[s]")
    if extract.details is not None and name in extract.details:
        # What only a person-level file tells; whatever the events tell takes its place.
        beside = extract.details[name].to_numpy()
        fine = ~np.isnat(beside) & (True if not_before is None else ~(beside < not_before))
        found[fine] = beside[fine]
    if name not in extract.events:
        return found
    days, person, tie = (_both(extract, column) for column in (name, "person", "tie"))
    started = ~np.isnat(_both(extract, "event_start_date"))
    told = ~np.isnat(days)
    if not_before is not None:
        told &= ~(days < not_before[person])
    rows = np.flatnonzero(told)
    rows = rows[np.lexsort([_both(extract, "order")[rows], started[rows]])]
    found[person[rows]] = days[rows]
    if ties == "unknown":
        winner = np.zeros(len(extract.people), dtype=np.int64)
        winner[person[rows]] = rows
        mine = winner[person[rows]]
        found[person[rows[(tie[rows] == tie[mine]) & (days[rows] != days[mine])]]] = np.datetime64("NaT")
    return found
