"""CSV files: encodings, separators, and rows with too few or too many cells."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from casetrack.errors import CasetrackError, ExtractError, Problem, rows_in_words
from casetrack.extract.fields import EVENT_TYPES, field_named
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import like_an_id
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import (
    IDENTIFIERS,
    RawTable,
    file_error,
    find_headings,
    make_table,
    match_headings,
    surely_headings,
)
from casetrack.extract.unquoted import Columns
from casetrack.findings import Finding

_SEPARATORS = (",", ";", "\t", "|")
_HEAD = 1 << 18
#: What is looked through and parsed at a time: a piece that stays in a processor's cache.
_PIECE = 1 << 20
#: Rows that are looked at where all are of one shape.
_SAMPLE = 1000
_CODED = pa.dictionary(pa.int32(), pa.string())
_DATE = re.compile(r"\d{1,4}[-/](\d{1,2}|[A-Za-z]{3})[-/]\d{1,4}( [0-9:.]+)?|\d{5}")


#: More rows than this share, and than so many rows, that do not fit their headings are no slips but the file's shape.
MOST_UNFIT, FEW_UNFIT = 0.03, 3
_MARK = codecs.BOM_UTF8
_LINE_END = ord("\n")


@dataclass(frozen=True, repr=False)
class _Text:
    """A CSV file as UTF-8: what it holds, how it was written, and which of its lines were written otherwise.

    ``lines`` counts all but the ``blank`` ones at the end.
    """

    source: pa.NativeFile
    head: str
    lines: int
    blank: int
    encoding: str
    other_lines: tuple[int, ...] = ()
    marks: int = 0


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


def read_csv(source: Path | bytes, mapping: ColumnMapping) -> RawTable:
    """Read the known columns of a CSV file, or of its content, as text."""
    text = _open(source, mapping.encoding)
    try:
        return _read(text, mapping)
    except pa.ArrowInvalid as error:
        if "utf8" not in str(error).lower() or text.encoding != "utf-8" or mapping.encoding:
            raise _unreadable() from None
    try:
        return _read(_line_by_line(_whole(source)), mapping)
    except pa.ArrowInvalid:
        raise _unreadable() from None


def _unreadable() -> CasetrackError:
    return file_error(
        "unreadable-csv", "the file cannot be read as a table.", "Save it again as CSV (UTF-8)."
    )


def _stream(source: Path | bytes) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _whole(source: Path | bytes) -> bytes:
    return source if isinstance(source, bytes) else source.read_bytes()


def _open(source: Path | bytes, encoding: str | None) -> _Text:
    with _stream(source) as file:
        start = file.read(_HEAD)
    encoding = encoding or _guess_encoding(start)
    if b"\r" in start and b"\n" not in start:
        # Line ends of an old Mac's; in UTF-16 each of the two signs is two bytes.
        wide = {"utf-16": "utf-16-le", "utf-16-le": "utf-16-le", "utf-16-be": "utf-16-be"}.get(
            encoding, "ascii"
        )
        if start.startswith(codecs.BOM_UTF16_BE):
            wide = "utf-16-be"
        source = _whole(source).replace("\r".encode(wide), "\r\n".encode(wide))
        start = source[:_HEAD]
    if codecs.lookup(encoding).name == "utf-8":
        with _stream(source) as file:
            lines, blank, marked = _look(file)
        # Byte order marks after the beginning: files that were put one behind the other have them.
        content = _whole(source) if marked else b""
        if marks := content.count(_MARK, 1):
            content = content.replace(_MARK, b"")
            return _Text(pa.BufferReader(content), _start_of(content), lines, blank, "utf-8", marks=marks)
        whole = pa.BufferReader(source) if isinstance(source, bytes) else pa.OSFile(str(source))
        return _Text(whole, _start_of(start), lines, blank, "utf-8")
    if encoding == "cp1252":
        return _line_by_line(_whole(source))
    try:
        whole = _whole(source).decode(encoding)
    except (ValueError, LookupError):
        raise _no_text() from None
    return _as_utf8(whole, encoding)


def _start_of(content: bytes) -> str:
    """The first lines; a byte order mark belongs to the file, and a character that is cut at the end is no error."""
    return codecs.getincrementaldecoder("utf-8-sig")(errors="replace").decode(content[:_HEAD])


def _as_utf8(whole: str, encoding: str, other_lines: tuple[int, ...] = ()) -> _Text:
    marks = whole.count("\ufeff", 1)
    whole = whole.replace("\ufeff", "")
    content = whole.encode("utf-8", "replace")
    lines, blank, _ = _look(io.BytesIO(content))
    return _Text(pa.BufferReader(content), whole[:_HEAD], lines, blank, encoding, other_lines, marks)


def _no_text() -> CasetrackError:
    return file_error(
        "unreadable-text",
        "the file's characters are neither UTF-8, UTF-16 nor Windows-1252.",
        "Save it again as CSV (UTF-8).",
    )


def _look(file: BinaryIO) -> tuple[int, int, bool]:
    """How many lines there are, and blank ones at the end besides; whether byte order marks stand inside."""
    lines, end, marked = 0, b"", False
    while piece := file.read(_PIECE):
        lines += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == _LINE_END))
        # The first byte of a mark is rare and found fast; a mark may lie across two pieces, and one begins the file.
        before = end[-2:]
        if not marked and (_MARK[:1] in piece or _MARK[:1] in before):
            marked = (before + piece).find(_MARK, 0 if before else 1) >= 0
        end = (end + piece)[-4096:] if len(piece) < 4096 else piece[-4096:]
    blank = max(0, end[len(end.rstrip(b"\r\n")) :].count(b"\n") - 1)
    return lines - blank, blank, marked


def _line_by_line(content: bytes) -> _Text:
    """A file that is not UTF-8 throughout: each line in UTF-8 where it is that, else in Windows-1252."""
    lines = content.split(b"\n")
    texts: list[str] = []
    old, new = [], 0
    try:
        for number, line in enumerate(lines):
            if line.isascii():
                texts.append(line.decode("ascii"))
                continue
            try:
                texts.append(line.decode("utf-8"))
                new += 1
            except UnicodeDecodeError:
                texts.append(line.decode("cp1252"))
                old.append(number)
    except UnicodeDecodeError:
        raise _no_text() from None
    # Where no line is UTF-8, the whole is Windows-1252 and nothing is odd about it.
    return _as_utf8("\n".join(texts), "cp1252" if old else "utf-8", tuple(old) if new else ())


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
    best, most = _Layout([], mapping.separator or ",", skip, 1), 0
    for separator in [mapping.separator] if mapping.separator else _SEPARATORS:
        number, known, row = find_headings(_cells(head, separator), mapping)
        if row and (known > most or not best.headings):
            best, most = _Layout(list(row), separator, skip, number + 1), known
    return best


def _cells(text: str, separator: str) -> Iterator[list[str]]:
    """Rows of a piece of text; what the parser cannot follow ends them."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        return


def _read(text: _Text, mapping: ColumnMapping) -> RawTable:
    layout = _layout(text, mapping)
    places, _, _ = match_headings(layout.headings, mapping)
    wanted = [layout.names[number] for number in sorted(set(places.values()))]
    # What repeats is read into dictionaries. Identifiers repeat too seldom: a dictionary for each piece, and one for
    # the whole after that, would cost more than one at the end.
    seldom = {n for name, n in places.items() if field_named(name).stays_text or name in IDENTIFIERS}
    types = {c: pa.string() if layout.names.index(c) in seldom else _CODED for c in wanted}
    table, findings = pa.table({}), list[Finding]()
    rows = text.lines - layout.above - layout.skip
    if rows < 0:
        # The headings are the last line and do not end in a line break; the parser would stumble over them.
        raise file_error("empty-file", "the file has headings but no rows.", "Export it again.")
    if wanted:
        held: dict[int, list[str]] = {}
        for field, number in places.items():
            held.setdefault(number, []).append(field)
        columns = Columns(held, len(layout.headings), layout.separator, mapping)
        table, findings = _rows(text, layout, types, columns)
        _check_quotes(text, layout, columns, places, table)
        rows = table.num_rows
    # What is encoded is let go column by column, or the file would be held twice.
    texts = {number: table[layout.names[number]] for number in set(places.values())}
    del table

    def text_of(number: int) -> pa.ChunkedArray | pa.Array:
        column = texts.pop(number)
        # The parser's pieces lie scattered, and each would keep the memory around it.
        return column.combine_chunks() if column.type == pa.string() and column.nbytes < 1 << 31 else column

    below = itertools.islice(_cells(text.head, layout.separator), layout.above, layout.above + 5)
    read = make_table(
        layout.headings,
        text_of,
        rows,
        mapping,
        origin="file",
        first_row=layout.above + 1,
        encoding=text.encoding,
        shown=surely_headings(layout.headings, list(below)),
    )
    return replace(read, findings=(*read.findings, *findings, *_text_findings(text, layout)))


def _text_findings(text: _Text, layout: _Layout) -> Iterator[Finding]:
    """What an analyst should know of how the file is written."""
    yield from found_on(
        "two-encodings",
        "",
        "rows are written in Windows-1252, the others in UTF-8",
        np.array(_rows_of_lines(text, layout) if text.other_lines else []),
        "Each row was read in its own way. Files put one behind the other are the usual cause: look at names and "
        "identifiers with accents in these rows, or export everything at once.",
    )
    yield from found_on(
        "byte-order-marks",
        "",
        "byte order marks stand inside the file, as where files were put one behind the other; they were left out",
        np.zeros(0),
        "Check that no row of headings stands among the rows.",
        "note",
        count=text.marks,
        unit="marks",
    )


def _rows_of_lines(text: _Text, layout: _Layout) -> list[int]:
    """The rows, as a spreadsheet numbers them, that hold the lines that were written otherwise."""
    text.source.seek(0)
    stream = io.StringIO(text.source.read().decode("utf-8"), newline="")
    reader = csv.reader(stream, delimiter=layout.separator)
    wanted, rows = iter(text.other_lines), []
    line = next(wanted, None)
    row = -layout.skip
    try:
        for _ in reader:
            row += 1
            if line is not None and line < reader.line_num:
                rows.append(row)
            while line is not None and line < reader.line_num:
                line = next(wanted, None)
    except csv.Error:
        pass
    return rows


def _rows(
    text: _Text, layout: _Layout, types: dict[str, pa.DataType], columns: Columns
) -> tuple[pa.Table, list[Finding]]:
    """The wanted columns, and what had to be done to rows that do not fit their headings."""
    broken: list[pacsv.InvalidRow] = []
    table = _parse(text, layout, types, broken, threads=True)
    if not broken:
        return table, []
    # Only a single-threaded pass numbers the rows that do not fit, and their place decides which row is later.
    broken.clear()
    table = _parse(text, layout, types, broken, threads=False)
    cells = [next(_cells(row.text, layout.separator), []) for row in broken]
    places = np.array([row.number - layout.skip - layout.above - 1 for row in broken], dtype=np.int64)
    numbers = places + layout.above + 1
    longer = _only_longer(cells, table.num_rows, columns)
    _refuse_row_names(cells, table.num_rows, columns)
    whole, joined, unfit = _in_order(cells, columns, harmless=longer)
    findings = [
        *(_longer_finding(cells, columns, layout) if longer else ()),
        *found_on(
            "cells-joined",
            "",
            "row has more cells than there are headings; a text that holds the separator was put together again",
            numbers[joined],
            "There is one way only in which each of these rows gives listed values and dates in their columns, and so "
            "it was read. Save the file with quotation marks around text to be sure.",
        ),
        *found_on(
            "wrong-number-of-cells",
            "",
            "row has more or fewer cells than there are headings",
            numbers[unfit],
            "Read from the left, filled up or cut, so its values may stand under the wrong headings. A separator or "
            "line break inside a text that is not in quotation marks is the usual cause: mend it in the export.",
            loses="people",
        ),
    ]
    _check_shape(cells, unfit, columns, table.num_rows + len(cells), numbers)
    return _put_back(table, whole, places, layout), findings


def _refuse_row_names(cells: Sequence[list[str]], others: int, columns: Columns) -> None:
    """Refuse a file in which every row begins with its own number, and the headings do not say so."""
    if others or {len(row) for row in cells} != {columns.width + 1}:
        return
    if all(row[0].strip() == str(number) for number, row in enumerate(cells, start=1)):
        raise ExtractError(
            Problem(
                "rows-do-not-fit",
                f"all {len(cells):,} rows have a cell more than there are headings: the number of the row stands first.",
                "all of the file.",
                "Export it without row names (in R: write.csv with row.names = FALSE), or give that column a heading.",
            )
        )


def _only_longer(cells: Sequence[list[str]], others: int, columns: Columns) -> bool:
    """Whether a separator at the end of every line only adds blank cells, and nothing is out of place.

    Blank last columns that a separator inside a text has pushed on look the same, but for what stands in the others.
    """
    return (
        not others
        and len({len(row) for row in cells}) == 1
        and not any(cell.strip() for row in cells for cell in row[columns.width :])
        and len(cells[0]) > columns.width
        and not any(map(columns.pushed_on, cells[:_SAMPLE]))
    )


def _in_order(
    cells: Sequence[list[str]], columns: Columns, *, harmless: bool
) -> tuple[list[list[str]], list[int], list[int]]:
    """Every row with as many cells as headings; which were joined, and which still do not fit."""
    width = columns.width
    whole, joined, unfit = [], [], []
    for number, row in enumerate(cells):
        blank = not any(cell.strip() for cell in row)
        mended = None if harmless or blank else columns.mended(row)
        if mended is not None:
            joined.append(number)
        elif not harmless and not blank:
            unfit.append(number)
        whole.append((mended or row + [""] * width)[:width])
    return whole, joined, unfit


def _longer_finding(cells: Sequence[list[str]], columns: Columns, layout: _Layout) -> Iterator[Finding]:
    """Where no date and no listed value behind a text shows that nothing was pushed on."""
    sure = columns.last_sure(cells[:_SAMPLE])
    unsure = [layout.headings[n] for n in sorted(columns.fields) if n > sure + 1]
    if unsure:
        yield Finding(
            "longer-than-headings",
            "",
            "every row has more cells than there are headings, and the last are blank",
            len(cells),
            advice="Taken as a separator at the end of each line. If a text before them holds a separator and is not in "
            f"quotation marks, these columns are read one too far: {', '.join(unsure)}. Look at them.",
            loses="characteristic",
        )


def _check_shape(
    cells: Sequence[list[str]], unfit: list[int], columns: Columns, total: int, rows: np.ndarray
) -> None:
    """Refuse a file of which more than a few rows in a hundred do not fit their headings."""
    # A row that leaves out the blank cells at its end has everything in its place.
    wrong = [n for n in unfit if not (columns.ends_blank(cells[n]) or columns.short(cells[n]))]
    if len(wrong) <= FEW_UNFIT or len(wrong) <= MOST_UNFIT * total:
        return
    long = sum(len(cells[n]) > columns.width for n in wrong)
    held = "the separator" if long * 2 >= len(wrong) else "a line break"
    cause = f"text that holds {held} and is not in quotation marks"
    if sum(columns.parted_otherwise(cells[n]) for n in wrong) * 2 >= len(wrong):
        cause = "another separator in a part of the file, as where two exports were put one behind the other"
    raise ExtractError(
        Problem(
            "rows-do-not-fit",
            f"{len(wrong):,} of {total:,} rows do not fit their headings: {long:,} have too many cells, "
            f"{len(wrong) - long:,} too few.",
            f"{rows_in_words(rows[wrong][:1000].tolist(), len(wrong))} of the file.",
            f"The usual cause is {cause}. Export it again with quotation marks around "
            "text (in SQL Server Management Studio: Tools, Options, Query Results, SQL Server, Results to Grid, Quote "
            "strings containing list separators), or as an Excel workbook.",
        )
    )


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
    table = pacsv.read_csv(
        text.source,
        read_options=pacsv.ReadOptions(
            column_names=layout.names,
            skip_rows=layout.skip,
            skip_rows_after_names=layout.above,
            use_threads=threads,
            block_size=1 << 22,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=layout.separator,
            newlines_in_values=True,
            # A blank line is a row too, as a spreadsheet numbers them.
            ignore_empty_lines=False,
            invalid_row_handler=keep,
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )
    return table.slice(0, max(0, table.num_rows - text.blank))


def _put_back(table: pa.Table, whole: list[list[str]], places: np.ndarray, layout: _Layout) -> pa.Table:
    """The table with the rows that did not fit in their place."""
    names = layout.names
    repaired = pa.table(
        {
            column: pa.array([row[names.index(column)] for row in whole]).cast(
                table.schema.field(column).type
            )
            for column in table.column_names
        },
        schema=table.schema,
    )
    total = table.num_rows + len(whole)
    order = np.empty(total, dtype=np.int64)
    is_broken = np.zeros(total, dtype=bool)
    is_broken[places] = True
    order[~is_broken] = np.arange(table.num_rows)
    order[is_broken] = table.num_rows + np.arange(len(whole))
    return pa.concat_tables([table, repaired]).unify_dictionaries().take(pa.array(order))


def _check_quotes(
    text: _Text, layout: _Layout, columns: Columns, places: dict[str, int], table: pa.Table
) -> None:
    """Refuse a file in which a quotation mark without its partner has swallowed whole rows."""
    # More lines than rows: blank lines, or line breaks within cells, which only then are worth a look.
    unexplained = text.lines - (table.num_rows + layout.above + layout.skip)
    dates = {number for name, number in places.items() if field_named(name).kind == "date"}
    ids = {number for name, number in places.items() if name in IDENTIFIERS}
    told = _Told(layout.separator, len(layout.headings), dates, places.get("event_type", -1), ids)
    suspects = np.zeros(table.num_rows, dtype=bool)
    for place, column in _longest_first(text, layout, columns, places, table) if unexplained > 0 else ():
        broken = _holds_line_ends(column)
        if broken.any():
            cells = column.filter(pa.array(broken)).to_pylist()
            held = [told.swallowed(cell.splitlines(), place) for cell in cells]
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


def _holds_line_ends(column: pa.ChunkedArray) -> np.ndarray:
    """Which cells hold a line break. Shape (rows,), bool."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(pc.match_substring(column, "\n").to_numpy())
    pieces = [np.zeros(0, dtype=bool)]
    for piece in column.chunks:
        broken = pc.match_substring(piece.dictionary, "\n").to_numpy(zero_copy_only=False)
        pieces.append(broken[piece.indices.to_numpy()] if broken.any() else np.zeros(len(piece), dtype=bool))
    return np.concatenate(pieces)


def _longest_first(
    text: _Text, layout: _Layout, columns: Columns, places: dict[str, int], table: pa.Table
) -> Iterator[tuple[int, pa.ChunkedArray]]:
    """Every column of the file by its place, free text before the others, and those that were not read after all."""
    names = {layout.names[number]: name for name, number in places.items()}
    ordered = sorted(names, key=lambda c: field_named(names[c]).kind != "free_text")
    yield from ((layout.names.index(c), table[c]) for c in ordered)
    unread = [column for column in layout.names if column not in names]
    if unread:
        rest, _ = _rows(text, layout, dict.fromkeys(unread, pa.string()), columns)
        yield from ((layout.names.index(c), rest[c]) for c in unread)


@dataclass(frozen=True)
class _Told:
    """What tells a row of the file from a line of prose: dates, an event type and identifiers in their columns."""

    separator: str
    width: int
    dates: set[int]
    event_type: int
    ids: set[int]

    def swallowed(self, lines: list[str], place: int) -> bool:
        """Whether the lines of a cell in this place hold the rest of its own row, or rows below."""
        rest, right = self._cells(lines[0]) if lines else [], self.width - 1 - place
        tail = dict(enumerate(rest[-right:], start=place + 1)) if 0 < right < len(rest) else {}
        return self._hits(tail) >= 1 or any(map(self.look_like_a_row, lines[1:]))

    def look_like_a_row(self, line: str) -> bool:
        """Whether a line, or the beginning of one, has two of them in their places, or all of a row and an identifier."""
        if self.separator not in line:
            return False
        cells = dict(enumerate(self._cells(line)))
        whole = len(cells) >= self.width and any(like_an_id(cells[n]) for n in self.ids)
        return whole or self._hits({n: cell for n, cell in cells.items() if n not in self.ids}) >= 2

    def _cells(self, line: str) -> list[str]:
        return [cell.strip() for cell in next(_cells(line, self.separator), [])]

    def _hits(self, cells: dict[int, str]) -> int:
        hits = sum(bool(_DATE.fullmatch(cells[n])) for n in self.dates if n in cells)
        hits += cells.get(self.event_type, "").casefold() in EVENT_TYPES
        return hits + any(like_an_id(cells[n]) for n in self.ids if n in cells)
