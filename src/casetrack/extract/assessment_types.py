"""What kind of assessment a type names, however a council words it.

Rules: ``docs/specification.md``, section 4: the first match on whole words, plural and possessive too.
"""

from __future__ import annotations

import re
import unicodedata

UNRECOGNISED = "unrecognised"
#: Kinds in the order in which they are looked for, each with the words that name it.
_WORDS: dict[str, tuple[str, ...]] = {
    "not CLD": (
        "deprivations? of libert(?:y|ie)",
        "dols?",
        "liberty protection",
        "mental capacit(?:y|ie)",
        "mca",
        "mental health act",
        "amhp",
        "safeguarding",
        "best interest",
    ),
    "financial": ("financial",),
    "carer": ("carer",),
    "long term": ("long ?term", "care act", "needs? assessment"),
    "short term": (
        "short ?term",
        "ot",
        "occupational",
        "equipment",
        "re ?ablement",
        "conversation",
        "proportionate",
    ),
}
KINDS: tuple[str, ...] = (*_WORDS, UNRECOGNISED)
#: No assessment of need, whatever a council asks for.
NEVER_COUNTED: tuple[str, ...] = ("not CLD", "financial")


_PATTERNS = {kind: re.compile(rf"\b(?:{'|'.join(words)})s?\b") for kind, words in _WORDS.items()}


def _words(text: str) -> str:
    """Lower case, words parted by one blank, possessives as plurals."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"['’`´]", "", plain)
    return " ".join(re.split(r"[\W_]+", plain)).strip()


def kind_of_assessment(text: str) -> str:
    """The kind of an assessment type; ``unrecognised`` also for a blank."""
    words = _words(text)
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(words)), UNRECOGNISED)


def is_of_carer(text: str) -> bool:
    """Whether a type names a carer's assessment; a joint one on somebody's row is theirs."""
    return kind_of_assessment(text) == "carer" and not re.search(r"\b(joint|combined)\b", _words(text))
