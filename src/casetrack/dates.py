"""Calendar arithmetic that several rules share."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from typing import TYPE_CHECKING

from casetrack.errors import UsageError

if TYPE_CHECKING:
    import numpy as np


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many calendar months earlier; the month's last day where that does not exist.

    Before the first year of the calendar it is the calendar's first day.

    Examples
    --------
    >>> months_before(dt.date(2024, 2, 29), 12)
    datetime.date(2023, 2, 28)
    """
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    if year < dt.MINYEAR:
        return dt.date.min
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def ages_on(born: np.ndarray, day: dt.date) -> np.ndarray:
    """Ages in completed years on a day; -1 where no date of birth is known.

    Someone born on 29 February turns a year older on 1 March in other years (``docs/specification.md``, section 4).
    """
    import numpy as np  # Only where there are people: the help of the command comes without it.

    known = ~np.isnat(born)
    days = np.where(known, born, np.datetime64("1970-01-01")).astype("M8[D]")
    years = days.astype("M8[Y]")
    months = days.astype("M8[M]")
    month = (months - years.astype("M8[M]")).astype(np.int64) + 1
    day_of_month = (days - months.astype("M8[D]")).astype(np.int64) + 1
    had_birthday = (day.month > month) | ((day.month == month) & (day.day >= day_of_month))
    ages = day.year - (years.astype(np.int64) + 1970) - np.where(had_birthday, 0, 1)
    return np.where(known, ages, -1)


def read_date(value: dt.date | np.datetime64 | str) -> dt.date:
    """A date given as a date, as ``YYYY-MM-DD`` or as ``DD/MM/YYYY``; of a time with a zone its day in London.

    Examples
    --------
    >>> read_date(dt.datetime(2026, 3, 31, 23, 30, tzinfo=dt.UTC))
    datetime.date(2026, 4, 1)
    """
    if isinstance(value, dt.datetime):
        return value.date() if value.tzinfo is None else _in_london(value)
    if isinstance(value, dt.date):
        return value
    text = str(value if isinstance(value, str) else value.astype("M8[D]")).strip()
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    parts = found.groups() if found else None
    if not parts and (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)):
        parts = found.groups()[::-1]
    try:
        if parts:
            return dt.date(*(int(p) for p in parts))
    except ValueError:
        pass
    raise UsageError.of(
        "not-a-date", "a date cannot be read.", advice="Write it as 2026-03-31 or 31/03/2026."
    )


def _in_london(moment: dt.datetime) -> dt.date:
    from zoneinfo import ZoneInfo  # Hardly anybody needs it, and the help of the command comes without it.

    return moment.astimezone(ZoneInfo("Europe/London")).date()


def for_people(day: dt.date) -> str:
    """A date as people in England write it, DD/MM/YYYY."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"
