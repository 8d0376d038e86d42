"""Every list of a lottery written out and counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from casetrack.lottery.numbered import Lottery


@dataclass(frozen=True)
class Audit:
    """What was found: lists written, how many differ, and what is wrong with them."""

    lists: int
    distinct: int
    #: Leaves that could not be dealt so that each list keeps every rule.
    leaves_unsolved: int
    #: Lists that break a quota, a limit or the size, by plain loops that share nothing with the search.
    broken: int
    #: Kinds of people that stand on more or fewer lists than they have tickets.
    uncounted: int

    @property
    def exact(self) -> bool:
        return not (self.leaves_unsolved or self.broken or self.uncounted)


def audit(lottery: Lottery) -> Audit:
    """Write out and count every list; of some thousand lists in seconds."""
    counted = np.zeros(len(lottery.tickets), dtype=np.int64)
    seen: set[bytes] = set()
    lists = unsolved = broken = 0
    dealt = (
        (slots, np.ones(len(slots), int), found.holds)
        for slots, found, _ in map(lottery.leaf, lottery.leaves())
    )
    for slots, repeats, holds in dealt if lottery.table is None else [(*lottery.table, True)]:
        unsolved += not holds
        for listed, times in zip(slots, repeats.tolist(), strict=True):
            counted += times * np.bincount(listed, minlength=len(counted))
            seen.add(np.sort(listed).tobytes())
            lists, broken = lists + times, broken + times * bool(lottery.rules.broken_by(listed))
    return Audit(lists, len(seen), unsolved, broken, int((counted != lottery.tickets).sum()))
