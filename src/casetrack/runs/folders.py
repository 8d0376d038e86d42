"""The folders that a draw makes, carried through the life of the list.

Every command reads the state, decides on what stands there, writes the state in one step and then whatever follows
from it: a new version of the return, and the old one set aside, never written over.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.cases.case_list import CaseList
from casetrack.cases.decisions import find_case
from casetrack.cases.history import Decision, chained, releases
from casetrack.cases.timetable import Timetable
from casetrack.dates import for_people
from casetrack.designs.design import Design
from casetrack.errors import LookupFileError, OutputError, UsageError
from casetrack.extract import Extract
from casetrack.lookup.content import Lookup, Use, begin_use, now, warn_if_late, with_more
from casetrack.lookup.log import add_line
from casetrack.lookup.sealing import Cost, check_passphrase
from casetrack.pool.cohorts import CodedPool
from casetrack.pool.preparing import prepare
from casetrack.release.case_csv import csv_bytes
from casetrack.release.cover import Cover
from casetrack.release.release import Release, pseudonymise
from casetrack.release.template import IN_TEMPLATE, Template, filled
from casetrack.release.workbook import workbook_bytes
from casetrack.report.report import Form, report_html
from casetrack.runs.exports import check_places, export, sealed_until, timetable_of
from casetrack.runs.manifest import Manifest
from casetrack.runs.places import COUNCIL_ONLY, RETURN, SHARED, state_path
from casetrack.runs.state import (
    SUPERSEDED,
    KeptLookup,
    Output,
    State,
    binding,
    read_state,
    record_mark,
    write_state,
)
from casetrack.typed_text import Known, shapes_of
from casetrack.verify.verify import require_clean

#: Of the folders that the first version drew: read, shown, revealed and destroyed, and not carried on.
LIST, LOOKUP = "case-list.json", "lookup.sealed"


def is_first_version(folder: Path) -> bool:
    """Whether the folder holds a list as the first version kept it."""
    return (folder / COUNCIL_ONLY / LIST).exists()


def read_first_version(folder: Path) -> State:
    """What the files of the first version say, each checked as far as it can be."""
    kept = folder / COUNCIL_ONLY
    cases = CaseList.open(kept / LIST)
    manifest = Manifest.open(kept / "manifest.json").content
    dates: dict[str, Any] | None = None
    with contextlib.suppress(OSError, ValueError):
        dates = json.loads((kept / "timetable.json").read_text(encoding="utf-8"))
    return State(
        folder="",
        key="",
        drawn_with=str(manifest["casetrack"]),
        design=cases.design,
        history=cases.history,
        draws=(),
        manifest=manifest,
        timetable=dates,
        first_version=True,
    )


REPORT = f"{COUNCIL_ONLY}/report.html"
#: The days of a timetable that a council gives.
_DAYS = ("notified", "information_return_from", "selected", "keep_until")
#: Every form of the report, by where it lies.
_REPORTS: Mapping[str, Form] = {
    REPORT: "council-only",
    f"{SHARED}/report.html": "for-sharing",
    f"{SHARED}/summary.html": "summary",
}


@dataclass(frozen=True, repr=False)
class RunFolder:
    """A folder that a draw made."""

    path: Path
    state: State

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> RunFolder:
        """The folder as it stands."""
        folder = Path(path)
        if not state_path(folder).exists() and is_first_version(folder):
            return cls(folder, read_first_version(folder))
        return cls(folder, read_state(folder))

    @property
    def cases(self) -> CaseList:
        """The list, with case references only."""
        return self.state.cases

    @property
    def manifest(self) -> Manifest:
        """What it was made of."""
        return Manifest(self.state.manifest)

    @property
    def known(self) -> Known:
        """What is known, without the passphrase, of people whom no text may name."""
        return Known(shapes=self.state.shapes)

    def returns(self) -> list[Path]:
        """The workbooks that the log tells of, oldest first; where a version was set aside, there."""
        versions = [told.get("version", 1) for told in self.cases.releases]
        paths = [f"{return_path(v)}.xlsx" for v in versions]
        outputs = self.state.outputs
        return [self.path / (s if (s := _set_aside(p)) in outputs else p) for p in paths]

    def keep(self, state: State) -> RunFolder:
        """The folder with another state: written in one step, and then whatever follows from it."""
        if state.to_json() != self.state.to_json() or state.first_version:
            if not state.first_version:
                check_places(self.path, state)
            write_state(self.path, state, self.state)
        export(self.path, state)
        return RunFolder(self.path, state)


def return_path(version: int) -> str:
    """The return of a version, without its ending."""
    return f"{RETURN}/case-list" if version == 1 else f"{RETURN}/case-list-v{version}"


def _set_aside(path: str) -> str:
    """Where a file of the return is once a later version replaced it."""
    folder, _, name = path.rpartition("/")
    return f"{SUPERSEDED}/{name}" if folder == RETURN else path


@dataclass(frozen=True, repr=False)
class Opened:
    """A folder whose lookup was opened, which is on record."""

    folder: RunFolder
    use: Use

    @property
    def lookup(self) -> Lookup:
        """The part that was asked for."""
        return self.use.lookup

    def with_more(self, cases: CaseList) -> tuple[KeptLookup, tuple[str, ...]]:
        """The lookup with the people who came since, and what all identifiers look like."""
        people = cases.identified.people
        new = sorted(r for r in people if r not in self.use.whole.references)
        sealed, lines = self.use.sealed, self.use.lines
        shapes = shapes_of([*people.values(), *(p[0] for p in self.use.whole.people)])
        if new:
            more = Lookup.of(new, [people[r] for r in new])
            sealed = with_more(self.use, more, sealed.header.facts.list_digest)
            facts = sealed.header.facts
            lines = add_line(
                lines,
                self.use.keys.log,
                lookup=facts.lookup,
                when=now(),
                action="extended",
                references=tuple(new),
                reason="People who took a place on the list.",
            )
        state = self.folder.state.changed(history=cases.history)
        use = dataclasses.replace(self.use, sealed=sealed, lines=lines)
        return KeptLookup.of(use.done(sealed, binding(state)), lines), shapes


def open_for(
    folder: RunFolder,
    passphrase: str,
    *,
    reason: str,
    action: str = "opened",
    asked: Iterable[str] = (),
    when: dt.datetime | None = None,
) -> Opened:
    """Open the lookup for one use; the use is on record before anything is given."""
    state, where = folder.state, state_path(folder.path)
    if state.lookup is None:
        # A folder of the first version says so itself.
        if state.first_version:
            write_state(folder.path, state, state)
        raise LookupFileError.of(
            "lookup-missing",
            "the lookup of this list was destroyed.",
            advice="casetrack log shows every use; lookup.destroyed.json in council-only/ says when and why.",
        )
    sealed = state.lookup.opened()
    use = begin_use(
        sealed,
        lambda: state.lookup.lines(where) if state.lookup else (),
        passphrase,
        action,
        reason,
        when or now(),
        where=where,
        asked=tuple(asked),
    )
    check_binding(state)
    dates = timetable_of(state)
    if dates is not None and dates.keep_until is not None and not sealed_until(state):
        # A day sealed with the lookup was warned of as it was opened.
        facts = sealed.header.facts.model_copy(update={"keep_until": dates.keep_until.isoformat()})
        warn_if_late(facts, when or now(), len(use.lines))
    lookup = KeptLookup.of(use.done(of=binding(state)), use.lines)
    kept = folder.keep(state.changed(lookup=lookup))
    assert kept.state.lookup is not None
    return Opened(kept, dataclasses.replace(use, sealed=kept.state.lookup.opened()))


def check_binding(state: State) -> None:
    """Check that the history is the one that the lookup remembers, or longer."""
    of = None if state.lookup is None else state.lookup.opened().header.list
    if of is None:
        return
    lines = state.history[of.lines - 1 : of.lines]
    if of.folder != state.folder or not lines or lines[0].digest != of.head:
        raise LookupFileError.of(
            "another-list",
            "the lookup and the history do not belong together: one is an older copy, or lines were taken out.",
            advice="Go back to an untouched copy of the folder.",
        )


def attach(opened: Opened, coded: CodedPool, design: Design | None = None) -> CaseList:
    """The folder's list with its people: its pool read again, and the lookup opened.

    `design`: the design of the draw, when it names people.
    """
    lookup = opened.use.whole
    people = {r: lookup.person_id(r) for r in lookup.references}
    key = bytes.fromhex(lookup.lottery_key)
    return opened.folder.cases.attach(coded, people, design, key=key)


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


def changed_extract(folder: RunFolder, extract: Extract) -> dict[str, str]:
    """Both digests, where the extract is not byte for byte the one of the draw; empty where it is."""
    of_draw = folder.state.manifest["input"]["sha256"]
    return {} if extract.sha256 == of_draw else {"of_draw": of_draw, "read_now": extract.sha256}


def replace_case(
    cases: CaseList,
    ref: str,
    reason: str,
    *,
    on: dt.date | str | None = None,
    who: str = "analyst",
    more: Mapping[str, Any] | None = None,
) -> CaseList:
    """The list with the next in line in a case's place; as it is when that was done before."""
    if not find_case(cases, ref).on_list:
        return cases
    return cases.replace(ref, reason, on=on, who=who, more=more)


def unrepeated(cases: CaseList, after: CaseList) -> CaseList:
    """The list after decisions, without those that the log has already, so that a command can be repeated."""
    said, new = {_about(line): _said(line) for line in cases.history}, []
    for line in after.history[len(cases.history) :]:
        if said.get(_about(line)) != _said(line):
            said[_about(line)] = _said(line)
            new.append(line)
    return CaseList(chained(cases.history, *new), after.design, after.known)


def _about(line: Decision) -> tuple[Any, ...]:
    return (line.action, line.case, line.detail.get("of"), line.detail.get("step"))


def _said(line: Decision) -> tuple[Any, ...]:
    return (line.on, line.who, line.reason, line.detail)


def on_record(cases: CaseList, today: dt.date, before: int = 0) -> CaseList:
    """The list with the day of record on every line, after the first ``before``, that tells of another day."""
    new = [
        Decision(**{**line.__dict__, "recorded": None if line.on == today else today})
        for line in cases.history[before:]
    ]
    return CaseList(chained(cases.history[:before], *new), cases.design, cases.known)


def keep(
    folder: RunFolder,
    cases: CaseList,
    opened: Opened | None = None,
    **parts: Any,
) -> tuple[RunFolder, tuple[Path, ...]]:
    """Save the list; when it changed since the last return, with a new version of the return, the old one set aside.

    All of it is one write of the state; the files follow from it. A new version is dated with the day on which it is
    made, whatever the day of the decision.

    `opened`: the lookup, when people came.
    """
    today, release = dt.date.today(), None
    due = [d.action for d in cases.history if d.action in {"drawn", "replaced", "released"}][-1] != "released"
    if opened is not None and due:
        release = pseudonymise(cases)
        facts = {**release.facts_on_record, "version": len(cases.releases) + 1}
        cases = cases.record_release(facts, on=today)
    cases = on_record(cases, today, len(folder.state.history))
    state = _with_day_of_selection(folder.state.changed(history=cases.history, **parts))
    if opened is None or release is None:
        return folder.keep(state), ()
    lookup, shapes = opened.with_more(cases)
    made, release = return_of(state, release)
    checked_return(made, cases, release)
    old = {_set_aside(path): output for path, output in state.outputs.items()}
    state = state.changed(
        lookup=lookup,
        shapes=shapes,
        manifest=Manifest.of(cases, release, folder.manifest).content,
        outputs={
            **old,
            **{p: Output(c) for p, c in made.items()},
            **reports_of(state, cases, release),
        },
    )
    return folder.keep(state), tuple(folder.path / path for path in made)


def return_of(state: State, release: Release) -> tuple[dict[str, bytes], Release]:
    """The files of a return, bound to the history that it was made from; and the release as it says so."""
    release = dataclasses.replace(release, facts={**release.facts, "record": record_mark(state)})
    cover = _cover_of(state)
    stem = return_path(cover.version)
    made = {f"{stem}.xlsx": workbook_bytes(release, cover), f"{stem}.csv": csv_bytes(release)}
    if state.template is not None:
        made[f"{stem}{IN_TEMPLATE}"] = filled(state.template, made[f"{stem}.xlsx"])
    return made, release


def fill_template(folder: RunFolder, template: Template) -> RunFolder:
    """The newest return in a template too, and every later one."""
    state = folder.state
    stem = return_path(max(1, len(folder.cases.releases)))
    content = filled(template, state.outputs[f"{stem}.xlsx"].content)
    before = state.outputs.get(f"{stem}{IN_TEMPLATE}", Output(content))
    outputs = {**state.outputs, f"{stem}{IN_TEMPLATE}": before.followed_by(content)}
    return folder.keep(state.changed(template=template, outputs=outputs))


def _cover_of(state: State) -> Cover:
    """The cover of the newest version: what the council said of itself, and what the ledger of releases says."""
    days = [line.on.isoformat() for line in releases(state.history)]
    *_, before, last = ["", "", *days]
    return Cover(**state.cover, version=max(1, len(days)), dated=last, replaces=before)


def reports_of(state: State, cases: CaseList, release: Release) -> dict[str, Output]:
    """The report in every form, in the place of the ones before."""
    dates, cover = timetable_of(state), _cover_of(state)
    made = {
        path: report_html(cases, release, form=form, cover=cover, timetable=dates).encode()
        for path, form in _REPORTS.items()
    }
    before = state.outputs
    return {
        path: before[path].followed_by(new) if path in before else Output(new) for path, new in made.items()
    }


def has_second(folder: RunFolder) -> bool:
    """Whether a second passphrase opens the lookup."""
    return folder.state.lookup is not None and folder.state.lookup.opened().header.second is not None


def set_passphrase(
    folder: RunFolder, passphrase: str, new: str, *, second: bool, _cost: Cost | None = None
) -> RunFolder:
    """Change the passphrase that opens the lookup, or give it a second one; the records stay byte for byte."""
    check_passphrase(new)
    old = "" if second else passphrase
    if folder.state.lookup is not None:
        # Before the lookup is opened, which would be on record as a change.
        folder.state.lookup.opened().check_other(new, old=old)
    words = "A second passphrase was set." if second else "The passphrase was changed."
    opened = open_for(folder, passphrase, reason=words, action="passphrase changed")
    use, cost = opened.use, _cost or Cost()
    sealed = use.sealed.with_passphrase(use.keys, new, cost, old=old)
    lookup = KeptLookup.of(use.done(sealed), use.lines)
    return opened.folder.keep(opened.folder.state.changed(lookup=lookup))


def write_timetable(folder: RunFolder, dates: Timetable) -> RunFolder:
    """Keep the dates with the list, for its calendar file and for ``status``; a change counts up."""
    return folder.keep(_with_dates(folder.state, with_days_given(folder, dates)))


def _with_dates(state: State, dates: Timetable) -> State:
    return state.changed(timetable={**_days_of(dates), "sequence": next_sequence(state.timetable, dates)})


def with_days_given(folder: RunFolder, dates: Timetable) -> Timetable:
    """The dates with the days that were given before and are not given anew, and the selection as it was recorded."""
    until, before = sealed_until(folder.state), timetable_of(folder.state)
    if until and dates.keep_until is not None and dates.keep_until.isoformat() != until:
        raise UsageError.of(
            "timetable-order",
            f"the lookup was sealed at the draw to be kept until {for_people(dt.date.fromisoformat(until))}.",
            advice="Give that day, or none: a list has one.",
        )
    if until:
        dates = dataclasses.replace(dates, keep_until=dt.date.fromisoformat(until))
    days = {} if before is None else {n: d for n in _DAYS if (d := getattr(before, n)) is not None}
    dates = dataclasses.replace(dates, **{n: d for n, d in days.items() if getattr(dates, n) is None})
    return _as_selected(folder.state, dates)


def _as_selected(state: State, dates: Timetable) -> Timetable:
    """The dates with the day on which CQC's choice was recorded, which stands whatever was typed before."""
    chosen = [line.on for line in state.history if line.action == "selected"][-1:]
    if not chosen or chosen[0] < dates.notified:
        return dates
    return dataclasses.replace(dates, selected=chosen[0])


def _with_day_of_selection(state: State) -> State:
    dates = timetable_of(state)
    if dates is None or (chosen := _as_selected(state, dates)) == dates:
        return state
    return _with_dates(state, chosen)


def next_sequence(kept: Mapping[str, Any] | None, dates: Timetable) -> int:
    """How often the dates were changed, these included."""
    before = dict(kept or {})
    number = int(before.pop("sequence", -1))
    return number if _days_of(dates) == before else number + 1


def _days_of(dates: Timetable) -> dict[str, str]:
    return {name: day.isoformat() for name in _DAYS if (day := getattr(dates, name)) is not None}


def checked_return(files: Mapping[str, bytes], cases: CaseList, release: Release) -> None:
    """Read a new return back from a place of its own, outside the folder."""
    try:
        with tempfile.TemporaryDirectory(prefix="casetrack-", ignore_cleanup_errors=True) as place:
            paths = [Path(place) / Path(name).name for name in files]
            for path, content in zip(paths, files.values(), strict=True):
                path.write_bytes(content)
            require_clean(paths, cases, release)
    except OSError as error:
        raise OutputError.of(
            "cannot-write",
            f"no file can be written: {error.strerror}.",
            advice="The return is read back there before it is kept: make space, or let TMPDIR name another folder.",
        ) from error
