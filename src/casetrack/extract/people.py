"""Who is one person: rows linked by local id and by NHS number (``docs/specification.md``, section 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.identifiers import Identifiers, issued_numbers, read_identifiers, valid_nhs_numbers
from casetrack.extract.joining import (
    Linked,
    Unsafe,
    births_of,
    identity_findings,
    numbers_held,
    placeholders,
    strangers,
)
from casetrack.findings import Finding


@dataclass(frozen=True, repr=False)
class Identity:
    """Which person each row belongs to: its place in ``person_ids``, which are sorted as text; -1 for nobody.

    A person's id is the first local id in text order, or the NHS number where there is none. ``identifiers`` are all
    usable ones with their ``kind`` and ``person``; rows that are ``apart`` have a number that joins strangers.
    """

    person: np.ndarray
    person_ids: np.ndarray
    identifiers: pd.DataFrame
    findings: tuple[Finding, ...]
    apart: np.ndarray
    placeholders: int
    not_joining: Mapping[str, int]


def identify(
    local: pa.ChunkedArray | None,
    nhs: pa.ChunkedArray | None,
    rows: int,
    first_row: int,
    births: np.ndarray | None = None,
    placeholder_births: int = 3,
    max_ids_per_number: int = 5,
    told: Sequence[tuple[pa.ChunkedArray, np.ndarray]] = (),
) -> Identity:
    """Link rows to people by local id and by valid NHS number (``docs/specification.md``, section 3).

    `births`: each row's date of birth in days, ``NO_DATE`` where there is none; None when the file lacks the column.
    `placeholder_births`: a local id with so many dates of birth that do not agree is the id of nobody.
    `max_ids_per_number`: an NHS number under more local ids joins none of them. `told`: local ids and births of tables
    beside this one, which say as well who is not who.
    """
    # Both columns hold about as many values as people; pyarrow tidies them side by side.
    with ThreadPoolExecutor(max_workers=2) as pool:
        both = [pool.submit(read_identifiers, c) if c is not None else None for c in (local, nhs)]
        read_local, read_nhs = (f.result() if f else _no_column(rows) for f in both)
    born = np.full(rows, NO_DATE, dtype=np.int64) if births is None else births
    lid, lid_texts = read_local.named(), read_local.texts
    known = births_of(*_with_told(lid, born, lid_texts, told), len(lid_texts))
    placeholder = placeholders(known, placeholder_births)
    stands_in = np.append(placeholder, False)[lid]
    lid = np.where(stands_in, -1, lid)
    tidy, valid = valid_nhs_numbers(read_nhs.texts)
    numbers = tidy.filter(pa.array(valid)).dictionary_encode()
    to_number = np.full(len(read_nhs.texts) + 1, -1, dtype=np.int32)
    to_number[:-1][valid] = numbers.indices.to_numpy(zero_copy_only=False)
    num = to_number[read_nhs.codes]
    count = len(numbers.dictionary)
    held = numbers_held(lid, num, len(lid_texts), count)
    unsafe = Unsafe.of(held, known, issued_numbers(numbers.dictionary), max_ids_per_number)
    only = np.where(np.append(unsafe.any, False)[held.only], -1, held.only)
    claimed = np.where(unsafe.any, -1, held.claimed)

    # A local id with one number belongs to the number's group; any other local id is a group of its own.
    group_of_lid = np.where(only >= 0, only, count + np.arange(len(lid_texts))).astype(np.int32)
    apart = strangers(lid, num, born, unsafe.any)
    group = np.where(lid >= 0, np.append(group_of_lid, -1)[lid], np.where(apart, -1, num))
    names, place = _names(group, group_of_lid, lid_texts, numbers.dictionary)
    person = np.where(group >= 0, place[group], -1).astype(np.int32)
    identifiers = pd.DataFrame(
        {
            "identifier": pa.concat_arrays(
                [lid_texts.cast(pa.string()), numbers.dictionary.cast(pa.string())]
            ).to_pandas(),
            "kind": pa.concat_arrays(
                [pa.repeat("local_id", len(lid_texts)), pa.repeat("nhs_number", count)]
            ).to_pandas(),
            "person": np.append(place[group_of_lid], _by_number(place, group_of_lid, claimed)).astype(
                np.int32
            ),
        }
    )
    number_of = _in_the_wrong_column(lid_texts, numbers.dictionary, identifiers["person"].to_numpy())
    if (unknown := identifiers["person"] < 0).any():
        identifiers = identifiers[~unknown].reset_index(drop=True)
    placed = int(placeholder.sum())
    found = identity_findings(
        Linked(read_local, lid, stands_in, placed, read_nhs, num, held, only, unsafe, apart, number_of),
        first_row,
    )
    return Identity(person, names, identifiers, found, apart, placed, unsafe.counts(held))


def _in_the_wrong_column(lid_texts: pa.Array, numbers: pa.Array, person: np.ndarray) -> np.ndarray:
    """Which local ids are the NHS number of another person of the file. Shape (local ids,), bool.

    `person`: the place of the person of each local id, and after them of each number; -1 for nobody.
    """
    found = np.zeros(len(lid_texts), dtype=bool)
    places = np.flatnonzero(pc.greater_equal(pc.binary_length(lid_texts), 10).to_numpy(zero_copy_only=False))
    if len(places):
        plain = lid_texts.take(pa.array(places))
        if (pc.max(pc.binary_length(plain)).as_py() or 0) > 10:
            plain = pc.replace_substring_regex(plain, pattern=r"[\s\pZ]", replacement="")
        number = pc.index_in(plain, value_set=numbers).fill_null(-1).to_numpy(zero_copy_only=False)
        other = np.append(person[len(lid_texts) :], -1)[number]
        mine = person[places]
        found[places] = (other >= 0) & (mine >= 0) & (other != mine)
    return found


def _with_told(
    lid: np.ndarray, born: np.ndarray, texts: pa.Array, told: Sequence[tuple[pa.ChunkedArray, np.ndarray]]
) -> tuple[np.ndarray, np.ndarray]:
    """Local ids and births of the rows, and after them those that other tables tell of the same local ids."""
    for column, days in told:
        theirs = read_identifiers(column)
        place = pc.index_in(theirs.texts, value_set=texts).fill_null(-1).to_numpy(zero_copy_only=False)
        lid, born = np.append(lid, np.append(place, -1)[theirs.named()]), np.append(born, days)
    return lid, born


def _no_column(rows: int) -> Identifiers:
    return Identifiers(np.full(rows, -1, dtype=np.int32), pa.array([], pa.string()), np.zeros(0, dtype=bool))


def _by_number(place: np.ndarray, group_of_lid: np.ndarray, claimed: np.ndarray) -> np.ndarray:
    """Whom each NHS number leads to: the person whose only one it is, else a local id that has it among several.

    The second joins no rows; it lets a list that knows somebody by that number find them.
    """
    own = place[: len(claimed)]
    other = np.append(place[group_of_lid], -1)[claimed]
    return np.where(own >= 0, own, other)


def _names(
    group: np.ndarray, group_of_lid: np.ndarray, lid_texts: pa.Array, numbers: pa.Array
) -> tuple[np.ndarray, np.ndarray]:
    """Names of the groups that have rows, sorted as text, and each group's place among them (-1 without rows)."""
    count = len(numbers) + len(lid_texts)
    seen = np.zeros(count + 1, dtype=bool)
    seen[group] = True
    seen = seen[:count]
    rank = np.empty(len(lid_texts), dtype=np.int64)
    by_text = pc.array_sort_indices(lid_texts).to_numpy() if len(lid_texts) else np.array([], np.int64)
    rank[by_text] = np.arange(len(lid_texts))
    best = np.full(count, len(lid_texts), dtype=np.int64)
    np.minimum.at(best, group_of_lid, rank)
    named_by_lid = seen & (best < len(lid_texts))
    by_rank = np.full(len(lid_texts), -1, dtype=np.int64)
    by_rank[best[named_by_lid]] = np.flatnonzero(named_by_lid)
    groups = by_rank[by_rank >= 0]
    names = lid_texts.take(pa.array(by_text[best[groups]])).to_numpy(zero_copy_only=False).astype(object)
    by_number = np.flatnonzero(seen & ~named_by_lid)
    if len(by_number):
        taken = set(names)
        plain = numbers.take(pa.array(by_number)).to_pylist()
        # A local id that looks like someone else's NHS number must not make two people one.
        more = np.array([f"NHS {n}" if n in taken else n for n in plain], dtype=object)
        order = np.argsort(more)
        at = np.searchsorted(names, more[order])
        names, groups = np.insert(names, at, more[order]), np.insert(groups, at, by_number[order])
    place = np.full(count + 1, -1, dtype=np.int64)
    place[groups] = np.arange(len(groups))
    return names, place
