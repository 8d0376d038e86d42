"""Commands that look after a folder: where it stands, whether it holds, the dates, the lookup and its end."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from casetrack.cli.answers import (
    Changed,
    Dates,
    Destroyed,
    Exported,
    Log,
    Replayed,
    Revealed,
    Standing,
    Verified,
    rows,
)
from casetrack.cli.options import (
    Beside,
    Folder,
    Force,
    OfTheDraw,
    PassphraseFile,
    TemplateFile,
    TemplateMapping,
    Told,
    read_council_template,
    read_design,
    read_passphrase,
)
from casetrack.cli.words import table_text
from casetrack.progress import work
from casetrack.typed_text import KEPT
from casetrack.words import count_of, moment

if TYPE_CHECKING:
    from casetrack.runs.exports import Found


LookupPlace = Annotated[
    Path, typer.Argument(help="The folder that draw made, or a sealed lookup.", show_default=False)
]


def status(
    folder: Folder,
    refs: Annotated[
        list[str] | None, typer.Argument(help="Cases to tell of; the whole list without.")
    ] = None,
) -> Told:
    """Say where the list stands: cases, permission, selection, dates, files."""
    from casetrack.cases.decisions import find_cases
    from casetrack.runs.folders import RunFolder
    from casetrack.runs.standing import left_in_words, needs_attention, status_of, steps_of

    run, today = RunFolder.open(folder), dt.date.today()
    named = list(dict.fromkeys(case.reference for case in find_cases(run.cases, refs or ())))
    outstanding = run.cases.outstanding()
    if named:
        outstanding = outstanding[outstanding["case_reference"].isin(named).to_numpy()]
    steps, found = steps_of(run, today), needs_attention(run)
    told = run.cases.cases
    told = told.loc[[ref for ref in named if ref in told.index]]
    left = left_in_words(run.cases, named)
    sentences = [*status_of(run, today), *left]
    yield Standing(
        folder=run.state.folder,
        sentences=sentences,
        cases=rows(told),
        outstanding=rows(outstanding),
        steps=rows(steps),
        files=_file_rows(found),
    )
    if named:
        # Those that left in a sentence, the others as a table.
        yield from left
        if len(told):
            yield table_text(told.reset_index())
    else:
        yield from sentences
        yield from _in_words(found)
        if len(run.cases.selected) == 0:
            # Before CQC has chosen, fifty lines that say "ask" would hide the few that say more.
            outstanding = outstanding[(outstanding["to_do"] != "ask").to_numpy()]
    if len(outstanding):
        yield "\n" + table_text(outstanding)
    if steps is not None and not named:
        yield "\n" + table_text(steps.drop(columns="code"))


def _file_rows(found: tuple[Found, ...]) -> list[dict[str, str]]:
    return [{"file": f.path, "what": f.what, "in_words": f.words} for f in found]


def _in_words(found: tuple[Found, ...]) -> Told:
    if found:
        yield "\nFiles"
    yield from ((one.words, "note" if one.is_well else "take care") for one in found)


def timetable(
    notified: Annotated[str, typer.Option(help="The day of CQC's notification of the site visit.")],
    folder: Annotated[Path | None, typer.Option(help="The folder that draw made.")] = None,
    notice: Annotated[str | None, typer.Option(help="The day of the notice of assessment.")] = None,
    selected: Annotated[
        str | None,
        typer.Option(help="The day CQC named the ten; what casetrack select has on record stands."),
    ] = None,
    keep_until: Annotated[str | None, typer.Option(help="The last day on which the lookup is kept.")] = None,
    ics: Annotated[Path | None, typer.Option(help="Write a calendar file.")] = None,
    force: Force = False,
) -> Told:
    """Work out the dates: information return, list, permission, interviews, keep-until."""
    from casetrack.cases.timetable import Timetable
    from casetrack.dates import read_date
    from casetrack.files import write_file
    from casetrack.runs.exports import CALENDAR
    from casetrack.runs.folders import RunFolder, next_sequence, with_days_given, write_timetable

    dates = Timetable(
        notified=read_date(notified),
        information_return_from=read_date(notice) if notice else None,
        selected=read_date(selected) if selected else None,
        keep_until=read_date(keep_until) if keep_until else None,
    )
    files = []
    run = None if folder is None else RunFolder.open(folder)
    if run is not None:
        dates = with_days_given(run, dates)
    if run is not None and ics is None:
        files.append(run.path / CALENDAR)
    if ics is not None:
        identity, number = "", 0
        if run is not None:
            identity, number = run.state.folder, next_sequence(run.state.timetable, dates)
        files.append(write_file(ics, dates.to_ics(identity=identity, sequence=number), force=force))
    if run is not None:
        write_timetable(run, dates)
    yield Dates(steps=rows(dates.to_frame()), files=[str(f) for f in files])
    yield table_text(dates.to_frame(), widest=36)
    if run is not None:
        yield f"\nKept in {run.path / CALENDAR}; casetrack status shows what is left."


def log(folder: Folder) -> Told:
    """Show every decision, every draw and every use of the lookup; nobody is named."""
    from casetrack.cases.history import history_frame
    from casetrack.lookup.log import log_frame
    from casetrack.runs.exports import earlier_certificate
    from casetrack.runs.folders import RunFolder
    from casetrack.runs.standing import lookup_lines

    run = RunFolder.open(folder)
    decisions, uses = run.cases.log(), log_frame(lookup_lines(run))
    draws = history_frame(run.state.draws).assign(seed=[d.detail["seed"] for d in run.state.draws])
    yield Log(decisions=rows(decisions), draws=rows(draws), lookup=rows(uses))
    late = (decisions["on"] != decisions["recorded"]).any()
    yield table_text(decisions if late else decisions.drop(columns="recorded"))
    if len(draws):
        yield "\nDraws made into this folder"
        yield table_text(draws[["number", "on", "who", "seed"]])
    if len(uses):
        yield "\nUses of the lookup"
        yield table_text(uses.assign(when=uses["when"].map(moment)))
    for one in run.state.earlier_certificates:
        yield (
            f"\nThe lookup of an earlier list was destroyed on {moment(one['destroyed'])}: {earlier_certificate(one)}"
        )


def verify(
    folder: Folder,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="To prove the lookup and its log too; nothing is revealed.")
    ] = None,
) -> Told:
    """Check everything that binds the folder together, and name what is missing, changed, swapped or older."""
    from casetrack.runs.standing import verify_folder

    word = None if passphrase_file is None else read_passphrase(passphrase_file)
    verdict = verify_folder(folder, word)
    yield Verified(
        holds=verdict.holds,
        checked=list(verdict.checked),
        problems=list(verdict.problems),
        files=_file_rows(verdict.found),
    )
    yield from (*verdict.checked, *verdict.problems)
    yield from _in_words(verdict.found)
    yield "\nEverything holds." if verdict.holds else "\nThe folder does not hold."
    if not verdict.holds:
        raise typer.Exit(1)


def export(
    folder: Folder,
    template: TemplateFile = None,
    template_mapping: TemplateMapping = None,
    force: Force = False,
) -> Told:
    """Make every file again that is missing or unfinished; what somebody changed stays, unless --force."""
    from casetrack.release.template import IN_TEMPLATE
    from casetrack.runs.exports import export as make_again
    from casetrack.runs.folders import RunFolder, fill_template
    from casetrack.runs.standing import needs_attention
    from casetrack.runs.state import write_state

    run = RunFolder.open(folder)
    if run.state.first_version:
        write_state(run.path, run.state, run.state)
    form = read_council_template(template, template_mapping)
    if form is not None:
        run = fill_template(run, form)
    written = make_again(run.path, run.state, force=force)
    left = needs_attention(run)
    yield Exported(written=[str(path) for path in written], left=_file_rows(left))
    yield from (f"  {path}" for path in written)
    yield (
        f"{count_of(len(written), 'file was', 'files were')} made again."
        if written
        else "Every file is there."
    )
    if form is not None:
        yield f"Filled in: {run.returns()[-1].with_suffix('')}{IN_TEMPLATE}"
    yield from _in_words(left)


def reveal(
    place: LookupPlace,
    refs: Annotated[
        list[str] | None,
        typer.Argument(help="The case references asked for; those that CQC selected without."),
    ] = None,
    reason: Annotated[str, typer.Option(help=f"Why; it goes into the lookup's log. {KEPT}")] = "",
    passphrase_file: PassphraseFile = None,
) -> Told:
    """Show who the case references asked for stand for, and put on record that it was done."""
    from casetrack.runs.standing import reveal_people

    people = reveal_people(place, refs or [], read_passphrase(passphrase_file), reason)
    yield Revealed(people=rows(people))
    yield table_text(people)


def passphrase(
    folder: Folder,
    second: Annotated[
        bool,
        typer.Option(
            "--second",
            help="Set a second passphrase, in the place of an earlier second one; either opens the lookup.",
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
    new_file: Annotated[
        Path | None, typer.Option("--new-passphrase-file", help="A file whose first line is the new one.")
    ] = None,
) -> Told:
    """Change the lookup's passphrase, or set a second one, so that a list outlives one person's absence."""
    from casetrack.runs.folders import RunFolder, has_second, set_passphrase

    word = read_passphrase(passphrase_file)
    new = read_passphrase(new_file, twice=True, what="New passphrase")
    run = RunFolder.open(folder)
    replaced = has_second(run)
    set_passphrase(run, word, new, second=second)
    yield Changed(second=second)
    if not second:
        yield "The passphrase is changed."
    elif replaced:
        yield "The second passphrase is replaced: the earlier second one opens the lookup no more. The first one does."
    else:
        yield "The second passphrase is set; either opens the lookup."


def destroy(
    place: LookupPlace,
    reason: Annotated[str, typer.Option(help=f"Why. {KEPT}")] = "The lookup is no longer needed.",
    documents: Annotated[
        bool,
        typer.Option(
            "--documents", help="Remove record packs, worklists, people files and superseded returns too."
        ),
    ] = False,
    passphrase_file: PassphraseFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> Told:
    """Destroy the lookup: nobody can be found from a case reference any more. A certificate is written."""
    from casetrack.runs.ending import destroy_place

    if not yes:
        typer.confirm(
            "Nobody will be able to find a person from a case reference. Destroy the lookup?",
            abort=True,
            err=True,
        )
    word = read_passphrase(passphrase_file) if passphrase_file else None
    ended = destroy_place(place, word, reason=reason, documents=documents)
    yield Destroyed(
        certificate=ended.certificate.to_dict(),
        identifying=list(ended.identifying),
        removed=list(ended.removed),
    )
    yield str(ended.certificate)
    yield from (f"Removed: {name}" for name in ended.removed)
    if ended.identifying:
        yield (
            "\nThese identify people too, and are still here; --documents removes them: "
            + ", ".join(ended.identifying)
        )


def replay(folder: Folder, again: OfTheDraw, beside: Beside) -> Told:
    """Make the list again from what is on record, the extract and the sealed key, and say whether it is the same."""
    from casetrack.runs.exports import manifest_differs
    from casetrack.runs.folders import RunFolder, open_for, read_again
    from casetrack.runs.manifest import replay as replay_list

    word = read_passphrase(again.passphrase_file)
    run = RunFolder.open(folder)
    # Looked at before the lookup is opened, because a manifest that was changed is made again with that.
    different = [] if run.state.first_version else manifest_differs(run.path, run.state)
    opened = open_for(run, word, reason="The draw is made again.")
    told = opened.folder.manifest
    with work("Reading the extract of the draw"):
        coded = read_again(told.content, again.extract, **vars(beside))
        key = bytes.fromhex(opened.lookup.lottery_key)
        answer = replay_list(told, coded, read_design(again.design), key=key).beside(different)
    yield Replayed(same=answer.same, difference=answer.difference, steps=rows(answer.to_frame()))
    yield str(answer)
    if not answer.same:
        yield (
            "Give the same extract, person-level file, mapping, hold-back list, overrides and design as at the draw, "
            "and the same version of casetrack."
        )
        raise typer.Exit(1)
