"""What a reader can work out about suppressed counts: exact ranges, from all that is published.

A block is one characteristic: per level the people of the pool and, among them, those on the list. A reader knows
the shown counts, what each mark means, the totals of both columns, and that the list is a part of the pool. For
one level this confines the two counts to a polygon with sides along three directions (list, pool, pool less list).
Sums of such polygons have sides along the same three directions, so the range of every count follows from adding
bounds; all bounds being whole numbers, the ends of each range are reached by whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Bounds", "ranges"]

#: More people than any council has; stands for "no upper bound".
UNBOUNDED = 1 << 40


@dataclass(frozen=True)
class Bounds:
    """What is known of one level: lowest and highest, both included.

    Parameters
    ----------
    listed, pool, rest
        Of the people on the list, in the pool, and in the pool but not on the list.

    Examples
    --------
    >>> Bounds(listed=(1, 4), pool=(3, 3)).tight()
    Bounds(listed=(1, 3), pool=(3, 3), rest=(0, 2))
    """

    listed: tuple[int, int]
    pool: tuple[int, int]
    rest: tuple[int, int] = (0, UNBOUNDED)

    def tight(self) -> Bounds | None:
        """The same region with every bound reached; ``None`` when it is empty."""
        (a, b), (c, d), (e, f) = self.listed, self.pool, self.rest
        low = max(a, c - f), max(c, a + e), max(e, c - b)
        high = min(b, d - e), min(d, b + f), min(f, d - a)
        if any(least > most for least, most in zip(low, high, strict=True)):
            return None
        return Bounds((low[0], high[0]), (low[1], high[1]), (low[2], high[2]))


def ranges(levels: Sequence[Bounds], totals: tuple[int, int] | None) -> list[Bounds] | None:
    """The exact range of every count of a block.

    Parameters
    ----------
    levels
        What the marks say of each level.
    totals
        Published totals of list and pool; ``None`` when the levels overlap and do not add up to anything.

    Returns
    -------
    list of Bounds or None
        One per level, with every bound reached by some table that fits all that is published. ``None`` when no
        table fits.

    Examples
    --------
    >>> known = [Bounds((1, 4), (8, 8)), Bounds((5, 50), (30, 30)), Bounds((9, 9), (62, 62))]
    >>> [level.listed for level in ranges(known, (20, 100))]
    [(1, 4), (7, 10), (9, 9)]
    """
    tight = [level.tight() for level in levels]
    closed = [level for level in tight if level is not None]
    if len(closed) < len(tight):
        return None
    if totals is None:
        return closed
    listed, pool = totals
    whole = (listed, pool, pool - listed)
    sums = [_sums(closed, name) for name in ("listed", "pool", "rest")]
    found = []
    for level in closed:
        sides = []
        for (low, high), total, (least, most) in zip(
            (level.listed, level.pool, level.rest), whole, sums, strict=True
        ):
            sides.append((max(low, total - (most - high)), min(high, total - (least - low))))
        fitted = Bounds(sides[0], sides[1], sides[2]).tight()
        if fitted is None:
            return None
        found.append(fitted)
    return found


def _sums(levels: Sequence[Bounds], name: str) -> tuple[int, int]:
    pairs = [getattr(level, name) for level in levels]
    return sum(low for low, _ in pairs), sum(high for _, high in pairs)
