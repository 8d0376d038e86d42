"""Commands for the life of a list, in the folder that ``draw`` made; two of them write documents of people."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from casetrack.cli.answers import Listed, Packed, Recorded, Rehearsed, Replaced, Reserves, rows
from casetrack.cli.options import Beside, Folder, Force, OfTheDraw, Told, attached
from casetrack.cli.words import table_text
from casetrack.lottery.chance_words import one_in
from casetrack.progress import work
from casetrack.typed_text import KEPT, REASONS, Known

if TYPE_CHECKING:
    import pandas as pd

    from casetrack.cases.case_list import CaseList


Ref = Annotated[str, typer.Argument(help="The case reference.", show_default=False)]
Day = Annotated[
    str | None, typer.Option("--on", help="The day of the decision, in any order of entry; today without it.")
]
Who = Annotated[str, typer.Option("--who", help=f"A role, not a name. {KEPT}")]
_REASON = f"One of: {', '.join(REASONS[:-1])}; or 'other: …' with a few words. {KEPT}"


def replace(
    folder: Folder,
    ref: Ref,
    reason: Annotated[str, typer.Option(help=_REASON)],
    again: OfTheDraw,
    beside: Beside,
    on: Day = None,
    who: Who = "analyst",
) -> Told:
    """Put whoever the draw brings in a case's place, and write a new return; the old one moves to superseded/.

    Who comes depends on the places filled before: enter cases in the order in which they fell out.
    """
    from casetrack.cases.decisions import find_case, reason_for_leaving
    from casetrack.cases.states import replacement_of
    from casetrack.dates import for_people
    from casetrack.runs.folders import REPORT, keep, replace_case

    def check(cases: CaseList) -> str:
        return reason_for_leaving(cases, reason)

    with attached(folder, again, beside, "A case is replaced.", check) as (opened, cases, changed):
        # A local id is known only while the list has its people.
        left = find_case(cases, ref).reference
        more = {"extract": changed} if changed else {}
        after = replace_case(cases, ref, reason, on=on, who=who, more=more)
        run, written = keep(opened.folder, after, opened)
    repeated = after is cases
    decision = next(d for d in run.cases.history if d.action == "replaced" and d.case == left)
    came, how = decision.detail["by"], replacement_of(run.cases.history, left)
    words = "" if how is None else how.in_words()
    yield Replaced(
        left=left,
        came=came and came["reference"],
        listed_as=came and came["listed_as"],
        how=words,
        repeated=repeated,
        changed_extract=changed,
        files=[str(path) for path in written],
    )
    if repeated:
        yield f"{left} was replaced before, on {for_people(decision.on)}; nothing new is recorded."
    took = (
        f"{came['reference']} took the place, listed as {came['listed_as']}."
        if came
        else "Nobody is left to come."
    )
    yield "\n".join(filter(None, [took, words, *(f"  {path}" for path in written)]))
    if written:
        yield (
            f"\nNext: {run.path / REPORT} is about the new list; read it before you send anything, and send the newest "
            "version only."
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
) -> Told:
    """Record that permission was asked, given, refused or withdrawn, for one case or several."""
    from casetrack.cases.decisions import find_cases

    *refs, status = refs_and_status
    if not refs:
        raise typer.BadParameter("name at least one case reference, and then the status.")
    told: dict[str, Any] = {"needs": needs, "way": way, "interpreter": interpreter, "on": on, "who": who}

    def decide(cases: CaseList, known: Known) -> CaseList:
        find_cases(cases, refs)
        for ref in refs:
            cases = cases.permission(ref, status, of=of, in_writing=in_writing, known=known, **told)
        return cases

    cases = _decided(folder, decide)
    named = list(dict.fromkeys(case.reference for case in find_cases(cases, refs)))
    answer, mine = _recorded(cases, named), _outstanding(cases, named)
    yield answer
    yield f"Recorded for {', '.join(named)}: {of}, {status}."
    which = "this case" if len(named) == 1 else "these cases"
    yield table_text(mine) if len(mine) else f"Nothing is left to do about permission for {which}."
    which = "them" if len(cases.selected) else "those that say more than to ask, and with --json all"
    yield f"Over the whole list: {answer.still_to_do:,} still to do; casetrack status lists {which}."


def _recorded(cases: CaseList, named: list[str]) -> Recorded:
    mine = rows(_outstanding(cases, named))
    return Recorded(cases=named, outstanding=mine, still_to_do=len(cases.outstanding()))


def _outstanding(cases: CaseList, named: list[str]) -> pd.DataFrame:
    outstanding = cases.outstanding()
    return outstanding[outstanding["case_reference"].isin(named).to_numpy()]


def select(
    folder: Folder,
    refs: Annotated[list[str], typer.Argument(help="The case references that CQC named, in its order.")],
    note: Annotated[str, typer.Option(help=f"Why CQC named another number than ten. {KEPT}")] = "",
    on: Day = None,
    who: Who = "analyst",
) -> Told:
    """Record CQC's choice: six to track, four in reserve."""
    cases = _decided(folder, lambda cases, known: cases.select(refs, note=note, on=on, who=who, known=known))
    yield _recorded(cases, list(cases.selected.index))
    yield table_text(cases.selected.reset_index())
    yield "\nNext: casetrack permission for each of them, and casetrack packs for the ten records."


def rehearse(
    folder: Folder,
    seed: Annotated[str, typer.Option(help="Any text; the same text gives the same ten.")],
    count: Annotated[int, typer.Option(help="How many cases.")] = 10,
) -> Told:
    """Draw ten cases as a rehearsal; nothing is recorded."""
    from casetrack.runs.folders import RunFolder

    ten = RunFolder.open(folder).cases.rehearse(count, seed=seed)
    yield Rehearsed(cases=rows(ten))
    yield "REHEARSAL: this is not CQC's selection, and nothing is recorded."
    yield table_text(ten.reset_index())


def reserves(folder: Folder, again: OfTheDraw, beside: Beside) -> Told:
    """Say whose place somebody could take today, before anyone declines; nobody is named."""
    words = "Who could take a place was worked out."
    with attached(folder, again, beside, words) as (_, cases, _), work("Finding who would come"):
        table = cases.reserves(1).drop(columns="person_id")
    yield Reserves(reserves=rows(table))
    yield table_text(table.assign(chance=[one_in(c) if c > 0 else "" for c in table["chance"]]))
    nobody = int((table["place"] == 0).sum())
    if nobody:
        yield f"\nFor {nobody} of the {len(table)} cases nobody can come unless a quota gives way."


def done(
    folder: Folder,
    step: Annotated[str, typer.Argument(help="information-return, list or interviews.")],
    on: Day = None,
    who: Who = "analyst",
) -> Told:
    """Record that a step of the timetable is done, for example that the list was uploaded."""
    cases = _decided(folder, lambda cases, known: cases.done(step, on=on, who=who, known=known))
    yield _recorded(cases, [])
    yield f"Recorded: {step} is done."


def _decided(folder: Path, decide: Callable[[CaseList, Known], CaseList]) -> CaseList:
    """The list of a folder after decisions, kept there; one that is on record already is not repeated."""
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    run = RunFolder.open(folder)
    return keep(run, unrepeated(run.cases, decide(run.cases, run.known)))[0].cases


def packs(
    folder: Folder,
    again: OfTheDraw,
    beside: Beside,
    template: Annotated[Path | None, typer.Option(help="The council's own Word template.")] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Another folder than council-only/packs.")
    ] = None,
    force: Force = False,
) -> Told:
    """Write a Word document for each selected case, and a checklist. They are identifiable."""
    from casetrack.packs.record_packs import write_record_packs
    from casetrack.runs.documents import note_documents
    from casetrack.runs.places import check_stays
    from casetrack.runs.state import PACKS

    check_stays(out_folder)
    with attached(folder, again, beside, "Record packs are written.") as (opened, cases, _):
        target = out_folder or folder / PACKS
        done = write_record_packs(
            cases, cases.identified.coded.pool.extract, target, template=template, force=force
        )
        note_documents(opened.folder, [*done.documents.values(), done.checklist])
    look_at = [f"{ref}: {problem}" for ref, problems in done.accessibility.items() for problem in problems]
    look_at += [f"no longer selected: {path.name}" for path in done.left_over]
    yield Packed(
        folder=str(target),
        documents=[path.name for path in done.documents.values()],
        checklist=done.checklist.name,
        records=done.counts,
        to_look_at=look_at,
    )
    counts = ", ".join(f"{number} {status}" for status, number in done.counts.items())
    yield f"{len(done.documents)} packs and {done.checklist.name} are in {target}. Records: {counts}."
    yield "They are identifiable: not to leave the council until permission is given."
    if not target.resolve().is_relative_to(folder.resolve()):
        yield (
            "They lie outside the list's folder: destroy --documents will not find them, so remove them by hand."
        )
    for line in look_at:
        yield f"  {line}"


def worklist(folder: Folder, again: OfTheDraw, beside: Beside, force: Force = False) -> Told:
    """Write who must ring whom: reference, person, team, lead professional, what is outstanding. It is identifiable."""
    from casetrack.runs.documents import write_worklist

    with attached(folder, again, beside, "A worklist is written.") as (opened, cases, _):
        path, teams = write_worklist(opened.folder, cases, force=force)
    yield Listed(file=str(path), teams=teams)
    yield f"{path}: {', '.join(f'{team} {number}' for team, number in teams.items())}."
    yield "It is identifiable: not to leave the council."
