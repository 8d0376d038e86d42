"""The fairest lottery over the whole lists that a search found, for quotas so narrow that hardly any list meets them.

The largest floor over lists is a linear programme over their weights; its prices ask for the list that would raise the
floor most, and once no list would, the floor is the largest there is. Of the weights with that floor those are taken
whose average is nearest to the chances wanted. What is published is that average, so it is exact whatever was found.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casetrack.lottery.chances import FLOOR_TOLERANCE, Chances, missed
from casetrack.lottery.landing import rows_of
from casetrack.lottery.panels import PanelLottery
from casetrack.quotas.quota_system import QuotaSystem
from casetrack.quotas.solver import solve

__all__ = ["everyone_on_lists", "fairest_found"]

_NODES = 500
_WORK, _EACH = 20_000, 200
_NO_MORE = 1e-9
_TIE = 1e-7
_NONE = 1e-9


def everyone_on_lists(
    system: QuotaSystem, chances: Chances, lists: np.ndarray, tilt: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Look for lists until everyone who is to have a chance is on one.

    Parameters
    ----------
    system
        Quotas over types.
    chances
        Who is to have a chance.
    lists
        The lists found so far, shape (lists, types).
    tilt
        A number in [0, 1) that belongs to each type, which breaks ties.

    Returns
    -------
    tuple of ndarray
        Those lists and more; and which types are on no list at all, shape (types,). The rest is left open when it
        takes too long.
    """
    matrix, rows = rows_of(system)
    wanted = chances.by_type > 0
    bounds = (np.zeros(len(wanted)), np.where(wanted, system.limit, 0.0))
    on_none = np.zeros(len(wanted), dtype=bool)
    one_by_one, work = False, 0
    while work < _WORK:
        nobody = np.flatnonzero(wanted & ~on_none & ~lists.any(axis=0))
        if not len(nobody):
            break
        asked = nobody[:1] if one_by_one else nobody
        cost = _TIE * tilt
        cost[asked] -= 1.0
        found = solve(cost, matrix, rows, bounds, whole=True, most_nodes=_NODES)
        work += _EACH + found.nodes
        if found.found and found.values[asked].any():
            lists = np.vstack([lists, found.values])
        elif found.sure:
            on_none[asked] = True
        elif one_by_one:
            wanted[asked] = False
        else:
            one_by_one = True
    return lists, on_none


def fairest_found(
    system: QuotaSystem, chances: Chances, lottery: PanelLottery, tilt: np.ndarray
) -> tuple[Chances, PanelLottery]:
    """Give everyone the largest floor over the lists found, then as near to the chances as those lists come.

    Parameters
    ----------
    system
        Quotas over types.
    chances
        What is wanted.
    lottery
        A search that did not come to them, with all lists that it found. Who is on none of them has no chance.
    tilt
        A number in [0, 1) that belongs to each type, which breaks ties.

    Returns
    -------
    tuple of Chances and PanelLottery
        The chances that the lottery has, exactly.
    """
    lists = lottery.found[np.lexsort(lottery.found.T[np.argsort(tilt)])]
    can = np.asarray(lists.any(axis=0))
    lists, floor, bound = _highest_floor(system, lists, can, tilt)
    least = floor * (1 - FLOOR_TOLERANCE) * system.counts[can]
    weights = _nearest_weights(lists[:, can].T, (chances.by_type * system.counts)[can], least)
    used = weights > _NONE
    found = replace(
        lottery,
        panels=lists[used],
        weights=weights[used] / weights[used].sum(),
        deviation=0.0,
        towards=np.zeros(len(can)),
    )
    by_type = found.average / np.maximum(system.counts, 1)
    told = replace(
        chances,
        by_type=by_type,
        best_floor=bound,
        shut_out=chances.shut_out | (by_type <= 0),
        residual=missed(system, by_type),
    )
    return told, found


def _highest_floor(
    system: QuotaSystem, lists: np.ndarray, can: np.ndarray, tilt: np.ndarray
) -> tuple[np.ndarray, float, float]:
    """Lists with a mix of the largest floor for those who can be on one, that floor, and what no floor is above."""
    matrix, rows = rows_of(system)
    bounds = (np.zeros(len(can)), np.where(can, system.limit, 0.0))
    bound, work = 1.0, 0
    while True:
        floor, prices = _floor_of(lists[:, can] / system.counts[can])
        if work >= _WORK:
            break
        cost = np.zeros(len(can))
        cost[can] = -prices / system.counts[can]
        found = solve(cost + _TIE * _TIE * tilt, matrix, rows, bounds, whole=True, most_nodes=_NODES)
        work += _EACH + found.nodes
        bound = min(bound, -found.bound)
        if not found.found or -float(cost @ found.values) <= floor * (1 + _NO_MORE):
            break
        lists = np.vstack([lists, found.values])
    return lists, floor, max(floor, bound)


def _floor_of(share: np.ndarray) -> tuple[float, np.ndarray]:
    """The largest floor over lists, shape (lists, types), and the price of each type, which add up to 1."""
    lists, types = share.shape
    answer = solve(
        np.r_[np.zeros(lists), -1.0],
        np.vstack([np.c_[share.T, -np.ones(types)], np.r_[np.ones(lists), 0.0]]),
        (np.r_[np.zeros(types), 1.0], np.r_[np.full(types, np.inf), 1.0]),
        (np.zeros(lists + 1), np.ones(lists + 1)),
    )
    prices: np.ndarray = np.abs(answer.row_duals[:types])
    return max(0.0, float(answer.values[-1])), prices


def _nearest_weights(lists: np.ndarray, expected: np.ndarray, least: np.ndarray) -> np.ndarray:
    """The weights of lists, shape (types, lists), with the least distance in places above the floor."""
    types, count = lists.shape
    apart = np.eye(types)
    matrix = np.vstack(
        [
            np.hstack([lists, -apart, apart]),
            np.hstack([lists, np.zeros((types, 2 * types))]),
            np.r_[np.ones(count), np.zeros(2 * types)],
        ]
    )
    ties = _TIE * np.arange(count) / count
    answer = solve(
        np.r_[ties, np.ones(2 * types)],
        matrix,
        (np.r_[expected, least, 1.0], np.r_[expected, np.full(types, np.inf), 1.0]),
        (np.zeros(count + 2 * types), np.r_[np.ones(count), np.full(2 * types, np.inf)]),
    )
    weights: np.ndarray = np.clip(answer.values, 0.0, 1.0)[:count]
    return weights
