"""Who is linked to whom as carer and cared-for, so that a list need not take both."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract import Extract
from casetrack.extract.identifiers import read_identifiers
from casetrack.pool.assessments import UNPAID_CARER, rows_with

__all__ = ["cared_for", "linked_groups"]

_LINKS = ("linked_person_1", "linked_person_2", "linked_person_3")


def linked_groups(extract: Extract, eligible: pd.Index) -> np.ndarray:
    """For each eligible person a name that only people linked with them share; empty for everyone else.

    Links are followed through people who are not eligible themselves: two carers of one person are linked.
    """
    pairs = _all_pairs(extract)
    names = np.full(len(eligible), "", dtype=object)
    if not sum(len(one) for one, _ in pairs):
        return names
    one, two = (np.concatenate(side) for side in zip(*pairs, strict=True))
    group = _components(one, two, len(extract.people))
    mine = group[extract.people.index.get_indexer(eligible)]
    held = np.bincount(mine, minlength=len(extract.people))
    shared = held[mine] > 1
    # Numbered by each group's first person in text order, so the order of rows does not matter.
    numbers = np.unique(mine[shared], return_inverse=True)[1].reshape(-1)
    names[shared] = [f"link {n + 1}" for n in numbers]
    return names


def cared_for(extract: Extract, day: dt.date) -> np.ndarray:
    """People whom a carer's row links, unless it starts after the day. Shape (people,), bool."""
    found = np.zeros(len(extract.people), dtype=bool)
    for frame in (extract.events, extract.duplicates):
        carers = frame["event_start_date"].to_numpy() > np.datetime64(day)
        carers = ~carers & rows_with(
            frame, "client_type", [UNPAID_CARER, f"{UNPAID_CARER} known by association"]
        )
        if carers.any():
            mine = frame[carers]
            for name in _LINKS:
                if name in mine:
                    found[_pairs(mine, name, extract.identifiers)[1]] = True
    return found


def _all_pairs(extract: Extract) -> list[tuple[np.ndarray, np.ndarray]]:
    frames = (extract.events, extract.duplicates)
    return [_pairs(f, name, extract.identifiers) for f in frames for name in _LINKS if name in f and len(f)]


def _pairs(events: pd.DataFrame, name: str, identifiers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Places of the two people of every link in one column."""
    column = events[name].array
    read = read_identifiers(
        column._pa_array if isinstance(column, pd.arrays.ArrowExtensionArray) else pa.array(column)
    )
    codes, texts = read.named(), read.texts
    if not (codes >= 0).any():
        return np.array([], np.int64), np.array([], np.int64)
    known = pa.array(identifiers["identifier"].to_numpy(dtype=object), pa.string())
    texts = texts.cast(pa.string())
    # As it stands first; an NHS number may be written with spaces.
    tidy = pc.replace_substring_regex(texts, pattern=r"[\s\pZ]", replacement="")
    found = pc.coalesce(pc.index_in(texts, value_set=known), pc.index_in(tidy, value_set=known))
    found = found.fill_null(-1).to_numpy(zero_copy_only=False)
    place = np.append(identifiers["person"].to_numpy(), -1)[np.append(found, -1)]
    other, person = place[codes], events["person"].to_numpy()
    rows = (other >= 0) & (other != person)
    return person[rows].astype(np.int64), other[rows].astype(np.int64)


def _components(one: np.ndarray, two: np.ndarray, count: int) -> np.ndarray:
    """The smallest place in each person's connected group, by passing minima along the links until nothing changes."""
    label = np.arange(count)
    while True:
        low = np.minimum(label[one], label[two])
        new = label.copy()
        np.minimum.at(new, one, low)
        np.minimum.at(new, two, low)
        new = new[new]
        if np.array_equal(new, label):
            return label
        label = new
