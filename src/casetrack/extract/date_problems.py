"""Columns of dates that cannot be read, each with its cause and a cure that works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from casetrack.errors import Problem, rows_in_words
from casetrack.extract.date_columns import NO_DATE, OTHER_ORDERS, READ_FORMATS, DateColumn, day_number
from casetrack.extract.fields import field_named
from casetrack.extract.tables import RawTable

_FORMS = ", ".join(READ_FORMATS)
#: The national collection began in 2023 and councils' systems were new around 2000: half of a file's events are not
#: older. A median before this day means that something else was read as a date.
_OLDEST_MEDIAN = day_number(2000, 1, 1)
#: One or two cells can be slips in a column that is otherwise blank; more are a form of their own.
_MORE_THAN_SLIPS = 3
#: More numbers than this share that are no days of a spreadsheet say that the others are none either.
_SLIPS = 0.03


def date_problems(dates: Mapping[str, DateColumn], table: RawTable) -> Iterator[Problem]:
    """Every column of dates that must not be read as it stands."""
    for name, column in dates.items():
        heading = table.headings.get(name, field_named(name).heading)

        def rows(places: np.ndarray) -> str:
            return f"{rows_in_words(places[:1000] + table.first_row, len(places))} of the {table.origin}."

        if column.exchanged:
            yield Problem(
                "exchanged-days",
                f'column "{heading}" has been through a spreadsheet with American settings: dates up to the 12th were '
                "taken for month first, and the others left as text.",
                rows(column.odd_rows),
                "Day and month of the first kind are exchanged, so the column cannot be mended here. Export it again, "
                "and do not open it in between, or open it with English (United Kingdom) settings.",
            )
        elif len(column.format_rows) > 1 and not table.date_formats.get(name):
            main = max(column.format_rows, key=lambda f: column.format_rows[f])
            total = sum(column.format_rows.values())
            yield Problem(
                "mixed-dates",
                f'column "{heading}" mixes date formats.',
                f"{len(column.odd_rows):,} of {total:,} rows are not {main}: {rows(column.odd_rows)}",
                "Mend them in the extract, or list every format of the column under [dates] in your mapping file: "
                f"{', '.join(column.format_rows)}.",
            )
        if column.turned.any():
            forms = column.turned_forms
            read_as = [f for f in column.format_rows if set(OTHER_ORDERS.get(f, ())) & set(forms)]
            yield Problem(
                "month-first-dates",
                f'column "{heading}" is read as {" and ".join(read_as)}, but the figures of these dates run as '
                f"{' and '.join(forms)}.",
                rows(np.flatnonzero(column.turned)),
                "Export the column as DD/MM/YYYY or YYYY-MM-DD; or name the order that all of it has under [dates] in "
                f"your mapping file: {', '.join(forms)}.",
            )
        if column.years:
            yield Problem(
                "years-not-dates",
                f'column "{heading}" holds years, not dates.',
                rows(np.flatnonzero(column.days != NO_DATE)),
                "Export the day, the month and the year.",
            )
        unread = int(column.unreadable.sum())
        # Days counted from another beginning than a spreadsheet's: those before it are negative numbers.
        counted = set(column.format_rows) == {"serial"} and unread > _SLIPS * column.format_rows["serial"]
        if (counted or not column.format_rows) and unread >= _MORE_THAN_SLIPS:
            yield Problem(
                "unknown-date-form",
                f'column "{heading}" holds dates in no form that is read.',
                rows(np.flatnonzero(column.unreadable)),
                f"Your mapping file names {', '.join(named)} for it under [dates], and no row is of that form: name the "
                "one that the column has, or leave the line out."
                if (named := table.date_formats.get(name, ()))
                else f"Export it in one of: {_FORMS}.",
            )
    yield from _too_old(dates, table)


def _too_old(dates: Mapping[str, DateColumn], table: RawTable) -> Iterator[Problem]:
    if "event_start_date" not in dates:
        return
    start = dates["event_start_date"]
    known = start.days[start.days != NO_DATE]
    if len(known) and not start.years and float(np.median(known)) < _OLDEST_MEDIAN:
        yield Problem(
            "events-before-2000",
            f'half of the dates in "{table.headings.get("event_start_date", "Event Start Date")}" are before 2000.',
            where=f"all of the {table.origin}.",
            advice="Another column may stand under this heading, or the dates were damaged on the way. "
            "Check the column and export it again.",
        )
