"""The least coarsening that protects every record: exact, for the whole table or for each record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd

from casetrack.disclosure.coarsened import (
    Coarsening,
    Mode,
    coarsen_to,
    extra_values,
    normalised_weights,
    other_values,
)
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, cheapest_node, match_levels
from casetrack.errors import DisclosureError, rows_in_words
from casetrack.threads import one_thread

__all__ = ["Coarsening", "Mode", "least_coarsening"]


@one_thread
def least_coarsening(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    mode: Literal["column", "record"] = "record",
    weights: Mapping[str, float] | None = None,
) -> Coarsening:
    """Coarsen a table as little as possible so that every record looks like at least ``k`` people.

    Parameters
    ----------
    table
        The records, n rows, with their finest values. Its people are in the frame.
    frame
        Everyone that an intruder could think of: one row per person.
    hierarchies
        Column of the table to its hierarchy. Only these columns are matched on; the others pass unchanged,
        so leave none out that says something about the person.
    k
        People of the frame who have to look like each record, itself included.
    mode
        ``"column"`` for one level per column, ``"record"`` for the least per record.
    weights
        Column to weight (default 1, at least 0): how much a loss in the column matters. Weights are exponents
        of the geometric mean (ARX multiplies the factors instead, which leaves its choice unchanged).

    Returns
    -------
    Coarsening
        No record is ever dropped: what cannot be shown is withheld. When even that does not reach ``k``,
        ``reached`` is false and ``why_not`` says why.

    Raises
    ------
    DisclosureError
        ``not-a-mode``, ``not-a-k``, ``no-hierarchies``, ``not-a-weight``, ``no-such-column``,
        ``hierarchy-does-not-cover``, and ``not-in-frame`` when a record matches nobody.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> found = least_coarsening(people.iloc[[0, 3]], people, levels, k=2)
    >>> found.table.to_numpy().tolist(), found.counts.tolist()
    ([['F', 'N'], ['Withheld', 'S']], [2, 2])
    >>> least_coarsening(people.iloc[[0, 3]], people, levels, k=2, mode="column").levels.to_dict()
    {'sex': 1, 'area': 0}
    """
    if mode not in ("column", "record"):
        raise DisclosureError.of(
            "not-a-mode", "the mode is neither column nor record.", advice='Use "column" or "record".'
        )
    weight = normalised_weights(hierarchies, k, weights)
    matching = match_levels(table, frame, hierarchies)
    _check_in_frame(matching)
    search = _by_column if mode == "column" else _by_record
    nodes = search(matching, extra_values(table, hierarchies), other_values(hierarchies), weight, k)
    return coarsen_to(table, hierarchies, matching, nodes, weight, k, mode)


def _check_in_frame(matching: Matching) -> None:
    finest = [0] * len(matching.columns)
    lost = [row + 1 for row in range(len(matching.targets)) if not matching.count(row, finest)]
    if lost:
        raise DisclosureError.of(
            "not-in-frame",
            f"{len(lost)} records match nobody in the frame.",
            where=rows_in_words(lost) + " of the table",
            advice="Give the frame that the list was drawn from, with the same columns and spellings.",
        )


def _by_column(
    matching: Matching, losses: list[np.ndarray], others: np.ndarray, weight: np.ndarray, k: int
) -> np.ndarray:
    """One node for all records: shape (n, d); the top when no node protects everyone."""
    records = _distinct_records(matching)[0]
    size = max(len(matching.targets), 1)
    means = [loss.sum(axis=0) / (size * other) for loss, other in zip(losses, others, strict=True)]
    costs = [share * np.log1p(mean) for share, mean in zip(weight, means, strict=True)]
    found = cheapest_node(matching, [int(record) for record in records], costs, k)
    node = found[0] if found else [levels - 1 for levels in matching.sizes]
    return np.tile(np.array(node, dtype=np.int64), (len(matching.targets), 1))


def _by_record(
    matching: Matching, losses: list[np.ndarray], others: np.ndarray, weight: np.ndarray, k: int
) -> np.ndarray:
    """The best node of each record: shape (n, d); the top where none protects it."""
    records, same = _distinct_records(matching)
    nodes = np.tile(np.array(matching.sizes, dtype=np.int64) - 1, (len(records), 1))
    for place, record in enumerate(records):
        costs = [
            share * loss[record] / other for share, loss, other in zip(weight, losses, others, strict=True)
        ]
        found = cheapest_node(matching, [int(record)], costs, k)
        if found:
            nodes[place] = found[0]
    return np.asarray(nodes[same], dtype=np.int64)


def _distinct_records(matching: Matching) -> tuple[np.ndarray, np.ndarray]:
    """The first of the records that look the same, and for each record which of those it is."""
    _, first, same = np.unique(matching.targets, axis=0, return_index=True, return_inverse=True)
    return first, same.ravel()
