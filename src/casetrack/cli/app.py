"""The command ``casetrack``: a thin layer over the library, for people who do not write code."""

from __future__ import annotations

import io
import logging
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from casetrack.cli import before, draw, keeping, life
from casetrack.cli.options import command
from casetrack.cli.words import fitted, shown
from casetrack.errors import CasetrackError, CasetrackWarning
from casetrack.version import __version__

app = typer.Typer(
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
    # A pretty traceback prints local variables, and those hold people's data.
    pretty_exceptions_enable=False,
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _casetrack(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_say_version, is_eager=True)
    ] = False,
) -> None:
    """From an adult social care extract to a coded, pseudonymised list of 50 for CQC case tracking."""


command(
    app,
    before.readiness,
    *(before.check, before.mapping, before.suggest, before.template),
    *(draw.lottery, draw.draw, draw.demo, draw.version),
    *(life.replace, life.permission, life.select, life.rehearse, life.reserves, life.done),
    *(life.packs, life.worklist),
    *(keeping.status, keeping.timetable, keeping.log, keeping.verify, keeping.export, keeping.reveal),
    *(keeping.passphrase, keeping.destroy, keeping.replay),
)


def main() -> None:
    """Run the command; a user's mistake is told in words, with its exit code, and never as a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that lacks a character shows another in its place; it is no reason to stop.
            stream.reconfigure(errors="replace")
    # What libraries log is for their developers; without this, Python puts it on the user's screen.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        with _warnings_as_sentences():
            app(standalone_mode=True)
    except CasetrackError as error:
        told = [error.at_the_command(), *getattr(error, "__notes__", ())]
        # A heading or the name of a sheet comes from a file, and may hold what a terminal obeys.
        typer.echo(fitted(shown("\n".join(told))), err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        # What only the system knows: a name that is too long, a disk that went away.
        typer.echo(
            f"A file or folder cannot be used: {(error.strerror or 'no reason is given').lower()}.", err=True
        )
        sys.exit(2)
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


@contextmanager
def _warnings_as_sentences() -> Iterator[None]:
    """Each kind of warning is told once, on standard error, without the path and the source line that Python shows."""
    told = set()

    def tell(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        # Another library's words may hold a value from the data, so only their place is shown.
        unforeseen = f"An unforeseen warning: {category.__name__} in {Path(filename).name}, line {lineno}."
        kind = category if issubclass(category, CasetrackWarning) else unforeseen
        if kind not in told:
            told.add(kind)
            typer.echo(shown(str(message)) if kind is category else unforeseen, err=True)

    with warnings.catch_warnings():
        warnings.showwarning = tell
        yield
