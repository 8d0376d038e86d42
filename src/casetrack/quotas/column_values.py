"""A column of the people as text: what each person counts as, whatever kind of value stands in the cell.

pandas takes values that are equal for one and keeps the one it met first: True, 1 and 1.0 in one column would all
count as whatever the first row holds. Here every value is read as its own text, so that no order of rows matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from pandas import DataFrame, Series

from casetrack.errors import DesignError, Problem, rows_in_words
from casetrack.words import NOT_RECORDED

_SEVERAL = (list, dict, set, frozenset, np.ndarray, Series, DataFrame)
_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
# Equal to none of another kind, and equal among themselves only when they read the same.
_APART = frozenset({str, date})


@dataclass(frozen=True)
class ColumnValues:
    """One column as codes into its distinct values, written as text.

    >>> values = ColumnValues.read(Series(["b", True, 1, 1.0, None], dtype=object))
    >>> [values.texts[code] for code in values.codes if code >= 0], values.numbered().tolist(), values.flags
    (['b', 'yes', '1', '1'], [1, 2, 0, 0, -1], True)
    """

    #: Each person's place in ``texts``, -1 where nothing is recorded, shape (people,).
    codes: np.ndarray
    #: The distinct values; one text can be there twice, once for each kind of value that reads so.
    texts: tuple[str, ...]
    #: Whether there is a yes or no among the values.
    flags: bool

    @classmethod
    def read(cls, column: Series) -> ColumnValues:
        """Read a column."""
        try:
            codes, distinct = pd.factorize(column)
        except (TypeError, NotImplementedError):
            raise _several_in(column) from None
        values = list(distinct)
        if column.dtype == object and not all(isinstance(value, str) for value in values):
            if any(holds_several(value) for value in values):
                raise _several_in(column)
            told = codes >= 0
            cells = column.to_numpy(dtype=object)[told].tolist()
            kinds = set(map(type, cells))
            if not _tell_equals_apart(kinds):
                codes = np.full(len(codes), -1, dtype=np.int64)
                codes[told], distinct = pd.factorize(np.array([*map(text_of, cells)], dtype=object))
                flags = any(issubclass(kind, bool | np.bool_) for kind in kinds)
                return cls(codes, tuple(str(text) for text in distinct), flags)
        flags = any(isinstance(value, bool | np.bool_) for value in values)
        return cls(np.asarray(codes, dtype=np.int64), tuple(text_of(value) for value in values), flags)

    def quota_text(self, value: object) -> str:
        """The value of a quota, in the words of this column."""
        text = text_of(value)
        return {"true": "yes", "false": "no"}.get(text.casefold(), text) if self.flags else text

    def numbered(self) -> np.ndarray:
        """Each person's value as a number in the text order of values, -1 where nothing is recorded, shape (people,)."""
        places = {text: place for place, text in enumerate(sorted({*self.texts} - {NOT_RECORDED}))}
        numbers: np.ndarray = np.array([*(places.get(text, -1) for text in self.texts), -1], dtype=np.int64)[
            self.codes
        ]
        return numbers


def text_of(value: object) -> str:
    """A value as the text that it is compared by.

    >>> text_of(True), text_of(2.0), text_of(" south "), text_of(pd.NA)
    ('yes', '2', 'south', 'Not recorded')
    """
    if isinstance(value, str):
        # The characters of a member of an enumeration of texts, which equals them, rather than its name.
        return str.__str__(value).strip() or NOT_RECORDED
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)):
        return NOT_RECORDED
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value).strip() or NOT_RECORDED


def holds_several(value: object) -> bool:
    """Whether a cell holds a list or the like: what it reads as need not be the same each time.

    >>> holds_several(["north", "south"]), holds_several("north")
    (True, False)
    """
    return isinstance(value, _SEVERAL)


def read_columns(
    people: DataFrame, names: Iterable[str]
) -> tuple[dict[str, ColumnValues], list[str], list[Problem]]:
    """The columns of some names, compared as text; the names that none has, and what is wrong with the others.

    >>> columns, unknown, problems = read_columns(DataFrame({7: [1], "sex": ["F"]}), ["7", "age"])
    >>> list(columns), unknown, problems
    (['7'], ['age'], [])
    """
    places: dict[str, list[int]] = {}
    for place, name in enumerate(people.columns):
        places.setdefault(str(name), []).append(place)
    columns, unknown, problems = {}, [], []
    for name in dict.fromkeys(names):
        if name not in places:
            unknown.append(name)
        elif len(places[name]) > 1:
            what = "the people have several columns of a name that is asked for."
            problems.append(
                Problem("column-twice", what, f'column "{name}"', "Give each column its own name.")
            )
        else:
            try:
                columns[name] = ColumnValues.read(people.iloc[:, places[name][0]])
            except DesignError as error:
                problems += error.problems
    return columns, unknown, problems


def writable(text: str) -> bool:
    r"""Whether a text can be written to a file: half of a character that needs two cannot.

    >>> writable("Zoë"), writable("\ud800")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _tell_equals_apart(kinds: Iterable[type]) -> bool:
    """Whether values of these kinds that pandas takes for one read the same."""
    others = [kind for kind in kinds if kind not in _APART]
    return len(others) <= 1 and all(issubclass(kind, _NUMBERS) for kind in others)


def _several_in(column: Series) -> DesignError:
    rows = [row for row, value in enumerate(column, start=1) if holds_several(value)]
    return DesignError.of(
        "column-values",
        f'the column "{column.name}" has cells that do not hold one value each.',
        where=rows_in_words(rows) if rows else "",
        advice="Give each person one text, number, date, or yes or no, for example by a column for each value.",
    )
