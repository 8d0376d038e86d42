"""Exact answers over whole lists: the least that quotas must give way for a list to exist.

A list is a whole number of people of each type. With tens of thousands of types the linear relaxation is
solved on a few thousand of them, and the others are priced (column sifting); its value is a bound over all
types. A whole-number answer on the sifted types that reaches the bound is proven best. When it does not,
only types whose reduced cost is below the gap could be part of a better one, and these are added, which
makes the second answer exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import scipy.sparse as sp

from casetrack.quotas import solver
from casetrack.quotas.quota_system import QuotaSystem

COLUMNS = 1500
"""Types that sifting starts from, and that it takes up in each round."""

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Model:
    """Quota rows over types, with what people already on the list take up subtracted."""

    #: Shape (quota rows, types), 0 or 1.
    rows: np.ndarray
    #: The most that can be chosen of each type, shape (types,).
    limit: np.ndarray
    #: Places still asked for and still open, shape (quota rows,); may be negative when fixed places exceed
    #: them.
    low: np.ndarray
    high: np.ndarray
    #: Places still open.
    size: int
    #: Feature and value of each row.
    labels: tuple[tuple[str, str], ...]
    #: Rows with the same number have one maximum between them, which gives way for all of them at once.
    group: np.ndarray

    @classmethod
    def of(cls, system: QuotaSystem) -> Model:
        """The model of a quota system in which each row stands for itself."""
        return cls(
            rows=np.asarray(system.features),
            limit=np.asarray(system.limit, dtype=np.int64),
            low=np.asarray(system.minimum, dtype=np.int64),
            high=np.asarray(system.maximum, dtype=np.int64),
            size=int(system.size),
            labels=tuple(system.labels),
            group=np.arange(len(system.labels)),
        )

    @property
    def can_be_filled(self) -> bool:
        """Whether there are people for every place, whatever the rows ask."""
        return 0 <= self.size <= int(self.limit.sum())

    def projected(self, rows: np.ndarray) -> tuple[Model, np.ndarray]:
        """The model of some rows, with types that look the same on them joined; each type's new number."""
        part = np.ascontiguousarray(self.rows[rows].T)
        packed = np.packbits(part, axis=1) if len(rows) else np.zeros((part.shape[0], 1), dtype=np.uint8)
        key = np.ascontiguousarray(packed).view(f"V{packed.shape[1]}").ravel()
        _, first, number = np.unique(key, return_index=True, return_inverse=True)
        number = np.asarray(number).reshape(-1)
        limit = np.bincount(number, weights=self.limit, minlength=len(first)).astype(np.int64)
        small = Model(
            rows=np.ascontiguousarray(part[first].T),
            limit=np.minimum(limit, max(self.size, 0)),
            low=self.low[rows],
            high=self.high[rows],
            size=self.size,
            labels=tuple(self.labels[row] for row in rows),
            group=self.group[rows],
        )
        return small, number


@dataclass(frozen=True)
class Programme:
    """Minimise the cost of what gives way, over whole lists."""

    #: The quota rows.
    model: Model
    #: Shape (quota rows, ways): +1 where a way lowers a row's minimum, -1 where it raises its maximum.
    give: np.ndarray
    #: Cost of one unit of each way, whole numbers.
    cost: np.ndarray
    #: Bounds of each way, whole numbers.
    at_least: np.ndarray
    at_most: np.ndarray
    #: Optional: prices of the ways and the most they may come to together.
    budget: tuple[np.ndarray, int] | None = None


@dataclass(frozen=True)
class Answer:
    """An exact optimum: its value, how much of each way is used, and a list that shows it."""

    value: int
    ways: np.ndarray
    chosen: np.ndarray
    columns: np.ndarray = field(repr=False)


def least(programme: Programme, columns: np.ndarray | None = None) -> Answer | None:
    """The exact least cost, or None when no list exists whatever gives way.

    `columns`: types to start from, for example those of an earlier answer; the result does not depend on them.

    Two places, one person of a type that is asked for twice:

    >>> model = Model(np.array([[1, 0]]), np.array([1, 2]), np.array([2]), np.array([2]), 2, (("a", "x"),),
    ...               np.array([0]))
    >>> best = least(Programme(model, np.array([[1]]), np.array([1]), np.array([0]), np.array([2])))
    >>> best.value, best.chosen.tolist()
    (1, [1, 1])
    """
    model = programme.model
    if not model.can_be_filled:
        return None
    start = first_columns(model) if columns is None else columns
    if len(start) == len(model.limit):
        return _whole(programme, start)
    relaxed = _relaxed(programme, start)
    if relaxed is None:
        return None
    bound = math.ceil(relaxed.value - _TOLERANCE)
    answer = _whole(programme, relaxed.columns)
    if answer is not None and answer.value <= bound:
        return answer
    gap = math.inf if answer is None else answer.value - 1 - relaxed.value
    wider = np.union1d(relaxed.columns, np.flatnonzero(relaxed.reduced <= gap + _TOLERANCE))
    if len(wider) == len(relaxed.columns):
        return answer
    better = _whole(programme, wider)
    return answer if better is None or (answer is not None and answer.value <= better.value) else better


def best_list(model: Model) -> np.ndarray | None:
    """Some list that meets every row, as a number of people per type, or None when there is none.

    >>> model = Model(np.array([[1, 0]]), np.array([1, 2]), np.array([1]), np.array([2]), 2, (("a", "x"),),
    ...               np.array([0]))
    >>> best_list(model).tolist()
    [1, 1]
    """
    if (model.low > model.high).any() or not model.can_be_filled:
        return None
    loose = _every_way(model)
    strict = replace(loose, at_most=loose.at_least)
    columns, answer = first_columns(model), None
    if len(columns) < len(model.limit):
        relaxed = _relaxed(loose, columns)
        if relaxed is None or relaxed.value > _TOLERANCE:
            return None
        answer = _whole(strict, relaxed.columns)
    if answer is None:
        answer = _whole(strict, np.arange(len(model.limit)))
    return None if answer is None else answer.chosen


def support_of_infeasibility(model: Model) -> tuple[list[int], list[int]] | None:
    """Rows whose minima, and rows whose maxima, already rule out every list, by a checked linear certificate.

    None when the linear relaxation has a solution, or when the certificate does not hold up to a direct
    check.
    """
    relaxed = _relaxed(_every_way(model), first_columns(model))
    if relaxed is None or relaxed.value <= _TOLERANCE:
        return None
    price = np.where(np.abs(relaxed.dual) > 1e-9, relaxed.dual, 0.0)
    asked = float(price.clip(min=0) @ model.low + price.clip(max=0) @ model.high)
    worth = priced(model, price)
    order = np.argsort(-worth, kind="stable")
    room = np.minimum(np.cumsum(model.limit[order]), model.size)
    taken = np.diff(np.concatenate([[0], room]))
    if asked - float(worth[order] @ taken) <= _TOLERANCE:
        return None
    return np.flatnonzero(price > 0).tolist(), np.flatnonzero(price < 0).tolist()


def _every_way(model: Model) -> Programme:
    """Each minimum may be lowered and each maximum raised, without end, at the same cost."""
    each = np.eye(len(model.labels), dtype=np.int64)
    far = int(np.abs(model.low).max(initial=0) + np.abs(model.high).max(initial=0)) + model.size + 1
    ones = np.ones(2 * len(each), dtype=np.int64)
    return Programme(model, np.hstack([each, -each]), ones, 0 * ones, far * ones)


def first_columns(model: Model) -> np.ndarray:
    """Types to start sifting from: some of every row, the rest spread evenly, enough of them for a list."""
    types = len(model.limit)
    if types <= 2 * COLUMNS:
        return np.arange(types)
    spread = np.arange(0, types, max(1, types // COLUMNS))
    some = [np.flatnonzero(row)[:20] for row in model.rows]
    columns = np.unique(np.concatenate([spread, *some]))
    if int(model.limit[columns].sum()) < model.size:
        columns = np.union1d(columns, np.arange(min(types, len(columns) + model.size)))
    return columns


@dataclass(frozen=True)
class _Relaxed:
    value: float
    dual: np.ndarray
    reduced: np.ndarray
    columns: np.ndarray


def _relaxed(programme: Programme, columns: np.ndarray) -> _Relaxed | None:
    """The linear relaxation over all types, by sifting; None when it has no solution."""
    model = programme.model
    while True:
        answer = _solved(programme, columns, whole=False)
        if not answer.found:
            if len(columns) == len(model.limit):
                return None
            columns = np.arange(len(model.limit))
            continue
        quota_dual, size_dual = answer.row_duals[: len(model.labels)], answer.row_duals[len(model.labels)]
        reduced = -size_dual - priced(model, quota_dual)
        wanted = np.setdiff1d(np.flatnonzero(reduced < -_TOLERANCE), columns)
        if not len(wanted):
            return _Relaxed(answer.objective, quota_dual, reduced, columns)
        best = wanted[np.argsort(reduced[wanted], kind="stable")[:COLUMNS]]
        columns = np.union1d(columns, best)


def priced(model: Model, price: np.ndarray) -> np.ndarray:
    """What each type is worth at a price per row, without a large copy of the rows."""
    worth = np.zeros(len(model.limit))
    for row in np.flatnonzero(price):
        worth += price[row] * model.rows[row]
    return worth


def _whole(programme: Programme, columns: np.ndarray) -> Answer | None:
    """The exact optimum in whole numbers over some types, checked with whole-number arithmetic."""
    answer = _solved(programme, columns, whole=True)
    if not answer.found:
        return None
    values = answer.values.astype(np.int64)
    chosen = np.zeros(len(programme.model.limit), dtype=np.int64)
    chosen[columns] = values[: len(columns)]
    ways = values[len(columns) :]
    _check(programme, chosen, ways)
    return Answer(int(programme.cost @ ways), ways, chosen, columns)


def _check(programme: Programme, chosen: np.ndarray, ways: np.ndarray) -> None:
    model = programme.model
    reached = model.rows.astype(np.int64) @ chosen
    right = (
        chosen.sum() == model.size
        and (chosen >= 0).all()
        and (chosen <= model.limit).all()
        and (reached + programme.give.clip(min=0) @ ways >= model.low).all()
        and (reached + programme.give.clip(max=0) @ ways <= model.high).all()
        and (ways >= programme.at_least).all()
        and (ways <= programme.at_most).all()
    )
    if programme.budget is not None:
        right = right and int(programme.budget[0] @ ways) <= programme.budget[1]
    if not right:
        raise ArithmeticError("the solver's whole-number answer does not hold in whole-number arithmetic")


def _solved(programme: Programme, columns: np.ndarray, *, whole: bool) -> solver.Answer:
    model, give = programme.model, programme.give
    blocks = [
        [sp.csc_matrix(model.rows[:, columns].astype(float)), sp.csc_matrix(give.astype(float))],
        [sp.csc_matrix(np.ones((1, len(columns)))), None],
    ]
    # A minimum that asks for nothing must not bind: a way that raises the maximum would push the row up.
    lower: list[Any] = [np.where(model.low > 0, model.low, -np.inf), [model.size]]
    upper: list[Any] = [model.high, [model.size]]
    if programme.budget is not None:
        blocks.append([None, sp.csc_matrix(programme.budget[0][None, :].astype(float))])
        lower.append([-np.inf])
        upper.append([programme.budget[1]])
    none, most = np.zeros(len(columns)), model.limit[columns]
    return solver.solve(
        np.concatenate([none, programme.cost]),
        sp.bmat(blocks, format="csc"),
        (np.hstack(lower).astype(float), np.hstack(upper).astype(float)),
        (np.concatenate([none, programme.at_least]), np.concatenate([most, programme.at_most]).astype(float)),
        whole=whole,
    )
