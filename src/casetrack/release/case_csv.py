"""The case list as a tidy CSV file that Excel opens as it is, and runs nothing of.

A CSV file has no types: a spreadsheet takes a cell that starts with ``=``, ``+``, ``-`` or ``@`` for a formula,
quotes or not. Such a start gets an apostrophe before it, the mark that spreadsheets themselves use for "this is text".
It shows, and it should: no category of the field starts like this, so it says that the extract needs looking at.
A tab or a space before it would not show, but would break comparisons without anybody seeing why; taking the
character away would change one value into another.
"""

from __future__ import annotations

import csv
import io

from casetrack.release.released import Released
from casetrack.words import csv_text, released_text


def csv_bytes(release: Released) -> bytes:
    """The case list as CSV: one row per case."""
    table = release.table
    names = [str(name) for name in table.columns]
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["case_reference", *names])
    for reference, row in zip(table.index, table.to_numpy(dtype=object).tolist(), strict=True):
        cells = [released_text(value, name) for name, value in zip(names, row, strict=True)]
        writer.writerow([csv_text(cell) for cell in (str(reference), *cells)])
    return text.getvalue().encode("utf-8-sig")
