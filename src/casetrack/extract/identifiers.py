"""Identifiers as text: how one is tidied, and what is none.

Local ids, NHS numbers, linked persons and the council's own lists all come through here, so one id written in two
ways is one id everywhere. Rules: ``docs/specification.md``, section 3.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.cleaning import as_dictionary, is_missing, is_unknown

#: Words for "nobody knows yet" that stand in a column of identifiers (folded to letters and figures).
_NOBODY = frozenset({"nan", "nat", "tbc", "tba", "pending", "temp"})
_EXCEL_ERROR = re.compile(
    r"#(n/a|na|null!|div/0!|value!|ref!|name\?|num!|spill!|calc!|field!|blocked!|connect!|busy!|unknown!|python!"
    r"|getting_data)|err:\d{3}"
)
_FILLER = re.compile(r"x+|0+|9{6,}")
_ROUNDED = re.compile(r"[+-]?\d+([.,]\d+)?e\+\d+")
_QUOTED = re.compile(r'="(.*)"|=(\d+)', re.DOTALL)
#: Texts that the tidier leaves as they are, and that need no second look: nearly all of a real file. A figure from
#: 1 to 8 rules out every filler, and an exponent has a plus sign.
_SURELY_SOMEBODY = r"^[0-9A-Za-z]*[1-8][0-9A-Za-z./-]*$"


def tidy_identifier(text: str) -> str:
    """One identifier without what only a program put there; the same text for one id written in several ways.

    Compatibility forms are made plain (NFKC), format and control characters, outer blanks, a leading apostrophe and
    ``="…"`` removed, until nothing changes. Blanks inside, zeros in front and the case of letters stay.

    Examples
    --------
    >>> tidy_identifier(" '0012 "), tidy_identifier('="0012"'), tidy_identifier("AB 12")
    ('0012', '0012', 'AB 12')
    """
    before = None
    while text != before:
        before = text
        text = unicodedata.normalize("NFKC", text)
        text = "".join(c for c in text if unicodedata.category(c) not in ("Cf", "Cc")).strip()
        text = text.removeprefix("'").removeprefix("’")
        if quoted := _QUOTED.fullmatch(text):
            text = quoted[1] if quoted[1] is not None else quoted[2]
    return text


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet has turned an identifier into a rounded number: ``1.23457E+11``."""
    return _ROUNDED.fullmatch(text.casefold()) is not None


def is_identifier(text: str) -> bool:
    """Whether a tidied text can name somebody: no missing or unknown word, filler, Excel error or rounded number.

    Examples
    --------
    >>> [is_identifier(text) for text in ("0012", "TBC", "000", "#N/A", "1.00E+05", "?", "xx")]
    [True, False, False, False, False, False, False]
    """
    if re.match(_SURELY_SOMEBODY, text):
        return True
    if _says_nothing(text) or not any(c.isalnum() for c in text):
        return False
    folded = text.casefold()
    return not (_FILLER.fullmatch(folded) or _EXCEL_ERROR.fullmatch(folded) or is_rounded(text))


def _says_nothing(text: str) -> bool:
    """Blank, or a word that says so; anything else in the column of NHS numbers is a number that is wrong."""
    folded = "".join(c for c in text.casefold() if c.isalnum())
    return is_missing(text) or is_unknown(text) or folded in _NOBODY


def loosely(text: str) -> str:
    """What two identifiers share that differ only in zeros in front, a final ``.0`` or the case of letters.

    Examples
    --------
    >>> loosely("0012") == loosely("12.0"), loosely("AB1") == loosely("ab1")
    (True, True)
    """
    return tidy_identifier(text).casefold().removesuffix(".0").lstrip("0")


def nearly_known(texts: Iterable[str], known: Iterable[str]) -> set[str]:
    """Which texts are one of the known identifiers, or hold one, written in another way.

    Zeros in front, a final ``.0``, marks, blanks and the case of letters play no part; a rounded number is every
    identifier that rounds to it.

    Examples
    --------
    >>> sorted(nearly_known(["999-000-0018", "12 (Smith)", "0001; 0002", "7"], ["9990000018", "0012", "0001"]))
    ['0001; 0002', '12 (Smith)', '999-000-0018']
    >>> nearly_known(["1.23457E+11"], ["123456789012"])
    {'1.23457E+11'}
    """
    tidy = pa.array(known, pa.string())
    texts = set(texts)
    # Known identifiers are tidy, and many: only those with a mark in them cost a second look.
    plain = pc.utf8_lower(tidy)
    marked = pc.invert(pc.utf8_is_alnum(plain))
    bare = [_letters_and_figures(text) for text in plain.filter(marked).to_pylist()]
    plain = pc.replace_with_mask(plain, marked, pa.array(bare, pa.string()))
    same = set(pc.utf8_ltrim(plain, "0").to_pylist()) - {""}
    near = {text for text in texts if any(_letters_and_figures(part) in same for part in _parts(text))}
    return near | {text for text in texts - near if _rounded_from(tidy_identifier(text), tidy)}


def _letters_and_figures(text: str) -> str:
    return "".join(c for c in loosely(text) if c.isalnum()).lstrip("0")


#: Figures of the longest number that an identifier can be.
_LONGEST = 30
_APART = re.compile(r"[\s,;:/|()\[\]]+")


def _parts(text: str) -> list[str]:
    """A cell's own text and, where words or others stand beside an identifier in it, each part that could be one."""
    return [text, *(part for part in _APART.split(text) if like_an_id(part))]


def _rounded_from(text: str, known: pa.Array) -> bool:
    """Whether a text is a rounded number that one of the identifiers rounds to."""
    mantissa, _, exponent = text.casefold().replace(",", ".").partition("e+")
    if not is_rounded(text) or int(exponent) > _LONGEST:
        return False
    value, decimals = float(f"{mantissa}e{exponent}"), len(mantissa.partition(".")[2])
    as_long = known.filter(pc.match_substring_regex(known, f"^[0-9]{{{len(str(int(value)))}}}$"))
    return any(f"{int(one):.{decimals}e}" == f"{value:.{decimals}e}" for one in as_long.to_pylist())


def tidy_identifiers(texts: Iterable[str]) -> list[str]:
    """The identifiers of one column of a list, tidied; blank where one is none.

    A final ``.0`` goes when every identifier of the column has it: the column was read as numbers. A rounded number
    stays as it is, for it stands for somebody; it is the identifier of nobody.
    """
    tidy = [tidy_identifier(str(text)) for text in texts]
    usable = [text for text in tidy if is_identifier(text)]
    if usable and all(text.endswith(".0") for text in usable):
        tidy = [text.removesuffix(".0") for text in tidy]
    return [text if is_identifier(text) or is_rounded(text) else "" for text in tidy]


@dataclass(frozen=True, repr=False)
class Identifiers:
    """A column of identifiers: the distinct tidied texts, and the place of each row's text (-1 where it says nothing).

    ``usable`` says which of the texts can name somebody.
    """

    codes: np.ndarray
    texts: pa.Array
    usable: np.ndarray

    def named(self) -> np.ndarray:
        """The codes, -1 also where the text can name nobody."""
        return np.append(np.where(self.usable, np.arange(len(self.texts)), -1), -1).astype(np.int32)[
            self.codes
        ]


def read_identifiers(column: pa.ChunkedArray | pa.Array) -> Identifiers:
    """A column tidied, each distinct text once; most are plain and cost no Python."""
    codes, values = as_dictionary(column)
    tidy, usable, blank = _tidied(values)
    if usable.any():
        with_point = pc.ends_with(tidy, pattern=".0").to_numpy(zero_copy_only=False)
        if with_point[usable].all():
            tidy, usable, blank = _tidied(pc.replace_substring_regex(tidy, pattern=r"\.0$", replacement=""))
    if tidy is values:
        return Identifiers(
            np.append(np.where(blank, -1, np.arange(len(tidy))), -1).astype(np.int32)[codes], tidy, usable
        )
    distinct = tidy.dictionary_encode()
    inner = distinct.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    able = np.zeros(len(distinct.dictionary), dtype=bool)
    able[inner[usable]] = True
    table = np.append(np.where(blank, -1, inner), -1).astype(np.int32)
    return Identifiers(table[codes], distinct.dictionary, able)


def _tidied(values: pa.Array) -> tuple[pa.Array, np.ndarray, np.ndarray]:
    """The texts tidied; which can name somebody; which say nothing at all. Most are plain, and cost no Python."""
    doubtful = ~pc.match_substring_regex(values, _SURELY_SOMEBODY).to_numpy(zero_copy_only=False)
    usable, blank = ~doubtful, np.zeros(len(values), dtype=bool)
    places = np.flatnonzero(doubtful)
    before = values.take(pa.array(places)).to_pylist()
    after = [tidy_identifier(text or "") for text in before]
    usable[places] = [is_identifier(text) for text in after]
    blank[places] = [_says_nothing(text) for text in after]
    if before != after:
        values = pc.replace_with_mask(values, pa.array(doubtful), pa.array(after, pa.string()))
    return values, usable, blank


def valid_nhs_numbers(texts: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """NHS numbers without spaces, and which are valid: 10 digits, not all equal, the last a Modulus 11 check digit."""
    tidy = pc.replace_substring_regex(texts, pattern=r"[\s\pZ]", replacement="")
    shaped = pc.match_substring_regex(tidy, r"^[0-9]{10}$")
    whole = pc.if_else(shaped, tidy, "0000000001").cast(pa.int64()).to_numpy(zero_copy_only=False)
    check, number = whole % 10, whole // 10
    total = np.zeros(len(number), dtype=np.int64)
    for weight in range(2, 11):
        total += (number % 10) * weight
        number //= 10
    expected = (11 - total % 11) % 11
    # All ten numbers of one repeated digit pass the check, and none was ever given to anybody.
    equal = whole % 1_111_111_111 == 0
    return tidy, (expected == check) & shaped.to_numpy(zero_copy_only=False) & ~equal


_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def issued_numbers(numbers: pa.Array) -> np.ndarray:
    """Which valid NHS numbers lie in a range that is issued: England and Wales, tests, or Scotland's day and month."""
    first = pc.utf8_slice_codeunits(numbers, 0, 4).cast(pa.int64()).to_numpy(zero_copy_only=False)
    three = first // 10
    day, month = first // 100, first % 100
    longest = np.array([0, *_LONGEST_MONTHS])[np.where((month >= 1) & (month <= 12), month, 0)]
    scotland = (day >= 1) & (day <= longest)
    england = ((three >= 300) & (three <= 499)) | ((three >= 600) & (three <= 799)) | (three == 999)
    return np.asarray(england | scotland)


def like_an_id(text: str) -> bool:
    """Whether a text could be an identifier, and is no word or sentence."""
    return any(c.isdigit() for c in text) and " " not in text.strip()
