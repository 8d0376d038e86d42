"""Who is linked to whom as carer and cared-for, so that a list need not take both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract import Extract
from casetrack.extract.cleaning import as_dictionary, in_one_piece
from casetrack.extract.fields import field_named
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import is_rounded, nearly_known, read_identifiers
from casetrack.findings import Finding
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


def links_to_nobody(extract: Extract) -> Iterator[Finding]:
    """Links that lead to nobody in the extract: a note, unless the extract writes some of them in another way."""
    links = _links(extract)
    lost = links[links["other"] < 0]
    if lost.empty:
        return
    near = nearly_known(lost["text"], extract.identifiers["identifier"])
    cause = (
        "Some of them would be found if zeros in front, marks and the case of letters were ignored, were not "
        "rounded, or stood each in a cell of its own: export them as the extract writes them."
        if near
        else "Nothing is to be done where the person is not in the extract."
    )
    yield from found_on(
        "links-to-nobody",
        ", ".join(field_named(name).heading for name in _LINKS if (lost["field"] == name).any()),
        "linked people who are not found in the extract",
        np.unique(lost["row"].to_numpy()),
        f"Both people of such a link can be drawn, and no unpaid carer is seen by it. {cause}",
        "warning" if near else "note",
        count=lost["text"].nunique(),
        unit="people",
        loses="characteristic" if near else "",
    )


def _pairs(
    extract: Extract, wanted: Callable[[pd.DataFrame], np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Places of the two people of every link, on the rows that are wanted."""
    links = _links(extract, wanted)
    person, other = (links[name].to_numpy(dtype=np.int64) for name in ("person", "other"))
    good = (other >= 0) & (other != person)
    return person[good], other[good]


def _links(extract: Extract, wanted: Callable[[pd.DataFrame], np.ndarray] | None = None) -> pd.DataFrame:
    """Every link on the rows that are wanted, dropped duplicates included.

    ``person`` is its person's place and ``other`` that of the one who is linked, -1 for nobody; ``text`` is how the
    link is written, in the column ``field`` of the row ``row``.
    """
    found: list[pd.DataFrame] = []
    for frame in (extract.events, extract.duplicates):
        rows = None if wanted is None else wanted(frame)
        for name in _LINKS:
            if name in frame:
                column = pa.chunked_array([in_one_piece(pa.array(frame[name].array))])
                # Nearly every row of an extract is blank here.
                filled = pc.fill_null(pc.not_equal(column, ""), False).to_numpy()
                linked = np.flatnonzero(filled if rows is None else filled & rows)
                read = read_identifiers(column.take(pa.array(linked)))
                texts = np.array(read.texts.to_pylist(), dtype=object)
                somebody = np.array([*map(is_rounded, texts), False]) | np.append(read.usable, False)
                told = somebody[read.codes]
                mine = frame[["person", "row"]].iloc[linked[told]]
                found.append(mine.assign(text=texts[read.codes[told]], field=name))
    if not sum(map(len, found)):
        return pd.DataFrame(columns=["person", "row", "text", "field", "other"])
    links = pd.concat(found, ignore_index=True)
    return links.assign(other=_whose(extract, in_one_piece(pa.array(links["text"], pa.string()))))


def _whose(extract: Extract, text: pa.Array) -> np.ndarray:
    """The place of the person that each link names, -1 for nobody."""
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
    return np.where(stands >= 0, stands, spaced)


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
