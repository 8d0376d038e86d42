"""Who comes when somebody leaves: drawn among those who hold the code of the place, in proportion to their tickets.

The cases that stay are fixed, so that bounds as tight as those of the draw would leave few people for a place, or nobody,
and whoever knows who left could guess who came. A ladder of steps belongs to every design from the start, and the first
step on which ten people can come who weigh ten times the likeliest is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from pandas import DataFrame, Index

from casetrack.designs.among import hides
from casetrack.designs.asked import Asked
from casetrack.designs.bound import open_limits
from casetrack.designs.drawing import Drawn
from casetrack.designs.quota import Quota, who_counts
from casetrack.errors import InfeasibleDesignError, UsageError
from casetrack.lottery.keyed import hashed
from casetrack.progress import steps
from casetrack.words import people

#: The steps of the ladder: what is kept on each, in words.
STEPS: Mapping[int, str] = {
    1: "every minimum is kept, and every balanced level within one person of its bounds",
    2: "minimums of groups other than cohorts are one lower",
    3: "balanced levels are within two people of their bounds, also where they have a minimum",
    4: "only the code of the place counts",
}


@dataclass(frozen=True)
class Replacement:
    """The person who takes an open place."""

    #: Who comes; left out of the printed form.
    person_id: str = field(repr=False)
    #: The code of the place.
    listed_as: str
    #: The step of the ladder that was taken, see `STEPS`; for the council's own record, never for a return.
    step: int
    #: People who hold the code, could be drawn, and were never on the list.
    in_line: int
    #: How many of them could take the place on this step.
    could_come: int
    #: The chance that the one who came had of coming.
    chance: float

    def in_words(self) -> str:
        """By which rule the person came, without naming anybody.

        >>> print(Replacement("0012", "CT07", 1, 165, 77, 0.014).in_words())
        Drawn among 77 of the 165 people waiting who hold CT07, in proportion to their chances in the draw to be listed as
        it, on step 1 of the ladder: every minimum is kept, and every balanced level within one person of its bounds.
        """
        return (
            f"Drawn among {self.could_come:,} of the {people(self.in_line)} waiting who hold {self.listed_as}, in "
            f"proportion to their chances in the draw to be listed as it, on step {self.step} of the ladder: "
            f"{STEPS[self.step]}."
        )


@dataclass(frozen=True)
class Line:
    """Everyone who could be drawn, with what each counts towards, and what the design asks on each step."""

    #: The draw that the list comes from: its chances, key and number.
    drawn: Drawn = field(repr=False)
    #: The design in force.
    design: Asked = field(repr=False)

    @cached_property
    def people(self) -> DataFrame:
        """Everyone who had a chance in the draw: nobody else comes into this list."""
        weights = self.drawn.weights
        return self.drawn.lottery.coded.people.loc[weights.index[(weights > 0).any(axis=1).to_numpy()]]

    @cached_property
    def _counts(self) -> np.ndarray:
        """Who counts towards each quota, shape (people, quotas)."""
        columns = [who_counts(self.people, feature, value) for feature, value in self.design.quotas()]
        return np.array(columns, dtype=np.int64).T.reshape(len(self.people), len(columns))

    @cached_property
    def _limits(self) -> dict[str, tuple[np.ndarray, int]]:
        return open_limits(self.design, self.people, self.design.size)

    def bounds(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """The least and the most of each quota on a step of the ladder."""
        own = self.design.without_balance().quotas()
        low, high = [], []
        for feature, value in self.design.quotas():
            asked = own.get((feature, value), Quota())
            level = self.design.balance.get(feature, {}).get(value)
            if step == len(STEPS):
                least, most = 0, None
            elif level is not None:
                apart = 1 if step < 3 else 2
                # A minimum of its own, which a balanced level is never under, gives way with the level: else the level
                # could not move at all where both are one number.
                least = max(asked.min - (step - 1), level.min - apart)
                tops = [
                    top
                    for top in (asked.max, None if level.max is None else level.max + apart)
                    if top is not None
                ]
                most = min(tops, default=None)
            else:
                rare = feature not in self.design.codes
                least, most = max(0, asked.min - (step > 1 and rare)), asked.max
            low.append(least)
            high.append(self.design.size if most is None else most)
        return np.array(low, dtype=np.int64), np.array(high, dtype=np.int64)

    def rows_of(self, persons: Sequence[str]) -> np.ndarray:
        """The rows of people on the list; people of fixed places have a chance of 1, so that they are among them."""
        rows: np.ndarray = Index(self.people.index).get_indexer(list(persons))
        if (rows < 0).any():
            raise UsageError.of(
                "unknown-person",
                f"{people(int((rows < 0).sum()))} on the list could not be drawn from this pool.",
                advice="Use the pool that the list was drawn from.",
            )
        return rows

    def next(self, kept: Sequence[str], leaving: str, gone: Collection[str], code: str) -> Replacement:
        """Draw who takes the place of somebody who leaves.

        `kept`: the people who stay. `gone`: everyone who left before: they do not return. `code`: what the place is
        listed as.
        """
        left = {*gone, leaving}
        if set(kept) & left:
            raise UsageError.of(
                "kept-and-gone", "somebody is on the list and has left it.", advice="Decide which."
            )
        step, could, waiting = self.could_come(kept, leaving, gone, code)
        if not len(could):
            raise InfeasibleDesignError.of(
                "nobody-left",
                f"nobody who holds {code} and keeps the limits per value is waiting.",
                advice="The list stays one shorter; tell CQC so.",
            )
        weights = self._weights(could, code)
        place = int.from_bytes(
            hashed(self.drawn.key, "newcomer", self.drawn.number, len(left), leaving), "big"
        )
        at = int(np.searchsorted(np.cumsum(weights), place % int(weights.sum()), side="right"))
        return Replacement(
            person_id=str(self.people.index[could[at]]),
            listed_as=code,
            step=step,
            in_line=waiting,
            could_come=len(could),
            chance=float(weights[at] / weights.sum()),
        )

    def could_come(
        self, kept: Sequence[str], leaving: str, gone: Collection[str], code: str
    ) -> tuple[int, np.ndarray, int]:
        """The step taken, the rows of who could come, sorted by person id, and how many people wait for such a place."""
        stays, leaves = self.rows_of(kept), self.rows_of([leaving])
        waiting = self.people[code].to_numpy(bool) & (
            self.drawn.weights.loc[self.people.index, code].to_numpy() > 0
        )
        waiting[stays] = waiting[leaves] = False
        waiting &= ~self.people.index.isin(list(gone))
        able = np.flatnonzero(waiting & self._room(stays))
        able = able[np.argsort(self.people.index.to_numpy(dtype=str)[able], kind="stable")]
        after = self._counts[stays].sum(axis=0) + self._counts[able]
        before = self._counts[stays].sum(axis=0) + self._counts[leaves].sum(axis=0)
        for step in STEPS:
            low, high = self.bounds(step)
            # What is outside its bounds already may stay where it is, and never gets further.
            fits = ((after >= np.minimum(low, before)) & (after <= np.maximum(high, before))).all(axis=1)
            could = able[fits] if step < len(STEPS) else able
            if step == len(STEPS) or hides(self._weights(could, code)):
                return step, could, int(waiting.sum())
        raise AssertionError("the last step is always taken")

    def chances(self, kept: Sequence[str], leaving: str, gone: Collection[str], code: str) -> DataFrame:
        """Everyone's chance to be the newcomer, index ``person_id``, ``chance``: for the council's own eyes."""
        _, could, _ = self.could_come(kept, leaving, gone, code)
        weights = self._weights(could, code)
        return DataFrame({"chance": weights / max(1, weights.sum())}, index=self.people.index[could])

    def _weights(self, rows: np.ndarray, code: str) -> np.ndarray:
        """What each weighs: the chance of having been listed as the code, in millionths of a millionth."""
        weights = self.drawn.weights[code].loc[self.people.index[rows]].to_numpy()
        whole: np.ndarray = np.round(weights * 1e12).astype(np.int64)
        return whole

    def _room(self, stays: np.ndarray) -> np.ndarray:
        """Whose value of every limited column is not full with those who stay."""
        room = np.ones(len(self.people), dtype=bool)
        for numbers, most in self._limits.values():
            taken = numbers[stays]
            counts = np.bincount(taken[taken >= 0], minlength=int(numbers.max(initial=-1)) + 1)
            room &= np.append(counts < most, True)[numbers]
        return room


def reserves(
    drawn: Drawn, design: Asked, listed: Mapping[str, str], per_case: int = 2, gone: Collection[str] = ()
) -> DataFrame:
    """Who would come for each case, were that case alone to leave.

    `per_case`: how many to name for each case: the second comes where the first leaves too, and so on. `gone`: everyone
    who left.
    """
    line = Line(drawn, design)
    rows: list[tuple[object, ...]] = []
    for case, code in steps(list(listed.items())):
        kept = [person for person in listed if person != case]
        leaving, left = case, list(gone)
        for place in range(1, per_case + 1):
            try:
                found = line.next(kept, leaving, left, code)
            except InfeasibleDesignError:
                if place == 1:
                    rows.append((case, 0, "", 0, 0, 0, 0.0))
                break
            rows.append(
                (case, place, found.person_id, found.step, found.in_line, found.could_come, found.chance)
            )
            left, leaving = [*left, leaving], found.person_id
    columns = ["case", "place", "reserve", "step", "in_line", "could_come", "chance"]
    return DataFrame(rows, columns=columns)
