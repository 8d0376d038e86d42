"""Rows of a CSV file with cells too many, because text that holds the separator is not in quotation marks.

Such a row is put together again where exactly one way of joining neighbouring cells leaves every column with
something that it can hold: a listed value, a date, nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from casetrack.extract.cleaning import is_missing, is_unknown
from casetrack.extract.fields import EVENT_TYPES, field_named, fold
from casetrack.extract.mapping import ColumnMapping

_DATE = re.compile(r"\s*\d{1,4}[-/. ]?(\d{1,2}|[A-Za-z]{3,9})[-/. ]?\d{1,4}([ T].*)?\s*|\s*\d{5}(\.\d+)?\s*")
#: Cells too many in one row that are still looked at: longer rows are whole files in one line.
MOST_TOO_MANY = 40


@dataclass(frozen=True, repr=False)
class Columns:
    """What each column of a file can hold: its number to its fields, and the council's own values for them."""

    fields: Mapping[int, Sequence[str]]
    width: int
    separator: str
    mapping: ColumnMapping

    @cached_property
    def _listed(self) -> dict[int, frozenset[str]]:
        """Closed lists of values, folded, by column."""
        found = {}
        for number, names in self.fields.items():
            about = field_named(names[0])
            if about.values and not about.other_values:
                found[number] = self._spelled[number]
        return found

    @cached_property
    def _commas(self) -> dict[int, frozenset[str]]:
        """Texts that hold the separator and are whole values of a column, folded."""
        found = {}
        for number, names in self.fields.items():
            about = field_named(names[0])
            spelled = {s for value, more in about.values.items() for s in (value, *more)}
            held = {fold(s) for s in spelled if self.separator in s}
            held |= {old for old in self.mapping.values.get(names[0], {}) if number in self._listed}
            if held:
                found[number] = frozenset(held)
        return found

    @cached_property
    def _seen(self) -> dict[tuple[int, str], bool]:
        return {}

    def fits(self, number: int, text: str) -> bool:
        """Whether a column can hold a text."""
        key = number, text
        if key not in self._seen:
            self._seen[key] = self._can_hold(number, text)
        return self._seen[key]

    def _can_hold(self, number: int, text: str) -> bool:
        if number not in self.fields or is_missing(text) or is_unknown(text):
            return True
        name = self.fields[number][0]
        if number in self._listed:
            return fold(text) in self._listed[number]
        if field_named(name).kind == "date":
            return bool(_DATE.fullmatch(text))
        if name == "event_type":
            own = self.mapping.values.get(name, {})
            return fold(text) in own or sum(word in fold(text) for word in EVENT_TYPES) == 1
        return True

    def in_place(self, row: Sequence[str]) -> bool:
        """Whether every cell of a row that is too short can stand where it stands."""
        return all(self.fits(number, text) for number, text in enumerate(row[: self.width]))

    def short(self, row: Sequence[str]) -> bool:
        """Whether a row only leaves out blank cells at its end."""
        return len(row) <= self.width and self.in_place(row) and not self.parted_otherwise(row)

    def ends_blank(self, row: Sequence[str]) -> bool:
        """Whether only blank cells stand beyond the headings, and everything else in its place."""
        beyond = [cell for cell in row[self.width :] if cell.strip()]
        return len(row) > self.width and not beyond and self.in_place(row) and not self.pushed_on(row)

    def parted_otherwise(self, row: Sequence[str]) -> bool:
        """Whether a cell holds what is lacking behind another separator."""
        lacks = self.width - len(row)
        return lacks > 1 and any(
            cell.count(s) >= lacks for cell in row for s in ",;\t|" if s != self.separator
        )

    @cached_property
    def _spelled(self) -> dict[int, frozenset[str]]:
        """Values with a name, folded, by column, also where others are possible."""
        own = self.mapping.values
        return {
            n: field_named(names[0]).listed.union(own.get(names[0], ())) for n, names in self.fields.items()
        }

    def pushed_on(self, row: Sequence[str]) -> bool:
        """Whether a row that is too long says more in its columns if one text of it held separators."""
        more = len(row) - self.width

        def known(cells: Sequence[str]) -> int:
            return sum(fold(text) in self._spelled.get(n, ()) for n, text in enumerate(cells) if text.strip())

        here = known(row[: self.width])
        return any(known([*row[:n], "", *row[n + more + 1 :]]) > here for n in range(self.width))

    def last_sure(self, rows: Sequence[Sequence[str]]) -> int:
        """The last column of dates or listed values in which every row fits, and some say something; -1 for none."""

        def sure(number: int) -> bool:
            told = [row[number] for row in rows if row[number].strip()]
            dated = field_named(self.fields[number][0]).kind == "date"
            return (
                bool(told) and (dated or number in self._listed) and all(self.fits(number, t) for t in told)
            )

        return max(filter(sure, self.fields), default=-1)

    def mended(self, row: Sequence[str]) -> list[str] | None:
        """The row with as many cells as there are headings, if there is exactly one way to have it so."""
        if not 0 < len(row) - self.width <= MOST_TOO_MANY:
            return None
        return self._one_listed(row) or self._one_way(row)

    def _one_listed(self, row: Sequence[str]) -> list[str] | None:
        """The usual case, quickly: one listed value with commas."""
        more = len(row) - self.width
        found = []
        for number, values in self._commas.items():
            joined = self.separator.join(row[number : number + more + 1])
            if fold(joined) in values:
                whole = [*row[:number], joined, *row[number + more + 1 :]]
                if self.in_place(whole):
                    found.append(whole)
        return found[0] if len(found) == 1 else None

    def _one_way(self, row: Sequence[str]) -> list[str] | None:
        """The only division of the cells among the columns in which each column holds what it can."""
        more = len(row) - self.width
        # ways[k]: how the columns so far can have used their number of cells and k more, and the last such division.
        ways: list[tuple[int, tuple[int, ...]]] = [(1, ()), *[(0, ())] * more]
        for number in range(self.width):
            after: list[tuple[int, tuple[int, ...]]] = [(0, ())] * (more + 1)
            for used, (count, sizes) in enumerate(ways):
                if not count:
                    continue
                start = number + used
                for extra in range(more - used + 1):
                    if self._holds(number, row[start : start + extra + 1]):
                        after[used + extra] = after[used + extra][0] + count, (*sizes, extra + 1)
            ways = after
        count, sizes = ways[more]
        if count != 1:
            return None
        whole, at = [], 0
        for size in sizes:
            whole.append(self.separator.join(row[at : at + size]))
            at += size
        return whole

    def _holds(self, number: int, cells: Sequence[str]) -> bool:
        """Whether a column can hold these cells: one as it is, several as one text."""
        if len(cells) == 1:
            return self.fits(number, cells[0])
        if not cells[0].strip() or not cells[-1].strip():
            return False
        if number in self._listed:
            return fold(self.separator.join(cells)) in self._commas.get(number, ())
        kind = field_named(self.fields[number][0]).kind if number in self.fields else "text"
        return kind in {"free_text", "category", "text"} and number not in self._event_types

    @cached_property
    def _event_types(self) -> frozenset[int]:
        return frozenset(number for number, names in self.fields.items() if "event_type" in names)
