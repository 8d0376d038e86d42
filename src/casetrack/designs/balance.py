"""Balance: on every list each level of the main characteristics within a person of what the chances expect.

Minimums alone let a list of fifty hold 34 women, or 23, where 28 are expected. The bounds are whole numbers beside the
expected ones and cost nobody any chance, since the chances lie between them. Whether lists can be found within them is
tried, never assumed: where trial leaves fail, the characteristics give way, the least important first.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping

from pandas import DataFrame, Series

from casetrack.designs.asked import Kind
from casetrack.designs.by_experience import experience_names
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.drawing import chances_of, prepare_design
from casetrack.errors import InfeasibleDesignError
from casetrack.headings import in_a_sentence
from casetrack.lottery.prepare import NEARLY_WHOLE
from casetrack.pool.experience import ANY_SIGN, SUPPORT_GROUP
from casetrack.progress import work
from casetrack.words import NOT_RECORDED

#: What a list is balanced on, the most important first: what gives way gives way from the end.
MAIN = (
    "age_band",
    "sex",
    "ethnic_group",
    "disability",
    "has_unpaid_carer",
    "accommodation",
    "funding",
    "deprivation_quintile",
    ANY_SIGN,
    SUPPORT_GROUP,
)
#: A level of fewer eligible people is never asked for.
WORTH_A_PLACE = 10
#: Where a characteristic cannot be kept within one person, half a person more on either side.
_WIDER = 0.5
_WITHIN = "every level within a person of what the chances expect"
TRIED = 2
"""Leaves tried when a design is balanced: each takes seconds, and the leaf of the draw is tried again in any case."""
_LOWEST_KEPT = 0.5
"""A reference population is balanced to only while nobody's lowest chance falls below half of what it was."""


def balanced(
    design: Kind, coded: CodedPeople, reference: Mapping[str, Mapping[str, float]] | None = None
) -> Kind:
    """The design with bounds for every level of the main characteristics, as far as trial lists keep them.

    `reference`: shares of a reference population, by characteristic and level: what is balanced to, where they are given
    and the quotas and chances allow it.
    """
    chances = chances_of(design, coded)
    if chances is None or design.size >= int((chances > 0).sum()):
        return design
    known = (*coded.characteristic_names, *experience_names(coded.people))
    names = [name for name in MAIN if name in known]
    wanted = {name: _expected(coded.people, chances, name) for name in names}
    reasons = dict.fromkeys(names, _WITHIN)
    lowest = float(chances[chances > 0].min())
    for name in names:
        if shares := (reference or {}).get(name):
            wanted[name], reasons[name] = _to_reference(design, coded, name, wanted[name], shares, lowest)
    found, slack = design, dict.fromkeys(names, 0.0)
    for number, gives_way in enumerate([None, *reversed(names), *reversed(names)]):
        if gives_way is not None:
            slack[gives_way], reasons[gives_way] = _wider(slack[gives_way])
        found = _with_bounds(design, {n: wanted[n] for n in names if slack[n] < math.inf}, slack)
        # Nearly always the first trial is the last; a further one has a tenth of the time that was thought to be left.
        with work("", 0.9 * 0.1**number):
            lists_found = _lists_are_found(found, coded)
        if lists_found:
            break
    return found.with_reasons({f"balance: {name}": reasons[name] for name in names})


def _wider(slack: float) -> tuple[float, str]:
    """What a characteristic gives way to, and why: half a person more, then no bounds at all."""
    if slack == _WIDER:
        return math.inf, "not balanced: no lists were found that keep it beside the rest"
    return (
        _WIDER,
        "every level within a person and a half of what the chances expect, so that lists can be found",
    )


def _expected(people: DataFrame, chances: Series, name: str) -> dict[str, float]:
    """How many people of each level the chances expect; what is not recorded, or rare, is not bounded."""
    levels = people[name].astype(str)
    sums, counts = chances.groupby(levels).sum(), levels.value_counts()
    return {
        str(level): float(number)
        for level, number in sums.items()
        if level != NOT_RECORDED and number > 0 and counts[level] >= WORTH_A_PLACE
    }


def _with_bounds(design: Kind, wanted: Mapping[str, Mapping[str, float]], slack: Mapping[str, float]) -> Kind:
    for name, levels in wanted.items():
        own = design.characteristics.get(name, {})
        for level, number in levels.items():
            low, high = _bounds(number, slack[name])
            low = max(low, own[level].min if level in own else 0)
            design = design.with_balance(name, level, min=low, max=max(low, high))
    return design


def _bounds(number: float, slack: float) -> tuple[int, int]:
    low = max(0, math.floor(number - slack + NEARLY_WHOLE))
    return low, max(low, math.ceil(number + slack - NEARLY_WHOLE))


def _lists_are_found(design: Kind, coded: CodedPeople) -> bool:
    """Whether the lottery of a design is one of numbered lists, tried with a key that belongs to the design."""
    key = hashlib.sha256(f"trial leaves {design.digest()} {coded.digest}".encode()).digest()
    try:
        prepare_design(coded, design, key, TRIED, easily=True)
    except InfeasibleDesignError:
        return False
    return True


def _to_reference(
    design: Kind,
    coded: CodedPeople,
    name: str,
    expected: dict[str, float],
    shares: Mapping[str, float],
    lowest: float,
) -> tuple[dict[str, float], str]:
    """What a characteristic is balanced to where a reference population is given, and what that does to the chances."""
    recorded = sum(expected.values())
    told = sum(float(shares.get(level, 0.0)) for level in expected)
    if not told:
        return expected, _WITHIN
    aimed = {level: recorded * float(shares.get(level, 0.0)) / told for level in expected}
    tried = _with_bounds(design, {name: aimed}, {name: 0.0})
    chances = chances_of(tried, coded)
    left = 0.0 if chances is None else float(chances[chances > 0].min())
    what = in_a_sentence(name)
    if left < _LOWEST_KEPT * lowest:
        return expected, (
            f"{_WITHIN}; the reference population's {what} would cost somebody more than half of their chance"
        )
    return aimed, (
        f"every level within a person of the reference population; the lowest chance is then {left:.4f} instead of "
        f"{lowest:.4f}"
    )
