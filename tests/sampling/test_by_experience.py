"""Designs that ask by what happened to people."""

from __future__ import annotations

import dataclasses

import pytest

from casetrack.designs.design import Combination, Design, Quota
from casetrack.designs.drawing import draw_design
from casetrack.errors import DesignError
from casetrack.pool.cohorts import CodedPool
from casetrack.pool.experience import MEASURES
from casetrack.pool.preparing import prepare
from casetrack.synthetic import make_council


@pytest.fixture(scope="module")
def coded() -> CodedPool:
    return prepare(make_council(people=500, seed=11).extract, "2026-03-31")


def with_unknown(coded: CodedPool, name: str, people: int) -> CodedPool:
    levels = coded.people[name].to_numpy(dtype=object).copy()
    levels[levels == "Not recorded"] = "Known"
    levels[:people] = "Not recorded"
    return dataclasses.replace(coded, people=coded.people.assign(**{name: levels}))


def test_every_measure_can_be_named_in_a_quota(coded: CodedPool) -> None:
    for name in MEASURES:
        level = str(coded.people[name].value_counts().index[0])
        design = Design(size=20, characteristics={name: {level: Quota(max=19)}})
        if name not in ("wait_for_assessment", "wait_for_support"):
            assert design.check(coded).works, name


def test_a_list_keeps_quotas_limits_and_combinations_of_the_journey(coded: CodedPool) -> None:
    design = Design(
        size=20,
        characteristics={"any_sign": {"One or more": Quota(min=6)}},
        combinations=(Combination(of={"CT01": "yes", "support_group": "Home"}, min=3, max=5),),
        at_most={"route_in": 16},
    )
    drawn = draw_design(coded, design, "seed")
    mine = coded.people.loc[list(drawn.chosen)]
    assert (mine["any_sign"] == "One or more").sum() >= 6
    assert 3 <= (mine["CT01"] & (mine["support_group"] == "Home")).sum() <= 5
    assert mine["route_in"].value_counts().max() <= 16


@pytest.mark.parametrize("name", ["wait_for_assessment", "wait_for_support"])
@pytest.mark.parametrize("way", ["quota", "combination", "limit"])
def test_a_wait_that_is_mostly_known_can_be_asked_by_and_another_cannot(
    coded: CodedPool, name: str, way: str
) -> None:
    fifth = len(coded.people) // 5
    level = str(coded.people[name].iloc[-1])
    if level == "Not recorded":
        level = "Known"
    design = {
        "quota": Design(size=10, characteristics={name: {level: Quota(max=10)}}),
        "combination": Design(size=10, combinations=(Combination(of={name: level, "CT01": "yes"}, max=10),)),
        "limit": Design(size=10, at_most={name: 10}),
    }[way]
    assert design.check(with_unknown(coded, name, fifth)).works
    with pytest.raises(DesignError, match="wait-not-recorded") as told:
        design.check(with_unknown(coded, name, fifth + 1))
    assert "24 months" in str(told.value) or "outcomes" in str(told.value)


def test_the_suggestion_weighs_harder_journeys_and_covers_settings(coded: CodedPool) -> None:
    design = Design.suggest(coded, size=50)
    signs = (coded.people["any_sign"] == "One or more").mean()
    asked = design.characteristics["any_sign"]
    assert set(asked) == {"One or more"}
    assert asked["One or more"].min >= 50 * signs
    assert (
        design.reasons["any_sign: One or more"]
        == "1.5 times the share, because the record shows a harder journey"
    )
    assert set(design.characteristics["support_group"]) <= {"Care home", "Home", "Other"}
    assert not {"journey_signs", "support_setting", "providers"} & set(design.characteristics)


def test_a_council_can_weigh_harder_journeys_its_own_way(coded: CodedPool) -> None:
    design = Design.suggest(coded, size=50, at_risk={"any_sign": {"One or more": 1}})
    signs = (coded.people["any_sign"] == "One or more").mean()
    assert design.characteristics["any_sign"]["One or more"].min <= 50 * signs + 1
    assert design.reasons["any_sign: One or more"].startswith("1 times the share")
