"""Who in the frame a released label can stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, distinct_combinations, require_columns
from casetrack.disclosure.values import WITHHELD, column_values
from casetrack.errors import DisclosureError, rows_in_words

__all__ = ["Labelled", "as_characteristics", "family", "match_labels"]

#: Columns that say the same thing in other words: knowing one tells about the other.
_FAMILIES = (("age", "age_band"), ("ethnicity", "ethnic_group"), ("accommodation", "accommodation_status"))
#: A finer column, the characteristic that its labels tell, and the level at which they are its levels.
_TOLD_BY = (
    ("age", "age_band", "bands"),
    ("ethnicity", "ethnic_group", "group"),
    ("accommodation_status", "accommodation", "group"),
)


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


def as_characteristics(
    table: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    levels: pd.Series | pd.DataFrame | None = None,
) -> dict[str, pd.Series]:
    """What a released list tells of each characteristic, row by row.

    For the coverage statement, which must not say more of these than the list does
    (:func:`casetrack.disclosure.suppression.suppress_small`, ``released=``).

    Parameters
    ----------
    table
        The records as released.
    hierarchies, levels
        As for :func:`match_labels`.

    Returns
    -------
    dict
        Characteristic to what each record can be, as far as the list tells: a tuple of levels, one of them when
        the list shows it. A finer column counts for its characteristic too: years of age as age bands, ethnicity
        as ethnic group, accommodation status as accommodation. The codes are ``cohort_code``, as their labels.

    Examples
    --------
    >>> bands = {"years": str, "bands": lambda age: "65 to 74" if age < 75 else "75 to 84", "withheld": lambda _: "-"}
    >>> age = Hierarchy.from_functions("age", [70, 71, 80], bands)
    >>> as_characteristics(pd.DataFrame({"age": ["70", "75 to 84", "-"]}), {"age": age})["age_band"].tolist()
    [('65 to 74',), ('75 to 84',), ('65 to 74', '75 to 84')]
    """
    told: dict[str, pd.Series] = {}
    for column, hierarchy in hierarchies.items():
        if column in table.columns and family(column) != "codes":
            level = None if levels is None else levels[column]
            told[column] = _can_be(table[column].astype(str), hierarchy, level, 0)
    for column, characteristic, name in _TOLD_BY:
        if column in told and characteristic not in told and name in hierarchies[column].levels:
            level = None if levels is None else levels[column]
            target = hierarchies[column].levels.index(name)
            told[characteristic] = _can_be(table[column].astype(str), hierarchies[column], level, target)
    listed = table["listed_as"].astype(str) + " (listed code only)" if "listed_as" in table.columns else None
    if "codes" in table.columns:
        codes = table["codes"].astype(str)
        # Where the codes are withheld, the code that the case is listed as still stands beside them.
        told["cohort_code"] = codes if listed is None else codes.mask(codes == WITHHELD, listed)
    elif listed is not None:
        told["cohort_code"] = listed
    return told


def _can_be(labels: pd.Series, hierarchy: Hierarchy, level: pd.Series | int | None, target: int) -> pd.Series:
    """For each label, the labels of level ``target`` of all the values that it stands for."""
    places, found = _places(labels, hierarchy, level)
    numbers = hierarchy.label_numbers
    names = hierarchy.labels.iloc[:, target].astype(str).to_numpy(dtype=object)
    sets: dict[tuple[int, int], tuple[str, ...]] = {}
    for place, at in dict.fromkeys(zip(places.tolist(), found.tolist(), strict=True)):
        alike = np.arange(len(names)) if at < 0 else np.flatnonzero(numbers[:, at] == numbers[place, at])
        sets[place, at] = tuple(sorted(set(names[alike])))
    told = [sets[pair] for pair in zip(places.tolist(), found.tolist(), strict=True)]
    return pd.Series(told, index=labels.index, dtype=object)


def _places(
    labels: pd.Series, hierarchy: Hierarchy, level: pd.Series | int | None
) -> tuple[np.ndarray, np.ndarray]:
    """The row and the level of each label in its hierarchy, -1 where it has none."""
    if level is None:
        return hierarchy.find_labels(labels.to_list())
    pairs = list(zip(labels.to_list(), np.broadcast_to(np.asarray(level), len(labels)).tolist(), strict=True))
    known = {pair: hierarchy.find_labels([pair[0]], int(pair[1])) for pair in dict.fromkeys(pairs)}
    places = np.array([known[pair][0][0] for pair in pairs], dtype=np.int64)
    return places, np.array([known[pair][1][0] for pair in pairs], dtype=np.int64)


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
    numbers, texts = column_values(table[hierarchy.column])
    labels = pd.Series(np.array(texts, dtype=object)[numbers], dtype=object)
    where, at = _places(labels, hierarchy, level)
    pairs, rows = np.unique(np.stack([where, at], axis=1), axis=0, return_inverse=True)
    places, found, rows = pairs[:, 0], pairs[:, 1], rows.ravel()
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
