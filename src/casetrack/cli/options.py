"""Options that several commands take, and what they read and say in one way."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from casetrack.cli.answers import Answer
from casetrack.cli.words import fitted, shown, with_severity
from casetrack.errors import InfeasibleDesignError, UsageError
from casetrack.progress import hidden, work
from casetrack.small_files import read_small

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.runs.folders import Opened


Files = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE...",
        help="The extract: CSV, Excel or Parquet; several files that belong together are read as one.",
        show_default=False,
    ),
]
AsAt = Annotated[
    str | None,
    typer.Option(
        help="The date the rules are read on: 31/03/2026 or 2026-03-31. The end of the reporting period without it."
    ),
]
Folder = Annotated[Path, typer.Argument(help="The folder that draw made.", show_default=False)]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file whose first line is the passphrase; asked for without it.")
]
Plan = Annotated[Path | None, typer.Option(help="A design (TOML or JSON); suggested quotas without it.")]
Size = Annotated[int, typer.Option(help="Number of cases when the design is suggested.")]
Nearest = Annotated[
    Path | None, typer.Option(help="Where to write the nearest design that works, if this one cannot be met.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]
TemplateFile = Annotated[
    Path | None,
    typer.Option("--template", help="A template that CQC sent (.xlsx): every version is filled into it too."),
]
TemplateMapping = Annotated[
    Path | None, typer.Option(help="What stands under its headings (TOML), as casetrack template drafts it.")
]


def _alone(context: typer.Context, asked: bool) -> bool:
    """A program that reads an object looks at no progress."""
    if asked:
        context.with_resource(hidden())
    return asked


_JSON = typer.Option(
    "--json", help="Print one JSON object; its fields are in the reference.", callback=_alone
)
#: What a command yields: its answer, and the lines that say it in words, with how grave each is where that matters.
Told = Iterator[Answer | str | tuple[str, str]]


@dataclass(frozen=True)
class Beside:
    """What lies beside an extract, to read it with."""

    people: Annotated[
        Path | None, typer.Option(help="A person-level file with optional characteristics.")
    ] = None
    mapping: Annotated[Path | None, typer.Option(help="A TOML file for your own headings and values.")] = None
    hold_back: Annotated[Path | None, typer.Option(help="CSV of people to leave out, with reasons.")] = None
    overrides: Annotated[Path | None, typer.Option(help="CSV of corrections to cohort codes.")] = None


@dataclass(frozen=True)
class Rule:
    """How the 12-month rule is read."""

    as_at: AsAt = None
    months: Annotated[int, typer.Option(help="Length of the window in months.")] = 12
    count_reviews: Annotated[bool, typer.Option("--count-reviews", help="Let a review count too.")] = False


@dataclass(frozen=True)
class OfTheDraw:
    """What a folder's list is read again with."""

    extract: Annotated[Path, typer.Option(help="The extract of the draw.", show_default=False)]
    design: Annotated[Path | None, typer.Option(help="The design of the draw, when it names people.")] = None
    passphrase_file: PassphraseFile = None


def command(app: typer.Typer, *functions: Callable[..., Told]) -> None:
    """Add commands, each with --json; a parameter that is a dataclass is asked for as the options that its fields are."""
    for function in functions:
        app.command()(_with_options(function))


def _with_options(function: Callable[..., Told]) -> Callable[..., None]:
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    asked = []
    for name, one in inspect.signature(function).parameters.items():
        kind = groups.get(name)
        types = get_type_hints(kind, include_extras=True) if kind else hints
        inside = inspect.signature(kind).parameters.values() if kind else [one]
        asked += [each.replace(annotation=types[each.name], kind=one.KEYWORD_ONLY) for each in inside]
    as_json = inspect.Parameter(
        "as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Annotated[bool, _JSON]
    )

    @wraps(function)
    def flat(*, as_json: bool, **given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        for told in function(**given):
            if isinstance(told, Answer):
                if as_json:
                    out(replace(told, command=function.__name__).as_json())
            elif not as_json:
                out(*([told] if isinstance(told, str) else told))

    # Typer reads the options off it; functions have no such attribute until they are given one.
    flat.__signature__ = inspect.Signature([*asked, as_json])  # type: ignore[attr-defined]
    return flat


def out(text: str, severity: str = "") -> None:
    """Print to standard output, without what a terminal would obey; with how grave it is before it."""
    typer.echo(with_severity(severity, shown(text)) if severity else fitted(shown(text)))


@contextmanager
def nearest_written(path: Path | None, *, force: bool = False) -> Iterator[None]:
    """Write the nearest design that works when the one asked for cannot be met, and say where it is."""
    try:
        yield
    except InfeasibleDesignError as error:
        design = getattr(error.shortfall, "nearest_design", None)
        if design is not None:
            if path is not None:
                design.to_toml(path, force=force)
            error.add_note(where_the_nearest_is(path))
        raise


def where_the_nearest_is(path: Path | None) -> str:
    """Where the nearest design that works was written, or how to have it written."""
    if path is None:
        return "To have the nearest design that works in a file, add --nearest FILE.toml."
    return f"The nearest design that works is in {path}."


def read_passphrase(file: Path | None, *, twice: bool = False, what: str = "") -> str:
    """The passphrase from a file, whole, or asked for at the terminal."""
    if file is not None:
        return _first_line(file)
    if not sys.stdin.isatty():
        raise UsageError.of(
            "passphrase-needed",
            "a passphrase is needed and there is no terminal to ask for it.",
            advice="Use --passphrase-file.",
        )
    asked = what or ("Passphrase to seal the lookup with" if twice else "Passphrase of the lookup")
    again = "The same again" if twice else False
    return str(typer.prompt(asked, hide_input=True, confirmation_prompt=again, err=True))


def _first_line(file: Path) -> str:
    """Up to the first line feed and no other sign: a form feed or the like is part of the passphrase."""
    try:
        return read_small(file).decode("utf-8-sig").partition("\n")[0].removesuffix("\r")
    except OSError:
        raise UsageError.of(
            "passphrase-file", "the passphrase file cannot be read.", advice="Check its path."
        ) from None
    except UnicodeDecodeError:
        raise UsageError.of(
            "passphrase-file",
            "the passphrase file is not UTF-8 text.",
            advice='Save it again with the encoding "UTF-8".',
        ) from None


@contextmanager
def attached(
    folder: Path,
    again: OfTheDraw,
    beside: Beside,
    reason: str,
    check: Callable[[CaseList], object] | None = None,
) -> Iterator[tuple[Opened, CaseList, dict[str, str]]]:
    """The lookup opened, the list with its people, and both digests where the extract is another file.

    A changed extract is told of before anything is done with it. `check`: of the list without its people, before all.
    """
    from casetrack.runs.folders import RunFolder, attach, changed_extract, open_for, read_again
    from casetrack.runs.state import write_state

    passphrase = read_passphrase(again.passphrase_file)
    run = RunFolder.open(folder)
    if check is not None:
        check(run.cases)
    with work("Reading the extract of the draw"):
        with work("Reading the extract of the draw", 0.4):
            if run.state.first_version:
                write_state(run.path, run.state, run.state)
            coded = read_again(run.state.manifest, again.extract, **vars(beside))
            changed = changed_extract(run, coded.pool.extract)
            if changed:
                typer.echo(
                    "Take note: the extract is not the file of the draw. Everyone, their codes and the quotas' "
                    "characteristics must be as they were, or nothing is done; both files' digests are put on record.",
                    err=True,
                )
            opened = open_for(run, passphrase, reason=reason)
            cases = attach(opened, coded, read_design(again.design))
        yield opened, cases, changed


def read_key(file: Path | None) -> bytes | None:
    """The secret key of a lottery from a file; None without one."""
    if file is None:
        return None
    try:
        return bytes.fromhex(file.read_text(encoding="utf-8-sig").strip())
    except (OSError, ValueError):
        raise UsageError.of(
            "key-file", "the file of the secret key cannot be read.", advice="It holds 64 hexadecimal digits."
        ) from None


def read_council_template(path: Path | None, mapping: Path | None) -> Any:
    """A template of CQC's with the mapping of its headings; None without one."""
    from casetrack.release.template import read_template

    if path is None and mapping is not None:
        raise UsageError.of(
            "mapping-without-template",
            "--template-mapping is about a template, and none is given.",
            advice="Add --template FILE.xlsx.",
        )
    return None if path is None else read_template(path, mapping)


def read_design(path: Path | None) -> Any:
    """A design from its file: TOML, JSON, or a workbook."""
    from casetrack.designs.design import Design

    if path is None:
        return None
    kinds = {".json": Design.from_json, ".xlsx": Design.from_excel}
    return kinds.get(path.suffix.lower(), Design.from_toml)(path)
