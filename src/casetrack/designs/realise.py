"""From a number of people per type to people, within the limits per value of a column.

Within a type people are taken in the order given, and one whose team, worker or linked group is full is
passed over. Limits that are quota rows hold of themselves. Where a limit that is not one leaves a place
empty, its values are handed back, so that they can be made quota rows: in the end every list that exists can
be filled.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from casetrack.designs.bound import Bound

__all__ = ["Filled", "realise"]


@dataclass(frozen=True)
class Filled:
    """People for the places of each type.

    Parameters
    ----------
    rows
        Row numbers of the people taken, in the order given to `realise`.
    passed_over
        How many people a limit kept off the list whose turn it was.
    blocked
        Values, by column, that left places empty; empty when every place is filled.
    """

    rows: np.ndarray
    passed_over: int
    blocked: dict[str, set[int]] = field(repr=False)


def realise(bound: Bound, type_of: np.ndarray, chosen: np.ndarray, order: np.ndarray) -> Filled:
    """Fill the places of each type, the types with the fewest people first.

    Parameters
    ----------
    bound
        The people and their limits.
    type_of
        Type of each person of ``bound.people``.
    chosen
        Places for each type.
    order
        Row numbers of all people in the order in which their turn comes.
    """
    wanted = np.flatnonzero(chosen)
    sizes = np.bincount(type_of, minlength=len(chosen))
    of_wanted = order[np.isin(type_of[order], wanted)]
    grouped = of_wanted[np.argsort(type_of[of_wanted], kind="stable")]
    starts = np.searchsorted(type_of[grouped], wanted)
    ends = np.searchsorted(type_of[grouped], wanted, side="right")
    room = {name: places.copy() for name, places in bound.room.items()}
    taken: list[int] = []
    passed_over = 0
    blocked: dict[str, set[int]] = {}
    for place in np.argsort(sizes[wanted], kind="stable").tolist():
        open_places = int(chosen[wanted[place]])
        full: list[tuple[str, int]] = []
        for row in grouped[starts[place] : ends[place]].tolist():
            if not open_places:
                break
            values = [(name, int(codes[row])) for name, codes in bound.limits.items() if codes[row] >= 0]
            stops = [(name, number) for name, number in values if room[name][number] <= 0]
            if stops:
                passed_over += 1
                full += stops
                continue
            for name, number in values:
                room[name][number] -= 1
            taken.append(row)
            open_places -= 1
        if open_places:
            for name, number in full:
                blocked.setdefault(name, set()).add(number)
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    rows = np.array(sorted(taken, key=position.__getitem__), dtype=np.int64)
    return Filled(rows, passed_over, blocked)
