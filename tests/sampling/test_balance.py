"""Balance: every level of the main characteristics within a person of expected, on every list, at nobody's cost."""

from __future__ import annotations

import math

import pytest
from believable import coded_pool
from counted_lists import audit
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.designs import balance as balancing
from casetrack.designs.design import Design, Quota
from casetrack.designs.drawing import chances_of, draw_prepared, prepare_design
from casetrack.lottery.numbered import lottery_of
from share import examples

KEY = b"b" * 32
NAMES = ("age_band", "sex", "ethnic_group")


@settings(max_examples=examples(3), deadline=None)
@given(st.integers(1, 50), st.sampled_from([150, 300]), st.sampled_from([20, 50]))
def test_every_level_is_within_a_person_of_expected_on_every_list(seed, people, size):
    coded = coded_pool(people, seed=seed)
    plain = Design.suggest(coded, size=size, balance=False)
    design = Design.suggest(coded, size=size)
    reasons = {name: why for name, why in design.reasons.items() if not name.startswith("balance: ")}
    assert design.without_balance() == plain.with_reasons(reasons)
    before, after = chances_of(plain, coded), chances_of(design, coded)
    assert after[after > 0].min() == pytest.approx(before[before > 0].min(), rel=1e-6)
    lottery = prepare_design(coded, design, KEY)
    expected = {
        (name, level): float(after[coded.people[name] == level].sum())
        for name, levels in design.balance.items()
        for level in levels
    }
    for number in range(2):
        drawn = draw_prepared(lottery, f"seed {number}")
        listed = coded.people.loc[list(drawn.chosen)]
        for (name, level), mean in expected.items():
            slack = 0.5 if "and a half" in design.reasons[f"balance: {name}"] else 0.0
            count = int((listed[name] == level).sum())
            assert math.floor(mean - slack + 1e-4) <= count <= math.ceil(mean + slack - 1e-4)
    assert not any("Not recorded" in levels for levels in design.balance.values())


def test_without_balance_minimums_alone_hold():
    design = Design.suggest(coded_pool(300), balance=False)
    assert not design.balance and not any(name.startswith("balance") for name in design.reasons)


def test_what_is_balanced_can_be_written_read_and_widened():
    coded = coded_pool(300)
    design = Design.suggest(coded)
    again = Design.from_toml(design.to_toml())
    assert again == design and again.digest() == design.digest()
    quota = design.balance["sex"]["Female"]
    wider = design.with_balance("sex", "Female", min=quota.min - 3, max=quota.max + 3)
    assert wider.quotas()["sex", "Female"].max == quota.max + 3
    assert wider.digest() != design.digest()
    less = design.without_balance("sex")
    assert "sex" not in less.balance and "balance: sex" in design.reasons
    assert set(design.reasons) - set(less.reasons) == {"balance: sex"}
    assert "sex, balanced: " in design.describe()


@given(
    st.builds(Quota, min=st.integers(0, 9), max=st.integers(9, 20) | st.none()),
    st.integers(0, 20),
    st.integers(0, 3),
)
def test_what_a_council_asks_of_a_balanced_level_holds(own, low, more):
    design = Design(size=50, characteristics={"sex": {"Female": own}}).with_balance(
        "sex", "Female", min=low, max=low + more
    )
    held = design.quotas()["sex", "Female"]
    assert held.min >= own.min
    assert own.max is None or held.max <= own.max
    # As near to balanced as that allows.
    both_ways = [n for n in range(low, low + more + 1) if own.min <= n and (own.max is None or n <= own.max)]
    assert (held.min, held.max) == (both_ways[0], both_ways[-1]) if both_ways else held.min == held.max


def test_where_no_lists_are_found_the_least_important_gives_way_first(monkeypatch):
    coded = coded_pool(300)
    tried = []

    def found(design, _):
        tried.append({name: dict(levels) for name, levels in design.balance.items()})
        return "ethnic_group" not in design.balance

    monkeypatch.setattr(balancing, "_lists_are_found", found)
    design = Design.suggest(coded)
    assert set(design.balance) == {"age_band", "sex"}
    assert design.reasons["balance: ethnic_group"].startswith("not balanced")
    # All as they are, ethnic group wider, then sex, then age, then ethnic group not at all.
    assert len(tried) == 5
    assert tried[1]["sex"] == tried[0]["sex"] and tried[1]["ethnic_group"] != tried[0]["ethnic_group"]


def test_a_reference_population_is_what_is_balanced_to_where_it_costs_little():
    coded = coded_pool(500)
    shares = {"sex": {"Female": 0.5, "Male": 0.5}}
    design = Design.suggest(coded, reference=shares)
    bounds = design.balance["sex"]
    recorded = sum(
        chances_of(Design.suggest(coded, balance=False), coded)[coded.people["sex"] == sex].sum()
        for sex in ("Female", "Male")
    )
    assert all(q.min - 1 <= recorded / 2 <= q.max + 1 for q in bounds.values())
    assert "reference population; the lowest chance is then" in design.reasons["balance: sex"]
    rare = {"ethnic_group": {"Asian or Asian British": 0.97, "White": 0.03}}
    kept = Design.suggest(coded, reference=rare)
    assert "would cost" in kept.reasons["balance: ethnic_group"]


def test_bounds_are_whole_numbers_beside_what_is_expected():
    assert balancing._bounds(28.3, 0.0) == (28, 29)
    assert balancing._bounds(28.00005, 0.0) == (28, 28)
    assert balancing._bounds(28.3, 0.5) == (27, 29)
    assert balancing._bounds(0.2, 0.5) == (0, 1)


def test_all_lists_of_a_balanced_lottery_count_out_to_its_tickets():
    coded = coded_pool(150, seed=3)
    design = Design.suggest(coded, size=20)
    prepared = prepare_design(coded, design, KEY).prepared
    small, kept = lottery_of(prepared.lottery.rules, prepared.wanted_of_kinds, KEY, {}, lists=300)
    assert kept
    assert audit(small).exact


def test_minimums_stay_at_a_third_of_a_cohort_and_a_quarter_of_a_level():
    coded = coded_pool(200)
    design = Design.suggest(coded, balance=False)
    for code, quota in design.codes.items():
        assert quota.min <= max(1, int(coded.people[code].sum()) // 3)
    for name, levels in design.characteristics.items():
        for level, quota in levels.items():
            assert quota.min <= max(1, int((coded.people[name] == level).sum()) // 4)
    assert Quota(min=0) not in design.codes.values()
