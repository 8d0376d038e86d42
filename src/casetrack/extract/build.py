"""From a table of text to an extract: values and dates tidied, people linked, duplicates counted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pyarrow as pa

from casetrack.errors import ExtractError, Problem, rows_in_words
from casetrack.extract.cleaning import (
    NO_DATE,
    Coded,
    DateColumn,
    as_dictionary,
    clean_category,
    parse_dates,
    recode,
)
from casetrack.extract.extract import Extract, RowAccount
from casetrack.extract.fields import field_named, fold
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.people import Identity, identify, last_known_rows, same_event
from casetrack.extract.row_findings import Columns, conflicts, missing_fields, row_findings
from casetrack.extract.tables import RawTable
from casetrack.findings import Findings

__all__ = ["build_extract", "map_values"]

EVENT_TYPES = ("Request", "Assessment", "Service", "Review")
KNOWN_BY_ASSOCIATION = "Unpaid carer known by association"


def build_extract(table: RawTable, mapping: ColumnMapping, sha256: str = "") -> Extract:
    """Tidy a table of text and link its rows to people.

    Raises
    ------
    ExtractError
        When a column mixes date formats, no event type is recognised, or no row has a date or an identifier.
    """
    columns = _tidy(table, mapping)
    event_type = _event_types(columns.categories["event_type"])
    start, end = columns.dates["event_start_date"], columns.dates["event_end_date"]
    identity = identify(
        table.columns.get("local_id"), table.columns.get("nhs_number"), table.rows, table.first_row
    )
    problems = [*_date_problems(columns.dates, table, mapping), *_nothing_usable(event_type, start, identity)]
    if problems:
        raise ExtractError(problems)
    is_event = (event_type >= 0) & (start.days != NO_DATE) & (identity.person >= 0)
    repeated = same_event(
        _event_key(identity.person, event_type, start.days, end.days, columns.categories), is_event
    )
    used = (identity.person >= 0) & ~repeated
    findings = [
        *identity.findings,
        *row_findings(table, columns, event_type, is_event, repeated, identity),
        *missing_fields(table, mapping),
    ]
    people = _people(identity, columns, start.days, end.days)
    findings += conflicts(identity, columns, table.first_row)
    without = int((identity.person < 0).sum())
    account = RowAccount(
        table.rows, int(used.sum()), int(repeated.sum()), {"no usable identifier": without} if without else {}
    )
    return Extract(
        events=_events(table, columns, event_type, is_event, identity.person, np.flatnonzero(used)),
        people=people,
        findings=Findings(tuple(findings)),
        account=account,
        identifiers=identity.identifiers,
        period_ends=_period_ends(columns.dates),
        headings=table.headings,
        unused_headings=table.unused,
        sha256=sha256 or _content_digest(table),
    )


def _tidy(table: RawTable, mapping: ColumnMapping) -> Columns:
    categories: dict[str, Coded] = {}
    dates: dict[str, DateColumn] = {}
    strange: dict[str, np.ndarray] = {}
    columns = dict(table.columns)
    for name, value in mapping.constants.items():
        if name not in columns:
            columns[name] = pa.chunked_array(
                [pa.array([value]).dictionary_encode().take(pa.array(np.zeros(table.rows, np.int64)))]
            )
    plain = [
        n for n in columns if field_named(n).kind in {"identifier", "free_text"} and n != "lead_professional"
    ]
    coded = [name for name in columns if name not in plain]

    def encoded(name: str) -> pa.ChunkedArray:
        return _encoded(map_values(columns[name], name, mapping))

    # Encoding is pyarrow's work and needs no lock, so two columns at a time cost the time of one.
    with ThreadPoolExecutor(max_workers=2) as pool:
        ready = dict(zip(coded, pool.map(encoded, coded), strict=True))
    for name, column in ready.items():
        field = field_named(name)
        if field.kind == "date":
            dates[name] = parse_dates(column, mapping.dates.get(name, ()))
        else:
            categories[name], strange[name] = clean_category(column, field)
    return Columns(categories, dates, {name: columns[name] for name in plain}, strange)


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def map_values(column: pa.ChunkedArray, name: str, mapping: ColumnMapping) -> pa.ChunkedArray:
    """A column with the council's own values replaced by the ones that the mapping gives for them."""
    table = mapping.values.get(name)
    if not table:
        return column
    codes, values = as_dictionary(column)
    texts = [table.get(fold(v), v) for v in values.to_pylist()]
    mapped = recode(codes, list(texts))
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array(mapped.codes), pa.array(mapped.values, pa.string()))]
    )


def _event_types(column: Coded) -> np.ndarray:
    """Place in ``EVENT_TYPES`` for each row; -1 unless the value contains exactly one of the four words."""
    table = np.full(len(column.values) + 1, -1, dtype=np.int8)
    for i, value in enumerate(column.values):
        held = [n for n, word in enumerate(EVENT_TYPES) if word.lower() in fold(value)]
        if len(held) == 1:
            table[i] = held[0]
    return table[column.codes]


def _event_key(
    person: np.ndarray, event_type: np.ndarray, start: np.ndarray, end: np.ndarray, columns: dict[str, Coded]
) -> list[np.ndarray]:
    """What two rows of one event agree on: the end does not matter for services, the detail goes by type."""
    nothing = np.full(len(person), -1, dtype=np.int32)

    def of(name: str) -> np.ndarray:
        return columns[name].codes if name in columns else nothing

    client = columns["client_type"].codes if "client_type" in columns else nothing
    request, assessment, service = (event_type == i for i in range(3))
    detail = np.where(request, of("route_of_access"), np.where(assessment, of("assessment_type"), -1))
    detail = np.where(service, of("service_type"), detail)
    component = np.where(service, of("service_component"), -1)
    return [person, start, event_type, np.where(service, NO_DATE, end), client, detail, component]


def _date_problems(
    dates: dict[str, DateColumn], table: RawTable, mapping: ColumnMapping
) -> Iterator[Problem]:
    for name, column in dates.items():
        heading = table.headings.get(name, field_named(name).heading)
        total = sum(column.format_rows.values())
        if len(column.format_rows) > 1 and not mapping.dates.get(name):
            main = max(column.format_rows, key=lambda f: column.format_rows[f])
            yield Problem(
                "mixed-dates",
                f'column "{heading}" mixes date formats.',
                f"{len(column.odd_rows):,} of {total:,} rows are not {main}: "
                f"{rows_in_words(column.odd_rows[:1000] + table.first_row, len(column.odd_rows))} of the {table.origin}.",
                "Mend them in the extract, or list every format of the column under [dates] in your mapping file.",
            )
        if column.month_first.any():
            rows = np.flatnonzero(column.month_first)
            yield Problem(
                "month-first-dates",
                f'column "{heading}" holds dates that can only be month first, as in the United States.',
                f"{rows_in_words(rows[:1000] + table.first_row, len(rows))} of the {table.origin}.",
                "Export the column as DD/MM/YYYY or YYYY-MM-DD: the other rows cannot be told apart.",
            )


def _nothing_usable(event_type: np.ndarray, start: DateColumn, identity: Identity) -> Iterator[Problem]:
    if not (event_type >= 0).any():
        yield Problem(
            "no-event-type",
            'no row has an event type that is recognised: "Event Type" must say Request, Assessment, Service or Review.',
            advice='Say which of your values means which under [values."Event Type"] in a mapping file.',
        )
    if not (start.days != NO_DATE).any() and not start.month_first.any():
        yield Problem(
            "no-dates",
            'no row has an "Event Start Date" that can be read.',
            advice="Use DD/MM/YYYY or YYYY-MM-DD, or name the format under [dates] in a mapping file.",
        )
    if not len(identity.person_ids):
        yield Problem(
            "no-identifier",
            "no row has a local id or a valid NHS number.",
            advice="Check the columns LA Person Unique Identifier and NHS Number.",
        )


def _people(identity: Identity, columns: Columns, start: np.ndarray, end: np.ndarray) -> pd.DataFrame:
    count = len(identity.person_ids)
    rows = np.flatnonzero(identity.person >= 0)
    person = identity.person[rows]
    order = rows[last_known_rows(person, start[rows], end[rows])]
    people = pd.DataFrame(index=pd.Index(identity.person_ids, name="person_id", dtype=object))
    for name in ("date_of_birth", "date_of_death"):
        days = np.full(count, NO_DATE, dtype=np.int64)
        if name in columns.dates:
            column = columns.dates[name].days
            known = order[column[order] != NO_DATE]
            # Rows stand with the one that counts most last, so the last assignment is the latest known date.
            days[identity.person[known]] = column[known]
        people[name] = _as_datetimes(days)
    people["rows"] = np.bincount(person, minlength=count)
    associated = np.zeros(count, dtype=bool)
    if "client_type" in columns.categories:
        client = columns.categories["client_type"]
        says_so = client.where(np.array([v == KNOWN_BY_ASSOCIATION for v in client.values], dtype=bool))
        associated = np.bincount(person, weights=says_so[rows], minlength=count) == people["rows"].to_numpy()
    people["known_by_association"] = associated
    with_local = np.zeros(count, dtype=bool)
    with_local[identity.identifiers.loc[identity.identifiers["kind"] == "local_id", "person"].to_numpy()] = (
        True
    )
    people["nhs_only"] = ~with_local
    return people


def _as_datetimes(days: np.ndarray) -> np.ndarray:
    """Days as ``datetime64[s]``, not-a-time where there is none."""
    dates = np.where(days == NO_DATE, 0, days).astype("M8[D]").astype("M8[s]")
    dates[days == NO_DATE] = np.datetime64("NaT")
    return dates


def _events(
    table: RawTable,
    columns: Columns,
    event_type: np.ndarray,
    is_event: np.ndarray,
    person: np.ndarray,
    used: np.ndarray,
) -> pd.DataFrame:
    data: dict[str, object] = {
        "row": used + table.first_row,
        "person": person[used],
        "is_event": is_event[used],
        "event_type": pd.Categorical.from_codes(event_type[used], categories=list(EVENT_TYPES)),
    }
    for name, dates in columns.dates.items():
        data[name] = _as_datetimes(dates.days[used])
    for name, coded in columns.categories.items():
        if name != "event_type":
            data[name] = pd.Categorical.from_codes(coded.codes[used], categories=list(coded.values))
    for name, texts in columns.plain.items():
        if name not in {"local_id", "nhs_number"}:
            data[name] = pd.Series(
                pd.arrays.ArrowExtensionArray(texts.cast(pa.string()).take(pa.array(used)))
            )
    return pd.DataFrame(data)


def _period_ends(dates: dict[str, DateColumn]) -> tuple[dt.date, ...]:
    if "period_end" not in dates:
        return ()
    days = pd.unique(pd.Series(dates["period_end"].days))
    return tuple(sorted(dt.date(1970, 1, 1) + dt.timedelta(int(d)) for d in days if d != NO_DATE))


def _content_digest(table: RawTable) -> str:
    digest = hashlib.sha256()
    for name in sorted(table.columns):
        digest.update(name.encode())
        for text in table.columns[name].cast(pa.string()).to_pylist():
            digest.update(b"\x1f" + (text or "").encode())
    return digest.hexdigest()
