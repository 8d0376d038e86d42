"""A coarsened table: what is shown, what it cost, and whom it protects.

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
from casetrack.disclosure.kmap import Matching
from casetrack.errors import DisclosureError

__all__ = ["Coarsening", "Mode", "coarsen_to", "extra_values", "normalised_weights", "other_values"]

#: ``"column"``: one level per column for the whole list. ``"record"``: the least for each record. ``"pool"``: a
#: rule for everyone in the frame (:mod:`casetrack.disclosure.pool_rule`).
Mode = Literal["column", "record", "pool"]


@dataclass(frozen=True, eq=False, repr=False)
class Coarsening:
    """A table made coarse enough, with what it cost and whom it protects.

    Attributes
    ----------
    table : pandas.DataFrame
        The coarsened table: same rows, same order, same index, same columns. Columns with a hierarchy hold
        labels as text; the others are unchanged.
    levels : pandas.Series or pandas.DataFrame
        Mode ``"column"``: column to level, 0 the finest. Else a level per record and column.
    loss : float
        Mode ``"column"``: ``loss_arx``, the least possible. Mode ``"record"``: ``loss_mean``, the least
        possible. Mode ``"pool"``: ``loss_mean``.
    counts : pandas.Series
        On the table's index: people in the frame who match the record, its own person included.
    k : int
        What was asked for.
    mode : str
        ``"column"``, ``"record"`` or ``"pool"``.
    reached : bool
        Whether every count is at least ``k``; in mode ``"pool"`` every one of ``if_method_known``.
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
    if_method_known : pandas.Series or None
        Mode ``"pool"``: on the table's index, the people released exactly like the record.
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
    if_method_known: pd.Series | None = None

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


def normalised_weights(
    hierarchies: Mapping[str, Hierarchy], k: int, weights: Mapping[str, float] | None
) -> np.ndarray:
    """The weights of the columns, made to sum to 1, once all arguments have been checked.

    Raises
    ------
    DisclosureError
        ``not-a-k``, ``no-hierarchies``, ``not-a-weight``.
    """
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


def extra_values(table: pd.DataFrame, hierarchies: Mapping[str, Hierarchy]) -> list[np.ndarray]:
    """Per column, shape (n, levels): other values that each record's label stands for.

    Whole numbers, so that sums do not depend on the order of the rows.
    """
    losses = []
    for hierarchy in hierarchies.values():
        numbers, places = hierarchy.keys(table)
        losses.append(hierarchy.leaves(places)[numbers].astype(np.int64) - 1)
    return losses


def other_values(hierarchies: Mapping[str, Hierarchy]) -> np.ndarray:
    """Per column, the other values of its domain; 1 where there are none, so that its loss is 0."""
    return np.array([max(hierarchy.domain_size - 1, 1) for hierarchy in hierarchies.values()])


def coarsen_to(
    table: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    matching: Matching,
    nodes: np.ndarray,
    weight: np.ndarray,
    k: int,
    mode: Mode,
    if_method_known: np.ndarray | None = None,
) -> Coarsening:
    """A table at given levels, with its losses and counts.

    Parameters
    ----------
    table, hierarchies, k, mode
        As for :func:`casetrack.disclosure.coarsening.least_coarsening`.
    matching
        The frame against the table.
    nodes
        Shape (n, d): a level per record and column.
    weight
        Shape (d,), sums to 1.
    if_method_known
        Shape (n,): see :class:`Coarsening`.

    Returns
    -------
    Coarsening
    """
    losses = extra_values(table, hierarchies)
    columns = list(hierarchies)
    size = max(len(table), 1)
    rows = np.arange(len(table))
    extra = np.array([loss[rows, nodes[:, place]].sum() for place, loss in enumerate(losses)])
    column_loss = extra / (size * other_values(hierarchies))
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
    known = None if if_method_known is None else pd.Series(if_method_known, index=table.index, name="people")
    protected = counts if known is None else known
    return Coarsening(
        table=_coarsened(table, hierarchies, nodes),
        levels=levels,
        loss=loss_arx if mode == "column" else loss_mean,
        counts=counts,
        k=k,
        mode=mode,
        reached=bool((protected >= k).all()),
        why_not=_why_not(protected, matching, hierarchies, k, mode),
        loss_arx=loss_arx,
        loss_mean=loss_mean,
        column_loss=pd.Series(column_loss, index=columns, name="loss"),
        hierarchies=dict(hierarchies),
        weights=dict(zip(columns, weight.tolist(), strict=True)),
        frame_size=matching.frame_size,
        if_method_known=known,
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
