"""Texts that a user types and casetrack keeps: none of them may say who somebody is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from casetrack.errors import CasetrackError

#: Why a case leaves the list. Only "other" takes text.
REASONS = ("declined", "no capacity to consent", "moved", "died", "in hospital", "unsuitable now", "other")

#: Said wherever a text is asked for.
KEPT = "The text is kept and must name nobody."
LONGEST_TEXT = 500
#: Shorter identifiers are not looked for: "12" is also a number of weeks.
_SHORTEST_ID = 4
#: From this length an identifier is also found when blanks divide it, as in an NHS number.
_LONG_ID = 7
#: So many parts at most make up an identifier or a name that is written apart.
_MOST_PARTS = 12
#: What has no plain letter or hyphen in it for Unicode, and is typed as one.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"} | dict.fromkeys("‐‒–—−", "-"))
_APOSTROPHES = re.compile("['’‘‛ʼʹ′`´＇]")
#: Between the signs of an identifier that is looked for by its shape; in a short one no blanks.
_WITHIN, _WITHIN_SHORT = r"(?:[^\w:,;]|_)*", r"(?:[^\w\s:,;]|_)*"
_MONTH = (
    "(?<![a-z])(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_YEAR, _MONTH_NUMBER, _DAY = r"(?:19|20)\d\d", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_APART = r"[\W_]{1,3}"
#: Longer ones first, so that a whole date is taken out of a text and not its beginning.
_DATES = (
    r"(?<!\d)\d{1,2}\s?([./_-])\s?\d{1,2}\s?\1\s?\d{2,4}(?!\d)",
    r"(?<!\d)\d{4}([./_-])\d{1,2}\1\d{1,2}(?!\d)",
    rf"(?<!\d){_DAY}{_APART}{_MONTH_NUMBER}{_APART}{_YEAR}(?!\d)",
    rf"(?<!\d){_YEAR}{_APART}{_MONTH_NUMBER}{_APART}{_DAY}(?!\d)",
    rf"(?<!\d)(?:\d{{1,2}}|{_YEAR})(?:st|nd|rd|th)?(?:\s*|[./_-])(?:of\s+)?{_MONTH}(?:[\s./_'’,-]+(?:\d{{4}}|\d\d)(?!\d))?",
    rf"{_MONTH}[\s./_'’-]+\d{{1,4}}(?!\d)",
    rf"(?<!\d)(?:{_YEAR}(?:0[1-9]|1[0-2])[0-3]\d|[0-3]\d(?:0[1-9]|1[0-2]){_YEAR})(?!\d)",
)
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("an NHS number", r"(?<!\d)\d(?:[\W_]{0,3}\d){9}(?!\d)"),
    *(("a date", date) for date in _DATES),
    ("a postcode", r"(?<![a-z\d])[a-z]{1,2}\d[a-z\d]?[\s._-]{0,3}\d[abd-hjlnp-uw-z]{2}(?![a-z\d])"),
)
_APART_IN_NUMBER = r"[\s().\-_/]{0,3}"
#: How somebody can be reached: it says who they are. A council's cover gives a mailbox, and may give a number.
_REACHED = (
    (
        "a telephone number",
        rf"(?:\+\d|(?<!\d)0)(?:{_APART_IN_NUMBER}\d){{9,13}}(?!{_APART_IN_NUMBER}\d)",
    ),
    ("an email address", r"[^\s@<>,;:()]+@[^\s@<>,;:()]+\.[a-z]{2,}"),
)
#: In a text that may hold dates and a public lottery's numbers: only as NHS numbers are written.
_NHS_AS_WRITTEN = r"(?<!\d)\d{3}[\W_]{0,3}\d{3}[\W_]{0,3}\d{4}(?!\d)"
_DATED = (("an NHS number", _NHS_AS_WRITTEN), *_PATTERNS[-1:])


@dataclass(frozen=True, repr=False)
class Known:
    """What is known, where the text is typed, of the people whom it must not name."""

    ids: Iterable[str] = ()
    #: What identifiers look like, from `shapes_of`, where they themselves are sealed.
    shapes: Iterable[str] = ()
    #: Last name to first names, as `name_forms` writes them: both together name somebody.
    names: Mapping[str, Set[str]] = field(default_factory=dict)

    @cached_property
    def bare_ids(self) -> frozenset[str]:
        """The identifiers that are looked for: letters and digits only."""
        return frozenset(bare for text in self.ids if len(bare := _bare(text)) >= _SHORTEST_ID)


def check_text(
    text: str,
    what: str = "reason",
    known: Known | None = None,
    *,
    needed: bool = False,
    error: type[CasetrackError] = CasetrackError,
) -> str:
    """The text without spaces around it, refused when it is endless, breaks lines, or names somebody."""
    tidy = text.strip()
    if (needed and not tidy) or len(tidy) > LONGEST_TEXT or (tidy and not tidy.isprintable()):
        raise error.of(
            f"no-{what}",
            f"the {what} is {'missing, ' if needed else ''}longer than {LONGEST_TEXT} characters, or more than one line.",
            advice="A few words are enough.",
        )
    refuse_names(tidy, what, known, error=error)
    return tidy


def refuse_names(
    text: str,
    what: str,
    known: Known | None = None,
    *,
    dated: bool = False,
    error: type[CasetrackError] = CasetrackError,
) -> None:
    """Refuse a text that names somebody or says how to reach them. `dated`: whether it may hold dates."""
    reached = "" if dated else next((words for words, at in _REACHED if re.search(at, _plain(text))), "")
    found = reached or what_names_somebody(text, known, dated=dated)
    if found:
        raise error.of(
            f"{what}-names-somebody",
            f"the {what} holds {found}.",
            advice=f"Say it without. {KEPT}{'' if dated else ' The case reference says which case it is about.'}",
        )


def what_names_somebody(text: str, known: Known | None = None, *, dated: bool = False) -> str:
    """What in a text can say who somebody is, in words that do not repeat it; empty when nothing does.

    `dated`: whether the text may hold dates, as a seed does.

    Examples
    --------
    >>> what_names_somebody("seen on 12/07/2025"), what_names_somebody("hoist needed, two floors up")
    ('a date', '')
    >>> what_names_somebody("Northshire, 2 April 2026", dated=True)
    ''
    """
    text = _plain(text)
    if dated:
        for date in (*_DATES, rf"(?<!\d){_YEAR}(?!\d)"):
            text = re.sub(date, " | ", text)
    for words, pattern in _DATED if dated else _PATTERNS:
        if re.search(pattern, text):
            return words
    return "" if known is None else _known_in(text, known)


def _known_in(text: str, known: Known) -> str:
    if not _as_ids(text).isdisjoint(known.bare_ids):
        return "an identifier"
    if any(_shape_pattern(shape).search(text) for shape in known.shapes):
        return "what looks like an identifier"
    words = set(_runs(_words(text), 2))
    named = any((words - {last}) & known.names[last] for last in words & known.names.keys())
    return "a name" if named else ""


def _as_ids(text: str) -> set[str]:
    """Everything in a text that can be an identifier: words, also where other signs or, in long ones, blanks divide."""
    found = set(_runs(re.findall(r"[^\W\d_]+|\d+", text)))
    found = {run for run in found if len(run) >= _LONG_ID}
    for part in re.split(r"[\s,;:()\"]+", text):
        found.update(_runs(_words(part)))
    return found


def _runs(words: Sequence[str], most: int = _MOST_PARTS) -> Iterator[str]:
    """Neighbouring words written as one, single words too."""
    return (
        "".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + most, len(words)) + 1)
    )


def _words(plain: str) -> list[str]:
    return re.findall(r"[^\W_]+", plain)


def name_forms(name: str) -> frozenset[str]:
    """How a first or last name can be written in a text: its words, and all of it as one.

    Examples
    --------
    >>> sorted(name_forms("O'Brien-Siân"))
    ['obrien', 'obriensian', 'sian']
    """
    words = _words(_plain(_APOSTROPHES.sub("", name)))
    # A formula or a telephone number in the column of names is nobody's name.
    return frozenset(form for form in [*words, "".join(words)] if any(c.isalpha() for c in form))


def shapes_of(ids: Iterable[str]) -> tuple[str, ...]:
    """What identifiers look like: digits and letters by place, each shape once; those without a digit are words."""
    bare = {_bare(text) for text in ids}
    shapes = {
        "".join("0" if c.isdigit() else "a" for c in text) for text in bare if len(text) >= _SHORTEST_ID
    }
    return tuple(sorted(shape for shape in shapes if "0" in shape))


def _shape_pattern(shape: str) -> re.Pattern[str]:
    long = len(shape) >= _LONG_ID
    places = (_WITHIN if long else _WITHIN_SHORT).join(map(_kind, shape))
    # A long one is found beside letters too, as in "id0976336", and never inside a longer number.
    before, after = (_kind(shape[0]), _kind(shape[-1])) if long else (r"[^\W_]", r"[^\W_]")
    return re.compile(rf"(?<!{before}){places}(?!{after})")


def _kind(place: str) -> str:
    return r"\d" if place == "0" else r"[^\W\d_]"


def _plain(text: str) -> str:
    """The text in small letters without accents; every other sign stays."""
    if text.isascii():
        return text.casefold()
    # Some apostrophes would come apart into a blank and an accent.
    parts = unicodedata.normalize("NFKD", _APOSTROPHES.sub("'", text)).casefold()
    return "".join(c for c in parts if unicodedata.category(c) not in ("Mn", "Cf")).translate(_PLAIN)


def _bare(text: str) -> str:
    plain = _plain(text)
    return plain if plain.isalnum() else "".join(_words(plain))
