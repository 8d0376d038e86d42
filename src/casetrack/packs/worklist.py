"""The worklist: who must ring whom, and what is outstanding, one sheet per team. It names people."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.headings import heading
from casetrack.packs.sheets import Sheets
from casetrack.words import clean

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
    """One row per case on the list, the selected ones once CQC has chosen: reference, person, team, what is to do."""
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
