"""Columns of any kind as text values, missing ones included."""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.words import NOT_RECORDED

__all__ = ["NOT_RECORDED", "WITHHELD", "as_text", "column_values"]

#: What a missing value is called. It is a value like any other: an intruder can match on it.
#: The label of the top level of every hierarchy that casetrack builds.
WITHHELD = "Withheld"


def column_values(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """A column as numbers and the distinct texts that they stand for.

    Returns
    -------
    numbers, texts
        ``numbers`` has shape (n,) and dtype int32; row i holds ``texts[numbers[i]]``. The texts are distinct.

    Examples
    --------
    >>> numbers, texts = column_values(pd.Series([70, 71, None, 70]))
    >>> numbers.tolist(), texts
    ([0, 1, 2, 0], ['70', '71', 'Not recorded'])
    """
    numbers, distinct = pd.factorize(column)
    texts = [as_text(value) for value in distinct]
    if (numbers < 0).any():
        texts.append(NOT_RECORDED)
        numbers = np.where(numbers < 0, len(texts) - 1, numbers)
    places: dict[str, int] = {}
    merged = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int32)
    return merged[numbers] if len(texts) else numbers.astype(np.int32), list(places)


def as_text(value: object) -> str:
    """A value as it is released: whole numbers without a decimal point, dates as YYYY-MM-DD.

    Examples
    --------
    >>> as_text(70.0), as_text(np.datetime64("2026-03-31")), as_text("0012"), as_text(None)
    ('70', '2026-03-31', '0012', 'Not recorded')
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return NOT_RECORDED
    if isinstance(value, pd.Timestamp | np.datetime64):
        return str(pd.Timestamp(value).date().isoformat())
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)
