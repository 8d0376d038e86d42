"""Commands that write documents about people for the council's own: record packs and the worklist."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casetrack.cli.answers import Listed, Packed
from casetrack.cli.life import attached
from casetrack.cli.options import (
    Beside,
    Folder,
    Force,
    Json,
    OfTheDraw,
    command,
    out,
    read_passphrase,
)
from casetrack.progress import work

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    command(app, packs, worklist)


def packs(
    folder: Folder,
    again: OfTheDraw,
    beside: Beside,
    template: Annotated[Path | None, typer.Option(help="The council's own Word template.")] = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Another folder than council-only/packs.")
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a Word document for each selected case, and a checklist. They are identifiable."""
    from casetrack.packs.record_packs import write_record_packs
    from casetrack.runs.documents import note_documents
    from casetrack.runs.folders import RunFolder
    from casetrack.runs.places import check_stays
    from casetrack.runs.state import PACKS

    check_stays(out_folder)
    passphrase = read_passphrase(again.passphrase_file, twice=False)
    run = RunFolder.open(folder)
    with work("Reading the extract of the draw"):
        opened, cases, _ = attached(run, again, beside, passphrase, "Record packs are written.")
        target = out_folder or run.path / PACKS
        done = write_record_packs(
            cases, cases.identified.coded.pool.extract, target, template=template, force=force
        )
        note_documents(opened.folder, [*done.documents.values(), done.checklist])
    look_at = [f"{ref}: {problem}" for ref, problems in done.accessibility.items() for problem in problems]
    look_at += [f"no longer selected: {path.name}" for path in done.left_over]
    if as_json:
        answer = Packed(
            command="packs",
            folder=str(target),
            documents=[path.name for path in done.documents.values()],
            checklist=done.checklist.name,
            records=done.counts,
            to_look_at=look_at,
        )
        out(answer.as_json())
        return
    counts = ", ".join(f"{number} {status}" for status, number in done.counts.items())
    out(f"{len(done.documents)} packs and {done.checklist.name} are in {target}. Records: {counts}.")
    out("They are identifiable: not to leave the council until permission is given.")
    if not target.resolve().is_relative_to(run.path.resolve()):
        out(
            "They lie outside the list's folder: destroy --documents will not find them, so remove them by hand."
        )
    for line in look_at:
        out(f"  {line}")


def worklist(
    folder: Folder,
    again: OfTheDraw,
    beside: Beside,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write who must ring whom: reference, person, team, lead professional, what is outstanding. It is identifiable."""
    from casetrack.runs.documents import write_worklist
    from casetrack.runs.folders import RunFolder

    passphrase = read_passphrase(again.passphrase_file, twice=False)
    run = RunFolder.open(folder)
    with work("Reading the extract of the draw"):
        opened, cases, _ = attached(run, again, beside, passphrase, "A worklist is written.")
        path, teams = write_worklist(opened.folder, cases, force=force)
    if as_json:
        out(Listed(command="worklist", file=str(path), teams=teams).as_json())
        return
    out(f"{path}: {', '.join(f'{team} {number}' for team, number in teams.items())}.")
    out("It is identifiable: not to leave the council.")
