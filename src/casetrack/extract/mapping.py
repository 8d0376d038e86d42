"""A council's own headings, values and date formats, said once in a TOML file."""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from casetrack.errors import MappingError, Problem, UsageError
from casetrack.extract.cleaning import is_missing
from casetrack.extract.date_columns import DATE_FORMATS, OTHER_ORDERS
from casetrack.extract.fields import EVENT_TYPES, field_for_heading, field_named, fold
from casetrack.small_files import text_of, toml_of


class _FileOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    sheet: str | None = None
    separator: str | None = None
    encoding: str | None = None


class _Tables(BaseModel):
    """The tables that say how the columns of a file are to be read, and the types in them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    headings: dict[str, str] = Field(default_factory=dict)
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    dates: dict[str, list[str]] = Field(default_factory=dict)
    constants: dict[str, str] = Field(default_factory=dict)


class _OneFile(_Tables, _FileOptions):
    """One of several files that belong together: its name, and what is different in it."""

    name: str


class _MappingFile(_Tables):
    """The tables that a mapping file can have."""

    file: _FileOptions = Field(default_factory=_FileOptions)
    files: list[_OneFile] = Field(default_factory=list)


@dataclass(frozen=True, repr=False)
class ColumnMapping:
    """A mapping, by casetrack's field names; headings and the council's own values are folded.

    ``constants`` give every row a value; ``sheet``, ``separator`` and ``encoding`` are None to find out; ``name`` is the
    file that it is about, empty for all; ``files`` say what is different in one file or sheet of several.
    """

    headings: MappingABC[str, str] = field(default_factory=dict)
    values: MappingABC[str, MappingABC[str, str]] = field(default_factory=dict)
    dates: MappingABC[str, tuple[str, ...]] = field(default_factory=dict)
    constants: MappingABC[str, str] = field(default_factory=dict)
    sheet: str | None = None
    separator: str | None = None
    encoding: str | None = None
    name: str = ""
    files: tuple[ColumnMapping, ...] = ()

    def for_file(self, name: str) -> ColumnMapping:
        """What holds for a file as a whole: how it is written, and which of its sheets are told of."""
        about = [one for one in self.files if is_file(one.name, name)]
        merged = reduce(ColumnMapping.with_more, (one for one in about if one.sheet is None), self)
        return replace(merged, name=name, files=tuple(one for one in about if one.sheet is not None))

    def for_sheet(self, sheet: str) -> ColumnMapping:
        """What holds for one sheet of the file that this is about."""
        about = (one for one in self.files if one.sheet is not None and fold(one.sheet) == fold(sheet))
        return replace(reduce(ColumnMapping.with_more, about, self), files=())

    def with_more(self, more: ColumnMapping) -> ColumnMapping:
        """What this mapping says, and what another adds to it or says instead."""
        values = {name: {**self.values.get(name, {}), **table} for name, table in more.values.items()}
        return replace(
            self,
            headings={**self.headings, **more.headings},
            values={**self.values, **values},
            dates={**self.dates, **more.dates},
            constants={**self.constants, **more.constants},
            separator=more.separator or self.separator,
            encoding=more.encoding or self.encoding,
        )


def is_file(named: str, name: str) -> bool:
    """Whether a file is the one that a mapping names, with folders in front or without."""
    wanted, parts = ([*part.casefold().replace("\\", "/").split("/")] for part in (named, name))
    return parts[-len(wanted) :] == wanted


def read_mapping(source: str | Path | MappingABC[str, Any] | ColumnMapping | None) -> ColumnMapping:
    """Read a mapping from a TOML file, or from the same tables as a dict."""
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


_TABLES = (
    'A mapping has the tables [headings], [values."Field"], [dates], [constants] and [file], of texts in quotes; for '
    "several files one [[files]] for each, with its name."
)


def _load(path: Path) -> dict[str, Any]:
    try:
        return toml_of(text_of(path))
    except OSError as error:
        raise MappingError.of(
            "mapping-missing",
            f"the mapping file cannot be opened: {(error.strerror or 'no such file').lower()}.",
            where=f"mapping= (--mapping): {path}",
            advice="Check the path and that you may read it.",
        ) from None
    except UnicodeDecodeError:
        raise MappingError.of(
            "mapping-not-toml",
            "the mapping file is not written in UTF-8.",
            advice="Save it again with the encoding UTF-8.",
        ) from None
    except ValueError as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(at" in str(error) else ""
        raise MappingError.of(
            "mapping-not-toml",
            "the mapping file is not valid TOML.",
            where=place,
            advice='Put names and values in quotes, as in "Event Start Date" = "Begun".',
        ) from None


def _by_field(parsed: _MappingFile) -> ColumnMapping:
    """The mapping by field names, once everything in it is known to be usable."""
    problems: list[Problem] = []
    whole = replace(_tables_by_field(parsed, "", problems), **parsed.file.model_dump())
    problems += _file_problems(parsed.file, "[file]")
    files = []
    for one in parsed.files:
        problems += _file_problems(one, "[[files]]")
        part = _tables_by_field(one, f' of "{one.name}"', problems)
        files.append(replace(part, **one.model_dump(include={"name", *_FileOptions.model_fields})))
    twice = {(f.name.casefold(), fold(f.sheet or "")) for f in files}
    if len(twice) < len(files):
        problems.append(
            Problem(
                "mapping-file-twice",
                "two [[files]] tables are about the same file and sheet.",
                advice='Make one of them, or say which sheet each is about: sheet = "…".',
            )
        )
    if problems:
        raise MappingError(problems)
    return replace(whole, files=tuple(files))


def _tables_by_field(parsed: _Tables, about: str, problems: list[Problem]) -> ColumnMapping:
    """The tables of one file by field names; what is wrong with them goes to ``problems``."""

    def fields(table: MappingABC[str, Any], name: str) -> Iterator[tuple[str, Any]]:
        for key, value in table.items():
            found = field_for_heading(key)
            if found is not None:
                yield found.name, value
            else:
                problems.append(
                    Problem(
                        "mapping-field",
                        f"[{name}]{about} names the field {key!r}, which casetrack does not know.",
                        advice='Use a heading of the Client Level Data layout, for example "Event Start Date".',
                    )
                )

    turned = _turned(parsed.headings)
    if turned:
        problems.append(_turned_problem("[headings]" + about, "field = heading in your file", turned))
    headings = {} if turned else {f: fold(v) for f, v in fields(parsed.headings, "headings")}
    values: dict[str, dict[str, str]] = {}
    for name, table in fields(parsed.values, "values"):
        swapped = _turned_values(name, table)
        if swapped:
            place = f'[values."{field_named(name).heading}"]{about}'
            problems.append(_turned_problem(place, "your value = listed value", swapped))
        own = values.setdefault(name, {})
        problems += [
            Problem(
                "mapping-twice",
                f'[values."{field_named(name).heading}"]{about} gives two meanings to values that are told apart by '
                f"signs, blanks or capitals alone: {quoted(old)} is one.",
                advice="Write one of them in another way in the export, or give both one meaning.",
            )
            for number, (old, new) in enumerate(table.items())
            if any(fold(old) == fold(o) and new != n for o, n in [*table.items()][:number])
        ]
        own.update({fold(old): new for old, new in table.items()})
    dates = {f: tuple(v) for f, v in fields(parsed.dates, "dates")}
    constants = dict(fields(parsed.constants, "constants"))
    for name, formats in dates.items():
        problems += _format_problems(name, formats)
    problems += [
        _wrong_kind(name, "values", "a category")
        for name in values
        if field_named(name).kind not in {"category", "text"}
    ]
    problems += _shared_problems(headings)
    return ColumnMapping(headings, values, dates, constants)


def _turned(table: MappingABC[str, str]) -> dict[str, str]:
    """The lines of [headings] the right way round, when they stand as heading = field."""
    wrong = [key for key in table if field_for_heading(key) is None]
    both_ways = all(field_for_heading(value) for value in table.values())
    named = all(field_for_heading(table[key]) for key in wrong)
    if wrong and named and (both_ways or len(wrong) * 2 > len(table)):
        return {table[key] if key in wrong else key: key if key in wrong else table[key] for key in table}
    return {}


def _turned_values(name: str, table: MappingABC[str, str]) -> dict[str, str]:
    """The lines of a table of values the right way round, when they stand as listed value = own value."""
    listed = frozenset(EVENT_TYPES) if name == "event_type" else field_named(name).listed
    # What is taken out, or is a slip in the name of a listed value, does not stand the other way round.
    told = {
        key: value for key, value in table.items() if not is_missing(value) and not _a_slip(value, listed)
    }
    ways = {(fold(key) in listed, fold(value) in listed) for key, value in told.items()}
    # A line of two listed values reads both ways, and says nothing.
    if (True, False) in ways and not ways & {(False, True), (False, False)}:
        return {value: key for key, value in table.items()}
    return {}


def _a_slip(value: str, listed: frozenset[str]) -> bool:
    folded = fold(value)
    return folded not in listed and bool(difflib.get_close_matches(folded, listed, n=1, cutoff=0.9))


def _turned_problem(place: str, right: str, lines: MappingABC[str, str]) -> Problem:
    paste = "\n  ".join(f"{quoted(key)} = {quoted(value)}" for key, value in lines.items())
    return Problem(
        "mapping-turned",
        f"{place} stands the other way round: it is {right}.",
        advice=f"Paste these lines in its place:\n  {paste}",
    )


def quoted(text: str) -> str:
    r"""A text as TOML has it in quotation marks."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in plain) + '"'


def _wrong_kind(name: str, table: str, kind: str) -> Problem:
    return Problem(
        "mapping-wrong-kind",
        f'[{table}] is about "{field_named(name).heading}", which is not {kind}.',
        advice="Take it out: nothing would be done with it.",
    )


def _shared_problems(headings: MappingABC[str, str]) -> Iterator[Problem]:
    """One heading may say several things of a row in words, but one column is not two dates or two identifiers."""
    claimed: dict[tuple[str, str], str] = {}
    for name, heading in headings.items():
        kind = field_named(name).kind
        if kind in {"date", "identifier"} and claimed.setdefault((heading, kind), name) != name:
            first = field_named(claimed[heading, kind]).heading
            yield Problem(
                "mapping-twice",
                f'one heading is given to two fields, "{first}" and "{field_named(name).heading}".',
                advice="One column can be several fields with [values] of their own, but not two dates or two "
                "identifiers.",
            )


def _file_problems(file: _FileOptions, place: str) -> Iterator[Problem]:
    separator = file.separator
    if separator is not None and (len(separator) != 1 or separator in '"\r\n' or ord(separator) > 127):
        yield Problem(
            "mapping-separator",
            f"{place} separator must be one plain character.",
            advice='For example separator = ";" or separator = "\\t".',
        )
    try:
        text = codecs.lookup(file.encoding or "utf-8")
        usable = getattr(text, "_is_text_encoding", True)
    except (LookupError, ValueError):
        usable = False
    if not usable:
        yield Problem(
            "mapping-encoding",
            f"{place} encoding names none that is known.",
            advice="For example utf-8, cp1252 or utf-16.",
        )


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
    if any(set(OTHER_ORDERS.get(one, ())) & set(formats) for one in formats):
        found.append(
            Problem(
                "mapping-date-ambiguous",
                f'[dates] lets the figures of "{heading}" be read in two orders: 03/04/2026 could be either.',
                advice="Name one of the two, and mend the other rows in the extract.",
            )
        )
    return found
