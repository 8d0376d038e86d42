"""CSV files: encodings, separators, and rows with too few or too many cells."""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from casetrack.errors import ExtractError
from casetrack.extract.fields import field_named
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import (
    RawTable,
    file_error,
    how_many_known,
    is_wide,
    match_headings,
    required_problems,
)

__all__ = ["read_csv"]

_SEPARATORS = (",", ";", "\t", "|")
_HEAD = 1 << 18


@dataclass(frozen=True)
class _Text:
    """A CSV file as UTF-8: where it is, and how it was written."""

    source: pa.NativeFile
    head: str
    encoding: str


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
    if b"\x00" in start[:2000]:
        # UTF-16 without its mark: in English headings every other byte is zero.
        return "utf-16-be" if start[:1] == b"\x00" else "utf-16-le"
    return "utf-8"


def _headings(text: _Text, mapping: ColumnMapping) -> tuple[list[str], str, int]:
    """The headings, the separator, and how many lines stand before them."""
    head, skip = text.head, 0
    if head[:4].lower() == "sep=":
        head, skip = head.split("\n", 1)[-1], 1
    best: list[str] = []
    chosen = mapping.separator or ","
    for separator in [mapping.separator] if mapping.separator else _SEPARATORS:
        row = next(csv.reader(io.StringIO(head, newline=""), delimiter=separator), [])
        if how_many_known(row, mapping) > how_many_known(best, mapping) or not best:
            best, chosen = row, separator
    return best, chosen, skip


def _read(text: _Text, mapping: ColumnMapping, check_required: bool) -> RawTable:
    headings, separator, skip = _headings(text, mapping)
    places, unused, problems = match_headings(headings, mapping)
    if check_required:
        problems += required_problems(set(places), mapping)
    if problems:
        raise ExtractError(problems)
    names = [f"c{i}" for i in range(len(headings))]
    wanted = {names[number]: name for name, number in places.items()}
    types = {
        column: pa.string() if is_wide(field_named(name)) else pa.dictionary(pa.int32(), pa.string())
        for column, name in wanted.items()
    }
    broken: list[pacsv.InvalidRow] = []
    table = _parse(text, names, types, separator, skip, broken, threads=True)
    malformed: tuple[int, ...] = ()
    if broken:
        # Only a single-threaded pass numbers the rows that do not fit, and their place decides which row is later.
        broken.clear()
        text.source.seek(0)
        table = _parse(text, names, types, separator, skip, broken, threads=False)
        table, malformed = _mend(table, broken, names, separator)
    return RawTable(
        columns={name: table[column] for column, name in wanted.items()},
        headings={name: headings[number] for name, number in places.items()},
        unused=unused,
        rows=table.num_rows,
        malformed=malformed,
        encoding=text.encoding,
    )


def _parse(
    text: _Text,
    names: list[str],
    types: dict[str, pa.DataType],
    separator: str,
    skip: int,
    broken: list[pacsv.InvalidRow],
    threads: bool,
) -> pa.Table:
    def keep(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    return pacsv.read_csv(
        text.source,
        read_options=pacsv.ReadOptions(
            column_names=names,
            skip_rows=skip,
            skip_rows_after_names=1,
            use_threads=threads,
            block_size=1 << 22,
        ),
        parse_options=pacsv.ParseOptions(
            delimiter=separator, newlines_in_values=True, invalid_row_handler=keep
        ),
        convert_options=pacsv.ConvertOptions(
            column_types=types,
            include_columns=list(types),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )


def _mend(
    table: pa.Table, broken: list[pacsv.InvalidRow], names: list[str], separator: str
) -> tuple[pa.Table, tuple[int, ...]]:
    """Put rows with too few or too many cells back in their place, filled up with blanks or cut."""
    rows = [next(csv.reader([row.text], delimiter=separator), []) for row in broken]
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
    positions = np.array([row.number - 2 for row in broken], dtype=np.int64)
    total = table.num_rows + len(broken)
    order = np.empty(total, dtype=np.int64)
    is_broken = np.zeros(total, dtype=bool)
    is_broken[positions] = True
    order[~is_broken] = np.arange(table.num_rows)
    order[is_broken] = table.num_rows + np.arange(len(broken))
    joined = pa.concat_tables([table, repaired]).unify_dictionaries().take(pa.array(order))
    return joined, tuple(int(p) for p in positions)
