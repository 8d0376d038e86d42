"""The two folders that a draw makes, carried through the life of the list.

Every command reads the folder, decides on what stands there, and leaves ``return/`` current: a new version of the
return next to the old one, never over it.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.case_list import CaseList
from casetrack.cohorts import CodedPool
from casetrack.disclosure.lookup import Lookup, extend, open_lookup
from casetrack.disclosure.release import Release, pseudonymise
from casetrack.files import write_file, write_files
from casetrack.outputs.case_csv import csv_bytes
from casetrack.outputs.manifest import Manifest
from casetrack.outputs.report import report_html
from casetrack.outputs.workbook import workbook_bytes
from casetrack.running import COUNCIL_ONLY, RETURN, prepare, public_facts
from casetrack.sampling.design import Design
from casetrack.timetable import Timetable

__all__ = [
    "RunFolder",
    "attach",
    "extend_lookup",
    "keep",
    "read_again",
    "read_timetable",
    "status_of",
    "write_timetable",
]


@dataclass(frozen=True)
class RunFolder:
    """A folder that a draw made.

    Parameters
    ----------
    path
        The folder that holds ``return/`` and ``council-only/``.
    cases
        The list as saved, with case references only.
    manifest
        What it was made of.
    """

    path: Path
    cases: CaseList
    manifest: Manifest

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> RunFolder:
        """The folder as it stands.

        Raises
        ------
        HistoryError
            When it holds no case list or manifest, or its log was changed.
        """
        folder = Path(path)
        kept = folder / COUNCIL_ONLY
        return cls(folder, CaseList.open(kept / "case-list.json"), Manifest.open(kept / "manifest.json"))

    @property
    def list_file(self) -> Path:
        """The saved list."""
        return self.path / COUNCIL_ONLY / "case-list.json"

    @property
    def lookup_file(self) -> Path:
        """The sealed lookup."""
        return self.path / COUNCIL_ONLY / "lookup.sealed"

    def returns(self) -> list[Path]:
        """The workbooks in ``return/``, oldest first."""
        return sorted((self.path / RETURN).glob("case-list*.xlsx"), key=lambda p: _version(p.stem))


def _version(stem: str) -> int:
    number = stem.rpartition("-v")[2]
    return int(number) if number.isdecimal() else 1


def attach(
    folder: RunFolder,
    source: str | Path | pd.DataFrame,
    passphrase: str,
    *,
    reason: str,
    design: Design | None = None,
    **reading: Any,
) -> CaseList:
    """The folder's list with its people: the same extract read again, and the lookup opened (which is logged).

    Parameters
    ----------
    source
        The extract of the draw.
    passphrase
        Opens the lookup.
    reason
        Why, for the lookup's log.
    design
        The design of the draw, when it names people.
    **reading
        ``mapping``, ``people``, ``hold_back``, ``overrides``, as at the draw.
    """
    coded = read_again(folder.manifest.content, source, **reading)
    lookup = open_lookup(folder.lookup_file, passphrase, reason=reason)
    people = {r: lookup.person_id(r) for r in folder.cases.states if r in lookup.references}
    return folder.cases.attach(coded, people, design)


def read_again(told: Mapping[str, Any], source: str | Path | pd.DataFrame, **reading: Any) -> CodedPool:
    """The pool that a manifest tells of, read again under the same rule and edition."""
    rule, coding = told["rule"], told["coding"]
    return prepare(
        source,
        rule["as_at"],
        months=rule["months"],
        count_reviews=rule["count_reviews"],
        edition=coding["edition"],
        parameters=coding["parameters"],
        **reading,
    )


def extend_lookup(folder: RunFolder, cases: CaseList, passphrase: str) -> None:
    """Seal the people who came since; safe to repeat."""
    people = cases.identified.people
    held = open_lookup(folder.lookup_file, passphrase, reason="To see who is sealed already.").references
    new = sorted(r for r in people if r not in held)
    if new:
        more = Lookup.of(new, [people[r] for r in new])
        extend(folder.lookup_file, more, passphrase, reason="People who took a place on the list.")


def keep(
    folder: RunFolder, cases: CaseList, on: dt.date | str | None = None
) -> tuple[CaseList, tuple[Path, ...]]:
    """Save the list; when it changed since the last return, write a new version of the return beside the old one."""
    if cases.known is None or not _needs_return(cases):
        cases.save(folder.list_file)
        return cases, ()
    release = _release_again(folder, cases)
    number = sum(1 for d in cases.history if d.action == "released") + 1
    after = cases.record_release(public_facts(release) | {"version": number}, on=on)
    stem = folder.path / RETURN / f"case-list-v{number}"
    written = write_files(
        {stem.with_suffix(".xlsx"): workbook_bytes(release), stem.with_suffix(".csv"): csv_bytes(release)}
    )
    after.save(folder.list_file)
    write_file(
        folder.path / COUNCIL_ONLY / "manifest.json", Manifest.of(after, release).to_json(), force=True
    )
    write_file(folder.path / COUNCIL_ONLY / "report.html", report_html(after, release), force=True)
    return after, written


def _needs_return(cases: CaseList) -> bool:
    actions = [d.action for d in cases.history if d.action in {"drawn", "replaced", "released"}]
    return actions[-1] != "released"


def _release_again(folder: RunFolder, cases: CaseList) -> Release:
    told = folder.manifest.content.get("release", {})
    shown = [c for c in told.get("columns", []) if c not in {"listed_as", "codes"}]
    return pseudonymise(cases, columns=shown or None, k=told.get("k", 10))


def status_of(folder: RunFolder) -> list[str]:
    """Where the list stands, in sentences; nobody is named."""
    cases = folder.cases
    states = [cases.states[r] for r in cases.references]
    left = len(cases.states) - len(states)
    given = sum(s.person.status == "given" and s.person.in_writing for s in states)
    lines = [
        f"{len(states)} cases are on the list, {left} have left it; the log of {len(cases.history)} decisions holds.",
        f"Permission in writing: {given}. Still to do: {len(cases.outstanding())} lines.",
    ]
    chosen = cases.selected
    if len(chosen):
        tracked = int((chosen["selection"] == "tracked").sum())
        lines.append(f"CQC's selection: {tracked} tracked, {len(chosen) - tracked} in reserve.")
    returns = folder.returns()
    if returns:
        lines.append(f"The return to send is {returns[-1].name}.")
    if _needs_return(cases):
        lines.append("The return is behind the list: run the last command again.")
    if not folder.lookup_file.exists():
        lines.append("The lookup is not here: it was destroyed or moved.")
    return lines


def write_timetable(path: Path, dates: Timetable) -> None:
    """Keep the dates with the list: as a calendar file and for ``status``."""
    kept = path / COUNCIL_ONLY
    plain = {name: None if day is None else day.isoformat() for name, day in _dates_of(dates).items()}
    write_files(
        {kept / "timetable.json": json.dumps(plain, indent=1) + "\n", kept / "timetable.ics": dates.to_ics()},
        force=True,
    )


def read_timetable(path: Path) -> Timetable | None:
    """The dates kept with the list, or None."""
    file = path / COUNCIL_ONLY / "timetable.json"
    if not file.exists():
        return None
    told = json.loads(file.read_text(encoding="utf-8"))
    days = {name: dt.date.fromisoformat(day) for name, day in told.items() if day is not None}
    return Timetable(
        notified=days["notified"],
        information_return_from=days.get("information_return_from"),
        selected=days.get("selected"),
        keep_until=days.get("keep_until"),
    )


def _dates_of(dates: Timetable) -> dict[str, dt.date | None]:
    return {
        "notified": dates.notified,
        "information_return_from": dates.information_return_from,
        "selected": dates.selected,
        "keep_until": dates.keep_until,
    }
