"""Rows that tell of the same event: which one is kept, and where a service that left the file ended.

Rules: ``docs/specification.md``, section 3, after the method that DHSC publishes for Client Level Data.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.cleaning import Coded, as_dictionary
from casetrack.extract.columns import Columns
from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.fields import OUTCOME_ORDER, fold
from casetrack.extract.row_order import pack

#: ``auto`` takes a file with one reporting period as ``single``, any other as ``joined``.
Duplicates: TypeAlias = Literal["auto", "single", "joined"]

#: What services of one submission differ by, too: two services bought side by side are two.
_SINGLE = ("delivery_mechanism", "unit_cost", "cost_frequency", "planned_units")
_NUMBERS = frozenset({"unit_cost", "planned_units"})


@dataclass(frozen=True, repr=False)
class SameEvent:
    """Rows whose event another row tells, and each row's end: of a service that left the file its last submission's."""

    repeated: np.ndarray
    end: np.ndarray
    cropped: np.ndarray
    mode: str


def how_joined(duplicates: str, period_start: np.ndarray, period_end: np.ndarray) -> str:
    """``single`` when all filled cells give one pair of start and end of the reporting period, else ``joined``."""
    if duplicates != "auto":
        return duplicates
    pair = [days[days != NO_DATE] for days in (period_start, period_end)]
    one = all(len(days) and days.min() == days.max() for days in pair)
    return "single" if one else "joined"


def kept_rows(
    person: np.ndarray,
    event_type: np.ndarray,
    is_event: np.ndarray,
    ends: np.ndarray,
    order: np.ndarray,
    columns: Columns,
    mode: str,
) -> SameEvent:
    """Of the rows that tell of one event, which is kept: the latest submission, then what it says last."""
    rows, end = len(person), columns.days("event_end_date")
    repeated, cropped = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    places = np.flatnonzero(is_event)
    if not len(places):
        return SameEvent(repeated, end, cropped, mode)
    # Few rows agree on the first columns; only of these the rest is looked at.
    by = _event_key(person, event_type, ends, columns, mode)
    first = list(itertools.islice(by, 4))
    places = places[_twice(pack([column[places] for column in first]))]
    key = pack([column[places] for column in (*first, *by)])
    twice = _twice(key)
    group, several = key[twice], places[twice]
    period = columns.days("period_end")
    by_rank = np.lexsort(
        [
            order[several],
            _conversation(columns.plain, several),
            _outcome_ranks(columns, several),
            ends[several],
            period[several],
            group,
        ]
    )
    last = np.append(group[by_rank][1:] != group[by_rank][:-1], True) if len(several) else np.array([], bool)
    repeated[several[by_rank[~last]]] = True
    if mode == "joined" and (period != NO_DATE).any():
        still_open = is_event & ~repeated & (event_type == 2) & (ends == _open(ends, end))
        cropped = still_open & (end == NO_DATE) & (period != NO_DATE) & (period < period.max())
    return SameEvent(repeated, np.where(cropped, period, end), cropped, mode)


def _twice(key: np.ndarray) -> np.ndarray:
    """Rows whose key another row has too. Shape (rows,), bool."""
    ordered = np.sort(key)
    return np.asarray(pd.Series(key).isin(ordered[1:][ordered[1:] == ordered[:-1]]))


def _open(ends: np.ndarray, end: np.ndarray) -> int:
    """The rank of an open end, which is the highest; -1 where every end is known."""
    return int(ends.max()) if (end == NO_DATE).any() else -1


def _event_key(
    person: np.ndarray,
    event_type: np.ndarray,
    ends: np.ndarray,
    columns: Columns,
    mode: str,
) -> Iterator[np.ndarray]:
    """What two rows of one event agree on: the end does not matter for services, the detail goes by type."""
    of = columns.codes
    request, assessment, service = (event_type == i for i in range(3))
    yield from (person, columns.days("event_start_date"), event_type, np.where(service, -1, ends))
    detail = np.where(request, of("route_of_access"), np.where(assessment, of("assessment_type"), -1))
    yield from (of("client_type"), np.where(service, of("service_type"), detail))
    yield np.where(service, of("service_component"), -1)
    for name in _SINGLE if mode == "single" else ():
        if name in columns.categories:
            codes = _as_number(columns.categories[name]) if name in _NUMBERS else of(name)
            yield np.where(service, codes, -1)


def _as_number(column: Coded) -> np.ndarray:
    """Codes that are equal where two texts are one number: 18.50 and £18.5."""
    places: dict[object, int] = {}
    table = np.full(len(column.values) + 1, -1, dtype=np.int32)
    for code, text in enumerate(column.values):
        table[code] = places.setdefault(_number(text), len(places))
    return table[column.codes]


def _number(text: str) -> object:
    try:
        value = Decimal("".join(text.split()).removeprefix("£").replace(",", ""))
        return value if value.is_finite() else fold(text)
    except InvalidOperation:
        return fold(text)


def _outcome_ranks(columns: Columns, rows: np.ndarray) -> np.ndarray:
    """The outcome in DHSC's order, the highest for the one that counts most; 0 where it is missing or unknown."""
    column = columns.categories.get("event_outcome")
    values = () if column is None else column.values
    ranks = [len(OUTCOME_ORDER) - OUTCOME_ORDER[v] if v in OUTCOME_ORDER else 0 for v in values]
    return np.array([*ranks, 0], dtype=np.int64)[columns.codes("event_outcome")[rows]]


def _conversation(plain: Mapping[str, pa.ChunkedArray], rows: np.ndarray) -> np.ndarray:
    """Rows whose description has the word "conversation"; nothing else is read of it."""
    if "event_description" not in plain or not len(rows):
        return np.zeros(len(rows), dtype=bool)
    texts = plain["event_description"].take(pa.array(rows))
    return speaks_of_conversation(texts)


def speaks_of_conversation(texts: pa.ChunkedArray | pa.Array) -> np.ndarray:
    """Texts that hold the word "conversation", whatever the case."""
    codes, values = as_dictionary(texts)
    held = pc.match_substring(values, "conversation", ignore_case=True).to_numpy(zero_copy_only=False)
    return np.append(held, False)[codes]
