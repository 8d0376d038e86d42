"""A design with minimums at half of the pool's own shares, with a reason for each number.

The rule: for each cohort code 5 places, or as many as there are people; for each recorded level of a
characteristic, and for a care home, home or other support, half its proportional share, rounded down, and at
least 1 where 10 or more eligible people have it; for people whose record shows a harder journey 1.5 times
their share. Nothing is asked of what is not recorded, and nothing has a maximum. A suggestion can always be
met, and leaves one place in five open to anybody: where the rule's numbers do not, they give way, the
smallest groups first, and the reasons say so. A cohort of which a release could show nothing but the code has a
lower minimum where that helps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from pandas import DataFrame

from casetrack.designs.asked import Asked, Kind, Quota
from casetrack.designs.balance import WORTH_A_PLACE, balanced
from casetrack.designs.bound import drawable
from casetrack.designs.coded_people import CodedPeople
from casetrack.designs.design_files import name_of
from casetrack.designs.hidden import with_cohorts_hidden
from casetrack.designs.nearest import nearest_design, shortfall_of
from casetrack.designs.quota import LINKED, who_counts
from casetrack.designs.room import with_room
from casetrack.designs.suggest_options import AT_RISK_TIMES, check_options, factors
from casetrack.errors import EligibilityError
from casetrack.pool.experience import ANY_SIGN, SUPPORT_GROUP
from casetrack.threads import one_thread
from casetrack.words import NOT_RECORDED, people

_PER_CODE = 5
#: A minimum of m among S people makes somebody's chance at least m in S, and whoever is near certain cannot be hidden.
_ONE_IN_A_COHORT, _ONE_IN_A_LEVEL = 3, 4
_HALF = 0.5
_AT_RISK = "the group is at higher risk"
#: Weighed as a group at higher risk, unless a council names the column itself.
_HARDER_JOURNEY = (ANY_SIGN, "One or more")


@one_thread
def suggest_design(
    coded: CodedPeople,
    size: int = 50,
    reference: Mapping[str, Mapping[str, float]] | None = None,
    at_risk: Mapping[str, object] | None = None,
    *,
    balance: bool = True,
    kind: type[Kind],
) -> Kind:
    """Suggest a design for a pool.

    `size`: places on the list. `reference`: shares of a reference population, by characteristic and level, between 0 and
    1: used instead of the pool's own for the characteristics it names. Levels that it leaves out keep the pool's share.
    See `casetrack.designs.suggest_options.read_reference` for a file. `at_risk`: groups at higher risk of poor outcomes:
    a feature (a characteristic or a cohort code) and a level, several levels, or levels with a factor. Their minimum is
    the proportional share times the factor (1.5 unless given), rounded up, so that they have more places than their
    share. `balance`: whether every level of the main characteristics is kept within a person of what the chances expect;
    see `casetrack.designs.balance`. Without it minimums alone hold. `kind`: the class of design to make.

    The numbers are the project's own rule: CQC asks for 50 cases across seven cohorts and for the range of
    people's experience, and gives no quotas.
    """
    able = drawable(Asked(size=size), coded)
    if able.empty:
        raise EligibilityError.of(
            "nobody-to-draw",
            "nobody in the pool has a cohort code.",
            advice="Check the extract and the date.",
        )
    check_options(coded, reference or {}, at_risk or {})
    reasons: dict[str, str] = {}
    codes = {code: _for_code(code, int(able[code].sum()), reasons) for code in coded.code_names}
    characteristics = {}
    # Where people are supported, in three groups, is treated like a characteristic.
    supported = [SUPPORT_GROUP] if SUPPORT_GROUP in coded.people else []
    for name in (*coded.characteristic_names, *supported):
        asked = _for_levels(coded, able, name, size, (reference or {}).get(name, {}))
        if asked:
            characteristics[name] = {level: Quota(min=low) for level, (low, _) in asked.items()}
            reasons |= {f"{name}: {level}": why for level, (_, why) in asked.items()}
    design = kind(size=size, codes=codes, characteristics=characteristics, reasons=reasons)
    design = _with_at_risk(design, coded, at_risk or {})
    if size >= len(able):
        return _made_to_work(_without_linked_limit(design, coded), coded)
    design = with_cohorts_hidden(_made_to_work(with_room(design, coded), coded), coded)
    return balanced(design, coded, reference) if balance else design


def _for_levels(
    coded: CodedPeople, able: DataFrame, name: str, size: int, shares: Mapping[str, float]
) -> dict[str, tuple[int, str]]:
    """The minimum of each level of a characteristic that has one, and why."""
    counts, supply = coded.people[name].value_counts(), able[name].value_counts()
    found = {}
    for level in sorted(str(level) for level in counts.index if level != NOT_RECORDED):
        count = int(counts[level])
        share = float(shares[level]) if level in shares else count / len(coded.people)
        source = "of the reference population" if level in shares else "of eligible people"
        low, why = _for_level(size, count, share, source)
        low, why = _capped(low, why, int(supply.get(level, 0)))
        if low:
            found[level] = (low, why)
    return found


def _for_code(code: str, supply: int, reasons: dict[str, str]) -> Quota:
    low = min(_PER_CODE, max(min(1, supply), supply // _ONE_IN_A_COHORT))
    reasons[code] = (
        f"{_PER_CODE} for each cohort"
        if low == _PER_CODE
        else f"as many as there are: {supply}"
        if low == supply
        else f"a third of the {people(supply)} there are, at least 1, so that nobody is almost certain to be drawn"
    )
    return Quota(min=low)


def _for_level(size: int, count: int, share: float, source: str) -> tuple[int, str]:
    # Rounded first, so that a share such as 0.58 of 100 places is not a hair below a whole number.
    half = math.floor(round(_HALF * size * share, 9))
    if half >= 1:
        return half, f"half the share of a group that is {share:.1%} {source}, rounded down"
    if count >= WORTH_A_PLACE:
        return 1, f"at least 1, because {WORTH_A_PLACE} or more eligible people are in the group"
    return 0, ""


def _capped(low: int, why: str, supply: int) -> tuple[int, str]:
    most = max(min(1, supply), supply // _ONE_IN_A_LEVEL)
    if low <= most:
        return low, why
    if most == supply:
        return supply, f"as many as there are: {supply}"
    return most, f"a quarter of the {people(supply)} who can be drawn, so that nobody is almost certain to be"


def _with_at_risk(design: Kind, coded: CodedPeople, at_risk: Mapping[str, object]) -> Kind:
    weights = {group: float(str(times)) for group, times in factors(at_risk).items()}
    feature, level = _HARDER_JOURNEY
    if feature not in at_risk and feature in coded.people and (coded.people[feature] == level).any():
        weights[_HARDER_JOURNEY] = AT_RISK_TIMES
    able = drawable(design, coded)
    for (feature, value), times in weights.items():
        is_code = feature in coded.code_names
        here = int(who_counts(coded.people, feature, value).sum())
        supply = int(who_counts(able, feature, value).sum())
        low = math.ceil(round(times * design.size * here / len(coded.people), 9))
        low = min(max(1, low), supply, design.size)
        name = name_of(feature, value)
        before = design.quotas().get((feature, value), Quota()).min
        if low > before:
            design = design.with_quota(feature, None if is_code else value, min=low)
            why = "the record shows a harder journey" if (feature, value) == _HARDER_JOURNEY else _AT_RISK
            design = design.with_reasons({name: f"{times:g} times the share, because {why}"})
    return design


def _without_linked_limit(design: Kind, coded: CodedPeople) -> Kind:
    if LINKED not in coded.people:
        return design
    why = "no limit, because there are no more people than places"
    return design.with_at_most(LINKED, None).with_reasons({f"at_most: {LINKED}": why})


def _made_to_work(design: Kind, coded: CodedPeople) -> Kind:
    """The design itself when some list meets it, else the nearest one that some list does."""
    shortfall = shortfall_of(design, coded)
    if shortfall is None:
        return design
    lowered = {}
    for change in shortfall.nearest.to_dict("records"):
        each = change["value"] == "each value"
        name = f"at_most: {change['feature']}" if each else name_of(change["feature"], change["value"])
        lowered[name] = (
            f"{change['nearest']:,} instead of {change['asked']:,}, so that everything can be met together"
        )
    return nearest_design(design, shortfall).with_reasons(lowered)
