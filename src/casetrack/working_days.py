"""England's working days: which they are, and how they are counted.

Bank holidays come from the ``holidays`` library, England's own (Scotland's and Northern Ireland's differ).
It knows the one-off ones, such as 19 September 2022 and 8 May 2023, once they have been proclaimed and it
has been updated; until then they can be given as ``extra_holidays``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from casetrack.errors import UsageError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

_ONE_DAY = dt.timedelta(days=1)
#: The years for which the library's rules for England are complete.
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def is_working_day(day: dt.date | str, extra_holidays: Iterable[dt.date] = ()) -> bool:
    """Whether a day is a working day in England.

    `extra_holidays`: further days that do not count.

    Examples
    --------
    >>> is_working_day("2022-09-19"), is_working_day("2022-09-20")
    (False, True)
    """
    day = read_day(day, "day")
    return day.weekday() < 5 and day not in set(extra_holidays) | _bank_holidays(day.year)


def working_days_after(day: dt.date | str, count: int, extra_holidays: Iterable[dt.date] = ()) -> dt.date:
    """The working day that is ``count`` working days after ``day``; ``day`` itself does not count.

    `extra_holidays`: further days that do not count.

    Examples
    --------
    Good Friday and Easter Monday do not count:

    >>> working_days_after("2026-03-27", 10)
    datetime.date(2026, 4, 14)
    """
    day = read_day(day, "day")
    check_number(count, "count")
    closed = set(extra_holidays) | _bank_holidays(day.year)
    while count:
        day += _ONE_DAY
        if (day.month, day.day) == (1, 1):
            closed |= _bank_holidays(day.year)
        count -= day.weekday() < 5 and day not in closed
    return day


def working_days_between(
    start: dt.date | str, end: dt.date | str, extra_holidays: Iterable[dt.date] = ()
) -> int:
    """Working days from ``start``, which does not count, to ``end``, which does; negative when it is earlier.

    Examples
    --------
    >>> working_days_between("2025-12-24", "2025-12-29"), working_days_between("2025-12-29", "2025-12-24")
    (1, -1)
    """
    first, last, extra = read_day(start, "start"), read_day(end, "end"), set(extra_holidays)
    if last < first:
        return -working_days_between(last, first, extra)
    closed = extra.union(*(_bank_holidays(year) for year in range(first.year, last.year + 1)))
    days = (first + _ONE_DAY * number for number in range(1, (last - first).days + 1))
    return sum(day.weekday() < 5 and day not in closed for day in days)


def read_day(value: object, name: str) -> dt.date:
    """A date from a date, a timestamp or text as ``2026-03-02``; nothing is guessed."""
    day: dt.date | None = None
    if isinstance(value, dt.datetime):
        # A missing timestamp (NaT) counts as a datetime too; it is the one that does not equal itself.
        day = value.date() if value == value else None
    elif isinstance(value, dt.date):
        day = value
    elif isinstance(value, str):
        try:
            day = dt.datetime.strptime(value.strip(), "%Y-%m-%d").date()
        except ValueError:
            day = None
    if day is None or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError.of(
            "not-a-date",
            f"{name} is not a date between {_FIRST_YEAR} and {_LAST_YEAR}.",
            advice="Write it as year-month-day, for example 2026-03-02.",
        )
    return day


def check_number(value: object, name: str) -> None:
    """Refuse a count of days, weeks or months that is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:
        raise UsageError.of("not-a-count", f"{name} is not a whole number from 1 to 1,000.")


def _bank_holidays(year: int) -> set[dt.date]:
    # Asked for here, since months and weekdays are needed everywhere and bank holidays seldom.
    import holidays

    return set(holidays.country_holidays("GB", subdiv="ENG", years=year))
