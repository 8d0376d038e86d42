"""From chances to a list: the flight over types, the landing over whole panels, and people within types.

Every list drawn meets every quota. Across the lottery each person's chance is the published one, up to the deviation
reported: the distance between the chances still open at the landing and the nearest average of whole panels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.landing import EXACT, Landed, fly_and_land, lottery_over_lists
from casetrack.lottery.opening import Opening, open_lottery
from casetrack.lottery.panels import PanelLottery
from casetrack.lottery.within_types import Places, ValueLimit, explain_limits, fill_places
from casetrack.quotas.quota_system import QuotaSystem

__all__ = ["DrawnPeople", "TypesDrawn", "draw_types", "draw_types_and_people"]

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
        Per quota row, see `casetrack.lottery.chances.Chances`.
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


def draw_types(system: QuotaSystem, source: ChanceSource, opening: Opening | None = None) -> TypesDrawn:
    """Draw how many of each type are on the list.

    Parameters
    ----------
    system
        Quotas over types.
    source
        Where chance comes from.
    opening
        What `open_lottery` gave for the system, when it has been asked already.

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
    >>> from casetrack.quotas.quota_system import quota_system
    >>> people = pd.DataFrame({"carer": ["yes", "no", "no", "no"]})
    >>> quotas = pd.DataFrame([("carer", "yes", 1, 1)], columns=["feature", "value", "min", "max"])
    >>> system = quota_system(people, quotas, size=2)
    >>> drawn = draw_types(system, ChanceSource("2 April 2026"))
    >>> system.met_by(drawn.chosen), drawn.deviation
    (True, 0.0)
    """
    opening = open_lottery(system) if opening is None else opening
    chances = opening.chances
    if opening.lottery is None:
        landed = fly_and_land(system, chances.by_type * system.counts, source, opening.left_open)
    else:
        landed = _from_whole_lists(system, source, opening, opening.lottery)
    if not system.met_by(landed.chosen):
        raise ArithmeticError("a list was drawn that does not meet its quotas")
    return TypesDrawn(
        chosen=landed.chosen,
        chances=chances.by_type,
        multipliers=chances.multipliers,
        deviation=landed.deviation if landed.deviation > EXACT else 0.0,
        best_floor=chances.best_floor,
        undecided=landed.undecided,
        panels=landed.panels,
    )


def _from_whole_lists(
    system: QuotaSystem, source: ChanceSource, opening: Opening, lottery: PanelLottery
) -> Landed:
    if opening.by_seed:
        tilt = source.uniforms("tilt", system.type_keys)
        own = lottery_over_lists(system, opening.chances.by_type * system.counts, tilt)
        lottery = own if own.deviation <= EXACT else lottery
    chosen = lottery.drawn(source.uniform("panel")).astype(np.int64)
    return Landed(
        chosen, lottery.deviation, int(np.count_nonzero(opening.chances.by_type)), len(lottery.weights)
    )


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
    opening = open_lottery(system)
    for attempt in range(_MOST_ATTEMPTS):
        again = source if attempt == 0 else source.derived("attempt", str(attempt))
        types = draw_types(system, again, opening)
        filled = fill_places(Places(system.type_of, types.chosen, order), value_limits or {})
        if filled is not None:
            return DrawnPeople(
                filled.rows, place, types, types.chances[system.type_of], filled.passed_over, attempt + 1
            )
    raise explain_limits(sorted(value_limits or {}))
