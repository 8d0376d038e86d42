"""Quotas as a small integer system over types: people who count towards the same quotas are one type.

Everything downstream works on types, so that a pool of 200,000 people becomes a table with a column for each of some
ten thousand types and a few dozen rows. Types are sorted by a digest of their values: neither the order of rows, nor
of columns, nor the order in which values were first seen can change a result.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas import DataFrame

from casetrack.quotas.column_values import ColumnValues
from casetrack.quotas.quota_table import QuotaTable
from casetrack.words import NOT_RECORDED

# Mixed-radix codes are compressed before they could leave 63 bits.
_LARGEST_CODE = 2**40


@dataclass(frozen=True)
class QuotaSystem:
    """Who counts towards which quota, by type."""

    #: Does a person of the type count towards the quota row, 0 or 1, shape (quota rows, types).
    features: np.ndarray
    #: People of each type, shape (types,).
    counts: np.ndarray
    #: Places that each quota row asks for at least and at most, shape (quota rows,).
    minimum: np.ndarray
    maximum: np.ndarray
    #: Feature and value of each quota row.
    labels: tuple[tuple[str, str], ...]
    #: Places on the list.
    size: int
    #: Type number of each person, in the order of the people given, shape (people,).
    type_of: np.ndarray
    #: A stable key of each type, made from its values; types are sorted by it.
    type_keys: tuple[bytes, ...]

    @property
    def limit(self) -> np.ndarray:
        """The most that can be chosen of each type: as many as there are, and never more than the list holds."""
        limit: np.ndarray = np.minimum(self.counts, self.size)
        return limit

    @property
    def supply(self) -> np.ndarray:
        """People in the pool who count towards each quota row, shape (quota rows,)."""
        supply: np.ndarray = self.features.astype(np.int64) @ self.counts
        return supply

    @property
    def people(self) -> int:
        """People in the pool."""
        return int(self.counts.sum())

    def row_order(self) -> np.ndarray:
        """Quota rows sorted by feature and value, so that the order they were written in changes nothing."""
        return np.array(sorted(range(len(self.labels)), key=lambda row: self.labels[row]), dtype=np.int64)

    def with_values(self, column: str, values: np.ndarray, rows: Mapping[int, int]) -> QuotaSystem:
        """The same with a row for some values of a column (`rows`, with the most people of each).

        The values are numbers that the order of rows does not change; they are not named.
        """
        marks = np.where(np.isin(values, list(rows)), values, -1)
        first, number = _distinct(np.array([self.type_of, marks + 1]), len(marks))
        keys = [
            hashlib.sha256(self.type_keys[old] + _word((f"{column} (at most)", str(mark)))).digest()[:16]
            for old, mark in zip(self.type_of[first].tolist(), marks[first].tolist(), strict=True)
        ]
        order, place = _by_key(keys)
        type_of, first = place[number], first[order]
        has = marks[first] == np.array(list(rows), dtype=np.int64)[:, None]
        numbers = np.array(list(rows.values()), dtype=np.int64)
        return replace(
            self,
            features=np.vstack([self.features[:, self.type_of[first]], has.astype(np.int8)]),
            counts=np.bincount(type_of, minlength=len(keys)).astype(np.int64),
            minimum=np.r_[self.minimum, 0 * numbers],
            maximum=np.r_[self.maximum, numbers],
            labels=(*self.labels, *((f"{column} (at most)", f"value {value + 1}") for value in rows)),
            type_of=type_of,
            type_keys=tuple(keys[number] for number in order),
        )

    def met_by(self, chosen: np.ndarray) -> bool:
        """Whether a number of people per type is a list that meets every quota."""
        whole = np.asarray(chosen, dtype=np.int64)
        reached = self.features.astype(np.int64) @ whole
        return bool(
            whole.sum() == self.size
            and (whole >= 0).all()
            and (whole <= self.limit).all()
            and (reached >= self.minimum).all()
            and (reached <= self.maximum).all()
        )


def quota_system(people: DataFrame, quotas: DataFrame, size: int) -> QuotaSystem:
    """Build the system of quotas over types.

    Names of columns and values are compared as text; a yes/no column may be named by yes and no, or by true and
    false. A missing value counts as "Not recorded". A blank minimum means none, and a blank maximum means none.

    >>> people = pd.DataFrame({"carer": [True, False, False], "age": ["65+", "18-64", "65+"]})
    >>> rows = [("carer", "yes", 1, 1), ("age", "65+", 1, 2)]
    >>> quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    >>> system = quota_system(people, quotas, size=2)
    >>> system.features.shape, system.supply.tolist()
    ((2, 3), [1, 2])
    """
    table = QuotaTable.read(people, quotas, size)
    labels = table.labels
    codes, row_of_code = _codes_by_feature(labels, table.columns, len(people))
    first, type_of = _distinct(codes, len(people))
    keys = _type_keys(codes[:, first], row_of_code, labels)
    order, place = _by_key(keys)
    type_of = place[type_of]
    matrix = np.zeros((len(labels), len(order)), dtype=np.int8)
    for column, rows in zip(codes[:, first[order]], row_of_code, strict=True):
        listed = np.flatnonzero(column)
        matrix[rows[column[listed] - 1], listed] = 1
    return QuotaSystem(
        features=matrix,
        counts=np.bincount(type_of, minlength=len(order)).astype(np.int64),
        minimum=table.minimum,
        maximum=table.maximum,
        labels=labels,
        size=table.size,
        type_of=type_of,
        type_keys=tuple(keys[number] for number in order),
    )


def _codes_by_feature(
    labels: tuple[tuple[str, str], ...], columns: Mapping[str, ColumnValues], people: int
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Code people by feature: 0 for a value without a quota, else 1 + its place among the feature's quotas."""
    names = sorted(columns)
    codes = np.zeros((len(names), people), dtype=np.int32)
    rows_of: list[np.ndarray] = []
    for number, name in enumerate(names):
        rows = sorted(
            (row for row, label in enumerate(labels) if label[0] == name), key=lambda row: labels[row]
        )
        place = {labels[row][1]: 1 + at for at, row in enumerate(rows)}
        column = columns[name]
        # The last entry serves code -1, pandas' mark of a missing value.
        table = np.array([place.get(text, 0) for text in (*column.texts, NOT_RECORDED)], dtype=np.int32)
        codes[number] = table[column.codes]
        rows_of.append(np.array(rows, dtype=np.int64))
    return codes, rows_of


def _distinct(codes: np.ndarray, people: int) -> tuple[np.ndarray, np.ndarray]:
    """First person of each distinct column of codes, and each person's place among them."""
    combined, width = np.zeros(people, dtype=np.int64), 1
    for column in codes:
        levels = int(column.max(initial=0)) + 1
        if width * levels > _LARGEST_CODE:
            combined, distinct = pd.factorize(combined)
            width = len(distinct)
        combined = combined * levels + column
        width *= levels
    combined, distinct = pd.factorize(combined)
    first = np.full(len(distinct), people, dtype=np.int64)
    np.minimum.at(first, combined, np.arange(people))
    return first, np.asarray(combined, dtype=np.int64)


def _by_key(keys: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """Types in the order of their keys, and the place of each in it."""
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    return order, np.argsort(order)


def _type_keys(
    codes: np.ndarray, row_of_code: list[np.ndarray], labels: tuple[tuple[str, str], ...]
) -> list[bytes]:
    words = [[b"", *(_word(labels[row]) for row in rows)] for rows in row_of_code]
    return [
        hashlib.sha256(b"".join(part[code] for part, code in zip(words, person, strict=True))).digest()[:16]
        for person in codes.T.tolist()
    ]


def _word(label: tuple[str, str]) -> bytes:
    # JSON marks its own ends, so that two different sets of values cannot run together into one text.
    return json.dumps(label, ensure_ascii=True).encode("ascii")
