"""The largest chance that everyone who can be on a list can have at once, under the quotas in expectation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.solver import solve

NO_CHANCE = 1e-6
"""A floor of no more than this, as a multiple of an equal chance, may be none.

A programme keeps its rows to about 1e-7, so it finds a floor of that size also where somebody can have no chance at
all. Who that is, `shut_out` then finds by what people can have in whole thousandths of a place.
"""

_SETTLED = 1e-11
_NOTHING = 1e-9


@dataclass(frozen=True)
class Frame:
    """The system in the canonical order of its rows, under an upper bound on every chance."""

    #: Shape (rows, types).
    matrix: np.ndarray
    #: The least and most of each row.
    lower: np.ndarray
    upper: np.ndarray
    #: People of each type, and how many of them a list may hold on the average, shape (types,).
    counts: np.ndarray
    limit: np.ndarray
    #: Places on the list.
    size: int
    #: Types that may have a chance, shape (types,), bool.
    open: np.ndarray
    #: Which quota each row is.
    rows: np.ndarray

    @classmethod
    def of(cls, system: QuotaSystem, cap: float = 1.0) -> Frame:
        """Put the quotas in order; nobody's chance is above the cap."""
        rows = system.row_order()
        limit = system.limit.astype(float)
        return cls(
            matrix=system.features[rows].astype(float),
            lower=system.minimum[rows].astype(float),
            upper=np.minimum(system.maximum[rows], system.size).astype(float),
            counts=system.counts.astype(float),
            limit=np.minimum(limit, cap * system.counts),
            size=system.size,
            open=limit > 0,
            rows=rows,
        )

    @property
    def equal(self) -> float:
        """The chance that everybody open would have if all had the same."""
        people = float(self.counts[self.open].sum())
        return self.size / people if people else 0.0

    @property
    def most_each(self) -> np.ndarray:
        """The largest chance of each person of a type, shape (types,)."""
        most: np.ndarray = self.limit / np.maximum(self.counts, 1)
        return most


def highest_floor(frame: Frame) -> float | None:
    """Find the largest chance that everyone open can have at once, as a multiple of an equal chance.

    A person's chance is the floor plus a surplus, so the programme has one variable for the floor and one surplus
    per type, and no more rows than quotas. That no chance exceeds 1 ties the two together, type by type; instead of
    a row for each type the surplus is bounded at a trial floor, and the trial moved until it is the floor found.
    The floor found falls along a concave line as the trial rises, so secants close in from below.
    """
    if not frame.equal:
        return None
    programme = _FloorProgramme.of(frame)
    low, high = 0.0, programme.best(0.0)
    if high is None:
        return None
    at_low, at_high = high, programme.best(high)
    if at_high is None and not programme.possible():
        return None
    while at_low - low > _SETTLED * at_low and high - low > _SETTLED * high and high > _NOTHING:
        if at_high is None:
            trial = (low + high) / 2
        elif high - at_high <= _SETTLED * high:
            return at_high
        else:
            trial = low + (high - low) * (at_low - low) / (at_low - low + high - at_high)
        found = programme.best(trial)
        if found is None or found < trial * (1 - _SETTLED):
            high, at_high = trial, found
        else:
            low, at_low = trial, found
    return _possible_floor(programme, min(low, at_low))


def _possible_floor(programme: _FloorProgramme, floor: float) -> float:
    """The floor if all can have it, else the largest that they can.

    Where the list takes most of a small pool, a trial below the floor found for it need not be possible: a higher
    floor with the same surplus would give some more than a place. So what was found is held against its own bounds.
    """
    if programme.gives(floor):
        return floor
    low, high = 0.0, floor
    while high - low > _SETTLED * high and high > _NOTHING:
        middle = (low + high) / 2
        low, high = (middle, high) if programme.gives(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class _FloorProgramme:
    matrix: sparse.csc_matrix
    rows: tuple[np.ndarray, np.ndarray]
    level: np.ndarray
    limit: np.ndarray

    @classmethod
    def of(cls, frame: Frame) -> _FloorProgramme:
        level = frame.counts[frame.open] * frame.equal
        matrix = np.vstack([frame.matrix[:, frame.open], np.ones(len(level))])
        return cls(
            sparse.csc_matrix(np.c_[matrix @ level, matrix]),
            (np.r_[frame.lower, frame.size], np.r_[frame.upper, frame.size]),
            level,
            frame.limit[frame.open],
        )

    def gives(self, floor: float) -> bool:
        """Whether everyone can have this floor at once."""
        found = self.best(floor, most=floor)
        return found is not None and found >= floor * (1 - 1e-9)

    def possible(self) -> bool:
        """Whether the quotas can be met at all in expectation."""
        return self.best(0.0, most=0.0) is not None

    def best(self, trial: float, most: float | None = None) -> float | None:
        """The largest floor when nobody's surplus is more than 1 less the trial floor."""
        most = float((self.limit / self.level).min()) if most is None else most
        upper = np.r_[most, np.maximum(self.limit - trial * self.level, 0.0)]
        cost = np.r_[-1.0, np.zeros(len(self.level))]
        answer = solve(cost, self.matrix, self.rows, (np.zeros(len(cost)), upper))
        return max(0.0, -answer.objective) if answer.found else None


def keeps_floor(frame: Frame, floor: float) -> bool:
    """Whether everyone open can have this floor at once, a multiple of an equal chance."""
    return _FloorProgramme.of(frame).gives(floor)


def shut_out(frame: Frame) -> np.ndarray:
    """Types that the quotas leave no place even in expectation, shape (types,).

    Each round looks for an expectation that reaches as many of the types in doubt as it can; those it reaches are
    no longer in doubt. When it reaches none, the rest are shut out.
    """
    doubt = np.flatnonzero(frame.open)
    rows = (np.r_[frame.lower, frame.size], np.r_[frame.upper, frame.size])
    while len(doubt):
        token = np.minimum(1e-3, frame.limit[doubt])
        matrix = np.vstack([frame.matrix, np.ones(len(frame.counts))])
        spare = np.where(frame.open, frame.limit, 0.0)
        spare[doubt] -= token
        answer = solve(
            np.r_[-1 / token, np.zeros(len(spare))],
            sparse.csc_matrix(np.c_[matrix[:, doubt], matrix]),
            rows,
            (np.zeros(len(doubt) + len(spare)), np.r_[token, spare]),
        )
        reached = answer.values[: len(doubt)] > 1e-2 * token if answer.found else np.zeros(len(doubt), bool)
        if not reached.any():
            break
        doubt = doubt[~reached]
    shut = np.zeros(len(frame.counts), dtype=bool)
    shut[doubt] = True
    return shut
