"""How surely a reader names the people of a list: as drawn, and as released."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from casetrack.pictures import Columns
from casetrack.tables import html_lines, html_table

#: Where the scale is cut, 1 in so many; what is promised is one of its places too.
_EDGES = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, repr=False, eq=False)
class Risk:
    """Cases by the chance that a reader who knows the rule and all chances names the person; for the council's own eyes.

    Parameters
    ----------
    k
        What is promised: nobody likelier than 1 in ``k``, exceptions apart.
    weighed
        ``one_in`` as released and ``in_full`` if everything were shown, a row for each case.

    Examples
    --------
    >>> risk = Risk(10, pd.DataFrame({"one_in": [12.0, 30.0], "in_full": [1.0, 30.0]}))
    >>> print(risk.summary())
    0 of 2 cases are likelier than 1 in 10 to be named; 1 would be if everything were shown.
    """

    k: int
    weighed: pd.DataFrame = field(repr=False)

    @property
    def edges(self) -> tuple[int, ...]:
        """Where the scale is cut: 1 in so many, ``k`` among them."""
        return tuple(sorted({*_EDGES, self.k}))

    def counts(self, name: str) -> tuple[int, ...]:
        """Cases from each edge to the next and beyond the last: ``one_in``, as released, or ``in_full``, as drawn."""
        # A hair of slack, so that 1 in k is 1 in k.
        place = np.searchsorted(self.edges, self.weighed[name].to_numpy() * (1 + 1e-6), side="right") - 1
        return tuple(np.bincount(place, minlength=len(self.edges)).tolist())

    def _surer(self, name: str) -> int:
        """Cases that are likelier to be named than is promised."""
        return sum(self.counts(name)[: self.edges.index(self.k)])

    def summary(self) -> str:
        """How many cases are likelier to be named than is promised, in a sentence."""
        return (
            f"{self._surer('one_in'):,} of {len(self.weighed):,} cases are likelier than 1 in {self.k} to be named; "
            f"{self._surer('in_full'):,} would be if everything were shown."
        )

    def to_frame(self) -> pd.DataFrame:
        """Cases by chance: ``chance`` in words, ``as_drawn`` and ``as_released``."""
        names = [f"1 in {low} to 1 in {high}" for low, high in itertools.pairwise(self.edges)]
        return pd.DataFrame(
            {
                "chance": [*names, f"1 in {self.edges[-1]} or less"],
                "as_drawn": self.counts("in_full"),
                "as_released": self.counts("one_in"),
            }
        )

    def picture(self) -> Columns:
        """What `plot` draws, in the report too: the line is at what is promised."""
        drawn, released = self.counts("in_full"), self.counts("one_in")
        words = tuple(
            f"from 1 in {low} on: {a:,} as drawn, {b:,} as released"
            for low, a, b in zip(self.edges, drawn, released, strict=True)
        )
        return Columns(
            self.summary().removesuffix("."),
            tuple(float(place) for place in range(len(self.edges) + 1)),
            released,
            "cases",
            "can be named with a chance of 1 in …",
            float(self.edges.index(self.k)),
            f"promised: 1 in {self.k}",
            words,
            ticks=(*map(str, self.edges), "more"),
            before=drawn,
            names=("as drawn, everything shown", "as released"),
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw cases by how surely a reader names the person; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.summary()})"

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.to_frame())
