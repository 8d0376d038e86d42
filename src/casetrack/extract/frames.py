"""Parquet files, Arrow tables and DataFrames as tables of text: each distinct value is turned into text once."""

from __future__ import annotations

import contextlib
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from casetrack.errors import CasetrackError, UsageError
from casetrack.extract import workbook_child
from casetrack.extract.cleaning import in_one_piece
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.tables import RawTable, file_error, make_table, match_headings
from casetrack.extract.workbooks import LARGE, MOST_PACKED, MOST_UNPACKED

#: The zone of every council.
_LONDON = "Europe/London"
#: Cells of a Parquet file for each of its bytes, where there are many: one column can be of one value, not all of them.
MOST_CELLS, MANY_CELLS = 200, 50_000_000
#: Columns of objects of one kind, in which equal cells have equal texts.
_ALIKE = frozenset(
    {"string", "integer", "floating", "mixed-integer-float", "boolean", "date", "datetime", "empty"}
)


@runtime_checkable
class ArrowStream(Protocol):
    """A table that gives its rows as Arrow does: of pyarrow, Polars, DuckDB and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The rows, by the Arrow C stream interface."""


def text_of(cell: Any) -> str:
    """A cell as text: whole numbers without a point, dates as YYYY-MM-DD."""
    if cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, np.generic):
        cell = cell.item()
    if isinstance(cell, dt.datetime) and cell.tzinfo is not None:
        # The day that it was in London: local midnight, written in UTC, falls on the day before.
        with contextlib.suppress(OverflowError):  # the first and the last day of all stand for none
            cell = cell.astimezone(ZoneInfo(_LONDON))
        cell = cell.date()
    if isinstance(cell, bytes):
        try:
            return cell.decode("utf-8")
        except UnicodeDecodeError:
            return cell.decode("cp1252", "replace")
    if isinstance(cell, Decimal):
        return "" if cell.is_nan() else str(int(cell) if cell == cell.to_integral_value() else cell)
    if isinstance(cell, list | tuple | set | dict | np.ndarray):
        raise file_error(
            "unreadable-column",
            "a column holds lists or records, not texts.",
            "Export each part as a column of its own.",
        )
    return workbook_child.plain_text(cell)


def read_parquet(path: Path, mapping: ColumnMapping) -> RawTable:
    """The known columns of a Parquet file as text."""
    try:
        schema = pq.read_schema(path)
        headings = schema.names
        places, _, _ = match_headings(headings, mapping)
        wanted = sorted(set(places.values()))
        # Text stays in dictionary form, and it is known how large it is without.
        texts = [headings[i] for i in wanted if _is_text(schema.types[i])]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            _check_size(file.metadata, len(wanted), path.stat().st_size)
            table = file.read(columns=[headings[i] for i in wanted])
        # Texts that are none, and cells that point outside their dictionary.
        table.validate(full=True)
        size = sum(_text_size(column) for column in table.columns)
    except (pa.ArrowException, OSError, ValueError, KeyError):
        raise file_error(
            "not-what-it-says",
            "the file is named as Parquet but cannot be read as it.",
            "Export it again as Parquet or CSV.",
        ) from None
    if size > MOST_UNPACKED:
        raise _too_large()
    return make_table(
        headings,
        lambda i: _arrow_text(table.column(wanted.index(i)), headings[i]),
        table.num_rows,
        mapping,
        origin="file",
        first_row=1,
    )


def _is_text(kind: pa.DataType) -> bool:
    known = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
    return bool(known or str(kind) in {"string_view", "binary_view"})


def _check_size(told: Any, columns: int, size: int) -> None:
    """Refuse a Parquet file that says that it unpacks to more than any extract."""
    unpacked = sum(told.row_group(i).total_byte_size for i in range(told.num_row_groups))
    cells = told.num_rows * columns
    if unpacked > MOST_UNPACKED or (unpacked > LARGE and unpacked > MOST_PACKED * size):
        raise _too_large()
    if cells > MANY_CELLS and cells > MOST_CELLS * size:
        raise _too_large()


def _text_size(column: pa.ChunkedArray) -> int:
    """Bytes of a column of text without its dictionary; a long text that stands on every row is one in the file."""
    if not pa.types.is_dictionary(column.type):
        return 0
    total = 0
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
        total += pc.sum(pc.take(lengths, chunk.indices)).as_py() or 0
    return total


def _too_large() -> CasetrackError:
    return file_error(
        "parquet-too-large",
        "the Parquet file unpacks to more than any extract.",
        "Export only the columns and the rows of the extract again, as Parquet or CSV.",
    )


def read_arrow(source: ArrowStream, mapping: ColumnMapping) -> RawTable:
    """The known columns of an Arrow table as text."""
    try:
        stream = pa.RecordBatchReader.from_stream(source)
    except pa.ArrowInvalid:
        # One column gives itself in the same way, and is no table.
        raise no_source() from None
    table = stream.read_all()
    return make_table(
        table.column_names,
        lambda i: _arrow_text(table.column(i), table.column_names[i]),
        table.num_rows,
        mapping,
        origin="table",
        first_row=1,
    )


def no_source() -> CasetrackError:
    """The error for what is no source of rows."""
    return UsageError.of(
        "source-kind",
        "the source is neither a path nor a table.",
        advice="Give the path of a file, a DataFrame or an Arrow table, or a list of them.",
    )


def _arrow_text(column: pa.ChunkedArray, heading: str) -> pa.ChunkedArray | pa.Array:
    """A column as text or, where its values are not text, as their texts in dictionary form."""
    try:
        if _is_text(column.type):
            return column.cast(pa.string())
        if not pa.types.is_dictionary(column.type):
            column = column.dictionary_encode()
        piece = in_one_piece(column)
        return _coded(piece.indices, _texts(piece.dictionary))
    except pa.ArrowNotImplementedError:
        return pa.array([_whole(text_of(cell)) for cell in column.to_pylist()], pa.string())
    except (pa.ArrowException, ValueError, OverflowError, TypeError):
        raise file_error(
            "unreadable-column",
            f'the column "{heading}" cannot be read as text or as dates.',
            "Export it as text, or as dates without a time zone.",
        ) from None


def _coded(codes: pa.Array, texts: pa.Array) -> pa.DictionaryArray:
    """Codes into texts of which several may be equal, as codes into distinct ones."""
    distinct = texts.fill_null("").dictionary_encode()
    return pa.DictionaryArray.from_arrays(distinct.indices.take(codes), distinct.dictionary)


def _texts(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_timestamp(kind):
        # With a zone, the day that it was in London: local midnight, written in UTC, falls on the day before.
        if kind.tz:
            pc.local_timestamp(values.slice(0, 1))  # A zone that nobody knows is refused.
            values = pc.local_timestamp(values.cast(pa.timestamp(kind.unit, _LONDON)))
        days = values.cast(pa.date32(), safe=False).cast(pa.string())
        return days if kind.tz else pc.binary_join_element_wise(days, _parts_gone(values), "")
    elif pa.types.is_boolean(kind):
        values = pc.if_else(values, "Yes", "No")
    elif pa.types.is_nested(kind):
        raise TypeError("a list or a record is no text")
    elif pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.array([text_of(value) for value in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def _parts_gone(moments: pa.Array) -> pa.Array:
    """What ``plain_text`` writes behind the date of each moment."""
    hour = {"s": 3600, "ms": 3_600_000, "us": 3_600_000_000, "ns": 3_600_000_000_000}[moments.type.unit]
    time = moments.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) % (24 * hour)
    part = np.zeros(len(time), dtype=np.int8)
    for full in workbook_child.FULL_HOURS:
        part[time == full * hour] = full + 1
    texts = [".5", *(workbook_child.FULL_HOURS.get(full, ".5") for full in range(24))]
    return pa.array(texts).take(pa.array(part))


def read_frame(frame: pd.DataFrame, mapping: ColumnMapping) -> RawTable:
    """The known columns of a DataFrame as text, a named index among them; the frame is not changed."""
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    if named:
        frame = frame.reset_index(named)
    headings = [_whole(str(c)) for c in frame.columns]
    return make_table(
        headings, lambda i: _series_text(frame.iloc[:, i]), len(frame), mapping, origin="table", first_row=1
    )


def _series_text(series: pd.Series) -> pa.Array | pa.ChunkedArray:
    """A column of a DataFrame as text, or as the texts of its values in dictionary form."""
    if isinstance(series.dtype, pd.StringDtype) and series.dtype.storage == "pyarrow":
        return pa.array(series.array).cast(pa.string())
    if isinstance(series.dtype, pd.ArrowDtype):
        return _arrow_text(pa.chunked_array(pa.array(series.array)), str(series.name))
    if series.dtype == object:
        # What is text throughout is most of what there is; anything else is refused at its first cell.
        with contextlib.suppress(pa.ArrowException, UnicodeEncodeError):
            return pa.array(series.to_numpy(), pa.string(), from_pandas=True)
    kind = pd.api.types.infer_dtype(series, skipna=True) if series.dtype == object else ""
    if kind and kind not in _ALIKE:
        return pa.array([_whole(text_of(cell)) for cell in series], pa.string())
    codes, values = pd.factorize(series)
    texts = pa.array([_whole(text_of(value)) for value in values.astype(object)], pa.string())
    return _coded(pa.array(codes, mask=codes < 0), texts)


def _whole(text: str) -> str:
    """Text that can be written as UTF-8: half of a character is shown as one that cannot be read."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
