"""What an analyst should look at in the rows of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from casetrack.extract.cleaning import NO_DATE, Coded, DateColumn
from casetrack.extract.fields import field_named
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.people import Identity
from casetrack.extract.tables import RawTable
from casetrack.findings import Finding, finding_rows

__all__ = ["Columns", "conflicts", "missing_fields", "row_findings"]

#: Fields that the rules read; a file without one of them can be used, but an analyst must know.
_EXPECTED = (
    "client_type",
    "date_of_birth",
    "date_of_death",
    "event_outcome",
    "primary_support_reason",
    "route_of_access",
    "service_type",
    "autism",
    "dementia",
    "visual_impairment",
    "hearing_impairment",
)


@dataclass(frozen=True, repr=False)
class Columns:
    """The tidied columns of a table, before rows are dropped."""

    categories: dict[str, Coded]
    dates: dict[str, DateColumn]
    plain: dict[str, pa.ChunkedArray]
    strange: dict[str, np.ndarray]


def row_findings(
    table: RawTable,
    columns: Columns,
    event_type: np.ndarray,
    is_event: np.ndarray,
    repeated: np.ndarray,
    identity: Identity,
) -> Iterator[Finding]:
    """Rows that cannot be read as they stand, one finding for each kind of trouble."""
    start, end = columns.dates["event_start_date"], columns.dates["event_end_date"]
    someone = identity.person >= 0

    def found(
        code: str, name: str, what: str, rows: np.ndarray, advice: str, severity: str = "warning"
    ) -> Iterator[Finding]:
        places = np.flatnonzero(rows)
        if len(places):
            heading = field_named(name).heading if name else ""
            yield Finding(
                code, heading, what, len(places), finding_rows(places + table.first_row), advice, severity
            )

    if table.malformed:
        ragged = np.zeros(table.rows, dtype=bool)
        ragged[list(table.malformed)] = True
        yield from found(
            "wrong-number-of-cells",
            "",
            "row has more or fewer cells than there are headings",
            ragged,
            "Read from the left, filled up or cut, so its values may stand under the wrong headings. A separator or "
            "line break inside a text that is not in quotation marks is the usual cause: mend it in the export.",
        )
    yield from found(
        "unrecognised-event-type",
        "event_type",
        "says none of Request, Assessment, Service and Review, or more than one",
        someone & (event_type < 0),
        "The row counts as no event. Map the value in a mapping file if it is one.",
    )
    yield from found(
        "no-start-date",
        "event_start_date",
        "missing or unreadable",
        someone & (start.days == NO_DATE),
        "The row counts as no event.",
    )
    if "la_code" in columns.categories and len(columns.categories["la_code"].values) > 1:
        codes = columns.categories["la_code"]
        yield from found(
            "several-councils",
            "la_code",
            f"the file holds rows of {len(codes.values):,} councils",
            codes.codes >= 0,
            "People are told apart by local id alone, so two councils' people can be taken for one. "
            "Read one council at a time.",
        )
    for name, column in columns.dates.items():
        yield from found(
            "unreadable-date",
            name,
            "not a date of the column's format",
            column.unreadable,
            "Read as missing. Mend it."
            if column.format_rows
            else "Read as missing, and so is all of the column: use DD/MM/YYYY or YYYY-MM-DD.",
        )
    yield from found(
        "end-before-start",
        "event_end_date",
        "ends before it starts",
        is_event & (end.days != NO_DATE) & (end.days < start.days),
        "An assessment like this does not count as completed.",
    )
    yield from found(
        "duplicate-event",
        "",
        "tells of an event that a later row tells again",
        repeated,
        "The later row is used.",
        "note",
    )
    for name, strange in columns.strange.items():
        if strange.any() and name != "event_type":
            yield from found(
                "unrecognised-value",
                name,
                _values_in_words(int(strange.sum())),
                columns.categories[name].where(strange),
                "No rule reads it. If it is another way of writing a listed value, map it in a mapping file.",
                "warning" if name in _EXPECTED else "note",
            )


def _values_in_words(count: int) -> str:
    return (
        f"{count:,} different values that the layout does not list"
        if count > 1
        else ("a value that the layout does not list")
    )


def missing_fields(table: RawTable, mapping: ColumnMapping) -> Iterator[Finding]:
    """Fields that a rule reads and the file lacks."""
    for name in _EXPECTED:
        if name not in table.columns and name not in mapping.constants:
            yield Finding(
                "missing-field",
                field_named(name).heading,
                "the file has no such column",
                table.rows,
                advice="Rules that read it find nothing. Add it, or map your own heading.",
            )


def conflicts(identity: Identity, columns: Columns, first_row: int) -> Iterator[Finding]:
    """People whose rows give more than one date of birth."""
    if "date_of_birth" not in columns.dates:
        return
    days = columns.dates["date_of_birth"].days
    rows = np.flatnonzero((identity.person >= 0) & (days != NO_DATE))
    if not len(rows):
        return
    first = np.full(len(identity.person_ids), NO_DATE, dtype=np.int64)
    first[identity.person[rows]] = days[rows]
    differ = rows[days[rows] != first[identity.person[rows]]]
    if len(differ):
        yield Finding(
            "several-dates-of-birth",
            "Date of Birth",
            "one person's rows give different dates",
            len(np.unique(identity.person[differ])),
            finding_rows(differ + first_row),
            "The date on the person's latest event is used.",
            unit="people",
        )
