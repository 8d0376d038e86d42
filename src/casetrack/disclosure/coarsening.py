"""The least coarsening that gives every record of a table k people who look the same: one level per column, exact.

The general search, comparable with ARX. The release does not use it: a coarsening that looks at a list can tell by what
it withholds who is on it, and counts everyone as equally likely (see :mod:`casetrack.disclosure.release_rule`).

Loss is the Loss metric of ARX (Prasser and Kohlmayer), generalisation factor 0.5 and geometric mean: a label costs the
share of the column's domain that it stands for, from 0 (the value itself) to 1 (withheld).
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, cheapest_node, match_levels
from casetrack.errors import DisclosureError, rows_in_words


@dataclass(frozen=True, eq=False, repr=False)
class Coarsening:
    """A table made coarse enough, with what it cost and whom it protects.

    Attributes
    ----------
    table : pandas.DataFrame
        The coarsened table: same rows, same order, same index, same columns. Columns with a hierarchy hold
        labels as text; the others are unchanged.
    levels : pandas.Series
        Column to level, 0 the finest.
    loss : float
        Comparable with ARX, the least possible: prod((1 + x_j) ** w_j) - 1 with weights that sum to 1.
    counts : pandas.Series
        On the table's index: people in the frame who match the record, its own person included.
    k : int
        What was asked for.
    why_not : str
        When not every count is at least ``k``: why, in words; empty otherwise.
    column_loss : pandas.Series
        x_j for each column: the mean normalised loss, 0 to 1.
    hierarchies : dict
        Column to hierarchy, as given.
    frame_size : int
        People in the frame.
    """

    table: pd.DataFrame
    levels: pd.Series
    loss: float
    counts: pd.Series
    k: int
    why_not: str
    column_loss: pd.Series
    hierarchies: dict[str, Hierarchy]
    frame_size: int

    @property
    def reached(self) -> bool:
        """Whether every count is at least ``k``."""
        return not self.why_not

    def __repr__(self) -> str:
        return f"Coarsening({self.summary})"

    @property
    def summary(self) -> str:
        """One sentence: people, loss."""
        least = f"at least {int(self.counts.min()):,}" if len(self.counts) else "no"
        return (
            f"{len(self.table)} records, {least} of {self.frame_size:,} people match each, k = {self.k}, "
            f"{'reached' if self.reached else 'not reached'}, loss {self.loss:.4f}"
        )

    def to_frame(self) -> pd.DataFrame:
        """What was shown how: column, level, its name, the column's loss."""
        rows = [
            (column, int(self.levels[column]), item.levels[int(self.levels[column])])
            for column, item in self.hierarchies.items()
        ]
        frame = pd.DataFrame(rows, columns=["column", "level", "shown_as"])
        return frame.assign(column_loss=self.column_loss.to_numpy())

    def _repr_html_(self) -> str:
        words = [self.summary] + ([self.why_not] if self.why_not else [])
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in words)
        return lines + str(self.to_frame().round(3).to_html(index=False, border=0))


def least_coarsening(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
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
        ``not-a-k``, ``no-hierarchies``, ``not-a-weight``, ``no-such-column``,
        ``hierarchy-does-not-cover``, and ``not-in-frame`` when a record matches nobody.

    Notes
    -----
    The table is looked at: what it takes to protect these records can tell who they are to somebody who knows the frame
    and this method. Everyone counts as equally likely.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> found = least_coarsening(people.iloc[[0, 3]], people, levels, k=2)
    >>> found.levels.to_dict(), found.counts.tolist()
    ({'sex': 1, 'area': 0}, [2, 2])
    """
    weight = _normalised(hierarchies, k, weights)
    matching = match_levels(table, frame, hierarchies)
    _check_in_frame(matching)
    size = max(len(table), 1)
    others = np.array([max(item.domain_size - 1, 1) for item in hierarchies.values()])
    # Whole numbers, so that sums do not depend on the order of the rows.
    extra = [
        (item.leaves(places)[numbers].astype(np.int64) - 1).sum(axis=0)
        for item, (numbers, places) in ((item, item.keys(table)) for item in hierarchies.values())
    ]
    means = [loss / (size * other) for loss, other in zip(extra, others, strict=True)]
    records = np.unique(matching.targets, axis=0, return_index=True)[1]
    costs = [share * np.log1p(mean) for share, mean in zip(weight, means, strict=True)]
    found = cheapest_node(matching, [int(record) for record in records], costs, k)
    node = found[0] if found else tuple(levels - 1 for levels in matching.sizes)
    column_loss = [float(mean[level]) for mean, level in zip(means, node, strict=True)]
    counts = [matching.count(row, node) for row in range(len(table))]
    return Coarsening(
        table=_coarsened(table, hierarchies, node),
        levels=pd.Series(node, index=list(hierarchies), name="level", dtype="int64"),
        loss=math.prod((1.0 + x) ** w for x, w in zip(column_loss, weight.tolist(), strict=True)) - 1,
        counts=pd.Series(counts, index=table.index, dtype="int64", name="people"),
        k=k,
        why_not=_why_not(counts, matching, hierarchies, k),
        column_loss=pd.Series(column_loss, index=list(hierarchies), name="loss"),
        hierarchies=dict(hierarchies),
        frame_size=matching.frame_size,
    )


def _normalised(
    hierarchies: Mapping[str, Hierarchy], k: int, weights: Mapping[str, float] | None
) -> np.ndarray:
    """The weights of the columns, made to sum to 1, once all arguments have been checked."""
    if k < 1:
        raise DisclosureError.of("not-a-k", "k has to be 1 or more.", advice="10 is casetrack's default.")
    if not hierarchies:
        raise DisclosureError.of(
            "no-hierarchies", "there is no column to coarsen.", advice="Give a hierarchy per released column."
        )
    given = dict(weights or {})
    unknown = [name for name in given if name not in hierarchies]
    weight = np.array([float(given.get(column, 1.0)) for column in hierarchies])
    if unknown or not np.isfinite(weight).all() or (weight < 0).any() or weight.sum() == 0:
        raise DisclosureError.of(
            "not-a-weight",
            f"{len(unknown)} weights name no column; every weight has to be 0 or more, and one more than 0.",
            advice="Give weights for columns that have a hierarchy.",
        )
    return np.asarray(weight / weight.sum(), dtype=np.float64)


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


def _coarsened(
    table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], node: tuple[int, ...]
) -> pd.DataFrame:
    shown = table.copy()
    for level, (column, hierarchy) in zip(node, hierarchies.items(), strict=True):
        numbers, places = hierarchy.keys(table)
        labels = hierarchy.labels.to_numpy(dtype=object)[places[numbers], level]
        shown[column] = pd.Series(labels, index=table.index, dtype=object)
    return shown


def _why_not(counts: list[int], matching: Matching, hierarchies: Mapping[str, Hierarchy], k: int) -> str:
    short = sum(count < k for count in counts)
    if not short:
        return ""
    if matching.frame_size < k:
        return (
            f"k = {k} cannot be reached: the frame holds {matching.frame_size:,} people, and a record with "
            "everything withheld looks like no more than that. Use a smaller k, or a larger frame."
        )
    shown = [column for column, item in hierarchies.items() if item.labels.iloc[:, -1].nunique() > 1]
    return (
        f"k = {k} cannot be reached for {short} of {len(counts)} records: they match fewer people even with "
        f"everything at the top level, because {', '.join(shown)} cannot be withheld. Let the column be "
        "withheld, or give it a coarser top level."
    )
