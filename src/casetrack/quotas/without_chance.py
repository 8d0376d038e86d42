"""Who has no chance at all under a design, and which quotas are the reason.

A person has no chance when no list, not even one of fractions of people, can hold anyone of their type. All
types are tried at once: a linear programme gives each of them a little at the same time. Where it cannot,
its prices prove for some types that they are out; they are set apart, and the rest is tried again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse as sp

from casetrack.quotas import solver
from casetrack.quotas.clash import Way, all_ways, irreducible_clash
from casetrack.quotas.programme import COLUMNS, Model, best_list, first_columns, priced

_TOLERANCE = 1e-7
_MOST_GROUPS = 10


@dataclass(frozen=True)
class Group:
    """People without a chance who have something in common."""

    #: Quota rows that the people count towards, and do not count towards.
    has: tuple[int, ...]
    lacks: tuple[int, ...]
    #: The quotas that leave them no chance: a smallest set, of which no part alone would.
    because: tuple[Way, ...]
    #: The types in the group.
    types: np.ndarray
    #: Whether the quotas leave them no chance only together with the fixed places.
    with_fixed: bool = False


@dataclass(frozen=True)
class Unfixed:
    """The quotas as if nobody had a fixed place."""

    #: The same quota rows, with nothing subtracted.
    model: Model
    #: For each type of the model with fixed places, its number here.
    types: np.ndarray


def types_without_chance(model: Model) -> np.ndarray:
    """Which types no list can hold, shape (types,), where some list meets every quota.

    >>> model = Model(np.array([[1, 0]]), np.array([2, 2]), np.array([2]), np.array([2]), 2, (("a", "x"),),
    ...               np.array([0]))
    >>> types_without_chance(model).tolist()
    [False, True]
    """
    out = model.limit <= 0
    columns = first_columns(model)
    while not out.all():
        given, _, _ = _give_everyone_some(model, ~out, columns, kept_free=True)
        if given > _TOLERANCE:
            break
        given, reduced, columns = _give_everyone_some(model, ~out, columns, kept_free=False)
        if given > _TOLERANCE:
            break
        proven = ~out & (reduced > _TOLERANCE)
        if not proven.any():
            break
        out = out | proven
    return out & (model.limit > 0)


def _give_everyone_some(
    model: Model, among: np.ndarray, columns: np.ndarray, *, kept_free: bool
) -> tuple[float, np.ndarray, np.ndarray]:
    """The most that all types can be given at once, and each type's reduced cost, by sifting.

    That a type's part and the rest of it stay within its people is asked only of types that would exceed
    them.
    """
    part = np.where(among, model.limit, 0) * (model.size / (2 * model.limit[among].sum()))
    together = np.append(model.rows @ part, part.sum())
    full = np.zeros(0, dtype=np.int64)
    # With room kept for everyone's part from the start, all that could be asked holds of itself.
    spare = part if kept_free else np.zeros(len(part))
    while True:
        answer = _solved(model, columns, part, together, full, spare)
        if not answer.found and kept_free:
            return 0.0, np.zeros(len(model.limit)), columns
        if not answer.found:
            if len(columns) == len(model.limit):
                raise ArithmeticError("a list exists, yet none of fractions of people was found")
            columns = np.arange(len(model.limit))
            continue
        given, rest = float(answer.values[-1]), answer.values[:-1]
        over = columns[rest + given * part[columns] > model.limit[columns] + _TOLERANCE]
        if len(np.setdiff1d(over, full)):
            full = np.union1d(full, over)
            continue
        price = answer.row_duals[: len(model.labels) + 1]
        reduced = -price[-1] - priced(model, price[:-1])
        reduced[full] -= answer.row_duals[len(price) :]
        wanted = np.setdiff1d(np.flatnonzero(reduced < -_TOLERANCE), columns)
        if not len(wanted):
            return given, reduced, columns
        best = wanted[np.argsort(reduced[wanted], kind="stable")[:COLUMNS]]
        columns = np.union1d(columns, best)


def _solved(
    model: Model,
    columns: np.ndarray,
    part: np.ndarray,
    together: np.ndarray,
    full: np.ndarray,
    spare: np.ndarray,
) -> solver.Answer:
    """Give the most to everyone: one variable for it, and one for the rest of each type."""
    rows = np.vstack([model.rows[:, columns], np.ones((1, len(columns)))]).astype(float)
    whole_types = sp.csc_matrix(
        (np.ones(len(full)), (np.arange(len(full)), np.searchsorted(columns, full))),
        shape=(len(full), len(columns)),
    )
    matrix = sp.bmat(
        [[sp.csc_matrix(rows), together[:, None]], [whole_types, part[full][:, None]]], format="csc"
    )
    lower = np.concatenate(
        [np.where(model.low > 0, model.low, -np.inf), [model.size], np.full(len(full), -np.inf)]
    )
    upper = np.concatenate([model.high, [model.size], model.limit[full]]).astype(float)
    most = np.append(model.limit[columns] - spare[columns], 1.0)
    cost = np.append(np.zeros(len(columns)), -1.0)
    return solver.solve(cost, matrix, (lower.astype(float), upper), (np.zeros(len(most)), most))


def groups_without_chance(
    model: Model,
    counts: np.ndarray,
    out: np.ndarray,
    unfixed: Unfixed | None = None,
) -> tuple[list[Group], int]:
    """Put the types without a chance (`out`) into groups with one reason each, the largest first; and how many are left.

    `counts`: people of each type. `unfixed`: the same quotas as if nobody had a fixed place; fixed places are part of a
    reason only where the quotas alone are none.
    """
    left = out.copy()
    groups: list[Group] = []
    while left.any() and len(groups) < _MOST_GROUPS:
        largest = int(np.argmax(np.where(left, counts, -1)))
        because, with_fixed = _reason(model, largest), False
        if unfixed is not None:
            alone = _reason(unfixed.model, int(unfixed.types[largest]))
            because, with_fixed = (alone, False) if alone else (because, True)
        group = replace(_group(model, because, largest, (out, left)), with_fixed=with_fixed)
        groups.append(group)
        left[group.types] = False
    return groups, int(counts[left].sum())


def _group(model: Model, because: Sequence[Way], one: int, sides: tuple[np.ndarray, np.ndarray]) -> Group:
    out, left = sides
    rows = list(dict.fromkeys(row for way in because for row in way.rows))
    has = [row for row in rows if model.rows[row, one]]
    lacks = [row for row in rows if not model.rows[row, one]]
    same = _alike(model, has, lacks)
    for row in [*lacks, *has]:
        fewer_has, fewer_lacks = ([other for other in side if other != row] for side in (has, lacks))
        wider = _alike(model, fewer_has, fewer_lacks)
        if (out | ~wider).all():
            has, lacks, same = fewer_has, fewer_lacks, wider
    return Group(tuple(has), tuple(lacks), tuple(because), np.flatnonzero(same & left))


def _alike(model: Model, has: Sequence[int], lacks: Sequence[int]) -> np.ndarray:
    alike: np.ndarray = (model.rows[list(has)] == 1).all(axis=0) & (model.rows[list(lacks)] == 0).all(axis=0)
    return alike & (model.limit > 0)


def _reason(model: Model, one: int) -> list[Way]:
    """The quotas that clash with a place for one type; none when they do not."""
    asked = np.zeros((1, len(model.limit)), dtype=model.rows.dtype)
    asked[0, one] = 1
    wanted = replace(
        model,
        rows=np.vstack([model.rows, asked]),
        low=np.append(model.low, 1),
        high=np.append(model.high, model.size),
        labels=(*model.labels, ("", "")),
        group=np.append(model.group, model.group.max(initial=0) + 1),
    )
    if best_list(wanted) is not None:
        return []
    place = len(model.labels)
    return [way for way in irreducible_clash(wanted, all_ways(wanted)) if place not in way.rows]
