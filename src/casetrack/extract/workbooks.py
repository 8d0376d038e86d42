"""Excel workbooks, Parquet files and DataFrames as tables of text."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook

from casetrack.errors import ExtractError
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import (
    HEADING_ROWS,
    RawTable,
    file_error,
    how_many_known,
    match_headings,
    required_problems,
)

__all__ = ["read_excel", "read_frame", "read_parquet", "text_of"]


def text_of(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates as YYYY-MM-DD.

    Examples
    --------
    >>> text_of(9434765919.0), text_of(dt.datetime(2026, 3, 31)), text_of("0012")
    ('9434765919', '2026-03-31', '0012')
    """
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool | np.bool_):
        return "Yes" if cell else "No"
    if isinstance(cell, dt.datetime | pd.Timestamp):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, float | np.floating):
        cell = float(cell)
        if cell != cell:
            return ""
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _table(
    headings: Sequence[str],
    column: Any,
    rows: int,
    mapping: ColumnMapping,
    origin: str,
    first_row: int,
    check_required: bool,
) -> RawTable:
    places, unused, problems = match_headings(headings, mapping, strict=check_required)
    if check_required:
        problems += required_problems(set(places), mapping)
    if problems:
        raise ExtractError(problems)
    columns = {}
    for name, number in places.items():
        text = column(number)
        columns[name] = text if isinstance(text, pa.ChunkedArray) else pa.chunked_array([text], pa.string())
    return RawTable(
        columns=columns,
        headings={name: headings[number] for name, number in places.items()},
        unused=unused,
        rows=rows,
        first_row=first_row,
        origin=origin,
    )


def read_excel(path: Path, mapping: ColumnMapping, *, check_required: bool = True) -> RawTable:
    """Read the sheet that holds the extract: the one the mapping names, or the one whose headings are known."""
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            # Blank rows above count too, or every row number in a message would be wrong.
            sheets = {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in _candidates(book, mapping)
            }
    except CalamineError as error:
        if "password" in type(error).__name__.lower():
            raise password_error() from None
        raise file_error(
            "not-what-it-says",
            "the file is named as a workbook but cannot be opened as one.",
            "Open it in Excel and save it again as .xlsx.",
        ) from None
    found = sorted(
        (
            (known, -order, name, top)
            for order, name in enumerate(sheets)
            for known, top in [_heading_row(sheets[name], mapping)]
        ),
        reverse=True,
    )
    if len(found) > 1 and found[0][0] == found[1][0] and found[0][0] >= 5:
        raise file_error(
            "two-sheets",
            "two sheets look equally like an extract.",
            'Name the one to read in a mapping file: [file] sheet = "…".',
        )
    if not any(sheets.values()):
        raise file_error("empty-file", "the workbook is empty.", "Export it again.")
    _, _, name, top = found[0]
    body = sheets[name]
    headings = [text_of(cell).strip() for cell in body[top]] if body else []
    data = body[top + 1 :]
    while data and not any(text_of(cell).strip() for cell in data[-1]):
        data.pop()
    return _table(
        headings,
        lambda i: pa.array([text_of(row[i]) if i < len(row) else "" for row in data], pa.string()),
        len(data),
        mapping,
        f'sheet "{name}"',
        top + 2,
        check_required,
    )


def _candidates(book: CalamineWorkbook, mapping: ColumnMapping) -> list[str]:
    if mapping.sheet is None:
        return list(book.sheet_names)
    if mapping.sheet not in book.sheet_names:
        raise file_error(
            "no-such-sheet",
            "the workbook does not have the sheet that the mapping file names.",
            f"It has {len(book.sheet_names)} sheets; check the spelling in [file] sheet.",
        )
    return [mapping.sheet]


def _heading_row(body: list[list[Any]], mapping: ColumnMapping) -> tuple[int, int]:
    """How many fields the best row of headings names, and where it stands."""
    best = (0, 0)
    for number, row in enumerate(body[:HEADING_ROWS]):
        known = how_many_known([text_of(cell) for cell in row], mapping)
        if known > best[0]:
            best = (known, number)
    return best


def password_error() -> Exception:
    """The error for a workbook that asks for a password."""
    return file_error(
        "password-protected",
        "the workbook is protected by a password.",
        "Open it in Excel, remove the password (File, Info, Protect Workbook) and save a copy for this purpose.",
    )


def read_parquet(path: Path, mapping: ColumnMapping, *, check_required: bool = True) -> RawTable:
    """Read the known columns of a Parquet file as text."""
    try:
        file = pq.ParquetFile(path)
        table = file.read()
    except (pa.ArrowInvalid, OSError):
        raise file_error(
            "not-what-it-says",
            "the file is named as Parquet but is not.",
            "Export it again as Parquet or CSV.",
        ) from None
    return _table(
        table.column_names,
        lambda i: _arrow_text(table.column(i)),
        table.num_rows,
        mapping,
        "file",
        1,
        check_required,
    )


def _arrow_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = kind.value_type
    if pa.types.is_timestamp(kind):
        # The day where it happened, not the day in Greenwich.
        local = pc.local_timestamp(column) if kind.tz else column
        column = local.cast(pa.date32(), safe=False)
    elif pa.types.is_boolean(kind):
        column = pc.if_else(column, "Yes", "No")
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind) or pa.types.is_nested(kind):
        return pa.chunked_array([pa.array([text_of(v) for v in column.to_pylist()], pa.string())])
    return column.cast(pa.string()).fill_null("")


def read_frame(frame: pd.DataFrame, mapping: ColumnMapping, *, check_required: bool = True) -> RawTable:
    """Read the known columns of a DataFrame as text; the frame is not changed."""

    def column(i: int) -> pa.Array:
        series = frame.iloc[:, i]
        if isinstance(series.dtype, pd.CategoricalDtype):
            texts = [text_of(v) for v in series.cat.categories] + [""]
            return pa.array([texts[c] for c in series.cat.codes], pa.string())
        return pa.array([text_of(v) for v in series.astype(object)], pa.string())

    headings = [str(c) for c in frame.columns]
    return _table(headings, column, len(frame), mapping, "table", 1, check_required)
