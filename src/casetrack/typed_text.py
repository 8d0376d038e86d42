"""Texts that a user types and casetrack keeps: none of them may say who somebody is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from casetrack.errors import CasetrackError

__all__ = ["KEPT", "LONGEST_TEXT", "REASONS", "Known", "check_text", "shapes_of", "what_names_somebody"]

#: Why a case leaves the list. Only "other" takes text.
REASONS = (
    "declined",
    "no capacity to consent",
    "moved",
    "died",
    "in hospital",
    "unsuitable now",
    "other",
)

#: Said wherever a text is asked for.
KEPT = "The text is kept and must name nobody."
LONGEST_TEXT = 500
#: Shorter identifiers are not looked for: "12" is also a number of weeks.
_SHORTEST_ID = 4
#: From this length an identifier is also found when spaces divide it, as in an NHS number.
_LONG_ID = 7
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    "|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("an NHS number", r"(?<!\d)\d(?:[\W_]{0,3}\d){9}(?!\d)"),
    ("a date", r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b"),
    ("a date", r"\b\d{4}[./-]\d{1,2}[./-]\d{1,2}\b"),
    ("a date", rf"\b\d{{1,2}}(?:st|nd|rd|th)?\s*(?:of\s+)?{_MONTH}\b"),
    ("a date", rf"\b{_MONTH}\s+\d{{1,4}}\b"),
    ("a date", r"\b(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d|[0-3]\d(?:0[1-9]|1[0-2])(?:19|20)\d\d)\b"),
    ("a postcode", r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[abd-hjlnp-uw-z]{2}\b"),
)


@dataclass(frozen=True, repr=False)
class Known:
    """What is known, where the text is typed, of the people whom it must not name.

    Parameters
    ----------
    ids
        Identifiers, each found as a word, or divided by spaces when it is long.
    shapes
        What identifiers look like, from `shapes_of`, where they themselves are sealed.
    is_id
        Whether a word is anybody's identifier, where there are too many to list.
    names
        Last name to first names, in lower case: both together name somebody.
    """

    ids: Iterable[str] = ()
    shapes: Iterable[str] = ()
    is_id: Callable[[str], bool] | None = None
    names: Mapping[str, frozenset[str]] = field(default_factory=dict)


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
    found = what_names_somebody(tidy, known)
    if found:
        raise error.of(
            f"{what}-names-somebody",
            f"the {what} holds {found}.",
            advice=f"Say it without. {KEPT} The case reference says which case it is about.",
        )
    return tidy


def what_names_somebody(text: str, known: Known | None = None) -> str:
    """What in a text can say who somebody is, in words that do not repeat it; empty when nothing does.

    Examples
    --------
    >>> what_names_somebody("seen on 12/07/2025"), what_names_somebody("hoist needed, two floors up")
    ('a date', '')
    """
    text = unicodedata.normalize("NFKC", text)
    for words, pattern in _PATTERNS:
        if re.search(pattern, text, re.IGNORECASE):
            return words
    return "" if known is None else _known_in(text, known)


def _known_in(text: str, known: Known) -> str:
    written = re.split(r"[\s,;:()\"']+", text)
    words = {word for part in written for word in (part, part.strip("."), *re.split(r"[./]", part)) if word}
    if _holds_an_id(text, words, known.ids):
        return "an identifier"
    if any(_shape_pattern(shape).search(text) for shape in known.shapes):
        return "what looks like an identifier"
    if known.is_id is not None and any(known.is_id(word) for word in words if len(word) >= _SHORTEST_ID):
        return "an identifier"
    folded = {word.casefold() for word in words}
    named = any((folded - {last}) & known.names[last] for last in folded & known.names.keys())
    return "a name" if named else ""


def _holds_an_id(text: str, words: set[str], ids: Iterable[str]) -> bool:
    bare, run_on = {_bare(word) for word in words}, _bare(text)
    return any(
        len(one) >= _SHORTEST_ID and (one in bare or (len(one) >= _LONG_ID and one in run_on))
        for one in map(_bare, ids)
    )


def shapes_of(ids: Iterable[str]) -> tuple[str, ...]:
    """What identifiers look like: digits and letters by place, each shape once; those without a digit are words.

    Examples
    --------
    >>> shapes_of(["LA-0001", "LA-0732", "12", "Rose"])
    ('aa0000',)
    """
    bare = {_bare(text) for text in ids}
    shapes = {
        "".join("0" if c.isdigit() else "a" for c in text) for text in bare if len(text) >= _SHORTEST_ID
    }
    return tuple(sorted(shape for shape in shapes if "0" in shape))


def _shape_pattern(shape: str) -> re.Pattern[str]:
    between = r"[ ./-]*" if len(shape) >= _LONG_ID else r"[./-]*"
    places = between.join(r"\d" if place == "0" else r"[^\W\d_]" for place in shape)
    return re.compile(rf"(?<!\w){places}(?!\w)")


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
