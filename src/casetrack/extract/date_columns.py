"""Columns of dates: the forms that councils' systems write, the days they stand for, and what is no day.

A column has one form. A form that says by itself which figure is the day is read; nothing is tried both ways.
Rules: ``docs/specification.md``, sections 2 and 3.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.cleaning import as_dictionary, is_missing, is_unknown

#: Stands for "no date" in arrays of days since 1970-01-01.
NO_DATE = int(np.iinfo(np.int32).min)

_D, _M, _Y, _YY = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})", r"(?P<y>\d{4})", r"(?P<yy>\d{2})"
_WORD = r"(?P<word>[A-Za-z]{3,9})\.?"
_CLOCK = (
    r"(?:[ T]+|(?:,? at ))(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(?P<half>[AaPp]\.?[Mm]\.?)?"
    r" ?(?P<zone>[Zz]|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
#: The part of the day that is gone, as a spreadsheet counts it; cells that are dates are written so too.
_GONE = r"(?:\.(?P<gone>\d+))?"
#: Form to its shape, the commonest first.
_DAYS: dict[str, str] = {
    "DD/MM/YYYY": f"{_D}/{_M}/{_Y}",
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    "DD-MMM-YYYY": f"{_D}-{_WORD}-{_Y}",
    "DD-MM-YYYY": f"{_D}-{_M}-{_Y}",
    "DD.MM.YYYY": rf"{_D}\.{_M}\.{_Y}",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "YYYY/MM/DD": r"(?P<y>\d{4})/(?P<m>\d{1,2})/(?P<d>\d{1,2})",
    "D MMMM YYYY": rf"{_D}(?:st|nd|rd|th)? {_WORD},? {_Y}",
    "MMM D YYYY": rf"{_WORD} +{_D},? {_Y}",
    "DD/MM/YY": f"{_D}/{_M}/{_YY}",
    "DD-MMM-YY": f"{_D}-{_WORD}-{_YY}",
    "DD-MM-YY": f"{_D}-{_M}-{_YY}",
    "DD.MM.YY": rf"{_D}\.{_M}\.{_YY}",
    "D MMM YY": rf"{_D} {_WORD} {_YY}",
}


def _with_clocks(days: dict[str, str]) -> dict[str, str]:
    return {
        name + clock: f"^{shape}{_CLOCK if clock else ''}$"
        for name, shape in days.items()
        for clock in ("", " hh:mm:ss")
    }


def _shape(name: str) -> str:
    """A form without which figure is what."""
    return re.sub("DD|(?<!M)MM(?!M)|YY", "#", name)


def _exchange(text: str, one: str, other: str) -> str:
    return other.join(part.replace(other, one) for part in text.split(one))


#: Forms with day and month, or day and a year of two figures, the other way round: of the same shape as others, so read
#: only where they are named.
_EXCHANGED = {
    _exchange(name, "DD", letters): _exchange(shape, "(?P<d>", group)
    for letters, group in (("MM", "(?P<m>"), ("YY", "(?P<yy>"))
    for name, shape in _DAYS.items()
    if group in shape and "DD" in name
}
#: The forms that are read without being named, each with its shape.
READ_FORMATS: dict[str, str] = _with_clocks(_DAYS) | {
    "YYYY-MM-DD": f"^{_DAYS['YYYY-MM-DD']}{_GONE}$",
    "serial": rf"^(?P<s>\d{{1,7}}){_GONE}$",
}
#: The forms that a mapping file can name, each with its shape.
DATE_FORMATS: dict[str, str] = READ_FORMATS | _with_clocks(_EXCHANGED)
#: Each form to those of the same shape, in which the same figures are another day.
OTHER_ORDERS: dict[str, tuple[str, ...]] = {
    name: others
    for name in DATE_FORMATS
    if (others := tuple(o for o in DATE_FORMATS if o != name and _shape(o) == _shape(name)))
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = tuple(dt.date(2000, m, 1).strftime("%B").lower() for m in range(1, 13))


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01."""
    return dt.date(year, month, day).toordinal() - dt.date(1970, 1, 1).toordinal()


#: Days that stand for "no date" in some system (an empty text in SQL Server, Access, Excel, mainframes).
_FILLERS = np.array(
    [
        day_number(*ymd)
        for ymd in ((1, 1, 1), (1753, 1, 1), (1899, 12, 30), (1899, 12, 31), (1900, 1, 1), (1901, 1, 1))
    ]
)
_END_OF_TIME = day_number(2099, 1, 1)
#: A year of two figures from 70 on is 19.. for an event: the national collection knows nothing older than 1970.
_EVENT_PIVOT = 70
#: So many days fall by chance on the two sides of the 12th, form by form, less than once in a hundred columns.
_FEW_DAYS = 10
#: Of days of the month a third are up to the 10th: more than a tenth, and never under a twentieth, of ten or more.
_SOME, _HARDLY_ANY = 0.1, 0.05
#: Midnight in London in UTC is at 23:00 in summer, and was at 22:00 in the double summers of 1941 to 1947.
_LATE = (22 * 3600, 23 * 3600)
#: A birth is read as 20.. only where 19.. would make the person older than anybody on a council's books.
_OLDEST = 110


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: days since 1970-01-01, ``NO_DATE`` where there is none, and for each row what is odd about it.

    ``odd_rows`` are outside the commonest form; ``turned`` run as dates whose figures stand in another order;
    ``fillers`` and ``centuries`` (a year of two figures of either) have no date; ``from_utc`` were a midnight in London,
    and ``late`` may be one. ``exchanged``: a spreadsheet has exchanged day and month where it could. ``years``: all of
    it is numbers from 1900 to 2100. ``parts``: the columns of the tables that this one joins.
    """

    days: np.ndarray
    unreadable: np.ndarray
    format_rows: dict[str, int]
    odd_rows: np.ndarray
    turned: np.ndarray
    turned_forms: tuple[str, ...]
    fillers: np.ndarray
    centuries: np.ndarray
    from_utc: np.ndarray
    late: np.ndarray
    exchanged: bool = False
    years: bool = False
    parts: tuple[DateColumn, ...] = ()

    def without(self, rows: np.ndarray) -> np.ndarray:
        """The days, none on the given rows."""
        return np.where(rows, np.int32(NO_DATE), self.days)


def join_dates(columns: Sequence[DateColumn]) -> DateColumn:
    """The same column of several tables, each in its own form, as one."""
    before = np.cumsum([0, *(len(column.days) for column in columns)])
    rows: Counter[str] = Counter()
    for column in columns:
        rows.update(column.format_rows)
    by_row = ("days", "unreadable", "turned", "fillers", "centuries", "from_utc", "late")
    return DateColumn(
        **{name: np.concatenate([getattr(column, name) for column in columns]) for name in by_row},
        format_rows=dict(rows),
        odd_rows=np.concatenate([c.odd_rows + start for c, start in zip(columns, before, strict=False)]),
        turned_forms=tuple(dict.fromkeys(form for column in columns for form in column.turned_forms)),
        exchanged=any(column.exchanged for column in columns),
        years=all(column.years for column in columns),
        parts=tuple(columns),
    )


@dataclass(repr=False)
class _Reading:
    """What is known so far of a column's distinct values; a clock in seconds, -1 where its zone has settled the day."""

    days: np.ndarray
    form: np.ndarray
    clock: np.ndarray
    centuries: np.ndarray


def parse_dates(
    column: pa.ChunkedArray, formats: tuple[str, ...] = (), *, born: int | None = None, is_end: bool = False
) -> DateColumn:
    """Dates of one column, each in the one form that its shape shows; nothing is tried both ways.

    `formats`: forms that the mapping lists for the column; empty to find the column's own. `born`: for dates of birth, a
    day that none of them comes after; it settles the century of a year of two figures. `is_end`: whether a day from 2099
    on stands for "no end".
    """
    codes, values = as_dictionary(column)
    values = pc.utf8_trim_whitespace(values)
    names = list(formats or READ_FORMATS)
    open_ = ~_says_nothing(values)
    read = _read(values, open_.copy(), names, born)
    years = _take_out_figures(values, read, names.index("serial")) if "serial" in names else False
    held = np.bincount(codes, minlength=len(values))
    from_utc, late = _midnights(read, held)
    read.days[from_utc] += 1
    filler = np.isin(read.days, _FILLERS) | (is_end & (read.days >= _END_OF_TIME))
    filler |= (read.form == (names.index("serial") if "serial" in names else -2)) & _is_zero(values)
    counts = {name: int(held[read.form == i].sum()) for i, name in enumerate(names)}
    counts = {name: n for name, n in counts.items() if n}
    main = max(counts, key=lambda name: counts[name]) if counts else ""
    odd = (read.form >= 0) & (read.form != (names.index(main) if main else -1))
    unread = open_ & (read.days == NO_DATE) & ~filler & ~read.centuries
    turned, turned_forms = _turned(values, unread, read.form, names, named=bool(formats))

    def rows(mask: np.ndarray) -> np.ndarray:
        # Most columns have nothing odd, and one False stands for all of their rows.
        return np.append(mask, False)[codes] if mask.any() else np.broadcast_to(np.False_, len(codes))

    return DateColumn(
        days=np.append(np.where(filler, NO_DATE, read.days), NO_DATE).astype(np.int32)[codes],
        unreadable=rows(unread),
        format_rows=counts,
        odd_rows=np.flatnonzero(rows(odd)),
        turned=rows(turned),
        turned_forms=turned_forms,
        fillers=rows(filler),
        centuries=rows(read.centuries),
        from_utc=rows(from_utc),
        late=rows(late),
        exchanged=len(counts) > 1
        and _exchanged(names, read.form, np.where((held > 0) & ~filler, read.days, NO_DATE)),
        years=years and set(counts) == {"serial"},
    )


def _says_nothing(values: pa.Array) -> np.ndarray:
    """Blank, missing and unknown words; a date has a figure, so only texts without one are looked at."""
    wordy = ~pc.match_substring_regex(values, "[0-9]").to_numpy(zero_copy_only=False)
    nothing = np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(wordy)
    texts = values.take(pa.array(places)).to_pylist()
    nothing[places] = [is_missing(t) or is_unknown(t) or t.casefold() in ("nat", "nan") for t in texts]
    return nothing


def _read(values: pa.Array, left: np.ndarray, names: list[str], born: int | None) -> _Reading:
    size = len(values)
    found = _Reading(
        np.full(size, NO_DATE, np.int64),
        np.full(size, -1, np.int8),
        np.zeros(size, np.int64),
        np.zeros(size, bool),
    )
    for number, name in enumerate(names):
        if not left.any():
            break
        hit = left & pc.match_substring_regex(values, DATE_FORMATS[name]).to_numpy(zero_copy_only=False)
        if hit.any():
            found.form[hit] = number
            found.days[hit], found.clock[hit], found.centuries[hit] = _read_form(
                values.filter(pa.array(hit)), name, born
            )
            left &= ~hit
    return found


def _read_form(values: pa.Array, name: str, born: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Days, clocks, and whose century is open, for values that all have the shape of ``name``."""
    parts = pc.extract_regex(values, pattern=DATE_FORMATS[name])
    names = {field.name for field in parts.type}
    none = np.zeros(len(values), dtype=bool)

    def whole(part: str) -> np.ndarray:
        return np.asarray(pc.struct_field(parts, part).cast(pa.int64()).to_numpy(zero_copy_only=False))

    if name == "serial":
        serial = whole("s")
        # Excel's 1900 calendar has a 29 February 1900 that never was, so serials below 60 start a day later.
        days = serial - np.where(serial >= 60, 25569, 25568)
        days = np.where((serial >= 0) & (serial <= 2_958_465), days, NO_DATE)
        return days, _gone(parts), none
    day = whole("d")
    month = _months(pc.struct_field(parts, "word")) if "word" in names else whole("m")
    if "y" in names:
        days, open_century = _days(whole("y"), month, day), none
    else:
        days, open_century = _two_figures(whole("yy"), month, day, born)
    if "clock" in names:
        days, clock = _with_clock(days, parts)
    else:
        clock = _gone(parts) if "gone" in names else np.zeros(len(days), np.int64)
    return days, clock, open_century


def _gone(parts: pa.StructArray) -> np.ndarray:
    """The clock, to the minute, for the part of the day that is gone."""
    decimals = pc.struct_field(parts, "gone")
    if not pc.any(pc.not_equal(decimals, "")).as_py():
        return np.zeros(len(parts), np.int64)
    part = pc.binary_join_element_wise("0.", decimals, "0", "")
    minutes = np.rint(part.cast(pa.float64()).to_numpy(zero_copy_only=False) * 1440)
    return np.asarray(minutes.astype(np.int64) * 60)


def _months(words: pa.Array) -> np.ndarray:
    """The month's number for its name or its first three letters (Sept too), 0 for any other word."""
    spellings = {name: i + 1 for i, name in enumerate(_MONTH_NAMES)}
    spellings |= {name: i + 1 for i, name in enumerate(_MONTHS)} | {"sept": 9}
    distinct = words.dictionary_encode()
    numbers = [spellings.get(word.lower(), 0) for word in distinct.dictionary.to_pylist()]
    return np.array([*numbers, 0])[distinct.indices.to_numpy(zero_copy_only=False)]


def _two_figures(
    year: np.ndarray, month: np.ndarray, day: np.ndarray, born: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Days for years of two figures, and where either century would do.

    An event is 19.. from 70 on. A birth is 19.. where 20.. would be after the file's last day, 20.. where 19..
    would make the person older than 110, and open where both are possible: it is not guessed.
    """
    none = np.zeros(len(year), dtype=bool)
    if born is None:
        return _days(year + np.where(year >= _EVENT_PIVOT, 1900, 2000), month, day), none
    old, new = _days(year + 1900, month, day), _days(year + 2000, month, day)
    to_come, too_old = new > born, old <= born - round(_OLDEST * 365.25)
    either = ~to_come & ~too_old & ((old != NO_DATE) | (new != NO_DATE))
    return np.where(either, NO_DATE, np.where(to_come, old, new)), either


def _with_clock(days: np.ndarray, parts: pa.StructArray) -> tuple[np.ndarray, np.ndarray]:
    """Days with a time, and the time: none where the clock cannot say it; with a zone, the day that it was in London."""
    clock = pc.struct_field(parts, "clock")
    zone = np.array(pc.struct_field(parts, "zone").to_pylist(), dtype=object)
    half = pc.utf8_lower(pc.struct_field(parts, "half")).to_numpy(zero_copy_only=False)
    at = pc.extract_regex(clock, pattern=r"^(?P<h>\d{1,2}):(?P<i>\d{2})(?::(?P<s>\d{2}))?")
    hour, minute = (
        pc.struct_field(at, p).cast(pa.int64()).to_numpy(zero_copy_only=False) for p in ("h", "i")
    )
    second = pc.if_else(pc.equal(pc.struct_field(at, "s"), ""), "0", pc.struct_field(at, "s"))
    second = second.cast(pa.int64()).to_numpy(zero_copy_only=False)
    halved = half != ""
    fine = (hour < np.where(halved, 13, 25)) & (minute < 60) & (second < 61)
    # 12:00:00 AM is midnight; 24:00 is the end of the day that it stands with.
    hour = np.where(halved, hour % 12 + np.where(np.char.startswith(half.astype(str), "p"), 12, 0), hour)
    days = np.where(fine & ((hour < 24) | ((minute == 0) & (second == 0))), days, NO_DATE)
    time = hour * 3600 + minute * 60 + second
    zoned = (zone != "") & (days != NO_DATE)
    if not zoned.any():
        return days, time
    offset = np.array([_seconds_east(z) for z in zone[zoned]])
    days[zoned] = _in_london(days[zoned] * 86400 + time[zoned] - offset) // 86400
    return days, np.where(zoned, -1, time)


def _seconds_east(zone: str) -> int:
    if not (found := re.fullmatch(r"([+-])(\d{2}):?(\d{2})", zone)):
        return 0
    seconds = int(found[2]) * 3600 + int(found[3]) * 60
    return -seconds if found[1] == "-" else seconds


def _in_london(moments: np.ndarray) -> np.ndarray:
    """What clocks and calendars showed in London, for seconds since 1970-01-01 00:00 UTC; in seconds too."""
    utc = pd.DatetimeIndex(np.asarray(moments, dtype=np.int64).astype("M8[s]")).tz_localize("UTC")
    local = utc.tz_convert("Europe/London").tz_localize(None).to_numpy()
    return np.asarray(local.astype("M8[s]").astype(np.int64))


def _by_the_rule_of_today(moments: np.ndarray) -> np.ndarray:
    """The same for systems without the history of summer time (Windows): from the last Sunday of March to October's."""
    years = moments.astype("M8[s]").astype("M8[Y]").astype("M8[M]").astype(np.int64)
    last = ((years + month).astype("M8[M]").astype("M8[D]").astype(np.int64) - 1 for month in (3, 10))
    start, end = ((day - (day + 4) % 7) * 86400 + 3600 for day in last)
    return np.asarray(moments + 3600 * ((moments >= start) & (moments < end)))


def _midnights(read: _Reading, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct values that are midnights in London written in UTC without saying so, and those that may be.

    They are where every time of the column is then a midnight. They may be where most are at 00:00 or at such a time,
    and others speak against it: 00:00 in summer, or a true time of day.
    """
    none = np.zeros(len(held), dtype=bool)
    told = (held > 0) & (read.days != NO_DATE) & (read.clock >= 0)
    hours = told & np.isin(read.clock, (0, *_LATE))
    if not (read.clock[hours] > 0).any():
        return none, none
    moments = read.days[hours] * 86400 + read.clock[hours]
    midnight = none.copy()
    midnight[hours] = (_in_london(moments) % 86400 == 0) | (_by_the_rule_of_today(moments) % 86400 == 0)
    late = midnight & (read.clock > 0)
    if midnight[told].all():
        return late, none
    like = hours & (late | (read.clock != _LATE[0]))
    return none, late if held[like].sum() > held[told].sum() / 2 else none


def _day_of_month(days: np.ndarray) -> np.ndarray:
    moments = np.where(days == NO_DATE, 0, days).astype("M8[D]")
    return np.asarray((moments - moments.astype("M8[M]").astype("M8[D]")).astype(np.int64) + 1)


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days since 1970-01-01, ``NO_DATE`` where the three make no calendar date."""
    fine = (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    start = (np.where(fine, year, 1970) - 1970) * 12 + np.where(fine, month, 1) - 1
    first = start.astype("M8[M]").astype("M8[D]").astype(np.int64)
    after = (start + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    fine &= day <= after - first
    return np.where(fine, first + day - 1, NO_DATE)


def _is_zero(values: pa.Array) -> np.ndarray:
    return np.asarray(pc.match_substring_regex(values, r"^0+(\.0+)?$").to_numpy(zero_copy_only=False))


def _take_out_figures(values: pa.Array, read: _Reading, serial: int) -> bool:
    """Take out whole numbers that are read as serials and are none; or say that all of them are years.

    As days, 1900 to 2100 would all be in 1905, and the figures YYMMDD of any day in a year after 2100.
    """
    places = np.flatnonzero((read.form == serial) & ~_is_zero(values))
    parts = pc.extract_regex(values.take(pa.array(places)), pattern=DATE_FORMATS["serial"])
    texts = pc.struct_field(parts, "s")
    numbers = texts.cast(pa.int64()).to_numpy(zero_copy_only=False)
    years = (numbers >= 1900) & (numbers <= 2100)
    if len(numbers) and years.all():
        return True
    month, day = numbers // 100 % 100, numbers % 100
    figures = pc.utf8_length(texts).to_numpy(zero_copy_only=False) == 6
    figures &= (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    none = places[years | figures]
    read.form[none], read.days[none] = -1, NO_DATE
    return False


def _exchanged(names: list[str], form: np.ndarray, days: np.ndarray) -> bool:
    """The mark of a spreadsheet with American settings.

    It takes 05/03/2026 for 3 May, makes a date of it and writes that in a form of its own, and leaves 22/08/2026 as the
    text that it was. So each form's days are all on the 1st to the 12th, or all after it, and both kinds of form are
    there. Only a form in figures can be misread.
    """
    known = days != NO_DATE
    if len(np.unique(days[known])) < _FEW_DAYS:
        return False
    day, form = _day_of_month(days[known]), form[known]
    found = [(number, set((day[form == number] > 12).tolist())) for number in np.unique(form).tolist()]
    in_figures = any(
        names[number] in OTHER_ORDERS and not names[number].startswith("Y") for number, _ in found
    )
    sides = [side for _, side in found]
    return in_figures and all(len(side) == 1 for side in sides) and set.union(*sides) == {True, False}


def _turned(
    values: pa.Array, unread: np.ndarray, form: np.ndarray, names: list[str], *, named: bool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Distinct values that are no date of their form but one with the figures in another order, and its forms."""
    found = np.zeros(len(values), dtype=bool)
    forms: dict[str, None] = {}
    for number in np.unique(form[form >= 0]).tolist():
        own = form == number
        years = "" if named else _years_first(values.filter(pa.array(own)), names[number])
        for other in OTHER_ORDERS.get(names[number], ()):
            # A column in which the years come first is turned also where its figures would make dates.
            hit = own & ~found & (unread | (years == other))
            if hit.any() and other not in names:
                found[hit] = _read_form(values.filter(pa.array(hit)), other, None)[0] != NO_DATE
                forms |= {other: None} if found[hit].any() else {}
    return found, tuple(forms)


def _years_first(values: pa.Array, name: str) -> str:
    """The form with the year first, where what stands first runs as years do and what stands last as days do.

    Days of the month fall on the 1st to the 10th in a third of all cases, and go up to 31: not so years of two figures.
    """
    other = _exchange(name, "DD", "YY")
    if other == name or other not in DATE_FORMATS or len(values) < _FEW_DAYS:
        return ""
    parts = pc.extract_regex(values, pattern=DATE_FORMATS[name])
    first, last = (
        pc.struct_field(parts, part).cast(pa.int64()).to_numpy(zero_copy_only=False) for part in ("d", "yy")
    )
    days_last = first.max() < last.max() <= 31 and (last <= 10).mean() > _SOME
    return other if days_last and (first <= 10).mean() < _HARDLY_ANY else ""
