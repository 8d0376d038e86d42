"""Excel workbooks as tables of text, read by a process of their own."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.errors import CasetrackError
from casetrack.extract import workbook_child
from casetrack.extract.found import found_on
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import (
    HEADING_ROWS,
    RawTable,
    file_error,
    find_headings,
    make_table,
    surely_headings,
)
from casetrack.findings import Finding

#: What a workbook may unpack to. A sheet of a million rows, the most there can be, is about as large.
MOST_UNPACKED = 2 << 30
#: A file that unpacks to more than this times its size, and is large then, was made to do harm. Extracts reach 40.
MOST_PACKED = 200
LARGE = 256 << 20
#: Memory of the process that reads: the interpreter and its libraries, and what a byte of a sheet becomes at most.
MEMORY, MEMORY_TIMES = 768 << 20, 12
#: Seconds for a small workbook, and more for each MB of a large one: ten times what a slow machine takes.
SECONDS, SECONDS_A_MB = 60, 3


@dataclass(frozen=True, repr=False)
class Sheet:
    """A sheet of a workbook as text; of a hidden one ``columns`` hold only the first rows.

    ``hidden`` of its rows are hidden, the first by number; ``cut`` cells and rows far away from the table were not read;
    rows of ``formulas`` hold some that nothing has calculated.
    """

    name: str
    visible: bool
    rows: int
    columns: list[pa.Array]
    hidden: int = 0
    hidden_rows: tuple[int, ...] = ()
    cut: int = 0
    formulas: tuple[int, ...] = ()

    def head(self) -> list[list[str]]:
        """The first rows."""
        return self.cells(HEADING_ROWS + 5)

    def cells(self, rows: int | None = None) -> list[list[str]]:
        """The cells as text, row by row, of so many rows."""
        columns = [column[:rows].to_pylist() for column in self.columns]
        return [list(row) for row in zip(*columns, strict=True)]


def read_sheets(source: Path | bytes, wanted: str | None = None, *, whole: bool = False) -> list[Sheet]:
    """Every sheet of a workbook, read by a process of its own with bounds on memory and time.

    `wanted`: the only sheet to read; the others are named and nothing else. `whole`: hidden sheets too, not only their
    first rows.
    """
    content = source if isinstance(source, bytes) else None
    held = len(source) if isinstance(source, bytes) else source.stat().st_size
    size = max(_unpacked_size(source if isinstance(source, Path) else io.BytesIO(source), held), held)
    command = [sys.executable, "-P", workbook_child.__file__]
    command += [str(source.resolve()) if isinstance(source, Path) else "", str(MEMORY + MEMORY_TIMES * size)]
    command += [wanted or "", "whole" if whole else ""]
    try:
        done = subprocess.run(
            command,
            input=content or b"",
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            timeout=SECONDS + SECONDS_A_MB * (size >> 20),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _out_of_bounds("takes far longer to read than a workbook of its size should") from None
    except (OSError, ValueError):
        raise _out_of_bounds("cannot be read: the process that reads workbooks cannot be started") from None
    length = int.from_bytes(done.stdout[:8], "little")
    if done.returncode or len(done.stdout) < 8 + length:
        raise _out_of_bounds("is damaged, or asks for far more memory than a workbook of its size should")
    header = json.loads(done.stdout[8 : 8 + length])
    if header.get("error"):
        raise _error_of(header["error"])
    return list(_sheets_of(header["sheets"], memoryview(done.stdout)[8 + length :]))


def _unpacked_size(file: Path | io.BytesIO, size: int) -> int:
    """What a zipped workbook of a size says that it unpacks to; 0 for the old format."""
    try:
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return 0
    total = sum(part.file_size for part in parts)
    if total > MOST_UNPACKED or (total > LARGE and total > MOST_PACKED * size):
        raise file_error(
            "workbook-too-large",
            f"the workbook unpacks to {total >> 20:,} MB, more than any extract.",
            "Save the sheet that holds the extract as CSV (UTF-8), and give that.",
        )
    return total


def _sheets_of(heads: list[dict[str, Any]], data: memoryview) -> Iterator[Sheet]:
    at = 0
    for head in heads:
        columns = []
        ends = 4 * (head["told"] + 1)
        for length in head["columns"]:
            cells = data[at : at + ends + length]
            parts = pa.py_buffer(cells[:ends]), pa.py_buffer(cells[ends:])
            columns.append(pa.StringArray.from_buffers(head["told"], *parts))
            at += ends + length
        yield Sheet(
            head["name"],
            head["visible"],
            head["rows"],
            columns,
            head.get("hidden", 0),
            tuple(head.get("hidden_rows", ())),
            head.get("cut", 0),
            tuple(head.get("formulas", ())),
        )


def _out_of_bounds(what: str) -> CasetrackError:
    return file_error(
        "workbook-bounds",
        f"the workbook {what}.",
        "Open it in Excel, copy the rows of the extract into a new workbook and save that, or save it as CSV (UTF-8).",
    )


def _error_of(code: str) -> CasetrackError:
    if code == "password":
        return password_error()
    if code == "memory":
        return _out_of_bounds("asks for far more memory than a workbook of its size should")
    return file_error(
        "not-what-it-says",
        "the file is named as a workbook but cannot be opened as one.",
        "Open it in Excel and save it again as .xlsx.",
    )


def password_error() -> CasetrackError:
    """The error for a workbook that asks for a password."""
    return file_error(
        "password-protected",
        "the workbook is protected by a password.",
        "Open it in Excel, remove the password (File, Info, Protect Workbook) and save a copy for this purpose.",
    )


def read_excel(path: Path, mapping: ColumnMapping) -> tuple[list[RawTable], list[Sheet]]:
    """The tables on the visible sheets of a workbook, or on the one that the mapping names; and the hidden sheets."""
    sheets = read_sheets(path, mapping.sheet)
    _check_named(sheets, [mapping.sheet, *(one.sheet for one in mapping.files)])
    if not any(sheet.rows for sheet in sheets):
        raise file_error("empty-file", "the workbook is empty.", "Export it again.")
    if mapping.sheet is not None:
        sheets = [replace(sheet, visible=True) for sheet in sheets if sheet.name == mapping.sheet]
    tables = [_table_on(s, mapping.for_sheet(s.name)) for s in sheets if s.visible and s.columns]
    return tables, [sheet for sheet in sheets if not sheet.visible and sheet.rows]


def _check_named(sheets: list[Sheet], wanted: list[str | None]) -> None:
    """Refuse a mapping that names a sheet that is not there."""
    names = [sheet.name for sheet in sheets]
    for name in wanted:
        if name is not None and name not in names:
            raise file_error(
                "no-such-sheet",
                f'the workbook does not have the sheet "{name}" that the mapping file names.',
                f"It has {', '.join(names)}; check the spelling in [file] sheet, or sheet under [[files]].",
            )


def _table_on(sheet: Sheet, mapping: ColumnMapping) -> RawTable:
    head = sheet.head()
    top, _, row = find_headings(head, mapping)
    headings = [cell.strip() for cell in row]
    rows = _rows_filled(sheet, top + 1)
    table = make_table(
        headings,
        lambda i: sheet.columns[i].slice(top + 1, rows),
        rows,
        mapping,
        origin=f'sheet "{sheet.name}"',
        first_row=top + 2,
        sheet=sheet.name,
        shown=surely_headings(headings, head[top + 1 : top + 6]),
    )
    return replace(table, findings=(*table.findings, *_sheet_findings(sheet, top + 1)))


def _rows_filled(sheet: Sheet, start: int) -> int:
    """How many rows there are below the headings, blank ones at the end left out."""
    last = start
    for column in sheet.columns:
        filled = np.flatnonzero(
            pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy(zero_copy_only=False)
        )
        last = max(last, int(filled[-1]) + 1 if len(filled) else 0)
    return last - start


def _sheet_findings(sheet: Sheet, top: int) -> Iterator[Finding]:
    """What somebody who looks at the sheet does not see."""
    rows = np.array([row for row in sheet.hidden_rows if row > top])
    yield from found_on(
        "hidden-rows",
        "",
        f'rows of the sheet "{sheet.name}" are hidden, by a filter or by hand, and were read all the same',
        rows,
        "If somebody filtered these people out on purpose, delete their rows or put them on the hold-back list.",
        count=sheet.hidden - sum(1 for row in sheet.hidden_rows if 0 < row <= top),
    )
    yield from found_on(
        "formulas-not-calculated",
        "",
        f'cells of the sheet "{sheet.name}" hold formulas that no program has calculated, and are read as blank',
        np.array([row for row in sheet.formulas if row > top]),
        "Open the workbook in Excel, save it there, and read it again.",
        loses="people",
    )
    yield from found_on(
        "stray-cells",
        "",
        f'cells of the sheet "{sheet.name}" stand far away from the table and were not read',
        np.zeros(0),
        "If one of them belongs to the extract, move it into the table; else delete it.",
        count=sheet.cut,
        unit="rows and cells",
    )
