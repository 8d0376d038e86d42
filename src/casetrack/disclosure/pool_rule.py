"""One rule for the whole pool, under which everybody is released together with k or more others.

The least coarsening of a record depends on how rare that record is, and says so to a reader who knows the method
and the pool (:mod:`casetrack.disclosure.method_known`). Here the whole pool is coarsened by one rule that does
not look at the list: nodes are taken from the finest to the coarsest, and everybody not yet served who looks the
same as at least k others not yet served is served there. The list is then read off. Knowing the rule and the pool
leaves at least k people for every record, because exactly those are released that way.

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
    """

    places: np.ndarray
    kind: np.ndarray
    people: np.ndarray
    labels: tuple[np.ndarray, ...]
    losses: tuple[np.ndarray, ...]

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
        return cls(places, kind, people, labels, losses)


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
    group[waiting] = made + _same_labels(pool, waiting, tuple(top.tolist()))
    _serve_the_rest(pool, levels, group, waiting, top, k)
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
    pairs = np.unique(group * len(pool.people) + pool.kind[rows])
    return np.bincount(
        pairs // len(pool.people),
        weights=pool.people[pairs % len(pool.people)],
        minlength=int(group.max(initial=-1)) + 1,
    ).astype(np.int64)


def _serve_the_rest(
    pool: _Pool, levels: np.ndarray, group: np.ndarray, waiting: np.ndarray, top: np.ndarray, k: int
) -> None:
    """Put the smallest groups with the same top labels to those who are too few even at the top."""
    every = np.arange(len(group))
    at_top = _same_labels(pool, every, tuple(top.tolist()))
    for number in np.unique(group[waiting]):
        mine = group == number
        people = _people(pool, every, group)
        apart = np.unique(group[at_top != at_top[mine][0]])
        others = np.setdiff1d(group[~mine], apart)
        for other in others[np.argsort(people[others], kind="stable")]:
            if _people(pool, every[mine], np.zeros(int(mine.sum()), dtype=np.int64))[0] >= k:
                break
            mine |= group == other
        group[mine] = number
        levels[mine] = top


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
