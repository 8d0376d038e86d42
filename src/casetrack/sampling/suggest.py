"""A design that follows the pool's own make-up, with a reason for each number.

The rule: for each cohort code 5 places, or as many as there are people; for each recorded level of a
characteristic half its proportional share, rounded down, and at least 1 where 10 or more eligible people
have it. Nothing is asked of what is not recorded, and nothing has a maximum. A suggestion can always be met:
where the rule's numbers cannot be, they give way as little as possible, and the reasons say so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from casetrack.errors import DesignError, Problem
from casetrack.sampling.binding import bind, drawable
from casetrack.sampling.coded_people import CodedPeople
from casetrack.sampling.design import NOT_RECORDED, Design, Quota
from casetrack.sampling.design_files import name_of
from casetrack.sampling.nearest import nearest_design, shortfall_of

__all__ = ["suggest_design"]

_PER_CODE = 5
_WORTH_A_PLACE = 10
_HALF = 0.5
_AT_RISK_TIMES = 1.5


def suggest_design(
    coded: CodedPeople,
    size: int = 50,
    reference: Mapping[str, Mapping[str, float]] | None = None,
    at_risk: Mapping[str, object] | None = None,
) -> Design:
    """Suggest a design for a pool.

    Parameters
    ----------
    coded
        The pool.
    size
        Places on the list.
    reference
        Shares of a reference population, by characteristic and level, between 0 and 1: used instead of the
        pool's own for the characteristics it names. Levels that it leaves out keep the pool's share.
    at_risk
        Groups at higher risk of poor outcomes: a feature (a characteristic or a cohort code) and a level,
        several levels, or levels with a factor. Their minimum is the proportional share times the factor
        (1.5 unless given), rounded up, so that they have more places than their share.

    Returns
    -------
    Design
        With a reason for each number. It can always be met.

    Raises
    ------
    DesignError
        ``nobody-to-draw``, ``unknown-characteristic``, ``unknown-level``, ``bad-share``, ``bad-factor``.

    Notes
    -----
    The numbers are the project's own rule: CQC asks for 50 cases across seven cohorts and for the range of
    people's experience, and gives no quotas.
    """
    able = drawable(Design(size=size), coded)
    if able.empty:
        raise DesignError.of(
            "nobody-to-draw",
            "nobody in the pool has a cohort code.",
            advice="Check the extract and the date.",
        )
    _check_options(coded, reference or {}, at_risk or {})
    reasons: dict[str, str] = {}
    codes = {code: _for_code(code, int(able[code].sum()), reasons) for code in coded.code_names}
    characteristics = {}
    for name in coded.characteristic_names:
        counts, supply = coded.people[name].value_counts(), able[name].value_counts()
        shares = (reference or {}).get(name, {})
        quotas = {}
        for level in sorted(str(level) for level in counts.index):
            if level == NOT_RECORDED:
                continue
            count = int(counts[level])
            share = float(shares[level]) if level in shares else count / len(coded.people)
            source = "of the reference population" if level in shares else "of eligible people"
            low, why = _for_level(size, count, share, source)
            low, why = _capped(low, why, int(supply.get(level, 0)))
            if low:
                quotas[level] = Quota(min=low)
                reasons[f"{name}: {level}"] = why
        if quotas:
            characteristics[name] = quotas
    design = Design(size=size, codes=codes, characteristics=characteristics, reasons=reasons)
    design = _with_at_risk(design, coded, _factors(at_risk or {}))
    return _made_to_work(design, coded)


def _for_code(code: str, supply: int, reasons: dict[str, str]) -> Quota:
    reasons[code] = (
        f"{_PER_CODE} for each cohort" if supply >= _PER_CODE else f"as many as there are: {supply}"
    )
    return Quota(min=min(_PER_CODE, supply))


def _for_level(size: int, count: int, share: float, source: str) -> tuple[int, str]:
    # Rounded first, so that a share such as 0.58 of 100 places is not a hair below a whole number.
    half = math.floor(round(_HALF * size * share, 9))
    if half >= 1:
        return half, f"half the share of a group that is {share:.1%} {source}, rounded down"
    if count >= _WORTH_A_PLACE:
        return 1, f"at least 1, because {_WORTH_A_PLACE} or more eligible people are in the group"
    return 0, ""


def _capped(low: int, why: str, supply: int) -> tuple[int, str]:
    return (low, why) if low <= supply else (supply, f"as many as there are: {supply}")


def _with_at_risk(design: Design, coded: CodedPeople, factors: Mapping[tuple[str, str], float]) -> Design:
    able = drawable(design, coded)
    for (feature, value), times in factors.items():
        is_code = feature in coded.code_names
        here = coded.people[feature] if is_code else coded.people[feature] == value
        supply = int((able[feature] if is_code else able[feature] == value).sum())
        low = math.ceil(round(times * design.size * int(here.sum()) / len(coded.people), 9))
        low = min(max(1, low), supply, design.size)
        name = name_of(feature, value)
        before = design.quotas().get((feature, value), Quota()).min
        if low > before:
            design = design.with_quota(feature, None if is_code else value, min=low)
            design = design.with_reasons(
                {name: f"{times:g} times the share, because the group is at higher risk"}
            )
    return design


def _made_to_work(design: Design, coded: CodedPeople) -> Design:
    """The design itself when some list meets it, else the nearest one that some list does."""
    bound = bind(design, coded)
    if bound.size == len(bound.people) and "linked_group" in coded.people:
        design = design.with_at_most("linked_group", None).with_reasons(
            {"at_most: linked_group": "no limit, because there are no more people than places"}
        )
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


# -- options ---------------------------------------------------------------------------------------


def _factors(at_risk: Mapping[str, object]) -> dict[tuple[str, str], float]:
    """Feature and level to factor, whichever way the groups were given."""
    factors: dict[tuple[str, str], float] = {}
    for feature, levels in at_risk.items():
        if isinstance(levels, Mapping):
            factors.update({(feature, str(level)): float(times) for level, times in levels.items()})
        elif isinstance(levels, int | float) and not isinstance(levels, bool):
            factors[feature, "yes"] = float(levels)
        else:
            several = (
                [levels] if isinstance(levels, str) else list(np.atleast_1d(np.asarray(levels, dtype=object)))
            )
            factors.update({(feature, str(level)): _AT_RISK_TIMES for level in several})
    return factors


def _check_options(
    coded: CodedPeople, reference: Mapping[str, Mapping[str, float]], at_risk: Mapping[str, object]
) -> None:
    problems = []
    for name in reference:
        if name not in coded.characteristic_names:
            available = ", ".join(coded.characteristic_names)
            what = f'the reference population has "{name}", which the pool does not have.'
            problems.append(Problem("unknown-characteristic", what, advice=f"Available: {available}."))
    for name, shares in reference.items():
        if any(not 0 <= share <= 1 for share in shares.values()) or sum(shares.values()) > 1.001:
            what = f'the shares of "{name}" in the reference population are not between 0 and 1.'
            advice = "Give 0.12 for 12%; together they come to 1 at most."
            problems.append(Problem("bad-share", what, advice=advice))
    for (feature, value), times in _factors(at_risk).items():
        if feature not in (*coded.code_names, *coded.characteristic_names):
            what = f'at_risk names "{feature}", which the pool does not have.'
            problems.append(
                Problem("unknown-characteristic", what, advice="Name a characteristic or a cohort code.")
            )
        elif feature not in coded.code_names and value not in set(coded.people[feature]):
            levels = ", ".join(sorted(str(level) for level in coded.people[feature].unique()))
            what = f'at_risk names the level "{value}" of "{feature}", which the pool does not have.'
            problems.append(Problem("unknown-level", what, advice=f"Available: {levels}."))
        if not 0 < times <= 100:
            problems.append(
                Problem("bad-factor", "a factor under at_risk is not above 0.", advice="Give 1.5, or 2.")
            )
    if problems:
        raise DesignError(problems)
