"""Workbooks about people for the council: the checklist of the packs, and the worklist of who must ring whom."""

from __future__ import annotations

import datetime as dt
import io
import re
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
import xlsxwriter

from casetrack.cases.case_list import CaseList
from casetrack.headings import heading
from casetrack.packs.content import CHECK, COMPLETE
from casetrack.packs.word import MARKING
from casetrack.words import clean

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
_HEAD = {"bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF"}
#: The row of headings, below title and marking, and the points of a line with a little air.
_TOP, _LINE = 3, 16.0


class Sheets:
    """A workbook in the making; the same content and day give the same bytes."""

    def __init__(self, title: str, on: dt.date) -> None:
        self._out = io.BytesIO()
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            # Widths are counted in characters of this. A copy: XlsxWriter adds to what it is given.
            "default_format_properties": {**_FONT},
        }
        self._book = xlsxwriter.Workbook(self._out, options)
        created = dt.datetime(on.year, on.month, on.day)
        self._book.set_properties({"title": title, "author": "casetrack", "created": created})
        self.cell = self.form()
        self.head = self.form(**_HEAD)
        self._title = self._book.add_format({**_FONT, "font_size": 14, "bold": True})
        self._mark = self._book.add_format({**_FONT, "bold": True, "font_color": "#6B0F1A"})

    def form(self, **look: Any) -> Any:
        """A cell that looks another way."""
        return self._book.add_format({**_CELL, **look})

    def sheet(self, name: str, title: str) -> Any:
        """An empty sheet with its title and marking."""
        sheet = self._book.add_worksheet(name)
        sheet.write_string(0, 0, title, self._title)
        sheet.write_string(1, 0, MARKING, self._mark)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4)
        sheet.set_header(f"&C{MARKING}")
        sheet.set_footer("&CPage &P of &N")
        return sheet

    def table(self, name: str, title: str, columns: Iterable[tuple[str, int]], rows: Sequence[Any]) -> None:
        """A sheet of rows of text under headings, each with its width; a row that says so where there are none."""
        sheet, heads = self.sheet(name, title), list(columns)
        told = rows or [("Nothing", *[""] * (len(heads) - 1))]
        cells = [[(str(value), self.cell) for value in row] for row in told]
        self.fill(sheet, [width for _, width in heads], [[(text, self.head) for text, _ in heads], *cells])
        sheet.autofilter(_TOP, 0, _TOP + len(told), len(heads) - 1)
        sheet.repeat_rows(_TOP)

    def fill(self, sheet: Any, widths: Sequence[int], rows: Iterable[Sequence[tuple[Any, Any]]]) -> None:
        """Columns of these widths and rows of cells, each a value and its look, the first row and column fixed."""
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        for place, row in enumerate(rows, start=_TOP):
            # Not every program fits the height of a row to its text by itself.
            lines = (
                len(textwrap.wrap(str(c), int(1.15 * width)))
                for (c, _), width in zip(row, widths, strict=True)
            )
            sheet.set_row(place, _LINE * max(1, *lines))
            for column, (value, look) in enumerate(row):
                sheet.write(place, column, value, look)
        sheet.freeze_panes(_TOP + 1, 1)

    def as_bytes(self) -> bytes:
        """The workbook, finished."""
        self._book.close()
        return self._out.getvalue()


#: Fill and ink of each status; only what is done is green.
_LOOKS = {
    "done": ("#D9EAD3", "#12401B"),
    "to check": ("#DCE6F5", "#12305C"),
    "to complete": ("#FFF4CC", "#5C4100"),
    "missing": ("#F8D7DA", "#6B0F1A"),
}
_OF_A_CASE = ("To complete", "To check", "Who must act", "Permission outstanding")
_TO_DO = {"Case reference": 15, "Selection": 10, "Record": 34, "To do": 10, "Who must act": 14, "What": 60}
_PERMISSION = {
    "Case reference": 16,
    "Selection": 12,
    "Whose": 12,
    "Status": 16,
    "In writing": 14,
    "To do": 70,
}
_WORDS = (
    ("done", "The pack holds what the extract says, and nothing must be written or checked."),
    ("to check", "The pack holds what the extract says; the box says what a person must look at."),
    ("to complete", "A person must write something; the box in the pack says who and what."),
    ("missing", "An extract would hold it, and this one does not. Somebody must find it in the case record."),
    (COMPLETE, "A box with a blank in it."),
    (CHECK, "A box with something to look at: what the extract says may need adding to."),
    ("As made", "The checklist shows the packs as they were made. What was typed since is not read."),
)


def checklist(table: pd.DataFrame, to_do: pd.DataFrame, permission: pd.DataFrame, on: dt.date) -> bytes:
    """The workbook as bytes, the same for the same tables."""
    book = Sheets("Record pack checklist", on)
    _cases_sheet(book, table, permission)
    book.table("To do", "What is left to do", _TO_DO.items(), to_do.to_numpy().tolist())
    book.table("Permission", "Permission outstanding", _PERMISSION.items(), permission.to_numpy().tolist())
    book.table("Words", "What the words mean", {"Word": 18, "Meaning": 90}.items(), _WORDS)
    return book.as_bytes()


def _told(outstanding: pd.DataFrame, reference: object) -> str:
    """What is outstanding about permission for one case."""
    mine = outstanding[(outstanding["case_reference"] == reference).to_numpy()]
    return "; ".join(f"{w}: {t}" for w, t in zip(mine["whose"], mine["to_do"], strict=True)) or "nothing"


def _cases_sheet(book: Sheets, table: pd.DataFrame, permission: pd.DataFrame) -> None:
    """One row per record, one column per case; words as well as colours."""
    sheet = book.sheet("Checklist", "Record packs: what is done, to check, to complete or missing")
    looks = {status: book.form(bg_color=fill, font_color=ink) for status, (fill, ink) in _LOOKS.items()}
    whole = book.form(**_HEAD, text_wrap=False, shrink=True)
    records = list(dict.fromkeys(table["record"]))
    labels = ("Case reference", "Selection", "Listed as", *records, *_OF_A_CASE)
    columns = [[(label, book.head) for label in labels]]
    for reference, mine in table.groupby("case_reference", sort=False):
        roles = sorted({role for roles in mine["who_acts"] for role in str(roles).split("; ") if role})
        cells: list[tuple[Any, Any]] = [(str(reference), whole)]
        cells += [(str(mine[name].iloc[0]), book.cell) for name in ("selection", "listed_as")]
        cells += [(status, looks[status]) for status in mine["status"]]
        cells += [(int(mine[name].sum()), book.cell) for name in ("to_complete", "to_check")]
        columns.append([*cells, ("; ".join(roles), book.cell), (_told(permission, reference), book.cell)])
    book.fill(sheet, [28] + [14] * (len(columns) - 1), zip(*columns, strict=True))
    sheet.repeat_columns(0)


_NO_TEAM = "No team recorded"
_WIDTHS = {
    "case_reference": 15,
    "person_id": 14,
    "team": 22,
    "lead_professional": 24,
    "selection": 10,
    "permission": 15,
    "outstanding": 44,
}
#: What Excel allows in the name of a sheet.
_NOT_IN_A_NAME, _LONGEST_NAME = re.compile(r"[\[\]:*?/\\']"), 31


def people_to_ring(cases: CaseList) -> pd.DataFrame:
    """One row per case on the list, the selected ones once CQC has chosen: reference, person, team, what is to do."""
    known, outstanding = cases.identified, cases.outstanding()
    chosen = list(cases.selected.index) or list(cases.references)
    refused = outstanding.loc[(outstanding["to_do"] == "replace the case").to_numpy(), "case_reference"]
    chosen = sorted({*chosen, *refused})
    rows = []
    for reference in chosen:
        person = known.people[reference]
        about, state = known.coded.people.loc[person], cases.states[reference]
        rows.append(
            (
                reference,
                person.removeprefix("NHS "),
                clean(about.get("team", "")) or _NO_TEAM,
                clean(about.get("lead_professional", "")),
                state.selection,
                state.person.status,
                _told(outstanding, reference),
            )
        )
    table = pd.DataFrame(rows, columns=list(_WIDTHS))
    return table.sort_values(["team", "case_reference"], kind="stable").reset_index(drop=True)


def worklist_bytes(table: pd.DataFrame, on: dt.date) -> bytes:
    """The workbook; the same table gives the same bytes."""
    book = Sheets("Worklist", on)
    columns = [(heading(name), width) for name, width in _WIDTHS.items()]
    names: set[str] = set()
    for team, mine in table.groupby("team", sort=True):
        book.table(_sheet_name(str(team), names), str(team), columns, mine.to_numpy().tolist())
    return book.as_bytes()


def _sheet_name(team: str, taken: set[str]) -> str:
    """A name that Excel allows and no other sheet has."""
    name = _NOT_IN_A_NAME.sub(" ", team).strip()[:_LONGEST_NAME].strip() or _NO_TEAM
    number = 2
    base = name
    while name.casefold() in taken:
        name = f"{base[: _LONGEST_NAME - 4].strip()} {number}"
        number += 1
    taken.add(name.casefold())
    return name
