"""Where a list stands, in sentences and tables: nobody is named, and nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.dates import for_people
from casetrack.errors import HistoryError, LookupFileError, UsageError
from casetrack.lookup.content import describe
from casetrack.lookup.log import LogLine, check_against, check_signatures, read_log
from casetrack.lookup.lookup import reveal
from casetrack.references import check_reference
from casetrack.runs.ending import kept_until, what_identifies
from casetrack.runs.exports import Found, earlier_certificate, look, timetable_of
from casetrack.runs.folders import LOOKUP, RunFolder, check_binding, open_for
from casetrack.runs.places import COUNCIL_ONLY, state_path
from casetrack.runs.state import PACKS, SUPERSEDED, uses_of
from casetrack.words import count_of


def status_of(folder: RunFolder, today: dt.date) -> list[str]:
    """Where the list stands, in sentences."""
    cases = folder.cases
    states = [cases.states[r] for r in cases.references]
    left = len(cases.states) - len(states)
    people, of_carers = (
        sum(told.status == "given" and told.in_writing for told in asked)
        for asked in ([s.person for s in states], [s.carer for s in states])
    )
    outstanding = cases.outstanding()
    carers = int((outstanding["whose"] == "carer").sum())
    return [
        f"{len(states)} cases are on the list, {left} {'has' if left == 1 else 'have'} left it; "
        f"the log of {count_of(len(cases.history), 'decision')} holds. Drawn with casetrack {folder.state.drawn_with}.",
        f"Permission in writing: {people} of people, {of_carers} of carers. Still to do: {len(outstanding)}, of which "
        f"{carers} with carers.",
        _selection(cases),
        *_released(cases),
        *_to_send(folder),
        *_packs_of_those_who_left(folder),
        *_lookup(folder),
        *_retention(folder, today),
    ]


def left_in_words(cases: CaseList, refs: Sequence[str]) -> list[str]:
    """When and why those of some cases left that are on the list no more."""
    states = [cases.states[ref] for ref in refs]
    return [
        f"{s.reference} left the list on {for_people(s.left_on)}: {s.left_because}."
        for s in states
        if s.left_on is not None
    ]


def _released(cases: CaseList) -> list[str]:
    ledger = cases.ledger
    if not len(ledger):
        return []
    times, rule = "once" if len(ledger) == 1 else f"{len(ledger)} times", ledger["rule"].iloc[0]
    # The first version put no rule on record.
    return [
        f"Released {times}, by one rule ({rule[:12]}); another is refused." if rule else f"Released {times}."
    ]


def _to_send(folder: RunFolder) -> list[str]:
    """The newest return, and where those that it replaced are."""
    returns = folder.returns()
    if not returns:
        return []
    old = any(path.startswith(f"{SUPERSEDED}/") for path in folder.state.outputs)
    aside = f"; what it replaces is in {SUPERSEDED}, and not to be sent again" if old else ""
    return [f"The return to send is {returns[-1].name}{aside}."]


def _packs_of_those_who_left(folder: RunFolder) -> list[str]:
    left = {ref for ref, state in folder.cases.states.items() if not state.on_list}
    packs = sorted(
        p.name for p in (folder.path / PACKS).glob("*.docx") if p.stem.removeprefix("case-") in left
    )
    if not packs:
        return []
    return [
        f"Record packs of cases that left the list are still in {PACKS}; remove them: {', '.join(packs)}."
    ]


def _selection(cases: CaseList) -> str:
    chosen = cases.selected
    if not len(chosen):
        return (
            "CQC's selection: not on record yet; until then everyone on the list counts as still to be asked."
        )
    tracked = int((chosen["selection"] == "tracked").sum())
    return f"CQC's selection: {tracked} tracked, {len(chosen) - tracked} in reserve."


def _lookup(folder: RunFolder) -> list[str]:
    state = folder.state
    if state.first_version:
        there = (folder.path / COUNCIL_ONLY / LOOKUP).exists()
        carried = (
            f"The folder is of the first version: casetrack {state.drawn_with} carries the list on; this version "
            "shows, reveals and destroys."
        )
        return [carried] if there else [carried, "The lookup is not here: it was destroyed or moved."]
    earlier = [
        f"The lookup of an earlier list in this folder was destroyed on "
        f"{for_people(dt.date.fromisoformat(str(one['destroyed'])[:10]))}; the certificate is "
        f"{earlier_certificate(one)}."
        for one in state.earlier_certificates
    ]
    if state.certificate is None:
        return earlier
    day = for_people(_destroyed_on(state.certificate))
    if state.certificate.get("done"):
        return [*earlier, f"The lookup was destroyed on {day}; the certificate is lookup.destroyed.json."]
    return [
        *earlier,
        f"The destruction of the lookup was begun on {day} and is not done: run casetrack destroy again.",
    ]


def _retention(folder: RunFolder, today: dt.date) -> list[str]:
    """What is due on the day until which the council keeps the lookup."""
    until = kept_until(folder)
    if until is None or today <= until:
        return []
    due = [] if folder.state.lookup is None and not folder.state.first_version else ["the sealed lookup"]
    due += what_identifies(folder, superseded=True)
    if not due:
        return []
    return [
        f"To be kept until {for_people(until)}, which has passed: {', '.join(due)}. "
        "casetrack destroy FOLDER --documents removes them."
    ]


def done_steps(cases: CaseList) -> dict[str, dt.date]:
    """Steps on record as done, and the day; the last word on a step counts.

    Permission is done with the last answer once nothing is left to do about it, and the lookup's destruction when its
    certificate says so, whatever was recorded by hand.
    """
    done = {d.detail["step"]: d.on for d in cases.history if d.action == "done"}
    for follows in ("permission", "destroy"):
        done.pop(follows, None)
    answers = [d.on for d in cases.history if d.action == "permission"]
    if len(cases.selected) and answers and not len(cases.outstanding()):
        done["permission"] = max(answers)
    return done


def steps_of(folder: RunFolder, today: dt.date) -> pd.DataFrame | None:
    """Where each step of the timetable stands, or None without dates."""
    dates, done = timetable_of(folder.state), done_steps(folder.cases)
    if dates is None:
        return None
    certificate = folder.state.certificate or {}
    if certificate.get("done"):
        done["destroy"] = _destroyed_on(certificate)
    return dates.standing(today, done)


def _destroyed_on(certificate: Mapping[str, Any]) -> dt.date:
    return dt.date.fromisoformat(str(certificate["destroyed"])[:10])


def needs_attention(folder: RunFolder) -> tuple[Found, ...]:
    """What is wrong with the files of the folder."""
    if folder.state.first_version:
        return ()
    return look(folder.path, folder.state)


def lookup_lines(folder: RunFolder) -> tuple[LogLine, ...]:
    """Every use of the lookup, also of one that is destroyed."""
    if folder.state.first_version:
        return read_log(folder.path / COUNCIL_ONLY / LOOKUP)
    return uses_of(folder.state)


def reveal_people(place: Path, refs: Sequence[str], passphrase: str, reason: str) -> pd.DataFrame:
    """Who cases stand for, in a folder or in a sealed lookup; those that CQC selected where none are named."""
    if not place.is_dir():
        return reveal(place, refs, passphrase, reason=reason)
    folder = RunFolder.open(place)
    asked = tuple(dict.fromkeys(check_reference(ref) for ref in refs)) or tuple(folder.cases.selected.index)
    if not asked:
        raise UsageError.of(
            "nothing-asked", "no case reference was asked for, and CQC's selection is not on record."
        )
    if folder.state.first_version:
        return reveal(place / COUNCIL_ONLY / LOOKUP, asked, passphrase, reason=reason)
    opened = open_for(folder, passphrase, reason=reason, action="revealed", asked=asked)
    return opened.lookup.to_people_frame()


#: The certificate is there and the lookup is gone; what follows was stopped.
NOT_DONE = "The destruction of the lookup was begun and is not done: run casetrack destroy again."


@dataclass(frozen=True)
class Verdict:
    """What `casetrack verify` found of a folder."""

    checked: tuple[str, ...]
    found: tuple[Found, ...]  # what is wrong, file by file
    problems: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and all(f.is_well for f in self.found)


def verify_folder(path: Path, passphrase: str | None = None) -> Verdict:
    """Check everything that binds a folder together.

    `passphrase`: to prove the lookup, its log and the history that it remembers; nothing is revealed.
    """
    folder = RunFolder.open(path)
    state = folder.state
    if state.first_version:
        about = describe(path / COUNCIL_ONLY / LOOKUP)
        return Verdict(
            (f"A folder of the first version: list, manifest and lookup ({about.cases} cases) can be read.",),
            (),
        )
    checked = [
        f"The state: its digest, {count_of(len(state.history), 'decision')}, {count_of(len(state.draws), 'draw')}, "
        "the design of the draw.",
        f"{len(state.outputs)} files kept in it, and the manifest.",
    ]
    problems = []
    if state.lookup is None and passphrase is not None:
        checked.append("The lookup was destroyed: there is nothing left that the passphrase could prove.")
    if state.lookup is None and state.certificate is None:
        problems.append("The lookup is gone, and no certificate says that it was destroyed.")
    elif state.lookup is None and not (state.certificate or {}).get("done"):
        problems.append(NOT_DONE)
    if state.lookup is not None:
        try:
            check_binding(state)
            lines = state.lookup.lines(state_path(path))
            check_against(lines, state.lookup.opened().header.log, state_path(path))
            checked.append(
                f"The lookup belongs to the history; its log of {count_of(len(lines), 'use')} is whole."
            )
            if passphrase is not None:
                keys = state.lookup.opened().unlock(passphrase)
                state.lookup.opened().records(keys)
                check_signatures(lines, keys.log, state_path(path))
                checked.append(
                    "With the passphrase: every byte of the lookup, and who wrote each line of its log."
                )
        except (LookupFileError, HistoryError) as error:
            what = error.problems[0].what
            problems.append(what[0].upper() + what[1:])
    return Verdict(tuple(checked), look(path, state), tuple(problems))
