"""Who in the frame a released label can stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, distinct_combinations, require_columns
from casetrack.disclosure.values import column_values
from casetrack.errors import DisclosureError, rows_in_words

__all__ = ["Labelled", "family", "match_labels"]

#: Columns that say the same thing in other words: knowing one tells about the other.
_FAMILIES = (("age", "age_band"), ("ethnicity", "ethnic_group"), ("accommodation", "accommodation_status"))


@dataclass(frozen=True, eq=False)
class Labelled:
    """The frame against released labels: on each column a person matches (level 0) or not.

    Parameters
    ----------
    matching
        Two levels per column: shown, and not looked at. So its lattice holds one count per set of columns.
    sensitive
        Column of the frame to (value number per combination, number of values).
    """

    matching: Matching
    sensitive: dict[str, tuple[np.ndarray, int]]


def family(column: str) -> str:
    """The subject of a column: cohort codes, age, ethnicity, accommodation, or the column itself.

    Examples
    --------
    >>> family("CT05"), family("listed_as"), family("age_band"), family("sex")
    ('codes', 'codes', 'age', 'sex')
    """
    if column in ("codes", "listed_as") or (
        len(column) == 4 and column.startswith("CT") and column[2:].isdigit()
    ):
        return "codes"
    return next((names[0] for names in _FAMILIES if column in names), column)


def match_labels(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    columns: Sequence[str],
    hierarchies: Mapping[str, Hierarchy] | None = None,
    levels: pd.Series | pd.DataFrame | None = None,
    sensitive: Sequence[str] = (),
) -> Labelled:
    """Find who in the frame matches each record on each released column.

    Parameters
    ----------
    table
        The records as released, n rows.
    frame
        Everyone, with values at their finest.
    columns
        Released columns to match on.
    hierarchies
        Column to hierarchy. A column without one is matched on equal values.
    levels
        The levels that :class:`Coarsening` reports. Without them a label counts as the finest level that has
        it, which never makes the group of matching people larger than it is.
    sensitive
        Columns of the frame to be carried along.

    Returns
    -------
    Labelled

    Raises
    ------
    DisclosureError
        ``no-such-column``, ``unknown-label``, ``hierarchy-does-not-cover``, ``not-in-frame``.

    Examples
    --------
    >>> people = pd.DataFrame({"age": [70, 71, 40]})
    >>> age = Hierarchy.from_functions("age", [40, 70, 71], {"years": str, "65+": lambda a: str(a >= 65)})
    >>> found = match_labels(pd.DataFrame({"age": ["True"]}), people, ["age"], {"age": age})
    >>> found.matching.lattice(0, [0], [0]).tolist()
    [2, 3]
    """
    given = hierarchies or {}
    require_columns(table, columns, "table")
    names = [given[column].frame_column if column in given else column for column in columns]
    require_columns(frame, [*names, *sensitive], "frame")
    first, targets, numbers = [], [], []
    for column in columns:
        if column in given:
            level = None if levels is None else levels[column]
            rows, people, lowest = _by_hierarchy(table, frame, given[column], level)
        else:
            rows, people, lowest = _by_equality(table[column], frame[column])
        alike, merged = np.unique(lowest, axis=1, return_inverse=True)
        first.append(alike)
        targets.append(rows)
        numbers.append(merged.ravel().astype(np.int32)[people])
    extra = [column_values(frame[column]) for column in sensitive]
    radix = [rows.shape[1] for rows in first] + [len(texts) for _, texts in extra]
    combinations, counts = distinct_combinations([*numbers, *(part for part, _ in extra)], radix, len(frame))
    matching = Matching(
        columns=tuple(columns),
        sizes=(2,) * len(first),
        first=tuple(first),
        targets=np.stack(targets, axis=1),
        combinations=combinations[: len(first)],
        people=counts,
    )
    _check_matched(matching)
    carried = {
        column: (combinations[len(first) + place], len(texts))
        for place, (column, (_, texts)) in enumerate(zip(sensitive, extra, strict=True))
    }
    return Labelled(matching, carried)


def _by_equality(released: pd.Series, known: pd.Series) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, labels = column_values(released)
    people, values = column_values(known)
    places = {value: place for place, value in enumerate(values)}
    lowest = np.ones((len(labels), len(values)), dtype=np.int32)
    for row, label in enumerate(labels):
        if label in places:
            lowest[row, places[label]] = 0
    return rows, people, lowest


def _by_hierarchy(
    table: pd.DataFrame, frame: pd.DataFrame, hierarchy: Hierarchy, level: pd.Series | int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows, labels = column_values(table[hierarchy.column])
    if level is None:
        places, found = hierarchy.find_labels(labels)
    else:
        depth = len(hierarchy.levels)
        pairs, rows = np.unique(
            rows.astype(np.int64) * depth + np.asarray(level, dtype=np.int64), return_inverse=True
        )
        looked_up = [
            hierarchy.find_labels([labels[pair // depth]], int(pair % depth)) for pair in pairs.tolist()
        ]
        places = np.array([place[0] for place, _ in looked_up], dtype=np.int64)
        found = np.array([number[0] for _, number in looked_up], dtype=np.int64)
    if (places < 0).any():
        raise DisclosureError.of(
            "unknown-label",
            f"{int((places < 0)[rows].sum())} records have a label that the hierarchy does not have.",
            where=f'column "{hierarchy.column}"',
            advice="Give the hierarchies, and the levels, that the table was coarsened with.",
        )
    people, frame_places = hierarchy.frame_places(frame)
    lowest = hierarchy.first_match(places, frame_places) > found[:, None]
    return rows.ravel(), people, lowest.astype(np.int32)


def _check_matched(matching: Matching) -> None:
    shown = [0] * len(matching.columns)
    lost = [row + 1 for row in range(len(matching.targets)) if not matching.count(row, shown)]
    if lost:
        raise DisclosureError.of(
            "not-in-frame",
            f"{len(lost)} records match nobody in the frame.",
            where=rows_in_words(lost) + " of the table",
            advice="Give the frame that the list was drawn from; for coarsened labels, give the hierarchies too.",
        )
