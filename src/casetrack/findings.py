"""Data-quality findings: field, rows, count, advice; never a value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from casetrack.errors import rows_in_words
from casetrack.tables import html_table
from casetrack.words import count_of

#: What a finding can cost the list, the dearest first, and the words above such findings.
_HEADINGS = {
    "people": "Findings that cost the list people",
    "cohort": "Findings that cost people a cohort code",
    "characteristic": "Findings that cost a characteristic",
    "": "Other findings",
    "absent": "Columns that the file does not have",
}
#: Without these two nobody is eligible; nobody is lost by any other column that is not there.
_NEEDED = ("Client Type", "Date of Birth")
#: Row numbers kept with a finding. The count is always exact; the rows are for looking them up.
ROWS_KEPT = 1000


@dataclass(frozen=True)
class Finding:
    """One kind of trouble in the data."""

    code: str  # stable, lower-case words joined by hyphens
    field: str  # the field's council heading, or an empty string for the whole file
    what: str
    count: int
    #: Row numbers as a spreadsheet shows them (the heading is row 1); at most the first 1,000.
    rows: tuple[int, ...] = ()
    advice: str = ""  # what to do about it, and what casetrack did meanwhile
    #: "warning" when it changes who is on the list, "note" when it is for information.
    severity: str = "warning"
    unit: str = "rows"  # what "count" counts
    #: What it costs the list: "people", a "cohort", a "characteristic", or an empty string.
    loses: str = ""
    tables: tuple[str, ...] = ()  # the file or sheet of each of "rows", where several were read together

    @property
    def heading(self) -> str:
        """What findings of its kind cost the list, in words to stand above them."""
        return _HEADINGS[self._costs] if self.severity == "warning" else "Findings for information"

    @property
    def _costs(self) -> str:
        return "absent" if self.code == "missing-field" and self.field not in _NEEDED else self.loses

    @property
    def counted(self) -> str:
        """How many of what, in words."""
        many, space, more = self.unit.partition(" ")
        one = "person" if many == "people" else many.removesuffix("s")
        return f"{count_of(self.count, one, many)}{space}{more}"

    def __str__(self) -> str:
        # A count of people and the rows they are found in are two numbers; only a count of rows is told by its rows.
        total = self.count if self.unit == "rows" else len(self.rows)
        rows = rows_in_words(self.rows, total, 8) if self.rows else ""
        if self.rows and self.tables:
            rows = _rows_of_tables(self.rows, self.tables, total)
        counted = "" if self.unit == "rows" and rows else self.counted
        places = "; ".join(part for part in (counted, rows) if part)
        name = f'"{self.field}": ' if self.field else ""
        return f"[{self.code}] {name}{self.what} ({places}). {self.advice}".strip()


def _rows_of_tables(rows: tuple[int, ...], tables: tuple[str, ...], total: int) -> str:
    """Row numbers with the file or sheet that each is in, where several were read together."""
    places: dict[str, list[int]] = {}
    for row, table in zip(rows[:8], tables, strict=False):
        places.setdefault(table, []).append(row)
    words = "; ".join(f"{rows_in_words(found)} of {table}" for table, found in places.items())
    more = total - min(len(rows), 8)
    return words + (f"; and {more:,} more" if more > 0 else "")


def finding_rows(mask_or_rows: np.ndarray) -> tuple[int, ...]:
    """The first row numbers of a finding as plain integers."""
    return tuple(int(row) for row in mask_or_rows[:ROWS_KEPT])


def _dearest_first(item: Finding) -> tuple[bool, int, bool, int, str, str]:
    cost = list(_HEADINGS).index(item._costs)
    # That nobody is left is said first, whatever the number of rows that others are about.
    return (
        item.severity != "warning",
        cost,
        item.code != "nobody-eligible",
        -item.count,
        item.code,
        item.field,
    )


@dataclass(frozen=True)
class Findings:
    """All findings of a stage, what costs the list most first.

    Warnings stand before notes; then people lost, a cohort lost, a characteristic lost, the rest, and columns that the
    file does not have; then the larger count.

    Examples
    --------
    >>> found = Findings((Finding("no-identifier", "NHS Number", "row has no usable identifier", 2, (4, 9)),))
    >>> len(found), found.codes
    (1, ('no-identifier',))
    >>> found.to_frame()[["code", "count", "rows"]].to_dict("records")
    [{'code': 'no-identifier', 'count': 2, 'rows': '4, 9'}]
    """

    items: tuple[Finding, ...] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        # So that no order in which they happened to be found buries the ones that matter.
        object.__setattr__(self, "items", tuple(sorted(self.items, key=_dearest_first)))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes found, in order."""
        return tuple(item.code for item in self.items)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Those that can change who is on the list, the dearest first."""
        return tuple(item for item in self.items if item.severity == "warning")

    def in_brief(self, most: int = 3) -> str:
        """How many warnings there are, and the dearest of them, a line each."""
        warnings = self.warnings
        if not warnings:
            return "No warnings about the data."
        lines = [f"{len(warnings):,} warning{'s' if len(warnings) > 1 else ''} about the data"]
        lines[0] += f", the {most} that cost the list most:" if len(warnings) > most else ":"
        for item in warnings[:most]:
            name = f"{item.field}: " if item.field else ""
            lines.append(f"  {name}{item.what} ({item.counted}).")
        return "\n".join(lines)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def with_more(self, more: Iterable[Finding]) -> Findings:
        """These findings and ``more``."""
        return Findings(self.items + tuple(more))

    def to_frame(self) -> pd.DataFrame:
        """One row per finding: severity, code, field, what, count, unit, rows (the first ten), advice."""
        columns = ["severity", "code", "field", "what", "count", "unit", "rows", "advice"]
        rows = [[getattr(item, name) for name in columns] for item in self.items]
        for row, item in zip(rows, self.items, strict=True):
            more = " …" if item.count > 10 and item.rows else ""
            row[columns.index("rows")] = ", ".join(map(str, item.rows[:10])) + more
        return pd.DataFrame(rows, columns=columns)

    def _repr_html_(self) -> str:
        if not self.items:
            return "<p>No findings.</p>"
        # Rows and advice make the table wider than a notebook; `to_frame()` and `print` have them.
        return html_table(self.to_frame()[["severity", "field", "what", "count", "unit"]], "Findings")
