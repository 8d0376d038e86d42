"""Limits per value of a column, and who fills the places of each type: first come in a fixed line, within the limits.

The values that most people share become quotas of the lottery. The rest of a rule with thousands of values, such as at
most two people of one provider, is kept here instead of by thousands of quota rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from casetrack.errors import CasetrackError, InfeasibleDesignError
from casetrack.quotas.quota_system import QuotaSystem, quota_system
from casetrack.quotas.solver import solve

__all__ = ["Filled", "Places", "ValueLimit", "explain_limits", "fill_places", "with_limits"]

_FIRST_IN_LINE = 40
_MOST_LIMIT_ROWS = 150


@dataclass(frozen=True)
class ValueLimit:
    """At most so many people may share a value.

    Parameters
    ----------
    values
        Each person's value, as text; "" for none, which is never limited. Shape (people,).
    most
        People who may share a value.
    """

    values: np.ndarray
    most: int


@dataclass(frozen=True)
class Places:
    """Places for each type, and the line in which people wait.

    Parameters
    ----------
    type_of
        Type number of each person, shape (people,).
    wanted
        Places of each type, shape (types,).
    line
        Row numbers of all people in the order in which their turn comes.
    """

    type_of: np.ndarray
    wanted: np.ndarray
    line: np.ndarray

    def waiting(self) -> list[tuple[int, np.ndarray]]:
        """Places of each type that has any, and its people in line; types with the fewest people first."""
        kinds = np.flatnonzero(self.wanted)
        of_kind = self.line[np.isin(self.type_of[self.line], kinds)]
        grouped = of_kind[np.argsort(self.type_of[of_kind], kind="stable")]
        starts = np.searchsorted(self.type_of[grouped], kinds)
        ends = np.searchsorted(self.type_of[grouped], kinds, side="right")
        order = np.lexsort((kinds, ends - starts))
        return [(int(self.wanted[kinds[at]]), grouped[starts[at] : ends[at]]) for at in order.tolist()]


@dataclass(frozen=True)
class Filled:
    """Row numbers of the people chosen, in line, and how many a limit passed over."""

    rows: np.ndarray
    passed_over: int


def fill_places(places: Places, limits: Mapping[str, ValueLimit]) -> Filled | None:
    """Fill the places of each type with the first in line whom no limit keeps off.

    Where that leaves a place empty although the places can be filled, the people with the earliest turns who can
    fill them together are found exactly.

    Returns
    -------
    Filled or None
        None when no choice within the types keeps the limits.

    Examples
    --------
    >>> places = Places(np.array([0, 0, 0]), np.array([2]), np.array([2, 0, 1]))
    >>> one_a_team = {"team": ValueLimit(np.array(["north", "south", "north"]), 1)}
    >>> fill_places(places, one_a_team).rows.tolist()
    [2, 1]
    """
    waiting = places.waiting()
    codes = [_codes(limit) for _, limit in sorted(limits.items())]
    most = [limit.most for _, limit in sorted(limits.items())]
    first = [people[:count] for count, people in waiting]
    free = set(np.concatenate(first).tolist()) if first else set()
    taken = _greedy(waiting, codes, most)
    if taken is None:
        for longest in (_FIRST_IN_LINE, None):
            taken = _earliest_together(waiting, codes, most, longest)
            if taken is not None:
                break
    if taken is None:
        return None
    chosen = set(taken)
    rows = [row for row in places.line[np.isin(places.line, taken)].tolist() if row in chosen]
    return Filled(np.array(rows, dtype=np.int64), len(free - chosen))


def with_limits(
    people: pd.DataFrame, quotas: pd.DataFrame, size: int, limits: Mapping[str, ValueLimit]
) -> tuple[QuotaSystem, tuple[str, ...]]:
    """The quotas with a maximum for each value that most people share, as a system.

    Parameters
    ----------
    people, quotas, size
        As `casetrack.lottery.selection` takes them, already checked.
    limits
        By column.

    Returns
    -------
    tuple of QuotaSystem and tuple of str
        The system, in which the quotas given come first; and the columns that have more such values than become quotas.

    Examples
    --------
    >>> limit = {"team": ValueLimit(np.array(["a", "a", "b"]), 1)}
    >>> nothing = pd.DataFrame({"feature": [], "value": [], "min": [], "max": []})
    >>> with_limits(pd.DataFrame(index=[1, 2, 3]), nothing, 2, limit)[0].labels
    (('team (at most)', 'value 1'),)
    """
    columns: dict[str, np.ndarray] = {}
    rows: list[tuple[str, str, int, int]] = []
    left = []
    for column, limit in limits.items():
        name = f"{column} (at most)"
        while name in people.columns or name in columns:
            name += "*"
        # The value itself may name a household: it must not reach a message.
        codes, _ = pd.factorize(limit.values, sort=True)
        codes = np.where(limit.values == "", -1, codes)
        most = min(limit.most, size)
        sharing = np.bincount(codes[codes >= 0], minlength=1)
        crowded = np.flatnonzero(sharing > most)
        fullest = crowded[np.argsort(-sharing[crowded], kind="stable")][:_MOST_LIMIT_ROWS]
        words = np.array([*(f"value {number + 1}" for number in range(len(sharing))), ""], dtype=object)
        columns[name] = np.where(np.isin(codes, fullest), words[codes], "")
        rows += [(name, f"value {number + 1}", 0, most) for number in fullest.tolist()]
        if len(fullest) < len(crowded):
            left.append(column)
    more = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    every = pd.concat([quotas[["feature", "value", "min", "max"]].astype(object), more.astype(object)])
    return quota_system(people.assign(**columns), every.reset_index(drop=True), size), tuple(left)


def explain_limits(columns: list[str]) -> CasetrackError:
    """The error when limits per value leave no list."""
    return InfeasibleDesignError.of(
        "limits-clash",
        f"no list was found that meets the quotas and keeps the limit per value of {', '.join(columns)}.",
        where=", ".join(columns),
        advice="Allow more people per value.",
    )


def _codes(limit: ValueLimit) -> np.ndarray:
    codes, distinct = pd.factorize(np.asarray(limit.values, dtype=object))
    blank = np.array([value == "" for value in distinct], dtype=bool)
    return np.where((codes >= 0) & ~np.append(blank, True)[codes], codes, -1)


def _greedy(
    waiting: list[tuple[int, np.ndarray]], codes: list[np.ndarray], most: list[int]
) -> list[int] | None:
    used: list[dict[int, int]] = [{} for _ in codes]
    taken: list[int] = []
    for count, people in waiting:
        left = count
        for row in people.tolist():
            if not left:
                break
            values = [int(code[row]) for code in codes]
            full = any(
                value >= 0 and had.get(value, 0) >= limit
                for value, had, limit in zip(values, used, most, strict=True)
            )
            if full:
                continue
            for value, had in zip(values, used, strict=True):
                had[value] = had.get(value, 0) + 1
            taken.append(row)
            left -= 1
        if left:
            return None
    return taken


def _earliest_together(
    waiting: list[tuple[int, np.ndarray]], codes: list[np.ndarray], most: list[int], longest: int | None
) -> list[int] | None:
    """The people whose turns come earliest, added up, among those who can fill all places together."""
    candidates = [people if longest is None else people[:longest] for _, people in waiting]
    rows = np.concatenate(candidates) if candidates else np.zeros(0, dtype=np.int64)
    kind = np.repeat(np.arange(len(candidates)), [len(people) for people in candidates])
    turn = np.concatenate([np.arange(len(people)) for people in candidates]) if candidates else rows
    blocks = [sparse.csr_matrix((np.ones(len(rows)), (kind, np.arange(len(rows)))))]
    lower = [np.array([count for count, _ in waiting], dtype=float)]
    upper = [lower[0]]
    for code, limit in zip(codes, most, strict=True):
        named = np.flatnonzero(code[rows] >= 0)
        _, value = np.unique(code[rows[named]], return_inverse=True)
        shape = (int(value.max(initial=-1)) + 1, len(rows))
        blocks.append(sparse.csr_matrix((np.ones(len(named)), (value.ravel(), named)), shape=shape))
        lower.append(np.zeros(shape[0]))
        upper.append(np.full(shape[0], float(limit)))
    # Unequal steps make the earliest choice the only one.
    cost = (turn + 1.0) * (1 + np.arange(len(rows)) / (2.0 * max(len(rows), 1) ** 2))
    bounds = (np.zeros(len(rows)), np.ones(len(rows)))
    answer = solve(
        cost,
        sparse.vstack(blocks).tocsc(),
        (np.concatenate(lower), np.concatenate(upper)),
        bounds,
        whole=True,
    )
    return rows[answer.values > 0.5].tolist() if answer.found else None
