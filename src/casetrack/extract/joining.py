"""Which identifiers can be trusted to join rows: placeholders, NHS numbers under strangers, and what is said of them.

Rules: ``docs/specification.md``, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import Identifiers, is_rounded
from casetrack.findings import Finding


@dataclass(frozen=True, repr=False)
class Births:
    """The distinct dates of birth of each local id: ``days[starts[i]:starts[i + 1]]``, in order."""

    days: np.ndarray
    starts: np.ndarray

    def of(self, place: int) -> list[int]:
        """Those of one local id."""
        return [int(day) for day in self.days[self.starts[place] : self.starts[place + 1]]]


def births_of(lid: np.ndarray, born: np.ndarray, lids: int) -> Births:
    """The distinct dates of birth on the rows of each local id."""
    lid, days = _pairs(lid, born, born != NO_DATE, lids)
    return Births(days, np.searchsorted(lid, np.arange(lids + 1)))


def _pairs(lid: np.ndarray, value: np.ndarray, known: np.ndarray, lids: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct pairs of a local id and a known value on the rows, in order.

    Most ids have one value on all of their rows: only what differs from it is sorted with it.
    """
    known = known & (lid >= 0)
    lid, value = lid[known], value[known]
    one, there = np.zeros(lids, dtype=value.dtype), np.zeros(lids, dtype=bool)
    one[lid], there[lid] = value, True
    other = value != one[lid]
    lid = np.append(np.flatnonzero(there), lid[other])
    value = np.append(one[there], value[other])
    order = np.lexsort([value, lid])
    lid, value = lid[order], value[order]
    first = np.append(True, (lid[1:] != lid[:-1]) | (value[1:] != value[:-1]))[: len(lid)]
    return lid[first], value[first]


def _parts(day: int) -> tuple[int, int, int]:
    date = np.datetime64(day, "D").astype(object)
    return date.day, date.month, date.year


def _differ(one: int, two: int) -> bool:
    """Whether two dates differ in more than one of day, month and year."""
    return sum(a != b for a, b in zip(_parts(one), _parts(two), strict=True)) > 1


def agree(one: int, two: int) -> bool:
    """Whether two dates can be one date of birth: they differ in one part at most, or day and month are exchanged.

    Examples
    --------
    >>> from casetrack.extract.date_columns import day_number
    >>> agree(day_number(1950, 2, 1), day_number(1950, 1, 2)), agree(day_number(1950, 2, 1), day_number(1951, 3, 1))
    (True, False)
    """
    day, month, year = _parts(one)
    return not _differ(one, two) or (month, day, year) == _parts(two)


def placeholders(births: Births, least: int) -> np.ndarray:
    """Which local ids have so many dates of birth, each two of which differ in more than one part. Shape (ids,)."""
    several = np.flatnonzero(np.diff(births.starts) >= least)
    found = np.zeros(len(births.starts) - 1, dtype=bool)
    found[several] = [_has_strangers([], births.of(int(place)), least) for place in several]
    return found


def _has_strangers(chosen: list[int], left: list[int], least: int) -> bool:
    """Whether ``least`` of the dates differ each from each; the chosen ones already do, from each other and the rest."""
    if len(chosen) >= least:
        return True
    for place, day in enumerate(left):
        more = [other for other in left[place + 1 :] if _differ(day, other)]
        if len(chosen) + 1 + len(more) >= least and _has_strangers([*chosen, day], more, least):
            return True
    return False


@dataclass(frozen=True, repr=False)
class Held:
    """The distinct pairs of local id and valid NHS number.

    ``only`` is each local id's one number (-1 for none or several); ``several`` says who has more; ``claimed`` is for
    each number a local id that has it among several, or -1.
    """

    lid: np.ndarray
    num: np.ndarray
    only: np.ndarray
    several: np.ndarray
    claimed: np.ndarray


def numbers_held(lid: np.ndarray, num: np.ndarray, lids: int, numbers: int) -> Held:
    """The distinct pairs of local id and NHS number, and what follows from them."""
    pair_lid, pair_num = _pairs(lid, num, num >= 0, lids)
    held = np.bincount(pair_lid, minlength=lids)
    only = np.full(lids, -1, dtype=np.int64)
    only[pair_lid] = pair_num
    only[held != 1] = -1
    claimed = np.full(numbers, -1, dtype=np.int64)
    conflicting = np.flatnonzero(held[pair_lid] > 1)
    claimed[pair_num[conflicting]] = pair_lid[conflicting]
    return Held(pair_lid, pair_num, only, held > 1, claimed)


@dataclass(frozen=True, repr=False)
class Unsafe:
    """NHS numbers that join no local ids, each by its reason. Shape (numbers,), bool."""

    not_issued: np.ndarray
    under_many: np.ndarray
    births_differ: np.ndarray

    @classmethod
    def of(cls, held: Held, births: Births, issued: np.ndarray, most: int) -> Unsafe:
        """Look at every number that local ids carry."""
        ids = np.bincount(held.num, minlength=len(issued))
        under_many = ids > most
        differ = np.zeros(len(issued), dtype=bool)
        order = np.argsort(held.num, kind="stable")
        ends = np.searchsorted(held.num[order], np.arange(len(issued) + 1))
        for number in np.flatnonzero((ids > 1) & ~under_many & issued):
            mine = held.lid[order[ends[number] : ends[number + 1]]]
            differ[number] = _some_two_differ([births.of(lid) for lid in mine])
        return cls(~issued, under_many, differ)

    @property
    def any(self) -> np.ndarray:
        """Numbers that join nobody."""
        return np.asarray(self.not_issued | self.under_many | self.births_differ)

    def counts(self, held: Held) -> Mapping[str, int]:
        """How many numbers under several local ids join none of them, by the first reason that holds."""
        shared = np.bincount(held.num, minlength=len(self.not_issued)) > 1
        return {
            "range": int((self.not_issued & shared).sum()),
            "many": int((self.under_many & ~self.not_issued).sum()),
            "births": int(self.births_differ.sum()),
        }


def _some_two_differ(births: list[list[int]]) -> bool:
    """Whether any two local ids, each with a date of birth, have none in agreement."""
    known = [days for days in births if days]
    return any(
        not any(agree(a, b) for a in one for b in two)
        for place, one in enumerate(known)
        for two in known[place + 1 :]
    )


def strangers(lid: np.ndarray, num: np.ndarray, born: np.ndarray, unsafe: np.ndarray) -> np.ndarray:
    """Rows that only an unsafe number could join, where their dates of birth do not agree. Shape (rows,), bool."""
    rows = np.flatnonzero((lid < 0) & (num >= 0) & np.append(unsafe, False)[num])
    apart = np.zeros(len(lid), dtype=bool)
    for _, places in pd.Series(rows).groupby(num[rows]):
        days = sorted({int(day) for day in born[places] if day != NO_DATE})
        if any(not agree(a, b) for i, a in enumerate(days) for b in days[i + 1 :]):
            apart[places] = True
    return apart


@dataclass(frozen=True, repr=False)
class Linked:
    """How the rows were linked, for what is said of it.

    ``lid`` and ``num`` are each row's usable local id and valid number, -1 without; ``stands_in`` marks placeholders;
    ``only`` is the number that joins each local id; ``apart`` are nobody's, for their dates of birth do not agree;
    ``number_of_another`` are local ids that are another person's number.
    """

    local: Identifiers
    lid: np.ndarray
    stands_in: np.ndarray
    placeholders: int
    nhs: Identifiers
    num: np.ndarray
    held: Held
    only: np.ndarray
    unsafe: Unsafe
    apart: np.ndarray
    number_of_another: np.ndarray


_Rows: TypeAlias = Callable[[np.ndarray], np.ndarray]
_LOCAL, _NHS = "LA Person Unique Identifier", "NHS Number"


def identity_findings(linked: Linked, first_row: int) -> tuple[Finding, ...]:
    """What an analyst should know of the identifiers; rows without any are the reader's to count."""

    def rows(mask: np.ndarray) -> np.ndarray:
        return np.flatnonzero(mask) + first_row

    return (*_of_local_ids(linked, rows), *_nearly_same(linked, rows), *_of_numbers(linked, rows))


def _of_local_ids(linked: Linked, rows: _Rows) -> Iterator[Finding]:
    texts = linked.local.texts
    unusable = np.flatnonzero(~linked.local.usable)
    rounded = np.zeros(len(texts) + 1, dtype=bool)
    rounded[unusable] = [is_rounded(text) for text in texts.take(unusable).to_pylist()]
    cell = linked.local.codes >= 0
    exponent = rounded[linked.local.codes] & cell
    filler = cell & ~np.append(linked.local.usable, False)[linked.local.codes] & ~exponent
    yield from found_on(
        "rounded-identifier",
        _LOCAL,
        "identifiers were rounded to the form 1.2E+11 and cannot be told apart",
        rows(exponent),
        "A spreadsheet took them for numbers. Format the column as text in the export, and export again; "
        "until then these rows have no local id.",
        loses="people",
    )
    yield from found_on(
        "filler-identifier",
        _LOCAL,
        "stands for nobody (zeros, nines, an error of Excel, TBC and the like)",
        rows(filler),
        "Not used to link rows. Give them the person's local id.",
        loses="people",
    )
    yield from found_on(
        "placeholder-identifier",
        _LOCAL,
        "local ids whose rows give three or more dates of birth that do not agree: each stands for several people",
        rows(linked.stands_in),
        "Not used to link rows; they are linked by NHS number where they have one, and set aside where not.",
        count=linked.placeholders,
        unit="identifiers",
        loses="people",
    )
    yield from found_on(
        "local-id-is-nhs-number",
        _LOCAL,
        "local ids that are the NHS number of somebody else in the file",
        rows(np.append(linked.number_of_another, False)[linked.lid]),
        "Kept as different people, and most likely one person twice: move the number to its own column, and give these "
        "rows the person's local id.",
        count=int(linked.number_of_another.sum()),
        unit="identifiers",
        loses="people",
    )
    lowered = pc.utf8_lower(texts)
    changes = pc.not_equal(texts, lowered)
    group = _groups(linked.local, texts, changes, lowered.filter(changes))
    mine = _in_groups_of_several(group, group)
    yield from found_on(
        "identifiers-differ-in-case",
        _LOCAL,
        "local ids that differ from another only in the case of letters",
        rows(mine[linked.lid] & (linked.lid >= 0)),
        "Kept as different people. Where they are one, write the id in one way.",
        count=int(mine.sum()),
        unit="identifiers",
    )


def _groups(local: Identifiers, texts: pa.Array, changes: pa.Array, plain: pa.Array) -> np.ndarray:
    """Usable ids that may be one when they are written plainly, by a number; -1 for all others.

    Of two texts that become one at least one changes: only those that change, most often few, are looked for. `plain`:
    those, written plainly.
    """
    whole = pc.replace_with_mask(texts, changes, plain)
    group = pc.index_in(whole, value_set=plain.unique()).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(local.usable, group, -1)


def _in_groups_of_several(group: np.ndarray, members: np.ndarray) -> np.ndarray:
    """Which ids are in a group that stands several times among the members; and False for no id. Shape (ids + 1,)."""
    several = np.bincount(members[members >= 0], minlength=len(group) + 1) > 1
    return np.append(several[group] & (group >= 0), False)


def _nearly_same(linked: Linked, rows: _Rows) -> Iterator[Finding]:
    """Ids that a spreadsheet may have made of one: they are kept apart, and told."""
    lowered = pc.utf8_lower(linked.local.texts)
    changes = pc.match_substring_regex(lowered, r"^0|\.0$")
    loose = pc.replace_substring_regex(lowered.filter(changes), pattern=r"^0+|\.0$", replacement="")
    group = _groups(linked.local, lowered, changes, loose)
    # Ids that differ in case alone are one spelling here; they are told by themselves.
    places = np.flatnonzero(group >= 0)
    pairs = pd.DataFrame({"group": group[places], "text": lowered.take(pa.array(places)).to_pandas()})
    mine = _in_groups_of_several(group, pairs.drop_duplicates()["group"].to_numpy())
    yield from found_on(
        "identifiers-nearly-same",
        _LOCAL,
        "local ids that differ from another only in zeros in front or a final .0",
        rows(mine[linked.lid] & (linked.lid >= 0)),
        "Kept as different people. Where they are one, a spreadsheet has changed the ids of one file or of some rows: "
        "export them again as text.",
        count=int(mine.sum()),
        unit="identifiers",
        loses="people",
    )


def _of_numbers(linked: Linked, rows: _Rows) -> Iterator[Finding]:
    lid, num, unsafe = linked.lid, linked.num, linked.unsafe
    invalid = (linked.nhs.codes >= 0) & (num < 0)
    yield from found_on(
        "invalid-nhs-number",
        _NHS,
        "not 10 digits with a right check digit, or one digit ten times",
        rows(invalid),
        "The number is not used to link rows. Check it against the Personal Demographics Service.",
    )
    twice = np.append(linked.held.several, False)[lid] & (num >= 0) & (lid >= 0)
    yield from found_on(
        "several-nhs-numbers",
        _NHS,
        "one local id has more than one valid NHS number",
        rows(twice),
        "Kept as one person, joined to nobody else by these numbers. Find out which number is right.",
        count=int(linked.held.several.sum()),
        unit="people",
    )
    yield from _not_joining(linked, rows)
    sharing = np.bincount(linked.only[linked.only >= 0], minlength=len(unsafe.any) + 1)
    shared = np.append(sharing[linked.only] > 1, False) & (np.append(linked.only, -1) >= 0)
    yield from found_on(
        "local-ids-joined",
        _NHS,
        "several local ids carry one valid NHS number",
        rows(shared[lid] & (lid >= 0)),
        "Read as one person. Merge the records if they are one.",
        "note",
        count=int((sharing > 1).sum()),
        unit="people",
    )
    yield from found_on(
        "strangers-under-one-number",
        _NHS,
        "rows with an NHS number that joins nobody, no local id, and dates of birth that do not agree",
        rows(linked.apart),
        "Set aside. Give them the person's local id.",
        loses="people",
    )


def _not_joining(linked: Linked, rows: _Rows) -> Iterator[Finding]:
    unsafe, held = linked.unsafe, linked.held
    # A number on one local id joins nothing, unless rows have it alone.
    ids = np.bincount(held.num, minlength=len(unsafe.any) + 1)
    alone = np.zeros(len(unsafe.any) + 1, dtype=bool)
    alone[linked.num[(linked.lid < 0) & (linked.num >= 0)]] = True
    would_join = (ids > 1) | ((ids == 1) & alone)
    reasons = (
        ("nhs-number-not-issued", unsafe.not_issued, "NHS numbers outside the ranges that are issued"),
        (
            "nhs-number-under-many",
            unsafe.under_many & ~unsafe.not_issued,
            "NHS numbers under more local ids than one person has",
        ),
        (
            "nhs-number-births-differ",
            unsafe.births_differ,
            "NHS numbers whose local ids have dates of birth that do not agree",
        ),
    )
    for code, which, what in reasons:
        mine = np.append(which, False) & would_join
        yield from found_on(
            code,
            _NHS,
            what,
            rows(mine[linked.num] & (linked.num >= 0)),
            "Joins none of them: each local id stays a person. Check the numbers, and merge records that are one.",
            count=int(mine.sum()),
            unit="numbers",
        )
