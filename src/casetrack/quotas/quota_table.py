"""A table of quotas read against the people: every problem of it at once, or labels and whole numbers."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Real

import numpy as np
import pandas as pd
from pandas import DataFrame

from casetrack.errors import DesignError, Problem, rows_in_words
from casetrack.quotas.column_values import ColumnValues, holds_several, read_columns, text_of, writable

_COLUMNS = ("feature", "value", "min", "max")
# Far above any pool, and far below what 64 bits hold.
_NO_POOL_IS_LARGER = 1_000_000_000


@dataclass(frozen=True)
class QuotaTable:
    """Quotas as they are asked, and the columns that they name."""

    #: Feature and value of each quota row, in the order given.
    labels: tuple[tuple[str, str], ...]
    #: Places that each quota row asks for, shape (quota rows,). A maximum that no list can reach is one that the list,
    #: or the largest minimum, just reaches.
    minimum: np.ndarray
    maximum: np.ndarray
    #: By feature, the values of the people.
    columns: Mapping[str, ColumnValues]
    #: Places on the list.
    size: int

    @classmethod
    def read(cls, people: DataFrame, quotas: DataFrame, size: int) -> QuotaTable:
        """Read a table of quotas."""
        places, problems = _whole_size(size)
        problems += _table_problems(people, quotas)
        if any(problem.code != "bad-size" for problem in problems):
            raise DesignError(problems)
        features = [str(name) for name in quotas["feature"]]
        columns, more = _columns(people, quotas, features)
        labels = tuple(
            (name, columns[name].quota_text(value) if name in columns else text_of(value))
            for name, value in zip(features, quotas["value"], strict=True)
        )
        problems += [*more, *_label_problems(labels, quotas)]
        lower, upper, more = _bounds(quotas)
        problems += more
        if problems:
            raise DesignError(problems)
        most = max([places, *lower])
        return cls(
            labels=labels,
            minimum=np.array(lower, dtype=np.int64),
            maximum=np.array([most if high is None else min(high, most) for high in upper], dtype=np.int64),
            columns=columns,
            size=places,
        )


def _whole_size(size: int) -> tuple[int, list[Problem]]:
    try:
        places = -1 if isinstance(size, bool | np.bool_) else operator.index(size)
    except TypeError:
        places = -1
    if 0 <= places <= _NO_POOL_IS_LARGER:
        return places, []
    if places > 0:
        return 0, [Problem("bad-size", "the list is larger than any pool.", advice="Make the list shorter.")]
    what = "the size of the list is not a whole number of 0 or more."
    return 0, [Problem("bad-size", what, advice="Give a number such as 50.")]


def _table_problems(people: object, quotas: object) -> list[Problem]:
    problems = []
    if not isinstance(people, DataFrame):
        advice = "Give a pandas DataFrame with one row per person."
        problems.append(Problem("people-table", "the people are not a table.", advice=advice))
    advice = "Give a pandas DataFrame with the columns feature, value, min and max."
    if not isinstance(quotas, DataFrame):
        problems.append(Problem("quotas-table", "the quotas are not a table.", advice=advice))
        return problems
    names = quotas.columns.tolist()
    lacking = [name for name in _COLUMNS if name not in names]
    twice = [name for name in _COLUMNS if names.count(name) > 1]
    if lacking:
        what = f"the quotas have no column {', '.join(lacking)}."
        problems.append(Problem("quota-columns", what, advice=advice))
    if twice:
        what = f"the quotas have more than one column {', '.join(twice)}."
        problems.append(Problem("quota-columns", what, advice=advice))
    return problems


def _columns(
    people: DataFrame, quotas: DataFrame, features: Sequence[str]
) -> tuple[dict[str, ColumnValues], list[Problem]]:
    """The values of the people in each column that a quota names."""
    columns, nowhere, problems = read_columns(people, features)
    blank = [
        pd.api.types.is_scalar(name) and bool(pd.isna(name) or not str(name).strip())
        for name in quotas["feature"]
    ]
    unknown = [row for row, name in enumerate(features) if blank[row] or name in nowhere]
    if unknown:
        what = "a quota names a column that the people do not have"
        advice = "Correct the feature, or add the column."
        problems.insert(0, _row_problem("quota-feature", what, unknown, advice))
    return columns, problems


def _label_problems(labels: Sequence[tuple[str, str]], quotas: DataFrame) -> list[Problem]:
    problems = []
    several = [row for row, value in enumerate(quotas["value"]) if holds_several(value)]
    if several:
        advice = "Give a row to each value."
        problems.append(_row_problem("quota-value", "a quota names several values at once", several, advice))
    broken = [row for row, label in enumerate(labels) if not writable("".join(label))]
    if broken:
        what = "a quota has a character that cannot be written to a file"
        advice = "Read the quotas again with the right encoding, for example UTF-8."
        problems.append(_row_problem("quota-text", what, broken, advice))
    first: dict[tuple[str, str], int] = {}
    twice = [row for row, label in enumerate(labels) if first.setdefault(label, row) != row]
    if twice:
        problems.append(_row_problem("quota-twice", "a quota is given twice", twice))
    return problems


def _bounds(quotas: DataFrame) -> tuple[list[int], list[int | None], list[Problem]]:
    lower: list[int] = []
    upper: list[int | None] = []
    unreadable, crossed = [], []
    for row, (low, high) in enumerate(zip(quotas["min"], quotas["max"], strict=True)):
        try:
            least, most = _whole(low), _whole(high, endless=True)
        except (TypeError, ValueError, ArithmeticError):
            unreadable.append(row)
            least, most = 0, None
        lower.append(least or 0)
        upper.append(most)
        if most is not None and lower[row] > most:
            crossed.append(row)
    problems = []
    if unreadable:
        what = "a minimum or maximum is not a whole number of 0 or more"
        problems.append(_row_problem("quota-number", what, unreadable))
    huge = [row for row, low in enumerate(lower) if low > _NO_POOL_IS_LARGER]
    if huge:
        what = "a minimum is larger than the size of any list"
        problems.append(_row_problem("quota-too-large", what, huge))
    if crossed:
        problems.append(_row_problem("quota-crossed", "a minimum is above its maximum", crossed))
    return lower, upper, problems


def _whole(cell: object, *, endless: bool = False) -> int | None:
    """The whole number in a cell, None in a blank one; every other content raises."""
    if pd.api.types.is_scalar(cell) and pd.isna(cell):
        return None
    number: int | float
    if isinstance(cell, str):
        text = cell.strip()
        if not text:
            return None
        number = int(text) if text.isdecimal() else float(text)
    elif isinstance(cell, bool | np.bool_) or not isinstance(cell, int | Real | Decimal):
        raise TypeError("not a number")
    else:
        number = int(cell) if isinstance(cell, int | Integral) else float(cell)
    if endless and number == np.inf:
        return None
    if number < 0 or number != int(number):
        raise ValueError("not a whole number of 0 or more")
    return int(number)


def _row_problem(code: str, what: str, rows: list[int], advice: str = "Correct the quotas.") -> Problem:
    where = f"{rows_in_words([row + 1 for row in rows])} of the quotas"
    return Problem(code, f"{what}.", where, advice)
