"""Who is one person; what is known of them; which rows tell of the same event.

Rules: ``domain.md``, section 3. The method of the latest known value is the one that DHSC publishes for Client
Level Data.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.cleaning import NO_DATE, clean_identifier, valid_nhs_numbers
from casetrack.findings import Finding, finding_rows

__all__ = ["Identity", "identify", "last_known_rows", "pack", "same_event"]


@dataclass(frozen=True, repr=False)
class Identity:
    """Which person each row belongs to.

    Parameters
    ----------
    person
        Place of the row's person in ``person_ids``, -1 for a row without a usable identifier. Shape (rows,), int32.
    person_ids
        The first local id of each person in text order, or the NHS number where there is none; sorted as text.
    identifiers
        Every usable identifier: ``identifier`` (text), ``kind`` (``local_id`` or ``nhs_number``), ``person`` (place).
    findings
        What the analyst should look at.
    """

    person: np.ndarray
    person_ids: np.ndarray
    identifiers: pd.DataFrame
    findings: tuple[Finding, ...]


def pack(columns: Sequence[np.ndarray]) -> np.ndarray:
    """One int64 per row that is equal exactly when the rows agree on every column of integers."""
    key = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        low = int(column.min(initial=0))
        span = int(column.max(initial=0)) - low + 1
        if size * span >= 1 << 62:
            key = pd.factorize(key)[0].astype(np.int64)
            size = int(key.max(initial=0)) + 1
        key = key * span + (column.astype(np.int64) - low)
        size *= span
    return key


def _nothing(rows: int) -> tuple[np.ndarray, pa.Array]:
    return np.full(rows, -1, dtype=np.int32), pa.array([], pa.string())


def identify(
    local: pa.ChunkedArray | None, nhs: pa.ChunkedArray | None, rows: int, first_row: int
) -> Identity:
    """Link rows to people by local id and by valid NHS number.

    Parameters
    ----------
    local, nhs
        The two columns of identifiers as text, or None when the file lacks the column.
    rows
        Number of rows.
    first_row
        The row number that a spreadsheet shows for the first of them.
    """
    # Both columns hold about as many values as people; pyarrow tidies them side by side.
    with ThreadPoolExecutor(max_workers=2) as pool:
        both = [pool.submit(clean_identifier, c) if c is not None else None for c in (local, nhs)]
        (lid, lid_texts), (raw, raw_texts) = (f.result() if f else _nothing(rows) for f in both)
    tidy, valid = valid_nhs_numbers(raw_texts)
    numbers = tidy.filter(pa.array(valid)).dictionary_encode()
    to_number = np.full(len(raw_texts) + 1, -1, dtype=np.int32)
    to_number[:-1][valid] = numbers.indices.to_numpy(zero_copy_only=False)
    num = to_number[raw]
    only, several, claimed = _numbers_of(lid, num, len(lid_texts), len(numbers.dictionary))

    # A local id with one number belongs to the number's group; any other local id is a group of its own.
    count = len(numbers.dictionary)
    group_of_lid = np.where(only >= 0, only, count + np.arange(len(lid_texts)))
    group = np.where(lid >= 0, np.append(group_of_lid, -1)[lid], num)
    names, place = _names(group, group_of_lid, lid_texts, numbers.dictionary)
    person = np.where(group >= 0, place[group], -1).astype(np.int32)
    identifiers = pd.DataFrame(
        {
            "identifier": pa.concat_arrays(
                [lid_texts.cast(pa.string()), numbers.dictionary.cast(pa.string())]
            ).to_numpy(zero_copy_only=False),
            "kind": np.repeat(["local_id", "nhs_number"], [len(lid_texts), count]),
            "person": np.append(place[group_of_lid], _by_number(place, group_of_lid, claimed)).astype(
                np.int32
            ),
        }
    )
    identifiers = identifiers[identifiers["person"] >= 0].reset_index(drop=True)
    found = _identity_findings(lid, raw, num, several, only, first_row)
    return Identity(person, names, identifiers, found)


def _numbers_of(
    lid: np.ndarray, num: np.ndarray, lids: int, numbers: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each local id its only valid NHS number (or -1) and whether it has several; for each number who claims it.

    A number is claimed by a local id (or by none, -1) that has several numbers.
    """
    both = (lid >= 0) & (num >= 0)
    span = int(num.max(initial=0)) + 1
    pairs = pd.unique(pd.Series(lid[both].astype(np.int64) * span + num[both])).astype(np.int64)
    pair_lid, pair_num = pairs // span, pairs % span
    held = np.bincount(pair_lid, minlength=lids)
    only = np.full(lids, -1, dtype=np.int64)
    only[pair_lid] = pair_num
    only[held != 1] = -1
    claimed = np.full(numbers, -1, dtype=np.int64)
    conflicting = np.flatnonzero(held[pair_lid] > 1)
    claimed[pair_num[conflicting]] = pair_lid[conflicting]
    return only, held > 1, claimed


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
    texts = np.empty(count, dtype=object)
    if len(lid_texts):
        in_order = lid_texts.take(pa.array(by_text)).to_numpy(zero_copy_only=False)
        texts[named_by_lid] = in_order[best[named_by_lid]]
    by_number = np.flatnonzero(seen & ~named_by_lid)
    if len(by_number):
        taken = set(texts[named_by_lid])
        plain = numbers.take(pa.array(by_number)).to_pylist()
        # A local id that looks like someone else's NHS number must not make two people one.
        texts[by_number] = [f"NHS {n}" if n in taken else n for n in plain]
    groups = np.flatnonzero(seen)
    chosen = pa.array(texts[groups], pa.string())
    order = pc.array_sort_indices(chosen).to_numpy() if len(chosen) else np.array([], np.int64)
    place = np.full(count + 1, -1, dtype=np.int64)
    place[groups[order]] = np.arange(len(groups))
    return chosen.take(pa.array(order)).to_numpy(zero_copy_only=False), place


def _identity_findings(
    lid: np.ndarray, raw: np.ndarray, num: np.ndarray, several: np.ndarray, only: np.ndarray, first_row: int
) -> tuple[Finding, ...]:
    found = []
    nobody = np.flatnonzero((lid < 0) & (num < 0))
    if len(nobody):
        found.append(
            Finding(
                "no-usable-identifier",
                "LA Person Unique Identifier",
                "neither a local id nor a valid NHS number",
                len(nobody),
                finding_rows(nobody + first_row),
                "These rows are set aside. Give them the person's local id.",
            )
        )
    invalid = np.flatnonzero((raw >= 0) & (num < 0))
    if len(invalid):
        found.append(
            Finding(
                "invalid-nhs-number",
                "NHS Number",
                "not 10 digits with a right check digit",
                len(invalid),
                finding_rows(invalid + first_row),
                "The number is not used to link rows. Check it against the Personal Demographics Service.",
            )
        )
    twice = np.append(several, False)[lid] & (num >= 0)
    if twice.any():
        rows = np.flatnonzero(twice)
        found.append(
            Finding(
                "several-nhs-numbers",
                "NHS Number",
                "one local id has more than one valid NHS number",
                int(several.sum()),
                finding_rows(rows + first_row),
                "Kept as one person, joined to nobody else by these numbers. Find out which number is right.",
                unit="people",
            )
        )
    sharing = np.bincount(only[only >= 0]) if (only >= 0).any() else np.array([], np.int64)
    joined = int((sharing > 1).sum())
    if joined:
        rows = np.flatnonzero((lid >= 0) & np.append(np.append(sharing, 0)[only] > 1, False)[lid])
        most = int(sharing.max())
        found.append(
            Finding(
                "local-ids-joined",
                "NHS Number",
                f"several local ids (up to {most:,}) carry one valid NHS number",
                joined,
                finding_rows(rows + first_row),
                "Read as one person. A number that very many share is a placeholder: blank it and run again."
                if most > 5
                else "Read as one person. Merge the records if they are one.",
                severity="warning" if most > 5 else "note",
                unit="people",
            )
        )
    return tuple(found)


def same_event(columns: Sequence[np.ndarray], is_event: np.ndarray) -> np.ndarray:
    """Rows whose event a later row of the file tells again. Shape (rows,), bool.

    Parameters
    ----------
    columns
        Integer columns on which two rows of one event agree.
    is_event
        Rows that count as an event; no other row is a duplicate.
    """
    repeated = np.zeros(len(is_event), dtype=bool)
    places = np.flatnonzero(is_event)
    if len(places):
        key = pack([column[places] for column in columns])
        repeated[places] = pd.Series(key).duplicated(keep="last").to_numpy()
    return repeated


def last_known_rows(person: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Row positions such that, within a person, the row whose values count most comes last.

    The latest Event End Date counts most, with open as latest; then the latest Event Start Date; then the later
    row of the file (``domain.md``, section 3, latest known value). Rows of no person (-1) come first.
    """
    ordered = pack([person, _dense(end, missing_last=True), _dense(start, missing_last=False)])
    return np.argsort(ordered, kind="stable")


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
