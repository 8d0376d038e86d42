"""What an analyst should look at in the rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from casetrack.extract.assessment_types import is_of_carer
from casetrack.extract.cleaning import is_blank
from casetrack.extract.columns import Columns
from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.fields import PERSON_FIELDS, field_named, fold, says_not_done
from casetrack.extract.found import found_on
from casetrack.extract.people import Identity
from casetrack.extract.same_event import SameEvent
from casetrack.extract.tables import RawTable
from casetrack.findings import Finding

#: Fields that the rules read, by what is lost without them; a file that lacks one can be used, but an analyst must know.
_FOR_PEOPLE = ("client_type", "date_of_birth", "date_of_death", "event_outcome")
_NEEDS = ("autism", "dementia", "visual_impairment", "hearing_impairment")
_FOR_COHORTS = ("primary_support_reason", "route_of_access", "service_type", *_NEEDS)
EXPECTED = (*_FOR_PEOPLE, *_FOR_COHORTS)
_FOR_CHARACTERISTICS = ("gender", "ethnicity", "accommodation_status", "funding_status", "has_unpaid_carer")
#: Of these no council has none: a column of blanks was lost on the way, as formulas are that were saved without values.
_NEVER_BLANK = ("client_type", "date_of_birth", "primary_support_reason", "gender", "ethnicity", *_NEEDS)
_LOSES = {
    **dict.fromkeys(("disability", "imd_decile"), "characteristic"),
    "transitioned": "cohort",
    **dict.fromkeys((*_FOR_PEOPLE, "event_type", "event_start_date", "event_end_date"), "people"),
    **dict.fromkeys(_FOR_COHORTS, "cohort"),
    **dict.fromkeys(_FOR_CHARACTERISTICS, "characteristic"),
}
#: The characteristic that a field gives, where its name is another.
_GIVES = {
    "gender": "sex",
    "ethnicity": "ethnic group",
    "accommodation_status": "accommodation",
    "has_unpaid_carer": "has an unpaid carer",
    "imd_decile": "deprivation",
}
#: One birth date on more than one in a hundred people, and on more than twenty, is a system's filler.
_SAME_BIRTH_SHARE, _SAME_BIRTH_PEOPLE = 0.01, 20


@dataclass(frozen=True, repr=False)
class RowFacts:
    """What reading has found of each row besides its person; an event type of -1 is none of the four."""

    event_type: np.ndarray
    is_event: np.ndarray
    same: SameEvent
    order: np.ndarray
    tie: np.ndarray
    blank: np.ndarray


@dataclass(frozen=True)
class _Rows:
    """Findings about rows of one table."""

    first_row: int

    def found(
        self,
        code: str,
        name: str,
        what: str,
        rows: np.ndarray,
        advice: str,
        severity: str = "warning",
        loses: str | None = None,
    ) -> Iterator[Finding]:
        """A finding about the marked rows of a field."""
        heading = field_named(name).heading if name else ""
        loses = _LOSES.get(name, "") if loses is None else loses
        numbers = np.flatnonzero(rows) + self.first_row
        return found_on(code, heading, what, numbers, advice, severity, loses=loses)


def row_findings(table: RawTable, columns: Columns, facts: RowFacts, identity: Identity) -> Iterator[Finding]:
    """Rows that cannot be read as they stand, one finding for each kind of trouble."""
    rows = _Rows(table.first_row)
    someone = identity.person >= 0
    yield from _shape(rows, facts, ~someone & ~identity.apart)
    yield from _no_event(rows, columns, facts, someone)
    yield from cell_findings(table, columns, someone)
    yield from _backwards(rows, columns, facts)
    yield from _outside_period(rows, columns, facts)
    yield from _carers(rows, columns, facts)


def _shape(rows: _Rows, facts: RowFacts, nobody: np.ndarray) -> Iterator[Finding]:
    yield from rows.found(
        "blank-rows",
        "",
        "rows without content, or with headings or words below the table where identifiers stand",
        facts.blank,
        "They are no rows, and are not counted.",
        "note",
    )
    yield from rows.found(
        "no-usable-identifier",
        "local_id",
        "neither a local id nor a valid NHS number",
        nobody & ~facts.blank,
        "These rows are set aside. Give them the person's local id; a total or a note below the table needs none.",
        loses="people",
    )


def _no_event(rows: _Rows, columns: Columns, facts: RowFacts, someone: np.ndarray) -> Iterator[Finding]:
    # The guidance wants the row of a carer known by association without an event.
    expected = someone & ~columns.where("client_type", KNOWN_BY_ASSOCIATION.__eq__)
    yield from rows.found(
        "unrecognised-event-type",
        "event_type",
        "says none of Request, Assessment, Service and Review, or more than one",
        expected & (facts.event_type < 0),
        "The row counts as no event. Map the value in a mapping file if it is one.",
    )
    kinds = [columns.where(name, says_not_done) for name in ("event_type", "assessment_type")]
    yield from rows.found(
        "event-not-done",
        "event_type",
        "is named as cancelled, declined or not finished in its type, and is an event all the same",
        facts.is_event & (kinds[0] | kinds[1]),
        "If these events did not take place, take their rows out of the export, or give their Event Type a blank under "
        "[values] in a mapping file.",
        loses="people",
    )
    yield from rows.found(
        "no-start-date",
        "event_start_date",
        "missing or unreadable",
        expected & (columns.dates["event_start_date"].days == NO_DATE),
        "The row counts as no event.",
    )
    council = columns.codes("la_code")
    councils = np.unique(council[someone & (council >= 0)])
    if len(councils) > 1:
        yield from rows.found(
            "several-councils",
            "la_code",
            f"the file holds rows of {len(councils):,} councils",
            someone & (council >= 0),
            "People are told apart by local id alone, so two councils' people can be taken for one. "
            "Read one council at a time.",
            loses="people",
        )
    yield from rows.found(
        "duplicate-event",
        "",
        "tells of an event that another row tells too",
        facts.same.repeated,
        "One row is used: of the latest submission, then the latest end. What only the others know is kept.",
        "note",
    )
    yield from rows.found(
        "service-left-the-file",
        "event_end_date",
        "service still open in the last submission that has it, which is not the file's last",
        facts.same.cropped,
        "Taken to have ended with that submission.",
        "note",
    )


KNOWN_BY_ASSOCIATION = "Unpaid carer known by association"


def cell_findings(table: RawTable, columns: Columns, someone: np.ndarray) -> Iterator[Finding]:
    """Cells that cannot be read as they stand, of a table with a row per event or per person."""
    rows = _Rows(table.first_row)
    for name, column in columns.dates.items():
        yield from rows.found(
            "unreadable-date",
            name,
            "not a date of the column's format",
            column.unreadable & someone,
            "Read as missing; the event is neither open nor completed. Mend it."
            if name == "event_end_date"
            else "Read as missing. Mend it.",
        )
        yield from rows.found(
            "filler-date",
            name,
            "a date that a system writes where there is none (1900, 9999 and the like)",
            column.fillers & someone,
            "Read as missing.",
        )
        yield from rows.found(
            "open-century",
            name,
            "a year of two figures that could be of either century",
            column.centuries & someone,
            "Read as missing: it is not guessed. Export years with four figures.",
        )
        yield from rows.found(
            "utc-midnight",
            name,
            "midnight in London written in UTC, at 23:00 on the day before, as all times of the column are",
            column.from_utc & someone,
            "Read as the day that it was in London. Export dates without times to be sure.",
        )
        yield from rows.found(
            "late-hour",
            name,
            "at 23:00 in summer, which may be the midnight of the next day written in UTC; other times of the column "
            "speak against it",
            column.late & someone,
            "Read as it stands, a day too early if it is such a midnight. Export dates without times.",
        )
    yield from _values(rows, columns, someone)


def _backwards(rows: _Rows, columns: Columns, facts: RowFacts) -> Iterator[Finding]:
    start, end = columns.dates["event_start_date"], columns.dates["event_end_date"]
    yield from rows.found(
        "end-before-start",
        "event_end_date",
        "ends before it starts",
        facts.is_event & (end.days != NO_DATE) & (end.days < start.days),
        "An assessment like this does not count as completed.",
    )


#: Days by which Excel's calendar of 1904 is behind that of 1900.
_BEHIND_1904 = 1462
#: Of the completed events, how many may lie further from the reporting period than a month, and how many a shift
#: must bring inside to be named as the cause.
_FAR, _HALF, _NEARLY_ALL = 31, 0.5, 0.9


def _outside_period(rows: _Rows, columns: Columns, facts: RowFacts) -> Iterator[Finding]:
    low, high = (columns.days(f"period_{which}").astype(np.int64) for which in ("start", "end"))
    end = columns.days("event_end_date").astype(np.int64)
    told = facts.is_event & (end != NO_DATE) & (low != NO_DATE) & (high != NO_DATE)

    def outside(days: np.ndarray) -> np.ndarray:
        return np.asarray(told & ((days < low - _FAR) | (days > high + _FAR)))

    far = outside(end)
    if not far.any() or far.sum() <= _HALF * told.sum():
        return
    inside = 1 - outside(end + _BEHIND_1904).sum() / told.sum()
    yield from rows.found(
        "outside-reporting-period",
        "event_end_date",
        "more than half of the completed events ended over a month outside their reporting period",
        far,
        "The workbook counts days from 1904, four years behind: save it with the 1900 date system, or export as CSV."
        if inside >= _NEARLY_ALL
        else "Check that the dates and the reporting period belong together.",
    )


def _values(rows: _Rows, columns: Columns, someone: np.ndarray) -> Iterator[Finding]:
    for name, strange in columns.strange.items():
        if strange.any() and name != "event_type":
            column = columns.categories[name]
            marked = column.where(strange) & someone
            lost, count = _LOSES.get(name, ""), int(strange.sum())
            listed = f"{count:,} different values" if count > 1 else "a value"
            yield from rows.found(
                "unrecognised-value",
                name,
                f"{listed} that the layout does not list{_what_is_lost(name, lost)}",
                marked,
                _how_to_map(name, [v for v, odd in zip(column.values, strange, strict=True) if odd]),
                "warning" if lost else "note",
            )
    for name, column in columns.categories.items():
        field = field_named(name)
        if field.reads is not None and not field.other_values:
            in_part = [fold(v) not in field.listed and field.recognises(v) for v in column.values]
            yield from rows.found(
                "unrecognised-value",
                name,
                "a value that the layout does not list, read by the words in it that tell its group",
                column.where(np.array(in_part, dtype=bool)) & someone,
                "Rules that need no more count it. Map it in a mapping file to the listed value that it stands for.",
                "note",
                loses="",
            )


def _what_is_lost(name: str, lost: str) -> str:
    words = _GIVES.get(name, field_named(name).heading)
    if lost == "characteristic":
        return f": {words} is Not recorded on these rows"
    return f": no rule reads {words} on these rows" if lost else ""


def _how_to_map(name: str, values: list[str]) -> str:
    """How to say what the values mean; the lines to paste where all of them are codes that are known."""
    field = field_named(name)
    if values and all(value.upper() in field.codes for value in values):
        lines = ", ".join(f'"{code}" = "{value}"' for code, value in field.codes.items())
        table = f'[values."{field.heading}"] {lines}'
        return f"They look like codes. If they mean this, paste it into a mapping file: {table}"
    hides = ": as it stands, it also hides what earlier rows say" if name in PERSON_FIELDS else ""
    return f"If it is another way of writing a listed value, map it in a mapping file{hides}."


def _carers(rows: _Rows, columns: Columns, facts: RowFacts) -> Iterator[Finding]:
    """Assessments that speak of a carer on rows of a service user; the client type is never overruled."""
    assessment = (
        facts.is_event & (facts.event_type == 1) & columns.where("client_type", "Service user".__eq__)
    )
    speaks = columns.where("assessment_type", is_of_carer) | columns.where("event_type", is_of_carer)
    speaks |= columns.where("assessment_method", lambda value: fold(value) == "careronly")
    constant = columns.categories.get("client_type")
    only = constant is not None and len(constant.values) == 1
    yield from rows.found(
        "carers-as-service-users",
        "client_type",
        "an assessment of a carer on the row of a Service user"
        + (", and nobody has another client type" if only else ""),
        assessment & speaks,
        "Counted as the service user's: CT07 does not hold by it. If the carer was assessed, give the row the client "
        "type Unpaid carer, by its own column or by a mapping.",
        loses="cohort",
    )


def missing_fields(table: RawTable, beside: Sequence[RawTable]) -> Iterator[Finding]:
    """Fields that a rule reads and the file lacks, or has without a word in them; and what only some files lack.

    `beside`: tables with a row per person, of which what describes a person is read too.
    """
    theirs = {*PERSON_FIELDS, "date_of_birth", "date_of_death"}
    told = {name for one in beside for name, column in one.columns.items() if not is_blank(column)} & theirs
    for name in (n for n in dict.fromkeys((*EXPECTED, *_NEVER_BLANK)) if n not in told):
        for what, advice in _says_nothing(table, name):
            yield Finding(
                "missing-field",
                field_named(name).heading,
                what,
                table.rows,
                advice=f"Rules that read it find nothing. {advice}",
                loses=_LOSES.get(name, ""),
            )
    yield from _lacking_in_parts(table)


def _says_nothing(table: RawTable, name: str) -> Iterator[tuple[str, str]]:
    """Why a field says nothing on any row, if so, and what can be done."""
    if name not in table.columns:
        if name in EXPECTED:
            yield "the file has no such column", "Add it, or map your own heading."
    elif name in _NEVER_BLANK and is_blank(table.columns[name]):
        if any(name in part.emptied for part in table.parts or (table,)):
            place = f'[values."{field_named(name).heading}"]'
            yield "the mapping reads every value of the column as blank", f"Give listed values under {place}."
        else:
            yield (
                "the column is blank on every row",
                "If it shows values in a spreadsheet, save the file there again.",
            )


def _lacking_in_parts(table: RawTable) -> Iterator[Finding]:
    for part in table.parts:
        lacking = [n for n in EXPECTED if n in table.columns and n not in part.columns]
        if lacking:
            yield Finding(
                "missing-field",
                ", ".join(field_named(name).heading for name in lacking),
                f"{part.name} has no such column, and another file has",
                part.rows,
                advice="Its rows say nothing of it. Add it there if they should.",
                severity="note",
            )


def before_birth(identity: Identity, columns: Columns, born: np.ndarray) -> np.ndarray:
    """Rows with a death before the birth of their person. Shape (rows,), bool."""
    died = columns.days("date_of_death")
    theirs = np.append(born, NO_DATE)[identity.person]
    return np.asarray((died != NO_DATE) & (theirs != NO_DATE) & (died < theirs))


def conflicts(identity: Identity, columns: Columns, first_row: int, born: np.ndarray) -> Iterator[Finding]:
    """People whose rows give dates of birth and death that cannot all be right, and births that very many have."""
    yield from _Rows(first_row).found(
        "death-before-birth",
        "date_of_death",
        "before the person's date of birth",
        before_birth(identity, columns, born),
        "No death is read from these rows. Find out which of the two dates is right.",
    )
    days = columns.days("date_of_birth")
    rows = np.flatnonzero((identity.person >= 0) & (days != NO_DATE))
    if not len(rows):
        return
    first = np.full(len(identity.person_ids), NO_DATE, dtype=np.int64)
    first[identity.person[rows]] = days[rows]
    differ = rows[days[rows] != first[identity.person[rows]]]
    yield from found_on(
        "several-dates-of-birth",
        "Date of Birth",
        "one person's rows give different dates",
        differ + first_row,
        "The date on the person's latest event is used.",
        count=len(np.unique(identity.person[differ])),
        unit="people",
        loses="people",
    )
    values, people = np.unique(first[first != NO_DATE], return_counts=True)
    most = int(people.max())
    if most > _SAME_BIRTH_PEOPLE and most > _SAME_BIRTH_SHARE * len(first):
        shared = rows[days[rows] == values[int(people.argmax())]]
        yield from found_on(
            "one-birth-date-on-many",
            "Date of Birth",
            "very many people have one date of birth",
            shared + first_row,
            "Read as it stands. If a system writes it where none is known, blank it and run again.",
            count=most,
            unit="people",
            loses="people",
        )
