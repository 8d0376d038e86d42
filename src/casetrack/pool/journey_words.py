"""The journey of each person in a few words: where they came from, reablement on the way, and where they are now.

Rule: ``docs/specification.md``, section 6b. The words are for the council's own eyes; a release shows at most whether
somebody is at home or in a care home, has short-term support, support as a carer, or nothing open.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.pool.journey_facts import JourneyFacts
from casetrack.pool.journey_values import Service
from casetrack.words import NOT_RECORDED

__all__ = ["JOINS", "WITHOUT_ORIGIN", "journeys_in_words", "without_origin"]

#: Between the parts of a journey.
JOINS = " > "
_ORIGIN = {
    "Hospital": "Hospital",
    "Children's services": "Children's services",
    "Self-funder": "Community",
    "Community or other": "Community",
    "No request found": "Already known",
    NOT_RECORDED: NOT_RECORDED,
}
_NOW = {
    "Nursing home": "care home",
    "Residential home": "care home",
    "Community, direct payment": "home",
    "Community, arranged": "home",
    "Equipment only": "home",
    "Prison": "short-term or other",
    "Short term": "short-term or other",
    "Support as a carer": "as a carer",
    "None open": "none open",
    NOT_RECORDED: NOT_RECORDED,
}
#: What stands last to what a release shows of it: from the third level, homes and care homes are one.
WITHOUT_ORIGIN = {
    "care home": "Home or care home",
    "home": "Home or care home",
    "short-term or other": "Short-term or other",
    "as a carer": "As a carer",
    "none open": "None open",
    NOT_RECORDED: NOT_RECORDED,
}


def journeys_in_words(facts: JourneyFacts, route_in: np.ndarray, setting: np.ndarray) -> np.ndarray:
    """Origin, reablement that began since, and now, for each person."""
    since = np.where(facts.request.there, facts.request.start, facts.assessment.start)
    rows = (facts.service == Service.REABLEMENT) & (facts.services.start >= since[facts.services.place])
    reabled = np.zeros(facts.count, dtype=bool)
    reabled[facts.services.place[rows]] = True
    mine, origin = pd.factorize(route_in)
    ours, now = pd.factorize(setting)
    texts = np.array(
        [
            [[JOINS.join((_ORIGIN[a], *way, _NOW[b])) for way in ((), ("reablement",))] for b in now]
            for a in origin
        ],
        dtype=object,
    ).reshape(len(origin), len(now), 2)
    return np.asarray(texts[mine, ours, reabled.astype(np.int64)])


def without_origin(journey: str) -> str:
    """What a release may show of a journey, the third level: where the person is now, homes joined.

    Examples
    --------
    >>> without_origin("Hospital > reablement > care home")
    'Home or care home'
    """
    return WITHOUT_ORIGIN[journey.rsplit(JOINS, 1)[-1]]
