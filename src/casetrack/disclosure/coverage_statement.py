"""The coverage statement of a return: what the lottery gives on the average and what was asked for.

Nothing in it depends on the list, so it has the same bytes in every version and nobody can compare versions. Counts of
the list itself stay in the council's report: a reader can fit everyone's chance to them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from casetrack.disclosure.values import column_values

COVERAGE_COLUMNS = ("characteristic", "level", "eligible", "places", "at_least", "at_most", "met")
#: Levels with fewer people are joined.
FEWEST_IN_A_LEVEL = 50
#: Counts of people are given to the nearest ten, so that no difference of two of them tells a count under 5.
_STEP = 10
#: Longer than this, the names of joined levels are not a category any more.
_LONGEST = 80


class _Asked(Protocol):
    @property
    def min(self) -> int: ...
    @property
    def max(self) -> int | None: ...


def in_steps(count: int) -> str:
    """A count of people as it may be printed.

    Examples
    --------
    >>> in_steps(1249), in_steps(12)
    ('1,250', 'fewer than 50')
    """
    if count < FEWEST_IN_A_LEVEL:
        return f"fewer than {FEWEST_IN_A_LEVEL}"
    return f"{(count + _STEP // 2) // _STEP * _STEP:,}"


def coverage_statement(
    people: pd.DataFrame,
    codes: Sequence[str],
    characteristics: Sequence[str],
    chances: pd.Series,
    quotas: Mapping[tuple[str, str], _Asked],
) -> pd.DataFrame:
    """One row per cohort code and per level of each characteristic, all as text.

    ``people``: everyone eligible; ``chances``: everyone's chance to be drawn, by person; ``quotas``: of the draw, by
    feature and value, a code having the value ``"yes"``.
    """
    chance = chances.reindex(people.index).fillna(0.0).to_numpy(dtype=float)
    rows = []
    for code in codes:
        holds = people[code].to_numpy(dtype=bool)
        rows.append(("cohort_code", code, *_row(holds, chance, [quotas.get((code, "yes"))])))
    for name in characteristics:
        numbers, levels = column_values(people[name])
        for together in _joined(numbers, levels):
            mine = np.isin(numbers, together)
            names = sorted(levels[place] for place in together)
            asked = [quotas.get((name, level)) for level in names]
            text = "; ".join(names)
            level = text if len(text) <= _LONGEST else f"{len(names)} levels with few people together"
            rows.append((name, level, *_row(mine, chance, asked)))
    return pd.DataFrame(rows, columns=list(COVERAGE_COLUMNS), dtype=object)


def _joined(numbers: np.ndarray, levels: Sequence[str]) -> list[list[int]]:
    """The levels in order, those with few people as one, with the next smallest where that is few people still."""
    sizes = np.bincount(numbers, minlength=len(levels))
    order = sorted(range(len(levels)), key=lambda place: (int(sizes[place]), levels[place]))
    few = [place for place in order if sizes[place] < FEWEST_IN_A_LEVEL]
    while few and len(few) < len(order) and sizes[few].sum() < FEWEST_IN_A_LEVEL:
        few.append(order[len(few)])
    alone = sorted((place for place in order if place not in few), key=lambda place: levels[place])
    return [[place] for place in alone] + ([few] if few else [])


def _row(
    mine: np.ndarray, chance: np.ndarray, asked: Sequence[_Asked | None]
) -> tuple[str, str, str, str, str]:
    least = sum(quota.min for quota in asked if quota is not None)
    most = [quota.max for quota in asked if quota is not None and quota.max is not None]
    bounded = len(most) == len(asked)
    # Who knows the chances could divide the places by them, and count so few people.
    few = 0 < int(mine.sum()) < 5
    places = "fewer than 5" if few else f"{math.fsum(chance[mine].tolist()):.1f}"
    told = bool(least) or bounded
    return (
        in_steps(int(mine.sum())),
        places,
        str(least) if told else "",
        str(sum(most)) if bounded else "",
        "yes" if told else "",
    )
