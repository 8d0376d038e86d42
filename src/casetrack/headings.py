"""Names of columns and characteristics as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Column or characteristic to its heading, where that is more than its name with a capital.
HEADINGS: Mapping[str, str] = MappingProxyType(
    {
        "any_sign": "Any sign of a harder journey",
        "assessment_month": "Month of assessment",
        "codes": "Cohort codes",
        "cohort_code": "Cohort code",
        "gp_practice": "GP practice",
        "has_unpaid_carer": "Has an unpaid carer",
        "journey_signs": "Signs of a harder journey",
        "linked_group": "People linked as carer and cared-for",
        "listed_as": "Listed as",
        "max": "At most",
        "maximum": "At most",
        "min": "At least",
        "minimum": "At least",
        "marital_status": "Marriage and civil partnership",
        "pregnancy_maternity": "Pregnancy and maternity",
        "religion": "Religion or belief",
        "route_in": "How the request came",
        "service_groups": "Kinds of support",
        "support_group": "Where supported",
    }
)
#: Stands between the names, and between the values, of two features that are asked for together.
JOINED = " × "


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
    if name in HEADINGS:
        words = HEADINGS[name]
        return words if words[:2].isupper() else words[:1].lower() + words[1:]
    return name.replace("_", " ") if name == name.lower() else name


def group_in_words(feature: str, value: str) -> str:
    """Whom a quota counts, in words: a cohort code by its name, a level of a characteristic after a comma.

    Examples
    --------
    >>> group_in_words("CT05", "yes"), group_in_words("age_band", "18 to 24")
    ('CT05', 'age band, 18 to 24')
    >>> group_in_words("CT05 × ethnic_group", "yes × White")
    'CT05 × ethnic group, yes × White'
    """
    name = JOINED.join(map(in_a_sentence, feature.split(JOINED)))
    return name if value == "yes" else f"{name}, {value}"
