"""Readiness as a workbook: a page for the director, and one sheet per check for the team; no cell is a formula."""

from __future__ import annotations

import datetime as dt
import io
import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
import xlsxwriter

from casetrack.checks.thirteen import Check
from casetrack.headings import heading
from casetrack.tables import cell_words, is_number

#: Characters of the widest column, so that a sheet is read on one page; points of a line of text.
_WIDEST, _LINE = 40, 16
_COLOURS = {"act": "#F6D7D2", "look": "#FFF7BF", "ready": "#CCE2D8"}


def workbook_bytes(
    verdict: str, checks: Sequence[Check], trend: pd.DataFrame | None, as_at: dt.date
) -> bytes:
    """The workbook as bytes; the same checks give the same bytes."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "Arial", "font_size": 12},
    }
    with xlsxwriter.Workbook(content, options) as book:
        made = dt.datetime.combine(as_at, dt.time())
        book.set_properties({"title": "Readiness for case tracking (council only)", "created": made})
        formats = _formats(book)
        table = pd.DataFrame(
            [(c.title, c.state, c.figure, c.threshold, c.advice) for c in checks],
            columns=["check", "state", "figure", "threshold", "advice"],
        )
        _sheet(book, formats, "Summary", verdict, table)
        if trend is not None:
            _sheet(book, formats, "Trend", "Last month and now", trend)
        for number, check in enumerate(checks, start=1):
            _sheet(
                book, formats, f"{number} {check.name}"[:31], f"{check.title}: {check.figure}", check.detail
            )
    return content.getvalue()


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    plain = {"font_name": "Arial", "font_size": 12, "valign": "top", "text_wrap": True, "quote_prefix": True}
    made = {
        state: book.add_format({**plain, "bold": True, "bg_color": colour})
        for state, colour in _COLOURS.items()
    }
    return {
        **made,
        "title": book.add_format({**plain, "bold": True, "font_size": 16, "text_wrap": False}),
        "heading": book.add_format({**plain, "bold": True, "bg_color": "#DCE6F0"}),
        "text": book.add_format(plain),
        "number": book.add_format({"num_format": "#,##0", "valign": "top"}),
        "part": book.add_format({"num_format": "0.0%", "valign": "top"}),
        "decimal": book.add_format({"num_format": "0.00", "valign": "top"}),
    }


def _sheet(
    book: xlsxwriter.Workbook, formats: dict[str, Any], name: str, title: str, table: pd.DataFrame
) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, formats["title"])
    sheet.freeze_panes(3, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    lines = [1] * (len(table) + 3)
    for place, column in enumerate(map(str, table.columns)):
        values = table.iloc[:, place].tolist()
        sheet.write_string(2, place, heading(column), formats["heading"])
        longest = max([len(heading(column)), *(len(cell_words(value, column)) for value in values)])
        width = min(_WIDEST, longest + 3)
        sheet.set_column(place, place, width)
        for row, value in enumerate(values, start=3):
            lines[row] = max(lines[row], len(textwrap.wrap(cell_words(value, column), width - 3)))
            if is_number(value) and not pd.isna(value):
                kind = "part" if "share" in column else "number" if float(value) == int(value) else "decimal"
                sheet.write_number(row, place, float(value), formats[kind])
            else:
                sheet.write_string(
                    row, place, cell_words(value, column), formats.get(str(value), formats["text"])
                )
    for row, number in enumerate(lines[3:], start=3):
        # Not every program fits the height of a row to its text by itself.
        sheet.set_row(row, _LINE * number)
