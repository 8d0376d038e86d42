"""Clashes and nearest designs, against every list there is and against an independent integer programme."""

from __future__ import annotations

import pickle
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from believable import coded_pool
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from casetrack.designs.design import Design, Quota
from casetrack.designs.nearest import shortfall_of
from casetrack.errors import InfeasibleDesignError
from casetrack.quotas.programme import Model, best_list
from casetrack.quotas.quota_system import quota_system
from casetrack.quotas.shortfall import explain_shortfall, refusal
from share import examples


@st.composite
def small_instances(draw):
    """At most nine people, three features, quotas that often clash."""
    count = draw(st.integers(2, 9))
    people = pd.DataFrame(
        {
            "a": draw(st.lists(st.sampled_from("xyz"), min_size=count, max_size=count)),
            "b": draw(st.lists(st.sampled_from("pq"), min_size=count, max_size=count)),
            "CT01": draw(st.lists(st.booleans(), min_size=count, max_size=count)),
        }
    )
    size = draw(st.integers(1, count))
    rows = []
    for feature, value in [("a", "x"), ("a", "y"), ("a", "z"), ("b", "p"), ("b", "q"), ("CT01", "yes")]:
        low = draw(st.integers(0, 3))
        high = draw(st.integers(low, 6))
        rows.append((feature, value, min(low, size + 1), max(min(high, size), min(low, size + 1))))
    quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    return people, quotas, size


def counts_towards(people, quotas):
    texts = people.assign(CT01=people["CT01"].map({True: "yes", False: "no"}))
    return np.array(
        [(texts[f] == v).to_numpy(int) for f, v in zip(quotas["feature"], quotas["value"], strict=True)]
    )


def every_list(people, quotas, size):
    """How many count towards each quota, for every list of people there is."""
    matrix = counts_towards(people, quotas)
    return np.array(
        [matrix[:, list(chosen)].sum(axis=1) for chosen in combinations(range(len(people)), size)]
    )


def is_feasible(system):
    """Whether some list meets every quota."""
    return best_list(Model.of(system)) is not None


def missing(reached, quotas):
    low, high = quotas["min"].to_numpy(), quotas["max"].to_numpy()
    return (low - reached).clip(min=0) + (reached - high).clip(min=0)


@settings(deadline=None, max_examples=examples(70))
@given(small_instances())
def test_the_nearest_is_the_least_change_there_is(instance):
    people, quotas, size = instance
    least = missing(every_list(people, quotas, size), quotas).sum(axis=1).min()
    found = explain_shortfall(quota_system(people, quotas, size))
    assert found.total == least
    changes = found.nearest
    assert (changes["asked"] - changes["nearest"]).abs().sum() == missing_units(found, quotas)
    assert is_feasible(quota_system(people, found.quotas, size))
    assert is_feasible(quota_system(people, quotas, size)) == (least == 0)


def missing_units(found, quotas):
    return int((found.quotas[["min", "max"]] - quotas[["min", "max"]]).abs().to_numpy().sum())


@settings(deadline=None, max_examples=examples(70))
@given(small_instances())
def test_a_clash_is_a_clash_and_none_of_it_can_be_dropped(instance):
    people, quotas, size = instance
    found = explain_shortfall(quota_system(people, quotas, size))
    reached = every_list(people, quotas, size)
    if found.total == 0:
        assert found.clash.empty
        return
    sides = [
        (
            quotas.index[(quotas["feature"] == row.feature) & (quotas["value"] == row.value)][0],
            row.bound,
            row.asked,
        )
        for row in found.clash.itertuples()
    ]
    kept = np.array(
        [
            reached[:, number] >= asked if bound == "min" else reached[:, number] <= asked
            for number, bound, asked in sides
        ]
    )
    assert not kept.all(axis=0).any()
    for dropped in range(len(sides)):
        assert np.delete(kept, dropped, axis=0).all(axis=0).any()
    supply = counts_towards(people, quotas).sum(axis=1)
    assert [supply[number] for number, _, _ in sides] == found.clash["supply"].tolist()


@settings(deadline=None, max_examples=examples(30))
@given(small_instances(), st.randoms(use_true_random=False))
def test_the_order_of_rows_and_quotas_changes_nothing(instance, chance):
    people, quotas, size = instance
    one = explain_shortfall(quota_system(people, quotas, size))
    rows, lines = list(people.index), list(quotas.index)
    chance.shuffle(rows)
    chance.shuffle(lines)
    two = explain_shortfall(quota_system(people.loc[rows], quotas.loc[lines].reset_index(drop=True), size))
    pd.testing.assert_frame_equal(one.clash, two.clash)
    pd.testing.assert_frame_equal(one.nearest, two.nearest)


def nearest_by_milp(system):
    """The least total change by another solver and another model: one variable per type and bound."""
    rows, types = system.features.shape
    eye, none = np.eye(rows), np.zeros((rows, rows))
    counted = system.features.astype(float)
    one_list = np.hstack([np.ones(types), np.zeros(2 * rows)])[None, :]
    limits = [
        LinearConstraint(np.hstack([counted, eye, none]), lb=system.minimum),
        LinearConstraint(np.hstack([counted, none, -eye]), ub=system.maximum),
        LinearConstraint(one_list, lb=system.size, ub=system.size),
    ]
    upper = np.concatenate([system.counts, np.full(2 * rows, system.size)])
    cost = np.concatenate([np.zeros(types), np.ones(2 * rows)])
    return round(milp(cost, constraints=limits, bounds=Bounds(0, upper), integrality=np.ones(len(cost))).fun)


@settings(deadline=None, max_examples=examples(25))
@given(st.integers(0, 10_000), st.integers(60, 400))
def test_middling_pools_agree_with_an_independent_integer_programme(seed, count):
    draw = np.random.default_rng(seed)
    features = {
        f"f{number}": draw.choice(list("abcd"), size=count, p=[0.55, 0.3, 0.1, 0.05]) for number in range(5)
    }
    people = pd.DataFrame(features)
    size = int(draw.integers(5, 40))
    rows = []
    for name in features:
        for value in "abcd":
            low = int(draw.integers(0, size // 2 + 2))
            rows.append((name, value, low, low + int(draw.integers(0, size))))
    quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    system = quota_system(people, quotas, size)
    found = explain_shortfall(system)
    assert found.total == nearest_by_milp(system)
    assert is_feasible(quota_system(people, found.quotas, size))


def test_column_sifting_finds_the_optimum_over_many_types():
    draw = np.random.default_rng(5)
    people = pd.DataFrame({f"f{number}": draw.integers(0, 4, 30_000).astype(str) for number in range(9)})
    rows = [(f"f{number}", str(level), 5, 50) for number in range(9) for level in range(4)]
    rows[:3] = [("f0", "0", 20, 50), ("f0", "1", 20, 50), ("f0", "2", 20, 50)]
    system = quota_system(people, pd.DataFrame(rows, columns=["feature", "value", "min", "max"]), 50)
    assert len(system.counts) > 4000
    found = explain_shortfall(system)
    # The four levels of f0 ask for 20 + 20 + 20 + 5 of 50 places, so 15 at least must give way.
    assert found.total == 15
    assert found.clash[["feature", "value", "bound"]].values.tolist() == [
        ["f0", "0", "min"],
        ["f0", "1", "min"],
        ["f0", "2", "min"],
    ]
    assert is_feasible(quota_system(people, found.quotas, 50))


def test_whole_numbers_can_clash_where_fractions_do_not():
    """Three groups, any two of which overlap in everyone: half of each type would do, whole people cannot."""
    people = pd.DataFrame({"a": ["y", "y", "n"], "b": ["y", "n", "y"], "c": ["n", "y", "y"]})
    quotas = pd.DataFrame(
        [(name, "y", 1, 1) for name in "abc"] + [(name, "n", 0, 1) for name in "abc"],
        columns=["feature", "value", "min", "max"],
    )
    two = quotas.assign(min=[1, 1, 1, 0, 0, 0], max=[1, 1, 1, 2, 2, 2])
    system = quota_system(people, two, 2)
    assert not is_feasible(system)
    assert explain_shortfall(system).total == 1


def test_fewer_people_than_places_is_no_quotas_fault():
    people = pd.DataFrame({"a": ["x", "y"]})
    quotas = pd.DataFrame([("a", "x", 1, 2)], columns=["feature", "value", "min", "max"])
    with pytest.raises(InfeasibleDesignError, match="too-few-people"):
        explain_shortfall(quota_system(people, quotas, 3))


# -- designs ------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=examples(30))
@given(
    st.integers(20, 150),
    st.integers(0, 9),
    st.integers(5, 40),
    st.integers(1, 30),
    st.integers(0, 12),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_the_nearest_design_can_be_met(people, seed, size, carers, most_young, team, fixed):
    coded = coded_pool(people, seed, teams=4)
    able = coded.people.index[coded.people[list(coded.code_names)].any(axis=1)]
    assume(len(able) > fixed)
    design = Design(
        size=max(size, fixed),
        codes={"CT07": Quota(min=carers)},
        characteristics={"sex": {"Female": Quota(max=size // 2)}},
        at_most={"linked_group": 1, "team": team},
        must_include=dict.fromkeys(able[:fixed], "wanted"),
    ).with_combination({"sex": "Female", "CT07": "yes"}, max=most_young)
    found = shortfall_of(design, coded)
    if found is None:
        return
    assert found.total > 0
    assert len(found.clash) >= 1
    assert found.nearest_design is not None
    assert shortfall_of(found.nearest_design, coded) is None
    assert found.nearest_design.must_include == design.must_include


def test_the_error_names_the_clash_the_supply_and_the_way_out():
    coded = coded_pool(500)
    young = coded.people["age_band"] == "18 to 24"
    able = coded.people[list(coded.code_names)].any(axis=1)
    design = (
        Design.suggest(coded, balance=False)
        .with_quota("CT02", min=8)
        .with_quota("age_band", "18 to 24", max=5)
    )
    found = shortfall_of(design, coded)
    error = refusal(found, found.nearest_design)
    text = str(error)
    assert error.exit_code == 4
    assert f"CT02: at least 8 ({int((coded.people['CT02'] & able).sum())} people in the pool)" in text
    assert f"age band, 18 to 24: at most 5 ({int((young & able).sum())} people in the pool)" in text
    assert "age band, 18 to 24: at most 8 instead of 5. It is shortfall.nearest_design." in text
    assert "no list of 50 can meet the design: " in text
    assert shortfall_of(error.shortfall.nearest_design, coded) is None
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == text
    assert again.shortfall.nearest_design == found.nearest_design


def test_a_limit_that_leaves_too_few_people_is_raised_for_all_values_at_once():
    coded = coded_pool(400, teams=12)
    found = shortfall_of(Design(size=50, at_most={"team": 3}), coded)
    assert found.clash.values.tolist()[0][:4] == ["team", "each value", "max", 3]
    most = int(found.nearest["nearest"].iloc[0])
    able = coded.people[coded.people[list(coded.code_names)].any(axis=1)]
    sizes = able["team"].value_counts()
    assert sizes.clip(upper=most).sum() >= 50 > sizes.clip(upper=most - 1).sum()
    assert found.nearest_design.at_most == {"team": most}


def test_limits_of_many_values_are_found_to_clash_with_quotas():
    """Everyone with the rare code has the same worker, out of hundreds of workers."""
    coded = coded_pool(600, teams=5)
    people = coded.people.copy()
    rare = people["CT02"]
    people.loc[rare, "lead_professional"] = "Worker X"
    changed = type(coded)(people)
    design = Design(size=30, codes={"CT02": Quota(min=4)}, at_most={"worker": 2})
    found = shortfall_of(design, changed)
    assert set(found.clash["feature"]) == {"CT02", "lead_professional"}
    assert found.total == 2
    assert "Worker X" not in found.in_words()
    assert shortfall_of(found.nearest_design, changed) is None


def test_fixed_places_that_overfill_a_maximum_are_counted_in_the_numbers_told():
    coded = coded_pool(300)
    able = coded.people[coded.people[list(coded.code_names)].any(axis=1)]
    women = able.index[able["sex"] == "Female"][:4]
    design = Design(size=10, characteristics={"sex": {"Female": Quota(max=2)}}).with_fixed_places(
        dict.fromkeys(women, "wanted")
    )
    found = shortfall_of(design, coded)
    assert found.nearest[["feature", "bound", "asked", "nearest"]].values.tolist() == [["sex", "max", 2, 4]]
    assert found.clash["supply"].tolist() == [int((able["sex"] == "Female").sum())]
