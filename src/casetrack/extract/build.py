"""From a table of text to an extract: values and dates tidied, people linked, duplicates counted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.errors import ExtractError, Problem, rows_in_words
from casetrack.extract.cleaning import Coded, as_dictionary, as_text, clean_category, in_one_piece
from casetrack.extract.columns import Columns
from casetrack.extract.date_columns import NO_DATE, READ_FORMATS, DateColumn, join_dates, parse_dates
from casetrack.extract.date_problems import date_problems
from casetrack.extract.extract import Extract, Linking, RowAccount
from casetrack.extract.fields import EVENT_TYPES, field_for_heading, field_named, fold
from casetrack.extract.found import found_on
from casetrack.extract.identifiers import like_an_id
from casetrack.extract.own_values import constant_column
from casetrack.extract.people import Identity, identify
from casetrack.extract.row_findings import (
    KNOWN_BY_ASSOCIATION,
    RowFacts,
    before_birth,
    conflicts,
    missing_fields,
    row_findings,
)
from casetrack.extract.row_order import end_ranks, row_order
from casetrack.extract.same_event import Duplicates, how_joined, kept_rows
from casetrack.extract.tables import IDENTIFIERS, RawTable, placed
from casetrack.findings import Finding, Findings


@dataclass(frozen=True)
class ReadOptions:
    """What a council may set about who is one person and what is one event."""

    duplicates: Duplicates = "auto"
    placeholder_births: int = 3
    max_ids_per_number: int = 5


def build_extract(
    table: RawTable, sha256: str, options: ReadOptions = ReadOptions(), beside: Sequence[RawTable] = ()
) -> Extract:
    """Tidy a table of text and link its rows to people.

    `beside`: tables with a row per person, whose births say as well who is not who.
    """
    pa.default_memory_pool().release_unused()
    columns = _tidy(table)
    event_type = _event_types(columns.categories["event_type"])
    start, end = columns.dates["event_start_date"], columns.dates["event_end_date"]
    born = columns.dates.get("date_of_birth")
    below = _words_below(table, (event_type < 0) & (start.days == NO_DATE) & ~_about_somebody(columns))
    identity = identify(
        _without(table.columns.get("local_id"), below),
        _without(table.columns.get("nhs_number"), below),
        table.rows,
        table.first_row,
        None if born is None else born.days,
        options.placeholder_births,
        options.max_ids_per_number,
        [
            (one.columns["local_id"], _births_in(one))
            for one in beside
            if {"local_id", "date_of_birth"} <= set(one.columns)
        ],
    )
    problems = [
        *_headings_again(table, start.days == NO_DATE),
        *_date_problems(columns.dates, table),
        *_nothing_usable(event_type, start, identity),
    ]
    if problems:
        raise ExtractError(problems)
    someone = identity.person >= 0
    blank = _blank_rows(table, ~someone & ~identity.apart) | below
    is_event = (event_type >= 0) & (start.days != NO_DATE) & someone
    ends = end_ranks(end.days, end.unreadable)
    order, tie = row_order(identity.person, ends, start.days, table.columns)
    mode = how_joined(options.duplicates, columns.days("period_start"), columns.days("period_end"))
    same = kept_rows(identity.person, event_type, is_event, ends, order, columns, mode)
    facts = RowFacts(event_type, is_event, same, order, tie, blank)
    used = someone & ~same.repeated
    account = RowAccount(
        table.rows - int(blank.sum()), int(used.sum()), int(same.repeated.sum()), _set_aside(identity, blank)
    )
    born_on = _latest_days(identity, facts.order, start.days, columns.days("date_of_birth"))
    found = [
        *identity.findings,
        *row_findings(table, columns, facts, identity),
        *conflicts(identity, columns, table.first_row, born_on),
        *_no_ages(columns.dates, table.first_row, someone),
        *missing_fields(table, beside),
        *_cut_off(table, blank),
        *_after_all(columns, facts, table.first_row),
    ]
    kinds = {name: pd.CategoricalDtype(list(coded.values)) for name, coded in columns.categories.items()}
    kinds["event_type"] = pd.CategoricalDtype([*map(str.capitalize, EVENT_TYPES)])
    return Extract(
        people=_people(identity, columns, facts, start.days, born_on),
        events=_events(table, columns, facts, identity.person, kinds, np.flatnonzero(used)),
        duplicates=_events(table, columns, facts, identity.person, kinds, np.flatnonzero(same.repeated)),
        findings=Findings((*_of_tables(table), *placed(found, table))),
        account=account,
        identifiers=identity.identifiers,
        linking=Linking(mode, identity.placeholders, identity.not_joining),
        period_ends=_period_ends(columns),
        headings=table.headings,
        unused_headings=table.unused,
        unused_by_table={part.name: part.unused for part in table.parts or (table,) if part.unused},
        sha256=sha256,
    )


def _births_in(table: RawTable) -> np.ndarray:
    days: np.ndarray = parse_dates(
        table.columns["date_of_birth"], table.date_formats.get("date_of_birth", ())
    ).days
    return days


def _set_aside(identity: Identity, blank: np.ndarray) -> dict[str, int]:
    """Rows that are nobody's, by the reason; a row without content is no row."""
    reasons = {
        "no usable identifier": int(((identity.person < 0) & ~identity.apart & ~blank).sum()),
        "strangers under one NHS number": int(identity.apart.sum()),
    }
    return {reason: count for reason, count in reasons.items() if count}


def _words_below(table: RawTable, candidates: np.ndarray) -> np.ndarray:
    """Rows with words where identifiers stand: totals and notes at the end, headings anywhere. Shape (rows,), bool."""
    if table.parts:
        return _by_part(_words_below, table, candidates)
    rows = np.flatnonzero(candidates)
    filled = np.flatnonzero(~candidates)
    last = int(filled[-1]) + 1 if len(filled) else 0
    below = np.zeros(table.rows, dtype=bool)
    for name in IDENTIFIERS & table.columns.keys():
        heading = fold(table.headings.get(name, ""))
        texts = as_text(table.columns[name], rows).to_pylist()
        for row, text in zip(rows.tolist(), texts, strict=True):
            words = row >= last and text.strip() and not like_an_id(text)
            below[row] |= bool(words) or (heading != "" and fold(text) == heading)
    return below


#: So many cells of a row that are headings make it a row of headings.
_HEADINGS = 3


def _headings_again(table: RawTable, candidates: np.ndarray) -> Iterator[Problem]:
    """Rows of headings in another order than those at the top: below them stands another table."""
    pieces = np.split(candidates, np.cumsum([part.rows for part in table.parts])[:-1])
    for part, piece in zip(table.parts, pieces, strict=False):
        yield from (replace(p, where=f"{part.name}: {p.where}") for p in _headings_again(part, piece))
    rows = np.flatnonzero(candidates)
    if table.parts or not len(rows):
        return
    own: dict[str, set[str]] = {}
    for name, heading in table.headings.items():
        own.setdefault(fold(heading), set()).add(name)
    same, other = np.zeros(len(rows), dtype=int), np.zeros(len(rows), dtype=int)
    for name in table.headings:
        codes, texts = as_dictionary(as_text(table.columns[name], rows))
        named = [own.get(fold(text)) or _field_of(text) for text in texts.to_pylist()]
        same += np.array([name in names for names in named])[codes]
        other += np.array([bool(names) and name not in names for names in named])[codes]
    found = rows[(other > 0) & (same + other >= _HEADINGS)]
    if len(found):
        yield Problem(
            "headings-again",
            "among the rows stand headings in another order than those at the top: another table begins there.",
            f"{rows_in_words(found[:1000] + table.first_row, len(found))} of the {table.origin}.",
            "Save each of the tables as a file of its own, with its headings, and read the files together.",
        )


def _field_of(heading: str) -> set[str]:
    field = field_for_heading(heading)
    return {field.name} if field else set()


def _about_somebody(columns: Columns) -> np.ndarray:
    """Rows that say something of a person: a birth, or a client type that is listed. Shape (rows,), bool."""
    known = np.zeros(len(columns.dates["event_start_date"].days), dtype=bool)
    if "date_of_birth" in columns.dates:
        known |= columns.dates["date_of_birth"].days != NO_DATE
    if "client_type" in columns.categories:
        client = columns.categories["client_type"]
        known |= client.where(~columns.strange["client_type"])
    return known


def _without(column: pa.ChunkedArray | None, rows: np.ndarray) -> pa.ChunkedArray | None:
    """The column with some rows blank."""
    if column is None or not rows.any():
        return column
    return pa.chunked_array([pc.if_else(pa.array(rows), "", in_one_piece(as_text(column)))])


def _by_part(
    look: Callable[[RawTable, np.ndarray], np.ndarray], table: RawTable, candidates: np.ndarray
) -> np.ndarray:
    """What is found in each of several tables, one after another."""
    pieces = np.split(candidates, np.cumsum([part.rows for part in table.parts])[:-1])
    return np.concatenate([look(part, piece) for part, piece in zip(table.parts, pieces, strict=True)])


def _blank_rows(table: RawTable, candidates: np.ndarray, but: frozenset[str] = frozenset()) -> np.ndarray:
    """Rows of separators only, as a spreadsheet leaves them below a table. Shape (rows,), bool.

    `but`: fields that are not looked at.
    """
    if table.parts:
        return _by_part(_blank_rows, table, candidates)
    rows = np.flatnonzero(candidates)
    for name, column in table.columns.items():
        if not len(rows):
            break
        if name in table.constants | but:
            continue
        codes, texts = as_dictionary(as_text(column, rows))
        empty = pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
        rows = rows[np.append(empty, True)[codes]]
    blank = np.zeros(table.rows, dtype=bool)
    blank[rows] = True
    return blank


#: The last row of a sheet in the old format and the new, and how many rows Power BI exports at most.
_LAST_ROWS, _MOST_ROWS = {1 << 16, 1 << 20}, {30_000, 150_000}


def _cut_off(table: RawTable, blank: np.ndarray) -> Iterator[Finding]:
    """Tables that end where a program stops: what came after is in none of the rows."""
    parts = table.parts or (table,)
    pieces = np.split(blank, np.cumsum([part.rows for part in parts])[:-1])
    for part, empty in zip(parts, pieces, strict=True):
        rows = part.rows - int(empty.sum())
        if rows + part.first_row - 1 in _LAST_ROWS or rows in _MOST_ROWS:
            yield Finding(
                "ends-at-a-limit",
                "",
                f"{part.name} ends where a program stops: no sheet or export of its kind holds more rows",
                rows,
                advice="If rows came after the last, they are lost without a word. Compare the number with the system, "
                "and export as CSV, or in parts.",
                loses="people",
            )


def _of_tables(table: RawTable) -> Iterator[Finding]:
    """What is to be said of each table as a whole, with its name where there are several."""
    for part in table.parts or (table,):
        for finding in part.findings:
            yield finding if not table.parts else replace(finding, tables=(part.name,) * len(finding.rows))


def _tidy(table: RawTable) -> Columns:
    categories: dict[str, Coded] = {}
    dates: dict[str, DateColumn] = {}
    strange: dict[str, np.ndarray] = {}
    kinds = {name: field_named(name).kind for name in table.columns}
    plain = {name: column for name, column in table.columns.items() if field_named(name).stays_text}
    coded = {n: c for n, c in table.columns.items() if n not in plain and n not in IDENTIFIERS}
    # Births last: the file's last day settles the century of a year of two figures.
    for name, column in sorted(coded.items(), key=lambda item: item[0] == "date_of_birth"):
        if kinds[name] == "date":
            born = _last_day(dates) if name == "date_of_birth" else None
            dates[name] = _dates(name, table, born, column)
        else:
            categories[name], strange[name] = clean_category(column, field_named(name))
    return Columns(table.rows, categories, dates, plain, strange)


def _dates(name: str, table: RawTable, born: int | None, column: pa.ChunkedArray | None) -> DateColumn:
    """One column of dates; each of several tables has a form of its own."""
    if table.parts:
        return join_dates([_dates(name, part, born, part.columns.get(name)) for part in table.parts])
    if column is None:
        column = constant_column("", table.rows)
    return parse_dates(column, table.date_formats.get(name, ()), born=born, is_end=name in _DATES_THAT_END)


def _date_problems(dates: Mapping[str, DateColumn], table: RawTable) -> Iterator[Problem]:
    if not table.parts:
        yield from date_problems(dates, table)
    for number, part in enumerate(table.parts):
        own = {name: column.parts[number] for name, column in dates.items() if name in part.columns}
        yield from (replace(p, where=f"{part.name}: {p.where}") for p in date_problems(own, part))


_DATES_THAT_END = frozenset({"event_end_date", "date_of_death"})


def _last_day(dates: Mapping[str, DateColumn]) -> int:
    """The last Reporting Period End Date; without one the day before which 99 of 100 events started."""
    if "period_end" in dates and (dates["period_end"].days != NO_DATE).any():
        return int(dates["period_end"].days.max())
    starts = dates["event_start_date"].days if "event_start_date" in dates else np.array([], np.int32)
    known = np.sort(starts[starts != NO_DATE])
    return int(known[(len(known) * 99 - 1) // 100]) if len(known) else NO_DATE


#: Years that nobody is older than.
_OLDEST = 120


def _no_ages(dates: Mapping[str, DateColumn], first_row: int, someone: np.ndarray) -> Iterator[Finding]:
    """Births after the file's last day, or so long before it that nobody is so old."""
    last, born = _last_day(dates), dates.get("date_of_birth")
    if born is None or last == NO_DATE:
        return
    never = (born.days > last) | (born.days < last - round((_OLDEST + 1) * 365.25))
    yield from found_on(
        "impossible-age",
        "Date of Birth",
        f"is after the last day of the file, or more than {_OLDEST} years before it",
        np.flatnonzero(never & (born.days != NO_DATE) & someone) + first_row,
        "Such a date gives no age, and nobody is on the list without one. Years of two figures that a spreadsheet has "
        "made years of four are the usual cause: mend these rows.",
        loses="people",
    )


#: Days after the last of the file after which nothing can be recorded as done: planned dates reach a year ahead.
_AHEAD = 400


def _after_all(columns: Columns, facts: RowFacts, first_row: int) -> Iterator[Finding]:
    """Events long after the last day of the file; the end of a service may be planned."""
    last = _last_day(columns.dates) + _AHEAD
    ends = np.where(facts.event_type == EVENT_TYPES.index("service"), NO_DATE, columns.days("event_end_date"))
    late = (columns.days("event_start_date") > last) | (ends > last)
    yield from found_on(
        "event-after-all",
        "Event Start Date",
        "starts or was completed more than a year after the last day of the file",
        np.flatnonzero(facts.is_event & late) + first_row,
        "Such an assessment does not count, and its person can be left out for it. A slip in the year is the usual "
        "cause: mend these rows.",
        loses="people",
    )


def _event_types(column: Coded) -> np.ndarray:
    """Place in ``EVENT_TYPES`` for each row; -1 unless the value contains exactly one of the four words."""
    table = np.full(len(column.values) + 1, -1, dtype=np.int8)
    for i, value in enumerate(column.values):
        held = [n for n, word in enumerate(EVENT_TYPES) if word in fold(value)]
        if len(held) == 1:
            table[i] = held[0]
    return table[column.codes]


def _nothing_usable(event_type: np.ndarray, start: DateColumn, identity: Identity) -> Iterator[Problem]:
    if not (event_type >= 0).any():
        yield Problem(
            "no-event-type",
            'no row has an event type that is recognised: "Event Type" must say Request, Assessment, Service or Review.',
            advice='Say which of your values means which under [values."Event Type"] in a mapping file.',
        )
    if not (start.days != NO_DATE).any() and not (start.turned.any() or start.years):
        yield Problem(
            "no-dates",
            'no row has an "Event Start Date" that can be read.',
            advice=f"Use one of the forms that are read: {', '.join(READ_FORMATS)}.",
        )
    if not len(identity.person_ids):
        yield Problem(
            "no-identifier",
            "no row has a local id or a valid NHS number.",
            advice="Check the columns LA Person Unique Identifier and NHS Number.",
        )


def _latest_days(identity: Identity, order: np.ndarray, start: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Each person's latest known birth or death; a row without a start counts least, whatever its end."""
    found = np.full(len(identity.person_ids), NO_DATE, dtype=np.int64)
    rows = np.empty(len(order), dtype=np.int32)
    rows[order] = np.arange(len(order), dtype=np.int32)
    rows = rows[(identity.person[rows] >= 0) & (days[rows] != NO_DATE)]
    started = start[rows] != NO_DATE
    # Rows stand with the one that counts most last, so the last assignment is the latest known date.
    for known in (rows[~started], rows[started]):
        found[identity.person[known]] = days[known]
    return found


def _people(
    identity: Identity, columns: Columns, facts: RowFacts, start: np.ndarray, born: np.ndarray
) -> pd.DataFrame:
    count = len(identity.person_ids)
    rows = np.flatnonzero(identity.person >= 0)
    person = identity.person[rows]
    died = np.where(before_birth(identity, columns, born), NO_DATE, columns.days("date_of_death"))
    own = np.bincount(person, minlength=count)
    says_so = columns.where("client_type", KNOWN_BY_ASSOCIATION.__eq__)
    local = identity.identifiers["kind"] == "local_id"
    return pd.DataFrame(
        {
            "date_of_birth": _as_datetimes(born),
            "date_of_death": _as_datetimes(_latest_days(identity, facts.order, start, died)),
            "rows": own,
            "known_by_association": np.bincount(person, weights=says_so[rows], minlength=count) == own,
            "nhs_only": ~np.isin(np.arange(count), identity.identifiers["person"][local]),
        },
        index=pd.Index(identity.person_ids, name="person_id", dtype=object),
    )


def _as_datetimes(days: np.ndarray) -> np.ndarray:
    """Days as ``datetime64[s]``, not-a-time where there is none."""
    dates = (days.astype(np.int64) * 86400).view("M8[s]")
    dates[days == NO_DATE] = np.datetime64("NaT")
    return dates


def _events(
    table: RawTable,
    columns: Columns,
    facts: RowFacts,
    person: np.ndarray,
    kinds: Mapping[str, pd.CategoricalDtype],
    used: np.ndarray,
) -> pd.DataFrame:
    data: dict[str, object] = {
        "row": table.numbers()[used],
        "person": person[used],
        "is_event": facts.is_event[used],
        "event_type": pd.Categorical.from_codes(facts.event_type[used], dtype=kinds["event_type"]),
        "order": facts.order[used],
        "tie": facts.tie[used],
        "end_unreadable": columns.dates["event_end_date"].unreadable[used],
        "end_cropped": facts.same.cropped[used],
    }
    for name, dates in columns.dates.items():
        data[name] = _as_datetimes((facts.same.end if name == "event_end_date" else dates.days)[used])
    for name, coded in columns.categories.items():
        if name != "event_type":
            data[name] = pd.Categorical.from_codes(coded.codes[used], dtype=kinds[name], validate=False)
    for name, texts in columns.plain.items():
        data[name] = pd.Series(pd.arrays.ArrowExtensionArray(as_text(texts, used)))
    return pd.DataFrame(data, copy=False)


def _period_ends(columns: Columns) -> tuple[dt.date, ...]:
    days = columns.days("period_end")
    return tuple(np.unique(days[days != NO_DATE]).astype("M8[D]").astype(object))


def content_digest(table: RawTable) -> str:
    """A digest of what a table holds, for one that is no file."""
    digest = hashlib.sha256()
    for name in sorted(table.columns):
        digest.update(name.encode())
        for cells in _joined(table.columns[name]):
            digest.update(cells)
    return digest.hexdigest()


#: Cells, and bytes of text, that are joined at a time.
_CELLS, _BYTES = 1 << 16, 1 << 28


def _joined(column: pa.ChunkedArray) -> Iterator[memoryview]:
    """The cells of a column one after another, a separator in front of each."""
    coded = pa.types.is_dictionary(column.type)
    for chunk in column.chunks:
        texts = chunk.dictionary if coded else chunk
        marked = pc.binary_join_element_wise("", texts, "\x1f")
        longest = pc.max(pc.binary_length(marked)).as_py() or 1
        together = max(1, min(_CELLS, _BYTES // longest))
        for start in range(0, len(chunk), together):
            piece = (
                marked.take(chunk.indices.slice(start, together)) if coded else marked.slice(start, together)
            )
            _, ends, cells = piece.buffers()
            at = np.frombuffer(ends, np.int32)[piece.offset : piece.offset + len(piece) + 1]
            yield memoryview(cells)[at[0] : at[-1]]
