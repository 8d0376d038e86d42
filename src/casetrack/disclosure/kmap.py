"""How many people of the frame look like each released record, on every combination of levels at once.

A person of the frame matches a record on a column from some level upwards: hierarchies nest. So one pass puts
every person at the lowest combination of levels (the node) from which they match, and cumulating these counts
along each axis gives the exact number of matching people at every node of the lattice. This number is the
k-map count of Sweeney (2001); the record's own person is one of them.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.errors import DisclosureError

#: Losses closer than this are the same loss: far above rounding error, far below one step of a level.
TIE = 1e-12
#: Cells of the lattice that are counted in one go: 4 million cells are 16 MB.
CELLS = 1 << 22
#: Distinct combinations that are counted in a plain table rather than by sorting.
_DENSE = 1 << 23


@dataclass(frozen=True, eq=False)
class Matching:
    """The frame, reduced to what can be told apart by the records of a table."""

    #: Names of the d columns that people are matched on.
    columns: tuple[str, ...]
    #: Levels per column.
    sizes: tuple[int, ...]
    #: Per column, shape (targets, values): the lowest level at which a frame value looks like a target.
    first: tuple[np.ndarray, ...]
    #: Shape (n, d): which target each record has in each column.
    targets: np.ndarray
    #: Shape (d, u): the distinct combinations of frame values.
    combinations: np.ndarray
    #: Shape (u,), int64: people of the frame in each combination; their sum is the size of the frame.
    people: np.ndarray

    @property
    def frame_size(self) -> int:
        """People in the frame."""
        return int(self.people.sum())

    def lowest_levels(self, record: int, column: int) -> np.ndarray:
        """The level from which each combination matches a record on one column: shape (u,)."""
        row = self.first[column][self.targets[record, column]]
        return np.asarray(row.take(self.combinations[column]))

    def count(self, record: int, node: Sequence[int]) -> int:
        """People of the frame who match a record at a node: one level per column."""
        matches = np.ones(len(self.people), dtype=bool)
        for column, level in enumerate(node):
            matches &= self.lowest_levels(record, column) <= level
        return int(self.people[matches].sum())

    def lattice(
        self, record: int, floor: Sequence[int], axes: Sequence[int], keep: np.ndarray | None = None
    ) -> np.ndarray:
        """Matching people at every node above a floor.

        Parameters
        ----------
        record
            Row of the table.
        floor
            Lowest level looked at, per column.
        axes
            The columns whose levels vary; on the others ``keep`` has already chosen the people.
        keep
            Shape (u,): the combinations that count; all of them when left out.
        """
        shape = [self.sizes[axis] - floor[axis] for axis in axes]
        place = np.zeros(len(self.people), dtype=np.int32)
        chosen = keep
        step = int(np.prod(shape, dtype=np.int64))
        total = step
        for axis, size in zip(axes, shape, strict=True):
            step //= size
            row = self.first[axis][self.targets[record, axis]]
            if (row >= self.sizes[axis]).any():
                ever = row.take(self.combinations[axis]) < self.sizes[axis]
                chosen = ever if chosen is None else chosen & ever
            steps = (np.clip(row - floor[axis], 0, size - 1) * step).astype(np.int32)
            place += steps.take(self.combinations[axis])
        people = self.people
        if chosen is not None:
            place, people = place[chosen], people[chosen]
        kind = np.int32 if self.frame_size < 2**31 else np.int64
        counts = np.bincount(place, weights=people, minlength=total).astype(kind).reshape(shape)
        for axis in range(len(shape)):
            np.cumsum(counts, axis=axis, out=counts)
        return counts


def require_columns(frame: pd.DataFrame, columns: Sequence[str], what: str) -> None:
    """Refuse a table that lacks columns."""
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        names = ", ".join(f'"{column}"' for column in lacking)
        raise DisclosureError.of(
            "no-such-column",
            f"the {what} lacks {len(lacking)} of the columns that people are matched on.",
            where=f"column{'s' if len(lacking) > 1 else ''} {names}",
            advice=f"Add the column to the {what}, or leave it out of the hierarchies.",
        )


def match_levels(table: pd.DataFrame, frame: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> Matching:
    """Find, for each column, from which level each person of the frame looks like each record.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "M"], "age": [70, 71, 70]})
    >>> steps = {"years": str, "withheld": lambda age: "Withheld"}
    >>> found = match_levels(people.iloc[:1], people, {
    ...     "sex": Hierarchy.withholding("sex", ["F", "M"]),
    ...     "age": Hierarchy.from_functions("age", [70, 71], steps)})
    >>> found.lattice(0, [0, 0], [0, 1]).tolist()
    [[1, 2], [2, 3]]
    """
    used = [hierarchies[column] for column in hierarchies]
    require_columns(table, [item.column for item in used], "table")
    require_columns(frame, [item.column for item in used], "frame")
    first, targets, numbers = [], [], []
    for item in used:
        rows, places = item.keys(table)
        people, frame_places = item.keys(frame, "frame")
        lowest = item.first_match(places, frame_places)
        # Values that look the same to every record need not be told apart.
        alike, merged = np.unique(lowest, axis=1, return_inverse=True)
        first.append(alike)
        targets.append(rows)
        numbers.append(merged.ravel().astype(np.int32)[people])
    combinations, counts = distinct_combinations(numbers, [rows.shape[1] for rows in first], len(frame))
    return Matching(
        columns=tuple(hierarchies),
        sizes=tuple(len(item.levels) for item in used),
        first=tuple(first),
        targets=np.stack(targets, axis=1) if targets else np.zeros((len(table), 0), dtype=np.int32),
        combinations=combinations,
        people=counts,
    )


def distinct_combinations(
    numbers: Sequence[np.ndarray], radix: Sequence[int], size: int
) -> tuple[np.ndarray, np.ndarray]:
    """The distinct rows of several columns of small numbers, and how often each occurs.

    Parameters
    ----------
    numbers
        d arrays of shape (size,), the j-th with values below ``radix[j]``.
    radix
        Values per column.
    size
        Rows.

    Returns
    -------
    combinations, counts
        Shapes (d, u) int32 and (u,) int64.

    Examples
    --------
    >>> rows, counts = distinct_combinations([np.array([0, 1, 0]), np.array([2, 0, 2])], [2, 3], 3)
    >>> rows.tolist(), counts.tolist()
    ([[0, 1], [2, 0]], [2, 1])
    """
    span = math.prod(radix)
    if span > 2**62:
        rows, counts = np.unique(np.stack(numbers), axis=1, return_counts=True)
        return rows.astype(np.int32), counts.astype(np.int64)
    key = np.zeros(size, dtype=np.int64)
    for column, base in zip(numbers, radix, strict=True):
        key *= base
        key += column
    if span <= _DENSE:
        table = np.bincount(key, minlength=span)
        distinct = np.flatnonzero(table)
        counts = table[distinct]
    else:
        distinct, counts = np.unique(key, return_counts=True)
    combinations = np.empty((len(radix), len(distinct)), dtype=np.int32)
    for place in reversed(range(len(radix))):
        distinct, combinations[place] = np.divmod(distinct, radix[place])
    return combinations, counts.astype(np.int64)


def cheapest_node(
    matching: Matching, records: Sequence[int], costs: Sequence[np.ndarray], k: int, cells: int = CELLS
) -> tuple[tuple[int, ...], float] | None:
    """The node of least cost at which every record has at least ``k`` matching people.

    Exact: every node that could be cheaper is counted. A lattice of more than ``cells`` nodes is counted in
    blocks, the block with the lowest possible cost first, until no block left can hold a cheaper node; memory
    depends on ``cells`` alone.

    Parameters
    ----------
    matching
        The frame against the table.
    records
        Rows of the table that the node has to protect.
    costs
        Per column, shape (levels,): the cost of each level, rising with it. A node costs their sum.
    k
        People who have to match, at least.
    cells
        Nodes counted at a time.

    Returns
    -------
    tuple or None
        One level per column, and the cost. Of nodes whose costs differ by less than 1e-12, the first in
        lexicographic order: the one that keeps the earlier columns finer. ``None`` when no node protects all.
    """
    floor = _floor(matching, records, k)
    if floor is None:
        return None
    sizes = [size - low for size, low in zip(matching.sizes, floor, strict=True)]
    split = next(at for at in range(len(sizes) + 1) if math.prod(sizes[at:]) <= cells)
    rest = range(split, len(sizes))
    above = [column[low:] for column, low in zip(costs, floor, strict=True)]
    loss = _block_costs(above[split:])
    least_rest = float(loss.min())
    found: list[tuple[float, tuple[int, ...]]] = []
    best = math.inf
    for bound, head in _cheapest_first(above[:split]):
        if bound + least_rest > best + TIE:
            break
        levels = tuple(level + floor[axis] for axis, level in enumerate(head))
        allowed = _allowed(matching, records, levels, floor, list(rest), k)
        if allowed is None:
            continue
        cost, steps = _cheapest_of(np.where(allowed, loss, np.inf) + bound)
        found.append((cost, levels + tuple(np.add(steps, floor[split:]).tolist())))
        best = min(best, cost)
    if not found:
        return None
    node = min(node for cost, node in found if cost <= best + TIE)
    return node, math.fsum(float(costs[axis][level]) for axis, level in enumerate(node))


def _cheapest_of(block: np.ndarray) -> tuple[float, tuple[int, ...]]:
    """The least cost in a block, and the first node of it that has it."""
    least = float(block.min())
    first = int(np.flatnonzero(block.ravel() <= least + TIE)[0])
    return least, tuple(int(step) for step in np.unravel_index(first, block.shape))


def _block_costs(costs: Sequence[np.ndarray]) -> np.ndarray:
    """The cost of every node of a block: the sum of one cost per column, an axis for each."""
    loss = np.zeros([len(column) for column in costs])
    for place, column in enumerate(costs):
        loss += column.reshape([-1 if other == place else 1 for other in range(len(costs))])
    return loss


def _floor(matching: Matching, records: Sequence[int], k: int) -> list[int] | None:
    """The lowest level of each column at which that column alone leaves every record ``k`` people."""
    floor = []
    for column, size in enumerate(matching.sizes):
        people = np.bincount(
            matching.combinations[column], weights=matching.people, minlength=matching.first[column].shape[1]
        )
        lowest = 0
        for target in np.unique(matching.targets[list(records), column]):
            at_level = np.bincount(matching.first[column][target], weights=people, minlength=size)[:size]
            enough = np.flatnonzero(np.cumsum(at_level) >= k)
            if not len(enough):
                return None
            lowest = max(lowest, int(enough[0]))
        floor.append(lowest)
    return floor


def _allowed(
    matching: Matching,
    records: Sequence[int],
    head: Sequence[int],
    floor: Sequence[int],
    rest: list[int],
    k: int,
) -> np.ndarray | None:
    """Which nodes with these first levels protect every record; ``None`` when none does."""
    allowed: np.ndarray | None = None
    for record in records:
        keep: np.ndarray | None = None
        for column, level in enumerate(head):
            match = matching.lowest_levels(record, column) <= level
            keep = match if keep is None else keep & match
        if keep is not None and matching.people[keep].sum() < k:
            return None
        enough = matching.lattice(record, floor, rest, keep) >= k
        allowed = enough if allowed is None else allowed & enough
        if not allowed.any():
            return None
    return allowed


def _cheapest_first(costs: Sequence[np.ndarray]) -> Iterator[tuple[float, tuple[int, ...]]]:
    """Every combination of levels with its cost, cheapest first; one empty combination for no columns."""
    start = (0,) * len(costs)
    waiting = [(sum(float(cost[0]) for cost in costs), start, 0)]
    while waiting:
        _, node, lowest = heapq.heappop(waiting)
        yield math.fsum(float(cost[level]) for cost, level in zip(costs, node, strict=True)), node
        for axis in range(lowest, len(costs)):
            if node[axis] + 1 < len(costs[axis]):
                further = (*node[:axis], node[axis] + 1, *node[axis + 1 :])
                price = math.fsum(float(cost[level]) for cost, level in zip(costs, further, strict=True))
                heapq.heappush(waiting, (price, further, axis))
