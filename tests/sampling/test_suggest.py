"""Suggested designs: the exact rule, its reasons, and that a suggestion can always be met."""

from __future__ import annotations

import math

import pytest
from believable import CODES, coded_pool, pool_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from casetrack.errors import DesignError
from casetrack.sampling.design import Design
from casetrack.sampling.nearest import shortfall_of


def minimum_by_hand(size: int, count: int, people: int) -> int:
    half = (size * count) // (2 * people)
    return max(half, 1) if count >= 10 else half


@settings(deadline=None, max_examples=25)
@given(st.integers(60, 900), st.integers(0, 5))
def test_the_numbers_follow_the_rule(people, seed):
    coded = coded_pool(people, seed)
    design = Design.suggest(coded)
    able = coded.people[coded.people[list(CODES)].any(axis=1)]
    lowered = [reason for reason in design.reasons.values() if "instead of" in reason]
    if lowered:
        return
    assert {code: quota.min for code, quota in design.codes.items()} == {
        code: min(5, int(able[code].sum())) for code in CODES
    }
    for name in coded.characteristic_names:
        counts, supply = coded.people[name].value_counts(), able[name].value_counts()
        expected = {
            level: min(minimum_by_hand(50, int(count), people), int(supply.get(level, 0)))
            for level, count in counts.items()
            if level != "Not recorded"
        }
        found = {level: quota.min for level, quota in design.characteristics.get(name, {}).items()}
        assert found == {level: low for level, low in expected.items() if low}
    assert all(quota.max is None for quota in design.quotas().values())


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 120), st.integers(0, 30), st.integers(1, 70), st.booleans())
def test_a_suggestion_can_always_be_met(people, seed, size, teams):
    coded = coded_pool(people, seed, teams=3 if teams else 0)
    if not coded.people[list(CODES)].any(axis=None):
        return
    design = Design.suggest(coded, size=size)
    assert design.size == size
    assert shortfall_of(design, coded) is None


def test_a_list_too_short_for_all_cohorts_gives_way_and_says_so():
    design = Design.suggest(coded_pool(600), size=8)
    assert any("instead of" in reason for reason in design.reasons.values())
    assert shortfall_of(design, coded_pool(600)) is None


def test_linked_people_can_both_come_when_everyone_is_needed():
    design = Design.suggest(coded_pool(40))
    assert design.size == 50
    assert "linked_group" not in design.at_most
    assert "no more people than places" in design.reasons["at_most: linked_group"]


def test_every_number_has_a_reason():
    design = Design.suggest(coded_pool(500))
    named = {feature if value == "yes" else f"{feature}: {value}" for feature, value in design.quotas()}
    assert named <= design.reasons.keys()
    assert "eligible people" in design.describe()


def test_a_reference_population_takes_the_place_of_the_pool():
    coded = coded_pool(500)
    shares = {"ethnic_group": {"Asian or Asian British": 0.30, "White": 0.58}}
    design = Design.suggest(coded, size=100, reference=shares)
    found = design.characteristics["ethnic_group"]
    assert found["Asian or Asian British"].min == 15
    assert found["White"].min == 29
    assert "reference population" in design.reasons["ethnic_group: White"]
    black = "Black, Black British, Caribbean or African"
    count = int((coded.people["ethnic_group"] == black).sum())
    assert found[black].min == minimum_by_hand(100, count, 500)


def test_people_at_higher_risk_get_more_than_their_share():
    coded = coded_pool(800)
    count = int((coded.people["ethnic_group"] == "Asian or Asian British").sum())
    carers = int(coded.people["CT07"].sum())
    design = Design.suggest(
        coded, at_risk={"ethnic_group": "Asian or Asian British", "CT07": 2, "age_band": {"18 to 24": 1.2}}
    )
    asian = design.characteristics["ethnic_group"]["Asian or Asian British"]
    assert asian.min == math.ceil(1.5 * 50 * count / 800)
    assert design.codes["CT07"].min == max(5, math.ceil(2 * 50 * carers / 800))
    assert "higher risk" in design.reasons["ethnic_group: Asian or Asian British"]
    assert shortfall_of(design, coded) is None


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"reference": {"religion": {"Hindu": 0.1}}}, "unknown-characteristic"),
        ({"reference": {"sex": {"Male": 49}}}, "bad-share"),
        ({"reference": {"sex": {"Male": 0.6, "Female": 0.6}}}, "bad-share"),
        ({"at_risk": {"religion": "Hindu"}}, "unknown-characteristic"),
        ({"at_risk": {"sex": ["Mail"]}}, "unknown-level"),
        ({"at_risk": {"sex": {"Male": 0}}}, "bad-factor"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, code):
    with pytest.raises(DesignError) as caught:
        Design.suggest(coded_pool(100), **options)
    assert caught.value.code == code


def test_a_pool_without_a_coded_person_has_no_design():
    rows = DataFrame({"CT01": [False, False], "sex": ["F", "M"]})
    with pytest.raises(DesignError, match="nobody-to-draw"):
        Design.suggest(pool_of(rows, ("CT01",), ("sex",)))


def test_levels_are_counted_among_eligible_people_and_capped_by_those_who_can_be_drawn():
    rows = DataFrame({"CT01": [True] * 50 + [False] * 12, "area": ["here"] * 49 + ["there"] + ["there"] * 12})
    design = Design.suggest(pool_of(rows, ("CT01",), ("area",)), size=30)
    assert design.characteristics["area"]["there"].min == 1
    assert design.reasons["area: there"] == "as many as there are: 1"
