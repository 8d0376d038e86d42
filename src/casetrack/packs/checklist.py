"""The checklist across the selected cases: what each pack holds, what is missing, and who must act."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd
import xlsxwriter

from casetrack.packs.parts import CHECK, COMPLETE
from casetrack.packs.word import MARKING

__all__ = ["checklist"]

_STATUS = {
    "filled": ("#D9EAD3", "#12401B"),
    "to complete": ("#FFF4CC", "#5C4100"),
    "missing": ("#F8D7DA", "#6B0F1A"),
}
_LAST = ("Who must act", "Permission outstanding")


def checklist(table: pd.DataFrame, to_do: pd.DataFrame, permission: pd.DataFrame, on: dt.date) -> bytes:
    """The workbook as bytes, the same for the same tables.

    Parameters
    ----------
    table
        One row per case and record: see ``PackSummary.table``.
    to_do
        One row per box: case_reference, selection, record, to_do (complete or check), who, what.
    permission
        What is outstanding, as ``CaseList.outstanding`` says.
    on
        The day that its properties bear.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties(
        {
            "title": "Record pack checklist",
            "author": "casetrack",
            "created": dt.datetime(on.year, on.month, on.day),
        }
    )
    forms = _forms(book)
    _cases_sheet(book, forms, table, permission)
    _list_sheet(book, forms, "To do", _to_do_rows(to_do), (16, 12, 38, 14, 16, 90))
    _list_sheet(book, forms, "Permission", _permission_rows(permission), (16, 12, 12, 16, 14, 70))
    _words_sheet(book, forms)
    book.close()
    return out.getvalue()


def _forms(book: Any) -> dict[str, Any]:
    plain = {"font_name": "Arial", "font_size": 11, "valign": "top", "text_wrap": True, "indent": 1}
    forms = {
        "text": book.add_format(plain),
        "head": book.add_format(
            {**plain, "bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF", "border": 1}
        ),
        "title": book.add_format({"font_name": "Arial", "font_size": 14, "bold": True}),
        "mark": book.add_format(
            {"font_name": "Arial", "font_size": 11, "bold": True, "font_color": "#6B0F1A"}
        ),
        "cell": book.add_format({**plain, "border": 1, "align": "left"}),
    }
    for status, (fill, ink) in _STATUS.items():
        forms[status] = book.add_format({**plain, "bg_color": fill, "font_color": ink, "border": 1})
    return forms


def _sheet(book: Any, forms: dict[str, Any], name: str, title: str) -> Any:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, title, forms["title"])
    sheet.write_string(1, 0, MARKING, forms["mark"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_header(f"&C{MARKING}")
    sheet.set_footer("&CPage &P of &N")
    return sheet


def _cases_sheet(book: Any, forms: dict[str, Any], table: pd.DataFrame, permission: pd.DataFrame) -> None:
    """One row per record, one column per case; words as well as colours."""
    sheet = _sheet(book, forms, "Checklist", "Record packs: what is filled, to complete or missing")
    records = list(dict.fromkeys(table["record"]))
    labels = ("Case reference", "Selection", "Listed as", *records, "To complete", "To check", *_LAST)
    for row, label in enumerate(labels, start=3):
        sheet.write_string(row, 0, label, forms["head"])
        sheet.set_row(row, 96 if label == _LAST[1] else 34 if label == _LAST[0] else 22)
    for column, (reference, mine) in enumerate(table.groupby("case_reference", sort=False), start=1):
        sheet.write_string(3, column, str(reference), forms["head"])
        sheet.write_string(4, column, str(mine["selection"].iloc[0]), forms["cell"])
        sheet.write_string(5, column, str(mine["listed_as"].iloc[0]), forms["cell"])
        for row, status in enumerate(mine["status"], start=6):
            sheet.write_string(row, column, str(status), forms[str(status)])
        after = 6 + len(mine)
        sheet.write_number(after, column, int(mine["to_complete"].sum()), forms["cell"])
        sheet.write_number(after + 1, column, int(mine["to_check"].sum()), forms["cell"])
        roles = sorted({role for roles in mine["who_acts"] for role in str(roles).split("; ") if role})
        sheet.write_string(after + 2, column, "; ".join(roles), forms["cell"])
        asked = permission[(permission["case_reference"] == reference).to_numpy()]
        told = (
            "; ".join(f"{w}: {t}" for w, t in zip(asked["whose"], asked["to_do"], strict=True)) or "nothing"
        )
        sheet.write_string(after + 3, column, told, forms["cell"])
    sheet.set_column(0, 0, 42)
    sheet.set_column(1, len(table["case_reference"].unique()), 16)
    sheet.freeze_panes(4, 1)
    sheet.repeat_columns(0)


def _to_do_rows(to_do: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    head = ("Case reference", "Selection", "Record", "To do", "Who must act", "What")
    return head, [tuple(map(str, row)) for row in to_do.itertuples(index=False)]


def _permission_rows(permission: pd.DataFrame) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    head = ("Case reference", "Selection", "Whose", "Status", "In writing", "To do")
    return head, [tuple(map(str, row)) for row in permission.itertuples(index=False)]


def _list_sheet(
    book: Any,
    forms: dict[str, Any],
    name: str,
    content: tuple[tuple[str, ...], list[tuple[str, ...]]],
    widths: Sequence[int],
) -> None:
    head, rows = content
    sheet = _sheet(
        book, forms, name, {"To do": "What is left to do", "Permission": "Permission outstanding"}[name]
    )
    for column, (text, width) in enumerate(zip(head, widths, strict=True)):
        sheet.write_string(3, column, text, forms["head"])
        sheet.set_column(column, column, width)
    for place, row in enumerate(rows or [("Nothing", *[""] * (len(head) - 1))], start=4):
        for column, text in enumerate(row):
            sheet.write_string(place, column, text, forms["text"])
    sheet.freeze_panes(4, 1)
    sheet.autofilter(3, 0, 3 + max(1, len(rows)), len(head) - 1)
    sheet.repeat_rows(3)


def _words_sheet(book: Any, forms: dict[str, Any]) -> None:
    sheet = _sheet(book, forms, "Words", "What the words mean")
    rows = (
        ("filled", "The pack holds what the extract says, and nothing must be written. It may need a check."),
        ("to complete", "A person must write something; the box in the pack says who and what."),
        (
            "missing",
            "An extract would hold it, and this one does not. Somebody must find it in the case record.",
        ),
        (COMPLETE, "A box with a blank in it."),
        (CHECK, "A box with something to look at: what the extract says may need adding to."),
        ("As made", "The checklist shows the packs as they were made. What was typed since is not read."),
    )
    for place, (word, meaning) in enumerate(rows, start=3):
        sheet.write_string(place, 0, word, forms["text"])
        sheet.write_string(place, 1, meaning, forms["text"])
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 90)
