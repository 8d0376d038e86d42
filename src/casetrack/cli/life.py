"""Commands for the life of a list, each reading and writing the folder that ``draw`` made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casetrack.cli.options import (
    Force,
    HoldBackFile,
    MappingFile,
    Nearest,
    OverridesFile,
    PassphraseFile,
    People,
    nearest_written,
    out,
    progress,
    read_design,
    read_passphrase,
)
from casetrack.cli.words import table_text
from casetrack.errors import HistoryError, InfeasibleDesignError, UsageError

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList

__all__ = ["register"]

Folder = Annotated[Path, typer.Argument(help="The folder that draw made.", show_default=False)]
Lookup = Annotated[
    Path, typer.Argument(help="The sealed lookup, or the folder that draw made.", show_default=False)
]
Ref = Annotated[str, typer.Argument(help="The case reference.", show_default=False)]
Extract = Annotated[Path, typer.Option("--extract", help="The extract of the draw.", show_default=False)]
DesignFile = Annotated[
    Path | None, typer.Option("--design", help="The design of the draw, when it names people.")
]
Day = Annotated[str | None, typer.Option("--on", help="The day of the decision; today without it.")]
Who = Annotated[str, typer.Option("--who", help="A role, not a name.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    for command in (replace, permission, select, rehearse, packs, status, timetable, reveal, destroy, replay):
        app.command()(command)


def _within(path: Path, name: str) -> Path:
    """The file itself, or the one of that name in a folder that a draw made."""
    from casetrack.runs.running import COUNCIL_ONLY

    return path / COUNCIL_ONLY / name if path.is_dir() else path


def replace(
    folder: Folder,
    ref: Ref,
    reason: Annotated[str, typer.Option(help="Why, in words that name nobody.")],
    extract: Extract,
    people: People = None,
    mapping: MappingFile = None,
    hold_back: HoldBackFile = None,
    overrides: OverridesFile = None,
    design: DesignFile = None,
    relaxed: Annotated[
        Path | None,
        typer.Option(help="A relaxed design to replace under; it is recorded and stays in force."),
    ] = None,
    nearest: Nearest = None,
    passphrase_file: PassphraseFile = None,
    on: Day = None,
    who: Who = "analyst",
) -> None:
    """Put the next in line in a case's place, and write a new version of the return beside the old one."""
    from casetrack.cases.decisions import find_case
    from casetrack.cases.states import replacement_of
    from casetrack.dates import for_people
    from casetrack.runs.folders import RunFolder, attach, extend_lookup, keep, replace_case
    from casetrack.runs.running import COUNCIL_ONLY

    passphrase = read_passphrase(passphrase_file, twice=False)
    run = RunFolder.open(folder)
    with _relaxed_told(), nearest_written(nearest), progress() as say:
        say("Reading the extract of the draw")
        cases = attach(
            run,
            extract,
            passphrase,
            reason="A case is replaced.",
            design=read_design(design),
            people=people,
            mapping=mapping,
            hold_back=hold_back,
            overrides=overrides,
        )
        say("Finding the next in line")
        after = replace_case(cases, ref, reason, on=on, who=who, design=read_design(relaxed))
        # The lookup first: a sealed person who is not on the list does no harm, the other way round would.
        with _somebody_else_told():
            extend_lookup(run, after, passphrase)
        kept, written = keep(run, after, on)
    left = find_case(kept, ref).reference
    decision = next(d for d in kept.history if d.action == "replaced" and d.case == left)
    came, how = decision.detail["by"], replacement_of(kept.history, left)
    if after is cases:
        out(f"{left} was replaced before, on {for_people(decision.on)}; nothing new is recorded.")
    out(
        f"{came['reference']} took the place, listed as {came['listed_as']}."
        if came
        else "Nobody is left to come."
    )
    if how is not None:
        out(how.in_words())
    for line in _in_force(kept):
        out(line)
    for path in written:
        out(f"  {path}")
    if written:
        report = run.path / COUNCIL_ONLY / "report.html"
        out(
            f"\nNext: {report} is about the new list; read it before you send anything, and send the newest version only."
        )


@contextmanager
def _relaxed_told() -> Iterator[None]:
    """Say how to go on when nobody keeps every quota."""
    try:
        yield
    except InfeasibleDesignError as error:
        if getattr(error.shortfall, "nearest_design", None) is not None:
            error.add_note(
                "To replace under a design in a file, run the command again with --relaxed FILE.toml."
            )
        raise


@contextmanager
def _somebody_else_told() -> Iterator[None]:
    """Say plainly that the lookup holds somebody already whom another command has just put on the list."""
    try:
        yield
    except UsageError as error:
        if error.code != "lookup-content":
            raise
        raise HistoryError.of(
            "somebody-else-wrote",
            "somebody else has just changed this list.",
            advice="Nothing was changed here. Run casetrack status, then this command again if it is still needed.",
        ) from None


def _in_force(cases: CaseList) -> list[str]:
    """What gave way since the draw and stays so, in sentences."""
    from casetrack.designs.differences import changes_in_words

    changes = changes_in_words(cases.design, cases.design_in_force)
    if not changes:
        return []
    return [
        f"In force since a replacement, in place of the design of the draw: {'; '.join(changes)}.",
        "It stays in force until another design is given: casetrack replace with --relaxed FILE.toml.",
    ]


def permission(
    folder: Folder,
    ref: Ref,
    status: Annotated[str, typer.Argument(help="asked, given, refused or withdrawn.")],
    of: Annotated[str, typer.Option(help="person or carer.")] = "person",
    in_writing: Annotated[bool, typer.Option("--in-writing", help="The answer is in writing.")] = False,
    needs: Annotated[str, typer.Option(help="Communication needs, e.g. large print.")] = "",
    way: Annotated[str, typer.Option(help="phone, video or in person.")] = "",
    interpreter: Annotated[str, typer.Option(help="Language of the interpreter needed.")] = "",
    on: Day = None,
    who: Who = "practitioner",
) -> None:
    """Record that permission was asked, given, refused or withdrawn."""
    from casetrack.cases.decisions import find_case
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    run = RunFolder.open(folder)
    cases = run.cases.permission(
        ref,
        status,
        of=of,
        in_writing=in_writing,
        needs=needs,
        way=way,
        interpreter=interpreter,
        on=on,
        who=who,
    )
    keep(run, unrepeated(run.cases, cases))
    outstanding = cases.outstanding()
    state = find_case(cases, ref)
    mine = outstanding[(outstanding["case_reference"] == state.reference).to_numpy()]
    out(f"Recorded for {state.reference}: {of}, {status}.")
    out(table_text(mine) if len(mine) else "Nothing is left to do about permission for this case.")
    out(f"Over the whole list: {len(outstanding):,} still to do; casetrack status lists them.")


def select(
    folder: Folder,
    refs: Annotated[list[str], typer.Argument(help="The case references that CQC named, in its order.")],
    note: Annotated[str, typer.Option(help="Why CQC named another number than ten.")] = "",
    on: Day = None,
    who: Who = "analyst",
) -> None:
    """Record CQC's choice: six to track, four in reserve."""
    from casetrack.runs.folders import RunFolder, keep, unrepeated

    run = RunFolder.open(folder)
    cases = run.cases.select(refs, note=note, on=on, who=who)
    keep(run, unrepeated(run.cases, cases))
    out(table_text(cases.selected.reset_index()))
    out("\nNext: casetrack permission for each of them, and casetrack packs for the ten records.")


def rehearse(
    folder: Folder,
    seed: Annotated[str, typer.Option(help="Any text; the same text gives the same ten.")],
    count: Annotated[int, typer.Option(help="How many cases.")] = 10,
) -> None:
    """Draw ten cases as a rehearsal; nothing is recorded."""
    from casetrack.runs.folders import RunFolder

    ten = RunFolder.open(folder).cases.rehearse(count, seed=seed)
    out("REHEARSAL: this is not CQC's selection, and nothing is recorded.")
    out(table_text(ten.reset_index()))


def packs(
    folder: Folder,
    extract: Extract,
    people: People = None,
    mapping: MappingFile = None,
    hold_back: HoldBackFile = None,
    overrides: OverridesFile = None,
    design: DesignFile = None,
    template: Annotated[Path | None, typer.Option(help="The council's own Word template.")] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Another folder than council-only/packs.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    force: Force = False,
) -> None:
    """Write a Word document for each selected case, and a checklist. They are identifiable."""
    from casetrack.packs.record_packs import write_record_packs
    from casetrack.runs.folders import RunFolder, attach
    from casetrack.runs.running import COUNCIL_ONLY

    passphrase = read_passphrase(passphrase_file, twice=False)
    run = RunFolder.open(folder)
    with progress() as say:
        say("Reading the extract of the draw")
        cases = attach(
            run,
            extract,
            passphrase,
            reason="Record packs are written.",
            design=read_design(design),
            people=people,
            mapping=mapping,
            hold_back=hold_back,
            overrides=overrides,
        )
        say("Writing the packs")
        target = out_folder or run.path / COUNCIL_ONLY / "packs"
        done = write_record_packs(
            cases, cases.identified.coded.pool.extract, target, template=template, force=force
        )
    counts = ", ".join(f"{number} {status}" for status, number in done.counts.items())
    out(f"{len(done.documents)} packs and {done.checklist.name} are in {target}. Records: {counts}.")
    out("They are identifiable: not to leave the council until permission is given.")
    for ref, problems in done.accessibility.items():
        for problem in problems:
            out(f"  {ref}: {problem}")
    for path in done.left_over:
        out(f"  no longer selected: {path.name}")


def status(folder: Folder) -> None:
    """Say where the list stands: cases, permission, selection, dates."""
    import datetime as dt

    from casetrack.runs.folders import RunFolder, read_timetable, status_of

    run = RunFolder.open(folder)
    for line in (*status_of(run), *_in_force(run.cases)):
        out(line)
    outstanding = run.cases.outstanding()
    untouched = outstanding["to_do"] == "ask"
    if len(run.cases.selected) == 0:
        # Before CQC has chosen, fifty lines that say "ask" would hide the few that say more.
        outstanding = outstanding[~untouched.to_numpy()]
    if len(outstanding):
        out("\n" + table_text(outstanding))
    dates = read_timetable(run.path)
    if dates is not None:
        out("\n" + table_text(dates.days_left(dt.date.today())))


def timetable(
    notified: Annotated[str, typer.Option(help="The day of CQC's notification of the site visit.")],
    folder: Annotated[Path | None, typer.Option("--folder", help="The folder that draw made.")] = None,
    notice: Annotated[str | None, typer.Option(help="The day of the notice of assessment.")] = None,
    selected: Annotated[str | None, typer.Option(help="The day on which CQC named the ten.")] = None,
    keep_until: Annotated[str | None, typer.Option(help="The last day on which the lookup is kept.")] = None,
    ics: Annotated[Path | None, typer.Option(help="Write a calendar file.")] = None,
    force: Force = False,
) -> None:
    """Work out the dates: information return, list, interviews, keep-until."""
    from casetrack.cases.timetable import Timetable
    from casetrack.dates import read_date
    from casetrack.runs.folders import write_timetable
    from casetrack.runs.running import COUNCIL_ONLY

    dates = Timetable(
        notified=read_date(notified),
        information_return_from=read_date(notice) if notice else None,
        selected=read_date(selected) if selected else None,
        keep_until=read_date(keep_until) if keep_until else None,
    )
    if ics is not None:
        dates.save_ics(ics, force=force)
    if folder is not None:
        write_timetable(folder, dates)
    out(table_text(dates.to_frame(), widest=36))
    if folder is not None:
        out(f"\nKept in {folder / COUNCIL_ONLY}; casetrack status shows what is left.")


def reveal(
    lookup: Lookup,
    refs: Annotated[list[str], typer.Argument(help="The case references asked for.")],
    reason: Annotated[str, typer.Option(help="Why; it goes into the lookup's log.")],
    passphrase_file: PassphraseFile = None,
) -> None:
    """Show who the case references asked for stand for, and put on record that it was done."""
    from casetrack.lookup.lookup import reveal as reveal_people

    passphrase = read_passphrase(passphrase_file, twice=False)
    out(table_text(reveal_people(_within(lookup, "lookup.sealed"), refs, passphrase, reason=reason)))


def destroy(
    lookup: Lookup,
    reason: Annotated[str, typer.Option(help="Why.")] = "The lookup is no longer needed.",
    passphrase_file: PassphraseFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy the lookup: nobody can be found from a case reference any more. A certificate is written."""
    from casetrack.lookup.lookup import destroy as destroy_lookup

    if not yes:
        typer.confirm(
            "Nobody will be able to find a person from a case reference. Destroy the lookup?",
            abort=True,
            err=True,
        )
    passphrase = read_passphrase(passphrase_file, twice=False) if passphrase_file else None
    out(str(destroy_lookup(_within(lookup, "lookup.sealed"), passphrase, reason=reason)))


def replay(
    manifest: Annotated[
        Path,
        typer.Argument(help="The manifest of the draw, or the folder that draw made.", show_default=False),
    ],
    extract: Extract,
    people: People = None,
    mapping: MappingFile = None,
    hold_back: HoldBackFile = None,
    overrides: OverridesFile = None,
    design: DesignFile = None,
    passphrase_file: PassphraseFile = None,
) -> None:
    """Make the list again from the manifest, the extract and the sealed key, and say whether it is the same."""
    from casetrack.lookup.lookup import open_lookup
    from casetrack.runs.folders import read_again
    from casetrack.runs.manifest import Manifest
    from casetrack.runs.manifest import replay as replay_list

    told = Manifest.open(_within(manifest, "manifest.json"))
    lookup = _within(manifest, "manifest.json").with_name("lookup.sealed")
    passphrase = read_passphrase(passphrase_file, twice=False)
    sealed = open_lookup(lookup, passphrase, reason="The draw is made again.")
    with progress() as say:
        say("Reading the extract of the draw")
        coded = read_again(
            told.content, extract, people=people, mapping=mapping, hold_back=hold_back, overrides=overrides
        )
        say("Drawing again")
        answer = replay_list(told, coded, read_design(design), key=bytes.fromhex(sealed.lottery_key))
    out(str(answer))
    if not answer.same:
        out(
            "Give the same extract, person-level file, mapping, hold-back list, overrides and design "
            "as at the draw, and the same version of casetrack."
        )
        raise typer.Exit(1)
