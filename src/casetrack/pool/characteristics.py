"""Bands and groups: what is recorded of each eligible person, and what is not.

Source: ``docs/specification.md``, section 6 (the nine characteristics of the Equality Act 2010, and other disadvantage).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from casetrack.extract.fields import decile, field_named, group_of, says_yes_or_no, settled
from casetrack.pool.assessments import rows_with
from casetrack.words import NOT_RECORDED

#: Band name to its youngest age in completed years.
AGE_BANDS: dict[str, int] = {
    "18 to 24": 18,
    "25 to 44": 25,
    "45 to 64": 45,
    "65 to 74": 65,
    "75 to 84": 75,
    "85 to 94": 85,
    "95 and over": 95,
}

#: Characteristic to the field that it is read from; None when it is worked out from several.
_SOURCES: dict[str, str | None] = {
    "age_band": None,
    "sex": "gender",
    "ethnic_group": "ethnicity",
    "disability": None,
    "accommodation": "accommodation_status",
    "funding": "funding_status",
    "has_unpaid_carer": "has_unpaid_carer",
    **{name: name for name in ("religion", "sexual_orientation", "gender_identity", "marital_status")},
    **{name: name for name in ("pregnancy_maternity", "preferred_language", "interpreter_needed")},
    "deprivation_quintile": "imd_decile",
}


def age_band(age: int) -> str:
    """The band of an age in completed years."""
    return next(name for name, youngest in reversed(AGE_BANDS.items()) if age >= youngest)


def ethnic_group(value: str) -> str:
    """The group of an ethnicity, however its release writes it."""
    return group_of(value) or NOT_RECORDED


def accommodation(value: str) -> str:
    """Settled or unsettled, by the SALT LTS004 grouping."""
    return {True: "Settled", False: "Unsettled", None: NOT_RECORDED}[settled(value)]


def quintile(value: str) -> str:
    """The deprivation quintile of an IMD decile (1 is most deprived)."""
    number = decile(value)
    if number is None:
        return NOT_RECORDED
    fifth = (number + 1) // 2
    return {1: "1 (most deprived)", 5: "5 (least deprived)"}.get(fifth, str(fifth))


#: Fields from which needs are read.
NEEDS = ("primary_support_reason", "autism", "dementia", "visual_impairment", "hearing_impairment")
_TIDY = {
    "ethnic_group": lambda value: ethnic_group(value) or NOT_RECORDED,
    "accommodation": accommodation,
    "deprivation_quintile": quintile,
}


def _listed_only(source: str) -> Callable[[str], str]:
    """Values as they are; in a field with a closed list any other value is Not recorded (and is a finding)."""
    field = field_named(source)
    if field.other_values:
        return str
    return lambda value: value if value in field.values else NOT_RECORDED


def characteristics_of(
    people: pd.DataFrame, needs: dict[str, np.ndarray]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The characteristics of eligible people, and which ones the extract lacks."""
    table = pd.DataFrame(index=people.index)
    lacking = []
    for name, source in _SOURCES.items():
        if name == "age_band":
            bands = np.array([age_band(max(a, 18)) for a in range(200)], dtype=object)
            table[name] = bands[people["age"].to_numpy()]
        elif name == "disability":
            told = [field for field in (*NEEDS, "disability") if field in people]
            if told:
                table[name] = _disability(people, needs, told)
            else:
                lacking.append(name)
        elif source is None or source not in people:
            lacking.append(name)
        else:
            column = people[source].cat
            tidy = _TIDY.get(name, _listed_only(source))
            levels = np.array([tidy(v) for v in column.categories] + [NOT_RECORDED], dtype=object)
            table[name] = levels[column.codes.to_numpy()]
    return table, tuple(lacking)


def _disability(people: pd.DataFrame, needs: dict[str, np.ndarray], told: list[str]) -> np.ndarray:
    """Yes by CT04's or CT06's own evidence or the optional column; No when something is known and nothing says Yes.

    Not recorded where nobody can tell what the optional column says.
    """
    yes = (needs["CT04"] != "") | (needs["CT06"] != "")
    known = np.any([rows_with(people, name, field_named(name).recognises) for name in told], axis=0)
    if "disability" in people:
        yes |= rows_with(people, "disability", lambda value: says_yes_or_no(value) is True)
        known &= ~rows_with(people, "disability", lambda value: says_yes_or_no(value) is None)
    return np.where(yes, "Yes", np.where(known, "No", NOT_RECORDED)).astype(object)
