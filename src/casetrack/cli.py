"""The command ``casetrack``: a thin layer over the library, for people who do not write code."""

from __future__ import annotations

import datetime as dt
import io
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from casetrack.cli_words import error_text
from casetrack.errors import CasetrackError, InfeasibleDesignError, UsageError
from casetrack.headings import plain_words
from casetrack.version import __version__

__all__ = ["app", "main"]

app = typer.Typer(
    help="From an adult social care extract to a coded, pseudonymised list of 50 for CQC case tracking.",
    no_args_is_help=True,
    add_completion=False,
    # A pretty traceback prints local variables, and those hold people's data.
    pretty_exceptions_enable=False,
)

File = Annotated[Path, typer.Argument(help="The extract: CSV, Excel or Parquet.", show_default=False)]
AsAt = Annotated[
    str | None,
    typer.Option(
        "--as-at",
        help="The date the rules are read on: 31/03/2026 or 2026-03-31. The end of the reporting period without it.",
    ),
]
People = Annotated[
    Path | None, typer.Option("--people", help="A person-level file with optional characteristics.")
]
MappingFile = Annotated[
    Path | None, typer.Option("--mapping", help="A TOML file for your own headings and values.")
]
HoldBackFile = Annotated[
    Path | None, typer.Option("--hold-back", help="CSV of people to leave out, with reasons.")
]
OverridesFile = Annotated[
    Path | None, typer.Option("--overrides", help="CSV of corrections to cohort codes.")
]
Months = Annotated[int, typer.Option(help="Length of the window in months.")]
CountReviews = Annotated[bool, typer.Option("--count-reviews", help="Let a review count too.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", help="A file whose first line is the passphrase; asked for without it."
    ),
]
Nearest = Annotated[
    Path | None, typer.Option(help="Where to write the nearest design that works, if this one cannot be met.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


def out(text: str) -> None:
    """Print to standard output."""
    typer.echo(text)


@contextmanager
def nearest_written(path: Path | None, *, force: bool = False) -> Iterator[None]:
    """Write the nearest design that works when the one asked for cannot be met, and say where it is."""
    try:
        yield
    except InfeasibleDesignError as error:
        design = getattr(error.shortfall, "nearest_design", None)
        if design is not None and path is not None:
            design.to_toml(path, force=force)
            error.add_note(f"The nearest design that works is in {path}.")
        elif design is not None:
            error.add_note("To have the nearest design that works in a file, add --nearest FILE.toml.")
        raise


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Say what is being done, on standard error and only on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("Starting") as status:
        yield lambda words: status.update(f"{words} …")


def read_passphrase(file: Path | None, *, twice: bool) -> str:
    """The passphrase from a file, or asked for at the terminal."""
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError.of(
                "passphrase-file", "the passphrase file cannot be read.", advice="Check its path."
            ) from None
        return lines[0].rstrip("\r\n") if lines else ""
    if not sys.stdin.isatty():
        raise UsageError.of(
            "passphrase-needed",
            "a passphrase is needed and there is no terminal to ask for it.",
            advice="Use --passphrase-file.",
        )
    asked = "Passphrase to seal the lookup with" if twice else "Passphrase of the lookup"
    again = "The same again" if twice else False
    return str(typer.prompt(asked, hide_input=True, confirmation_prompt=again, err=True))


@app.command()
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
    reference_seed: Annotated[
        str | None, typer.Option(help="Fix the case references: for tests only.")
    ] = None,
    nearest: Nearest = None,
    force: Force = False,
) -> None:
    """Draw the list and write what may leave the council (return/) and what may not (council-only/)."""
    from casetrack.dates import read_date
    from casetrack.running import run

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
            design=_design(design),
            columns=[c.strip() for c in columns.split(",") if c.strip()] if columns else None,
            k=k,
            size=size,
            keep_until=until,
            on=on,
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
        out(plain_words(note))
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


def _design(path: Path | None) -> Any:
    from casetrack.sampling.design import Design

    if path is None:
        return None
    return Design.from_json(path) if path.suffix.lower() == ".json" else Design.from_toml(path)


@app.command()
def demo(
    out_folder: Annotated[Path, typer.Option("--out", help="Where the demonstration is written.")] = Path(
        "casetrack-demo"
    ),
) -> None:
    """Run the sample council, in which nobody is real, from the extract to the return."""
    from casetrack.running import run
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


@app.command()
def version() -> None:
    """Print the version."""
    out(__version__)


def main() -> None:
    """Run the command; a user's mistake is told in words, with its exit code, and never as a traceback."""
    from casetrack import cli_design, cli_life

    cli_design.register(app)
    cli_life.register(app)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that lacks a character shows another in its place; it is no reason to stop.
            stream.reconfigure(errors="replace")
    try:
        app(standalone_mode=True)
    except CasetrackError as error:
        typer.echo("\n".join([error_text(error), *getattr(error, "__notes__", ())]), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
    except Exception as error:
        # The message of an unforeseen error may hold a value from the data, so only its place is shown.
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}, line {frame.lineno}"
        typer.echo(
            f"An unforeseen error: {type(error).__name__} in {where}. This is a fault in casetrack.", err=True
        )
        sys.exit(1)


if __name__ == "__main__":
    main()
