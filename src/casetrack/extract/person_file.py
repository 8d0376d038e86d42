"""A table with one row per person beside the events: the optional characteristics, and what the events leave out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from casetrack.errors import ExtractError, Problem
from casetrack.extract.cleaning import clean_category
from casetrack.extract.columns import Columns
from casetrack.extract.date_columns import NO_DATE, parse_dates
from casetrack.extract.date_problems import date_problems
from casetrack.extract.extract import Extract
from casetrack.extract.fields import PERSON_FIELDS, field_named
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import loosely, read_identifiers
from casetrack.extract.people import Identity, identify
from casetrack.extract.row_findings import cell_findings, conflicts
from casetrack.extract.row_order import row_order
from casetrack.extract.tables import RawTable
from casetrack.findings import Finding

_DATES = ("date_of_birth", "date_of_death")


def join_person_file(extract: Extract, table: RawTable) -> Extract:
    """An extract with the characteristics of a person-level file beside it, and the details that it lacks.

    People are found by local id, else by NHS number. Of several rows about one person the known value is used whose
    row sorts last as text.
    """
    names = [name for name in PERSON_FIELDS if name in table.columns]
    dates = [name for name in _DATES if name in table.columns]
    if not {"local_id", "nhs_number"} & set(table.columns) or not (names or dates):
        raise ExtractError(_no_use(table))
    columns = _columns_of(extract, table, names, dates)
    local, nhs = (table.columns.get(name) for name in ("local_id", "nhs_number"))
    identity = identify(local, nhs, table.rows, table.first_row, columns.days("date_of_birth"))
    person = _places_of_rows(extract, table, identity)
    undated = np.full(table.rows, NO_DATE, dtype=np.int64)
    by_text = np.argsort(row_order(person, undated, undated, table.columns)[0], kind="stable")
    details = pd.DataFrame(index=extract.people.index) if extract.details is None else extract.details.copy()
    for name, coded in columns.categories.items():
        values = np.full(len(details), -1, dtype=np.int32)
        known = by_text[((person >= 0) & (coded.codes >= 0) & coded.known())[by_text]]
        values[person[known]] = coded.codes[known]
        column = pd.Categorical.from_codes(values, categories=list(coded.values))
        details[name] = _first_known(details[name].array, column) if name in details else column
    for name, dated in columns.dates.items():
        told = np.full(len(details), np.datetime64("NaT"), dtype="M8[s]")
        known = by_text[((person >= 0) & (dated.days != NO_DATE))[by_text]]
        told[person[known]] = dated.days[known].astype("M8[D]").astype("M8[s]")
        earlier = details[name].to_numpy() if name in details else told
        details[name] = np.where(np.isnat(earlier), told, earlier)
    more = [*_of_cells(table, columns, identity, by_text), *_nobody(identity, table)]
    more += [*_strangers(extract, person, identity, table), *_gaps(details, person)]
    more += [*_other_births(extract, columns, person, table), *_disagreeing(details, columns, person, table)]
    unused = {table.name: table.unused} if table.unused else {}
    return dataclasses.replace(
        extract,
        details=details,
        people=_with_dates(extract.people, details),
        events=_with_client_type(extract.events, details),
        duplicates=_with_client_type(extract.duplicates, details),
        findings=extract.findings.with_more(more),
        unused_by_table={**extract.unused_by_table, **unused},
    )


def _columns_of(extract: Extract, table: RawTable, names: list[str], dates: list[str]) -> Columns:
    """The columns of the file; its own last day is not known, so that of the extract settles centuries of births."""
    last = max(extract.period_ends, default=None) or extract.events["event_start_date"].max()
    born = int(np.datetime64(last, "D").astype(np.int64)) if pd.notna(last) else None
    dated = {
        name: parse_dates(
            table.columns[name],
            table.date_formats.get(name, ()),
            born=born if name == "date_of_birth" else None,
            is_end=name == "date_of_death",
        )
        for name in dates
    }
    problems = list(date_problems(dated, table))
    if problems:
        raise ExtractError(problems)
    coded = {name: clean_category(table.columns[name], field_named(name)) for name in names}
    strange = {name: odd for name, (_, odd) in coded.items()}
    return Columns(table.rows, {name: values for name, (values, _) in coded.items()}, dated, {}, strange)


def _of_cells(
    table: RawTable, columns: Columns, identity: Identity, by_text: np.ndarray
) -> Iterator[Finding]:
    """What is found in cells and identifiers, as in a table of events, with the name of this one."""
    born = np.full(len(identity.person_ids), NO_DATE, dtype=np.int64)
    days = columns.days("date_of_birth")
    known = by_text[((identity.person >= 0) & (days != NO_DATE))[by_text]]
    born[identity.person[known]] = days[known]
    found = [*table.findings, *identity.findings, *cell_findings(table, columns, identity.person >= 0)]
    found += conflicts(identity, columns, table.first_row, born)
    for one in found:
        # What is wrong with identifiers of nobody in the extract is told by who is found, and who is not.
        yield dataclasses.replace(one, tables=(table.name if table.file else _FILE,) * len(one.rows))


#: A table with a row per person that has no name of its own.
_FILE = "the person-level file"


def _other_births(
    extract: Extract, columns: Columns, person: np.ndarray, table: RawTable
) -> Iterator[Finding]:
    """People whose events and whose row in the file give births that are not one date."""
    days = columns.days("date_of_birth")
    own = extract.people["date_of_birth"].to_numpy().astype("M8[D]")
    rows = np.flatnonzero((person >= 0) & (days != NO_DATE))
    rows = rows[~np.isnat(own[person[rows]])]
    differ = rows[own[person[rows]].astype(np.int64) != days[rows]]
    yield from found_on(
        "person-file-other-birth",
        "Date of Birth",
        "people whose date of birth in the person-level file is not the one of their events",
        differ + table.first_row,
        "That of the events is used. Check that both are the same person: one id must not stand for two.",
        count=len(np.unique(person[differ])),
        unit="people",
        loses="people",
    )


def _disagreeing(
    details: pd.DataFrame, columns: Columns, person: np.ndarray, table: RawTable
) -> Iterator[Finding]:
    """People whose rows, here or in another table with a row per person, do not give one value."""
    told: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for name, coded in columns.categories.items():
        texts = np.array([*coded.values, None], dtype=object)[coded.codes]
        told[name] = texts, (coded.codes >= 0) & coded.known()
    for name, dated in columns.dates.items():
        told[name] = dated.days.astype("M8[D]").astype("M8[s]"), dated.days != NO_DATE
    found: dict[str, np.ndarray] = {}
    for name, (values, known) in told.items():
        rows = np.flatnonzero((person >= 0) & known)
        used = np.asarray(details[name].to_numpy())[person[rows]]
        if len(differ := rows[values[rows] != used]):
            found[name] = differ
    rows = np.unique(np.concatenate([*found.values(), np.zeros(0, np.int64)])).astype(np.int64)
    yield from found_on(
        "person-file-disagrees",
        ", ".join(field_named(name).heading for name in found),
        "people whose rows give different values",
        rows + table.first_row,
        "The value of the row that sorts last as text is used. Mend the file: one person has one row.",
        count=len(np.unique(person[rows])),
        unit="people",
        loses="people" if set(found) & set(_DATES) else "characteristic",
    )


def _gaps(details: pd.DataFrame, person: np.ndarray) -> Iterator[Finding]:
    missing = len(details) - len(np.unique(person[person >= 0]))
    hardly = missing > (1 - _FEW_MATCH) * len(details)
    most = " That is most of them: check that it is the right file, and a whole one." if hardly else ""
    yield from found_on(
        "person-file-gaps",
        "",
        "people of the extract without a row in the person-level file",
        np.zeros(0),
        f"Their optional characteristics are shown as Not recorded.{most}",
        "warning" if hardly else "note",
        count=missing,
        unit="people",
        loses="characteristic" if hardly else "",
    )


def _no_use(table: RawTable) -> Problem:
    listed = ", ".join(f'"{heading}"' for heading in table.unused[:60])
    return Problem(
        "person-file-columns",
        "the person-level file needs an identifier and at least one characteristic or detail of a person.",
        advice='For example the columns "LA Person Unique Identifier" and "Religion or Belief"; or map your own headings.'
        + (f" Not known are {listed}." if listed else ""),
    )


def _first_known(one: pd.Categorical, other: pd.Categorical) -> pd.Categorical:
    """The first column's value where it has one, else the other's."""
    categories = one.categories.union(other.categories, sort=False)
    codes = one.set_categories(categories).codes.astype(np.int64)
    more = other.set_categories(categories).codes
    return pd.Categorical.from_codes(np.where(codes >= 0, codes, more), categories=categories)


def _with_dates(people: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """Births and deaths that the events do not tell, from the person-level file."""
    told = {
        name: np.where(np.isnat(people[name].to_numpy()), details[name].to_numpy(), people[name].to_numpy())
        for name in _DATES
        if name in details
    }
    return people.assign(**told)


def _with_client_type(events: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """The events with each person's client type where they have none of their own."""
    if "client_type" not in details:
        return events
    told = details["client_type"].array[events["person"].to_numpy()]
    own = events["client_type"].array if "client_type" in events else told
    return events.assign(client_type=_first_known(own, told))


def _nobody(identity: Identity, table: RawTable) -> Iterator[Finding]:
    yield from found_on(
        "person-file-no-identifier",
        "LA Person Unique Identifier",
        "row of the person-level file has neither a local id nor a valid NHS number",
        np.flatnonzero(identity.person < 0) + table.first_row,
        "Not used. Give it the person's local id.",
    )


#: Rows of a person-level file that are about somebody; below this the two files hardly belong together.
_FEW_MATCH = 0.5


def _strangers(
    extract: Extract, person: np.ndarray, identity: Identity, table: RawTable
) -> Iterator[Finding]:
    """Rows about nobody in the extract: a note for a few, a warning where hardly any row matches."""
    strangers = np.flatnonzero((person < 0) & (identity.person >= 0))
    if not len(strangers):
        return
    told = int((identity.person >= 0).sum())
    near = {loosely(text) for text in extract.identifiers["identifier"]}
    theirs = identity.identifiers["identifier"][
        identity.identifiers["person"].isin(identity.person[strangers])
    ]
    changed = any(loosely(text) in near for text in theirs)
    hardly = len(strangers) > (1 - _FEW_MATCH) * told
    cause = (
        "They would match if zeros in front, a final .0 or the case of letters were ignored: a spreadsheet has "
        "changed the identifiers. Export the file again with identifiers as text."
        if changed
        else "Check that both files carry the same identifiers."
    )
    what = (
        f"{len(strangers):,} of {told:,} rows of the person-level file are about nobody in the extract: its "
        "characteristics are Not recorded for nearly everybody"
        if hardly
        else "row of the person-level file is about nobody in the extract"
    )
    yield from found_on(
        "person-file-nobody",
        "",
        what,
        strangers + table.first_row,
        f"Not used. {cause}",
        "warning" if hardly or changed else "note",
        loses="characteristic" if hardly or changed else "",
    )


def _places_of_rows(extract: Extract, table: RawTable, identity: Identity) -> np.ndarray:
    """For each row the place of its person in the extract, by its own local id before any other; -1 for nobody."""
    person = _places_in(extract, identity)[identity.person]
    if "local_id" not in table.columns:
        return person
    own = read_identifiers(table.columns["local_id"])
    by_id = np.append(_found_in(extract, own.texts.to_pylist()), -1)[own.named()]
    return np.where(by_id >= 0, by_id, person)


def _places_in(extract: Extract, identity: Identity) -> np.ndarray:
    """For each person of the file the place of the same one in the extract; -1 for nobody, and once more at the end.

    Any of the person's identifiers will do, the first local id in text order before an NHS number.
    """
    theirs = identity.identifiers.sort_values(["kind", "identifier"], ascending=False, kind="stable")
    found = np.full(len(identity.person_ids) + 1, -1, dtype=np.int64)
    places = _found_in(extract, theirs["identifier"])
    found[theirs["person"][places >= 0]] = places[places >= 0]
    return found


def _found_in(extract: Extract, identifiers: Iterable[str]) -> np.ndarray:
    """The place of each identifier's person in the extract; -1 for nobody."""
    names = pd.Index(extract.find_people(identifiers), dtype=object)
    return np.asarray(extract.people.index.get_indexer(names))
