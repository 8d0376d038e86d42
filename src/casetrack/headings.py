"""Names of columns and characteristics as people read them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["HEADINGS", "heading", "in_a_sentence", "plain_words"]

#: Column or characteristic to its heading, where that is more than its name with a capital.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "assessment_month": "Month of assessment",
        "codes": "Cohort codes",
        "cohort_code": "Cohort code",
        "gp_practice": "GP practice",
        "has_unpaid_carer": "Has an unpaid carer",
        "linked_group": "People linked as carer and cared-for",
        "listed_as": "Listed as",
        "marital_status": "Marriage and civil partnership",
        "pregnancy_maternity": "Pregnancy and maternity",
        "religion": "Religion or belief",
        "service_groups": "Kinds of support",
    }
)
#: Other names that a sentence about a design, a draw or a release can hold.
_OTHERS = (
    "accommodation_status",
    "age_band",
    "deprivation_quintile",
    "ethnic_group",
    "gender_identity",
    "interpreter_needed",
    "lead_professional",
    "preferred_language",
    "primary_support_reason",
    "sexual_orientation",
)
_WITH_UNDERSCORE = re.compile(
    rf"\b({'|'.join(sorted({n for n in (*HEADINGS, *_OTHERS) if '_' in n}, key=len, reverse=True))})\b"
)


def heading(name: str) -> str:
    """The heading of a column, or the name of a characteristic, for people.

    Examples
    --------
    >>> heading("assessment_month"), heading("ethnic_group")
    ('Month of assessment', 'Ethnic group')
    """
    return HEADINGS.get(name, name.replace("_", " ").capitalize())


def in_a_sentence(name: str) -> str:
    """The same with a small letter, to stand within a sentence.

    Examples
    --------
    >>> in_a_sentence("marital_status"), in_a_sentence("gp_practice")
    ('marriage and civil partnership', 'GP practice')
    """
    words = heading(name)
    return words if words[:2].isupper() else words[:1].lower() + words[1:]


def plain_words(text: str) -> str:
    """A text with the names of columns as people read them.

    Examples
    --------
    >>> plain_words("- age_band, 18 to 24: at least 1.")
    '- age band, 18 to 24: at least 1.'
    """
    return _WITH_UNDERSCORE.sub(lambda found: in_a_sentence(found[0]), text)
