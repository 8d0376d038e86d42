"""The return as an Excel workbook: a cover sheet, the list, its coverage of the pool, and notes.

Text is text here: no cell is a formula or a link, whatever the extract held, and the same release gives the same
bytes. The layout follows the Government Analysis Function's guidance on spreadsheets: every table is marked as one
and has one heading row, no merged or hidden cells, a plain typeface of 12 points, each sheet with a title in A1.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
from collections.abc import Sequence
from typing import Any

import xlsxwriter

from casetrack.disclosure.values import WITHHELD
from casetrack.headings import heading
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.release.cover import MARKING, Cover
from casetrack.release.released import Released
from casetrack.release.return_words import about_rows, note_rows
from casetrack.words import clean, number, released_text

_FONT = {"font_name": "Arial", "font_size": 12, "valign": "top"}
_RULE = {"bottom": 1, "bottom_color": "#B1B4B6"}
# The quote prefix keeps text from becoming a formula also when somebody edits the cell and presses Enter.
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "above": {"quote_prefix": True},
    "plain": {"quote_prefix": True, **_RULE},
    "wrapped": {"quote_prefix": True, "text_wrap": True, **_RULE},
    "blank": {"bg_color": "#FFF7BF", "border": 1, "border_color": "#505A5F"},
    # Not every program indents a number: its format leaves the room of two brackets after it.
    "number": {"num_format": "#,##0_)_)", "align": "right", **_RULE},
    "average": {"num_format": "#,##0.0_)_)", "align": "right", **_RULE},
    "in_place_of_number": {"quote_prefix": True, "align": "right", "indent": 1, **_RULE},
    "heading": {"bold": True, "bg_color": "#DCE6F0", "bottom": 2, "text_wrap": True},
    "number_heading": {
        "bold": True,
        "bg_color": "#DCE6F0",
        "bottom": 2,
        "text_wrap": True,
        "align": "right",
        "indent": 1,
    },
}
#: The row of headings of a sheet's first table.
_TOP = 3
_A4 = 9
_WIDEST = 60
WITHHELD_HEADING = "What is withheld"
_CODE = re.compile(r"CT\d\d")
#: A label that names one code the person meets and leaves the others open.
_ONE_OF_THEM = re.compile(r"(CT\d\d)(?: \(listed code only\)| and \d+ more)")
_AVERAGE = re.compile(r"[\d,]*\d\.\d")
#: Rows that can still be read when they are printed on one page, and characters of a line at the foot of one.
_ON_ONE_PAGE, _LONGEST_FOOT = 60, 60
#: Points: a line of Arial 12 with a little air, and characters of it in the wide column of prose.
_LINE, _PROSE = 17.0, 90
#: Characters of a line in the case list: longer ones go on on the next, so that a page holds every column.
_WIDE_CELL = 22


def workbook_bytes(release: Released, cover: Cover | None = None) -> bytes:
    """The return as the bytes of an Excel workbook; the same release gives the same bytes."""
    content = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_format_properties": {"font_name": "Arial", "font_size": 12},
    }
    with xlsxwriter.Workbook(content, options) as book:
        # The day the list is about, not the day of writing: two runs give the same bytes.
        made = dt.datetime.fromisoformat(release.facts["as_at"])
        book.set_properties(
            {
                "title": "Case tracking: coded case list",
                "subject": "Return to CQC",
                # Which folder and which history it is of; only the council's folder can test it.
                "keywords": str(release.facts.get("record", "")),
                "created": made,
            }
        )
        about = Cover() if cover is None else cover
        writer = _Writer(book, about)
        _cover(writer, release, about)
        _case_list(writer, release)
        _coverage(writer, release)
        _notes(writer, release)
    return content.getvalue()


class _Writer:
    """The formats of one workbook, and the two things that every sheet is made of: a top and tables."""

    def __init__(self, book: Any, about: Cover) -> None:
        self.book = book
        self.foot = _printed(
            " · ".join([*([about.council] if about.council else ()), f"Version {about.version}"])
        )
        self.formats = {name: book.add_format({**_FONT, **more}) for name, more in _FORMATS.items()}

    def sheet(self, name: str, title: str, below: str, *, upright: bool = False, pages: int = 0) -> Any:
        """A new sheet, its title in A1 and what it holds in A2, on A4, so many ``pages`` high (0: as it takes)."""
        sheet = self.book.add_worksheet(name)
        if not upright:
            sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, pages)
        sheet.set_margins(left=0.4, right=0.4, top=0.7, bottom=0.7)
        sheet.set_header(f"&C&B{MARKING}")
        sheet.set_footer(f"&L{self.foot}&C&B{MARKING}&R&A, page &P of &N")
        sheet.hide_gridlines(2)
        sheet.set_default_row(_LINE)
        sheet.set_row(0, 24)
        sheet.write_string(0, 0, title, self.formats["title"])
        sheet.write_string(1, 0, below, self.formats["above"])
        return sheet

    def table(
        self,
        sheet: Any,
        top: int,
        name: str,
        headings: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        numbers: Sequence[int] = (),
        wrapped: int = 0,
        filters: bool = False,
    ) -> int:
        """Write a table whose headings stand in row ``top``; the first row below it.

        ``wrapped``: characters of a line where cells are wrapped, 0 where they are not.
        """
        last = top + len(rows)
        styles = [self.formats["number_heading" if c in numbers else "heading"] for c in range(len(headings))]
        columns = [{"header": h, "header_format": s} for h, s in zip(headings, styles, strict=True)]
        if rows:
            options = {"name": name, "columns": columns, "style": None, "autofilter": filters}
            sheet.add_table(top, 0, last, len(headings) - 1, options)
        else:
            # Excel has no table without rows.
            for c, (text, style) in enumerate(zip(headings, styles, strict=True)):
                sheet.write_string(top, c, text, style)
        for r, row in enumerate(rows, start=top + 1):
            if wrapped:
                # Not every program fits the height of a row to its text by itself.
                sheet.set_row(r, _LINE * max(1, *(len(textwrap.wrap(text, wrapped)) for text in row)))
            for c, text in enumerate(row):
                self._cell(sheet, r, c, text, c in numbers, bool(wrapped))
        return last + 1

    def _cell(self, sheet: Any, row: int, column: int, text: str, counted: bool, wrapped: bool) -> None:
        value = number(text) if counted else None
        if value is not None:
            sheet.write_number(row, column, value, self.formats["number"])
        elif counted and _AVERAGE.fullmatch(text):
            sheet.write_number(row, column, float(text.replace(",", "")), self.formats["average"])
        elif text:
            style = "in_place_of_number" if counted else "wrapped" if wrapped else "plain"
            sheet.write_string(row, column, text, self.formats[style])
        else:
            # Only the cover has what the council is to fill in.
            to_fill_in = sheet.get_name() == "Cover"
            sheet.write_blank(row, column, None, self.formats["blank" if to_fill_in else "plain"])


def _widths(
    sheet: Any, headings: Sequence[str], rows: Sequence[Sequence[str]], spare: int, widest: int = _WIDEST
) -> None:
    # Arial 12 is a little wider than the characters that Excel counts widths in.
    for c, text in enumerate(headings):
        longest = max([len(text) + spare, *(len(row[c]) for row in rows)])
        sheet.set_column(c, c, min(longest, widest) * 1.1 + 2)


def _printed(text: str) -> str:
    """Text for the foot of a page, where an ampersand begins a code; as long as one line is."""
    return clean(text)[:_LONGEST_FOOT].replace("&", "&&")


def _cover(writer: _Writer, release: Released, about: Cover) -> None:
    sheet = writer.sheet(
        "Cover",
        f"Case tracking: coded list of {len(release.table)} cases",
        "This sheet has two tables: about this list, and the key to the cohort codes. Yellow cells are to be filled in.",
    )
    rows = about_rows(release, about)
    below = writer.table(sheet, _TOP, "about", ["About this list", "Details"], rows, wrapped=_PROSE)
    codes = [(code, words) for code, words in CODE_NAMES.items()]
    writer.table(sheet, below + 1, "key", ["Cohort code", "Cohort, in CQC's words"], codes, wrapped=_PROSE)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, _PROSE)


def _case_list(writer: _Writer, release: Released) -> None:
    names = [str(name) for name in release.table.columns]
    rows = []
    for reference, values in zip(
        release.table.index, release.table.to_numpy(dtype=object).tolist(), strict=True
    ):
        row = {name: released_text(value, name) for name, value in zip(names, values, strict=True)}
        withheld = ", ".join(heading(name) for name, text in row.items() if text == WITHHELD) or "Nothing"
        flags = code_flags(row["listed_as"], row.get("codes", ""), list(CODE_NAMES))
        rows.append([str(reference), *row.values(), withheld, *flags])
    sheet = writer.sheet(
        "Case list",
        "Case list",
        "One table: a row per case, in an order that says nothing. The Cover and the Notes explain the words.",
        upright=True,
        pages=1 if len(rows) <= _ON_ONE_PAGE else 0,
    )
    headings = ["Case reference", *map(heading, names), WITHHELD_HEADING, *CODE_NAMES]
    writer.table(sheet, _TOP, "case_list", headings, rows, filters=True, wrapped=_WIDE_CELL + 4)
    # A filter button takes the room of three characters.
    _widths(sheet, headings, rows, spare=3, widest=_WIDE_CELL)
    _finish(sheet, rows, headings, columns=1)
    # The columns to filter by say again what the codes say: on paper they would make everything else small.
    sheet.print_area(0, 0, _TOP + len(rows), len(names) + 1)


def code_flags(listed_as: str, codes: str, every: Sequence[str]) -> list[str]:
    """Yes, No or Not shown for every code, to filter by: it follows from a case's two released cells.

    Examples
    --------
    >>> code_flags("CT01", "CT01;CT06", ["CT01", "CT02", "CT06"])
    ['Yes', 'No', 'Yes']
    >>> code_flags("CT01", "CT01 and 1 more", ["CT01", "CT02"]), code_flags("CT02", "Withheld", ["CT01", "CT02"])
    (['Yes', 'Not shown'], ['Not shown', 'Yes'])
    """
    parts = codes.split(";")
    if all(_CODE.fullmatch(part) for part in parts):
        return ["Yes" if code in parts else "No" for code in every]
    one = _ONE_OF_THEM.fullmatch(codes)
    sure = {one[1] if one else "", listed_as}
    return ["Yes" if code in sure else "Not shown" for code in every]


def _coverage(writer: _Writer, release: Released) -> None:
    rows = [
        [heading(name), _level(name, released_text(level, name)), *(released_text(v, "count") for v in told)]
        for name, level, *told in release.coverage.to_numpy(dtype=object).tolist()
    ]
    sheet = writer.sheet(
        "Coverage",
        "Coverage: what the lottery gives on average, and what was asked for",
        "This sheet has one table. It does not count this list, and is the same in every version; the Notes say why.",
    )
    headings = [
        "Characteristic",
        "Level",
        "Eligible people",
        "Places on the lottery's average",
        "At least asked",
        "At most asked",
        "Met by the draw",
    ]
    writer.table(sheet, _TOP, "coverage", headings, rows, numbers=(2, 3, 4, 5))
    _widths(sheet, headings, rows, spare=0)
    _finish(sheet, rows, headings)


def _level(name: str, level: str) -> str:
    words = CODE_NAMES.get(level, "") if name == "cohort_code" else ""
    return f"{level}: {words}" if words else level


def _notes(writer: _Writer, release: Released) -> None:
    sheet = writer.sheet("Notes", "Notes", "This sheet has one table: what a reader of the list has to know.")
    writer.table(sheet, _TOP, "notes", ["Subject", "Note"], note_rows(release), wrapped=_PROSE)
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 1, _PROSE)
    sheet.repeat_rows(_TOP)


def _finish(sheet: Any, rows: Sequence[Sequence[str]], headings: Sequence[str], columns: int = 0) -> None:
    """Keep the headings in sight and on every page; a level such as 1 is meant to be text."""
    sheet.freeze_panes(_TOP + 1, columns)
    sheet.repeat_rows(_TOP)
    if rows:
        last = xlsxwriter.utility.xl_rowcol_to_cell(_TOP + len(rows), len(headings) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A{_TOP + 2}:{last}"})
