"""The least coarsening that protects every record: exact, for the whole table or for each record.

Loss is the Loss metric of ARX (Prasser and Kohlmayer), generalisation factor 0.5 and geometric mean: a label
costs the share of the column's domain that it stands for, from 0 (the value itself) to 1 (withheld).
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, cheapest_node, match_levels
from casetrack.errors import DisclosureError, rows_in_words

__all__ = ["Coarsening", "Mode", "least_coarsening"]

#: ``"column"``: one level per column for the whole list. ``"record"``: the least for each record.
Mode = Literal["column", "record"]


@dataclass(frozen=True, eq=False, repr=False)
class Coarsening:
    """A table made coarse enough, with what it cost and whom it protects.

    Attributes
    ----------
    table : pandas.DataFrame
        The coarsened table: same rows, same order, same index, same columns. Columns with a hierarchy hold
        labels as text; the others are unchanged.
    levels : pandas.Series or pandas.DataFrame
        Mode ``"column"``: column to level, 0 the finest. Mode ``"record"``: a level per record and column.
    loss : float
        Mode ``"column"``: ``loss_arx``. Mode ``"record"``: ``loss_mean``. It is the least possible.
    counts : pandas.Series
        On the table's index: people in the frame who match the record, its own person included.
    k : int
        What was asked for.
    mode : str
        ``"column"`` or ``"record"``.
    reached : bool
        Whether every count is at least ``k``.
    why_not : str
        When not reached: why, in words; empty otherwise.
    loss_arx : float
        Comparable between modes and with ARX: prod((1 + x_j) ** w_j) - 1 with weights that sum to 1.
    loss_mean : float
        Comparable between modes: the mean over records of the weighted mean normalised loss of their values.
    column_loss : pandas.Series
        x_j for each column: the mean normalised loss, 0 to 1.
    hierarchies : dict
        Column to hierarchy, as given.
    weights : dict
        Column to weight; they sum to 1.
    frame_size : int
        People in the frame.
    """

    table: pd.DataFrame
    levels: pd.Series | pd.DataFrame
    loss: float
    counts: pd.Series
    k: int
    mode: Mode
    reached: bool
    why_not: str
    loss_arx: float
    loss_mean: float
    column_loss: pd.Series
    hierarchies: dict[str, Hierarchy]
    weights: dict[str, float]
    frame_size: int

    def __repr__(self) -> str:
        return f"Coarsening({self.summary})"

    @property
    def summary(self) -> str:
        """One sentence: mode, people, loss."""
        least = f"at least {int(self.counts.min()):,}" if len(self.counts) else "no"
        return (
            f"mode {self.mode}, {len(self.table)} records, {least} of {self.frame_size:,} people match each, "
            f"k = {self.k}, {'reached' if self.reached else 'not reached'}, loss {self.loss:.4f}"
        )

    def level_of(self, column: str) -> pd.Series:
        """The level of every record in one column, whatever the mode."""
        if isinstance(self.levels, pd.DataFrame):
            return self.levels[column]
        return pd.Series(int(self.levels[column]), index=self.table.index)

    def to_frame(self) -> pd.DataFrame:
        """What was shown how: column, level, records at that level, the column's loss."""
        rows = []
        for column, hierarchy in self.hierarchies.items():
            used = np.bincount(
                self.level_of(column).to_numpy(dtype=np.int64), minlength=len(hierarchy.levels)
            )
            for level, records in enumerate(used):
                if records:
                    loss = float(self.column_loss[column])
                    rows.append((column, level, hierarchy.levels[level], int(records), loss))
        return pd.DataFrame(rows, columns=["column", "level", "shown_as", "records", "column_loss"])

    def _repr_html_(self) -> str:
        words = [self.summary] + ([self.why_not] if self.why_not else [])
        lines = "".join(f"<p>{html.escape(line)}</p>" for line in words)
        return lines + str(self.to_frame().round(3).to_html(index=False, border=0))


def least_coarsening(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    mode: Mode = "record",
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
        ``not-a-k``, ``no-hierarchies``, ``not-a-weight``, ``no-such-column``, ``hierarchy-does-not-cover``,
        and ``not-in-frame`` when a record matches nobody.

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
    weight = _check(hierarchies, k, mode, weights)
    matching = match_levels(table, frame, hierarchies)
    _check_in_frame(matching)
    losses = _losses(table, hierarchies)
    search = _by_column if mode == "column" else _by_record
    nodes = search(matching, losses, _others(hierarchies), weight, k)
    return _result(table, hierarchies, matching, nodes, losses, weight, k, mode)


def _check(
    hierarchies: Mapping[str, Hierarchy], k: int, mode: str, weights: Mapping[str, float] | None
) -> np.ndarray:
    """The weights, normalised to sum to 1; errors for arguments that cannot work."""
    if k < 1 or mode not in ("column", "record"):
        raise DisclosureError.of(
            "not-a-k",
            "k has to be 1 or more and the mode column or record.",
            advice="10 is casetrack's default.",
        )
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


def _losses(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> list[np.ndarray]:
    """Per column, shape (n, levels): other values that each record's label stands for.

    Whole numbers, so that sums do not depend on the order of the rows.
    """
    losses = []
    for hierarchy in hierarchies.values():
        numbers, places = hierarchy.keys(table)
        losses.append(hierarchy.leaves(places)[numbers].astype(np.int64) - 1)
    return losses


def _others(hierarchies: Mapping[str, Hierarchy]) -> np.ndarray:
    """Per column, the other values of its domain; 1 where there are none, so that its loss is 0."""
    return np.array([max(hierarchy.domain_size - 1, 1) for hierarchy in hierarchies.values()])


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


def _result(
    table: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    matching: Matching,
    nodes: np.ndarray,
    losses: list[np.ndarray],
    weight: np.ndarray,
    k: int,
    mode: Mode,
) -> Coarsening:
    columns = list(hierarchies)
    size = max(len(table), 1)
    rows = np.arange(len(table))
    extra = np.array([loss[rows, nodes[:, place]].sum() for place, loss in enumerate(losses)])
    column_loss = extra / (size * _others(hierarchies))
    loss_arx = (
        math.prod((1.0 + x) ** w for x, w in zip(column_loss.tolist(), weight.tolist(), strict=True)) - 1
    )
    loss_mean = math.fsum((column_loss * weight).tolist())
    counts = pd.Series(
        [matching.count(row, nodes[row].tolist()) for row in range(len(table))],
        index=table.index,
        dtype="int64",
        name="people",
    )
    levels: pd.Series | pd.DataFrame = pd.DataFrame(nodes, index=table.index, columns=columns)
    if mode == "column":
        top = nodes[0] if len(nodes) else np.zeros(len(columns), dtype=np.int64)
        levels = pd.Series(top, index=columns, name="level")
    return Coarsening(
        table=_coarsened(table, hierarchies, nodes),
        levels=levels,
        loss=loss_arx if mode == "column" else loss_mean,
        counts=counts,
        k=k,
        mode=mode,
        reached=bool((counts >= k).all()),
        why_not=_why_not(counts, matching, hierarchies, k, mode),
        loss_arx=loss_arx,
        loss_mean=loss_mean,
        column_loss=pd.Series(column_loss, index=columns, name="loss"),
        hierarchies=dict(hierarchies),
        weights=dict(zip(columns, weight.tolist(), strict=True)),
        frame_size=matching.frame_size,
    )


def _coarsened(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy], nodes: np.ndarray) -> pd.DataFrame:
    shown = table.copy()
    for place, (column, hierarchy) in enumerate(hierarchies.items()):
        numbers, places = hierarchy.keys(table)
        labels = hierarchy.labels.to_numpy(dtype=object)[places[numbers], nodes[:, place]]
        shown[column] = pd.Series(labels, index=table.index, dtype=object)
    return shown


def _why_not(
    counts: pd.Series, matching: Matching, hierarchies: Mapping[str, Hierarchy], k: int, mode: Mode
) -> str:
    short = int((counts < k).sum())
    if not short:
        return ""
    if matching.frame_size < k:
        return (
            f"k = {k} cannot be reached: the frame holds {matching.frame_size:,} people, and a record with "
            "everything withheld looks like no more than that. Use a smaller k, or a larger frame."
        )
    shown = [column for column, item in hierarchies.items() if item.labels.iloc[:, -1].nunique() > 1]
    words = (
        f"k = {k} cannot be reached for {short} of {len(counts)} records: they match fewer people even with "
        f"everything at the top level, because {', '.join(shown)} cannot be withheld. Let the column be "
        "withheld, or give it a coarser top level."
    )
    if mode == "column" and short < len(counts):
        words += " With one level per column all others are at the top too; mode record spares them."
    return words
