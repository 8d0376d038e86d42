"""A table of text as it stands in the file: known columns by field name, everything else left behind."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from casetrack.errors import CasetrackError, ExtractError, Problem
from casetrack.extract.cleaning import as_dictionary, as_text, encoded, is_blank
from casetrack.extract.fields import FIELDS, PERSON_FIELDS, Field, field_for_heading, field_named, fold
from casetrack.extract.identifiers import read_identifiers
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.own_values import constant_column, hidden_carers, in_listed_words, listed_as_another
from casetrack.findings import Finding


@dataclass(frozen=True, repr=False)
class RawTable:
    """Known columns of a file or sheet as text, in the words of the layout.

    Columns are in dictionary form and in one piece, unless the field's cells stay text. ``first_row`` is the number that
    a spreadsheet shows; ``origin`` words for messages; ``problems`` why it is no table of events; ``mapped`` the fields
    whose heading the mapping names; ``constants`` are no columns of the file; ``emptied`` those of which the mapping
    leaves nothing; ``parts`` the tables that this one joins.
    """

    columns: dict[str, pa.ChunkedArray]
    headings: dict[str, str]
    unused: tuple[str, ...]
    rows: int
    width: int = 0
    first_row: int = 2
    origin: str = "file"
    file: str = ""
    sheet: str = ""
    encoding: str = ""
    date_formats: dict[str, tuple[str, ...]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    mapped: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()
    parts: tuple[RawTable, ...] = ()

    @property
    def kind(self) -> str:
        """``events``; ``people`` for a table with one row per person; empty for what is neither."""
        if not self.problems:
            return "events"
        names = set(self.columns)
        about_people = names & {*PERSON_FIELDS, "date_of_birth", "date_of_death"}
        return "people" if names & IDENTIFIERS and about_people and not names & _OF_EVENTS else ""

    @property
    def name(self) -> str:
        """The table among several, in words."""
        return (
            f'sheet "{self.sheet}" of {self.file}' if self.sheet and self.file else self.file or self.origin
        )

    def numbers(self) -> np.ndarray:
        """The row numbers that a spreadsheet shows, shape (rows,); each part of a joined table has its own."""
        if not self.parts:
            return np.arange(self.rows, dtype=np.int64) + self.first_row
        return np.concatenate([part.numbers() for part in self.parts])


IDENTIFIERS = frozenset({"local_id", "nhs_number"})
_TIDIED = IDENTIFIERS | {"linked_person_1", "linked_person_2", "linked_person_3"}
_OF_EVENTS = frozenset({"event_type", "event_start_date", "event_end_date"})
#: A title or a blank line may stand above the headings of an export.
HEADING_ROWS = 20
#: How like a heading has to be to the one that is looked for to be named as the nearest; difflib's own default.
ALIKE = 0.6
#: Headings listed in a message.
LISTED = 60


def make_table(
    headings: Sequence[str],
    column: Callable[[int], pa.ChunkedArray | pa.Array],
    rows: int,
    mapping: ColumnMapping,
    *,
    origin: str,
    first_row: int,
    sheet: str = "",
    encoding: str = "",
    shown: bool = True,
) -> RawTable:
    """The known columns of a table, with the council's own values and constants in the words of the layout.

    `column`: what stands in the column of a number; it is asked once for each. `shown`: whether the row of headings is
    one for sure, so that a message may show what stands in it.
    """
    places, unused, problems = match_headings(headings, mapping)
    # Of a file with fewer rows, all are looked at for headings.
    far = first_row > 1 and first_row + rows > HEADING_ROWS
    missing = _missing(set(places) | set(mapping.constants), headings if shown else (), far)
    names_at = _names_at(places)
    findings: list[Finding] = []

    def read(number: int, names: list[str]) -> dict[str, pa.ChunkedArray]:
        text = column(number)
        whole = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text], text.type)
        return {n: as_text(whole) if field_named(n).stays_text else encoded(whole) for n in names}

    # Encoding is pyarrow's work and needs no lock, so two columns at a time cost the time of one.
    with ThreadPoolExecutor(max_workers=2) as pool:
        texts = {n: text for one in pool.map(read, names_at, names_at.values()) for n, text in one.items()}
    columns: dict[str, pa.ChunkedArray] = {}
    emptied: list[str] = []
    for name, number in places.items():
        text = texts.pop(name)
        if name == "event_type":
            findings += hidden_carers(text, mapping)
        findings += listed_as_another(text, name, mapping)
        columns[name] = in_listed_words(text, name, mapping, shared=len(names_at[number]) > 1)
        emptied += [name] * _leaves_nothing(text, columns[name])
    # The constants of the mapping that stand for no column, or for a blank one.
    constant = {
        name: constant_column(value, rows)
        for name, value in mapping.constants.items()
        if name not in columns or not any(map(str.strip, as_dictionary(columns[name])[1].to_pylist()))
    }
    columns |= constant
    return RawTable(
        columns=columns,
        headings={name: headings[number] for name, number in places.items()},
        unused=unused if shown else (),
        rows=rows,
        width=len(headings),
        first_row=first_row,
        origin=origin,
        file=mapping.name,
        sheet=sheet,
        encoding=encoding,
        date_formats=dict(mapping.dates),
        findings=(*findings, *_not_used(mapping, constant.keys(), rows)),
        problems=(*problems, *missing),
        constants=frozenset(constant),
        emptied=frozenset(emptied),
        mapped=frozenset(n for n, own in mapping.headings.items() if fold(own) in _folded(headings)),
    )


def _names_at(places: Mapping[str, int]) -> dict[int, list[str]]:
    """The fields that stand in each column."""
    names: dict[int, list[str]] = {}
    for name, number in places.items():
        names.setdefault(number, []).append(name)
    return names


def _leaves_nothing(own: pa.ChunkedArray, told: pa.ChunkedArray) -> bool:
    """Whether the mapping empties a column that says something."""
    return told is not own and is_blank(told) and not is_blank(own)


def _not_used(mapping: ColumnMapping, used: Collection[str], rows: int) -> Iterator[Finding]:
    for name in (name for name in mapping.constants if name not in used):
        yield Finding(
            "constant-not-used",
            field_named(name).heading,
            "is a constant of the mapping, but the file has a column for it",
            rows,
            advice="The column is read, and the constant is not used. Take one of the two away.",
            severity="note",
        )


def _folded(headings: Sequence[str]) -> set[str]:
    return {fold(heading) for heading in headings}


def match_headings(
    headings: Sequence[str], mapping: ColumnMapping
) -> tuple[dict[str, int], tuple[str, ...], list[Problem]]:
    """Which column holds which field."""
    present = _folded(headings)
    mapped: dict[str, list[str]] = {}
    for name, own in mapping.headings.items():
        mapped.setdefault(own, []).append(name)
    claims: dict[str, list[int]] = {}
    unused: list[str] = []
    for number, text in enumerate(headings):
        names = mapped.get(fold(text)) or _usual(text, mapping, present)
        for name in names:
            claims.setdefault(name, []).append(number)
        if not names:
            unused.append(text)
    for name, numbers in claims.items():
        if len(numbers) > 1:
            claims[name] = _plainest(field_named(name), numbers, headings, mapped)
            unused += [headings[n] for n in numbers if n not in claims[name]]
    problems = [
        Problem(
            "two-columns-one-field",
            f'{len(numbers)} columns claim the field "{field_named(name).heading}".',
            where=f"columns {', '.join(_column_letter(n) for n in numbers)}",
            advice="Remove or rename one of them, or say in the mapping file which one is meant.",
        )
        for name, numbers in claims.items()
        if len(numbers) > 1
    ]
    return {name: numbers[0] for name, numbers in claims.items()}, tuple(unused), problems


def _usual(heading: str, mapping: ColumnMapping, present: set[str]) -> list[str]:
    """The field that a heading names by itself, unless the mapping finds that field elsewhere in this file."""
    found = field_for_heading(heading)
    return [found.name] if found and mapping.headings.get(found.name) not in present else []


def _plainest(
    about: Field, numbers: list[int], headings: Sequence[str], mapped: dict[str, list[str]]
) -> list[int]:
    """Of several columns that claim a field: what the mapping names, else the layout's headings, else others."""
    usual = _folded((about.heading, *about.aliases))
    own = [n for n in numbers if about.name in mapped.get(fold(headings[n]), ())]
    return own or [n for n in numbers if fold(headings[n]) in usual] or numbers


def _column_letter(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


#: A row that names so many fields is one of headings, whatever stands below it.
_SURELY = 3


def find_headings(rows: Iterable[Sequence[str]], mapping: ColumnMapping) -> tuple[int, int, Sequence[str]]:
    """The row of headings among the first rows: its place, how many fields it names, and the row.

    It is the first that surely is one: below a later one stands another table, which is not to hide this one. Else it is
    the one that names most.
    """
    best: tuple[int, int, Sequence[str]] = (0, -1, ())
    for number, row in enumerate(itertools.islice(rows, HEADING_ROWS)):
        known = len(match_headings(row, mapping)[0])
        if known > best[1] or not best[2]:
            best = (number, known, row)
        if known >= _SURELY:
            break
    return best


_DATA = re.compile(r"\d{4}|\d+[-/.]\d+|@|\d\s*$")


def surely_headings(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row is one of headings and not of data, so that a message may show it.

    No cell of it looks like a number, a date or an address, and some cell below it does.

    Examples
    --------
    >>> surely_headings(["Person No", "D.O.B."], [["P01", "02/03/1941"]])
    True
    >>> surely_headings(["P01", "02/03/1941"], [["P02", "03/03/1941"]])
    False
    """
    filled = [cell.strip() for cell in row if cell.strip()]
    return (
        len(filled) == len(set(filled)) > 1
        and not any(_DATA.search(cell) or len(cell) > 80 for cell in filled)
        and any(_DATA.search(cell) for line in below for cell in line)
    )


def required_problems(have: set[str]) -> list[Problem]:
    """Fields without which nobody can be found eligible, when they are missing altogether."""
    problems = []
    if not have & IDENTIFIERS:
        problems.append(
            Problem(
                "no-identifier",
                'there is neither a column "LA Person Unique Identifier" nor a column "NHS Number".',
                **_MAP_IT,
            )
        )
    if "event_type" not in have:
        problems.append(Problem("no-event-type", 'there is no column "Event Type".', **_MAP_IT))
    missing = [h for n, h in _EVENT_DATES if n not in have]
    if missing:
        what = " and no column ".join(f'"{heading}"' for heading in missing)
        problems.append(Problem("no-dates", f"there is no column {what}.", **_MAP_IT))
    return problems


_ELSEWHERE = "If the file has it under another heading, name that heading in a mapping file"
_MAP_IT = {
    "advice": f"{_ELSEWHERE} (mapping=).",
    "command": f"{_ELSEWHERE} (--mapping); casetrack mapping drafts one.",
}
_EVENT_DATES = (("event_start_date", "Event Start Date"), ("event_end_date", "Event End Date"))


def _missing(have: set[str], headings: Sequence[str], far: bool) -> list[Problem]:
    """What is missing; the last problem also says which headings there are, and which come near to what is missing."""
    missing = required_problems(have)
    named = [heading for heading in headings if heading.strip()]
    listed = ", ".join(f'"{_printable(heading)}"' for heading in named[:LISTED])
    more = f" and {len(named) - LISTED} more" if len(named) > LISTED else ""
    wanted = [h for p in missing for h in re.findall(r'"([^"]+)"', p.what)]
    near = [f'"{_printable(own)}" is near to "{h}"' for h in wanted if (own := nearest(h, named))]
    words = [f"The headings are {listed}{more}."] if named else []
    words += ["; ".join(near) + "."] if near else []
    words += [f"Headings are looked for in the first {HEADING_ROWS} rows only."] if far else []
    for last in missing[-1:]:
        advice, command = (" ".join([told, *words]) for told in (last.advice, last.command))
        missing[-1] = replace(last, advice=advice, command=command)
    return missing


def nearest(heading: str, among: Sequence[str], cutoff: float = ALIKE) -> str:
    """The heading or value most like another, or an empty text when none is like it."""
    folded = {fold(one): one for one in among if fold(one)}
    close = difflib.get_close_matches(fold(heading), list(folded), n=1, cutoff=cutoff)
    return folded[close[0]] if close else ""


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()[:80]


def join_tables(tables: Sequence[RawTable]) -> RawTable:
    """Several tables of events as one, in the order given; a field that one of them lacks is blank there."""
    if len(tables) == 1:
        return tables[0]
    names = [f.name for f in FIELDS if any(f.name in table.columns for table in tables)]
    return RawTable(
        columns={name: _stacked(name, tables) for name in names},
        headings={n: h for table in reversed(tables) for n, h in table.headings.items()},
        unused=tuple(dict.fromkeys(heading for table in tables for heading in table.unused)),
        rows=sum(table.rows for table in tables),
        first_row=1,
        origin="files",
        parts=tuple(tables),
    )


def _stacked(name: str, tables: Sequence[RawTable]) -> pa.ChunkedArray:
    chunks: list[pa.Array] = []
    for table in tables:
        column = table.columns.get(name)
        if column is None:
            column = constant_column("", table.rows)
        if name in _TIDIED:
            # What only the column of one file shows, such as numbers that all end in .0, is settled file by file.
            ids = read_identifiers(column)
            codes = pa.array(ids.codes, mask=ids.codes < 0)
            column = pa.chunked_array([pa.DictionaryArray.from_arrays(codes, ids.texts)])
        if pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).fill_null("")
        chunks += column.chunks
    return pa.chunked_array(chunks, pa.string())


def placed(findings: Sequence[Finding], table: RawTable) -> Iterator[Finding]:
    """Findings with the row numbers of the sheet or file that each row stands in."""
    if not table.parts:
        yield from findings
        return
    names = [part.name for part in table.parts]
    first = np.cumsum([0, *(part.rows for part in table.parts)])
    numbers = table.numbers()
    for finding in findings:
        at = np.array(finding.rows, dtype=np.int64) - table.first_row
        part = np.searchsorted(first, at, side="right") - 1
        yield replace(
            finding,
            rows=tuple(numbers[at].tolist()),
            tables=tuple(names[p] for p in part.tolist()),
        )


def file_error(code: str, what: str, advice: str, where: str = "") -> CasetrackError:
    """An error about the file as a whole."""
    return ExtractError.of(code, what, where=where, advice=advice)
