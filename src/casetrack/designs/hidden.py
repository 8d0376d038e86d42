"""Among how many people somebody hides, and the cohorts whose minimums would leave them too few to hide among."""

from __future__ import annotations

import numpy as np

from casetrack.designs.asked import Kind
from casetrack.designs.bound import drawable
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.drawing import prepare_design
from casetrack.errors import InfeasibleDesignError

__all__ = ["HIDDEN_AMONG", "PEOPLE_A_PLACE", "hides", "with_cohorts_hidden"]

HIDDEN_AMONG = 10
"""What a release promises unless it is told otherwise: whoever is shown or comes hides among as many."""
#: Fewer people to be drawn than so many a place, and the list is most of the pool: no rule can hide who is on it.
PEOPLE_A_PLACE = 2
_LEAST = 1
_ANY_KEY = bytes(32)


def hides(weights: np.ndarray) -> bool:
    """Whether everyone of these hides: enough people, who together weigh so many times the likeliest.

    Examples
    --------
    >>> hides(np.full(10, 3)), hides(np.full(9, 3)), hides(np.array([4, *[3] * 10])), hides(np.array([1, *[3] * 10]))
    (True, False, False, True)
    """
    enough = np.count_nonzero(weights) >= HIDDEN_AMONG
    return bool(enough and weights.sum() >= HIDDEN_AMONG * weights.max(initial=0))


def with_cohorts_hidden(design: Kind, coded: CodedPeople) -> Kind:
    """Lower the minimums of cohorts of which a release could show nothing but the code, as far as that helps.

    A minimum makes the few people who meet it and other wishes too so likely to be listed that the cohort's others do not
    weigh enough beside them.
    """
    if len(drawable(design, coded)) < PEOPLE_A_PLACE * design.size:
        return design
    best, alone = design, _shown_alone(design, coded)
    tried, lowered = design, {code: design.codes[code].min for code in alone}
    while alone and max(lowered.values()) > _LEAST:
        lowered = {code: max(_LEAST, least - 1) for code, least in lowered.items()}
        for code, least in lowered.items():
            tried = tried.with_quota(code, min=min(least, tried.codes[code].min))
        left = _shown_alone(tried, coded)
        if len(left) < len(alone):
            best, alone = tried, left
            lowered = {code: lowered.get(code, design.codes[code].min) for code in left}
    reasons = {
        code: f"{quota.min} instead of {design.codes[code].min}, so that a release can show more of it than the code"
        for code, quota in best.codes.items()
        if quota.min < design.codes[code].min
    }
    return best.with_reasons(reasons)


def _shown_alone(design: Kind, coded: CodedPeople) -> list[str]:
    """The cohorts that enough people hold to hide among, and whose likeliest weighs too much."""
    try:
        weights = prepare_design(coded, design, _ANY_KEY, trials=0, easily=True).weights
    except InfeasibleDesignError:
        return []  # whatever is wrong with it is told by the check
    enough = (weights > 0).sum() >= HIDDEN_AMONG
    return [code for code in weights.columns[enough] if not hides(weights[code].to_numpy())]
