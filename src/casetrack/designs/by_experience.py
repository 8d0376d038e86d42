"""Designs that ask by what happened to people: which columns they may name, and which quotas cannot be kept."""

from __future__ import annotations

from collections.abc import Iterable

from pandas import DataFrame

from casetrack.errors import Problem
from casetrack.pool.experience import MEASURES
from casetrack.words import NOT_RECORDED

#: Above this share nobody knows whether the list covers who waited.
_MOST_UNKNOWN = 0.2
_WAITS = {
    "wait_for_assessment": "The file reaches back too short: hand over 24 months of events, or leave the quota out.",
    "wait_for_support": "Assessments without an outcome that is recognised: add the outcomes, or leave the quota out.",
}


def experience_names(people: DataFrame) -> tuple[str, ...]:
    """The columns of a pool that tell what happened to people, all of which a design may name."""
    return tuple(name for name in MEASURES if name in people)


def unknown_waits(people: DataFrame, asked: Iterable[str]) -> list[Problem]:
    """A problem for each wait that is asked about and not recorded of too many."""
    problems = []
    for name in dict.fromkeys(name for name in asked if name in _WAITS and name in people):
        unknown = float((people[name] == NOT_RECORDED).mean()) if len(people) else 0.0
        if unknown > _MOST_UNKNOWN:
            what = f'the design asks by "{name}", which is not recorded of {unknown:.0%} of eligible people.'
            problems.append(Problem("wait-not-recorded", what, f"characteristic {name}", _WAITS[name]))
    return problems
