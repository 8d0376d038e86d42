"""Who is linked to whom as carer and cared-for, so that a list need not take both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract import Extract
from casetrack.extract.cleaning import as_dictionary, in_one_piece
from casetrack.extract.identifiers import read_identifiers
from casetrack.pool.assessments import UNPAID_CARER, rows_with

_LINKS = ("linked_person_1", "linked_person_2", "linked_person_3")


def linked_groups(extract: Extract, eligible: pd.Index) -> np.ndarray:
    """For each eligible person a name that only people linked with them share; empty for everyone else.

    Links are followed through people who are not eligible themselves: two carers of one person are linked.
    """
    names = np.full(len(eligible), "", dtype=object)
    one, two = _pairs(extract)
    if not len(one):
        return names
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

    def carers(frame: pd.DataFrame) -> np.ndarray:
        rows = rows_with(frame, "client_type", [UNPAID_CARER, f"{UNPAID_CARER} known by association"])
        return rows & ~(frame["event_start_date"].to_numpy() > np.datetime64(day))

    found = np.zeros(len(extract.people), dtype=bool)
    found[_pairs(extract, carers)[1]] = True
    return found


def _pairs(
    extract: Extract, wanted: Callable[[pd.DataFrame], np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Places of the two people of every link, on the rows that are wanted; dropped duplicates included."""
    people: list[np.ndarray] = []
    texts: list[pa.Array] = []
    for frame in (extract.events, extract.duplicates):
        rows = None if wanted is None else wanted(frame)
        for name in _LINKS:
            if name in frame:
                column = pa.chunked_array([in_one_piece(pa.array(frame[name].array))])
                # Nearly every row of an extract is blank here.
                filled = pc.fill_null(pc.not_equal(column, ""), False).to_numpy()
                linked = np.flatnonzero(filled if rows is None else filled & rows)
                read = read_identifiers(column.take(pa.array(linked)))
                codes = read.named()
                people.append(frame["person"].to_numpy()[linked[codes >= 0]])
                texts.append(read.texts.cast(pa.string()).take(pa.array(codes[codes >= 0])))
    if not sum(map(len, texts)):
        return np.array([], np.int64), np.array([], np.int64)
    person, text = np.concatenate(people).astype(np.int64), pa.concat_arrays(texts)
    # As it stands first; an NHS number may be written with spaces.
    tidy = pc.replace_substring_regex(text, pattern=r"[\s\pZ]", replacement="")
    codes, sought = as_dictionary(pa.concat_arrays([text, tidy]))
    named = np.full(len(sought), -1, dtype=np.int64)
    # Few people are linked: everybody is looked for among those, and not the other way round.
    found = pc.index_in(pa.array(extract.identifiers["identifier"]), value_set=sought)
    places = np.flatnonzero(found.is_valid())[::-1]
    # The first of two identifiers that are written alike is set last.
    named[found.fill_null(-1).to_numpy()[places]] = extract.identifiers["person"].to_numpy()[places]
    stands, spaced = np.split(named[codes], 2)
    other = np.where(stands >= 0, stands, spaced)
    good = (other >= 0) & (other != person)
    return person[good], other[good]


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
