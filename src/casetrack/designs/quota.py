"""The numbers of a design: quotas, combinations of two, and what is said of wrong ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NoReturn, TypeVar

import numpy as np
from pandas import DataFrame
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from casetrack.errors import DesignError, Problem
from casetrack.headings import JOINED

#: Words for columns that councils use, and the columns they mean.
SAME_COLUMN = {"worker": "lead_professional", "household": "linked_group"}
#: People linked as carer and cared-for do not come together unless a design says that they may.
LINKED = "linked_group"

Key = TypeVar("Key")
Value = TypeVar("Value")


class FixedDict(dict[Key, Value]):
    """A dictionary that cannot be changed once it is part of a design."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a design cannot be changed; make another with its with_... methods")

    __setitem__ = __delitem__ = __ior__ = _refuse
    pop = popitem = clear = update = setdefault = _refuse

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (dict(self),))


def fixed(mapping: dict[str, Value]) -> dict[str, Value]:
    """Make a dictionary that cannot be changed."""
    return FixedDict(mapping)


def fixed_levels(mapping: dict[str, dict[str, Value]]) -> dict[str, dict[str, Value]]:
    """Make a dictionary of dictionaries that cannot be changed."""
    return FixedDict({name: FixedDict(levels) for name, levels in mapping.items()})


def _plain(part: Any) -> Any:
    """Whole numbers that pandas and numpy hand out are whole numbers."""
    return int(part) if isinstance(part, np.integer) else part


class StrictModel(BaseModel):
    """A frozen model that takes no unknown setting, and whose mistakes are a `DesignError`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)

    def __init__(self, **data: Any) -> None:
        try:
            super().__init__(**{name: _plain(part) for name, part in data.items()})
        except ValidationError as error:
            raise DesignError(_problems(error)) from None


class Quota(StrictModel):
    """How many people of a group the list holds, at least and at most.

    Parameters
    ----------
    min
        Places at least.
    max
        Places at most; None for no maximum.

    Raises
    ------
    DesignError
        ``bad-quota``, when a number is below 0 or the minimum is above the maximum.

    Examples
    --------
    >>> Quota(min=2, max=5)
    Quota(min=2, max=5)
    """

    min: int = Field(default=0, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _ordered(self) -> Quota:
        if self.max is not None and self.min > self.max:
            raise ValueError("the minimum is above the maximum")
        return self

    def in_words(self) -> str:
        """At least, at most, in words.

        Examples
        --------
        >>> Quota(min=2, max=5).in_words()
        'at least 2 and at most 5'
        """
        if self.max is None:
            return f"at least {self.min}"
        if self.min == self.max:
            return f"exactly {self.min}"
        return f"at least {self.min} and at most {self.max}" if self.min else f"at most {self.max}"

    def in_short(self) -> str:
        """The bounds as numbers.

        Examples
        --------
        >>> Quota(min=2, max=5).in_short(), Quota(min=3, max=3).in_short(), Quota(min=3).in_short()
        ('2 to 5', '3', '3 or more')
        """
        if self.max is None:
            return f"{self.min} or more"
        return str(self.min) if self.min == self.max else f"{self.min} to {self.max}"


def both(own: Quota, other: Quota) -> Quota:
    """The quota that asks for what two ask for; where they exclude each other, the first holds, next to the second.

    Examples
    --------
    >>> both(Quota(min=4), Quota(min=2, max=3)), both(Quota(max=5), Quota(min=6, max=7))
    (Quota(min=4, max=4), Quota(min=5, max=5))
    """
    low = max(own.min, other.min)
    if own.max is not None:
        low = min(low, own.max)
    tops = [quota.max for quota in (own, other) if quota.max is not None]
    return Quota(min=low, max=max(low, min(tops)) if tops else None)


class Combination(StrictModel):
    """A quota for people who share two features, such as carers who are Asian.

    Parameters
    ----------
    of
        Two features and the value of each; a cohort code takes the value ``"yes"`` (or ``"no"``).
    min, max
        As in `Quota`.

    Examples
    --------
    >>> pair = Combination(of={"ethnic_group": "Asian or Asian British", "CT07": "yes"}, min=1)
    >>> pair.label
    ('CT07 × ethnic_group', 'yes × Asian or Asian British')
    """

    of: Annotated[dict[str, str], AfterValidator(fixed)]
    min: int = Field(default=0, ge=0)
    max: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _two_features(self) -> Combination:
        if len(self.of) != 2:
            raise ValueError("a combination names two features, not more and not fewer")
        if self.max is not None and self.min > self.max:
            raise ValueError("the minimum is above the maximum")
        return self

    @property
    def quota(self) -> Quota:
        """The numbers alone."""
        return Quota(min=self.min, max=self.max)

    @property
    def label(self) -> tuple[str, str]:
        """Feature and value as quota tables show them, features in text order."""
        names = sorted(self.of)
        return JOINED.join(names), JOINED.join(self.of[name] for name in names)

    def __hash__(self) -> int:
        return hash((self.label, self.min, self.max))


def who_counts(people: DataFrame, feature: str, value: str) -> np.ndarray:
    """Which people count towards a quota, as a row of booleans; a combination needs both of its features.

    Examples
    --------
    >>> people = DataFrame({"CT07": [True, True, False], "sex": ["Male", "Female", "Male"]})
    >>> who_counts(people, "CT07", "yes").tolist()
    [True, True, False]
    >>> who_counts(people, "CT07 × sex", "yes × Male").tolist()
    [True, False, False]
    """
    counts = np.ones(len(people), dtype=bool)
    for name, level in zip(feature.split(JOINED), value.split(JOINED), strict=True):
        column = people[name]
        counts &= (column == (level == "yes") if column.dtype == bool else column == level).to_numpy(bool)
    return counts


def built_quotas(data: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """Build quotas from plain data one by one, so that every wrong one is found and none hides another."""
    problems: list[Problem] = []

    def build(kind: type[StrictModel], entry: Any, place: str) -> Any:
        if not isinstance(entry, Mapping):
            return entry
        try:
            return kind(**{str(name): part for name, part in entry.items()})
        except DesignError as error:
            problems.extend(
                Problem(found.code, found.what, f"{place}; {found.where}".strip("; "), found.advice)
                for found in error.problems
            )
            return kind(of={str(number): "" for number in (1, 2)}) if kind is Combination else kind()

    built = dict(data)
    if isinstance(codes := data.get("codes"), Mapping):
        built["codes"] = {name: build(Quota, entry, f"codes → {name}") for name, entry in codes.items()}
    for setting in ("characteristics", "balance"):
        if isinstance(features := data.get(setting), Mapping):
            built[setting] = {
                name: {level: build(Quota, entry, f"{name} → {level}") for level, entry in levels.items()}
                if isinstance(levels, Mapping)
                else levels
                for name, levels in features.items()
            }
    if isinstance(pairs := data.get("combinations"), list | tuple):
        built["combinations"] = tuple(
            build(Combination, pair, f"combination {number}") for number, pair in enumerate(pairs, start=1)
        )
    if isinstance(limits := data.get("at_most"), Mapping):
        built["at_most"] = {SAME_COLUMN.get(name, name): _plain(most) for name, most in limits.items()}
        problems += [
            Problem(
                "limit-twice",
                "the same column has two limits.",
                f"setting at_most → {name}",
                f'Keep one: "{name}" is read as "{SAME_COLUMN[name]}".',
            )
            for name in limits
            if name in SAME_COLUMN and SAME_COLUMN[name] in limits
        ]
    return built, problems


_SETTINGS_WITH_IDS = ("must_include", "exclude")

_NEEDED = {
    "int": "a whole number is needed here",
    "greater": "the number is too small",
    "less": "the number is too large",
    "string": "a text is needed here",
    "dict": "names with their values are needed here",
    "model": "names with their values are needed here",
    "tuple": "a list is needed here",
}
"""What is wrong, by the first word of pydantic's name for it."""


def _problems(error: ValidationError) -> list[Problem]:
    """Pydantic's complaints in our words; the place of a person id is left out."""
    problems = []
    for entry in error.errors(include_input=False, include_url=False, include_context=False):
        place = [str(part) for part in entry["loc"]]
        if place and place[0] in _SETTINGS_WITH_IDS:
            place = place[:1]
        where = f"setting {' → '.join(place)}" if place else ""
        if entry["type"] == "extra_forbidden":
            problem = Problem(
                "unknown-setting", "a setting is not known.", where, "Correct its name or remove it."
            )
        elif entry["type"] == "missing":
            problem = Problem("missing-setting", "a setting is missing.", where, "Add it.")
        elif entry["type"] == "value_error":
            what = entry["msg"].removeprefix("Value error, ")
            problem = Problem("bad-quota", f"{what}.", where, "Correct the numbers.")
        else:
            what = _NEEDED.get(entry["type"].split("_")[0], "the value cannot be used")
            advice = (
                'Give a whole number of 1 or more; "no limit" in a file takes the limit away.'
                if place[:1] == ["at_most"] and len(place) > 1
                else "Correct the value."
            )
            problem = Problem("bad-value", f"{what}.", where, advice)
        if problem not in problems:
            problems.append(problem)
    return problems
