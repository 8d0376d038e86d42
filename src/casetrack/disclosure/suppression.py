"""Counts that may be published: small ones suppressed, and others with them so that none can be recovered.

The coverage statement shows, per characteristic, how many people of each level are in the pool and on the list.
Counts from 1 to 4 are suppressed (0 is shown: it says that nobody is meant). Since the levels add up to published
totals and the list is a part of the pool, some larger counts have to go with them; which, is an exact search for
the fewest cells, and among those for the fewest people in them.

A characteristic that the list also shows row by row is counted as the list shows it. Its true counts, beside rows
that withhold the value, would tell what was withheld.
"""

from __future__ import annotations

import html
import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.suppression_audit import UNBOUNDED, Bounds, ranges
from casetrack.errors import DisclosureError

__all__ = ["SuppressedTable", "suppress_small"]

#: What stands in for a larger count that protects a small one.
SUPPRESSED = "suppressed"
#: Sets of cells tried per characteristic before a good answer is taken in place of the best.
_TRIES = 5_000

Cell = tuple[int, int]


@dataclass(frozen=True, eq=False)
class SuppressedTable:
    """A table of counts that may leave the council.

    Attributes
    ----------
    table : pandas.DataFrame
        The table with its counts as text: ``"1,204"``, ``"fewer than 5"`` or ``"suppressed"``. Other columns of
        numbers (shares, gaps) are missing in rows that have a suppressed count; no more columns may be added.
    numbers : pandas.DataFrame
        The same rows with counts as ``Int64``, missing where suppressed.
    audit : pandas.DataFrame
        One row per suppressed count: ``characteristic``, ``level``, ``column``, ``why`` (``"small"``,
        ``"complement"``, ``"block"``), ``least`` and ``most`` that fit everything published, ``protected``.
    threshold : int
        Counts from 1 up to one less than this are small.
    proved_least : bool
        Whether every characteristic has the fewest suppressed cells that protect it.
    """

    table: pd.DataFrame
    numbers: pd.DataFrame
    audit: pd.DataFrame
    threshold: int
    proved_least: bool

    @property
    def protected(self) -> bool:
        """Whether every suppressed count can be more than one number to a reader."""
        return bool(self.audit["protected"].all())

    def to_frame(self) -> pd.DataFrame:
        """The table as published."""
        return self.table.copy()

    def _repr_html_(self) -> str:
        note = f"Counts from 1 to {self.threshold - 1} are suppressed, others where needed to protect them."
        return f"<p>{html.escape(note)}</p>" + str(self.table.to_html(index=False, border=0))


def suppress_small(
    table: pd.DataFrame,
    threshold: int = 5,
    *,
    counts: Sequence[str] = ("pool", "on_list"),
    overlapping: Iterable[str] = (),
    released: Mapping[str, pd.Series] | None = None,
    protect_remainder: bool = True,
) -> SuppressedTable:
    """Suppress small counts, and the fewest others that keep them from being worked out.

    Parameters
    ----------
    table
        One row per ``characteristic`` and ``level``, with whole-number ``counts``. No row of totals: the totals
        of each characteristic count as known to the reader.
    threshold
        Counts from 1 to ``threshold - 1`` are small; at least 3.
    counts
        The pool's column and the list's, which is a part of it; or one column alone.
    overlapping
        Characteristics whose levels overlap, so that they add up to nothing. Those whose levels are all cohort
        codes are found without being named.
    released
        What :func:`casetrack.disclosure.as_characteristics` reads from the released list: for each
        characteristic that the list shows row by row, what every record can be (a level, a tuple of levels, or
        the codes as text). Anybody can count these, so the list's count becomes what can be counted: ``"4"``
        when every record shows its level, ``"4 to 7"`` when some are coarser or withheld.
    protect_remainder
        Also keep the reader from learning that few or none of a level are left outside the list. Without
        effect when the list is the whole pool.

    Returns
    -------
    SuppressedTable

    Raises
    ------
    DisclosureError
        ``not-counts`` for missing columns, repeated rows, or counts that are not whole, negative, or larger on
        the list than in the pool; ``not-the-list`` when a released column cannot have these counts;
        ``not-a-threshold`` below 3.

    Examples
    --------
    >>> counts = pd.DataFrame({
    ...     "characteristic": "sex", "level": ["Female", "Male", "Other"],
    ...     "pool": [700, 500, 40], "on_list": [28, 20, 2]})
    >>> found = suppress_small(counts)
    >>> found.table["on_list"].tolist()
    ['28', 'suppressed', 'fewer than 5']
    >>> found.audit[["level", "least", "most"]].to_numpy().tolist()
    [['Male', 18, 21], ['Other', 1, 4]]
    """
    _check(table, threshold, counts)
    values = table[list(counts)].to_numpy(dtype=np.int64)
    marks = np.full(values.shape, "", dtype=object)
    audits, proved = [], True
    loose = set(overlapping)
    for name, rows in table.groupby("characteristic", sort=False).indices.items():
        sums = not (name in loose or _all_codes(table["level"].iloc[rows]))
        seen = None
        if released is not None and name in released and values.shape[1] == 2:
            seen = _seen(str(name), table["level"].iloc[rows], values[rows, 1], released[name])
        block = _Block(
            _pool_and_list(values[rows]), threshold, sums, protect_remainder, values.shape[1], seen
        )
        hidden, best = block.solve()
        proved &= best
        for (row, column), why in hidden.items():
            marks[rows[row], column] = why
        for row, (least, most) in enumerate(block.seen or []):
            marks[rows[row], 1] = "" if most == least else f"{least:,} to {most:,}"
        audits.append(_audit_rows(table, rows, counts, block, hidden))
    return _published(table, values, marks, counts, audits, threshold, proved)


def _check(table: pd.DataFrame, threshold: int, counts: Sequence[str]) -> None:
    if threshold < 3:
        raise DisclosureError.of(
            "not-a-threshold",
            "below a threshold of 3 a suppressed count could only be 1.",
            advice="Use 5, or what your council asks for.",
        )
    lacking = [name for name in ("characteristic", "level", *counts) if name not in table.columns]
    good = not lacking and len(counts) in (1, 2) and not table.duplicated(["characteristic", "level"]).any()
    if good:
        values = table[list(counts)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=np.float64)
        good = bool(np.isfinite(values).all() and (values >= 0).all() and (values == np.floor(values)).all())
        good = good and bool((values[:, 0] >= values[:, -1]).all())
    if not good:
        raise DisclosureError.of(
            "not-counts",
            f"{len(lacking)} columns are missing, or rows are repeated, or counts are not whole numbers from 0 up.",
            where=f"columns characteristic, level, {', '.join(counts)}",
            advice="Give one row per characteristic and level, and no more people on the list than in the pool.",
        )


def _all_codes(levels: pd.Series) -> bool:
    return all(re.match(r"CT\d\d\b", str(level)) for level in levels)


def _seen(name: str, levels: pd.Series, true: np.ndarray, told: pd.Series) -> list[tuple[int, int]]:
    """Fewest and most records of each level, as the released column tells."""
    names = [str(level) for level in levels]
    if _all_codes(levels):
        texts = [str(text) for text in told]
        sure = [sum(level[:4] in text for text in texts) for level in names]
        hiding = [text for text in texts if not re.fullmatch(r"CT\d\d(;CT\d\d)*", text)]
        maybe = [sum(level[:4] not in text for text in hiding) for level in names]
    else:
        sets = [frozenset((can,) if isinstance(can, str) else can) for can in told]
        sets = [can if can <= set(names) else frozenset(names) for can in sets]
        sure = [sets.count(frozenset((level,))) for level in names]
        maybe = [sum(level in can and len(can) > 1 for can in sets) for level in names]
    seen = [(least, least + more) for least, more in zip(sure, maybe, strict=True)]
    wrong = sum(not least <= count <= most for (least, most), count in zip(seen, true.tolist(), strict=True))
    if wrong:
        raise DisclosureError.of(
            "not-the-list",
            f"{wrong} of {len(seen)} counts of the list are not those of the released column.",
            where=f'characteristic "{name}"',
            advice="Give the table that is released, and the counts of the same people.",
        )
    return seen


def _pool_and_list(values: np.ndarray) -> list[tuple[int, int]]:
    """(pool, list) per level; a list of nobody when there is one column."""
    return [(int(row[0]), int(row[1]) if len(row) > 1 else 0) for row in values]


class _Block:
    """One characteristic: which cells to suppress."""

    def __init__(
        self,
        values: list[tuple[int, int]],
        threshold: int,
        sums: bool,
        protect_remainder: bool,
        width: int,
        seen: list[tuple[int, int]] | None,
    ) -> None:
        self.values = values
        self.threshold = threshold
        self.width = width
        pool, listed = sum(p for p, _ in values), sum(n for _, n in values)
        self.totals = (listed, pool) if sums else None
        self.remainder = protect_remainder and width == 2 and listed < pool
        self.seen = seen

    def solve(self) -> tuple[dict[Cell, str], bool]:
        """Cells to suppress with the reason, and whether fewer would certainly not do."""
        columns = range(self.width if self.seen is None else 1)
        cells = list(itertools.product(range(len(self.values)), columns))
        small = [(r, c) for r, c in cells if 0 < self.values[r][c] < self.threshold]
        others = [(r, c) for r, c in cells if self.values[r][c] >= self.threshold]
        hidden = dict.fromkeys(small, "small")
        tries = 0
        for number in range(len(others) + 1):
            good = []
            for more in itertools.combinations(others, number):
                tries += 1
                if tries > _TRIES:
                    return self._greedy(hidden, others), False
                if self.holds({**hidden, **dict.fromkeys(more, "complement")}):
                    good.append((sum(self.values[r][c] for r, c in more), more))
            if good:
                return {**hidden, **dict.fromkeys(min(good)[1], "complement")}, True
        return self._whole_columns(cells, small), True

    def _whole_columns(self, cells: list[Cell], small: list[Cell]) -> dict[Cell, str]:
        """Whole columns without a mark for what is small: one where that is enough."""
        for column in (0, 1):
            alone = {cell: "block" for cell in cells if cell[1] == column}
            if alone and all(cell in alone for cell in small) and self.holds(alone):
                return alone
        return dict.fromkeys(cells, "block")

    def _greedy(self, hidden: dict[Cell, str], others: list[Cell]) -> dict[Cell, str]:
        """Every other cell, then back in, the largest first, whatever can be shown."""
        found = {**hidden, **dict.fromkeys(others, "complement")}
        for cell in sorted(others, key=lambda cell: (-self.values[cell[0]][cell[1]], cell)):
            fewer = {other: why for other, why in found.items() if other != cell}
            if self.holds(fewer):
                found = fewer
        return found

    def known(self, hidden: dict[Cell, str]) -> list[Bounds]:
        """What the published marks say of each level."""
        most = UNBOUNDED if self.totals is None else self.totals[1]
        spans = {"small": (1, self.threshold - 1), "complement": (self.threshold, most), "block": (0, most)}

        def span(row: int, column: int) -> tuple[int, int]:
            if column and self.seen is not None:
                return self.seen[row]
            why = hidden.get((row, column))
            return spans[why] if why else (self.values[row][column], self.values[row][column])

        return [Bounds(listed=span(row, 1), pool=span(row, 0)) for row in range(len(self.values))]

    def holds(self, hidden: dict[Cell, str]) -> bool:
        """Whether nothing more can be worked out than the marks say."""
        if self.totals is not None and 1 in Counter(column for _, column in hidden).values():
            return False  # a column's only hidden cell is its total less the rest
        known = self.known(hidden)
        alone, found = ranges(known, None), ranges(known, self.totals)
        if alone is None or found is None:
            return False
        for (row, column), why in hidden.items():
            mark, left = (side[row].pool if column == 0 else side[row].listed for side in (alone, found))
            # The totals must add nothing to what the mark of a small count says by itself.
            if left[0] == left[1] or (why == "small" and left != mark):
                return False
        return not self.remainder or all(self._hides_rest(row, found[row]) for row in range(len(found)))

    def _hides_rest(self, row: int, found: Bounds) -> bool:
        """Whether a small remainder of a level outside the list could be a large one to the reader."""
        pool, listed = self.values[row]
        if pool < self.threshold or not listed or pool - listed >= self.threshold:
            return True
        return found.rest[1] >= self.threshold


def _audit_rows(
    table: pd.DataFrame, rows: np.ndarray, counts: Sequence[str], block: _Block, hidden: dict[Cell, str]
) -> list[dict[str, object]]:
    found = ranges(block.known(hidden), block.totals)
    assert found is not None, "the true counts always fit what is published"
    lines: list[dict[str, object]] = []
    for (row, column), why in sorted(hidden.items()):
        least, most = found[row].pool if column == 0 else found[row].listed
        lines.append(
            {
                "characteristic": table["characteristic"].iloc[rows[row]],
                "level": table["level"].iloc[rows[row]],
                "column": counts[column],
                "why": why,
                "least": least,
                "most": most,
                "protected": most > least,
            }
        )
    return lines


def _published(
    table: pd.DataFrame,
    values: np.ndarray,
    marks: np.ndarray,
    counts: Sequence[str],
    audits: list[list[dict[str, object]]],
    threshold: int,
    proved: bool,
) -> SuppressedTable:
    shown, numbers = table.copy(), table.copy()
    touched = (marks != "").any(axis=1)
    words = {"small": f"fewer than {threshold}", "complement": SUPPRESSED, "block": SUPPRESSED}
    for place, name in enumerate(counts):
        column = [
            words.get(mark, mark) if mark else f"{value:,}"
            for value, mark in zip(values[:, place].tolist(), marks[:, place], strict=True)
        ]
        shown[name] = pd.Series(column, index=table.index, dtype=object)
        numbers[name] = (
            pd.Series(values[:, place], index=table.index).astype("Int64").mask(marks[:, place] != "")
        )
    for name in table.columns:
        if name not in counts and pd.api.types.is_numeric_dtype(table[name]) and touched.any():
            blanked = table[name].astype("Float64").mask(touched)
            shown[name], numbers[name] = blanked, blanked
    names = ["characteristic", "level", "column", "why", "least", "most", "protected"]
    audit = pd.DataFrame([line for lines in audits for line in lines], columns=names)
    return SuppressedTable(shown, numbers, audit.astype({"protected": bool}), threshold, proved)
