"""In which order the rows of one person count, so that no order of rows in the file ever decides.

Rules: ``docs/specification.md``, section 3, latest known value, and its last step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.cleaning import as_dictionary, as_text
from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.fields import FIELDS


def pack(columns: Sequence[np.ndarray]) -> np.ndarray:
    """One int64 per row that is equal exactly when the rows agree on every column of integers."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        if size * span >= 1 << 62:
            values, key = np.unique(key, return_inverse=True)
            key = key.reshape(-1).astype(np.int64)
            size = len(values)
        key = key * span + (column.astype(np.int64) - low)
        size *= span
    return key


def end_ranks(end: np.ndarray, unreadable: np.ndarray) -> np.ndarray:
    """Ends as integers in their order: open is later than any day, an end that cannot be read earlier than all."""
    return np.where(unreadable, 0, _dense(end, missing_last=True)).astype(np.int32)


def row_order(
    person: np.ndarray,
    end: np.ndarray,
    start: np.ndarray,
    cells: Mapping[str, pa.ChunkedArray | pa.Array],
) -> tuple[np.ndarray, np.ndarray]:
    """For each row its place in the order of all rows of its person: the row that counts most has the highest.

    The latest Event End Date counts most, then the latest Event Start Date, then the row whose cells sort last as
    text, field by field in the layout's order. Rows of no person (-1) come first.
    """
    key = pack([person, end, _dense(start, missing_last=False)])
    by_key = np.argsort(key, kind="stable")
    in_order = key[by_key]
    same = in_order[1:] == in_order[:-1]
    del key, in_order
    group = np.cumsum(np.append(False, ~same)[: len(person)], dtype=np.int32)
    tied = (np.append(False, same) | np.append(same, False))[: len(person)]
    tied &= person[by_key] >= 0
    rows = by_key[tied]
    if len(rows):
        by_key[tied] = rows[np.lexsort([_by_text(rows, group[tied], cells), group[tied]])]
    order, tie = np.empty(len(person), dtype=np.int32), np.empty(len(person), dtype=np.int32)
    order[by_key] = np.arange(len(person))
    tie[by_key] = group
    return order, tie


def _by_text(
    rows: np.ndarray, group: np.ndarray, cells: Mapping[str, pa.ChunkedArray | pa.Array]
) -> np.ndarray:
    """Integers that sort the rows of each group by their cells as text; equal only where every cell is equal."""
    rank = np.unique(group, return_inverse=True)[1].reshape(-1).astype(np.int64)
    for field in FIELDS:
        if field.name not in cells:
            continue
        if int(rank.max()) == len(rows) - 1:
            break
        codes, texts = as_dictionary(as_text(cells[field.name], rows))
        if not _differ(rank, codes):
            continue
        order = np.empty(len(texts) + 1, dtype=np.int64)
        order[pc.array_sort_indices(texts).to_numpy()] = np.arange(1, len(texts) + 1)
        order[-1] = 0
        blank = pc.equal(texts, "").to_numpy(zero_copy_only=False)
        order[:-1][blank] = 0
        rank = np.unique(rank * (len(texts) + 1) + order[codes], return_inverse=True)[1].reshape(-1)
    return rank


def _differ(rank: np.ndarray, codes: np.ndarray) -> bool:
    """Whether two rows that are equal so far have different codes."""
    some = np.full(int(rank.max()) + 1, -2, dtype=np.int64)
    some[rank] = codes
    return bool((some[rank] != codes).any())


def _dense(days: np.ndarray, missing_last: bool) -> np.ndarray:
    """Days as small integers in the same order, so that three columns fit into one key that sorts as they do."""
    there = days != NO_DATE
    low, high = (int(days[there].min()), int(days[there].max())) if there.any() else (0, 0)
    if high - low > 200_000:
        values, codes = np.unique(days[there], return_inverse=True)
        dense = np.zeros(len(days), dtype=np.int64)
        dense[there] = codes.reshape(-1) + 1
        top = len(values) + 1
    else:
        dense = np.where(there, days.astype(np.int64) - low + 1, 0)
        top = high - low + 2
    return np.where(there, dense, top if missing_last else 0)
