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

from casetrack.cases.case_list import CaseList
from casetrack.cases.decisions import find_case
from casetrack.cases.timetable import Timetable
from casetrack.dates import read_date
from casetrack.designs.design import Design
from casetrack.errors import HistoryError
from casetrack.files import leftovers, write_files
from casetrack.lookup.lookup import Lookup, extend, open_lookup
from casetrack.pool.cohorts import CodedPool
from casetrack.pool.preparing import prepare
from casetrack.release.case_csv import csv_bytes
from casetrack.release.release import pseudonymise
from casetrack.release.workbook import workbook_bytes
from casetrack.report.report import report_html
from casetrack.runs.manifest import Manifest
from casetrack.runs.running import COUNCIL_ONLY, LOOKUP, RETURN, put_back
from casetrack.small_files import json_of, text_of
from casetrack.verify.verify import require_clean

__all__ = [
    "RunFolder",
    "attach",
    "extend_lookup",
    "keep",
    "read_again",
    "read_timetable",
    "replace_case",
    "status_of",
    "unrepeated",
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
        return self.path / COUNCIL_ONLY / LOOKUP

    def returns(self) -> list[Path]:
        """The workbooks that the log tells of, oldest first."""
        versions = [d.detail.get("version", 1) for d in self.cases.history if d.action == "released"]
        return [_return_stem(self.path, v).with_suffix(".xlsx") for v in versions]


def _return_stem(folder: Path, version: int) -> Path:
    return folder / RETURN / ("case-list" if version == 1 else f"case-list-v{version}")


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
    people = {r: lookup.person_id(r) for r in lookup.references}
    return folder.cases.attach(coded, people, design, key=bytes.fromhex(lookup.lottery_key))


def read_again(told: Mapping[str, Any], source: str | Path | pd.DataFrame, **reading: Any) -> CodedPool:
    """The pool that a manifest tells of, read again under the same rule and edition."""
    rule, coding = told["rule"], told["coding"]
    return prepare(
        source,
        edition=coding["edition"],
        parameters=coding["parameters"],
        **rule,
        **reading,
    )


def extend_lookup(folder: RunFolder, cases: CaseList, passphrase: str) -> None:
    """Seal the people who came since; safe to repeat.

    Parameters
    ----------
    folder
        Where the lookup is.
    cases
        The list, with its people.
    passphrase
        Opens the lookup and seals it again.
    """
    people = cases.identified.people
    held = open_lookup(folder.lookup_file, passphrase, reason="To see who is sealed already.").references
    new = sorted(r for r in people if r not in held)
    if new:
        more = Lookup.of(new, [people[r] for r in new])
        extend(folder.lookup_file, more, passphrase, reason="People who took a place on the list.")


def replace_case(
    cases: CaseList,
    ref: str,
    reason: str,
    *,
    on: dt.date | str | None = None,
    who: str = "analyst",
    design: Design | None = None,
) -> CaseList:
    """The list with the next in line in a case's place; as it is when that was done before.

    Parameters
    ----------
    cases
        The list, with its people.
    ref, reason, on, who, design
        As for ``CaseList.replace``.
    """
    if not find_case(cases, ref).on_list:
        return cases
    return cases.replace(ref, reason, on=on, who=who, design=design)


def unrepeated(cases: CaseList, after: CaseList) -> CaseList:
    """The list after a decision; as it was when its last decision says the same, so that a command can be repeated.

    Parameters
    ----------
    cases, after
        The list before and after.
    """
    if len(after.history) != len(cases.history) + 1:
        return after
    last, new = cases.history[-1], after.history[-1]
    same = all(
        getattr(last, name) == getattr(new, name)
        for name in ("on", "who", "action", "case", "reason", "detail")
    )
    return cases if same else after


def keep(
    folder: RunFolder, cases: CaseList, on: dt.date | str | None = None
) -> tuple[CaseList, tuple[Path, ...]]:
    """Save the list; when it changed since the last return, write a new version of the return beside the old one.

    The list is saved first, and again with the new return on record when everything else is written: wherever this is
    interrupted, doing it once more finishes it.

    Parameters
    ----------
    folder
        Where.
    cases
        The list; without its people it is only saved.
    on
        The day of the release; today when not given.

    Raises
    ------
    ReleaseError
        ``release-not-clean`` when a second look at the new return finds what ought not to be there; it is not kept.
    """
    cases.save(folder.list_file)
    if cases.known is None or not _needs_return(cases):
        return cases, ()
    release = pseudonymise(cases)
    workbook, table = workbook_bytes(release), csv_bytes(release)
    version = sum(1 for d in cases.history if d.action == "released") + 1
    while not _free_or_same(stem := _return_stem(folder.path, version), workbook, table):
        version += 1
    day = max(dt.date.today() if on is None else read_date(on), cases.history[-1].on)
    after = cases.record_release({**release.facts_on_record, "version": version}, on=day)
    made = write_files({stem.with_suffix(".xlsx"): workbook, stem.with_suffix(".csv"): table}, force=True)
    try:
        require_clean(made, cases, release)
    except BaseException:
        put_back(dict.fromkeys(made))
        raise
    kept = folder.path / COUNCIL_ONLY
    told = {
        kept / "manifest.json": Manifest.of(after, release).to_json(),
        kept / "report.html": report_html(after, release),
    }
    write_files(told, force=True)
    after.save(folder.list_file)
    for path in (*made, *told, folder.list_file):
        for left in leftovers(path):
            left.unlink(missing_ok=True)
    return after, made


def _free_or_same(stem: Path, workbook: bytes, table: bytes) -> bool:
    """Whether nothing would be lost by writing a return here: there is none, or an interrupted try wrote the same."""
    pairs = ((stem.with_suffix(".xlsx"), workbook), (stem.with_suffix(".csv"), table))
    return all(not path.exists() or path.read_bytes() == content for path, content in pairs)


def _needs_return(cases: CaseList) -> bool:
    actions = [d.action for d in cases.history if d.action in {"drawn", "replaced", "released"}]
    return actions[-1] != "released"


def status_of(folder: RunFolder) -> list[str]:
    """Where the list stands, in sentences; nobody is named."""
    cases = folder.cases
    states = [cases.states[r] for r in cases.references]
    left = len(cases.states) - len(states)
    given = sum(s.person.status == "given" and s.person.in_writing for s in states)
    lines = [
        f"{len(states)} cases are on the list, {left} {'has' if left == 1 else 'have'} left it; "
        f"the log of {len(cases.history)} decisions holds.",
        f"Permission in writing: {given}. Still to do: {len(cases.outstanding())}.",
    ]
    chosen = cases.selected
    if len(chosen):
        tracked = int((chosen["selection"] == "tracked").sum())
        lines.append(f"CQC's selection: {tracked} tracked, {len(chosen) - tracked} in reserve.")
    else:
        lines.append(
            "CQC's selection: not on record yet; until then everyone on the list counts as still to be asked."
        )
    returns = folder.returns()
    if returns:
        lines.append(f"The return to send is {returns[-1].name}.")
    if _needs_return(cases):
        lines.append("The return is behind the list: run the last command again.")
    if not folder.lookup_file.exists():
        lines.append("The lookup is not here: it was destroyed or moved.")
    return lines


def write_timetable(path: Path, dates: Timetable) -> None:
    """Keep the dates with the list: as a calendar file and for ``status``.

    Parameters
    ----------
    path
        A folder that a draw made.
    dates
        The dates.

    Raises
    ------
    HistoryError
        When it is no such folder.
    """
    kept = RunFolder.open(path).path / COUNCIL_ONLY
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
    try:
        told = json_of(text_of(file))
        days = {name: dt.date.fromisoformat(day) for name, day in told.items() if day is not None}
        return Timetable(
            notified=days["notified"],
            information_return_from=days.get("information_return_from"),
            selected=days.get("selected"),
            keep_until=days.get("keep_until"),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise HistoryError.of(
            "timetable-unreadable",
            "the dates kept with the list cannot be read.",
            advice="Write them again: casetrack timetable --notified DATE --folder FOLDER.",
        ) from None


def _dates_of(dates: Timetable) -> dict[str, dt.date | None]:
    return {
        "notified": dates.notified,
        "information_return_from": dates.information_return_from,
        "selected": dates.selected,
        "keep_until": dates.keep_until,
    }
