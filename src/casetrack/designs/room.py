"""Room on a suggested list: its minima must not fill it, or most people are on no list at all.

Minima that just fit a short list leave a single way of meeting them, and whoever is not part of it has no
chance. Minima that fit a somewhat shorter list leave places open that anybody can take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from pandas import DataFrame

from casetrack.designs.asked import Asked, Kind
from casetrack.designs.bound import drawable
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design_files import name_of
from casetrack.designs.quota import LINKED, who_counts
from casetrack.quotas.programme import Model, best_list

#: One place in so many stays open to anybody.
_ONE_IN = 5


@dataclass(frozen=True)
class _Quota:
    """A minimum of the design: the row of the model it is, and how many people could meet it."""

    row: int
    feature: str
    value: str
    low: int
    supply: int
    is_code: bool


def open_places(size: int) -> int:
    """Places of a list that suggested minima leave to anybody.

    >>> open_places(50), open_places(12), open_places(1)
    (10, 2, 1)
    """
    return max(1, size // _ONE_IN)


def with_room(design: Kind, coded: CodedPeople) -> Kind:
    """The design with minima that leave some places open to anybody, and the reason for each that gave way."""
    people = drawable(design, coded)
    quotas, model = _minima(design, people)
    rare, rest = _in_order(quotas)

    def fits(fewer_rare: int, fewer_rest: int) -> bool:
        low = model.low.copy()
        np.subtract.at(low, np.array(rare[:fewer_rare] + rest[:fewer_rest], dtype=np.int64), 1)
        return best_list(replace(model, low=low)) is not None

    fewer_rest = _fewest(len(rest), lambda fewer: fits(len(rare), fewer))
    fewer_rare = _fewest(len(rare), lambda fewer: fits(fewer, fewer_rest))
    given_way = np.bincount(rare[:fewer_rare] + rest[:fewer_rest], minlength=len(model.low))
    roomy = _lowered(design, quotas, given_way, "so that the list keeps room for everybody")
    left = [replace(quota, low=quota.low - int(given_way[quota.row])) for quota in quotas]
    return _with_linked(roomy, left, people)


def _with_linked(design: Kind, quotas: Sequence[_Quota], people: DataFrame) -> Kind:
    """The design with one person fewer asked for where a whole group is, and somebody outside is linked to it.

    People who are linked do not come together: who is linked to somebody on every list is on none.
    """
    if design.at_most.get(LINKED) != 1 or LINKED not in people:
        return design
    fewer = np.zeros(len(quotas), dtype=np.int64)
    pair = people[LINKED].fillna("").astype(str).str.strip()
    pair = pair.where(pair.duplicated(keep=False), "")
    for quota in quotas:
        if quota.low == quota.supply > 0:
            inside = who_counts(people, quota.feature, quota.value)
            theirs = pair[inside & (pair != "").to_numpy()]
            fewer[quota.row] = int(pair[~inside].isin(theirs).any())
    return _lowered(design, quotas, fewer, "so that people linked to them have a chance too")


def _minima(design: Asked, people: DataFrame) -> tuple[list[_Quota], Model]:
    """The minima of a design, and the lists that leave places open as a model with a row for each."""
    asked = [(label, quota.min) for label, quota in design.quotas().items() if quota.min]
    counts = np.zeros((len(asked), len(people)), dtype=np.int8)
    for row, (label, _) in enumerate(asked):
        counts[row] = who_counts(people, *label)
    quotas = [
        _Quota(row, *label, low, int(counts[row].sum()), label[0] in design.codes)
        for row, (label, low) in enumerate(asked)
    ]
    size = design.size - open_places(design.size)
    model, _ = Model(
        rows=counts,
        limit=np.ones(len(people), dtype=np.int64),
        low=np.array([low for _, low in asked], dtype=np.int64),
        high=np.full(len(asked), size),
        size=size,
        labels=tuple(label for label, _ in asked),
        group=np.arange(len(asked)),
    ).projected(np.arange(len(asked)))
    return quotas, model


def _in_order(quotas: Sequence[_Quota]) -> tuple[list[int], list[int]]:
    """The rows that give way, one place at a time, in their order: the rarest groups, and everything else."""
    smallest_first = sorted(quotas, key=lambda quota: (quota.supply, quota.feature, quota.value))
    codes = [quota for quota in smallest_first if quota.is_code]
    levels = [quota for quota in smallest_first if not quota.is_code]
    rare = [quota.row for quota in levels if quota.low == 1]
    highest = max((quota.low for quota in codes), default=0)
    together = [quota.row for left in range(highest, 1, -1) for quota in codes if quota.low >= left]
    others = [quota.row for quota in levels if quota.low > 1 for _ in range(quota.low)]
    return rare, [*together, *others, *(quota.row for quota in codes)]


def _fewest(most: int, fits: Callable[[int], bool]) -> int:
    """The fewest steps that fit; all of them when none do. What fits with few steps fits with more."""
    if fits(0):
        return 0
    too_few, enough = 0, most
    while enough - too_few > 1:
        middle = (too_few + enough) // 2
        too_few, enough = (too_few, middle) if fits(middle) else (middle, enough)
    return enough


def _lowered(design: Kind, quotas: Sequence[_Quota], fewer: np.ndarray, why: str) -> Kind:
    for quota in quotas:
        if not fewer[quota.row]:
            continue
        low = quota.low - int(fewer[quota.row])
        design = design.with_quota(quota.feature, None if quota.is_code else quota.value, min=low)
        reason = f"{low:,} instead of {quota.low:,}, {why}"
        design = design.with_reasons({name_of(quota.feature, quota.value): reason})
    return design
