"""Values and dates to canonical form.

Everything works on the distinct values of a column, so a million rows cost no more than their few thousand values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.fields import Field, fold

__all__ = [
    "DATE_FORMATS",
    "NO_DATE",
    "Coded",
    "DateColumn",
    "clean_category",
    "clean_identifier",
    "is_missing",
    "is_unknown",
    "parse_dates",
    "valid_nhs_numbers",
]

#: "The text NULL, N/A, None, - and blanks are missing values" (domain.md, section 2).
MISSING_TOKENS = frozenset({"", "null", "n/a", "na", "n.a.", "none", "-", "--"})
_MISSING_FOLDED = frozenset({"", "null", "na", "none"})
_UNKNOWN_FOLDED = frozenset({"unknown", "notknown", "notrecorded"})
_PUNCTUATION = re.compile(r"[\W_]+")

#: Stands for "no date" in arrays of days since 1970-01-01.
NO_DATE = np.iinfo(np.int32).min


@dataclass(frozen=True, repr=False)
class Coded:
    """A column of text as codes into its distinct values; -1 stands for missing.

    Parameters
    ----------
    codes
        Shape (rows,), int32.
    values
        The distinct values.
    """

    codes: np.ndarray
    values: tuple[str, ...]

    def known(self) -> np.ndarray:
        """Which rows hold a known value: neither missing nor one of the unknown ones. Shape (rows,), bool."""
        unknown = np.array([is_unknown(v) for v in self.values] + [True], dtype=bool)
        return ~unknown[self.codes]

    def where(self, test: np.ndarray) -> np.ndarray:
        """Rows whose value passes ``test`` (one bool per distinct value); missing fails."""
        return np.append(test, False)[self.codes]


def is_missing(text: str) -> bool:
    """Whether a value stands for nothing: blank, NULL, N/A, None or a dash."""
    return _PUNCTUATION.sub("", text.casefold()) in _MISSING_FOLDED


def is_unknown(text: str) -> bool:
    """Whether a value says that nobody knows: Unknown, Not known, Not recorded, No data and the like.

    Examples
    --------
    >>> is_unknown("No data: Refused"), is_unknown("Blind, severity unknown")
    (True, False)
    """
    folded = fold(text)
    return folded in _UNKNOWN_FOLDED or folded.startswith("nodata")


def as_dictionary(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Codes (int32) and distinct values of a text column, nulls as blanks."""
    if isinstance(column, pa.ChunkedArray):
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).fill_null("").dictionary_encode()
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    values = column.dictionary
    return codes, values.cast(pa.string()) if values.type != pa.string() else values


def recode(codes: np.ndarray, new: list[str | None]) -> Coded:
    """Codes through a list of new values for the old ones; equal new values share a code, None is missing."""
    places: dict[str, int] = {}
    table = np.full(len(new) + 1, -1, dtype=np.int32)
    for old, value in enumerate(new):
        if value is not None:
            table[old] = places.setdefault(value, len(places))
    return Coded(table[codes], tuple(places))


def clean_category(column: pa.ChunkedArray, field: Field) -> tuple[Coded, np.ndarray]:
    """Canonical values of a category, and which distinct values nobody listed.

    Returns
    -------
    coded : Coded
    unrecognised : ndarray of bool, one per ``coded.values``
        Values outside a closed list, the ones worth a finding.
    """
    codes, values = as_dictionary(column)
    known = {
        fold(spelling): canonical
        for canonical, more in (*field.values.items(), *field.spellings.items())
        for spelling in (canonical, *more)
    }
    texts = [" ".join(v.split()) for v in values.to_pylist()]
    new: list[str | None] = []
    spelling = _commonest_spelling(texts, np.bincount(codes[codes >= 0], minlength=len(texts)))
    for text in texts:
        folded = fold(text)
        if is_missing(text):
            new.append(None)
        elif folded in known:
            new.append(known[folded])
        else:
            new.append(spelling[folded])
    coded = recode(codes, new)
    strange = [not field.other_values and fold(v) not in known and not is_unknown(v) for v in coded.values]
    return coded, np.array(strange, dtype=bool)


def _commonest_spelling(texts: list[str], counts: np.ndarray) -> dict[str, str]:
    """For each folded value its commonest spelling, the first as text among equals: row order plays no part."""
    total: dict[str, int] = {}
    for text, count in zip(texts, counts.tolist(), strict=True):
        total[text] = total.get(text, 0) + count
    best: dict[str, str] = {}
    for text in sorted(total, key=lambda t: (-total[t], t)):
        best.setdefault(fold(text), text)
    return best


def clean_identifier(column: pa.ChunkedArray) -> tuple[np.ndarray, pa.Array]:
    """Codes and trimmed distinct values of an identifier; -1 where it is missing or unknown."""
    codes, values = as_dictionary(column)
    trimmed = pc.utf8_trim_whitespace(values).dictionary_encode()
    inner = trimmed.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    texts = trimmed.dictionary
    lowered = pc.utf8_lower(texts)
    tokens = pa.array(sorted(MISSING_TOKENS | {"unknown", "not known", "not recorded"}))
    # A mark such as "?" names nobody, however many rows share it.
    named = pc.match_substring_regex(texts, r"[\pL\pN]").to_numpy(zero_copy_only=False)
    unusable = ~named | pc.is_in(lowered, value_set=tokens).to_numpy(zero_copy_only=False)
    table = (
        np.append(np.where(unusable[inner], -1, inner), -1).astype(np.int32)
        if len(inner)
        else np.array([-1], np.int32)
    )
    return table[codes], texts


def valid_nhs_numbers(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """NHS numbers without spaces, and which of them are valid: 10 digits whose last is the Modulus 11 check digit.

    Examples
    --------
    >>> tidy, valid = valid_nhs_numbers(pa.array(["999 000 0018", "9990000010", "12"]))
    >>> valid.tolist()
    [True, False, False]
    """
    tidy = pc.replace_substring_regex(texts, pattern=r"[\s\pZ]", replacement="")
    shaped = pc.match_substring_regex(tidy, r"^[0-9]{10}$")
    number = pc.if_else(shaped, tidy, "0000000001").cast(pa.int64()).to_numpy(zero_copy_only=False).copy()
    check, number = number % 10, number // 10
    total = np.zeros(len(number), dtype=np.int64)
    for weight in range(2, 11):
        total += (number % 10) * weight
        number //= 10
    expected = (11 - total % 11) % 11
    return tidy, (expected == check) & shaped.to_numpy(zero_copy_only=False)


#: The formats that one column can have, as mapping files name them (domain.md, section 2), and their shapes.
DATE_FORMATS: dict[str, str] = {
    "DD/MM/YYYY": r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})$",
    "DD/MM/YYYY hh:mm:ss": r"^(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4}) \d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$",
    "YYYY-MM-DD": r"^(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})$",
    "YYYY-MM-DD hh:mm:ss": r"^(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?Z?$",
    "DD-MMM-YYYY": r"^(?P<d>\d{1,2})-(?P<m>[A-Za-z]{3})-(?P<y>\d{4})$",
    "serial": r"^(?P<s>\d{1,7})(?:\.\d+)?$",
    "MM/DD/YYYY": r"^(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})$",
}
_NAMED_ONLY = frozenset({"MM/DD/YYYY"})
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True)
class DateColumn:
    """A column of dates.

    Parameters
    ----------
    days
        Days since 1970-01-01, ``NO_DATE`` where there is none. Shape (rows,), int32.
    unreadable
        Rows that hold something that is no date of the column's format. Shape (rows,), bool.
    format_rows
        Number of rows in each format found.
    odd_rows
        Rows outside the commonest format, when more than one was found.
    month_first
        Rows that can only be read month first, although the column is day first.
    """

    days: np.ndarray
    unreadable: np.ndarray
    format_rows: dict[str, int]
    odd_rows: np.ndarray
    month_first: np.ndarray


def _days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days since 1970-01-01, ``NO_DATE`` where the three make no calendar date."""
    fine = (month >= 1) & (month <= 12) & (day >= 1) & (year >= 1)
    start = (np.where(fine, year, 1970) - 1970) * 12 + np.where(fine, month, 1) - 1
    first = start.astype("M8[M]").astype("M8[D]").astype(np.int64)
    after = (start + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    fine &= day <= after - first
    return np.where(fine, first + day - 1, NO_DATE).astype(np.int32)


def _read_format(values: pa.Array, name: str) -> np.ndarray:
    """Days for values that all have the shape of ``name``."""
    parts = pc.extract_regex(values, pattern=DATE_FORMATS[name])
    if name == "serial":
        serial = pc.struct_field(parts, "s").cast(pa.int64()).to_numpy(zero_copy_only=False)
        # Excel's 1900 calendar has a 29 February 1900 that never was, so serials below 60 start a day later.
        days = serial - np.where(serial >= 60, 25569, 25568)
        return np.where((serial >= 1) & (serial <= 2_958_465), days, NO_DATE).astype(np.int32)
    year, day = (
        pc.struct_field(parts, p).cast(pa.int64()).to_numpy(zero_copy_only=False) for p in ("y", "d")
    )
    if name == "DD-MMM-YYYY":
        months = pc.index_in(pc.utf8_lower(pc.struct_field(parts, "m")), value_set=pa.array(_MONTHS))
        month = months.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    else:
        month = pc.struct_field(parts, "m").cast(pa.int64()).to_numpy(zero_copy_only=False)
    return _days(year, month, day)


def parse_dates(column: pa.ChunkedArray, formats: tuple[str, ...] = ()) -> DateColumn:
    """Dates of one column, each in the one format that its shape shows; nothing is tried both ways.

    Parameters
    ----------
    column
        Text.
    formats
        Formats that the mapping lists for the column; empty to find the column's own.
    """
    codes, values = as_dictionary(column)
    values = pc.utf8_trim_whitespace(values)
    blank = pc.is_in(
        pc.utf8_lower(values),
        value_set=pa.array(sorted(MISSING_TOKENS | {"unknown", "not known", "not recorded"})),
    )
    open_ = ~blank.to_numpy(zero_copy_only=False)
    days = np.full(len(values), NO_DATE, dtype=np.int32)
    shape = np.full(len(values), -1, dtype=np.int8)
    names = list(formats) or [f for f in DATE_FORMATS if f not in _NAMED_ONLY]
    for number, name in enumerate(names):
        hit = (
            open_
            & (shape < 0)
            & pc.match_substring_regex(values, DATE_FORMATS[name]).to_numpy(zero_copy_only=False)
        )
        if hit.any():
            shape[hit] = number
            days[hit] = _read_format(values.filter(pa.array(hit)), name)
    per_row = np.append(shape, np.int8(-1))[codes]
    counts = {name: int((per_row == i).sum()) for i, name in enumerate(names)}
    counts = {name: n for name, n in counts.items() if n}
    main = max(counts, key=lambda name: counts[name]) if counts else ""
    odd = (per_row >= 0) & (per_row != (names.index(main) if main else -1))
    day_first = not formats or bool({"DD/MM/YYYY", "DD/MM/YYYY hh:mm:ss"} & set(formats))
    swapped = (
        _only_month_first(values, open_ & (days == NO_DATE))
        if day_first and "MM/DD/YYYY" not in formats
        else np.zeros(len(values), bool)
    )
    unreadable = open_ & (days == NO_DATE)
    return DateColumn(
        days=np.append(days, np.int32(NO_DATE))[codes],
        unreadable=np.append(unreadable, False)[codes],
        format_rows=counts,
        odd_rows=np.flatnonzero(odd),
        month_first=np.append(swapped, False)[codes],
    )


def _only_month_first(values: pa.Array, unread: np.ndarray) -> np.ndarray:
    """Distinct values that are no day-first date but would be a month-first one, with or without a time."""
    found = np.zeros(len(values), dtype=bool)
    values = pc.replace_substring_regex(values, pattern=r" \d{1,2}:\d{2}.*$", replacement="")
    hit = unread & pc.match_substring_regex(values, DATE_FORMATS["MM/DD/YYYY"]).to_numpy(zero_copy_only=False)
    if hit.any():
        found[hit] = _read_format(values.filter(pa.array(hit)), "MM/DD/YYYY") != NO_DATE
    return found
