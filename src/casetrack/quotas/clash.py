"""An irreducible set of quotas that clash: drop any one of them, and the others can be met.

Found by QuickXplain (Junker, AAAI 2004), which asks about a few dozen sets of quotas. Each question is
answered exactly. Lists found and sets ruled out on the way answer most of the later questions without
solving anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from casetrack.quotas.programme import Model, best_list, support_of_infeasibility

_CODE = re.compile(r"[A-Z]{2}\d{2}")


@dataclass(frozen=True)
class Way:
    """One number that can change: a row's minimum, or the maximum that a group of rows shares."""

    bound: str
    rows: tuple[int, ...]


def all_ways(model: Model) -> list[Way]:
    """Every number of the model that asks for something: cohort codes first, then in text order."""
    ways = [Way("min", (row,)) for row in np.flatnonzero(model.low > 0).tolist()]
    for number in dict.fromkeys(model.group.tolist()):
        rows = np.flatnonzero(model.group == number).tolist()
        if any(model.high[row] < model.size for row in rows):
            ways.append(Way("max", tuple(rows)))

    def order(way: Way) -> tuple[bool, str, str, str]:
        feature, value = min(model.labels[row] for row in way.rows)
        return (not _CODE.fullmatch(feature), feature, value, way.bound)

    return sorted(ways, key=order)


def irreducible_clash(model: Model, ways: Sequence[Way]) -> list[Way]:
    """An irreducible set of ways that cannot all be kept, found in the order given."""
    holds = _oracle(model, ways)

    def explain(background: tuple[int, ...], changed: bool, candidates: tuple[int, ...]) -> tuple[int, ...]:
        if changed and not holds(background):
            return ()
        if len(candidates) == 1:
            return candidates
        half = len(candidates) // 2
        first, second = candidates[:half], candidates[half:]
        needed = explain(background + first, bool(first), second)
        return explain(background + needed, bool(needed), first) + needed

    everything = tuple(range(len(ways)))
    return [ways[number] for number in sorted(explain((), False, everything))]


def _oracle(model: Model, ways: Sequence[Way]) -> Callable[[tuple[int, ...]], bool]:
    """Whether a set of ways can be kept; lists found and sets ruled out are remembered."""
    broken_by: list[frozenset[int]] = []
    ruled_out: list[frozenset[int]] = []

    def holds(kept: tuple[int, ...]) -> bool:
        asked = frozenset(kept)
        if any(not broken & asked for broken in broken_by):
            return True
        if any(known <= asked for known in ruled_out):
            return False
        part, rows, number = _part(model, [ways[way] for way in kept])
        found = best_list(part)
        if found is None:
            ruled_out.append(_certified(part, rows, ways, asked) or asked)
            return False
        broken_by.append(_broken(model, ways, _spread(model, number, found)))
        return True

    return holds


def _part(model: Model, kept: Sequence[Way]) -> tuple[Model, np.ndarray, np.ndarray]:
    low, high = np.zeros_like(model.low), np.full_like(model.high, model.size)
    for way in kept:
        rows = list(way.rows)
        if way.bound == "min":
            low[rows] = model.low[rows]
        else:
            high[rows] = model.high[rows]
    bound = np.flatnonzero((low > 0) | (high < model.size))
    part, number = replace(model, low=low, high=high).projected(bound)
    return part, bound, number


def _certified(
    part: Model, rows: np.ndarray, ways: Sequence[Way], asked: frozenset[int]
) -> frozenset[int] | None:
    support = support_of_infeasibility(part)
    if support is None:
        return None
    minima, maxima = ({int(rows[row]) for row in side} for side in support)
    blamed = {"min": minima, "max": maxima}
    return frozenset(way for way in asked if blamed[ways[way].bound] & set(ways[way].rows))


def _spread(model: Model, number: np.ndarray, found: np.ndarray) -> np.ndarray:
    """A list over joined types as one over the types themselves."""
    chosen = np.zeros(len(model.limit), dtype=np.int64)
    for joined in np.flatnonzero(found):
        open_places = int(found[joined])
        for column in np.flatnonzero(number == joined):
            chosen[column] = min(open_places, int(model.limit[column]))
            open_places -= int(chosen[column])
            if not open_places:
                break
    return chosen


def _broken(model: Model, ways: Sequence[Way], chosen: np.ndarray) -> frozenset[int]:
    used = np.flatnonzero(chosen)
    reached = model.rows[:, used].astype(np.int64) @ chosen[used]
    short, over = reached < model.low, reached > model.high
    return frozenset(
        number
        for number, way in enumerate(ways)
        if (short if way.bound == "min" else over)[list(way.rows)].any()
    )
