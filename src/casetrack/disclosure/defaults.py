"""What a council may release of a person, and how each of these columns is made coarser.

``RELEASE_COLUMNS`` is the one list of releasable columns: a column that is not in it stays in the council.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.values import WITHHELD, column_values
from casetrack.errors import ReleaseError
from casetrack.words import NOT_RECORDED

#: ``must-show``: always, and never withheld. ``may-show``: row by row, as coarse as k asks for.
#: ``aggregate-only``: in the coverage statement; row by row only when asked for by name, with the risk shown.
Policy = Literal["must-show", "may-show", "aggregate-only"]

#: The cohort codes of a person of the frame who meets none.
NO_CODE = "No code"


@dataclass(frozen=True)
class ColumnPolicy:
    """What may happen with one column, and why.

    Parameters
    ----------
    column
        Name in the released table.
    policy
        ``"must-show"``, ``"may-show"`` or ``"aggregate-only"``.
    reason
        Why, in words for a data protection officer.
    by_default
        Whether a release shows it row by row unless told otherwise.
    """

    column: str
    policy: Policy
    reason: str
    by_default: bool = False


_SENSITIVE = (
    "special category data or close to it: needed to show that the list is fair, not to choose a case"
)
_POLICIES = (
    ColumnPolicy("listed_as", "must-show", "CQC asks for a list coded CT01 to CT07", True),
    ColumnPolicy(
        "codes", "may-show", "shows range of experience; a rare set of codes points at a person", True
    ),
    ColumnPolicy("age_band", "may-show", "CQC chooses by range of ages", True),
    ColumnPolicy("sex", "may-show", "CQC chooses by sex", True),
    ColumnPolicy("ethnic_group", "may-show", "CQC chooses by ethnic group; rare in many councils", True),
    ColumnPolicy("assessment_month", "may-show", "costs most; the 12-month rule is certified for all"),
    ColumnPolicy("age", "may-show", "finer than CQC needs; coarsened before anything else"),
    ColumnPolicy("ethnicity", "may-show", "finer than CQC needs; 18 values, many of them rare"),
    ColumnPolicy("disability", "may-show", "protected characteristic that CQC chooses by"),
    ColumnPolicy("accommodation", "may-show", "settled or not: other disadvantage"),
    ColumnPolicy("accommodation_status", "may-show", "finer than CQC needs; refuge and prison are rare"),
    ColumnPolicy("funding", "may-show", "who pays: range of experience"),
    ColumnPolicy("has_unpaid_carer", "may-show", "whether a carer could be asked too"),
    ColumnPolicy("service_groups", "may-show", "short or long term support: range of experience"),
    ColumnPolicy("primary_support_reason", "may-show", "range of experience"),
    ColumnPolicy(
        "deprivation_quintile", "may-show", "other disadvantage; five groups of areas, no area named"
    ),
    ColumnPolicy("marital_status", "may-show", "protected characteristic; few values"),
    ColumnPolicy("preferred_language", "may-show", "an interpreter may be needed; most languages are rare"),
    ColumnPolicy("interpreter_needed", "may-show", "communication needs are agreed before an interview"),
    ColumnPolicy("wait_for_assessment", "may-show", "range of experience; in bands"),
    ColumnPolicy("wait_for_support", "may-show", "range of experience; in bands"),
    ColumnPolicy("support_group", "may-show", "care home, home or other: range of experience"),
    ColumnPolicy("route_in", "may-show", "range of experience; it gives away CT02 and CT03, and counts in k"),
    ColumnPolicy(
        "journey_now", "may-show", "range of experience; where somebody is now, never where they came from"
    ),
    ColumnPolicy("religion", "aggregate-only", _SENSITIVE),
    ColumnPolicy("sexual_orientation", "aggregate-only", _SENSITIVE),
    ColumnPolicy("gender_identity", "aggregate-only", f"gender reassignment, {_SENSITIVE}"),
    ColumnPolicy(
        "pregnancy_maternity", "aggregate-only", f"health, {_SENSITIVE}; few people, for a short time"
    ),
)

#: Column to policy: everything that may ever be released of a person.
RELEASE_COLUMNS: Mapping[str, ColumnPolicy] = MappingProxyType({item.column: item for item in _POLICIES})
#: Shown unless told otherwise.
DEFAULT_COLUMNS: tuple[str, ...] = tuple(item.column for item in _POLICIES if item.by_default)
#: In the coverage statement only, unless asked for by name.
AGGREGATE_ONLY: tuple[str, ...] = tuple(item.column for item in _POLICIES if item.policy == "aggregate-only")

_BANDS = ((18, 24), (25, 44), (45, 64), (65, 74), (75, 84), (85, 94))
_CODE = re.compile(r"CT\d\d")


def as_released(people: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The releasable columns of people at their finest, ready to be coarsened and matched.

    Parameters
    ----------
    people
        People of a coded pool: one row per person, with the cohort codes as columns CT01, CT02 … of booleans.
    columns
        Released columns, all in ``RELEASE_COLUMNS``. ``listed_as`` is not known of people who are not on the
        list: it is taken over where ``people`` has it; ``codes`` comes with it, to be matched with.

    Returns
    -------
    pandas.DataFrame
        On the index of ``people``: ``codes`` as "CT01;CT06", ``assessment_month`` as "2026-03", the others as
        they are.

    Raises
    ------
    ReleaseError
        ``never-released`` for a column that is not releasable, ``not-available`` for one that is lacking.

    Examples
    --------
    >>> people = pd.DataFrame({"CT01": [True], "CT06": [True]})
    >>> people["assessment_date"] = pd.Timestamp("2026-03-09")
    >>> as_released(people, ["codes", "assessment_month"]).to_dict("records")
    [{'codes': 'CT01;CT06', 'assessment_month': '2026-03'}]
    """
    refused = [column for column in columns if column not in RELEASE_COLUMNS]
    if refused:
        raise ReleaseError.of(
            "never-released",
            f"{len(refused)} of the columns asked for may never leave the council.",
            advice=f"Releasable are: {', '.join(RELEASE_COLUMNS)}.",
        )
    wanted = list(dict.fromkeys(columns))
    if "listed_as" in wanted and "codes" not in wanted:
        wanted.append("codes")
    made: dict[str, pd.Series] = {}
    for column in wanted:
        found = _made(people, column)
        if found is not None:
            made[column] = found
        elif column != "listed_as":
            raise ReleaseError.of(
                "not-available",
                "the extract does not have a column that was asked for.",
                where=f'column "{column}"',
                advice="Leave it out, or add it to the extract or the person-level file.",
            )
    return pd.DataFrame(made, index=people.index)


def _made(people: pd.DataFrame, column: str) -> pd.Series | None:
    if column in people.columns:
        return people[column]
    if column == "codes" and _code_names(people):
        return _codes_as_text(people)
    if column == "assessment_month" and "assessment_date" in people.columns:
        return _months(people["assessment_date"])
    return None


def _code_names(people: pd.DataFrame) -> list[str]:
    return sorted(str(name) for name in people.columns if _CODE.fullmatch(str(name)))


def _codes_as_text(people: pd.DataFrame) -> pd.Series:
    names = _code_names(people)
    bits = np.zeros(len(people), dtype=np.int64)
    for place, name in enumerate(names):
        bits |= people[name].to_numpy(dtype=bool).astype(np.int64) << place
    sets, which = np.unique(bits, return_inverse=True)
    texts = [
        ";".join(name for place, name in enumerate(names) if number >> place & 1) for number in sets.tolist()
    ]
    filled = np.array([text or NO_CODE for text in texts], dtype=object)
    return pd.Series(filled[which.ravel()], index=people.index, dtype=object)


def _months(dates: pd.Series) -> pd.Series:
    months = dates.to_numpy(dtype="datetime64[M]")
    distinct, which = np.unique(months, return_inverse=True)
    texts = [NOT_RECORDED if np.isnat(month) else str(month) for month in distinct]
    return pd.Series(np.array(texts, dtype=object)[which.ravel()], index=dates.index, dtype=object)


def council_hierarchies(people: pd.DataFrame, columns: Sequence[str]) -> dict[str, Hierarchy]:
    """The levels of each released column, from the value itself to withheld.

    Parameters
    ----------
    people
        The frame: people of a coded pool, or what :func:`as_released` made of them. Everyone on a list has a
        code and the reader knows it, so people without a code protect nobody: leave them out.
    columns
        Released columns; ``listed_as``, which is never made coarser, is passed over.

    Returns
    -------
    dict
        Column to hierarchy, in the order of ``columns``.

    Raises
    ------
    ReleaseError
        As :func:`as_released`.
    DisclosureError
        When the frame's columns contradict each other, for example one ethnicity in two ethnic groups.

    Examples
    --------
    >>> people = pd.DataFrame({"CT01": [True, False], "CT06": [True, True], "age": [70, 40]})
    >>> found = council_hierarchies(people, ["codes", "age"])
    >>> found["age"].levels
    ('years', '5-year bands', 'bands', 'broad bands', '18 to 64 or older', 'withheld')
    >>> found["codes"].levels
    ('as recorded', 'withheld')
    """
    wanted = [column for column in dict.fromkeys(columns) if column != "listed_as"]
    frame = as_released(people, wanted)
    return {column: _hierarchy(people, frame, column) for column in wanted}


def _hierarchy(people: pd.DataFrame, frame: pd.DataFrame, column: str) -> Hierarchy:
    values = sorted(column_values(frame[column])[1])
    steps = _STEPS.get(column, {"as recorded": str})
    if column in ("ethnicity", "accommodation_status"):
        group = _groups(people, column)
        steps = {"as recorded": str, "group": lambda value: group[value]}
        if column == "ethnicity":
            steps["broad group"] = lambda value: _broad_group(group[value])
            steps["White or not"] = lambda value: _white_or_not(group[value])
    return Hierarchy.from_functions(column, values, {**steps, "withheld": _withheld})


def _groups(people: pd.DataFrame, column: str) -> dict[str, str]:
    """The group of each value: as the pool has it, else what stands before the colon."""
    coarse = {"ethnicity": "ethnic_group", "accommodation_status": "accommodation"}[column]
    if coarse not in people.columns:
        return {value: _before_colon(value) for value in column_values(people[column])[1]}
    pairs = pd.DataFrame(
        {
            name: np.array(texts, dtype=object)[numbers]
            for name, (numbers, texts) in ((name, column_values(people[name])) for name in (column, coarse))
        }
    ).drop_duplicates()
    Hierarchy.from_table(column, pairs)
    return dict(zip(pairs[column], pairs[coarse], strict=True))


def _withheld(_: object) -> str:
    return WITHHELD


def _before_colon(value: str) -> str:
    return NOT_RECORDED if value.lower().startswith("no data") else value.split(":")[0]


def _white_or_not(group: str) -> str:
    if group == NOT_RECORDED:
        return NOT_RECORDED
    return "White" if group.startswith("White") else "Ethnic minorities (excluding White minorities)"


def _broad_group(group: str) -> str:
    if group == NOT_RECORDED or group.startswith("White"):
        return group
    return next((name for name in ("Asian", "Black") if group.startswith(name)), "Mixed or other")


def _years(value: str) -> int | None:
    """The age, or the lowest age of a band."""
    found = re.match(r"\d+", value)
    return int(found.group()) if found else None


def _five_years(value: str) -> str:
    age = _years(value)
    if age is None:
        return value
    if age >= 95:
        return "95 and over"
    return "18 to 19" if age in (18, 19) else f"{age // 5 * 5} to {age // 5 * 5 + 4}"


def _band(value: str) -> str:
    age = _years(value)
    if age is None:
        return value
    if age < 18:
        return "under 18"
    return next((f"{low} to {high}" for low, high in _BANDS if age <= high), "95 and over")


def _broad_band(value: str) -> str:
    age = _years(value)
    if age is None or age < 18:
        return _band(value)
    return "18 to 44" if age < 45 else "85 and over" if age >= 85 else _band(value)


def _working_age(value: str) -> str:
    age = _years(value)
    if age is None:
        return value
    return "65 and over" if age >= 65 else "18 to 64" if age >= 18 else "under 18"


def _months_to(months: int) -> Callable[[str], str]:
    """The quarter or half-year of a month, counted from April, as the council year is."""

    def label(value: str) -> str:
        if not re.fullmatch(r"\d{4}-\d{2}", value):
            return value
        number = int(value[:4]) * 12 + int(value[5:]) - 1
        start = (number - 3) // months * months + 3
        end = start + months - 1
        return f"{start // 12}-{start % 12 + 1:02d} to {end // 12}-{end % 12 + 1:02d}"

    return label


def _long_term(value: str) -> str:
    if value == NOT_RECORDED:
        return value
    return "Long term support" if "long term" in value.lower() else "No long term support"


_STEPS: Mapping[str, dict[str, Callable[[str], str]]] = MappingProxyType(
    {
        "age": {
            "years": str,
            "5-year bands": _five_years,
            "bands": _band,
            "broad bands": _broad_band,
            "18 to 64 or older": _working_age,
        },
        "age_band": {"bands": str, "broad bands": _broad_band, "18 to 64 or older": _working_age},
        "ethnic_group": {"group": str, "broad group": _broad_group, "White or not": _white_or_not},
        "assessment_month": {"month": str, "quarter": _months_to(3), "half-year": _months_to(6)},
        "service_groups": {"as recorded": str, "long term or not": _long_term},
        "primary_support_reason": {"as recorded": str, "group": _before_colon},
    }
)
