"""The worklist: who must ring whom, and what is outstanding, one sheet per team. It names people."""

from __future__ import annotations

import datetime as dt
import io
import re

import pandas as pd
import xlsxwriter

from casetrack.cases.case_list import CaseList
from casetrack.headings import heading
from casetrack.packs.word import MARKING
from casetrack.words import clean

__all__ = ["people_to_ring", "worklist_bytes"]

_NO_TEAM = "No team recorded"
_WIDTHS = {
    "case_reference": 16,
    "person_id": 18,
    "team": 24,
    "lead_professional": 28,
    "selection": 12,
    "permission": 20,
    "outstanding": 60,
}
#: What Excel allows in the name of a sheet.
_NOT_IN_A_NAME, _LONGEST_NAME = re.compile(r"[\[\]:*?/\\']"), 31


def people_to_ring(cases: CaseList) -> pd.DataFrame:
    """One row per case on the list, the selected ones once CQC has chosen: reference, person, team, what is to do.

    Parameters
    ----------
    cases
        The list, with its people.
    """
    known, outstanding = cases.identified, cases.outstanding()
    chosen = list(cases.selected.index) or list(cases.references)
    refused = outstanding.loc[(outstanding["to_do"] == "replace the case").to_numpy(), "case_reference"]
    chosen = sorted({*chosen, *refused})
    rows = []
    for reference in chosen:
        person = known.people[reference]
        about, state = known.coded.people.loc[person], cases.states[reference]
        mine = outstanding[(outstanding["case_reference"] == reference).to_numpy()]
        to_do = "; ".join(f"{w}: {t}" for w, t in zip(mine["whose"], mine["to_do"], strict=True))
        rows.append(
            (
                reference,
                person.removeprefix("NHS "),
                clean(about.get("team", "")) or _NO_TEAM,
                clean(about.get("lead_professional", "")),
                state.selection,
                state.person.status,
                to_do or "nothing",
            )
        )
    table = pd.DataFrame(rows, columns=list(_WIDTHS))
    return table.sort_values(["team", "case_reference"], kind="stable").reset_index(drop=True)


def worklist_bytes(table: pd.DataFrame, on: dt.date) -> bytes:
    """The workbook; the same table gives the same bytes.

    Parameters
    ----------
    table
        From `people_to_ring`.
    on
        The day that its properties bear.
    """
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": "Worklist", "author": "", "created": dt.datetime(on.year, on.month, on.day)}
        )
        plain = {"font_name": "Arial", "font_size": 11, "valign": "top", "text_wrap": True}
        head = book.add_format({**plain, "bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF"})
        mark = book.add_format({**plain, "bold": True, "font_color": "#6B0F1A", "text_wrap": False})
        # The quote prefix keeps text from becoming a formula also when somebody edits the cell and presses Enter.
        cell = book.add_format({**plain, "border": 1, "quote_prefix": True})
        names: set[str] = set()
        for team, mine in table.groupby("team", sort=True):
            sheet = book.add_worksheet(_sheet_name(str(team), names))
            sheet.write_string(0, 0, MARKING, mark)
            for column, name in enumerate(_WIDTHS):
                sheet.write_string(2, column, heading(name), head)
                sheet.set_column(column, column, _WIDTHS[name])
            for row, values in enumerate(mine.itertuples(index=False), start=3):
                for column, value in enumerate(values):
                    sheet.write_string(row, column, str(value), cell)
            sheet.freeze_panes(3, 1)
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(2)
            sheet.set_header(f"&C{MARKING}")
    return out.getvalue()


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
