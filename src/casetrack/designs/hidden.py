"""The cohorts whose minimums would leave their people too few to hide among."""

from __future__ import annotations

from casetrack.designs.among import HIDDEN_AMONG, PEOPLE_A_PLACE, hides
from casetrack.designs.asked import Kind
from casetrack.designs.bound import drawable
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.drawing import prepare_design
from casetrack.errors import InfeasibleDesignError

_LEAST = 1
_ANY_KEY = bytes(32)


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
