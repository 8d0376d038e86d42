"""Which of the tables that were given hold events, which hold people, and which are left unread."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from casetrack.errors import Problem
from casetrack.extract.fields import field_named, fold, says_not_done, says_whether_done
from casetrack.extract.mapping import ColumnMapping, is_file
from casetrack.extract.tables import RawTable
from casetrack.extract.workbooks import Sheet
from casetrack.findings import Finding
from casetrack.words import count_of

#: A sheet that names so many fields was most likely meant to be read.
MEANT = 3
#: Columns named in one finding.
NAMED = 40


@dataclass(frozen=True, repr=False)
class Given:
    """What one source holds: its tables, the sheets that are hidden, its name and its digest."""

    tables: list[RawTable]
    hidden: list[Sheet]
    name: str
    sha256: str


def events_among(given: Sequence[Given]) -> list[RawTable]:
    """The tables with one row per event, in the order given."""
    return [table for one in given for table in one.tables if table.kind == "events"]


def people_among(given: Sequence[Given]) -> list[RawTable]:
    """The tables with one row per person, in the order given."""
    return [table for one in given for table in one.tables if table.kind == "people"]


def of_file(problem: Problem, name: str) -> Problem:
    """The same problem with the file or sheet that it is about."""
    named = name and name not in problem.where
    return replace(problem, where="; ".join(part for part in (name if named else "", problem.where) if part))


def why_not(given: Sequence[Given]) -> Iterator[Problem]:
    """Why no extract can be made of what was given: no events, a file of no use, two columns for one field."""
    several = len(given) > 1
    if not events_among(given):
        yield from _no_events([table for one in given for table in one.tables], several)
        return
    for one in given:
        if not any(table.kind for table in one.tables):
            worst = _most_like_events(one.tables)
            yield from (of_file(problem, one.name) for problem in (worst.problems if worst else ()))
    for table in people_among(given):
        clashes = (problem for problem in table.problems if problem.code == "two-columns-one-field")
        yield from (of_file(problem, table.name if several or table.sheet else "") for problem in clashes)


def _most_like_events(tables: Sequence[RawTable]) -> RawTable | None:
    return max(tables, key=lambda table: len(table.headings), default=None)


def _no_events(tables: Sequence[RawTable], several: bool) -> list[Problem]:
    best = _most_like_events(tables)
    if best is None:
        return [
            Problem(
                "no-visible-sheet",
                "no sheet of the workbook that can be seen holds anything.",
                advice="Unhide the sheet that holds the extract, or name it in a mapping file: [file] sheet.",
            )
        ]
    return [of_file(problem, best.name if several or best.sheet else "") for problem in best.problems]


def left_unread(given: Sequence[Given]) -> Iterator[Finding]:
    """Sheets that are left unread, and columns that casetrack does not know, by name."""
    widest = max((len(t.headings) + len(t.unused) for t in events_among(given)), default=0)
    for one in given:
        yield from _sheets_read(one)
        for table in one.tables:
            yield from _unread_sheet(table, widest) if not table.kind else _unread_columns(table)
        for sheet in one.hidden:
            yield Finding(
                "hidden-sheet-not-read",
                "",
                f'the hidden sheet "{sheet.name}" of {one.name} was not read',
                sheet.rows,
                advice="If it is part of the extract, unhide it; else nothing is to be done.",
                severity="warning" if len(sheet.columns) * 2 >= widest else "note",
                loses="people" if len(sheet.columns) * 2 >= widest else "",
            )


def _sheets_read(one: Given) -> Iterator[Finding]:
    """Which sheets of a workbook were read, where they are several."""
    named = [f'"{table.sheet}" ({count_of(table.rows, "row", "rows")})' for table in one.tables if table.kind]
    if len(named) > 1:
        yield Finding(
            "several-sheets-read",
            "",
            f"every sheet of {one.name} that can be seen and holds events or people was read: {', '.join(named)}",
            len(named),
            advice="If one of them is no part of the extract, delete or hide it, or name the only sheet to read in a "
            "mapping file: [file] sheet.",
            severity="warning" if any(says_not_done(table.sheet) for table in one.tables) else "note",
            unit="sheets",
        )


def _unread_sheet(table: RawTable, widest: int) -> Iterator[Finding]:
    meant = len(table.headings) >= MEANT or (table.rows > 0 and table.width * 2 >= widest)
    lacking = "; ".join(problem.what.rstrip(".") for problem in table.problems)
    yield Finding(
        "sheet-not-read",
        "",
        f"{table.name} was not read: {lacking}",
        table.rows,
        advice="If it is part of the extract, give it the missing headings, or map them; else nothing is to be done.",
        severity="warning" if meant else "note",
        loses="people" if meant else "",
    )


def _unread_columns(table: RawTable) -> Iterator[Finding]:
    named = [" ".join(heading.split())[:80] for heading in table.unused if heading.strip()]
    of = f" of {table.name}" if table.name != table.origin else ""
    if named:
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        yield Finding(
            "columns-not-read",
            "",
            f"columns{of} that were not read: {', '.join(named[:NAMED])}{more}",
            len(named),
            advice="If one of them is a field of the layout under your own heading, map it.",
            severity="note",
            unit="columns",
        )
    told = [heading for heading in named if says_whether_done(heading)] if table.kind == "events" else []
    if told:
        yield Finding(
            "status-not-read",
            "",
            f"columns{of} that may say which events took place, and are not read: {', '.join(told)}",
            len(told),
            advice="Every row counts as an event that took place. Take rows of others out of the export.",
            unit="columns",
            loses="people",
        )


def what_is_mapped_nowhere(mapping: ColumnMapping, given: Sequence[Given]) -> Iterator[Problem]:
    """Files and headings that the mapping names, and nothing that was given has."""
    names = [one.name for one in given if one.name]
    tables = [table for one in given for table in one.tables]
    for one in mapping.files:
        if not any(is_file(one.name, name) for name in names):
            yield Problem(
                "mapped-file-missing",
                f'the mapping file is about "{one.name}", which is not among the files given.',
                advice=f"Given are {', '.join(names) or 'tables without a name'}; check name under [[files]].",
            )
    yield from _mapped_nowhere(mapping, tables, "[headings]")
    for one in mapping.files:
        mine = [table for table in tables if _is_about(one, table)]
        if mine:
            yield from _mapped_nowhere(one, mine, f'[files.headings] of "{one.name}"')


def _is_about(one: ColumnMapping, table: RawTable) -> bool:
    return is_file(one.name, table.file) and (one.sheet is None or fold(table.sheet) == fold(one.sheet))


def _mapped_nowhere(mapping: ColumnMapping, tables: Sequence[RawTable], place: str) -> Iterator[Problem]:
    found = {name for table in tables for name in table.mapped}
    for name in mapping.headings:
        if name not in found:
            yield Problem(
                "mapped-heading-missing",
                f'the mapping file names a heading for "{field_named(name).heading}" that the file does not have.',
                advice=f"Check its spelling in {place}.",
            )
