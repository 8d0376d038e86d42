"""Values to canonical form.

Everything works on the distinct values of a column, so a million rows cost no more than their few thousand values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract.fields import Field, fold

#: "The text NULL, N/A, None, - and blanks are missing values" (docs/specification.md, section 2).
_MISSING_FOLDED = frozenset({"null", "na", "none"})
_UNKNOWN_FOLDED = frozenset({"unknown", "notknown", "notrecorded"})
_PUNCTUATION = re.compile(r"[\W_]+")
#: Signs that stand for nothing where no word stands beside them; a tick or a plus says something.
_NOTHING = re.compile(r"[\s\-‐-―−_.,:;/\\'\"]*")


@dataclass(frozen=True, repr=False)
class Coded:
    """A column of text as codes into its distinct values, integers no wider than need be; -1 stands for missing."""

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
    return _NOTHING.fullmatch(text) is not None or _PUNCTUATION.sub("", text.casefold()) in _MISSING_FOLDED


def is_unknown(text: str) -> bool:
    """Whether a value says that nobody knows: Unknown, Not known, Not recorded, No data and the like."""
    folded = fold(text)
    return folded in _UNKNOWN_FOLDED or folded.startswith("nodata")


#: Values that are known, but rank below every other known one: being a carer must not hide a person's own reason,
#: and a refusal says more than a blank.
_RANK_BELOW = {
    "primary_support_reason": "Social support: Support to unpaid carer",
    "ethnicity": "No data: Refused",
}


def how_known(name: str, values: Iterable[str]) -> np.ndarray:
    """For each value of a field, and for missing at the end: 0 not known, 1 known but ranking below others, 2 known."""
    below = _RANK_BELOW.get(name)
    levels = [1 if v == below else 0 if is_unknown(v) or is_missing(v) else 2 for v in values]
    return np.array([*levels, 0], dtype=np.int8)


def is_blank(column: pa.ChunkedArray) -> bool:
    """Whether a column says nothing on any row: blanks, NULL, N/A and the like."""
    dictionary = pa.types.is_dictionary(column.type)
    pieces = (chunk.dictionary if dictionary else chunk.unique() for chunk in column.chunks)
    return all(text is None or is_missing(text) for piece in pieces for text in piece.to_pylist())


def in_one_piece(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """A column without chunks; one in dictionary form gets one dictionary."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    column = column.combine_chunks()
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks else pa.array([], column.type)
    return column


def as_dictionary(column: pa.ChunkedArray | pa.Array) -> tuple[np.ndarray, pa.Array]:
    """Codes, integers no wider than need be, and distinct values of a text column, nulls as blanks."""
    column = in_one_piece(column)
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).fill_null("").dictionary_encode()
    indices, values = column.indices, column.dictionary
    if values.type != pa.string():
        values = values.cast(pa.string())
    if indices.null_count:
        blank = pc.index(values, "").as_py()
        if blank < 0:
            blank, values = len(values), pa.concat_arrays([values, pa.array([""], pa.string())])
        indices = indices.cast(pa.int32()).fill_null(blank)
    return indices.to_numpy(zero_copy_only=False).astype(narrow(len(values)), copy=False), values


def narrow(values: int) -> type[np.signedinteger]:
    """The smallest integers that number so many values, and -1: most columns have few, and a file many rows."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if values <= np.iinfo(kind).max)


def encoded(column: pa.ChunkedArray | pa.Array) -> pa.ChunkedArray:
    """A text column in dictionary form and in one piece, nulls as blanks."""
    codes, values = as_dictionary(column)
    return pa.chunked_array([pa.DictionaryArray.from_arrays(pa.array(codes), values)])


def as_text(column: pa.ChunkedArray, rows: np.ndarray | None = None) -> pa.ChunkedArray:
    """A column, or some rows of it, as plain text, nulls as blanks."""
    some = column if rows is None else column.take(pa.array(rows))
    return some.cast(pa.string()).fill_null("")


def recode(codes: np.ndarray, new: list[str | None]) -> Coded:
    """Codes through a list of new values for the old ones; equal new values share a code, None is missing."""
    places: dict[str, int] = {}
    table = np.full(len(new) + 1, -1, dtype=narrow(len(new)))
    for old, value in enumerate(new):
        if value is not None:
            table[old] = places.setdefault(value, len(places))
    same = np.array_equal(table[:-1], np.arange(len(new)))
    return Coded(codes if same else table[codes], tuple(places))


def clean_category(column: pa.ChunkedArray, field: Field) -> tuple[Coded, np.ndarray]:
    """Canonical values of a category, and which distinct values nobody listed."""
    codes, values = as_dictionary(column)
    known = field.canonical
    texts = [" ".join(v.split()) for v in values.to_pylist()]
    new: list[str | None] = []
    folds = [fold(text) for text in texts]
    spelling = dict(zip(folds, texts, strict=True))
    if any(
        spelling[folded] != text and folded not in known for folded, text in zip(folds, texts, strict=True)
    ):
        spelling = _commonest_spelling(texts, np.bincount(codes, minlength=len(texts)))
    for text, folded in zip(texts, folds, strict=True):
        told = text if "?" in text else known.get(folded, spelling[folded])
        new.append(None if is_missing(text) else told)
    coded = recode(codes, new)
    strange = [not field.recognises(v) and not is_unknown(v) for v in coded.values]
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
