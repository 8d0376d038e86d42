"""The command for the months before the letter, which says whether the council is ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from casetrack.cli.answers import Readied
from casetrack.cli.options import (
    AsAt,
    Beside,
    Files,
    Force,
    Json,
    command,
    out,
)
from casetrack.cli.words import table_text
from casetrack.errors import UsageError
from casetrack.progress import work

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    command(app, readiness)


def readiness(
    files: Files,
    beside: Beside,
    as_at: AsAt = None,
    size: Annotated[int, typer.Option(help="Number of cases.")] = 50,
    before: Annotated[Path | None, typer.Option(help="Last month's extract, for the trend.")] = None,
    written: Annotated[
        Path | None,
        typer.Option("--out", help="A workbook (.xlsx) or a page (.html); it names nobody."),
    ] = None,
    people_out: Annotated[
        Path | None,
        typer.Option(
            "--people-out",
            help="CSV of local id, team and check, for those who mend the records; council only.",
        ),
    ] = None,
    as_json: Json = False,
    force: Force = False,
) -> None:
    """Check the records months before the letter: what would go wrong with a list, and what to do. Nothing is kept."""
    from casetrack.checks.readiness import readiness as check_readiness
    from casetrack.extract import read_extract
    from casetrack.runs.places import check_stays

    check_stays(written, people_out)
    kind = "" if written is None else written.suffix.lower()
    if kind not in ("", ".xlsx", ".html"):
        raise UsageError.of(
            "out-kind",
            "--out ends neither in .xlsx nor in .html.",
            advice="Give readiness.xlsx or readiness.html.",
        )
    with work("Checking the records"):
        extract = read_extract(files, mapping=beside.mapping, people=beside.people)
        earlier = None if before is None else read_extract(before, mapping=beside.mapping)
        found = check_readiness(
            extract, as_at, size, hold_back=beside.hold_back, overrides=beside.overrides, before=earlier
        )
        if written is not None:
            (found.to_excel if kind == ".xlsx" else found.to_html)(written, force=force)
        if people_out is not None:
            found.write_people(people_out, force=force)
    if as_json:
        out(Readied(command="readiness", **found.to_dict()).as_json())
        return
    out(found.in_words() + "\n")
    for check in sorted(found.checks, key=lambda check: ("act", "look", "ready").index(check.state)):
        told = check.state != "ready" or check.threshold == "for information"
        lines = [f"{check.title}: {check.figure} ({check.threshold})", *([check.advice] if told else [])]
        out("\n".join(lines), check.state)
    if found.trend is not None:
        out("\nLast month and now")
        out(table_text(found.trend[["check", "before", "now"]]))
    if people_out is not None:
        out(f"\nWhose records to mend, not to leave the council: {people_out}")
