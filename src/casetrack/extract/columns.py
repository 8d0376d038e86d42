"""The tidied columns of a table; what a table lacks is blank on every row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from casetrack.extract.cleaning import Coded
from casetrack.extract.date_columns import NO_DATE, DateColumn


@dataclass(frozen=True, repr=False)
class Columns:
    """The tidied columns of a table, before rows are dropped."""

    rows: int
    categories: dict[str, Coded]
    dates: dict[str, DateColumn]
    plain: dict[str, pa.ChunkedArray]
    strange: dict[str, np.ndarray]

    def days(self, name: str) -> np.ndarray:
        """Each row's day in a column of dates, ``NO_DATE`` where there is none."""
        return self.dates[name].days if name in self.dates else np.full(self.rows, NO_DATE, dtype=np.int32)

    def codes(self, name: str) -> np.ndarray:
        """Each row's code in a category, -1 where it is missing."""
        return (
            self.categories[name].codes if name in self.categories else np.full(self.rows, -1, dtype=np.int32)
        )

    def where(self, name: str, test: Callable[[str], bool]) -> np.ndarray:
        """Rows whose category passes a test. Shape (rows,), bool."""
        values = self.categories[name].values if name in self.categories else ()
        return np.array([*map(test, values), False], dtype=bool)[self.codes(name)]
