"""From chances to whole lists: a lottery over whole lists at once, or a flight and a landing of what it leaves open."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.flight import fly
from casetrack.lottery.panels import THOROUGH, Effort, PanelLottery, nearest_lottery
from casetrack.lottery.scarce_first import ScarceDecided, decide_scarce_first
from casetrack.quotas.programme import Model, best_list
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.shortfall import explain_shortfall, refusal

__all__ = ["EXACT", "Landed", "fly_and_land", "lottery_over_lists", "rows_of"]

EXACT = 1e-7
"""A deviation of no more places than this is rounding."""

_SCARCEST = 0.09
_FURTHER = (1, 2, 4)


@dataclass(frozen=True)
class Landed:
    """A list, and the lottery that it was drawn from last.

    Parameters
    ----------
    chosen
        People drawn of each type, shape (types,).
    deviation
        Total absolute difference, in places, between the chances still open at the landing and the average of the
        panels it was decided with.
    undecided
        Types still open at the landing.
    panels
        Whole panels in the lottery at the landing.
    """

    chosen: np.ndarray
    deviation: float
    undecided: int
    panels: int


def rows_of(system: QuotaSystem) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Quota rows in their canonical order and a row for the size of the list, with the least and most of each.

    Examples
    --------
    >>> import pandas as pd
    >>> from casetrack.quotas.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> matrix, (least, most) = rows_of(quota_system(people, quotas, size=2))
    >>> matrix.sum(axis=1).tolist(), least.tolist(), most.tolist()
    ([1.0, 2.0], [1.0, 2.0], [1.0, 2.0])
    """
    order = system.row_order()
    matrix = np.vstack([system.features[order], np.ones(len(system.counts), dtype=np.int8)]).astype(float)
    lower = np.r_[system.minimum[order], system.size].astype(float)
    upper = np.r_[np.minimum(system.maximum[order], system.size), system.size].astype(float)
    return matrix, (lower, upper)


def lottery_over_lists(
    system: QuotaSystem,
    expected: np.ndarray,
    tilt: np.ndarray,
    *,
    known: np.ndarray | None = None,
    effort: Effort = THOROUGH,
) -> PanelLottery:
    """Find the lottery over whole lists whose average is nearest to the expected people of each type.

    Parameters
    ----------
    system
        Quotas over types.
    expected
        Expected people of each type, shape (types,).
    tilt
        A number in [0, 1) that belongs to each type, which breaks ties.
    known
        Lists known beforehand, shape (lists, types).
    effort
        How long to search.

    Returns
    -------
    PanelLottery
        Over whole lists, shape (lists, types).

    Raises
    ------
    InfeasibleDesignError
        When no list meets the quotas.
    """
    matrix, rows = rows_of(system)
    limit = np.where(expected > 0, system.limit, 0.0)
    lottery = None
    if known is None:
        lottery = _next_whole_numbers(matrix, rows, limit, expected, tilt, effort)
        if lottery is not None and lottery.deviation <= EXACT:
            return lottery
        known = None if lottery is None else lottery.found
    # Lists may need more people of a type than the next whole number.
    wider = nearest_lottery(matrix, rows, limit, expected, tilt, known=known, effort=effort)
    return wider or lottery or _one_list(system, expected)


def _next_whole_numbers(
    matrix: np.ndarray,
    rows: tuple[np.ndarray, np.ndarray],
    limit: np.ndarray,
    expected: np.ndarray,
    tilt: np.ndarray,
    effort: Effort,
) -> PanelLottery | None:
    """The nearest lottery over lists that have one of the two next whole numbers of each type."""
    base = np.floor(expected + 1e-9)
    done, one = matrix @ base, np.minimum(1.0, limit - base)
    found = nearest_lottery(
        matrix, (rows[0] - done, rows[1] - done), one, expected - base, tilt, effort=effort
    )
    return None if found is None else replace(found, panels=base + found.panels, found=base + found.found)


def _one_list(system: QuotaSystem, expected: np.ndarray) -> PanelLottery:
    """Some list that meets the quotas, where a bounded search has found none.

    Raises
    ------
    InfeasibleDesignError
        When there is none.
    """
    found = best_list(Model.of(system))
    if found is None:
        raise refusal(explain_shortfall(system))
    away = found - expected
    return PanelLottery(found[None, :], np.ones(1), float(np.abs(away).sum()), away, found[None, :])


def fly_and_land(
    system: QuotaSystem,
    expected: np.ndarray,
    source: ChanceSource,
    left_open: int,
    effort: Effort = THOROUGH,
) -> Landed:
    """Decide scarce places first, then type after type until few are open, then those over whole panels.

    Parameters
    ----------
    system
        Quotas over types.
    expected
        Expected people of each type, shape (types,).
    source
        Where chance comes from.
    left_open
        Types that stay open at the landing.
    effort
        How long to search for panels.

    Returns
    -------
    Landed
        A list that meets every quota.

    Raises
    ------
    InfeasibleDesignError
        When there is none.
    """
    matrix, rows = rows_of(system)
    keys = system.type_keys
    scarce = decide_scarce_first(matrix, rows, expected, system.limit, keys, source, kept_open=left_open)
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
    for times in _FURTHER:
        state = fly(matrix, part, order, uniforms, further, times * left_open)
        flown = state if flown is None else flown
        open_ = np.flatnonzero((state > 0) & (state < 1))
        decided = base + (state >= 1)
        done = matrix @ decided
        room = (rows[0] - done, rows[1] - done)
        lottery = nearest_lottery(
            matrix[:, open_], room, np.ones(len(open_)), state[open_], tilt[open_], effort=effort
        )
        if lottery is not None:
            decided[open_] += lottery.drawn(source.uniform("panel"))
            average = (state >= 1).astype(float)
            average[open_] = lottery.average
            # Seen from where the flight first stopped, so that going back is told as the deviation that it is.
            deviation = float(np.abs(average - flown).sum())
            return Landed(decided.astype(np.int64), deviation, len(open_), len(lottery.weights))
    whole = _one_list(system, base + (part if flown is None else flown))
    return Landed(whole.panels[0].astype(np.int64), whole.deviation, 0, 1)


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
