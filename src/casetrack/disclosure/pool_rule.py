"""One rule for the whole pool, under which everybody is released together with k or more others.

The least coarsening of a record depends on how rare that record is, and says so to a reader who knows the method
and the pool (:mod:`casetrack.disclosure.method_known`). Here the whole pool is coarsened by one rule that does
not look at the list. Nodes are taken from the finest to the coarsest, and everybody not yet served who looks the
same as enough others not yet served, k people together, is served there. The few left over join the group that
loses least by taking them in. The list is then read off. Knowing the rule and the pool leaves at least k people
for every record, because exactly those are released that way.

Losing the least under this promise is a hard problem (local recoding is NP-hard); this is a good answer, not a
proven one. The proven optima are the other two modes.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.coarsened import Coarsening, coarsen_to, normalised_weights
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import match_levels, require_columns
from casetrack.disclosure.values import column_values
from casetrack.errors import DisclosureError

__all__ = ["MOST_NODES", "pool_coarsening"]

#: The rule visits every node of the lattice.
MOST_NODES = 100_000


def pool_coarsening(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    weights: Mapping[str, float] | None = None,
) -> Coarsening:
    """Coarsen a table by a rule for its whole frame, safe against a reader who knows rule and frame.

    Parameters
    ----------
    table, frame, hierarchies, k, weights
        As for :func:`least_coarsening`. A person of the frame with several cohort codes counts, for a record
        that shows its listed code, as if listed under that one.

    Returns
    -------
    Coarsening
        Mode ``"pool"``, ``levels`` per record. ``if_method_known`` holds the people who are released exactly
        like the record under the rule; ``reached`` is about those. ``counts`` are all who match, as ever.

    Raises
    ------
    DisclosureError
        As :func:`least_coarsening`, and ``lattice-too-large`` above 100,000 combinations of levels.

    Examples
    --------
    Withholding the sex of one woman would give her away; the rule withholds that of the men next to her too.

    >>> people = pd.DataFrame({"sex": ["F"] + ["M"] * 10})
    >>> levels = {"sex": Hierarchy.withholding("sex", ["F", "M"])}
    >>> found = pool_coarsening(people.iloc[[0, 1]], people, levels, k=10)
    >>> found.table["sex"].tolist(), found.if_method_known.tolist()
    (['Withheld', 'Withheld'], [11, 11])
    """
    weight = normalised_weights(hierarchies, k, weights)
    nodes = math.prod(len(item.levels) for item in hierarchies.values())
    if nodes > MOST_NODES:
        raise DisclosureError.of(
            "lattice-too-large",
            f"{nodes:,} combinations of levels.",
            advice=f"Release fewer columns or levels, at most {MOST_NODES:,} combinations.",
        )
    matching = match_levels(table, frame, hierarchies)
    pool = _Pool.of(frame, hierarchies)
    where = _find(table, hierarchies, pool)
    levels, people = _rule(pool, weight, k)
    return coarsen_to(table, hierarchies, matching, levels[where], weight, k, "pool", people[where])


@dataclass(frozen=True, eq=False)
class _Pool:
    """Everyone as they could be listed.

    Parameters
    ----------
    places
        Shape (u, d): where each kind of person, under one listed code, stands in each hierarchy.
    kind
        Shape (u,): the kind of person; a kind with two codes occurs twice.
    people
        Shape (kinds,): people of each kind.
    labels, losses
        Per column, shape (values, levels): label numbers and normalised losses.
    once
        Whether nobody can be in one group under two codes, because the listed code is always shown.
    """

    places: np.ndarray
    kind: np.ndarray
    people: np.ndarray
    labels: tuple[np.ndarray, ...]
    losses: tuple[np.ndarray, ...]
    once: bool

    @classmethod
    def of(cls, frame: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> _Pool:
        kinds, people = _kinds(frame, hierarchies)
        listed, kind = _as_listed(kinds, hierarchies)
        places = np.stack(
            [at[numbers] for numbers, at in (h.keys(listed) for h in hierarchies.values())], axis=1
        )
        every = [np.arange(len(item.labels)) for item in hierarchies.values()]
        labels = tuple(item.label_numbers for item in hierarchies.values())
        losses = tuple(
            (item.leaves(rows) - 1) / max(item.domain_size - 1, 1)
            for item, rows in zip(hierarchies.values(), every, strict=True)
        )
        listed_label = [
            item.label_numbers[:, -1] for item in hierarchies.values() if item.column == "listed_as"
        ]
        apart = any(len(np.unique(numbers)) == len(numbers) for numbers in listed_label)
        return cls(places, kind, people, labels, losses, apart or len(np.unique(kind)) == len(kind))


def _kinds(frame: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> tuple[pd.DataFrame, np.ndarray]:
    columns = list(dict.fromkeys(item.frame_column for item in hierarchies.values()))
    require_columns(frame, columns, "frame")
    texts = {}
    for column in columns:
        numbers, values = column_values(frame[column])
        texts[column] = np.array(values, dtype=object)[numbers]
    grouped = pd.DataFrame(texts).groupby(columns, sort=True).size()
    return grouped.index.to_frame(index=False), grouped.to_numpy(dtype=np.int64)


def _as_listed(kinds: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> tuple[pd.DataFrame, np.ndarray]:
    """Each kind of person once per code that they could be listed as."""
    needed = {name for item in hierarchies.values() for name in (item.column, item.listed_in) if name}
    kind = np.arange(len(kinds))
    lacking = needed - set(kinds.columns)
    if not lacking:
        return kinds, kind
    require_columns(kinds.assign(listed_as=""), sorted(lacking), "frame")
    codes = [[code for code in text.split(";") if code.startswith("CT")] for text in kinds["codes"]]
    kind = np.repeat(kind, [len(held) for held in codes])
    return kinds.iloc[kind].assign(listed_as=list(itertools.chain.from_iterable(codes))), kind


def _rule(pool: _Pool, weight: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The node of everyone, shape (u, d), and how many people are released like them, shape (u,)."""
    depth = [labels.shape[1] for labels in pool.labels]
    top = np.array(depth, dtype=np.int64) - 1
    levels = np.tile(top, (len(pool.kind), 1))
    group = np.full(len(pool.kind), -1, dtype=np.int64)
    waiting = np.arange(len(pool.kind))
    made = 0
    for node in _finest_first(pool, weight, depth):
        together = _same_labels(pool, waiting, node)
        served = _people(pool, waiting, together)[together] >= k
        if served.any():
            _, numbers = np.unique(together[served], return_inverse=True)
            group[waiting[served]] = made + numbers.ravel()
            levels[waiting[served]] = node
            made += int(numbers.max()) + 1
            waiting = waiting[~served]
        if not len(waiting):
            break
    _join_the_rest(pool, levels, group, waiting, weight)
    alone = np.flatnonzero(group < 0)
    group[alone] = made + _same_labels(pool, alone, tuple(top.tolist()))
    every = np.arange(len(pool.kind))
    return levels, _people(pool, every, group)[group]


def _finest_first(pool: _Pool, weight: np.ndarray, depth: list[int]) -> list[tuple[int, ...]]:
    """Nodes by their mean loss over everyone, then in lexicographic order."""
    sizes = pool.people[pool.kind]
    means = [
        share * (sizes @ losses[pool.places[:, column]]) / max(int(sizes.sum()), 1)
        for column, (share, losses) in enumerate(zip(weight, pool.losses, strict=True))
    ]
    nodes = itertools.product(*(range(levels) for levels in depth))
    price = {node: math.fsum(float(m[level]) for m, level in zip(means, node, strict=True)) for node in nodes}
    return sorted(price, key=lambda node: (round(price[node], 12), node))


def _same_labels(pool: _Pool, rows: np.ndarray, node: tuple[int, ...]) -> np.ndarray:
    """A number per row; equal where all labels at the node are."""
    key = np.zeros(len(rows), dtype=np.int64)
    span = 1
    for column, level in enumerate(node):
        labels = pool.labels[column][pool.places[rows, column], level]
        base = int(labels.max(initial=0)) + 1
        if span > 2**62 // base:
            distinct, key = np.unique(key, return_inverse=True)
            key, span = key.ravel(), len(distinct)
        key = key * base + labels
        span *= base
    return np.unique(key, return_inverse=True)[1].ravel()


def _people(pool: _Pool, rows: np.ndarray, group: np.ndarray) -> np.ndarray:
    """People in each group; somebody who is in it under two listed codes counts once."""
    groups = int(group.max(initial=-1)) + 1
    owner, kind = group, pool.kind[rows]
    if not pool.once:
        owner, kind = np.divmod(np.unique(group * len(pool.people) + kind), len(pool.people))
    return np.bincount(owner, weights=pool.people[kind], minlength=groups).astype(np.int64)


def _join_the_rest(
    pool: _Pool, levels: np.ndarray, group: np.ndarray, waiting: np.ndarray, weight: np.ndarray
) -> None:
    """Let those who are too few even at the top join the groups that lose least by taking them in."""
    served = np.flatnonzero(group >= 0)
    numbers, heads = np.unique(group[served], return_index=True)
    heads = served[heads]
    people = _people(pool, served, group[served])
    for row in waiting:
        cost, nodes = _cost_of_joining(pool, levels, heads, people, row, weight)
        for choice in np.argsort(cost, kind="stable"):
            if not np.isfinite(cost[choice]):
                break
            members = np.append(np.flatnonzero(group == numbers[choice]), row)
            if len(np.unique(_same_labels(pool, members, tuple(nodes[choice].tolist())))) == 1:
                group[row] = numbers[choice]
                levels[members] = nodes[choice]
                people[choice] += pool.people[pool.kind[row]]
                break


def _cost_of_joining(
    pool: _Pool, levels: np.ndarray, heads: np.ndarray, people: np.ndarray, row: int, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Per group: what it and the newcomer would lose together, and the node at which they look the same."""
    cost = np.zeros(len(heads))
    nodes = np.empty((len(heads), len(pool.labels)), dtype=np.int64)
    for column, (labels, losses) in enumerate(zip(pool.labels, pool.losses, strict=True)):
        theirs, mine = pool.places[heads, column], pool.places[row, column]
        now = levels[heads, column]
        same = (labels[theirs] == labels[mine]) & (np.arange(labels.shape[1]) >= now[:, None])
        nodes[:, column] = np.argmax(same, axis=1)
        more = losses[theirs, nodes[:, column]] - losses[theirs, now]
        newcomer = losses[mine, nodes[:, column]] * pool.people[pool.kind[row]]
        cost += np.where(same.any(axis=1), weight[column] * (people * more + newcomer), np.inf)
    return cost, nodes


def _find(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], pool: _Pool) -> np.ndarray:
    """Where each record stands among everyone."""
    mine = np.stack([at[numbers] for numbers, at in (h.keys(table) for h in hierarchies.values())], axis=1)
    rows = {tuple(row): place for place, row in enumerate(pool.places.tolist())}
    found = [rows.get(tuple(row), -1) for row in mine.tolist()]
    lost = found.count(-1)
    if lost:
        raise DisclosureError.of(
            "not-in-frame",
            f"{lost} records match nobody in the frame.",
            advice="Give the frame that the list was drawn from, with the same columns and spellings.",
        )
    return np.array(found, dtype=np.int64)
