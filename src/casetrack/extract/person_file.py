"""A table with one row per person beside the events: the optional characteristics, and what the events leave out."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pyarrow as pa

from casetrack.errors import ExtractError, Problem, rows_in_words
from casetrack.extract.cleaning import clean_category, how_known, in_one_piece
from casetrack.extract.columns import Columns
from casetrack.extract.date_columns import NO_DATE, parse_dates
from casetrack.extract.date_problems import date_problems
from casetrack.extract.extract import Extract
from casetrack.extract.fields import PERSON_FIELDS, field_named, fold
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import nearly_known, read_identifiers, valid_nhs_numbers
from casetrack.extract.people import Identity, identify
from casetrack.extract.row_findings import EXPECTED, KNOWN_BY_ASSOCIATION, cell_findings, conflicts
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
        level = how_known(name, coded.values)[coded.codes]
        known = by_text[((person >= 0) & (level > 0))[by_text]]
        known = known[np.argsort(level[known], kind="stable")]
        values[person[known]] = coded.codes[known]
        column = pd.Categorical.from_codes(values, categories=list(coded.values))
        details[name] = better_known(name, details[name].array, column) if name in details else column
    for name, dated in columns.dates.items():
        told = np.full(len(details), np.datetime64("NaT"), dtype="M8[s]")
        known = by_text[((person >= 0) & (dated.days != NO_DATE))[by_text]]
        told[person[known]] = dated.days[known].astype("M8[D]").astype("M8[s]")
        earlier = details[name].to_numpy() if name in details else told
        details[name] = np.where(np.isnat(earlier), told, earlier)
    more = [*_of_cells(table, columns, identity, by_text), *_nobody(identity, table)]
    more += [*_strangers(extract, person, identity, table), *_gaps(details, person)]
    more += [*_other_values(extract, details, columns, person, table)]
    more += [*_disagreeing(details, columns, person, table)]
    events = _with_client_type(extract.events, details)
    duplicates = _with_client_type(extract.duplicates, details)
    unused = {table.name: table.unused} if table.unused else {}
    return dataclasses.replace(
        extract,
        details=details,
        people=_associated(_with_dates(extract.people, details), events, duplicates),
        events=events,
        duplicates=duplicates,
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


def _other_values(
    extract: Extract, details: pd.DataFrame, columns: Columns, person: np.ndarray, table: RawTable
) -> Iterator[Finding]:
    """People of whom the file tells something else than their events, in what a rule reads."""
    for name, rows in _differing(extract, details, columns, person).items():
        code, what = "person-file-other-value", "value"
        if name == "date_of_birth":
            code, what = "person-file-other-birth", "date of birth"
        yield from found_on(
            code,
            field_named(name).heading,
            f"people whose {what} in the person-level file is not one of their events",
            rows + table.first_row,
            _USED.get(name, "That of the events is used. Find out which is right, and correct the other."),
            count=len(np.unique(person[rows])),
            unit="people",
            loses=_LOSES.get(name, "characteristic"),
        )


_LOSES = {**dict.fromkeys(EXPECTED, "cohort"), **dict.fromkeys((*_DATES, "client_type"), "people")}
_OWN = "That of the person-level file is used. Find out which is right, and correct the other."
#: Which of two values is used, where it is not simply that of the events.
_USED = {
    "date_of_birth": "That of the events is used. Check that both are the same person: one id must not stand for two.",
    "date_of_death": "Whoever died by the date of the list by either is left out. Find out which is right, and correct "
    "the other.",
    "client_type": "That of each event is used, and the file's where an event has none.",
    "disability": _OWN,
    "transitioned": _OWN,
}


def _differing(
    extract: Extract, details: pd.DataFrame, columns: Columns, person: np.ndarray
) -> dict[str, np.ndarray]:
    """The rows of the file that differ from the events of their people, by field."""
    found: dict[str, np.ndarray] = {}
    for name, dated in columns.dates.items():
        own = extract.people[name].to_numpy().astype("M8[D]")
        rows = np.flatnonzero((person >= 0) & (dated.days != NO_DATE))
        rows = rows[~np.isnat(own[person[rows]])]
        found[name] = rows[own[person[rows]].astype(np.int64) != dated.days[rows]]
    for name, coded in columns.categories.items():
        if name in extract.events and (name in _USED or field_named(name).module != "optional"):
            other = np.append(_says_otherwise(extract, name, details[name].array), False)
            found[name] = np.flatnonzero(other[person] & coded.known())
    return {name: rows for name, rows in found.items() if len(rows)}


def _says_otherwise(extract: Extract, name: str, told: pd.Categorical) -> np.ndarray:
    """Who has a known value on their events, and on none of them the one that is told. Shape (people,), bool."""
    otherwise, alike = np.zeros((2, len(extract.people)), dtype=bool)
    for frame in (extract.events, extract.duplicates):
        own, person = frame[name].cat, frame["person"].to_numpy()
        place = {fold(value): code for code, value in enumerate(own.categories)}
        same = np.array([*(place.get(fold(value), -2) for value in told.categories), -3])[told.codes]
        known = how_known(name, own.categories) == 2
        codes = own.codes.to_numpy()
        agree = codes == same[person]
        alike[person[agree]] = True
        otherwise[person[~agree & known[codes]]] = True
    return np.asarray(otherwise & ~alike & (told.codes >= 0))


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
        "Of those that count alike the row that sorts last as text is used. Mend the file: one row for one person.",
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


def better_known(name: str, one: pd.Categorical, other: pd.Categorical) -> pd.Categorical:
    """The first column's value, or the other's where that is known better."""
    categories = one.categories.union(other.categories, sort=False)
    # Few categories have narrow codes, which the wider codes of another table would not fit.
    codes = one.set_categories(categories).codes.astype(np.int64)
    more = other.set_categories(categories).codes
    level = how_known(name, categories)
    return pd.Categorical.from_codes(np.where(level[more] > level[codes], more, codes), categories=categories)


def _with_dates(people: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """Births and deaths that the events do not tell, from the person-level file."""
    told = {
        name: np.where(np.isnat(people[name].to_numpy()), details[name].to_numpy(), people[name].to_numpy())
        for name in _DATES
        if name in details
    }
    return people.assign(**told)


def _with_client_type(events: pd.DataFrame, details: pd.DataFrame) -> pd.DataFrame:
    """The events with each person's client type where they have no known one of their own."""
    if "client_type" not in details:
        return events
    told = details["client_type"].array[events["person"].to_numpy()]
    own = events["client_type"].array if "client_type" in events else told
    return events.assign(client_type=better_known("client_type", own, told))


def _associated(people: pd.DataFrame, *rows: pd.DataFrame) -> pd.DataFrame:
    """The people with who is known by association on every row of theirs, the file's client types among them."""
    if any("client_type" not in frame for frame in rows):
        return people
    says = [
        frame["person"].to_numpy()[(frame["client_type"] == KNOWN_BY_ASSOCIATION).to_numpy()]
        for frame in rows
    ]
    count = np.bincount(np.concatenate(says), minlength=len(people))
    return people.assign(known_by_association=count == people["rows"].to_numpy())


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
    theirs = identity.identifiers["identifier"][
        identity.identifiers["person"].isin(identity.person[strangers])
    ]
    changed = bool(nearly_known(theirs, extract.identifiers["identifier"]))
    hardly = len(strangers) > (1 - _FEW_MATCH) * told
    cause = (
        "They would match if zeros in front, a final .0, marks and the case of letters were ignored: a spreadsheet has "
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
    by_id = np.append(_found_in(extract, own.texts, "local_id"), -1)[own.named()]
    if "nhs_number" in table.columns:
        numbers = read_identifiers(table.columns["nhs_number"])
        by_number = np.append(_found_in(extract, numbers.texts, "nhs_number"), -1)[numbers.named()]
        two = np.flatnonzero((by_id >= 0) & (by_number >= 0) & (by_id != by_number)) + table.first_row
        if len(two):
            raise ExtractError.of(
                "person-file-two-people",
                "a row of the person-level file has the local id of one person and the NHS number of another.",
                where=f"{rows_in_words(two[:1000].tolist(), len(two))}{f' of {table.name}' if table.sheet else ''}",
                advice="Find out whose row it is, and correct the other identifier or leave it blank.",
            )
    return np.where(by_id >= 0, by_id, person)


def _places_in(extract: Extract, identity: Identity) -> np.ndarray:
    """For each person of the file the place of the same one in the extract; -1 for nobody, and once more at the end.

    Any of the person's identifiers will do, the first local id in text order before an NHS number.
    """
    found = np.full(len(identity.person_ids) + 1, -1, dtype=np.int64)
    by_text = identity.identifiers.sort_values("identifier", ascending=False, kind="stable")
    for kind in ("nhs_number", "local_id"):
        theirs = by_text[by_text["kind"] == kind]
        places = _found_in(extract, in_one_piece(pa.array(theirs["identifier"], pa.string())), kind)
        found[theirs["person"][places >= 0]] = places[places >= 0]
    return found


def _found_in(extract: Extract, texts: pa.Array, kind: str) -> np.ndarray:
    """The place of each identifier's person in the extract, of a number whose NHS number it is; -1 for nobody."""
    if kind == "local_id":
        names = pd.Index(extract.find_people(texts.to_pylist()), dtype=object)
        return np.asarray(extract.people.index.get_indexer(names))
    known = extract.identifiers[extract.identifiers["kind"] == kind]
    place = pd.Index(known["identifier"]).get_indexer(valid_nhs_numbers(texts)[0].to_pylist())
    return np.append(known["person"].to_numpy(dtype=np.int64), -1)[place]
