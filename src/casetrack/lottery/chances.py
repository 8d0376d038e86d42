"""Everyone's chance: the largest floor that the quotas allow, then as close to equal as they allow above it.

Two steps, each with one answer only. A linear programme finds the largest floor. The chances then are those with
the least Kullback-Leibler divergence from equal chances, the calibration of Deville and Särndal (1992) with bounds:
a strictly convex problem, solved in its dual by damped Newton steps until the quotas hold to about one part in 10^13.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casetrack.lottery.floor import NO_CHANCE, SETTLED, Frame, highest_floor
from casetrack.quotas.programme import Model
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.without_chance import types_without_chance

FLOOR_TOLERANCE = 1e-6
"""The lowest chance is the best possible floor less this part of it."""

CAP_COSTS = 0.05
"""The part of the floor that a cap on chances may cost."""

_LONGEST_STEP = 3.0
"""The most by which a step may move a multiplier or a score; 1 takes a fifth more steps, 100 hardly fewer."""

_MOST_STEPS = 500
"""Steps of one search, which rounding could keep from coming to rest."""


@dataclass(frozen=True)
class Chances:
    """The published chances by type, with what proves them."""

    #: The chance of each person of a type, shape (types,); 0 for those whom the quotas shut out.
    by_type: np.ndarray
    #: The largest chance that everyone who can be chosen at all could be given.
    best_floor: float
    #: Per quota row: whoever counts towards it has a chance ``exp(multiplier)`` times as large as without it, between
    #: the floor and 1. Positive where a minimum lifts, negative where a maximum holds down.
    multipliers: np.ndarray
    #: The largest amount by which an expected count misses its quota, or the total its size, in places.
    residual: float
    #: Types that no list can hold, shape (types,).
    shut_out: np.ndarray

    @property
    def floor(self) -> float:
        """The lowest chance of anyone who can be chosen at all."""
        return float(self.by_type[~self.shut_out].min(initial=1.0))


def equal_as_possible(system: QuotaSystem, cap: float = 1.0) -> Chances | None:
    """Give everyone the chances closest to equal above the largest floor, and nobody one above the cap.

    >>> import pandas as pd
    >>> from casetrack.quotas.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> chances = equal_as_possible(quota_system(people, quotas, size=2))
    >>> sorted(chances.by_type.round(6).tolist())
    [0.333333, 1.0]
    """
    types = len(system.counts)
    if system.size in (0, system.people):
        # Nobody or everyone is on the list, whatever the quotas ask of it.
        on_it = float(system.size > 0)
        same, none = np.full(types, on_it), np.zeros(len(system.labels))
        possible = system.met_by(system.counts * int(on_it))
        return Chances(same, on_it, none, 0.0, same < on_it) if possible else None
    able = np.ones(types, dtype=bool)
    frame = Frame.of(system, able).capped(cap)
    floor = highest_floor(frame)
    if floor is None:
        return None
    if floor <= NO_CHANCE:
        able = ~types_without_chance(replace(Model.of(system), limit=frame.limit))
        frame = Frame.of(system, able).capped(cap)
        floor = highest_floor(frame) or 0.0
    answer = _settled(frame, floor)
    by_type = np.zeros(types)
    by_type[able] = np.minimum(answer.relative * frame.equal, frame.most_each)
    multipliers = np.zeros(len(system.labels))
    multipliers[system.row_order()] = answer.multipliers[:-1]
    return Chances(by_type, floor * frame.equal, multipliers, missed(system, by_type), ~able)


def lowest_cap(system: QuotaSystem, chances: Chances) -> float:
    """The smallest cap on chances, in thousandths, that costs the floor no more than its twentieth.

    People who are nearly certain to be drawn cannot be hidden in a release; a twentieth of the floor is nothing that
    anybody who has it could notice, and on the councils measured it brings the largest chance from .6 to 1 down to .2
    to .3.
    """
    frame = Frame.of(system, ~chances.shut_out)
    floor = chances.floor / frame.equal * (1 - CAP_COSTS)
    low, high = int(1000 * frame.equal), 1000
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if frame.capped(middle / 1000).gives(floor) else (middle, high)
    return high / 1000


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
        reached = self.matrix @ (self.mass * relative)
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
        score: np.ndarray = multipliers @ self.matrix
        return score

    @property
    def exact(self) -> np.ndarray:
        equal: np.ndarray = self.lower == self.upper
        return equal

    def curvature(self, point: _Point, rows: np.ndarray) -> np.ndarray:
        free = self.matrix[np.ix_(rows, point.free)]
        curvature: np.ndarray = (free * (self.mass * point.relative)[point.free]) @ free.T
        return curvature

    def towards(self, point: _Point, rows: np.ndarray, curvature: np.ndarray, damping: float) -> np.ndarray:
        """New multipliers: a Newton step with damping, kept short, no multiplier beyond the end of its sign."""
        step = np.zeros(len(point.multipliers))
        damped = curvature + damping * max(np.trace(curvature) / len(rows), 1e-6) * np.eye(len(rows))
        step[rows] = -np.linalg.solve(damped, point.missing[rows])
        # Rows that say the same cancel in the scores, so the multipliers themselves are kept short as well.
        longest = float(max(np.abs(self._score(step)).max(), np.abs(step).max()))
        step *= min(1.0, _LONGEST_STEP / longest) if longest else 1.0
        moved = point.multipliers + step
        crossing = ~self.exact & (point.multipliers * moved < 0)
        uphill = ~self.exact & (point.multipliers == 0) & (point.missing * moved > 0)
        return np.where(crossing | uphill, 0.0, moved)


def _settled(frame: Frame, floor: float) -> _Point:
    """The chances closest to equal above the floor.

    Should the search not settle, which a pool of a dozen people can do to it, it comes down to the floor in steps, each
    from where the one before ended.
    """
    tried, start = [_closest_to_equal(frame, floor * (1 - FLOOR_TOLERANCE))], None
    for tolerance in (1e-3, 1e-4, 1e-5, FLOOR_TOLERANCE) if tried[0].residual > SETTLED else ():
        tried.append(_closest_to_equal(frame, floor * (1 - tolerance), start))
        start = tried[-1].multipliers
    # The last that settled, or else the nearest to it.
    return min(reversed(tried), key=lambda point: max(point.residual, SETTLED))


def _closest_to_equal(frame: Frame, floor: float, start: np.ndarray | None = None) -> _Point:
    dual = _Dual(
        matrix=frame.matrix,
        mass=frame.counts / frame.counts.sum(),
        lower=frame.lower / frame.size,
        upper=frame.upper / frame.size,
        log_floor=float(np.log(max(floor, 1e-300))),
        log_most=np.log(frame.most_each / frame.equal),
    )
    point = dual.at(np.zeros(len(dual.lower)) if start is None else start)
    damping = 1e-10
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


def missed(system: QuotaSystem, by_type: np.ndarray) -> float:
    """The largest amount by which an expected count misses its quota, or the total its size, in places."""
    expected = by_type * system.counts
    reached = system.features.astype(float) @ expected
    over = np.r_[reached - np.minimum(system.maximum, system.size), system.minimum - reached, 0.0]
    return float(max(over.max(), abs(expected.sum() - system.size)))
