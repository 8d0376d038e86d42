"""Both ways of coarsening side by side, and the one taken when nobody chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.hierarchies import Hierarchy

__all__ = ["Comparison", "choose", "compare_modes"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Both modes side by side, to choose between.

    Attributes
    ----------
    column, record : Coarsening
    """

    column: Coarsening
    record: Coarsening

    def to_frame(self) -> pd.DataFrame:
        """One row per mode: both losses, cells shown in full, coarser and withheld, least people, reached."""
        rows = []
        for found in (self.column, self.record):
            level = np.stack([found.level_of(column).to_numpy() for column in found.hierarchies], axis=1)
            top = np.array([len(item.levels) - 1 for item in found.hierarchies.values()])
            rows.append(
                {
                    "mode": found.mode,
                    "loss_mean": found.loss_mean,
                    "loss_arx": found.loss_arx,
                    "cells_in_full": int((level == 0).sum()),
                    "cells_coarser": int(((level > 0) & (level < top)).sum()),
                    "cells_withheld": int(((level == top) & (level > 0)).sum()),
                    "least_people": int(found.counts.min()) if len(found.counts) else 0,
                    "reached": found.reached,
                }
            )
        return pd.DataFrame(rows)

    def _repr_html_(self) -> str:
        return str(self.to_frame().round(3).to_html(index=False, border=0))


def compare_modes(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    weights: Mapping[str, float] | None = None,
) -> Comparison:
    """Coarsen in both modes.

    Parameters
    ----------
    table, frame, hierarchies, k, weights
        As for :func:`least_coarsening`.

    Returns
    -------
    Comparison
        ``record.loss_mean`` is never above ``column.loss_mean``.

    Raises
    ------
    DisclosureError
        As :func:`least_coarsening`.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> both = compare_modes(people.iloc[[0, 3]], people, levels, k=2)
    >>> both.column.loss_mean, both.record.loss_mean
    (0.5, 0.25)
    """
    return Comparison(
        column=least_coarsening(table, frame, hierarchies, k, "column", weights),
        record=least_coarsening(table, frame, hierarchies, k, "record", weights),
    )


def choose(comparison: Comparison, gain: float = 0.05) -> Coarsening:
    """The mode casetrack takes when nobody chooses.

    One level per column reads best, and says nothing about a single record. It is left only where coarsening
    each record on its own keeps noticeably more, or reaches ``k`` for more records.

    Parameters
    ----------
    comparison
        Both modes.
    gain
        How much smaller ``loss_mean`` has to be, as a share of the domain of a column, 0 to 1.

    Returns
    -------
    Coarsening

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> both = compare_modes(people.iloc[[0, 3]], people, levels, k=2)
    >>> choose(both).mode, choose(both, gain=0.3).mode
    ('record', 'column')
    """
    column, record = comparison.column, comparison.record
    better = column.loss_mean - record.loss_mean > gain
    return (
        record if better or (record.counts >= record.k).sum() > (column.counts >= column.k).sum() else column
    )
