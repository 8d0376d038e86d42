"""Workbooks about people for the council's own: one look for all sheets, the marking on every page, and no formula."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from casetrack.packs.word import MARKING

_FONT = {"font_name": "Arial", "font_size": 11}
#: The quote prefix keeps text from becoming a formula also when somebody edits the cell and presses Enter.
_CELL = {
    **_FONT,
    "valign": "top",
    "text_wrap": True,
    "border": 1,
    "align": "left",
    "indent": 1,
    "quote_prefix": True,
}


class Sheets:
    """A workbook in the making; the same content and day give the same bytes."""

    def __init__(self, title: str, on: dt.date) -> None:
        self._out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        self._book = xlsxwriter.Workbook(self._out, options)
        created = dt.datetime(on.year, on.month, on.day)
        self._book.set_properties({"title": title, "author": "casetrack", "created": created})
        self.cell = self.form()
        self.head = self.form(bold=True, bg_color="#12436D", font_color="#FFFFFF")
        self._title = self._book.add_format({**_FONT, "font_size": 14, "bold": True})
        self._mark = self._book.add_format({**_FONT, "bold": True, "font_color": "#6B0F1A"})

    def form(self, **look: Any) -> Any:
        """A cell that looks another way."""
        return self._book.add_format({**_CELL, **look})

    def sheet(self, name: str, title: str) -> Any:
        """An empty sheet with its title; the fourth row is the first that is free."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, MARKING, self._mark)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&C{MARKING}")
        sheet.set_footer("&CPage &P of &N")
        return sheet

    def table(self, name: str, title: str, columns: Iterable[tuple[str, int]], rows: Sequence[Any]) -> None:
        """A sheet of rows of text under headings, each with its width; a row that says so where there are none."""
        sheet = self.sheet(name, title)
        heads = list(columns)
        for column, (text, width) in enumerate(heads):
            sheet.write_string(3, column, text, self.head)
            sheet.set_column(column, column, width)
        for place, row in enumerate(rows or [("Nothing", *[""] * (len(heads) - 1))], start=4):
            for column, value in enumerate(row):
                sheet.write_string(place, column, str(value), self.cell)
        sheet.freeze_panes(4, 1)
        sheet.autofilter(3, 0, 3 + max(1, len(rows)), len(heads) - 1)
        sheet.repeat_rows(3)

    def as_bytes(self) -> bytes:
        """The workbook, finished."""
        self._book.close()
        return self._out.getvalue()
