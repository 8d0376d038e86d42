"""Options that several commands take, and what they read and say in one way."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from casetrack.cli.words import fitted, shown, with_severity
from casetrack.errors import InfeasibleDesignError, UsageError
from casetrack.progress import hidden
from casetrack.small_files import read_small

__all__ = [
    "AsAt",
    "Beside",
    "Files",
    "Folder",
    "Force",
    "Json",
    "Nearest",
    "OfTheDraw",
    "PassphraseFile",
    "Plan",
    "Rule",
    "Size",
    "TemplateFile",
    "TemplateMapping",
    "command",
    "nearest_written",
    "out",
    "read_council_template",
    "read_design",
    "read_passphrase",
]

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
        "--as-at",
        help="The date the rules are read on: 31/03/2026 or 2026-03-31. The end of the reporting period without it.",
    ),
]
Folder = Annotated[Path, typer.Argument(help="The folder that draw made.", show_default=False)]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", help="A file whose first line is the passphrase; asked for without it."
    ),
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
    Path | None,
    typer.Option(
        "--template-mapping", help="What stands under its headings (TOML), as casetrack template drafts it."
    ),
]


def _alone(context: typer.Context, asked: bool) -> bool:
    """A program that reads an object looks at no progress."""
    if asked:
        context.with_resource(hidden())
    return asked


Json = Annotated[
    bool,
    typer.Option("--json", help="Print one JSON object; its fields are in the reference.", callback=_alone),
]


@dataclass(frozen=True)
class Beside:
    """What lies beside an extract, to read it with."""

    people: Annotated[
        Path | None, typer.Option("--people", help="A person-level file with optional characteristics.")
    ] = None
    mapping: Annotated[
        Path | None, typer.Option("--mapping", help="A TOML file for your own headings and values.")
    ] = None
    hold_back: Annotated[
        Path | None, typer.Option("--hold-back", help="CSV of people to leave out, with reasons.")
    ] = None
    overrides: Annotated[
        Path | None, typer.Option("--overrides", help="CSV of corrections to cohort codes.")
    ] = None


@dataclass(frozen=True)
class Rule:
    """How the 12-month rule is read."""

    as_at: AsAt = None
    months: Annotated[int, typer.Option(help="Length of the window in months.")] = 12
    count_reviews: Annotated[bool, typer.Option("--count-reviews", help="Let a review count too.")] = False


@dataclass(frozen=True)
class OfTheDraw:
    """What a folder's list is read again with."""

    extract: Annotated[Path, typer.Option("--extract", help="The extract of the draw.", show_default=False)]
    design: Annotated[
        Path | None, typer.Option("--design", help="The design of the draw, when it names people.")
    ] = None
    passphrase_file: PassphraseFile = None


def command(app: typer.Typer, *functions: Callable[..., None]) -> None:
    """Add commands; a parameter that is one of the dataclasses here is asked for as the options that its fields are."""
    for function in functions:
        app.command()(_with_options(function))


def _with_options(function: Callable[..., None]) -> Callable[..., None]:
    hints = get_type_hints(function, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    asked = []
    for name, one in inspect.signature(function).parameters.items():
        kind = groups.get(name)
        types = get_type_hints(kind, include_extras=True) if kind else hints
        inside = inspect.signature(kind).parameters.values() if kind else [one]
        asked += [each.replace(annotation=types[each.name], kind=one.KEYWORD_ONLY) for each in inside]

    @wraps(function)
    def flat(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{field.name: given.pop(field.name) for field in fields(kind)})
        function(**given)

    # Typer reads the options off it; functions have no such attribute until they are given one.
    flat.__signature__ = inspect.Signature(asked)  # type: ignore[attr-defined]
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
        if design is not None and path is not None:
            design.to_toml(path, force=force)
            error.add_note(f"The nearest design that works is in {path}.")
        elif design is not None:
            error.add_note("To have the nearest design that works in a file, add --nearest FILE.toml.")
        raise


def read_passphrase(file: Path | None, *, twice: bool, what: str = "") -> str:
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
        content = read_small(file)
    except OSError:
        raise UsageError.of(
            "passphrase-file", "the passphrase file cannot be read.", advice="Check its path."
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError.of(
            "passphrase-file",
            "the passphrase file is not UTF-8 text.",
            advice='Save it again with the encoding "UTF-8".',
        ) from None
    return text.partition("\n")[0].removesuffix("\r")


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
