"""Write an extract the ways that councils' systems do: encodings, separators, date formats, headings."""

from __future__ import annotations

import csv
import datetime as dt
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from casetrack.errors import UsageError
from casetrack.synthetic.chance import Words
from casetrack.synthetic.vocabulary import DATE_FIELDS
from casetrack.working_days import MONTHS

DATE_FORMATS: tuple[str, ...] = ("DD/MM/YYYY", "YYYY-MM-DD", "YYYY-MM-DD hh:mm:ss", "DD-MMM-YYYY", "serial")
ENCODINGS: tuple[str, ...] = ("utf-8", "utf-8-sig", "cp1252", "utf-16")
# Excel counts days from here; the two days too many are its own (it has a 29 February 1900).
_SERIAL_ZERO = dt.date(1899, 12, 30)
_CHUNK = 50_000


def as_written(frame: pd.DataFrame, date_format: str, headings: str) -> pd.DataFrame:
    """Give the same rows with dates and headings written another way.

    A date that does not exist is put in the new order too, except that it has no serial and stays as it is.
    """
    if date_format not in DATE_FORMATS:
        raise UsageError.of(
            "unknown-date-format",
            "date_format is not known.",
            advice="One of: " + ", ".join(DATE_FORMATS) + ".",
        )
    if headings not in ("council", "database"):
        raise UsageError.of("unknown-headings", "headings is not known.", advice="One of: council, database.")
    columns = {}
    for name in frame.columns:
        heading = re.sub(r"\W+", "_", name).strip("_") if headings == "database" else name
        columns[heading] = _redate(frame[name], date_format) if name in DATE_FIELDS else frame[name]
    return pd.DataFrame(columns)


def write_csv(frame: pd.DataFrame, path: Path, encoding: str, separator: str) -> None:
    """Write text columns as CSV, quoting where needed, with the line ends that councils' systems write."""
    if encoding not in ENCODINGS:
        raise UsageError.of(
            "unknown-encoding", "encoding is not known.", advice=f"One of: {', '.join(ENCODINGS)}."
        )
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
        writer.writerow(frame.columns)
        for first in range(0, len(frame), _CHUNK):
            part = frame.iloc[first : first + _CHUNK]
            writer.writerows(zip(*(part[name].tolist() for name in frame.columns), strict=True))


def write_excel(frame: pd.DataFrame, path: Path, sheet: str, date_cells: bool) -> None:
    """Write text columns as a workbook; with ``date_cells`` the dates that exist become cells with a date."""
    with xlsxwriter.Workbook(str(path)) as book:
        book.set_properties({"created": dt.datetime(2026, 1, 1)})
        page = book.add_worksheet(sheet)
        shape = book.add_format({"num_format": "dd/mm/yyyy"})
        for place, name in enumerate(frame.columns):
            page.write_string(0, place, name)
            for row, text in enumerate(frame[name].tolist(), start=1):
                day = _day(text) if date_cells and name in DATE_FIELDS else None
                if day is not None:
                    page.write_datetime(row, place, day, shape)
                elif text:
                    page.write_string(row, place, text)


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write text columns as Parquet."""
    table = pa.table({name: pa.array(frame[name].tolist(), type=pa.string()) for name in frame.columns})
    pq.write_table(table, str(path))


def _day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y").date()
    except ValueError:
        return None


def _redate(column: pd.Series, date_format: str) -> Words:
    if date_format == "DD/MM/YYYY":
        return np.array(column.tolist(), dtype=object)
    where, found = pd.factorize(column)
    new = np.array([_rewritten(text, date_format) for text in found], dtype=object)
    return np.asarray(new[where], dtype=object)


def _rewritten(text: str, date_format: str) -> str:
    parts = text.split("/")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return text
    day, month, year = parts
    if date_format == "serial":
        date = _day(text)
        return text if date is None else str((date - _SERIAL_ZERO).days)
    if date_format == "DD-MMM-YYYY":
        return f"{day}-{MONTHS[int(month) - 1][:3]}-{year}"
    return f"{year}-{month}-{day}" + (" 00:00:00" if date_format.endswith("ss") else "")
