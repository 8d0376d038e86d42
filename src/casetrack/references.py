"""Case references: what stands for a person in the list, and says nothing about them.

A reference such as ``K7QX-4MPD-C`` is eight random characters and a check character. It is derived from
nothing, so nothing can be worked out from it. The characters are those that nobody mistakes for another, on
paper or by telephone; no vowels, so no words; and in each group at least one letter, so that no group can be
taken for a local id or a date.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Iterator

from casetrack.errors import CasetrackError, UsageError

#: Without vowels and U, and without 0 O, 1 I L, 2's double Z, 5 S, 6's double G, 8's double B.
ALPHABET = "2346789CDFHJKMNPQRTVWXY"

#: Everything a prefix may hold; the place in this text is a character's value in the check.
_VALUES = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: A prime above the number of characters, so that no two characters and no two places count the same.
_PRIME = 37
_LETTERS = 8
_LONGEST_PREFIX = 8
_LIKE_A_REFERENCE = re.compile("(?:[A-Z0-9]{1,8}-)?[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]")
_IGNORED = re.compile("[\\s\\-\u2010\u2011\u2012\u2013\u2014\u2212_.]+")


def make_references(
    count: int, *, seed: str | None = None, prefix: str = "", taken: Collection[str] = ()
) -> tuple[str, ...]:
    """Case references, all different.

    `seed`: none, the default, takes them from the system's own source of randomness. A text derives them from the text,
    so that they come out the same again: for tests and demonstrations, never for a list that leaves the council.
    `prefix`: up to eight letters or digits that every reference starts with, covered by the check character. `taken`:
    references given out before, none of which is given again.

    Notes
    -----
    With the place counted from the right, from 1, and each of 0-9A-Z worth its place in that row, the sum of
    place times value is a multiple of 37. As 37 is prime and larger than both, every single mistyped
    character and every exchange of two different characters, adjacent or not, changes the sum; so each is
    caught. References whose check character would fall outside the alphabet are thrown away and drawn again,
    which leaves the others equally likely. There are about 48 thousand million of them.

    Examples
    --------
    >>> make_references(2, seed="a test")
    ('NKJ3-NWKH-X', 'PFP3-N29W-P')
    >>> len(set(make_references(50)))
    50
    """
    if isinstance(count, bool) or not isinstance(count, int) or count < 0:
        raise UsageError.of(
            "reference-count", "the number of case references is not a whole number from 0 up."
        )
    stem = _prefix(prefix)
    source = iter(lambda: secrets.choice(ALPHABET), "") if seed is None else _derived_characters(seed)
    made: dict[str, None] = {}
    given = frozenset(taken)
    while len(made) < count:
        body = "".join(next(source) for _ in range(_LETTERS))
        check = _check_character(stem + body)
        if check in ALPHABET and not body[:4].isdigit() and not body[4:].isdigit():
            reference = _laid_out(stem, body + check)
            if reference not in given:
                made[reference] = None
    return tuple(made)


def check_reference(text: str) -> str:
    """A case reference as somebody typed it, in its one proper form.

    Capitals, spaces and hyphens do not matter.

    Examples
    --------
    >>> check_reference(" nkj3nwkh x ")
    'NKJ3-NWKH-X'
    >>> check_reference("NJK3-NWKH-X")  # doctest: +IGNORE_EXCEPTION_DETAIL
    Traceback (most recent call last):
    casetrack.errors.UsageError: UsageError [reference-mistyped]: ...
    """
    if not isinstance(text, str):
        raise _mistyped(f"a case reference is text, not {type(text).__name__}", "")
    typed = _IGNORED.sub("", text).upper()
    stem, rest = typed[: -_LETTERS - 1], typed[-_LETTERS - 1 :]
    if len(rest) <= _LETTERS or len(stem) > _LONGEST_PREFIX:
        raise _mistyped("it has the wrong number of characters", text)
    strange = [character for character in rest if character not in ALPHABET]
    strange += [character for character in stem if character not in _VALUES]
    if strange:
        raise _mistyped(f"{strange[0]!r} is in no case reference", text)
    if _sum(typed) != 0:
        raise _mistyped("its check character does not fit the rest, so at least one character is wrong", text)
    return _laid_out(stem, rest)


def _prefix(prefix: str) -> str:
    stem = prefix.strip().upper().removesuffix("-")
    if len(stem) > _LONGEST_PREFIX or any(character not in _VALUES for character in stem):
        raise UsageError.of(
            "reference-prefix",
            f"the prefix of case references is not made of at most {_LONGEST_PREFIX} letters A to Z and digits.",
            advice='Use something short that names nobody, for example prefix="2026".',
        )
    return stem


def _laid_out(stem: str, rest: str) -> str:
    groups = [stem, rest[:4], rest[4:8], rest[8:]]
    return "-".join(group for group in groups if group)


def _sum(characters: str) -> int:
    return sum(p * _VALUES.index(c) for p, c in enumerate(reversed(characters), start=1)) % _PRIME


def _check_character(characters: str) -> str:
    """The character that makes the sum a multiple of 37, or nothing when no character has the value 36."""
    value = -_sum(characters + "0") % _PRIME
    return _VALUES[value : value + 1] or " "


def _derived_characters(seed: str) -> Iterator[str]:
    if not seed:
        raise UsageError.of("empty-key", "case references cannot be derived from an empty seed.")
    block = 0
    fair = 256 - 256 % len(ALPHABET)
    while True:
        for byte in hmac.digest(seed.encode(), f"case references {block}".encode(), "sha256"):
            if byte < fair:
                yield ALPHABET[byte % len(ALPHABET)]
        block += 1


def _mistyped(why: str, typed: str) -> CasetrackError:
    return UsageError.of(
        "reference-mistyped",
        f"this is not a case reference: {why}.",
        # What has another form may be somebody's identifier, typed in the wrong place.
        where=repr(typed) if _LIKE_A_REFERENCE.fullmatch(typed.strip().upper()) else "",
        advice="Copy it again from the list. References hold no vowels and none of 0, 1, 5, B, G, L, S, Z.",
    )
