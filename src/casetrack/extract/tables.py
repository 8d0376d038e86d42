"""A table of text as it stands in the file: known columns by field name, everything else left behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from casetrack.errors import CasetrackError, ExtractError, Problem
from casetrack.extract.fields import FIELDS, Field, field_for_heading, fold
from casetrack.extract.mapping import ColumnMapping

__all__ = ["RawTable", "match_headings"]


@dataclass(frozen=True, repr=False)
class RawTable:
    """Known columns of a file as text.

    Parameters
    ----------
    columns
        Field name to a column of text, or of text in dictionary form.
    headings
        Field name to the heading that the file has for it.
    unused
        Headings that casetrack does not know; their columns were not read.
    rows
        Number of rows.
    malformed
        Positions (from 0) of rows that had too few or too many cells and were filled up or cut.
    first_row
        The number that a spreadsheet shows for the first row of data.
    origin
        Words for messages: ``file``, ``sheet "Events"`` or ``table``.
    encoding
        How the text was written.
    """

    columns: dict[str, pa.ChunkedArray]
    headings: dict[str, str]
    unused: tuple[str, ...]
    rows: int
    malformed: tuple[int, ...] = ()
    first_row: int = 2
    origin: str = "file"
    encoding: str = ""


#: A title or a blank line may stand above the headings of an export.
HEADING_ROWS = 20


def match_headings(
    headings: Sequence[str], mapping: ColumnMapping, *, strict: bool = True
) -> tuple[dict[str, int], tuple[str, ...], list[Problem]]:
    """Which column holds which field.

    Parameters
    ----------
    headings
        As they stand in the file.
    mapping
        The council's own headings. With ``strict`` the file must have every one of them; a person-level file beside
        the extract has only some, and may keep the usual ones.

    Returns
    -------
    places : dict of field name to column number
    unused : headings without a field
    problems : two columns that claim one field, mapped headings that the file lacks
    """
    mapped = {heading: name for name, heading in mapping.headings.items()}
    present = {fold(heading) for heading in headings}
    by_name = {f.name: f for f in FIELDS}
    claims: dict[str, list[int]] = {}
    unused: list[str] = []
    for number, heading in enumerate(headings):
        name = mapped.get(fold(heading))
        if name is None:
            found = field_for_heading(heading)
            # A field that the mapping finds elsewhere is not looked for under its usual heading.
            moved = mapping.headings.get(found.name, "") if found else ""
            name = found.name if found and moved not in (mapped if strict else present) else None
        if name is None:
            unused.append(heading)
        else:
            claims.setdefault(name, []).append(number)
    for name, numbers in claims.items():
        # casetrack's own name of a field ("provider") gives way to a heading of the layout.
        plain = [
            n
            for n in numbers
            if fold(headings[n]) in _headings_of(by_name[name]) or fold(headings[n]) in mapped
        ]
        if plain and len(plain) < len(numbers):
            unused += [headings[n] for n in numbers if n not in plain]
            claims[name] = plain
    problems = [
        Problem(
            "two-columns-one-field",
            f'{len(numbers)} columns claim the field "{by_name[name].heading}".',
            where=f"columns {', '.join(_column_letter(n) for n in numbers)}",
            advice="Remove or rename one of them, or say in the mapping file which one is meant.",
        )
        for name, numbers in claims.items()
        if len(numbers) > 1
    ]
    problems += [
        Problem(
            "mapped-heading-missing",
            f'the mapping file names a heading for "{by_name[name].heading}" that the file does not have.',
            advice="Check its spelling in [headings].",
        )
        for name in mapping.headings
        if strict and name not in claims
    ]
    return {name: numbers[0] for name, numbers in claims.items()}, tuple(unused), problems


def _headings_of(field: Field) -> set[str]:
    return {fold(heading) for heading in (field.heading, *field.aliases)}


def _column_letter(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def how_many_known(headings: Sequence[str], mapping: ColumnMapping) -> int:
    """How many different fields a row of headings names."""
    return len(match_headings(headings, mapping)[0])


def required_problems(fields: set[str], mapping: ColumnMapping) -> list[Problem]:
    """Fields without which nobody can be found eligible, when they are missing altogether."""
    have = fields | set(mapping.constants)
    problems = []
    if not have & {"local_id", "nhs_number"}:
        problems.append(
            Problem(
                "no-identifier",
                'there is neither a column "LA Person Unique Identifier" nor a column "NHS Number".',
                **_MAP_IT,
            )
        )
    if "event_type" not in have:
        problems.append(Problem("no-event-type", 'there is no column "Event Type".', **_MAP_IT))
    missing = [h for n, h in _EVENT_DATES if n not in have]
    if missing:
        what = " and no column ".join(f'"{heading}"' for heading in missing)
        problems.append(Problem("no-dates", f"there is no column {what}.", **_MAP_IT))
    return problems


_ELSEWHERE = "If the file has it under another heading, name that heading in a mapping file"
_MAP_IT = {"advice": f"{_ELSEWHERE} (mapping=).", "command": f"{_ELSEWHERE} (--mapping)."}
_EVENT_DATES = (("event_start_date", "Event Start Date"), ("event_end_date", "Event End Date"))


def file_error(code: str, what: str, advice: str, where: str = "") -> CasetrackError:
    """An error about the file as a whole."""
    return ExtractError.of(code, what, where=where, advice=advice)
