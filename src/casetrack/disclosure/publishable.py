"""Levels fit to be printed: a value that few people have, in a field that takes any text, may be anything.

Somebody typed it once, and it may hold a name. So in every field without a closed list, values that fewer than five
people of the pool have are shown as one level, Other.
"""

from __future__ import annotations

import pandas as pd

from casetrack.extract.fields import field_named
from casetrack.pool.characteristics import accommodation, ethnic_group
from casetrack.words import NOT_RECORDED

OTHER = "Other (fewer than 5 people each)"

#: Characteristics and details whose values come as the council typed them.
_OPEN = (
    "funding",
    "religion",
    "sexual_orientation",
    "gender_identity",
    "marital_status",
    "pregnancy_maternity",
    "preferred_language",
    "interpreter_needed",
)


def publishable(people: pd.DataFrame, fewest: int = 5) -> pd.DataFrame:
    """The people of a coded pool with unlisted and rare typed values made one level.

    `fewest`: a typed value that fewer people have becomes ``OTHER``.

    Examples
    --------
    >>> people = pd.DataFrame({"religion": ["None of your business, J. Smith"] + ["Christian"] * 6})
    >>> publishable(people)["religion"].value_counts().to_dict()
    {'Christian': 6, 'Other (fewer than 5 people each)': 1}
    """
    changed = {name: _without_rare(people[name], fewest) for name in _OPEN if name in people}
    if "ethnicity" in people:
        listed = field_named("ethnicity").values
        changed["ethnicity"] = _mapped(
            people["ethnicity"], lambda v: v if v in listed else _in_group(ethnic_group(v))
        )
    if "primary_support_reason" in people:
        reasons = field_named("primary_support_reason").values
        changed["primary_support_reason"] = _mapped(
            people["primary_support_reason"], lambda v: v if v in reasons else NOT_RECORDED
        )
    if "accommodation_status" in people:
        counts = people["accommodation_status"].value_counts()
        changed["accommodation_status"] = _mapped(
            people["accommodation_status"],
            lambda v: v if v and counts[v] >= fewest else _in_group(accommodation(v)),
        )
    return people.assign(**changed)


def _in_group(group: str) -> str:
    return group if group == NOT_RECORDED else f"{group}: other"


def _without_rare(column: pd.Series, fewest: int) -> pd.Series:
    counts = column.value_counts()
    return _mapped(column, lambda v: v if v == NOT_RECORDED or counts[v] >= fewest else OTHER)


def _mapped(column: pd.Series, tidy: object) -> pd.Series:
    assert callable(tidy)
    return column.map({value: tidy(value) for value in column.unique()}).astype(object)
