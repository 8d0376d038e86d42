"""Suggested designs: the exact rule, its reasons, and that a suggestion can always be met."""

from __future__ import annotations

import math

import pytest
from believable import CODES, Coded, coded_pool, pool_of
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas import DataFrame

from casetrack import code_cohorts, find_eligible, read_extract
from casetrack.designs.among import hides
from casetrack.designs.design import Design, Quota
from casetrack.designs.drawing import prepare_design
from casetrack.designs.hidden import with_cohorts_hidden
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.suggest_options import read_at_risk, read_reference
from casetrack.errors import DesignError, EligibilityError
from casetrack.synthetic import make_council
from casetrack.testing import coded_pools
from share import examples


def minimum_by_hand(size: int, count: int, people: int) -> int:
    half = (size * count) // (2 * people)
    return max(half, 1) if count >= 10 else half


def third_of(supply):
    return min(supply, max(1, min(5, supply // 3)))


def quarter_of(supply):
    return min(supply, max(1, supply // 4))


@settings(deadline=None, max_examples=examples(25))
@given(st.integers(60, 900), st.integers(0, 5))
def test_the_numbers_follow_the_rule(people, seed):
    coded = coded_pool(people, seed)
    design = Design.suggest(coded, balance=False)
    able = coded.people[coded.people[list(CODES)].any(axis=1)]
    lowered = [reason for reason in design.reasons.values() if "instead of" in reason]
    if lowered:
        return
    assert {code: quota.min for code, quota in design.codes.items()} == {
        code: third_of(int(able[code].sum())) for code in CODES
    }
    for name in coded.characteristic_names:
        counts, supply = coded.people[name].value_counts(), able[name].value_counts()
        expected = {
            level: min(minimum_by_hand(50, int(count), people), quarter_of(int(supply.get(level, 0))))
            for level, count in counts.items()
            if level != "Not recorded"
        }
        found = {level: quota.min for level, quota in design.characteristics.get(name, {}).items()}
        assert found == {level: low for level, low in expected.items() if low}
    assert all(quota.max is None for quota in design.quotas().values())


@settings(deadline=None, max_examples=examples(40))
@given(st.integers(1, 120), st.integers(0, 30), st.integers(1, 70), st.booleans())
def test_a_suggestion_can_always_be_met(people, seed, size, teams):
    coded = coded_pool(people, seed, teams=3 if teams else 0)
    if not coded.people[list(CODES)].any(axis=None):
        return
    design = Design.suggest(coded, size=size, balance=False)
    assert design.size == size
    assert shortfall_of(design, coded) is None


@settings(deadline=None, max_examples=examples(6))
@given(coded_pools(flaws="all"), st.integers(1, 70))
def test_a_suggestion_for_a_pool_that_was_read_can_always_be_met(coded, size):
    assert shortfall_of(Design.suggest(coded, size=size, balance=False), coded) is None


def test_a_list_too_short_for_all_cohorts_gives_way_and_says_so():
    design = Design.suggest(coded_pool(600), size=8, balance=False)
    assert any("instead of" in reason for reason in design.reasons.values())
    assert shortfall_of(design, coded_pool(600)) is None


def test_linked_people_can_both_come_when_everyone_is_needed():
    design = Design.suggest(coded_pool(40), balance=False)
    assert design.size == 50
    assert "linked_group" not in design.at_most
    assert "no more people than places" in design.reasons["at_most: linked_group"]


def test_every_number_has_a_reason():
    design = Design.suggest(coded_pool(500), balance=False)
    named = {feature if value == "yes" else f"{feature}: {value}" for feature, value in design.quotas()}
    assert named <= design.reasons.keys()
    assert "eligible people" in design.describe()


def test_a_reference_population_takes_the_place_of_the_pool():
    coded = coded_pool(500)
    shares = {"ethnic_group": {"Asian or Asian British": 0.30, "White": 0.58}}
    design = Design.suggest(coded, size=100, reference=shares, balance=False)
    found = design.characteristics["ethnic_group"]
    asian = coded.people["ethnic_group"] == "Asian or Asian British"
    supply = int((asian & coded.people[list(CODES)].any(axis=1)).sum())
    assert found["Asian or Asian British"].min == min(15, supply // 4)
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
        coded,
        at_risk={"ethnic_group": "Asian or Asian British", "CT07": 2, "age_band": {"18 to 24": 1.2}},
        balance=False,
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
        ({"reference": {"sex": {"Male": -0.1}}}, "bad-share"),
        ({"reference": {"sex": {"Male": "half"}}}, "bad-share"),
        ({"reference": {"sex": {"Male": None}}}, "bad-share"),
        ({"reference": {"sex": {"Male": math.nan}}}, "bad-share"),
        ({"reference": {"sex": 0.5}}, "bad-share"),
        ({"reference": {"sex": {"Mail": 0.5}}}, "unknown-level"),
        ({"reference": {"sex": {"Not recorded": 0.1}}}, "target-not-recorded"),
        ({"at_risk": {"CT07": "yse"}}, "unknown-level"),
        ({"at_risk": {"CT07": {"yes": "twice"}}}, "bad-factor"),
        ({"at_risk": {"sex": "Not recorded"}}, "target-not-recorded"),
        ({"reference": {"sex": {"Male": 0.6, "Female": 0.6}}}, "bad-share"),
        ({"at_risk": {"religion": "Hindu"}}, "unknown-characteristic"),
        ({"at_risk": {"sex": ["Mail"]}}, "unknown-level"),
        ({"at_risk": {"sex": {"Male": 0}}}, "bad-factor"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, code):
    with pytest.raises(DesignError) as caught:
        Design.suggest(coded_pool(100), **options, balance=False)
    assert caught.value.code == code


def test_everything_wrong_with_a_reference_population_is_told_at_once():
    wrong = {"ethnic_group": {"Asian": 0.5, "Whtie": 0.3}, "secks": {"Male": 0.5}, "sex": {"Male": 2}}
    with pytest.raises(DesignError) as caught:
        Design.suggest(coded_pool(100), reference=wrong, at_risk={"CT08": 2}, balance=False)
    assert sorted(problem.code for problem in caught.value.problems) == [
        "bad-share",
        "unknown-characteristic",
        "unknown-characteristic",
        "unknown-level",
        "unknown-level",
    ]
    assert "Asian or Asian British; Black, Black British, Caribbean or African; White." in str(caught.value)


def test_rounded_shares_may_come_to_a_little_more_than_one():
    coded = coded_pool(300)
    Design.suggest(coded, reference={"sex": {"Male": 0.43, "Female": 0.58}}, balance=False)
    with pytest.raises(DesignError, match="come to more than 1"):
        Design.suggest(coded, reference={"sex": {"Male": 0.44, "Female": 0.58}}, balance=False)


@pytest.mark.parametrize("size", [1, 2, 5, 8, 10, 12, 15])
def test_a_short_list_leaves_nobody_without_a_chance(size):
    coded = coded_pool(600)
    design = Design.suggest(coded, size=size, balance=False)
    assert design.check(coded).without_chance.empty
    # What it asks for fits a shorter list, so a place is open to anybody.
    assert shortfall_of(design.with_size(size - 1), coded) is None if size > 1 else not any(low_of(design))
    for name, quota in named_quotas(design).items():
        if "instead of" in design.reasons[name]:
            assert design.reasons[name].startswith(f"{quota.min} instead of ")
            assert design.reasons[name] in design.describe()


def named_quotas(design):
    return {
        feature if value == "yes" else f"{feature}: {value}": quota
        for (feature, value), quota in design.quotas().items()
    }


def low_of(design):
    return [quota.min for quota in design.quotas().values()]


def test_of_the_rarest_groups_the_smallest_give_way_first():
    """Of seven small areas one person each is asked for, and there is room for five of them."""
    sizes = [200, *range(11, 18)]
    area = [f"area {number}" for number, count in enumerate(sizes) for _ in range(count)]
    rows = DataFrame({"CT01": [True] * len(area), "area": area})
    design = Design.suggest(pool_of(rows, ("CT01",), ("area",)), size=10, balance=False)
    asked = {level: quota.min for level, quota in design.characteristics["area"].items()}
    kept = [level for level, low in asked.items() if low]
    # Eight places are for quotas: five for the cohort and the large area, which its people fill, and the rest.
    assert asked["area 0"] == 3
    assert kept == ["area 0", "area 3", "area 4", "area 5", "area 6", "area 7"]
    assert design.reasons["area: area 1"] == "0 instead of 1, so that the list keeps room for everybody"


def linked_to_a_rare_cohort():
    """Three people have CT02, all of them are needed, and each is linked to somebody who has not."""
    rows = DataFrame(
        {
            "CT01": [True] * 300 + [False] * 3,
            "CT02": [False] * 300 + [True] * 3,
            "linked_group": ["a", "b", "c", *[""] * 297, "a", "b", "c"],
            "area": ["x", "y", "z"] * 101,
        }
    )
    coded = pool_of(rows, ("CT01", "CT02"), ("area",))
    return coded, Design(size=20, codes={"CT02": Quota(min=3)})


def test_who_is_linked_to_somebody_on_every_list_is_found_to_be_on_none():
    coded, design = linked_to_a_rare_cohort()
    found = design.check(coded).without_chance
    assert found.values.tolist() == [
        [
            "everyone with a particular carer or cared-for person and without CT02",
            3,
            "at least 3 for CT02, at most 1 for a particular carer or cared-for person",
        ]
    ]
    for free in (design.with_quota("CT02", min=2), design.with_at_most("household", None)):
        assert free.check(coded).without_chance.empty


def test_a_suggestion_does_not_shut_out_who_is_linked_to_a_rare_group():
    coded, _ = linked_to_a_rare_cohort()
    design = Design.suggest(coded, size=20, balance=False)
    assert design.codes["CT02"].min == 1
    assert design.check(coded).without_chance.empty
    apart = Coded(coded.people.assign(linked_group=""), ("CT01", "CT02"), ("area",))
    assert Design.suggest(apart, size=20, balance=False).codes["CT02"].min == 1


def test_cohort_codes_give_way_together_and_keep_a_place_each():
    design = Design.suggest(coded_pool(600), size=10, balance=False)
    assert min(quota.min for quota in design.codes.values()) >= 1
    # Apart from those of which a release could else show nothing but the code.
    lows = [quota.min for code, quota in design.codes.items() if "a release" not in design.reasons[code]]
    assert lows and max(lows) - min(lows) <= 1


def test_a_list_with_room_is_suggested_by_the_rule_alone():
    design = Design.suggest(coded_pool(600), size=50, balance=False)
    assert not any("instead of" in reason for reason in design.reasons.values())


def test_a_reference_population_and_groups_at_risk_are_read_from_files(tmp_path):
    census, risk = tmp_path / "census.csv", tmp_path / "risk.csv"
    census.write_text(
        "Level;Characteristic;Share\nAsian or Asian British;ethnic_group;30%\nWhite;ethnic_group;0.58\n",
        encoding="utf-8-sig",
    )
    risk.write_text("characteristic,level,factor\nCT07,,2\nage_band,18 to 24,\n", encoding="cp1252")
    assert read_reference(census) == {"ethnic_group": {"Asian or Asian British": 0.3, "White": 0.58}}
    assert read_at_risk(risk) == {"CT07": {"yes": 2.0}, "age_band": {"18 to 24": 1.5}}
    coded = coded_pool(500)
    from_files = Design.suggest(
        coded, reference=read_reference(census), at_risk=read_at_risk(risk), balance=False
    )
    by_hand = Design.suggest(
        coded,
        reference={"ethnic_group": {"Asian or Asian British": 0.3, "White": 0.58}},
        at_risk={"CT07": 2, "age_band": "18 to 24"},
        balance=False,
    )
    assert from_files == by_hand != Design.suggest(coded, balance=False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "unreadable-options"),
        ("characteristic,level\nsex,Male\n", "missing-column"),
        ("characteristic,level,share\nsex,Male,half\n", "bad-share"),
        ("characteristic,level,share\nsex,Male,\n", "bad-share"),
        ("characteristic,level,share\nsex,Male,nan\n", "bad-share"),
        ("characteristic,level,share\nsex,Male,0.4\nsex,Male,0.5\n", "level-twice"),
    ],
)
def test_a_wrong_file_for_a_suggestion_is_told_with_its_row(tmp_path, text, code):
    path = tmp_path / "census.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DesignError) as caught:
        read_reference(path)
    assert caught.value.code == code
    assert code in {"unreadable-options", "missing-column"} or "row " in str(caught.value)


def test_a_file_that_is_not_there_is_told_in_words(tmp_path):
    with pytest.raises(DesignError, match="cannot be read"):
        read_at_risk(tmp_path / "none.csv")


def test_a_pool_without_a_coded_person_has_no_design():
    rows = DataFrame({"CT01": [False, False], "sex": ["F", "M"]})
    with pytest.raises(EligibilityError, match="nobody-to-draw"):
        Design.suggest(pool_of(rows, ("CT01",), ("sex",)), balance=False)


def test_levels_are_counted_among_eligible_people_and_capped_by_those_who_can_be_drawn():
    rows = DataFrame({"CT01": [True] * 50 + [False] * 12, "area": ["here"] * 49 + ["there"] + ["there"] * 12})
    design = Design.suggest(pool_of(rows, ("CT01",), ("area",)), size=30, balance=False)
    assert design.characteristics["area"]["there"].min == 1
    assert design.reasons["area: there"] == "as many as there are: 1"


def coded_council(seed):
    made = make_council(people=400, seed=seed, two_years=True)
    return code_cohorts(find_eligible(read_extract(made.extract, people=made.extras), made.as_at))


def test_a_cohort_that_a_release_could_show_by_its_code_alone_has_a_lower_minimum():
    coded = coded_council(5)
    found = Design.suggest(coded, balance=False)
    before = found.with_quota("CT03", min=5)

    def weights(design):
        return prepare_design(coded, design, bytes(32), trials=0).weights["CT03"].to_numpy()

    assert found.codes["CT03"].min == 4
    assert "4 instead of 5, so that a release can show more" in found.reasons["CT03"]
    assert not hides(weights(before))
    assert hides(weights(found))


def test_no_minimum_is_lowered_where_that_helps_nothing():
    coded = coded_council(4)
    found = Design.suggest(coded, balance=False)
    assert not hides(prepare_design(coded, found, bytes(32), trials=0).weights["CT02"].to_numpy())
    assert not any("so that a release" in why for why in found.reasons.values())
    assert with_cohorts_hidden(found, coded) == found
