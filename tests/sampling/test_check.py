"""Trouble found before any draw: clashes, people without a chance, groups too rare."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from believable import CODES, coded_pool, pool_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas import DataFrame
from scipy.optimize import linprog

from casetrack.designs.design import Design, Quota
from casetrack.designs.drawing import chances_of
from casetrack.quotas.programme import Model
from casetrack.quotas.without_chance import types_without_chance
from share import examples


def test_a_clean_design_is_said_to_be_clean():
    coded = coded_pool(2000)
    found = Design.suggest(coded, balance=False).check(coded)
    assert found.clean
    assert found.works
    assert "Nothing stands in the way" in found.in_words()
    assert found.to_frame().empty


def test_the_example_of_young_people_shut_out_by_a_maximum_and_a_cohort():
    coded = coded_pool(900)
    able = coded.people[coded.people[list(CODES)].any(axis=1)]
    shut = int(((able["age_band"] == "18 to 24") & ~able["CT02"]).sum())
    found = (
        Design.suggest(coded, balance=False)
        .with_quota("CT02", min=5)
        .with_quota("age_band", "18 to 24", max=5)
        .check(coded)
    )
    assert found.works
    assert not found.clean
    assert found.without_chance.values.tolist() == [
        [
            'everyone with age band "18 to 24" and without CT02',
            shut,
            'at least 5 for CT02, at most 5 for age band "18 to 24"',
        ]
    ]
    assert f"{shut:,} people" in found.in_words()


def test_a_clash_comes_with_the_nearest_design():
    coded = coded_pool(900)
    found = (
        Design.suggest(coded, balance=False)
        .with_quota("CT02", min=9)
        .with_quota("age_band", "18 to 24", max=5)
        .check(coded)
    )
    assert not found.works
    assert found.shortfall.nearest_design.check(coded).works
    assert found.to_frame()["kind"].tolist() == ["clash", "clash", "likely"]
    assert "cannot be met together" in found.in_words()
    assert "<table" in found._repr_html_()


def test_groups_too_rare_to_cover_are_named_with_how_rare():
    rows = DataFrame({"CT01": [True] * 40, "area": ["a"] * 3 + ["b"] * 8 + ["c"] * 29})
    coded = pool_of(rows, ("CT01",), ("area",))
    design = Design(size=20, characteristics={"area": {name: Quota(min=1) for name in "abc"}})
    found = design.check(coded).rare
    assert found[["value", "people", "min"]].values.tolist() == [["a", 3, 1], ["b", 8, 1]]
    assert "point at them" in found["advice"].iloc[0]
    assert "think twice" in found["advice"].iloc[1]


def test_minimums_that_make_people_likelier_than_one_in_ten_are_told_with_those_that_would_not():
    rows = DataFrame({"CT01": [True] * 100, "area": ["a"] * 25 + ["b"] * 40 + ["c"] * 30 + ["d"] * 5})
    coded = pool_of(rows, ("CT01",), ("area",))
    asked = {"a": Quota(min=3), "b": Quota(min=4), "d": Quota(min=1)}
    found = Design(size=8, characteristics={"area": asked}).check(coded)
    assert found.likely.values.tolist() == [["area", "a", 25, 3, 2], ["area", "d", 5, 1, 0]]
    words = found.in_words()
    assert (
        'At least 3 for area "a": makes 25 people likelier than 1 in 10 to be on the list, on average 12 in 100'
        in words
    )
    assert "a minimum of 2 would not." in words
    assert 'At least 1 for area "d": makes 5 people likelier' in words
    assert "only no minimum would not." in words
    lower = Design(size=8, characteristics={"area": {"a": Quota(min=2), "b": Quota(min=4)}}).check(coded)
    assert lower.likely.empty
    assert lower.clean


@settings(deadline=None, max_examples=examples(10))
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_a_minimum_that_is_told_lifts_the_groups_average_above_one_in_ten(seed, least):
    """The chances of the lottery itself are asked: they are above 1 in 10 on average exactly where that is told."""
    draw = np.random.default_rng(seed)
    rows = DataFrame({"CT01": [True] * 300, "area": draw.choice(["a", "b"], 300, p=[0.15, 0.85])})
    coded = pool_of(rows, ("CT01",), ("area",))
    design = Design(size=10, characteristics={"area": {"a": Quota(min=least)}})
    chances = chances_of(design, coded).loc[rows["area"].eq("a").to_numpy()]
    assert (chances.mean() > 0.1 + 1e-9) == (not design.check(coded).likely.empty)


def test_people_shut_out_by_a_fixed_place_are_counted():
    coded = coded_pool(900)
    able = coded.people[coded.people[list(CODES)].any(axis=1)]
    pairs = able[able["linked_group"] != ""].groupby("linked_group").filter(lambda group: len(group) == 2)
    found = Design(size=50).with_fixed_place(pairs.index[0], "wanted").check(coded)
    assert found.without_chance.values.tolist() == [
        ["people who share a limit that fixed places fill", 1, "the fixed places"]
    ]
    assert found.people == len(able)


def young_and_shut(coded, cohort):
    return (
        Design.suggest(coded, balance=False)
        .with_quota("CT02", min=cohort)
        .with_quota("age_band", "18 to 24", min=0, max=5)
        .with_at_most("linked_group", None)
    )


def test_a_fixed_place_that_has_nothing_to_do_with_it_is_not_blamed():
    coded = coded_pool(900)
    old = coded.people.index[coded.people["CT01"]][0]
    design = young_and_shut(coded, 5)
    found = design.with_fixed_place(old, "wanted").check(coded).without_chance
    assert found["because"].tolist() == ['at least 5 for CT02, at most 5 for age band "18 to 24"']
    assert found.values.tolist() == design.check(coded).without_chance.values.tolist()


def test_a_fixed_place_without_which_people_would_have_a_chance_is_named():
    coded = coded_pool(900)
    people = coded.people
    young = people.index[(people["age_band"] == "18 to 24") & ~people["CT02"] & people["CT06"]]
    design = young_and_shut(coded, 4)
    assert design.check(coded).without_chance.empty
    one = design.with_fixed_place(young[0], "wanted").check(coded).without_chance
    reason = 'at least 4 for CT02, at most 5 for age band "18 to 24", 1 fixed place'
    assert one["because"].tolist() == [reason]
    two = design.with_quota("CT02", min=3)
    for person in young[:2]:
        two = two.with_fixed_place(person, "wanted")
    assert two.check(coded).without_chance["because"].iloc[0].endswith(", 2 fixed places")


def test_that_the_design_can_be_met_is_said_whatever_else_is_found():
    coded = coded_pool(900)
    shut = young_and_shut(coded, 5).check(coded)
    count = int(shut.without_chance["people"].sum())
    assert f"can be met, but {count:,} people who can be drawn have no chance." in shut.in_words()
    clean = Design.suggest(coded, balance=False).check(coded).in_words()
    assert "can be met, and everybody who can be drawn has a chance." in clean
    rows = DataFrame({"CT01": [True] * 40, "area": ["a"] * 3 + ["c"] * 37})
    rare = Design(size=20, characteristics={"area": {"a": Quota(min=1)}}).check(
        pool_of(rows, ("CT01",), ("area",))
    )
    assert "can be met, and everybody" in rare.in_words()
    assert 'At least 1 for area "a": fewer than 5 eligible people' in rare.in_words()
    assert "Nothing stands in the way" not in rare.in_words()


def test_a_clash_says_the_number_of_places_once():
    coded = coded_pool(900)
    found = Design.suggest(coded, balance=False).with_quota("CT02", min=45).check(coded).in_words()
    assert found.count("Places: 50") == 1
    assert "The design cannot be met. These cannot be met together:" in found


def test_suggestion_and_check_count_the_same_people():
    """Ten are eligible and nine can be drawn: worth a place, and so not too rare for one."""
    rows = DataFrame({"CT01": [True] * 99 + [False], "area": ["a"] * 90 + ["b"] * 10})
    coded = pool_of(rows, ("CT01",), ("area",))
    design = Design.suggest(coded, size=10, balance=False)
    assert design.characteristics["area"]["b"].min == 1
    assert design.check(coded).rare.empty
    nine = pool_of(rows.iloc[:-1], ("CT01",), ("area",))
    assert "b" not in Design.suggest(nine, size=10, balance=False).characteristics["area"]
    assert design.check(nine).rare["people"].tolist() == [9]


def test_a_rare_combination_is_counted_by_both_its_parts():
    rows = DataFrame({"CT01": [True] * 40, "CT07": [False, True] * 20, "area": ["a"] * 12 + ["c"] * 28})
    design = Design(size=20).with_combination({"CT07": "yes", "area": "a"}, min=1)
    found = design.check(pool_of(rows, ("CT01", "CT07"), ("area",)))
    assert found.rare["people"].tolist() == [6]
    assert 'At least 1 for CT07 and area "a": fewer than 10 eligible people' in found.in_words()


def test_fewer_people_than_places_is_said():
    coded = coded_pool(40)
    assert (
        "everyone who can be drawn is on the list"
        in Design.suggest(coded, balance=False).check(coded).in_words()
    )


@settings(deadline=None, max_examples=examples(15))
@given(st.integers(0, 10_000), st.integers(5, 9), st.integers(2, 4))
def test_whoever_is_named_is_on_no_list_and_each_reason_is_needed(seed, people, size):
    draw = np.random.default_rng(seed)
    rows = DataFrame(
        {
            "CT01": [True] * people,
            "CT02": draw.random(people) < 0.4,
            "a": draw.choice(["x", "y", "z"], people),
            "b": draw.choice(["p", "q"], people),
        }
    )
    coded = pool_of(rows, ("CT01", "CT02"), ("a", "b"))
    design = Design(size=size, at_most={}, codes={"CT02": Quota(min=int(draw.integers(0, 3)))})
    for name, level in (("a", "x"), ("a", "y"), ("b", "p")):
        if level in set(rows[name]):
            low = int(draw.integers(0, 2))
            design = design.with_quota(name, level, min=low, max=low + int(draw.integers(0, 2)))
    found = design.check(coded)
    assume(found.works)
    assert int(found.without_chance["people"].sum()) <= on_no_list(design, coded)
    # On fractions of people a little more is possible; where nobody is named, a chance is nearly always real.
    if on_no_list(design, coded) == 0:
        assert found.without_chance.empty


def on_no_list(design, coded):
    people = coded.people
    seen = np.zeros(len(people), dtype=bool)
    for chosen in combinations(range(len(people)), design.size):
        some = people.iloc[list(chosen)]
        holds = all(
            quota.min <= count <= (design.size if quota.max is None else quota.max)
            for (feature, value), quota in design.quotas().items()
            for count in [int(some[feature].sum() if value == "yes" else (some[feature] == value).sum())]
        )
        if holds:
            seen[list(chosen)] = True
    return int((~seen).sum())


def test_people_shut_out_because_a_group_is_needed_whole_are_found():
    """All five with CT02 are needed; three of them fill the maximum of the area, so its others have no chance."""
    rows = DataFrame(
        {
            "CT01": [True] * 40,
            "CT02": [True] * 5 + [False] * 35,
            "area": ["y", "y", "y", "n", "n"] + ["y"] * 10 + ["n"] * 25,
        }
    )
    coded = pool_of(rows, ("CT01", "CT02"), ("area",))
    design = Design(size=12, codes={"CT02": Quota(min=5)}, characteristics={"area": {"y": Quota(max=3)}})
    found = design.check(coded).without_chance
    assert found[["who", "people"]].values.tolist() == [['everyone with area "y" and without CT02', 10]]
    wider = design.with_quota("CT02", min=4).check(coded)
    assert wider.clean or wider.without_chance.empty


@settings(deadline=None, max_examples=examples(30))
@given(st.integers(0, 10_000))
def test_exactly_those_whose_largest_share_is_nothing_are_found(seed):
    draw = np.random.default_rng(seed)
    types, rows = int(draw.integers(3, 12)), int(draw.integers(1, 6))
    features = (draw.random((rows, types)) < 0.4).astype(np.int8)
    limit = draw.integers(1, 4, types)
    some = draw.integers(0, limit + 1)
    reached = features @ some
    low, high = reached - draw.integers(0, 2, rows), reached + draw.integers(0, 2, rows)
    labels = tuple((f"f{row}", "x") for row in range(rows))
    model = Model(features, limit, low.clip(min=0), high, int(some.sum()), labels, np.arange(rows))
    assume(model.size > 0)
    out = types_without_chance(model)
    for one in range(types):
        most = linprog(
            -np.eye(types)[one],
            A_ub=np.vstack([features, -features]),
            b_ub=np.concatenate([model.high, -model.low]),
            A_eq=np.ones((1, types)),
            b_eq=[model.size],
            bounds=list(zip(np.zeros(types), limit, strict=True)),
        )
        assert out[one] == (-most.fun < 1e-7)
