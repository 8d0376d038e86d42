"""The largest chance that everyone who can be on a list can have at once, under the quotas in expectation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.solver import solve

NO_CHANCE = 1e-6
"""A floor of no more than this, as a multiple of an equal chance, may be none.

A programme keeps its rows to about 1e-9, so it finds a floor of that size also where somebody can have no chance at
all. Who that is, `types_without_chance` then finds.
"""

SETTLED = 1e-11
"""Where a search ends: the part of itself within which a floor is found, and the places within which chances keep the
quotas, and shares of listing the numbers per code."""

ROUNDING = 1e-9
"""What rounding can leave of nothing, and put above a limit."""


@dataclass(frozen=True)
class Frame:
    """The quotas over the types that may have a chance: the rows in canonical order, and after them the size."""

    #: Shape (rows, types).
    matrix: np.ndarray
    #: The least and most of each row.
    lower: np.ndarray
    upper: np.ndarray
    #: People of each type, and how many of them a list may hold on the average, shape (types,).
    counts: np.ndarray
    limit: np.ndarray

    @classmethod
    def of(cls, system: QuotaSystem, able: np.ndarray) -> Frame:
        """Put the quotas in order, over the types that are able to be on a list."""
        rows, size, counts = system.row_order(), system.size, system.counts[able].astype(float)
        return cls(
            matrix=np.vstack([system.features[rows][:, able].astype(float), np.ones(len(counts))]),
            lower=np.r_[system.minimum[rows], size].astype(float),
            upper=np.r_[np.minimum(system.maximum[rows], size), size].astype(float),
            counts=counts,
            limit=system.limit[able].astype(float),
        )

    def capped(self, cap: float) -> Frame:
        """The same with nobody's chance above a cap."""
        return replace(self, limit=np.minimum(self.limit, cap * self.counts))

    @property
    def size(self) -> float:
        """Places on the list."""
        return float(self.upper[-1])

    @property
    def equal(self) -> float:
        """The chance that everybody would have if all had the same."""
        return self.size / float(self.counts.sum())

    @property
    def most_each(self) -> np.ndarray:
        """The largest chance of each person of a type, shape (types,)."""
        most: np.ndarray = self.limit / self.counts
        return most

    @cached_property
    def _level(self) -> np.ndarray:
        return self.counts * self.equal

    @cached_property
    def _with_floor(self) -> sparse.csc_matrix:
        """A column for what everybody has, and one for the surplus of each type."""
        return sparse.csc_matrix(np.c_[self.matrix @ self._level, self.matrix])

    def gives(self, floor: float) -> bool:
        """Whether everyone can have this floor, a multiple of an equal chance, at once."""
        found = self.best(floor, most=floor)
        return found is not None and found >= floor * (1 - ROUNDING)

    def best(self, trial: float, most: float | None = None) -> float | None:
        """The largest floor when nobody's surplus is more than 1 less the trial floor; None where quotas allow none."""
        most = float((self.limit / self._level).min()) if most is None else most
        upper = np.r_[most, np.maximum(self.limit - trial * self._level, 0.0)]
        cost = np.r_[-1.0, np.zeros(len(self._level))]
        answer = solve(cost, self._with_floor, (self.lower, self.upper), (np.zeros(len(cost)), upper))
        return max(0.0, -answer.objective) if answer.found else None


def highest_floor(frame: Frame) -> float | None:
    """Find the largest chance that everyone can have at once, as a multiple of an equal chance.

    A person's chance is the floor plus a surplus, so the programme has one variable for the floor and one surplus
    per type, and no more rows than quotas. That no chance exceeds 1 ties the two together, type by type; instead of
    a row for each type the surplus is bounded at a trial floor, and the trial moved until it is the floor found.
    The floor found falls along a concave line as the trial rises, so secants close in from below.
    """
    low, high = 0.0, frame.best(0.0)
    if high is None:
        return None
    at_low, at_high = high, frame.best(high)
    if at_high is None and frame.best(0.0, most=0.0) is None:
        return None
    while at_low - low > SETTLED * at_low and high - low > SETTLED * high and high > ROUNDING:
        if at_high is None:
            trial = (low + high) / 2
        elif high - at_high <= SETTLED * high:
            return at_high
        else:
            trial = low + (high - low) * (at_low - low) / (at_low - low + high - at_high)
        found = frame.best(trial)
        if found is None or found < trial * (1 - SETTLED):
            high, at_high = trial, found
        else:
            low, at_low = trial, found
    return _possible_floor(frame, min(low, at_low))


def _possible_floor(frame: Frame, floor: float) -> float:
    """The floor if all can have it, else the largest that they can.

    Where the list takes most of a small pool, a trial below the floor found for it need not be possible: a higher
    floor with the same surplus would give some more than a place. So what was found is held against its own bounds.
    """
    if frame.gives(floor):
        return floor
    low, high = 0.0, floor
    while high - low > SETTLED * high and high > ROUNDING:
        middle = (low + high) / 2
        low, high = (middle, high) if frame.gives(middle) else (low, middle)
    return low
