"""How many people a record looks like to a reader who also knows how it was coarsened.

A least coarsening says a little by itself: a record whose sex is withheld is a record for which showing the sex
would have been too much. A reader who knows the method, and enough of the pool to rerun it, can leave out every
matching person for whom it would have withheld something else (the minimality attack of Wong, Fu, Wang and Pei,
2007). This counts the people who are left.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.values import column_values

__all__ = ["people_if_method_known"]


def people_if_method_known(
    coarsening: Coarsening, table: pd.DataFrame, frame: pd.DataFrame, most: int = 100
) -> pd.DataFrame:
    """Count the people for whom the same method would have released the same record.

    Parameters
    ----------
    coarsening
        What :func:`least_coarsening` found for ``table`` and ``frame``. In mode ``"column"`` the levels are
        those of the list as a whole and point at no record: the counts stay as they are.
    table, frame
        As they were coarsened.
    most
        Kinds of people looked at per record, the commonest first. Where there are more, the count is a lower
        bound.

    Returns
    -------
    pandas.DataFrame
        On the table's index: ``people`` who match, ``if_method_known`` of them who are left, ``complete`` when
        all kinds were looked at. A person who is not on the list counts with the code that the record is
        listed as; one who does not hold it is left out, which can only lower the count.

    Raises
    ------
    DisclosureError
        As :func:`least_coarsening`.

    Examples
    --------
    Ten men can be shown as men. So the record without a sex is the only woman's.

    >>> people = pd.DataFrame({"sex": ["F"] + ["M"] * 10})
    >>> found = least_coarsening(people.iloc[[0]], people, {"sex": Hierarchy.withholding("sex", ["F", "M"])}, 10)
    >>> people_if_method_known(found, people.iloc[[0]], people)[["people", "if_method_known"]].to_dict("records")
    [{'people': 11, 'if_method_known': 1}]
    """
    counts = coarsening.counts.to_numpy()
    if coarsening.mode == "column" or not len(table):
        left, complete = counts, np.ones(len(table), dtype=bool)
    else:
        left, complete = _left(coarsening, table, frame, most)
    columns = {"people": counts, "if_method_known": left, "complete": complete}
    return pd.DataFrame(columns, index=table.index)


def _left(
    coarsening: Coarsening, table: pd.DataFrame, frame: pd.DataFrame, most: int
) -> tuple[np.ndarray, np.ndarray]:
    hierarchies = coarsening.hierarchies
    kinds, sizes = _kinds(frame, list(dict.fromkeys(item.frame_column for item in hierarchies.values())))
    lowest = {column: _lowest(table, kinds, item) for column, item in hierarchies.items()}
    extra = {name for item in hierarchies.values() for name in (item.column, item.listed_in) if name}
    parts, chosen, owners = [], [], []
    complete = np.ones(len(table), dtype=bool)
    for record in range(len(table)):
        given = {name: table[name].iloc[record] for name in sorted(extra - set(kinds.columns))}
        rows = np.flatnonzero(_fits(coarsening, lowest, record, kinds, given))
        rows = rows[np.argsort(-sizes[rows], kind="stable")]
        complete[record] = len(rows) <= most
        parts.append(kinds.iloc[rows[:most]].assign(**given))
        chosen.append(sizes[rows[:most]])
        owners.append(np.full(len(parts[-1]), record))
    candidates, owner = pd.concat(parts, ignore_index=True), np.concatenate(owners)
    again = least_coarsening(candidates, frame, hierarchies, coarsening.k, "record", coarsening.weights)
    same = np.ones(len(candidates), dtype=bool)
    for column in hierarchies:
        same &= again.table[column].to_numpy() == coarsening.table[column].to_numpy()[owner]
    people = np.concatenate(chosen) * same
    return np.bincount(owner, weights=people, minlength=len(table)).astype(np.int64), complete


def _kinds(frame: pd.DataFrame, columns: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """The distinct people as far as these columns tell, as texts, and how many there are of each."""
    texts = {}
    for column in columns:
        numbers, values = column_values(frame[column])
        texts[column] = np.array(values, dtype=object)[numbers]
    grouped = pd.DataFrame(texts).groupby(columns, sort=True).size()
    return grouped.index.to_frame(index=False), grouped.to_numpy()


def _lowest(table: pd.DataFrame, kinds: pd.DataFrame, hierarchy: Hierarchy) -> np.ndarray:
    """The lowest level at which each kind of person looks like each record: shape (n, kinds)."""
    rows, places = hierarchy.keys(table)
    numbers, frame_places = hierarchy.frame_places(kinds)
    return np.asarray(hierarchy.first_match(places, frame_places)[rows][:, numbers])


def _fits(
    coarsening: Coarsening,
    lowest: Mapping[str, np.ndarray],
    record: int,
    kinds: pd.DataFrame,
    given: Mapping[str, object],
) -> np.ndarray:
    fits = np.ones(len(kinds), dtype=bool)
    for column, hierarchy in coarsening.hierarchies.items():
        # A column that the frame does not have (the listed code) is taken from the record, where it can be.
        shown = 0 if column in given else int(coarsening.level_of(column).iloc[record])
        fits &= lowest[column][record] <= shown
        if hierarchy.listed_in in given:
            keys = f"{given[hierarchy.listed_in]} of " + kinds[column].astype(str)
            fits &= keys.isin(hierarchy.labels.index).to_numpy()
    return fits
