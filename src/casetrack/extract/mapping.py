"""A council's own headings, values and date formats, said once in a TOML file."""

from __future__ import annotations

import codecs
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from casetrack.errors import MappingError, Problem, UsageError
from casetrack.extract.date_columns import DATE_FORMATS
from casetrack.extract.fields import field_for_heading, field_named, fold
from casetrack.small_files import text_of, toml_of

__all__ = ["ColumnMapping", "read_mapping"]


class _FileOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    sheet: str | None = None
    separator: str | None = None
    encoding: str | None = None


class _MappingFile(BaseModel):
    """The tables that a mapping file can have, and the types in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    headings: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    dates: dict[str, list[str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)
    file: _FileOptions = Field(default_factory=_FileOptions)


@dataclass(frozen=True, repr=False)
class ColumnMapping:
    """A mapping, by casetrack's field names.

    Parameters
    ----------
    headings
        Field to the heading in the council's file, folded.
    values
        Field to (folded value in the file → value that the rules read).
    dates
        Field to the formats that its column may have.
    constants
        Field to the value of every row, for a file without such a column.
    sheet, separator, encoding
        How the file is to be read; None to find out.
    """

    headings: MappingABC[str, str] = field(default_factory=dict)
    values: MappingABC[str, MappingABC[str, str]] = field(default_factory=dict)
    dates: MappingABC[str, tuple[str, ...]] = field(default_factory=dict)
    constants: MappingABC[str, str] = field(default_factory=dict)
    sheet: str | None = None
    separator: str | None = None
    encoding: str | None = None


def read_mapping(source: str | Path | MappingABC[str, Any] | ColumnMapping | None) -> ColumnMapping:
    """Read a mapping from a TOML file, or from the same tables as a dict.

    Parameters
    ----------
    source
        A path, a dict with the tables ``headings``, ``values``, ``dates``, ``constants`` and ``file``, or None.

    Raises
    ------
    MappingError
        With every problem of the file: not TOML, unknown tables, fields or date formats.
    UsageError
        When the source is neither a path nor a dict.

    Examples
    --------
    >>> mapping = read_mapping({"headings": {"Event Start Date": "Started"}})
    >>> dict(mapping.headings)
    {'event_start_date': 'started'}
    """
    if source is None:
        return ColumnMapping()
    if isinstance(source, ColumnMapping):
        return source
    if not isinstance(source, str | Path | MappingABC):
        raise UsageError.of(
            "mapping-kind", "the mapping is neither a path nor a dict.", advice="Give one of the two."
        )
    try:
        tables = _load(Path(source)) if isinstance(source, str | Path) else dict(source)
        parsed = _MappingFile.model_validate(tables)
    except ValidationError as error:
        # Two steps name the table and the field; a third would be one of the council's values.
        places = dict.fromkeys(".".join(str(part) for part in e["loc"][:2]) for e in error.errors())
        raise MappingError(
            [
                Problem(
                    "mapping-layout",
                    f"the entry {place!r} is not one that a mapping file can have, or not of the right kind.",
                    advice=_TABLES,
                )
                for place in places
            ]
        ) from None
    return _by_field(parsed)


_TABLES = 'A mapping has the tables [headings], [values."Field"], [dates], [constants] and [file], of texts in quotes.'


def _load(path: Path) -> dict[str, Any]:
    try:
        return toml_of(text_of(path))
    except OSError:
        raise MappingError.of(
            "mapping-missing",
            "the mapping file cannot be opened.",
            advice="Check the path and that you may read it.",
        ) from None
    except ValueError as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(at" in str(error) else ""
        raise MappingError.of(
            "mapping-not-toml",
            "the mapping file is not valid TOML.",
            where=place,
            advice="Put text values in quotes.",
        ) from None


def _by_field(parsed: _MappingFile) -> ColumnMapping:
    problems: list[Problem] = []

    def known(name: str, table: str) -> str | None:
        found = field_for_heading(name)
        if found is None:
            problems.append(
                Problem(
                    "mapping-field",
                    f"[{table}] names the field {name!r}, which casetrack does not know.",
                    advice='Use a heading of the Client Level Data layout, for example "Event Start Date".',
                )
            )
        return found.name if found else None

    headings = {f: fold(v) for k, v in parsed.headings.items() if (f := known(k, "headings"))}
    values = {
        f: {fold(old): new for old, new in table.items()}
        for k, table in parsed.values.items()
        if (f := known(k, "values"))
    }
    dates = {f: tuple(v) for k, v in parsed.dates.items() if (f := known(k, "dates"))}
    constants = {f: v for k, v in parsed.constants.items() if (f := known(k, "constants"))}
    for name, formats in dates.items():
        problems += _format_problems(name, formats)
    problems += [_wrong_kind(name, "values", "a category") for name in values if not _has_values(name)]
    problems += _file_problems(parsed.file)
    claimed: dict[str, str] = {}
    for name, heading in headings.items():
        if claimed.setdefault(heading, name) != name:
            problems.append(
                Problem(
                    "mapping-twice",
                    "one heading is given to two fields, "
                    f'"{field_named(claimed[heading]).heading}" and "{field_named(name).heading}".',
                    advice="Each column of the file can be one field only.",
                )
            )
    if problems:
        raise MappingError(problems)
    options = parsed.file
    return ColumnMapping(
        headings, values, dates, constants, options.sheet, options.separator, options.encoding
    )


def _has_values(name: str) -> bool:
    return field_named(name).kind in {"category", "text"}


def _wrong_kind(name: str, table: str, kind: str) -> Problem:
    return Problem(
        "mapping-wrong-kind",
        f'[{table}] is about "{field_named(name).heading}", which is not {kind}.',
        advice="Take it out: nothing would be done with it.",
    )


def _file_problems(options: _FileOptions) -> list[Problem]:
    found = []
    if options.separator is not None and len(options.separator) != 1:
        found.append(
            Problem(
                "mapping-separator",
                "[file] separator must be one character.",
                advice='For example separator = ";" or separator = "\\t".',
            )
        )
    try:
        codecs.lookup(options.encoding or "utf-8")
    except LookupError:
        found.append(
            Problem(
                "mapping-encoding",
                "[file] encoding names none that is known.",
                advice="For example utf-8, cp1252 or utf-16.",
            )
        )
    return found


def _format_problems(name: str, formats: tuple[str, ...]) -> list[Problem]:
    heading = field_named(name).heading
    if field_named(name).kind != "date":
        return [_wrong_kind(name, "dates", "a date")]
    if not formats:
        what = f'[dates] lists no format for "{heading}".'
        return [Problem("mapping-date-format", what, advice=f"The formats are: {', '.join(DATE_FORMATS)}.")]
    found = [
        Problem(
            "mapping-date-format",
            f'[dates] gives "{heading}" a format that casetrack does not know.',
            advice=f"The formats are: {', '.join(DATE_FORMATS)}.",
        )
        for one in formats
        if one not in DATE_FORMATS
    ]
    if {"DD/MM/YYYY", "MM/DD/YYYY"} <= set(formats):
        found.append(
            Problem(
                "mapping-date-ambiguous",
                f'[dates] lets "{heading}" be day first and month first: 03/04/2026 could be either.',
                advice="Name one of the two, and mend the other rows in the extract.",
            )
        )
    return found
