"""Search a few written texts for every identifier of everyone in an extract.

The texts are few and the people many, so it is the texts that are taken apart: whatever in them could be an
identifier is looked up among all that the extract has, column by column.

What counts, and what cannot be told:

- NHS numbers count anywhere, with spaces, hyphens or dots between the digits; postcodes with or without the space.
- A full date counts when it is somebody's date of birth or death, as day, month, year or month, day, year, in digits
  or with the month in words, or year first; in a cell of the case list also as Excel's day number. The dates that
  the return states of itself do not count.
- A name counts as a whole word, unless it is a word of the return's own text, of a category, or of the council's name
  and who to ask as the cover has them. First and last name next to each other count there too.
- Local ids, event references and the ids of linked people count as whole words from four characters, shorter ones as
  a whole cell of the case list that is no known level. Outside of the case list, a whole number up to the number of
  people (or 9999) is a count or a year.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from casetrack.extract import Extract

#: The words of the return's own text, in small letters and listed by hand, so that a name which is also one of them
#: raises no alarm. A test reads written workbooks and says which word is lacking there.
FIXED = frozenset(Path(__file__).with_name("return_words.txt").read_text(encoding="utf-8").split())

_NHS = re.compile(r"(?<!\d)(?=(\d(?:[ .-]?\d){9})(?!\d))")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"
_DATES = (
    (re.compile(r"(?<!\d)(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"(?<!\d)(\d{4})(\d\d)(\d\d)(?!\d)"), "ymd"),
    (re.compile(r"(?<!\d)(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)(?!\d)"), "dmy"),
    (re.compile(r"(?<!\d)(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d\d)(?!\d)"), "mdy"),
    (re.compile(r"(?<!\d)(\d\d)(\d\d)(\d{4})(?!\d)"), "dmy"),
    (
        re.compile(rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[-/ ]?(?:of )?{_MONTH}[-/, ]*(\d{{4}}|\d\d)(?!\d)"),
        "dmy",
    ),
    (re.compile(rf"(?<![a-z]){_MONTH}[-/ ]?(\d{{1,2}})(?:st|nd|rd|th)?[-/, ]+(\d{{4}}|\d\d)(?!\d)"), "mdy"),
)
_EPOCH = dt.date(1899, 12, 30)
_SHORTEST_ID, _LEAST_CEILING = 4, 9999
_TEXT = pa.large_string()


@dataclass(frozen=True)
class Piece:
    """One text of a written file."""

    place: str
    text: str
    #: "level" for a known level of a category, "value" for any other cell of the case list, "theirs" for what
    #: stood in a template, whose words and dates are its own, "prose" for everything else.
    role: str = "prose"


@dataclass(frozen=True)
class Known:
    """What may stand in the files."""

    levels: frozenset[str]  # known levels of categories, as :func:`plain` gives them
    dates: frozenset[dt.date]  # dates that the return states of itself
    people: int  # people in the extract: no count is larger
    #: Words that the council typed on purpose: its own name, and who to ask.
    typed: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> frozenset[str]:
        """Words that are no names here."""
        return FIXED.union(self.typed, *(words(level) for level in self.levels))


def plain(text: object) -> str:
    """A text in small letters without accents, invisible characters and doubled spaces."""
    parts = unicodedata.normalize("NFKD", str(text)).casefold().replace("’", "'")
    shown = (" " if unicodedata.category(c)[0] in "CZ" else c for c in parts if not unicodedata.combining(c))
    return " ".join("".join(shown).split())


def words(text: str) -> list[str]:
    """The words of a plain text: apostrophes left out, hyphens as spaces."""
    return re.findall(r"[^\W_]+", re.sub(r"'s\b", "", text).replace("'", ""))


def search(pieces: Sequence[Piece], extract: Extract, known: Known) -> list[tuple[str, str, int]]:
    """Find identifiers of anyone in the extract."""
    distinct = list(dict.fromkeys((p.place, plain(p.text), p.role) for p in pieces if p.text))
    texts = [Piece(*item) for item in distinct]
    counted: dict[tuple[str, str], int] = {}
    for kind, hits in _kinds(texts, extract, known):
        for piece in hits:
            counted[piece.place, kind] = counted.get((piece.place, kind), 0) + 1
    return [(place, kind, count) for (place, kind), count in counted.items()]


def _kinds(texts: list[Piece], extract: Extract, known: Known) -> Iterator[tuple[str, list[Piece]]]:
    events, identifiers = extract.events, extract.identifiers
    numbers = identifiers.loc[identifiers["kind"] == "nhs_number", "identifier"]
    yield "an NHS number", _hits(texts, _nhs_numbers, [numbers], r"[^0-9]")
    births = _dates_of(extract)
    yield "a date of birth or death", [p for p in texts if births & _dates_in(p, known)]
    yield "a postcode", _hits(texts, _postcodes, _columns(events, ["postcode"]), r"[^a-z0-9]")

    ids = partial(_ids_in, known=known)
    local = identifiers.loc[identifiers["kind"] != "nhs_number", "identifier"]
    yield "a local id", _hits(texts, ids, [local, extract.people.index.to_series()])
    linked = _columns(events, [c for c in events if str(c).startswith("linked_person_")])
    yield "the id of a linked person", _hits(texts, ids, linked)
    yield "an event reference", _hits(texts, ids, _columns(events, ["event_reference"]))
    noted = _columns(events, ["event_description"])
    yield "the description of an event", _hits(texts, _long_text, noted)

    yield (
        "a name",
        _hits(texts, partial(_names_in, known=known), _columns(events, ["first_name", "last_name"]), "name"),
    )
    yield "a first name with its last name", _full_names(texts, events, known)


def _columns(table: pd.DataFrame, names: Iterable[str]) -> list[pd.Series]:
    return [table[name] for name in names if name in table]


def _hits(
    texts: list[Piece], candidates: Callable[[Piece], set[str]], columns: list[pd.Series], tidy: str = ""
) -> list[Piece]:
    """The texts that hold a value of any of the columns."""
    held = [(piece, candidates(piece)) for piece in texts] if columns else []
    wanted = sorted(set().union(*(found for _, found in held))) if held else []
    if not wanted:
        return []
    there: set[str] = set()
    for column in columns:
        values = _values(column, tidy)
        chosen = values.filter(pc.is_in(values, value_set=pa.array(wanted, _TEXT)))
        there.update(pc.unique(chosen).to_pylist())
    return [piece for piece, found in held if found & there]


def _values(column: pd.Series, tidy: str) -> pa.Array:
    """The distinct values of a column, in the form in which candidates are."""
    text = column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column
    values = pc.unique(pa.array(text, from_pandas=True)).cast(_TEXT)
    if tidy == "name":
        values = pc.utf8_normalize(pc.utf8_lower(values), "NFKD")
        values = pc.replace_substring_regex(values, r"[\x{300}-\x{36f}'’]", "")
        return pc.utf8_trim_whitespace(pc.replace_substring_regex(values, r"[^\pL\pN]+", " "))
    values = pc.utf8_lower(pc.utf8_trim_whitespace(values))
    return pc.replace_substring_regex(values, tidy, "") if tidy else values


def _nhs_numbers(piece: Piece) -> set[str]:
    return {re.sub(r"\D", "", found) for found in _NHS.findall(piece.text)}


def _postcodes(piece: Piece) -> set[str]:
    runs = [(m.group(), m.start(), m.end()) for m in re.finditer(r"[a-z0-9]+", piece.text)]
    found = {run for run, _, _ in runs}
    found |= {a + b for (a, _, end), (b, start, _) in itertools.pairwise(runs) if start - end <= 2}
    return {f for f in found if 5 <= len(f) <= 8 and not f.isdigit() and not f.isalpha()}


def _long_text(piece: Piece) -> set[str]:
    return {piece.text} if len(piece.text) >= 12 and piece.role != "level" else set()


def _ids_in(piece: Piece, known: Known) -> set[str]:
    if piece.role == "level":
        return set()
    parts = {part.strip(".,;:!?()[]{}'\"<>") for part in piece.text.split()} | {piece.text}
    parts |= set(re.findall(r"[a-z0-9]+", piece.text))
    parts -= known.words | known.levels | {""}
    if piece.role == "value":
        return {part for part in parts if len(part) >= _SHORTEST_ID or part == piece.text}
    ceiling = max(_LEAST_CEILING, known.people)
    return {
        part
        for part in parts
        if len(part) >= _SHORTEST_ID
        and (part == piece.text or any(c.isdigit() for c in part))
        and not (re.fullmatch(r"[1-9][0-9]*", part) and int(part) <= ceiling)
    }


def _names_in(piece: Piece, known: Known) -> set[str]:
    if piece.role in ("level", "theirs"):
        return set()
    found = [word for word in words(piece.text) if not word.isdigit()]
    runs = (found[i : i + n] for n in (1, 2, 3) for i in range(len(found) - n + 1))
    return {" ".join(run) for run in runs if len(" ".join(run)) > 1 and not known.words.issuperset(run)}


def _full_names(texts: list[Piece], events: pd.DataFrame, known: Known) -> list[Piece]:
    """Texts with a first and last name side by side; two words of the return's own text are not looked at."""
    if not {"first_name", "last_name"} <= set(events.columns):
        return []
    pairs: dict[tuple[str, str], list[Piece]] = {}
    for piece in texts:
        found = words(piece.text)
        for one, other in itertools.pairwise(found):
            if not (one in FIXED and other in FIXED) and not (one + other).isdigit():
                pairs.setdefault((one, other), []).append(piece)
                pairs.setdefault((other, one), []).append(piece)
    seen = pa.array(sorted({word for pair in pairs for word in pair}), _TEXT)
    first, last = (
        pc.utf8_lower(pa.array(events[name], from_pandas=True).cast(_TEXT))
        for name in ("first_name", "last_name")
    )
    both = pc.and_(pc.is_in(first, value_set=seen), pc.is_in(last, value_set=seen))
    held = set(zip(first.filter(both).to_pylist(), last.filter(both).to_pylist(), strict=True))
    return list(dict.fromkeys(piece for pair, pieces in pairs.items() if pair in held for piece in pieces))


def _dates_of(extract: Extract) -> set[dt.date]:
    columns = [
        t[n] for t in (extract.people, extract.events) for n in ("date_of_birth", "date_of_death") if n in t
    ]
    return {day.date() for column in columns for day in pd.DatetimeIndex(column.dropna().unique())}


def _dates_in(piece: Piece, known: Known) -> set[dt.date]:
    found: set[dt.date] = set()
    if piece.role == "theirs":
        return found
    for pattern, order in _DATES:
        for groups in pattern.findall(piece.text):
            parts = dict(zip(order, groups, strict=True))
            found |= set(_days(parts["y"], parts["m"], parts["d"]))
    if piece.role == "value" and re.fullmatch(r"\d{4,5}(\.0+)?", piece.text):
        found.add(_EPOCH + dt.timedelta(days=int(piece.text.split(".")[0])))
    return found - known.dates


def _days(year: str, month: str, day: str) -> Iterator[dt.date]:
    number = int(month) if month.isdigit() else _MONTHS.index(month) + 1
    for full in (int(year),) if len(year) == 4 else (1900 + int(year), 2000 + int(year)):
        try:
            yield dt.date(full, number, int(day))
        except ValueError:
            continue
