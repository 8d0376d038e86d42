"""How each released column can be made coarser: nested levels, from the value itself to nothing at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from casetrack.disclosure.values import WITHHELD, as_text, column_values
from casetrack.errors import DisclosureError
from casetrack.small_files import text_of


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """The nested levels of one column.

    Make one with :meth:`from_functions`, :meth:`from_table`, :meth:`from_csv` or :meth:`withholding`; the plain
    constructor is for those.

    Parameters
    ----------
    column
        The column of the table and of the frame.
    levels
        Names of the levels, finest first, for example ``("years", "5-year bands", "withheld")``.
    labels
        What is shown: one row per value (the index, as text), one column per level.

    Raises
    ------
    DisclosureError
        ``hierarchy-levels`` when names and labels do not fit, ``hierarchy-repeats`` when a value occurs
        twice, ``hierarchy-does-not-nest`` when people whom a finer level puts together are apart above it.

    Examples
    --------
    >>> age = Hierarchy.from_functions(
    ...     "age", range(60, 70), {"years": str, "over 64": lambda a: a > 64, "withheld": lambda a: "-"}
    ... )
    >>> age.levels, age.label("66", 1)
    (('years', 'over 64', 'withheld'), 'True')
    >>> age.shares(["66"]).round(2).tolist()
    [[0.1, 0.5, 1.0]]
    """

    column: str
    levels: tuple[str, ...]
    labels: pd.DataFrame
    _codes: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if (
            not self.levels
            or len(set(self.levels)) < len(self.levels)
            or self.labels.shape[1] != len(self.levels)
        ):
            raise self._error(
                "hierarchy-levels",
                f"{len(self.levels)} level names for {self.labels.shape[1]} columns of labels.",
                "Give every level one name of its own, finest first.",
            )
        if self.labels.empty or self.labels.index.has_duplicates:
            repeated = int(self.labels.index.duplicated().sum())
            raise self._error(
                "hierarchy-repeats",
                f"{len(self.labels)} values, {repeated} of them a repeat.",
                "List every value of the column exactly once.",
            )
        codes = np.stack(
            [pd.factorize(self.labels.iloc[:, level])[0] for level in range(len(self.levels))], axis=1
        )
        object.__setattr__(self, "_codes", codes.astype(np.int32))
        self._check_nesting()

    def __repr__(self) -> str:
        return f"Hierarchy({self.column!r}, levels={self.levels!r}, {len(self.labels):,} values)"

    def _repr_html_(self) -> str:
        return str(self.to_frame().to_html(index=False, border=0))

    def _error(self, code: str, what: str, advice: str) -> Exception:
        return DisclosureError.of(code, what, where=f'column "{self.column}"', advice=advice)

    def _check_nesting(self) -> None:
        for level in range(len(self.levels) - 1):
            pairs = np.unique(self._codes[:, level : level + 2], axis=0)
            split = int((np.bincount(pairs[:, 0]) > 1).sum())
            if split:
                raise self._error(
                    "hierarchy-does-not-nest",
                    f'level "{self.levels[level]}" does not nest in "{self.levels[level + 1]}": '
                    f"{split} of its labels fall into more than one coarser label.",
                    "Let each label of a level belong to exactly one label of the next.",
                )

    @classmethod
    def from_table(
        cls,
        column: str,
        table: pd.DataFrame | Iterable[Sequence[object]],
        levels: Sequence[str] | None = None,
    ) -> Hierarchy:
        """A hierarchy from rows of a value and its coarser labels.

        Parameters
        ----------
        column
            The released column.
        table
            One row per value; the first column is the value and the finest level.
        levels
            Names of the levels; the frame's column names, or ``"level 0"``, ``"level 1"`` … when left out.

        Returns
        -------
        Hierarchy

        Raises
        ------
        DisclosureError
            ``hierarchy-ragged`` when rows have different lengths, and as the class says.

        Examples
        --------
        >>> Hierarchy.from_table("sex", [["Female", "*"], ["Male", "*"]], ["sex", "withheld"]).levels
        ('sex', 'withheld')
        """
        if isinstance(table, pd.DataFrame):
            levels = levels if levels is not None else [str(name) for name in table.columns]
            rows = table.to_numpy(dtype=object).tolist()
        else:
            rows = [list(row) for row in table]
        width = len(rows[0]) if rows else 0
        ragged = sum(len(row) != width for row in rows)
        if ragged or not width:
            raise DisclosureError.of(
                "hierarchy-ragged",
                f"{ragged} of {len(rows)} rows have another number of levels than the first.",
                where=f'column "{column}"',
                advice="Give every value one label on every level.",
            )
        names = levels if levels is not None else [f"level {level}" for level in range(width)]
        texts = [[as_text(cell) for cell in row] for row in rows]
        labels = pd.DataFrame(texts, index=[row[0] for row in texts], dtype=object)
        return cls(column, tuple(names), labels)

    @classmethod
    def from_csv(cls, path: str | Path, column: str = "", levels: Sequence[str] | None = None) -> Hierarchy:
        """A hierarchy from the CSV that ARX uses: semicolons, no heading, a value and its coarser labels.

        Parameters
        ----------
        path
            The file, UTF-8.
        column
            The released column; the file's name without its ending when left out.
        levels
            As for :meth:`from_table`.

        Returns
        -------
        Hierarchy

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     place = Path(folder, "race.csv")
        ...     _ = place.write_text("White;*", encoding="utf-8")
        ...     Hierarchy.from_csv(place)
        Hierarchy('race', levels=('level 0', 'level 1'), 1 values)
        """
        path = Path(path)
        rows = [row for row in csv.reader(io.StringIO(text_of(path)), delimiter=";") if row]
        return cls.from_table(column or path.stem, rows, levels)

    @classmethod
    def from_functions(
        cls,
        column: str,
        values: Iterable[object],
        steps: Mapping[str, Callable[..., object]],
    ) -> Hierarchy:
        """A hierarchy from one function per level.

        Parameters
        ----------
        column
            As for :meth:`from_table`.
        values
            Every value that the column can take; repeats are dropped.
        steps
            Level name to function, finest first; each function takes a value and returns its label.

        Returns
        -------
        Hierarchy

        Examples
        --------
        >>> steps = {"month": str, "year": lambda month: month[:4]}
        >>> Hierarchy.from_functions("month", ["2026-01", "2026-02"], steps).label("2026-02", 1)
        '2026'
        """
        distinct = {as_text(value): value for value in values}
        rows = [[as_text(step(value)) for step in steps.values()] for value in distinct.values()]
        labels = pd.DataFrame(rows, index=list(distinct), columns=range(len(steps)), dtype=object)
        return cls(column, tuple(steps), labels)

    @classmethod
    def withholding(cls, column: str, values: Iterable[object]) -> Hierarchy:
        """Two levels: shown as it is, or withheld.

        Examples
        --------
        >>> Hierarchy.withholding("sex", ["Female", "Male"]).levels
        ('as recorded', 'withheld')
        """
        return cls.from_functions(column, values, {"as recorded": as_text, "withheld": lambda _: WITHHELD})

    @property
    def domain_size(self) -> int:
        """How many values the column can take: the denominator of the loss."""
        return len(self.labels)

    def label(self, value: str, level: int) -> str:
        """What is released for a value (as text) at a level."""
        place = self._places(self.labels.index, np.zeros(1, dtype=np.int32), [value], "question")[0]
        return str(self.labels.iloc[place, level])

    def keys(self, table: pd.DataFrame, what: str = "table") -> tuple[np.ndarray, np.ndarray]:
        """Where a table's values stand in the hierarchy.

        Returns
        -------
        numbers, places
            Row i of the table has the value in row ``places[numbers[i]]`` of ``labels``.

        Raises
        ------
        DisclosureError
            ``hierarchy-does-not-cover`` with the number of values and rows that it does not know.
        """
        numbers, texts = column_values(table[self.column])
        return numbers, self._places(self.labels.index, numbers, texts, what)

    def _places(self, known: pd.Index, numbers: np.ndarray, texts: list[str], what: str) -> np.ndarray:
        places: np.ndarray = np.asarray(known.get_indexer(pd.Index(texts, dtype=object)))
        if (places < 0).any():
            lacking = places < 0
            raise self._error(
                "hierarchy-does-not-cover",
                f"the hierarchy lacks {int(lacking.sum())} of the {len(texts)} values of the {what}, "
                f"in {int(lacking[numbers].sum()):,} rows.",
                "Add the missing values to the hierarchy, or tidy the column before.",
            )
        return places

    def first_match(self, places: np.ndarray, frame_places: np.ndarray) -> np.ndarray:
        """The lowest level at which each frame value looks like each value.

        Parameters
        ----------
        places, frame_places
            Rows of ``labels`` (t of them) and of the frame's values (f of them).

        Returns
        -------
        numpy.ndarray
            Shape (t, f), int32; ``len(levels)`` for never.
        """
        lowest = np.full((len(places), len(frame_places)), len(self.levels), dtype=np.int32)
        for level in reversed(range(len(self.levels))):
            same = self._codes[places, level][:, None] == self._codes[frame_places, level][None, :]
            lowest[same] = level
        return lowest

    def leaves(self, places: np.ndarray) -> np.ndarray:
        """How many frame values share each value's label on each level: shape (t, levels), int64."""
        sizes = [np.bincount(self._codes[:, level]) for level in range(len(self.levels))]
        return np.stack([size[self._codes[places, level]] for level, size in enumerate(sizes)], axis=1)

    def shares(self, values: Sequence[str]) -> np.ndarray:
        """The share of the domain that a value's label stands for, on each level: shape (values, levels)."""
        places = self._places(self.labels.index, np.arange(len(values)), list(values), "question")
        return np.asarray(self.leaves(places) / self.domain_size)

    def to_frame(self) -> pd.DataFrame:
        """One row per value, one column per level."""
        return self.labels.set_axis(list(self.levels), axis=1).reset_index(drop=True)
