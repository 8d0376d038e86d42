"""How many people each written record can be, counted anew from the file and the pool alone.

Plain on purpose: for each record, the people of the frame whom each of its labels fits, one label after the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.values import WITHHELD, column_values

__all__ = ["people_alike"]


def people_alike(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    levels: pd.Series | pd.DataFrame | None = None,
    *,
    widest: bool = False,
) -> pd.Series:
    """Count, for each record, the people of the frame who can be it.

    Parameters
    ----------
    table
        The records as written: index case reference, labels as text.
    frame
        Everyone with a cohort code, at their finest.
    hierarchies
        Column to what can be said of it.
    levels
        Level of each label, per column or per record. Without them a label is read as finely as it can be.
    widest
        Without ``levels``: read it as coarsely as it can be.

    Returns
    -------
    pandas.Series
        Index of ``table``; 0 where a label fits nobody.
    """
    distinct = {column: column_values(frame[hierarchies[column].frame_column]) for column in table}
    fits: dict[tuple[str, str, int | None], np.ndarray] = {}
    counts = []
    for row, (_, record) in enumerate(table.iterrows()):
        people = np.ones(len(frame), dtype=bool)
        for column, label in record.items():
            key = (str(column), str(label), _level(levels, str(column), row))
            if key not in fits:
                numbers, values = distinct[column]
                allowed = _values(hierarchies[str(column)], key[1], key[2], widest)
                fits[key] = np.array([_fits(v, allowed, key[0]) for v in values], dtype=bool)[numbers]
            people &= fits[key]
        counts.append(int(people.sum()))
    return pd.Series(counts, index=table.index, dtype="int64")


def _level(levels: pd.Series | pd.DataFrame | None, column: str, row: int) -> int | None:
    if levels is None:
        return None
    return int(levels[column].iloc[row] if isinstance(levels, pd.DataFrame) else levels[column])


def _values(hierarchy: Hierarchy, label: str, level: int | None, widest: bool) -> object:
    """The values of the frame that a label stands for; for codes the label itself says it."""
    if hierarchy.column in ("codes", "listed_as"):
        return label
    table = hierarchy.labels
    places = range(table.shape[1]) if level is None else [level]
    having = [place for place in places if (table.iloc[:, place] == label).any()]
    if not having:
        return frozenset()
    column = table.iloc[:, having[-1] if widest else having[0]]
    return frozenset(table.index[column == label])


def _fits(value: str, allowed: object, column: str) -> bool:
    if isinstance(allowed, frozenset):
        return value in allowed
    label = str(allowed)
    if label == WITHHELD:
        return True
    if column == "listed_as":
        return label in value.split(";")
    if label.endswith(" (listed code only)"):
        return label.split(" ")[0] in value.split(";")
    return value == label
