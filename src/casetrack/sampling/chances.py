"""Everyone's chance: the largest floor that the quotas allow, then as close to equal as they allow above it.

Two steps, each with one answer only. A linear programme finds the largest floor. The chances then are those with
the least Kullback-Leibler divergence from equal chances, the calibration of Deville and Särndal (1992) with bounds:
a strictly convex problem, solved in its dual by damped Newton steps until the quotas hold to about one part in 10^13.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from casetrack.sampling.blocks import in_blocks, padded
from casetrack.sampling.quota_system import QuotaSystem
from casetrack.sampling.solver import solve

__all__ = ["FLOOR_TOLERANCE", "Chances", "Cuts", "equal_as_possible", "highest_floor", "shut_out"]

FLOOR_TOLERANCE = 1e-6
"""The lowest chance is the best possible floor less this part of it."""

_RESIDUAL = 1e-11
_NO_CHANCE = 1e-9
_SETTLED = 1e-11
_LONGEST_STEP = 3.0
_MOST_STEPS = 500


@dataclass(frozen=True)
class Cuts:
    """Further limits that whole lists keep although fractions of people need not: ``weights @ places <= most``.

    Parameters
    ----------
    weights
        Shape (cuts, types).
    most
        Shape (cuts,).
    """

    weights: np.ndarray
    most: np.ndarray

    @classmethod
    def none(cls, types: int) -> Cuts:
        """No cut."""
        return cls(np.zeros((0, types)), np.zeros(0))

    def and_one(self, weights: np.ndarray, most: float) -> Cuts:
        """These cuts and one more."""
        return Cuts(np.vstack([self.weights, weights]), np.r_[self.most, most])


@dataclass(frozen=True)
class Chances:
    """The published chances by type, with what proves them.

    Parameters
    ----------
    by_type
        The chance of each person of a type, shape (types,); 0 for those whom the quotas shut out.
    best_floor
        The largest chance that everyone who can be chosen at all could be given.
    multipliers
        Per quota row: each person who counts towards it has a chance ``exp(multiplier)`` times as large as without
        it, between the floor and 1. Positive where a minimum lifts, negative where a maximum holds down.
    residual
        The largest amount by which an expected count misses its quota, or the total its size, in places.
    shut_out
        Types that no list can hold, shape (types,).

    Examples
    --------
    >>> import pandas as pd
    >>> from casetrack.sampling.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> chances = equal_as_possible(quota_system(people, quotas, size=2))
    >>> sorted(chances.by_type.round(6).tolist())
    [0.333333, 1.0]
    """

    by_type: np.ndarray
    best_floor: float
    multipliers: np.ndarray
    residual: float
    shut_out: np.ndarray

    @property
    def floor(self) -> float:
        """The lowest chance of anyone who can be chosen at all."""
        return float(self.by_type[~self.shut_out].min(initial=1.0))


def equal_as_possible(
    system: QuotaSystem, *, cuts: Cuts | None = None, never: np.ndarray | None = None
) -> Chances | None:
    """Give everyone the chances closest to equal above the largest floor.

    Parameters
    ----------
    system
        Quotas over types.
    cuts
        Limits found by the lottery where whole lists are rarer than the quotas alone tell.
    never
        Types already known to be on no list, shape (types,).

    Returns
    -------
    Chances or None
        None when the quotas cannot be met, not even in expectation.

    Notes
    -----
    The floor is lowered by one part in a million (`FLOOR_TOLERANCE`), or, should the second step not settle, by one
    in ten thousand and at last one in a thousand. In all trials the first was enough.
    """
    types = len(system.counts)
    if system.size == 0:
        nobody, none = np.zeros(types), np.zeros(len(system.labels))
        return None if (system.minimum > 0).any() else Chances(nobody, 0.0, none, 0.0, nobody > 0)
    found = _Frame.of(system, cuts or Cuts.none(types))
    if never is not None:
        found = replace(found, open=found.open & ~never)
    floor = highest_floor(found)
    if floor is None:
        return None
    if floor <= _NO_CHANCE:
        found = replace(found, open=found.open & ~shut_out(found))
        floor = highest_floor(found) or 0.0
    answer = None
    for tolerance in (FLOOR_TOLERANCE, 1e-4, 1e-3):
        answer = _closest_to_equal(found, floor * (1 - tolerance))
        if answer.residual <= _RESIDUAL:
            break
    if answer is None:
        return None
    equal = found.equal
    by_type = np.zeros(types)
    by_type[found.open] = np.minimum(answer.relative * equal, found.most_each[found.open])
    multipliers = np.zeros(len(system.labels))
    multipliers[found.rows] = answer.multipliers[: len(found.rows)]
    return Chances(by_type, floor * equal, multipliers, _missed(system, by_type), ~found.open)


@dataclass(frozen=True)
class _Frame:
    """The system in the canonical order of its rows, with the cuts as further rows."""

    matrix: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    counts: np.ndarray
    limit: np.ndarray
    size: int
    open: np.ndarray
    rows: np.ndarray

    @classmethod
    def of(cls, system: QuotaSystem, cuts: Cuts) -> _Frame:
        rows = system.row_order()
        limit = system.limit.astype(float)
        return cls(
            matrix=np.vstack([system.features[rows].astype(float), cuts.weights]),
            lower=np.r_[system.minimum[rows].astype(float), np.full(len(cuts.most), -np.inf)],
            upper=np.r_[np.minimum(system.maximum[rows], system.size).astype(float), cuts.most],
            counts=system.counts.astype(float),
            limit=limit,
            size=system.size,
            open=limit > 0,
            rows=rows,
        )

    @property
    def equal(self) -> float:
        people = float(self.counts[self.open].sum())
        return self.size / people if people else 0.0

    @property
    def most_each(self) -> np.ndarray:
        most: np.ndarray = self.limit / np.maximum(self.counts, 1)
        return most


def highest_floor(frame: _Frame) -> float | None:
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
    while at_low - low > _SETTLED * at_low and high - low > _SETTLED * high and high > _NO_CHANCE:
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
    while high - low > _SETTLED * high and high > _NO_CHANCE:
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
    def of(cls, frame: _Frame) -> _FloorProgramme:
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


def shut_out(frame: _Frame) -> np.ndarray:
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
        reached = answer.values[: len(doubt)] > 1e-3 * token if answer.found else np.zeros(len(doubt), bool)
        if not reached.any():
            break
        doubt = doubt[~reached]
    shut = np.zeros(len(frame.counts), dtype=bool)
    shut[doubt] = True
    return shut


@dataclass(frozen=True)
class _Point:
    """The dual function at some multipliers: its value, the chances there and what the quotas still miss."""

    multipliers: np.ndarray
    value: float
    relative: np.ndarray
    missing: np.ndarray
    free: np.ndarray

    @property
    def residual(self) -> float:
        return float(np.abs(self.missing).max(initial=0.0))


@dataclass(frozen=True)
class _Dual:
    """Least divergence from equal chances, as a function of one multiplier per row and one for the total."""

    matrix: np.ndarray
    mass: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    log_floor: float
    log_most: np.ndarray

    def at(self, multipliers: np.ndarray) -> _Point:
        score = self._score(multipliers)
        bounded = np.clip(score, self.log_floor, self.log_most)
        relative = np.exp(bounded)
        reached = np.matmul(
            in_blocks(self.matrix), in_blocks(padded((self.mass * relative)[None])).transpose(0, 2, 1)
        )
        reached = reached.sum(axis=0)[:, 0]
        target = np.where(multipliers > 0, self.lower, self.upper)
        # A row without a lower bound never has a positive multiplier.
        worth = np.where(multipliers == 0, 0.0, multipliers * np.where(np.isfinite(target), target, 0.0))
        value = float(self.mass @ (relative * (score - bounded + 1)) - worth.sum())
        inside = np.maximum(reached - self.upper, 0) + np.minimum(reached - self.lower, 0)
        missing = np.where(multipliers == 0, inside, reached - target)
        missing = np.where(self.exact, reached - self.upper, missing)
        return _Point(
            multipliers, value, relative, missing, (score > self.log_floor) & (score < self.log_most)
        )

    def _score(self, multipliers: np.ndarray) -> np.ndarray:
        score: np.ndarray = np.matmul(multipliers, in_blocks(self.matrix)).ravel()[: len(self.mass)]
        return score

    @property
    def exact(self) -> np.ndarray:
        equal: np.ndarray = self.lower == self.upper
        return equal

    def curvature(self, point: _Point, rows: np.ndarray) -> np.ndarray:
        free = padded(self.matrix[:, : len(self.mass)][np.ix_(rows, point.free)])
        weighted = in_blocks(free * padded((self.mass * point.relative)[point.free][None]))
        curvature: np.ndarray = np.matmul(weighted, in_blocks(free).transpose(0, 2, 1)).sum(axis=0)
        return curvature

    def towards(self, point: _Point, rows: np.ndarray, curvature: np.ndarray, damping: float) -> np.ndarray:
        """New multipliers: a Newton step with damping, kept short, no multiplier beyond the end of its sign."""
        step = np.zeros(len(point.multipliers))
        damped = curvature + damping * max(np.trace(curvature) / len(rows), 1e-6) * np.eye(len(rows))
        step[rows] = -np.linalg.solve(damped, point.missing[rows])
        longest = float(np.abs(self._score(step)).max())
        step *= min(1.0, _LONGEST_STEP / longest) if longest else 1.0
        moved = point.multipliers + step
        crossing = ~self.exact & (point.multipliers * moved < 0)
        uphill = ~self.exact & (point.multipliers == 0) & (point.missing * moved > 0)
        return np.where(crossing | uphill, 0.0, moved)


def _closest_to_equal(frame: _Frame, floor: float) -> _Point:
    open_, equal = frame.open, frame.equal
    matrix = np.vstack([frame.matrix[:, open_], np.ones(int(open_.sum()))])
    dual = _Dual(
        matrix=padded(matrix),
        mass=frame.counts[open_] / frame.counts[open_].sum(),
        lower=np.r_[frame.lower / frame.size, 1.0],
        upper=np.r_[frame.upper / frame.size, 1.0],
        log_floor=float(np.log(max(floor, 1e-300))),
        log_most=np.log(frame.most_each[open_] / equal),
    )
    point, damping = dual.at(np.zeros(len(dual.lower))), 1e-10
    curvature, rows = None, np.zeros(0, dtype=np.int64)
    for _ in range(_MOST_STEPS):
        if point.residual < 1e-14:
            break
        if curvature is None:
            rows = np.flatnonzero(dual.exact | (point.multipliers != 0) | (point.missing != 0))
            curvature = dual.curvature(point, rows)
        following = dual.at(dual.towards(point, rows, curvature, damping))
        if _better(point, following):
            point, curvature, damping = following, None, max(damping / 10, 1e-13)
        else:
            damping = max(damping * 10, 1e-13)
            if damping > 1e8:
                break
    return replace(point, relative=np.round(point.relative, 12))


def _better(point: _Point, following: _Point) -> bool:
    foreseen = float(point.missing @ (following.multipliers - point.multipliers))
    noise = 1e-13 * max(1.0, abs(point.value))
    falls = following.value <= point.value + 1e-3 * foreseen
    # Near the optimum the value no longer tells better from worse; what the quotas miss still does.
    settles = following.value <= point.value + noise and following.residual < 0.9 * point.residual
    return foreseen < 0 and (falls or settles)


def _missed(system: QuotaSystem, by_type: np.ndarray) -> float:
    expected = by_type * system.counts
    reached = system.features.astype(float) @ expected
    over = np.r_[reached - np.minimum(system.maximum, system.size), system.minimum - reached, 0.0]
    return float(max(over.max(), abs(expected.sum() - system.size)))
