"""Commands for the life of a list, each reading and writing the folder that ``draw`` made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casetrack.cli.answers import Recorded, Rehearsed, Replaced, Reserves, rows
from casetrack.cli.options import (
    Beside,
    Folder,
    Json,
    OfTheDraw,
    command,
    out,
    read_design,
    read_passphrase,
)
from casetrack.cli.words import table_text
from casetrack.progress import work
from casetrack.typed_text import KEPT, REASONS

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.runs.folders import Opened, RunFolder

__all__ = ["attached", "register"]

Ref = Annotated[str, typer.Argument(help="The case reference.", show_default=False)]
Day = Annotated[
    str | None,
    typer.Option("--on", help="The day of the decision, in any order of entry; today without it."),
]
Who = Annotated[str, typer.Option("--who", help=f"A role, not a name. {KEPT}")]
_REASON = f"One of: {', '.join(REASONS[:-1])}; or 'other: …' with a few words. {KEPT}"


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    command(app, replace, permission, select, rehearse, reserves, done)


@work("Reading the extract of the draw", 0.4)
def attached(
    run: RunFolder,
    again: OfTheDraw,
    beside: Beside,
    passphrase: str,
    reason: str,
) -> tuple[Opened, CaseList, dict[str, str]]:
    """The lookup opened, the list with its people, and both digests where the extract is another file.

    A changed extract is told of before anything is done with it.
    """
    from casetrack.runs.folders import attach, changed_extract, open_for, read_again
    from casetrack.runs.state import write_state

    if run.state.first_version:
        write_state(run.path, run.state, run.state)
    coded = read_again(run.state.manifest, again.extract, **vars(beside))
    changed = changed_extract(run, coded.pool.extract)
    if changed:
        typer.echo(
            "Take note: the extract is not the file of the draw. Everyone, their codes and the quotas' characteristics "
            "must be as they were, or nothing is done; both files' digests are put on record.",
            err=True,
        )
    opened = open_for(run, passphrase, reason=reason)
    return opened, attach(opened, coded, read_design(again.design)), changed


def replace(
    folder: Folder,
    ref: Ref,
    reason: Annotated[str, typer.Option(help=_REASON)],
    again: OfTheDraw,
    beside: Beside,
    on: Day = None,
    who: Who = "analyst",
    as_json: Json = False,
) -> None:
    """Put the next in line in a case's place, and write a new version of the return beside the old one."""
    from casetrack.cases.decisions import find_case
    from casetrack.cases.naming import reason_for_leaving
    from casetrack.runs.folders import RunFolder, keep, replace_case

    passphrase = read_passphrase(again.passphrase_file, twice=False)
    run = RunFolder.open(folder)
    reason_for_leaving(run.cases, reason)
    with work("Reading the extract of the draw"):
        opened, cases, changed = attached(run, again, beside, passphrase, "A case is replaced.")
        # A local id is known only while the list has its people.
        left = find_case(cases, ref).reference
        more = {"extract": changed} if changed else {}
        after = replace_case(cases, ref, reason, on=on, who=who, more=more)
        run, written = keep(opened.folder, after, opened)
    _say_who_came(run, left, changed, written, repeated=after is cases, as_json=as_json)


def _say_who_came(
    run: RunFolder,
    left: str,
    changed: dict[str, str],
    written: tuple[Path, ...],
    *,
    repeated: bool,
    as_json: bool,
) -> None:
    from casetrack.cases.states import replacement_of
    from casetrack.dates import for_people
    from casetrack.runs.folders import REPORT

    decision = next(d for d in run.cases.history if d.action == "replaced" and d.case == left)
    came, how = decision.detail["by"], replacement_of(run.cases.history, left)
    words = "" if how is None else how.in_words()
    if as_json:
        answer = Replaced(
            command="replace",
            left=left,
            came=came and came["reference"],
            listed_as=came and came["listed_as"],
            how=words,
            repeated=repeated,
            changed_extract=changed,
            files=[str(path) for path in written],
        )
        out(answer.as_json())
        return
    if repeated:
        out(f"{left} was replaced before, on {for_people(decision.on)}; nothing new is recorded.")
    took = (
        f"{came['reference']} took the place, listed as {came['listed_as']}."
        if came
        else "Nobody is left to come."
    )
    paths = [f"  {path}" for path in written]
    out("\n".join(filter(None, [took, words, *paths])))
    if written:
        report = run.path / REPORT
        out(
            f"\nNext: {report} is about the new list; read it before you send anything, and send the newest version only."
        )


def permission(
    folder: Folder,
    refs_and_status: Annotated[
        list[str],
        typer.Argument(
            help="One or more case references, then: asked, given, refused or withdrawn.",
            metavar="REF... STATUS",
            show_default=False,
        ),
    ],
    of: Annotated[str, typer.Option(help="person or carer.")] = "person",
    in_writing: Annotated[bool, typer.Option("--in-writing", help="The answer is in writing.")] = False,
    needs: Annotated[str, typer.Option(help=f"Communication needs, e.g. large print. {KEPT}")] = "",
    way: Annotated[str, typer.Option(help="phone, video or in person.")] = "",
    interpreter: Annotated[str, typer.Option(help=f"Language of the interpreter needed. {KEPT}")] = "",
    on: Day = None,
    who: Who = "practitioner",
    as_json: Json = False,
) -> None:
    """Record that permission was asked, given, refused or withdrawn, for one case or several."""
    from casetrack.cases.decisions import find_case
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    *refs, status = refs_and_status
    if not refs:
        raise typer.BadParameter("name at least one case reference, and then the status.")
    run = RunFolder.open(folder)
    cases = run.cases
    for ref in refs:
        cases = cases.permission(
            ref,
            status,
            of=of,
            in_writing=in_writing,
            needs=needs,
            way=way,
            interpreter=interpreter,
            on=on,
            who=who,
            known=run.known,
        )
    run, _ = keep(run, unrepeated(run.cases, cases))
    named = list(dict.fromkeys(find_case(run.cases, ref).reference for ref in refs))
    if not as_json:
        out(f"Recorded for {', '.join(named)}: {of}, {status}.")
    _say_what_is_left(run.cases, "permission", named, as_json=as_json)


def _say_what_is_left(cases: CaseList, command: str, named: list[str], *, as_json: bool) -> None:
    outstanding = cases.outstanding()
    mine = outstanding[outstanding["case_reference"].isin(named).to_numpy()]
    if as_json:
        answer = Recorded(command=command, cases=named, outstanding=rows(mine), still_to_do=len(outstanding))
        out(answer.as_json())
        return
    which = "this case" if len(named) == 1 else "these cases"
    out(table_text(mine) if len(mine) else f"Nothing is left to do about permission for {which}.")
    out(f"Over the whole list: {len(outstanding):,} still to do; casetrack status lists them.")


def select(
    folder: Folder,
    refs: Annotated[list[str], typer.Argument(help="The case references that CQC named, in its order.")],
    note: Annotated[str, typer.Option(help=f"Why CQC named another number than ten. {KEPT}")] = "",
    on: Day = None,
    who: Who = "analyst",
    as_json: Json = False,
) -> None:
    """Record CQC's choice: six to track, four in reserve."""
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    run = RunFolder.open(folder)
    cases = run.cases.select(refs, note=note, on=on, who=who, known=run.known)
    run, _ = keep(run, unrepeated(run.cases, cases))
    if as_json:
        _say_what_is_left(run.cases, "select", list(run.cases.selected.index), as_json=True)
        return
    out(table_text(run.cases.selected.reset_index()))
    out("\nNext: casetrack permission for each of them, and casetrack packs for the ten records.")


def rehearse(
    folder: Folder,
    seed: Annotated[str, typer.Option(help="Any text; the same text gives the same ten.")],
    count: Annotated[int, typer.Option(help="How many cases.")] = 10,
    as_json: Json = False,
) -> None:
    """Draw ten cases as a rehearsal; nothing is recorded."""
    from casetrack.runs.folders import RunFolder

    ten = RunFolder.open(folder).cases.rehearse(count, seed=seed)
    if as_json:
        out(Rehearsed(command="rehearse", cases=rows(ten)).as_json())
        return
    out("REHEARSAL: this is not CQC's selection, and nothing is recorded.")
    out(table_text(ten.reset_index()))


def reserves(
    folder: Folder,
    again: OfTheDraw,
    beside: Beside,
    as_json: Json = False,
) -> None:
    """Say whose place somebody could take today, before anyone declines; nobody is named."""
    from casetrack.runs.folders import RunFolder

    passphrase = read_passphrase(again.passphrase_file, twice=False)
    run = RunFolder.open(folder)
    with work("Reading the extract of the draw"):
        _, cases, _ = attached(run, again, beside, passphrase, "Who could take a place was worked out.")
        with work("Finding who would come"):
            table = cases.reserves(1).drop(columns="person_id")
    if as_json:
        out(Reserves(command="reserves", reserves=rows(table)).as_json())
        return
    out(table_text(table))
    nobody = int((table["place"] == 0).sum())
    if nobody:
        out(f"\nFor {nobody} of the {len(table)} cases nobody can come unless a quota gives way.")


def done(
    folder: Folder,
    step: Annotated[str, typer.Argument(help="information-return, list, permission, interviews or destroy.")],
    on: Day = None,
    who: Who = "analyst",
    as_json: Json = False,
) -> None:
    """Record that a step of the timetable is done, for example that the list was uploaded."""
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    run = RunFolder.open(folder)
    run, _ = keep(run, unrepeated(run.cases, run.cases.done(step, on=on, who=who, known=run.known)))
    if as_json:
        _say_what_is_left(run.cases, "done", [], as_json=True)
        return
    out(f"Recorded: {step} is done.")
