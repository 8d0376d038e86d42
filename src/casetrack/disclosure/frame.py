"""Everyone who could be a case, as each code that they could be listed as: what a release is weighed by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.disclosure.defaults import as_released, council_hierarchies
from casetrack.disclosure.values import WITHHELD, column_values

#: The places of a list are cut into so many parts, and everyone's weight is a whole number of them: sums are exact in
#: any order and on any machine. 2 ** 40 parts keep a weight to nine digits and a loss times a weight below 2 ** 63.
PARTS = 2**40


@dataclass(frozen=True, eq=False)
class ShownColumn:
    """One column of the released table at all its levels, finest first; the last is withheld.

    ``values`` is the value number of each person; ``texts`` and ``numbers`` hold, per value and level, what is shown and
    a number that is equal where the text is. ``{listed}`` in a text stands for the code that a case is listed as.
    """

    name: str
    levels: tuple[str, ...]
    values: np.ndarray
    texts: np.ndarray
    numbers: np.ndarray

    @classmethod
    def of(cls, name: str, levels: Sequence[str], values: np.ndarray, texts: np.ndarray) -> ShownColumn:
        """A column with its texts, numbered."""
        numbers = np.unique(texts.astype(str), return_inverse=True)[1].reshape(texts.shape)
        return cls(name, tuple(levels), values, texts, numbers.astype(np.int64))


@dataclass(frozen=True, eq=False)
class ReleaseFrame:
    """The units of a release: (person, code that they can be listed as), people without a chance left out.

    ``person`` and ``code`` have shape (units,): rows of the table of people, and places in ``codes``; units are in the
    order of both. ``parts`` is the chance of being listed as that code, in parts of the whole list; ``places`` is what
    all parts together stand for. ``shown_as``: code to what a case is listed as, which differs for joined codes.
    """

    person: np.ndarray
    code: np.ndarray
    parts: np.ndarray
    places: float
    codes: tuple[str, ...]
    columns: tuple[ShownColumn, ...]
    shown_as: Mapping[str, str]

    def find(self, person: np.ndarray, codes: Sequence[str]) -> np.ndarray:
        """The unit of each (row of a person, code); -1 where there is none."""
        places = {name: self.codes.index(shown) for name, shown in self.shown_as.items()}
        # A code that nobody can be listed as stands past the last one.
        code = np.array([places.get(name, len(self.codes)) for name in codes], dtype=np.int64)
        mine = self.person * (len(self.codes) + 1) + self.code
        wanted = person * (len(self.codes) + 1) + code
        at = np.minimum(np.searchsorted(mine, wanted), max(len(mine) - 1, 0))
        return np.where(mine[at] == wanted, at, -1) if len(mine) else np.full(len(code), -1)

    @property
    def people(self) -> int:
        """People who can be drawn."""
        return len(np.unique(self.person))

    def expected(self, parts: int) -> float:
        """What so many parts are of the places of a list."""
        return parts / max(int(self.parts.sum()), 1) * self.places

    def reach(self, code: int) -> float:
        """The weight of a code's holders in weights of the likeliest of them: at most this k can be promised."""
        parts = self.parts[self.code == code]
        return min(len(parts), int(parts.sum()) / max(int(parts.max(initial=0)), 1))


def shown_columns(people: pd.DataFrame, columns: Sequence[str]) -> tuple[ShownColumn, ...]:
    """The columns of a release, coded; ``codes`` first. ``people``: everyone who can be drawn, or more."""
    found = [_codes(as_released(people, ["codes"])["codes"])]
    for name in dict.fromkeys(columns):
        if name in ("codes", "listed_as"):
            continue
        levels = council_hierarchies(people, [name])[name]
        numbers, texts = column_values(as_released(people, [name])[name])
        places = levels.labels.index.get_indexer(pd.Index(texts))
        found.append(
            ShownColumn.of(name, levels.levels, places[numbers].astype(np.int32), levels.labels.to_numpy())
        )
    return tuple(found)


def _codes(held: pd.Series) -> ShownColumn:
    """All codes, then the listed one and how many more, then withheld."""
    numbers, sets = column_values(held)
    order = np.argsort(np.array(sets))
    rank = np.empty(len(sets), dtype=np.int32)
    rank[order] = np.arange(len(sets))
    texts = [[sets[place], _and_more(sets[place]), WITHHELD] for place in order]
    names = ("all codes", "listed code and how many more", "withheld")
    return ShownColumn.of("codes", names, rank[numbers], np.array(texts, dtype=object).reshape(-1, 3))


def _and_more(held: str) -> str:
    more = held.count(";")
    return f"{{listed}} and {more} more" if more else "{listed}"


def release_frame(
    columns: Sequence[ShownColumn],
    person: np.ndarray,
    code: np.ndarray,
    weight: np.ndarray,
    joined: Sequence[Sequence[str]] = (),
) -> ReleaseFrame:
    """The units of a release.

    ``person``: row of the person in the columns; ``code``: the code's name; ``weight``: chance of being listed as it.
    ``joined``: codes that are shown as one; a person who holds several of them is one unit with the sum of the chances.
    """
    shown = _joined_names(sorted(set(map(str, code))), joined)
    names = tuple(sorted(set(shown.values())))
    at = {name: names.index(told) for name, told in shown.items()}
    place = np.array([at[str(name)] for name in code], dtype=np.int64)
    able = np.asarray(weight) > 0
    key = np.asarray(person, dtype=np.int64)[able] * max(len(names), 1) + place[able]
    each = np.asarray(weight, dtype=float)[able]
    # The same sums in whatever order people and codes come: their last digit can decide what counts as a small pool.
    order = np.lexsort((each, key))
    units, first = np.unique(key[order], return_index=True)
    total = np.add.reduceat(each[order], first)
    places = round(math.fsum(total.tolist()), 9)
    parts = np.maximum(np.rint(total / max(places, 1e-300) * PARTS), 1).astype(np.int64)
    return ReleaseFrame(
        units // max(len(names), 1), units % max(len(names), 1), parts, places, names, tuple(columns), shown
    )


def _joined_names(codes: Sequence[str], joined: Sequence[Sequence[str]]) -> Mapping[str, str]:
    """Code to what a case is listed as: itself, or "CT02, CT03 or CT04"."""
    named = {code: code for code in codes}
    for group in joined:
        told = sorted(set(group))
        text = f"{', '.join(told[:-1])} or {told[-1]}" if len(told) > 1 else told[0]
        named |= dict.fromkeys(told, text)
    return {code: named[code] for code in codes}
