"""CSV files: encodings, separators, and rows with too few or too many cells."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from casetrack.errors import ExtractError, Problem, rows_in_words
from casetrack.extract.fields import field_named
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import (
    HEADING_ROWS,
    RawTable,
    file_error,
    how_many_known,
    match_headings,
    required_problems,
)

__all__ = ["read_csv"]

_SEPARATORS = (",", ";", "\t", "|")
_HEAD = 1 << 18
_DATE = re.compile(r"\d{1,4}[-/](\d{1,2}|[A-Za-z]{3})[-/]\d{1,4}( [0-9:.]+)?|\d{5}")
_EVENT_WORDS = ("request", "assessment", "service", "review")


@dataclass(frozen=True, repr=False)
class _Text:
    """A CSV file as UTF-8: where it is, and how it was written."""

    source: pa.NativeFile
    head: str
    encoding: str


@dataclass(frozen=True, repr=False)
class _Layout:
    """Where the headings stand and what parts the cells.

    ``above`` counts the rows up to and with the headings as a spreadsheet shows them; ``skip`` the line that tells
    a spreadsheet the separator, which it does not show.
    """

    headings: list[str]
    separator: str
    skip: int
    above: int

    @property
    def names(self) -> list[str]:
        return [f"c{i}" for i in range(len(self.headings))]


def read_csv(path: Path, mapping: ColumnMapping, *, check_required: bool = True) -> RawTable:
    """Read the known columns of a CSV file as text."""
    text = _open(path, mapping.encoding)
    try:
        return _read(text, mapping, check_required)
    except pa.ArrowInvalid as error:
        if "utf8" not in str(error).lower() or text.encoding != "utf-8" or mapping.encoding:
            raise file_error(
                "unreadable-csv", "the file cannot be read as a table.", "Save it again as CSV (UTF-8)."
            ) from None
    return _read(_open(path, "cp1252"), mapping, check_required)


def _open(path: Path, encoding: str | None) -> _Text:
    with path.open("rb") as file:
        start = file.read(_HEAD)
    encoding = encoding or _guess_encoding(start)
    if encoding == "utf-8":
        # A BOM belongs to the file, not to its first heading; a cut character at the end of the head is no error.
        head = codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode(start)
        return _Text(pa.memory_map(str(path)), head, "utf-8")
    try:
        whole = path.read_bytes().decode(encoding)
    except (UnicodeDecodeError, LookupError):
        raise file_error(
            "unreadable-text",
            "the file's characters are neither UTF-8, UTF-16 nor Windows-1252.",
            "Save it again as CSV (UTF-8).",
        ) from None
    whole = whole.removeprefix("\ufeff")
    return _Text(pa.BufferReader(whole.encode("utf-8")), whole[:_HEAD], encoding)


def _guess_encoding(start: bytes) -> str:
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    first = start[:2000]
    if first.count(0) * 3 > len(first):
        # UTF-16 without its mark: in English headings every other byte is zero.
        return "utf-16-be" if first[:1] == b"\x00" else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _layout(text: _Text, mapping: ColumnMapping) -> _Layout:
    """Find the headings among the first rows: a title or blank lines may stand above them."""
    head, skip = text.head, 0
    if head[:4].lower() == "sep=":
        head, skip = head.split("\n", 1)[-1], 1
    best = _Layout([], mapping.separator or ",", skip, 1)
    most = 0
    for separator in [mapping.separator] if mapping.separator else _SEPARATORS:
        for number, row in enumerate(itertools.islice(_cells(head, separator), HEADING_ROWS)):
            known = how_many_known(row, mapping)
            if known > most or not best.headings:
                best, most = _Layout(row, separator, skip, number + 1), known
    return best


def _cells(text: str, separator: str) -> Iterator[list[str]]:
    """Rows of a piece of text; what the parser cannot follow ends them."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        return


def _read(text: _Text, mapping: ColumnMapping, check_required: bool) -> RawTable:
    layout = _layout(text, mapping)
    places, unused, problems = match_headings(layout.headings, mapping, strict=check_required)
    if check_required:
        problems += required_problems(set(places), mapping)
    if problems:
        raise ExtractError(problems)
    wanted = {layout.names[number]: name for name, number in places.items()}
    # Plain text parses faster than dictionaries do; the columns are encoded afterwards, side by side.
    types = dict.fromkeys(wanted, pa.string())
    table, malformed = _rows(text, layout, types)
    _check_quotes(text, layout, places, table)
    return RawTable(
        columns={name: table[column] for column, name in wanted.items()},
        headings={name: layout.headings[number] for name, number in places.items()},
        unused=unused,
        rows=table.num_rows,
        malformed=malformed,
        first_row=layout.above + 1,
        encoding=text.encoding,
    )


def _rows(text: _Text, layout: _Layout, types: dict[str, pa.DataType]) -> tuple[pa.Table, tuple[int, ...]]:
    """The wanted columns, and the positions of rows that had to be mended."""
    broken: list[pacsv.InvalidRow] = []
    table = _parse(text, layout, types, broken, threads=True)
    if not broken:
        return table, ()
    # Only a single-threaded pass numbers the rows that do not fit, and their place decides which row is later.
    broken.clear()
    table = _parse(text, layout, types, broken, threads=False)
    return _mend(table, broken, layout)


def _parse(
    text: _Text,
    layout: _Layout,
    types: dict[str, pa.DataType],
    broken: list[pacsv.InvalidRow],
    threads: bool,
) -> pa.Table:
    def keep(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    text.source.seek(0)
    return pacsv.read_csv(
        text.source,
        read_options=pacsv.ReadOptions(
            column_names=layout.names,
            skip_rows=layout.skip,
            skip_rows_after_names=layout.above,
            use_threads=threads,
            block_size=1 << 22,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=layout.separator, newlines_in_values=True, invalid_row_handler=keep
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )


def _mend(
    table: pa.Table, broken: list[pacsv.InvalidRow], layout: _Layout
) -> tuple[pa.Table, tuple[int, ...]]:
    """Put rows with too few or too many cells back in their place, filled up with blanks or cut."""
    names = layout.names
    rows = [next(_cells(row.text, layout.separator), []) for row in broken]
    padded = [(row + [""] * len(names))[: len(names)] for row in rows]
    repaired = pa.table(
        {
            column: pa.array([row[names.index(column)] for row in padded]).cast(
                table.schema.field(column).type
            )
            for column in table.column_names
        },
        schema=table.schema,
    )
    positions = np.array([row.number - layout.skip - layout.above - 1 for row in broken], dtype=np.int64)
    total = table.num_rows + len(broken)
    order = np.empty(total, dtype=np.int64)
    is_broken = np.zeros(total, dtype=bool)
    is_broken[positions] = True
    order[~is_broken] = np.arange(table.num_rows)
    order[is_broken] = table.num_rows + np.arange(len(broken))
    joined = pa.concat_tables([table, repaired]).unify_dictionaries().take(pa.array(order))
    # A separator at the end of every line only adds blank cells: nothing is out of place there.
    lossy = [len(row) < len(names) or any(cell.strip() for cell in row[len(names) :]) for row in rows]
    return joined, tuple(int(p) for p, bad in zip(positions, lossy, strict=True) if bad)


def _check_quotes(text: _Text, layout: _Layout, places: dict[str, int], table: pa.Table) -> None:
    """Refuse a file in which a quotation mark without its partner has swallowed whole rows."""
    # More lines than rows: blank lines, or line breaks within cells, which only then are worth a look.
    unexplained = _lines(text) - (table.num_rows + layout.above + layout.skip)
    suspects = np.zeros(table.num_rows, dtype=bool)
    for column in _longest_first(text, layout, places, table) if unexplained > 0 else ():
        broken = pc.match_substring(column, "\n")
        if pc.any(broken).as_py():
            cells = column.filter(broken).to_pylist()
            held = [
                any(_looks_like_a_row(line, layout.separator, places) for line in cell.splitlines()[1:])
                for cell in cells
            ]
            suspects[np.flatnonzero(broken)[np.array(held, dtype=bool)]] = True
            unexplained -= sum(cell.count("\n") for cell in cells)
            if unexplained <= 0:
                break
    found = np.flatnonzero(suspects)
    if len(found):
        raise ExtractError(
            Problem(
                "unclosed-quote",
                "a cell holds whole rows of the file: a quotation mark opens in it that is never closed.",
                f"{rows_in_words(found[:1000] + layout.above + 1, len(found))} of the file.",
                "Save the extract again from the system that made it, or mend the quotation marks in these rows.",
            )
        )


def _longest_first(
    text: _Text, layout: _Layout, places: dict[str, int], table: pa.Table
) -> Iterator[pa.ChunkedArray]:
    """Every column of the file, free text before the others, and those that were not read after all."""
    names = {layout.names[number]: name for name, number in places.items()}
    yield from (table[c] for c in sorted(names, key=lambda c: field_named(names[c]).kind != "free_text"))
    unread = [column for column in layout.names if column not in names]
    if unread:
        rest, _ = _rows(text, layout, dict.fromkeys(unread, pa.string()))
        yield from rest.columns


def _lines(text: _Text) -> int:
    """How many lines the file has, blank ones at its end left out."""
    text.source.seek(0)
    lines, end = 0, b""
    while block := text.source.read(1 << 24):
        lines += block.count(b"\n")
        end = (end + block)[-4096:]
    return lines - max(0, end[len(end.rstrip(b"\r\n")) :].count(b"\n") - 1)


def _looks_like_a_row(line: str, separator: str, places: dict[str, int]) -> bool:
    """Whether a line, or the beginning of one, has dates and an event type in the columns that hold them."""
    cells = [cell.strip() for cell in next(_cells(line, separator), [])]
    hits = 0
    for name, place in places.items():
        if place < len(cells):
            if field_named(name).kind == "date":
                hits += bool(_DATE.fullmatch(cells[place]))
            elif name == "event_type":
                hits += cells[place].casefold() in _EVENT_WORDS
    return hits >= 2
