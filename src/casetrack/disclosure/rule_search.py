"""The search for a rule that shows as much as the requirement lets it, one code at a time.

Finest first: at each node of the lattice of levels, everyone who looks alike there and waits is shown so if they satisfy
the requirement together; the rest wait for a coarser node. The order of the nodes decides what is found: a few orders
come from keyed weights of the columns, and in the best of them nodes are then moved, one to four at a time, as long as
tries are left; the rule with the least expected loss wins. A rule is left out if somebody
who does not know it would take one person for likelier than 1 in k, among all whom a row fits. All numbers are whole:
machines and the order of rows change nothing.

Taking the heaviest out of a cell, so that the others can stand, loses 1 to 10 % less, and misleads that reader: those
who are shown coarsely fit the finer row, and weigh most.
"""

from __future__ import annotations

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

#: Orders tried per code, and how many of them come from weights. Two hundred lower the loss by up to 2 % more; weights
#: alone would not do what forty do, were they two hundred.
_TRIES, _BY_WEIGHTS = 40, 10
#: Steps per code that a search may take: kinds of people times nodes times tries, and what a node costs by itself.
#: About a tenth of a second; a pool of 200,000 people gets one try along one chain of levels.
_STEPS, _STEPS_A_NODE = 1_200_000, 150
#: A column's weight in one order, against the others: evenly spread on a logarithmic scale, up to sixteen times.
_MULTIPLIERS = (4, 6, 8, 11, 16, 23, 32, 45, 64)

Node = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Kinds:
    """People who can be listed as one code, alike in everything shown and in weight; the lightest first.

    ``each``: weight of one person, and ``people`` of them, shape (kinds,). ``values``: shape (kinds, columns). Per
    column, ``labels`` and ``losses``, shape (values, levels): label numbers, and what a label loses per part of weight.
    """

    each: np.ndarray
    people: np.ndarray
    values: np.ndarray
    labels: tuple[np.ndarray, ...]
    losses: tuple[np.ndarray, ...]

    @property
    def parts(self) -> np.ndarray:
        """Weight of all people of each kind."""
        return np.asarray(self.each * self.people)

    @property
    def depths(self) -> Node:
        """Levels of each column."""
        return tuple(labels.shape[1] for labels in self.labels)

    @property
    def top(self) -> Node:
        """The node at which everything is withheld."""
        return tuple(depth - 1 for depth in self.depths)

    def loss(self, levels: np.ndarray) -> int:
        """The expected loss of a rule: levels, shape (kinds, columns)."""
        parts = self.parts
        return sum(
            int((parts * losses[self.values[:, place], levels[:, place]]).sum())
            for place, losses in enumerate(self.losses)
        )

    def level_losses(self) -> list[list[int]]:
        """Per column: the loss of all people at each level."""
        parts = self.parts
        return [(parts @ losses[self.values[:, place]]).tolist() for place, losses in enumerate(self.losses)]


@dataclass(frozen=True, eq=False)
class _Cells:
    """Kinds that look alike at one node, cell by cell and the lightest first; cells that can never stand left out.

    ``first``: where each cell begins. ``parts`` and ``each`` of the kinds, in the order of the rows.
    """

    rows: np.ndarray
    first: np.ndarray
    parts: np.ndarray
    each: np.ndarray

    @cached_property
    def size(self) -> np.ndarray:
        """Kinds in each cell."""
        return np.diff(self.first, append=len(self.rows))

    def standing(self, waiting: np.ndarray, k: int) -> np.ndarray:
        """The waiting kinds of which all who wait in their cell satisfy the requirement together.

        Where weights suffice, people do: none weighs more than the largest.
        """
        mine = waiting[self.rows]
        total = np.add.reduceat(self.parts * mine, self.first)
        stands = total >= np.maximum(k * np.maximum.reduceat(self.each * mine, self.first), 1)
        return self.rows[mine & np.repeat(stands, self.size)] if stands.any() else self.rows[:0]

    def able(self, k: int) -> np.ndarray:
        """Per row: whether all of its cell up to it, the lightest, satisfy the requirement."""
        weight = self.parts.cumsum()
        before = np.repeat(weight[self.first] - self.parts[self.first], self.size)
        return np.asarray(weight - before >= k * self.each)


def search(kinds: Kinds, k: int, key: bytes) -> np.ndarray:
    """Levels of each kind, shape (kinds, columns); all withheld where not even all together satisfy the requirement."""
    every = np.tile(np.array(kinds.top, dtype=np.int64), (len(kinds.each), 1))
    if int(kinds.parts.sum()) < k * int(kinds.each[-1]):
        return every
    best, least = every, kinds.loss(every) + 1
    level_losses = kinds.level_losses()
    lattice, tries = _lattice(kinds, k)
    best_order: Sequence[Node] = ()
    for number in range(tries):
        keyed = _numbers(key, number, max(9, len(kinds.depths)))
        if number >= _BY_WEIGHTS and best_order and lattice:
            nodes = _moved(best_order, keyed)
        else:
            # The first order weighs all columns alike.
            weights = [
                _MULTIPLIERS[n % len(_MULTIPLIERS)] if number else 1 for n in keyed[: len(kinds.depths)]
            ]
            nodes = (
                _in_order(lattice, level_losses, weights)
                if lattice
                else _chain(kinds.depths, level_losses, weights)
            )
        found, loose = _finest_first(kinds, k, nodes, lattice)
        loss = kinds.loss(found)
        if loss < least and _believed(kinds, k, found, loose):
            best, least, best_order = found, loss, nodes
    return best


def _lattice(kinds: Kinds, k: int) -> tuple[dict[Node, _Cells], int]:
    """The cells of every node, and how many orders to try; nothing where a chain of nodes has to do."""
    cost = len(kinds.each) + _STEPS_A_NODE
    if math.prod(kinds.depths) * cost * 3 > _STEPS:
        chain = sum(kinds.depths) - len(kinds.depths) + 1
        return {}, max(1, min(_TRIES, _STEPS // (chain * cost)))
    found: dict[Node, _Cells] = {}
    seen: set[bytes] = set()
    every = np.arange(len(kinds.each))
    for node in itertools.product(*map(range, kinds.depths)):
        cells = _cells(kinds, node, k, every)
        same = cells.rows.tobytes() + cells.first.tobytes()
        # A node with the cells of a finer one can serve nobody whom the finer one could not.
        if len(cells.rows) and same not in seen:
            found[node] = cells
            seen.add(same)
    return found, min(_TRIES, _STEPS // (len(found) * cost))


def _numbers(key: bytes, number: int, count: int) -> list[int]:
    """Keyed whole numbers: the same for every draw from one lottery."""
    digest = hashlib.blake2b(number.to_bytes(4, "big"), key=key[:64]).digest()
    return [int.from_bytes(digest[i % 32 * 2 : i % 32 * 2 + 2], "big") for i in range(count)]


def _moved(order: Sequence[Node], keyed: Sequence[int]) -> list[Node]:
    """The order with one to four of its nodes elsewhere."""
    nodes = list(order)
    last = 3 + keyed[0] % 4 * 2
    for start, end in zip(keyed[1:last:2], keyed[2:last:2], strict=True):
        nodes.insert(end % len(nodes), nodes.pop(start % len(nodes)))
    return nodes


def _in_order(
    lattice: Mapping[Node, _Cells], level_losses: list[list[int]], weights: Sequence[int]
) -> list[Node]:
    """Nodes by their weighted loss over everyone, then as they stand."""
    price = {
        node: sum(w * losses[level] for w, losses, level in zip(weights, level_losses, node, strict=True))
        for node in lattice
    }
    return sorted(lattice, key=lambda node: (price[node], node))


def _chain(depths: Node, level_losses: list[list[int]], weights: Sequence[int]) -> list[Node]:
    """From the finest node to the top, each step the one that loses least."""
    node = [0] * len(depths)
    chain = [tuple(node)]
    while any(level < depth - 1 for level, depth in zip(node, depths, strict=True)):
        steps = [
            (w * (losses[level + 1] - losses[level]), place)
            for place, (w, losses, level, depth) in enumerate(
                zip(weights, level_losses, node, depths, strict=True)
            )
            if level < depth - 1
        ]
        node[min(steps)[1]] += 1
        chain.append(tuple(node))
    return chain


def _finest_first(
    kinds: Kinds, k: int, nodes: Sequence[Node], lattice: Mapping[Node, _Cells]
) -> tuple[np.ndarray, np.ndarray]:
    """Levels of each kind, and the kinds for which not all who fit their row stand because their group does.

    Along a chain whoever fits a row is in its group or in finer ones that stand; across a lattice, and for groups that
    took others in at the end, that has to be looked at.
    """
    parts = kinds.parts
    waiting = np.ones(len(parts), dtype=bool)
    levels = np.tile(np.array(kinds.top, dtype=np.int64), (len(parts), 1))
    for node in nodes:
        cells = lattice[node] if lattice else _cells(kinds, node, k, waiting.nonzero()[0])
        served = cells.standing(waiting, k)
        levels[served] = node
        waiting[served] = False
        if not waiting.any():
            return levels, np.full(len(parts), bool(lattice))
    joined = _join(kinds, k, levels, waiting)
    return joined, bool(lattice) | (joined != levels).any(axis=1) | waiting


def _believed(kinds: Kinds, k: int, levels: np.ndarray, loose: np.ndarray) -> bool:
    """Whether for each row everyone whom it fits weighs k times the likeliest of them."""
    parts = kinds.parts
    group = _groups(kinds, levels, loose)
    heads = np.flatnonzero(loose)[np.unique(group[loose], return_index=True)[1]]
    for head in heads.tolist():
        fits = np.ones(len(parts), dtype=bool)
        for place, labels in enumerate(kinds.labels):
            level = levels[head, place]
            fits &= labels[kinds.values[:, place], level] == labels[kinds.values[head, place], level]
        if int(parts[fits].sum()) < k * int(kinds.each[np.flatnonzero(fits)[-1]]):
            return False
    return True


def _cells(kinds: Kinds, node: Node, k: int, among: np.ndarray) -> _Cells:
    key = _alike(kinds, node, among)
    order = np.argsort(key, kind="stable")
    rows = among[order]
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    cells = _Cells(rows, first, kinds.parts[rows], kinds.each[rows])
    some = np.logical_or.reduceat(cells.able(k), first)
    rows, size = rows[np.repeat(some, cells.size)], cells.size[some]
    return _Cells(rows, np.cumsum(size) - size, kinds.parts[rows], kinds.each[rows])


def _alike(kinds: Kinds, node: Node, among: np.ndarray) -> np.ndarray:
    """A number per kind, equal where all labels at the node are."""
    labels = (kinds.labels[place][kinds.values[among, place], level] for place, level in enumerate(node))
    return as_one_number(labels, [int(numbers.max()) + 1 for numbers in kinds.labels], len(among))


def as_one_number(parts: Iterable[np.ndarray], bases: Sequence[int], size: int) -> np.ndarray:
    """A number per row, equal where all parts are, and in their order; the parts are below their bases."""
    key = np.zeros(size, dtype=np.int64)
    span = 1
    for part, base in zip(parts, bases, strict=True):
        if span > 2**62 // base:
            distinct, key = np.unique(key, return_inverse=True)
            key, span = key.ravel(), len(distinct)
        key = key * base + part
        span *= base
    return key


def _join(kinds: Kinds, k: int, levels: np.ndarray, waiting: np.ndarray) -> np.ndarray:
    """Those who are too few even at the top take groups in, the cheapest for its weight first, until they stand."""
    parts = kinds.parts
    levels = levels.copy()
    group = _groups(kinds, levels, ~waiting)
    heads = np.unique(group[group >= 0], return_index=True)[1]
    heads = np.flatnonzero(group >= 0)[heads]
    weight = np.bincount(group[group >= 0], weights=parts[group >= 0]).astype(np.int64)
    free = np.ones(len(heads), dtype=bool)
    rest = waiting.copy()
    while True:
        rows = np.flatnonzero(rest)
        nodes, cost = _cost_of_joining(kinds, levels, heads, weight, rows)
        total, largest = (
            weight + int(parts[rest].sum()),
            np.maximum(_largest(kinds, group), kinds.each[rows].max()),
        )
        holds = free & (total >= k * largest)
        # One group that is enough, the cheapest; else the cheapest for its weight, and on.
        choice = (
            _least(np.where(holds, cost, -1)) if holds.any() else _least(np.where(free, cost // weight, -1))
        )
        rest |= group == choice
        levels[rest] = nodes[choice]
        free[choice] = False
        if holds.any() or not free.any():
            return levels


def _least(cost: np.ndarray) -> int:
    """The first of the least costs, those below 0 left out."""
    able = np.flatnonzero(cost >= 0)
    return int(able[np.argmin(cost[able])])


def _groups(kinds: Kinds, levels: np.ndarray, among: np.ndarray) -> np.ndarray:
    """A number per kind, equal where level and label are; -1 for the others."""
    key = np.full(len(among), -1, dtype=np.int64)
    shown = np.zeros(int(among.sum()), dtype=np.int64)
    for place, labels in enumerate(kinds.labels):
        level = levels[among, place]
        mine = labels[kinds.values[among, place], level] * labels.shape[1] + level
        shown = np.unique(shown * (int(mine.max(initial=0)) + 1) + mine, return_inverse=True)[1].ravel()
    key[among] = shown
    return key


def _largest(kinds: Kinds, group: np.ndarray) -> np.ndarray:
    largest = np.zeros(int(group.max()) + 1, dtype=np.int64)
    np.maximum.at(largest, group[group >= 0], kinds.each[group >= 0])
    return largest


def _cost_of_joining(
    kinds: Kinds, levels: np.ndarray, heads: np.ndarray, weight: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Per group: the node at which it looks like all of ``rows``, and what both lose by it."""
    nodes = np.empty((len(heads), len(kinds.labels)), dtype=np.int64)
    cost = np.zeros(len(heads), dtype=np.int64)
    parts = kinds.parts[rows]
    for place, (labels, losses) in enumerate(zip(kinds.labels, kinds.losses, strict=True)):
        mine, theirs = kinds.values[rows, place], kinds.values[heads, place]
        one = (labels[mine] == labels[mine[0]]).all(axis=0)
        same = (
            one
            & (labels[theirs] == labels[mine[0]])
            & (np.arange(labels.shape[1]) >= levels[heads, place][:, None])
        )
        nodes[:, place] = np.argmax(same, axis=1)
        more = losses[theirs, nodes[:, place]] - losses[theirs, levels[heads, place]]
        cost += weight * more + (parts @ losses[mine])[nodes[:, place]]
    return nodes, cost


def least_possible(kinds: Kinds, k: int) -> int:
    """A bound that no rule can be below: everyone at the cheapest node where somebody could stand with them."""
    most = sum(losses[kinds.values[:, place], -1] for place, losses in enumerate(kinds.losses))
    least = np.asarray(most)
    for node in itertools.product(*map(range, kinds.depths)):
        cells = _cells(kinds, node, k, np.arange(len(kinds.each)))
        if not len(cells.rows):
            continue
        # Everyone lighter than the last who can stand in a cell can stand there with them.
        places = np.arange(len(cells.rows))
        last = np.maximum.reduceat(np.where(cells.able(k), places, -1), cells.first)
        rows = cells.rows[places <= np.repeat(last, cells.size)]
        loss = sum(losses[kinds.values[rows, p], node[p]] for p, losses in enumerate(kinds.losses))
        least[rows] = np.minimum(least[rows], loss)
    return int((kinds.parts * least).sum())
