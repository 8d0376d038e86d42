"""The checklist across the selected cases: what each pack holds, what is missing, and who must act."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

from casetrack.packs.parts import CHECK, COMPLETE
from casetrack.packs.sheets import Sheets

#: Fill and ink of each status; only what is done is green.
_LOOKS = {
    "done": ("#D9EAD3", "#12401B"),
    "to check": ("#DCE6F5", "#12305C"),
    "to complete": ("#FFF4CC", "#5C4100"),
    "missing": ("#F8D7DA", "#6B0F1A"),
}
_LAST = ("Who must act", "Permission outstanding")
_TO_DO = {"Case reference": 16, "Selection": 12, "Record": 38, "To do": 14, "Who must act": 16, "What": 90}
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


def _cases_sheet(book: Sheets, table: pd.DataFrame, permission: pd.DataFrame) -> None:
    """One row per record, one column per case; words as well as colours."""
    sheet = book.sheet("Checklist", "Record packs: what is done, to check, to complete or missing")
    looks = {status: book.form(bg_color=fill, font_color=ink) for status, (fill, ink) in _LOOKS.items()}
    records = list(dict.fromkeys(table["record"]))
    labels = ("Case reference", "Selection", "Listed as", *records, "To complete", "To check", *_LAST)
    for row, label in enumerate(labels, start=3):
        sheet.write_string(row, 0, label, book.head)
        sheet.set_row(row, 96 if label == _LAST[1] else 34 if label == _LAST[0] else 22)
    for column, (reference, mine) in enumerate(table.groupby("case_reference", sort=False), start=1):
        roles = sorted({role for roles in mine["who_acts"] for role in str(roles).split("; ") if role})
        asked = permission[(permission["case_reference"] == reference).to_numpy()]
        told = "; ".join(f"{w}: {t}" for w, t in zip(asked["whose"], asked["to_do"], strict=True))
        cells: list[tuple[Any, Any]] = [(str(reference), book.head)]
        cells += [(str(mine[name].iloc[0]), book.cell) for name in ("selection", "listed_as")]
        cells += [(status, looks[status]) for status in mine["status"]]
        cells += [(int(mine[name].sum()), book.cell) for name in ("to_complete", "to_check")]
        cells += [("; ".join(roles), book.cell), (told or "nothing", book.cell)]
        for row, (value, look) in enumerate(cells, start=3):
            sheet.write(row, column, value, look)
    sheet.set_column(0, 0, 42)
    sheet.set_column(1, len(table["case_reference"].unique()), 16)
    sheet.freeze_panes(4, 1)
    sheet.repeat_columns(0)
