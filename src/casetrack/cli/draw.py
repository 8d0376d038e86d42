"""Commands that draw: the council's own list, and the sample council's."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from casetrack.cli.options import (
    AsAt,
    CountReviews,
    File,
    Force,
    HoldBackFile,
    MappingFile,
    Months,
    Nearest,
    OverridesFile,
    PassphraseFile,
    People,
    nearest_written,
    out,
    progress,
    read_design,
    read_key,
    read_passphrase,
)
from casetrack.errors import UsageError
from casetrack.version import __version__

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    for command in (draw, demo, version):
        app.command()(command)


def draw(
    file: File,
    seed: Annotated[
        str, typer.Option(help="Text minuted before the draw: a date and a phrase, for example.")
    ],
    out_folder: Annotated[Path, typer.Option("--out", help="Folder for return/ and council-only/.")],
    as_at: AsAt = None,
    people: People = None,
    mapping: MappingFile = None,
    hold_back: HoldBackFile = None,
    overrides: OverridesFile = None,
    design: Annotated[
        Path | None, typer.Option(help="A design (TOML or JSON); suggested quotas without it.")
    ] = None,
    size: Annotated[int, typer.Option(help="Number of cases when the design is suggested.")] = 50,
    columns: Annotated[
        str | None,
        typer.Option(
            help="Details to show for each case, separated by commas, e.g. age_band,sex. A usual set without it."
        ),
    ] = None,
    k: Annotated[
        int,
        typer.Option(
            help="How many eligible people each case has to look like; 1 leaves every detail as it is."
        ),
    ] = 10,
    months: Months = 12,
    count_reviews: CountReviews = False,
    passphrase_file: PassphraseFile = None,
    keep_until: Annotated[
        str | None, typer.Option(help="Last day on which the lookup is kept, e.g. 30/09/2026.")
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="Day of the draw, for the record; today without it.")
    ] = None,
    key_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the secret key of the lottery (64 digits): to repeat a draw, or for tests."
        ),
    ] = None,
    reference_seed: Annotated[
        str | None, typer.Option(help="Fix the case references: for tests only.")
    ] = None,
    nearest: Nearest = None,
    force: Force = False,
) -> None:
    """Draw the list and write what may leave the council (return/) and what may not (council-only/)."""
    from casetrack.dates import read_date
    from casetrack.runs.running import run

    until = read_date(keep_until) if keep_until else None
    if until is not None and until < (read_date(on) if on else dt.date.today()):
        raise UsageError.of(
            "keep-until-past",
            "the last day on which the lookup is kept lies before the draw.",
            advice="Give a later day with --keep-until, or none.",
        )
    passphrase = read_passphrase(passphrase_file, twice=True)
    with nearest_written(nearest, force=force), progress() as say:
        done = run(
            file,
            as_at=as_at,
            seed=seed,
            out=out_folder,
            passphrase=passphrase,
            design=read_design(design),
            columns=[c.strip() for c in columns.split(",") if c.strip()] if columns else None,
            k=k,
            size=size,
            keep_until=until,
            on=on,
            key=read_key(key_file),
            reference_seed=reference_seed,
            force=force,
            progress=say,
            mapping=mapping,
            people=people,
            hold_back=hold_back,
            overrides=overrides,
            months=months,
            count_reviews=count_reviews,
        )
    _say_what_came_out(done)


def _say_what_came_out(done: Any) -> None:
    listed = Counter(state.listed_as for state in done.cases.states.values() if state.on_list)
    out(
        f"{len(done.cases)} cases, listed as {', '.join(f'{code} {n}' for code, n in sorted(listed.items()))}."
    )
    out(done.cases.chance_summary())
    out(_how_alike(done.release))
    for note in done.cases.identified.drawn.notes:
        out(note)
    out("\nMay leave the council:")
    for path in done.files:
        if path.parent.name == "return":
            out(f"  {path}")
    out("Must not leave the council, nor anything else in that folder:")
    for path in done.files:
        if path.parent.name != "return":
            out(f"  {path}")
    report = next((path for path in done.files if path.name == "report.html"), None)
    if report is not None:
        out(
            f"\nNext: read {report}, fill in who to contact on the cover of the workbook, and send the files of return/."
        )


def _how_alike(release: Any) -> str:
    alike = release.looks_alike["people_alike"]
    if not len(alike):
        return "There is no case to release."
    least, under = int(alike.min()), int((alike < release.k).sum())
    if not under:
        return f"On everything released, each case looks like at least {least:,} eligible people."
    return (
        f"TAKE CARE: {under} of the {len(alike)} cases could not be made to look like {release.k} eligible people; the "
        f"rarest looks like {least:,}. Let your data protection officer see the report before anything is sent, and "
        "consider fewer details (--columns) or fewer places for the rarest cohort."
    )


def demo(
    out_folder: Annotated[Path, typer.Option("--out", help="Where the demonstration is written.")] = Path(
        "casetrack-demo"
    ),
) -> None:
    """Run the sample council, in which nobody is real, from the extract to the return."""
    from casetrack.runs.running import run
    from casetrack.samples import sample_folder

    folder = sample_folder()
    with progress() as say:
        done = run(
            folder / "cld_extract.csv",
            people=folder / "person_details.csv",
            as_at="2026-03-31",
            seed="Sample council, 2 April 2026",
            out=out_folder,
            passphrase="sample council, nobody is real",
            force=True,
            progress=say,
        )
    _say_what_came_out(done)
    out("\nEveryone in it is invented. The lookup's passphrase is: sample council, nobody is real")


def version() -> None:
    """Print the version."""
    out(__version__)
