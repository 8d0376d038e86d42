"""From chances to a list: the flight over types, the landing over whole panels, and people within types.

Every list drawn meets every quota. Across the lottery each person's chance is the published one, up to the deviation
reported: the distance between the chances still open at the landing and the nearest average of whole panels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casetrack.sampling.chance_source import ChanceSource
from casetrack.sampling.chances import Chances, equal_as_possible
from casetrack.sampling.flight import fly
from casetrack.sampling.floor import Cuts
from casetrack.sampling.panels import PanelLottery, nearest_lottery
from casetrack.sampling.programme import Model, best_list
from casetrack.sampling.quota_system import QuotaSystem
from casetrack.sampling.scarce_first import ScarceDecided, decide_scarce_first
from casetrack.sampling.shortfall import explain_shortfall, refusal
from casetrack.sampling.solver import solve
from casetrack.sampling.within_types import Places, ValueLimit, explain_limits, fill_places

__all__ = ["DrawnPeople", "TypesDrawn", "draw_types", "draw_types_and_people", "open_chances"]

OPEN_AT_LANDING = 80
"""The flight stops with so many types open: enough room for whole panels, few enough for a quick landing."""

OPEN_WITHOUT_ROOM = 150
"""As many where nearly every minimum is its maximum: whole panels are rarer, and the landing takes longer."""

ROUNDED_WITH_EASE, OPEN_FOR_EACH_ROUNDED = 40, 10
"""So many quotas may leave only the two whole numbers next to what is expected; for each more, so many more types."""

ALL_WITHOUT_ROOM = 400
"""Never more than this; and without room, with no more types than this nothing is decided before the landing."""

_EXACT = 1e-7
_MOST_CUTS = 60
_LEAST_CUT = 1e-8
_TIMES = range(1, 61)
_NEARLY_WHOLE = 0.02
_DIGITS = 9
_SCARCEST = 0.09
_MOST_ATTEMPTS = 50


@dataclass(frozen=True)
class TypesDrawn:
    """What the lottery over types gave.

    Parameters
    ----------
    chosen
        People drawn of each type, shape (types,).
    chances
        The published chance of each person of a type, shape (types,).
    multipliers
        Per quota row, see `casetrack.sampling.chances.Chances`.
    deviation
        Total absolute difference, in places, between the chances still open at the landing and the average of the
        panels it was decided with. 0 when the published chances were met exactly.
    best_floor
        The largest chance that everyone who can be chosen at all could be given.
    undecided
        Types still open at the landing.
    panels
        Whole panels in the lottery at the landing.
    """

    chosen: np.ndarray
    chances: np.ndarray
    multipliers: np.ndarray
    deviation: float
    best_floor: float = 0.0
    undecided: int = 0
    panels: int = 0


@dataclass(frozen=True)
class DrawnPeople:
    """The people drawn.

    Parameters
    ----------
    rows
        Row numbers of the people drawn, in the order in which they stand in line.
    place
        Each person's place in line, from 0, shape (people,): who would come next.
    types
        What the lottery over types gave.
    chances
        Everyone's chance, shape (people,).
    passed_over
        People whom a limit per value kept off although their turn had come.
    attempts
        Draws of types it took until a limit per value could be kept; 1 without such limits.
    """

    rows: np.ndarray
    place: np.ndarray
    types: TypesDrawn
    chances: np.ndarray
    passed_over: int
    attempts: int


def draw_types(system: QuotaSystem, source: ChanceSource, chances: Chances | None = None) -> TypesDrawn:
    """Draw how many of each type are on the list.

    Parameters
    ----------
    system
        Quotas over types.
    source
        Where chance comes from.
    chances
        What `open_chances` gave for the system, when it has been asked already.

    Returns
    -------
    TypesDrawn
        A list that meets every quota.

    Raises
    ------
    InfeasibleDesignError
        When no list can; it names the quotas that clash and carries the nearest ones that do not.

    Examples
    --------
    >>> import pandas as pd
    >>> from casetrack.sampling.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> system = quota_system(people, quotas, size=2)
    >>> drawn = draw_types(system, ChanceSource("2 April 2026"))
    >>> system.met_by(drawn.chosen), drawn.deviation
    (True, 0.0)
    """
    chances = open_chances(system) if chances is None else chances
    at_once = ALL_WITHOUT_ROOM if _without_room(system) else _open_at_landing(system, chances)
    if np.count_nonzero(chances.by_type) <= at_once:
        return _land_whole(system, chances, source)
    return _fly_and_land(system, chances, source)


def draw_types_and_people(
    system: QuotaSystem,
    person_keys: Sequence[str],
    source: ChanceSource,
    *,
    value_limits: Mapping[str, ValueLimit] | None = None,
) -> DrawnPeople:
    """Draw the list: how many of each type, then who, in the order of their permanent random numbers.

    Parameters
    ----------
    system
        Quotas over types.
    person_keys
        A stable key of each person, in the order of ``system.type_of``.
    source
        Where chance comes from.
    value_limits
        By column: each person's value ("" for none) and the most people that may share a value. They are kept
        where people are chosen within types. Should a draw of types leave no way to keep them, it is drawn again.

    Returns
    -------
    DrawnPeople
        A list that meets every quota and every limit.

    Raises
    ------
    InfeasibleDesignError
        When no list can meet the quotas, or none was found that keeps the limits.
    """
    order = source.order("people", [key.encode() for key in person_keys])
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    for attempt in range(_MOST_ATTEMPTS):
        again = source if attempt == 0 else source.derived("attempt", str(attempt))
        types = draw_types(system, again)
        filled = fill_places(Places(system.type_of, types.chosen, order), value_limits or {})
        if filled is not None:
            return DrawnPeople(
                filled.rows, place, types, types.chances[system.type_of], filled.passed_over, attempt + 1
            )
    raise explain_limits(sorted(value_limits or {}))


def _without_room(system: QuotaSystem) -> bool:
    """Whether nearly every minimum is its maximum."""
    return len(system.labels) > 0 and bool((system.minimum == system.maximum).mean() > 0.9)


def _open_at_landing(system: QuotaSystem, chances: Chances) -> int:
    """Types to keep open: more where many quotas must be rounded to one of two whole numbers, which is hard to do."""
    reached = system.features.astype(float) @ (chances.by_type * system.counts)
    maximum = np.minimum(system.maximum, system.size)
    apart = np.minimum(reached - system.minimum, maximum - reached)
    rounded = int(((maximum - system.minimum == 1) & (apart > _EXACT)).sum())
    fewest = OPEN_WITHOUT_ROOM if _without_room(system) else OPEN_AT_LANDING
    return max(
        fewest, min(ALL_WITHOUT_ROOM, fewest + OPEN_FOR_EACH_ROUNDED * max(0, rounded - ROUNDED_WITH_EASE))
    )


def open_chances(system: QuotaSystem, cuts: Cuts | None = None) -> Chances:
    """The chances that a draw starts from.

    Raises
    ------
    InfeasibleDesignError
        When no list can meet the quotas.
    """
    chances = None if system.size > system.people else equal_as_possible(system, cuts=cuts)
    if chances is None:
        raise refusal(explain_shortfall(system))
    return chances


def _land_whole(system: QuotaSystem, chances: Chances, source: ChanceSource) -> TypesDrawn:
    """Land all types at once, which few types allow, and hold the chances to what whole panels can do.

    Quotas can be met in expectation by fractions of people that no whole list can. Each time the nearest average of
    panels misses the chances, it shows a limit that all panels keep; with that limit the chances are found again.
    Many types have never needed it, and would take too long.
    """
    cuts = Cuts.none(len(system.counts))
    most_cuts = _MOST_CUTS if np.count_nonzero(chances.by_type) <= OPEN_AT_LANDING else 0
    lottery, fixed = _whole_lottery(system, chances, source)
    while lottery.deviation > _EXACT and len(cuts.most) < most_cuts:
        cut = _cut(system, chances, lottery)
        if cut is None:
            break
        cuts = cuts.and_one(*cut)
        chances = open_chances(system, cuts)
        lottery, fixed = _whole_lottery(system, chances, source)
    panel = lottery.drawn(source.uniform("panel"))
    return _drawn(system, chances, fixed + panel, lottery, len(panel))


def _whole_lottery(
    system: QuotaSystem, chances: Chances, source: ChanceSource
) -> tuple[PanelLottery, np.ndarray]:
    expected = chances.by_type * system.counts
    tilt = source.uniforms("tilt", system.type_keys)
    matrix, rows = _rows(system)
    base = np.floor(expected + 1e-9)
    limit = np.where(expected > 0, system.limit, 0.0)
    one = np.minimum(1.0, limit - base)
    done = matrix @ base
    lottery = nearest_lottery(matrix, (rows[0] - done, rows[1] - done), one, expected - base, tilt)
    if lottery is not None and lottery.deviation <= _EXACT:
        return lottery, base.astype(np.int64)
    # Panels may need more people of a type than the next whole number.
    lottery = nearest_lottery(matrix, rows, limit, expected, tilt)
    if lottery is None:
        lottery = _one_list(system, expected)
    return lottery, np.zeros(len(base), dtype=np.int64)


def _one_list(system: QuotaSystem, expected: np.ndarray) -> PanelLottery:
    """Some list that meets the quotas, where a bounded search has found no panel.

    Raises
    ------
    InfeasibleDesignError
        When there is none.
    """
    found = best_list(Model.of(system))
    if found is None:
        raise refusal(explain_shortfall(system))
    away = found - expected
    return PanelLottery(found[None, :], np.ones(1), float(np.abs(away).sum()), away)


def _cut(system: QuotaSystem, chances: Chances, lottery: PanelLottery) -> tuple[np.ndarray, float] | None:
    """A limit that every list keeps and the chances do not; None when rounding lets none be seen.

    Its bound is the furthest that any list goes, so that it cuts off no list. The nearest average is known but to a
    little, which would stay in the weights and hold chances down for nothing; so whole numbers are used where the
    weights are near to some, as they are where lists lie densely.
    """
    matrix, rows = _rows(system)
    bounds = (np.zeros(len(chances.by_type)), system.limit.astype(float))
    expected = chances.by_type * system.counts
    direction = -lottery.towards / np.abs(lottery.towards).max()
    for times in _TIMES:
        weights = np.round(direction * times)
        if np.abs(weights - direction * times).max() < _NEARLY_WHOLE:
            break
    else:
        weights = np.round(direction, _DIGITS)
    furthest = solve(-weights, matrix, rows, bounds, whole=True)
    most = float(weights @ np.round(furthest.values))
    return (weights, most) if weights @ expected - most > _LEAST_CUT else None


def _fly_and_land(system: QuotaSystem, chances: Chances, source: ChanceSource) -> TypesDrawn:
    expected = chances.by_type * system.counts
    matrix, rows = _rows(system)
    keys = system.type_keys
    first = _open_at_landing(system, chances)
    scarce = decide_scarce_first(matrix, rows, expected, system.limit, keys, source, kept_open=first)
    order = _decided_first(system, scarce, rows, matrix, source.uniforms("order", keys))
    matrix = np.vstack([matrix, scarce.groups])
    rows = (np.r_[rows[0], scarce.places], np.r_[rows[1], scarce.places])
    base = np.floor(scarce.expected + 1e-9)
    uniforms = source.uniforms("step", keys)

    def further(number: int, step: int) -> float:
        return source.uniform("step", keys[number].hex(), str(step))

    tilt = source.uniforms("tilt", keys)
    part = np.clip(scarce.expected - base, 0.0, 1.0)
    flown: np.ndarray | None = None
    for stop in (first, 2 * first, 4 * first):
        state = fly(matrix, part, order, uniforms, further, stop)
        flown = state if flown is None else flown
        open_ = np.flatnonzero((state > 0) & (state < 1))
        decided = base + (state >= 1)
        done = matrix @ decided
        lottery = nearest_lottery(
            matrix[:, open_], (rows[0] - done, rows[1] - done), np.ones(len(open_)), state[open_], tilt[open_]
        )
        if lottery is not None:
            chosen = decided.astype(np.int64)
            panel = lottery.drawn(source.uniform("panel"))
            chosen[open_] += panel.astype(np.int64)
            average = decided - base
            average[open_] += lottery.weights @ lottery.panels
            # Seen from where the flight first stopped, so that going back is told as the deviation that it is.
            deviation = float(np.abs(average - flown).sum())
            return _drawn(system, chances, chosen, lottery, len(open_), deviation)
    whole = _one_list(system, base + (part if flown is None else flown))
    return _drawn(system, chances, whole.panels[0], whole, 0, whole.deviation)


def _decided_first(
    system: QuotaSystem,
    scarce: ScarceDecided,
    rows: tuple[np.ndarray, np.ndarray],
    matrix: np.ndarray,
    uniforms: np.ndarray,
) -> np.ndarray:
    """Types in the order of the flight.

    Those of a group with places of its own come first, then types that count towards several scarce quotas with
    nothing to spare. Common types come last, since they can stand in for one another.
    """
    reached = matrix @ scarce.expected
    no_room = np.minimum(reached - rows[0], rows[1] - reached) < 1e-7
    several = (no_room & (reached < _SCARCEST * system.size)).astype(float) @ matrix
    order: np.ndarray = np.lexsort(
        (uniforms, system.counts, -np.minimum(several, 3), ~scarce.groups.any(axis=0))
    )
    return order


def _rows(system: QuotaSystem) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Quota rows in their canonical order, and a row for the size of the list."""
    order = system.row_order()
    matrix = np.vstack([system.features[order], np.ones(len(system.counts), dtype=np.int8)]).astype(float)
    lower = np.r_[system.minimum[order], system.size].astype(float)
    upper = np.r_[np.minimum(system.maximum[order], system.size), system.size].astype(float)
    return matrix, (lower, upper)


def _drawn(
    system: QuotaSystem,
    chances: Chances,
    chosen: np.ndarray,
    lottery: PanelLottery,
    undecided: int,
    deviation: float | None = None,
) -> TypesDrawn:
    told = lottery.deviation if deviation is None else deviation
    whole = np.asarray(chosen).astype(np.int64)
    if not system.met_by(whole):
        raise ArithmeticError("a list was drawn that does not meet its quotas")
    return TypesDrawn(
        chosen=whole,
        chances=chances.by_type,
        multipliers=chances.multipliers,
        deviation=told if told > _EXACT else 0.0,
        best_floor=chances.best_floor,
        undecided=undecided,
        panels=len(lottery.weights),
    )
