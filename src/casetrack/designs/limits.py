"""Which values of a limit per value are quotas of the lottery, and how often the others would be overfull.

A limit such as two cases per worker has as many values as there are workers. Those that a list drawn by the chances alone
could overfill are made quotas, so that the chances published are those with the limit kept; for the rest, and there
are thousands, the limit is kept afterwards.
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammainc

from casetrack.designs.bound import Bound

__all__ = ["how_often_overfull", "pressed_values"]

MOST_ROWS = 150
"""Values of all columns together that become quotas because they might be overfull."""

SELDOM = 0.001
"""What all other values together may still be overfull by, in people in a draw."""

_WORKED_OUT = 500
_FULL = 1e-9


def how_often_overfull(bound: Bound, chances: np.ndarray) -> dict[str, np.ndarray]:
    """How many people too many share each value, in a draw, if everybody were drawn on their own.

    Parameters
    ----------
    bound
        The design and the pool.
    chances
        The chance of each person of ``bound.people``, shape (people,).

    Returns
    -------
    dict of str to ndarray
        By column, for each value; 0 where the value is a quota already or has no more people than room.
    """
    found = {}
    for column, numbers in bound.limits.items():
        room = np.maximum(bound.room[column], 0)
        has = numbers >= 0
        over = np.zeros(len(room))
        expected = np.bincount(numbers[has], weights=chances[has], minlength=len(room))
        crowded = np.bincount(numbers[has], minlength=len(room)) > room
        crowded[list(bound.rows_of.get(column, ()))] = False
        over[crowded] = gammainc(room[crowded] + 1.0, expected[crowded])
        for value in np.argsort(-over, kind="stable")[:_WORKED_OUT].tolist():
            if over[value] > 0:
                over[value] = _too_many(chances[numbers == value], int(room[value]))
        found[column] = over
    return found


def pressed_values(bound: Bound, chances: np.ndarray) -> dict[str, set[int]]:
    """Values that must be quotas too, by column: those expected to be overfull, and those most often so."""
    must: dict[str, set[int]] = {}
    might: list[tuple[float, str, int]] = []
    for column, over in how_often_overfull(bound, chances).items():
        numbers = bound.limits[column]
        has = numbers >= 0
        expected = np.bincount(numbers[has], weights=chances[has], minlength=len(over))
        beyond = (over > 0) & (expected > np.maximum(bound.room[column], 0) + _FULL)
        must[column] = set(np.flatnonzero(beyond).tolist())
        might += [
            (-float(over[value]), column, value) for value in np.flatnonzero((over > 0) & ~beyond).tolist()
        ]
    left = -sum(often for often, _, _ in might)
    free = (
        MOST_ROWS
        - sum(len(rows) for rows in bound.rows_of.values())
        - sum(len(rows) for rows in must.values())
    )
    for often, column, value in sorted(might)[: max(0, free)]:
        if left <= SELDOM:
            break
        left += often
        must[column].add(value)
    return {column: values for column, values in must.items() if values}


def _too_many(chances: np.ndarray, room: int) -> float:
    """The people beyond the room to expect when each is drawn on their own."""
    exactly = np.zeros(room + 1)
    exactly[0] = 1.0
    for chance in chances:
        exactly[1:] = exactly[1:] * (1 - chance) + exactly[:-1] * chance
        exactly[0] *= 1 - chance
    within = exactly @ (room - np.arange(room + 1))
    # The people drawn, less the room, are those beyond it less the places left empty within it.
    return float(max(0.0, chances.sum() - room + within))
