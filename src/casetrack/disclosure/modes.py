"""The ways of coarsening side by side, and the one taken when nobody chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.coarsening import Coarsening, least_coarsening
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.method_known import people_if_method_known
from casetrack.disclosure.pool_rule import pool_coarsening

__all__ = ["Comparison", "choose", "compare_modes"]


@dataclass(frozen=True, eq=False)
class Comparison:
    """The modes side by side, to choose between.

    Attributes
    ----------
    column : Coarsening
        One level per column for the whole list: the least loss there is.
    record : Coarsening
        The least loss for each record. A reader who knows the method and the pool can see through some of it.
    pool : Coarsening
        A rule for the whole pool, which such a reader cannot see through.
    known : pandas.DataFrame or None
        What :func:`people_if_method_known` counted for ``record``, when asked for.
    """

    column: Coarsening
    record: Coarsening
    pool: Coarsening
    known: pd.DataFrame | None = None

    def to_frame(self) -> pd.DataFrame:
        """One row per mode.

        Returns
        -------
        pandas.DataFrame
            ``mode``, ``loss_mean``, ``loss_arx``; cells shown in full, coarser, withheld; ``least_people`` who
            match a record, ``least_if_method_known`` of them who are left to a reader who knows the method and
            the pool (missing where not counted), ``reached``.
        """
        rows = []
        for found in (self.column, self.record, self.pool):
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
                    "least_people": _least(found.counts),
                    "least_if_method_known": _least(self._left(found)),
                    "reached": found.reached,
                }
            )
        return pd.DataFrame(rows).astype({"least_people": "Int64", "least_if_method_known": "Int64"})

    def _left(self, found: Coarsening) -> pd.Series | None:
        if found.mode == "record" and self.known is not None:
            return self.known["if_method_known"]
        return found.if_method_known

    def _repr_html_(self) -> str:
        return str(self.to_frame().round(3).to_html(index=False, border=0))


def _least(people: pd.Series | None) -> int | None:
    return int(people.min()) if people is not None and len(people) else None


def compare_modes(
    table: pd.DataFrame,
    frame: pd.DataFrame,
    hierarchies: Mapping[str, Hierarchy],
    k: int,
    weights: Mapping[str, float] | None = None,
    method_known: bool = False,
) -> Comparison:
    """Coarsen in all modes.

    Parameters
    ----------
    table, frame, hierarchies, k, weights
        As for :func:`least_coarsening`.
    method_known
        Also count, for mode ``"record"``, the people left to a reader who knows the method and the pool. Takes
        seconds where the others take a fraction of one.

    Returns
    -------
    Comparison
        ``record.loss_mean`` is never above that of the others.

    Raises
    ------
    DisclosureError
        As :func:`least_coarsening` and :func:`pool_coarsening`.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> both = compare_modes(people.iloc[[0, 3]], people, levels, k=2)
    >>> both.column.loss_mean, both.record.loss_mean, both.pool.loss_mean
    (0.5, 0.25, 0.25)
    """
    record = least_coarsening(table, frame, hierarchies, k, "record", weights)
    return Comparison(
        column=least_coarsening(table, frame, hierarchies, k, "column", weights),
        record=record,
        pool=pool_coarsening(table, frame, hierarchies, k, weights),
        known=people_if_method_known(record, table, frame) if method_known else None,
    )


def choose(comparison: Comparison, gain: float = 0.05, method_known: bool = True) -> Coarsening:
    """The mode casetrack takes when nobody chooses.

    One level per column reads best. It is left only where coarsening each record apart keeps noticeably more, or
    protects more records.

    Parameters
    ----------
    comparison
        All modes.
    gain
        How much smaller ``loss_mean`` has to be, 0 to 1.
    method_known
        Whether to allow for a reader who knows the method and the pool: then the alternative to ``"column"`` is
        ``"pool"``, else ``"record"``.

    Returns
    -------
    Coarsening

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "F", "F", "M"], "area": ["N", "N", "S", "S"]})
    >>> levels = {c: Hierarchy.withholding(c, people[c].unique()) for c in people}
    >>> both = compare_modes(people.iloc[[0, 3]], people, levels, k=2)
    >>> choose(both).mode, choose(both, method_known=False).mode, choose(both, gain=0.3).mode
    ('pool', 'record', 'column')
    """
    column, apart = comparison.column, comparison.pool if method_known else comparison.record
    keeps_more = column.loss_mean - apart.loss_mean > gain
    return apart if keeps_more or _protected(apart) > _protected(column) else column


def _protected(found: Coarsening) -> int:
    people = found.counts if found.if_method_known is None else found.if_method_known
    return int((people >= found.k).sum())
