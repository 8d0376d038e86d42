"""Numbered lists: exact by counting, whatever the search found; each claim beside a slow oracle of its own."""

import dataclasses
import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from counted_lists import audit
from hypothesis import given, settings
from hypothesis import strategies as st
from lottery_pools import council, lists_that_meet, no_quotas, pools, quotas_hold
from scipy.optimize import linprog
from scipy.stats import chi2

from casetrack.errors import DesignError, InfeasibleDesignError
from casetrack.lottery import numbered
from casetrack.lottery.chances import equal_as_possible, lowest_cap
from casetrack.lottery.counted import counted_by_programmes, counted_by_swaps
from casetrack.lottery.draw import draw_list
from casetrack.lottery.keyed import Keyed
from casetrack.lottery.kinds import kinds_of
from casetrack.lottery.leaf import EASE, HARD, Leaf
from casetrack.lottery.listing import shares_of_listing
from casetrack.lottery.numbered import LISTS, lottery_of
from casetrack.lottery.prepare import limited_chances, prepare
from casetrack.lottery.rules import Limit, Rules
from casetrack.lottery.tickets import part_of, tickets_of
from casetrack.quotas.quota_system import quota_system
from casetrack.sampling import select
from share import examples

KEY = bytes(range(32))
FEW = settings(deadline=None, max_examples=examples(25))


@st.composite
def leaves(draw):
    """Rules that some lists keep, and tickets of those lists put together: a leaf that can be solved."""
    chance = np.random.default_rng(draw(st.integers(0, 10**6)))
    kinds, rows, size, lists = (draw(st.integers(*ends)) for ends in ((4, 14), (1, 5), (2, 6), (2, 24)))
    features = (chance.random((kinds, rows)) < 0.4).astype(np.int8)
    value = chance.integers(-1, 4, kinds)
    most = np.full(4, draw(st.integers(1, 3)))
    each = np.full(kinds, draw(st.integers(1, 2)))
    limits = (Limit(np.arange(kinds), each), Limit(value, most))
    found = []
    for _ in range(400):
        listed = chance.integers(0, kinds, size)
        held = value[listed]
        if (
            np.bincount(listed).max() <= each[0]
            and np.bincount(held[held >= 0], minlength=4).max() <= most[0]
        ):
            found.append(listed)
    if len(found) < lists:
        found = [np.arange(size) % kinds] * lists
        limits = (Limit(np.arange(kinds), np.full(kinds, size)), Limit(np.full(kinds, -1), most))
    listed = np.array(found[:lists])
    counts = features[listed].sum(axis=1)
    rules = Rules(
        features, counts.min(axis=0).astype(np.int64), counts.max(axis=0).astype(np.int64), size, limits
    )
    return rules, np.bincount(listed.ravel(), minlength=kinds), lists


def penalty(rules, leaf, at, listed):
    """What a list costs as the leaf weighs it, by plain loops."""
    cost = 0.0
    for row in range(len(rules.low)):
        count = sum(int(rules.features[kind, row]) for kind in listed)
        cost += leaf._weight[at, row] * max(count - rules.high[row], rules.low[row] - count, 0)
    for limit in rules.limits:
        held = [limit.value[kind] for kind in listed if limit.value[kind] >= 0]
        cost += HARD * sum(max(held.count(v) - limit.most[v], 0) for v in set(held))
    return cost


@FEW
@given(leaves(), st.integers(0, 10**6))
def test_what_a_swap_is_said_to_change_is_what_it_changes(given_leaf, seed):
    rules, tickets, lists = given_leaf
    leaf = Leaf(rules, tickets, lists, Keyed(KEY, seed))
    leaf._weight += np.random.default_rng(seed).integers(0, 50, leaf._weight.shape)
    a, b = 0, lists - 1
    # What is below one only tells swaps of the same cost apart.
    told = np.floor(leaf._changes(np.array([a]), np.array([b]))[0])
    least, place, other = (int(found[0]) for found in leaf._best(np.array([a]), np.array([b])))
    slots, swaps = leaf.slots, []
    before = penalty(rules, leaf, a, slots[a]) + penalty(rules, leaf, b, slots[b])
    for p, q in itertools.product(range(rules.size), repeat=2):
        one, two = slots[a].copy(), slots[b].copy()
        if one[p] != two[q]:
            swaps.append(((p, q), told[p, q]))
        one[p], two[q] = two[q], one[p]
        assert told[p, q] == penalty(rules, leaf, a, one) + penalty(rules, leaf, b, two) - before
    assert least == min([HARD, *(change for _, change in swaps)]), (
        "people of one kind exchanged are no swap at all"
    )
    assert least == HARD or ((place, other), least) in swaps


@FEW
@given(leaves(), st.integers(0, 10**6))
def test_a_leaf_keeps_its_tickets_solved_or_not_and_says_truly_which_lists_break_a_rule(given_leaf, seed):
    rules, tickets, lists = given_leaf
    leaf = Leaf(rules, tickets, lists, Keyed(KEY, seed))
    solved = leaf.mend(400)
    assert (np.bincount(leaf.slots.ravel(), minlength=len(tickets)) == tickets).all()
    broken = {at for at, listed in enumerate(leaf.slots) if rules.broken_by(listed)}
    assert set(leaf.bad().tolist()) == broken
    assert solved == (not broken)


def test_costs_stay_exact_however_long_a_list_is_stuck():
    rules = Rules(np.ones((8, 150), np.int8), np.full(150, 3), np.full(150, 3), 2, ())
    leaf = Leaf(rules, np.full(8, 4), 16, Keyed(KEY, "stuck"))
    assert not leaf.mend(60_000), "two people never make three"
    assert leaf._weight.min() > EASE
    # Every number that float32 adds up is whole and below 2^24, with an eighth for ties below 2^21.
    assert 4 * leaf._most_weight * 150 <= 2**21
    assert (leaf._weight <= leaf._most_weight).all()


def test_the_rounds_of_a_leaf_are_bounded_however_few_pairs_each_has(monkeypatch):
    rules = Rules(np.ones((4, 2), np.int8), np.full(2, 3), np.full(2, 3), 2, ())
    leaf, rounds = Leaf(rules, np.full(4, 1), 2, Keyed(KEY, "stuck")), []
    best = leaf._best
    monkeypatch.setattr(leaf, "_best", lambda a, b: (rounds.append(len(a)), best(a, b))[1])
    assert not leaf.mend(8_000)
    assert len(rounds) == 1_000 and max(rounds) == 2


@FEW
@given(st.integers(0, 10**6), st.integers(2, 400), st.integers(1, 6))
def test_tickets_and_their_parts_add_up_and_keep_every_bound(seed, lists, size):
    chance = np.random.default_rng(seed)
    features = (chance.random((30, 4)) < 0.3).astype(np.int8)
    wanted = chance.dirichlet(np.ones(30)) * size
    expected = wanted @ features
    rules = Rules(
        features, np.floor(expected).astype(np.int64), np.ceil(expected).astype(np.int64), size,
        (Limit(np.arange(30), np.full(30, size)),),
    )  # fmt: skip
    tickets, kept = tickets_of(rules, wanted, lists, Keyed(KEY, seed))
    assert tickets.sum() == lists * size and (tickets >= 0).all()
    reached = tickets @ features
    assert kept == bool(((reached >= lists * rules.low) & (reached <= lists * rules.high)).all())
    assert np.abs(tickets - wanted * lists).max() < 6
    if kept and lists > 1:
        first = lists // 2
        part, fits = part_of(rules, tickets, lists, first, Keyed(KEY, seed, "part"))
        rest = tickets - part
        assert part.sum() == first * size and (part >= 0).all() and (rest >= 0).all()
        for some, many in ((part, first), (rest, lists - first)):
            inside = ((some @ features >= many * rules.low) & (some @ features <= many * rules.high)).all()
            assert bool(inside) or not fits


def prepared_of(people, quotas, size, limits=None, **more):
    system = quota_system(people, quotas, size)
    wanted = limited_chances(system, limits or {})
    return prepare(wanted, limits or {}, key=KEY, told={"pool": "test"}, **more)


@FEW
@given(pools())
def test_every_list_of_a_lottery_is_one_that_exists_and_their_average_is_the_published_chance(pool):
    people, quotas, size = pool
    exists = lists_that_meet(people, quotas, size)
    if not exists:
        return
    made = prepared_of(people, quotas, size)
    small = made.lottery
    if not made.counted:
        small, kept = lottery_of(small.rules, made.wanted_of_kinds, KEY, {"pool": "test"}, 300)
        if not kept:
            return  # so few lists cannot have these chances; the ten million have
    found = audit(small)
    assert found.exact or not made.counted
    # Whoever of a kind is taken, the list is one of those that trying all gives.
    groups = made.kinds.group_of
    possible = {tuple(sorted(groups[list(rows)])) for rows in exists}
    numbers = range(0, small.lists, max(1, small.lists // 40))
    for number in numbers:
        written = small.list_number(number)
        if written.certificate.holds:
            assert tuple(sorted(made.kinds.group[written.kinds])) in possible


@pytest.mark.parametrize("seed", range(2))
def test_every_list_of_a_middling_pool_counted(seed):
    people, quotas = council(300, seed)
    people["household"] = [f"H{(row * 7) % 140}" for row in range(300)]
    numbers = np.unique(people["household"], return_inverse=True)[1]
    limits = {"household": Limit(numbers, np.ones(140, dtype=np.int64))}
    holds = np.random.default_rng(seed).random((300, 3)) < 0.5
    holds[:, 0] |= ~holds.any(axis=1)
    made = prepared_of(people, quotas, 20, limits, holds=holds)
    assert not made.counted and made.listing_kept
    small, kept = lottery_of(made.lottery.rules, made.wanted_of_kinds, KEY, {"pool": "test"}, 1000)
    found = audit(small)
    assert kept and found.exact and found.lists == 1000 and found.distinct > 990


def test_the_audit_finds_what_is_wrong():
    people, quotas = council(200, 1)
    made = prepared_of(people, quotas, 20)
    small, _ = lottery_of(made.lottery.rules, made.wanted_of_kinds, KEY, {}, 64)
    slots, _, _ = small.leaf(small.whole())
    repeats = np.ones(64, dtype=np.int64)
    assert audit(small.counted_out(slots, repeats)).exact
    wrong = slots.copy()
    wrong[0] = wrong[0][0]
    found = audit(small.counted_out(wrong, repeats))
    assert found.broken == 1 and not found.uncounted and not found.exact
    other = dataclasses.replace(small.counted_out(slots, repeats), tickets=small.tickets + 1)
    assert audit(other).uncounted
    assert not other.list_number(0).certificate.holds


def test_twenty_thousand_seeds_draw_everybody_as_often_as_published():
    """The number of a seed and the hash within a kind: the lists themselves are counted, not sampled."""
    people, quotas = council(200, 2)
    made = prepared_of(people, quotas, 20)
    small, _ = lottery_of(made.lottery.rules, made.wanted_of_kinds, KEY, {}, 400)
    lists = [slots for part in small.leaves() for slots in small.leaf(part)[0]]
    keys = [label.encode() for label in people.index]
    seeds, times = 20_000, np.zeros(len(people))
    drawn = np.array([small.number_of(f"seed {number}") for number in range(seeds)])
    often = np.bincount(drawn, minlength=400)
    expected = seeds / 400
    assert ((often - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 399)
    for seed, number in enumerate(drawn[:4000].tolist()):
        rows = [row for row, _ in made.kinds.take(lists[number], keys, (KEY, f"{seed} {number}"))]
        assert len(rows) == 20
        times[rows] += 1
    chances = (small.tickets / (small.lists * made.kinds.people[made.kinds.group]))[made.kinds.group_of]
    z = (times - 4000 * chances) / np.sqrt(np.maximum(4000 * chances * (1 - chances), 1e-9))
    assert np.abs(z).max() < 4.5
    # Within a kind everybody is as likely as everybody else.
    for group in np.unique(made.kinds.group_of):
        inside = times[made.kinds.group_of == group]
        if len(inside) > 4 and inside.mean() > 20:
            spread = ((inside - inside.mean()) ** 2).sum() / (
                inside.mean() * (1 - chances[made.kinds.group_of == group][0])
            )
            assert spread < chi2.ppf(0.9999, len(inside) - 1)


def test_another_key_deals_other_lists_and_practice_lists_are_not_the_lotterys():
    people, quotas = council(300, 2)
    made = prepared_of(people, quotas, 20)
    other = made.lottery.with_key(bytes(32))
    assert (other.tickets == made.lottery.tickets).all()
    same = sum(
        (made.lottery.list_number(number).kinds == other.list_number(number).kinds).all()
        for number in range(0, LISTS, LISTS // 10)
    )
    assert same == 0
    practice = made.lottery.practice(bytes(32), 100)
    assert practice.shape == (100, 20)
    assert not any(made.lottery.rules.broken_by(listed) for listed in practice)


def test_the_order_of_rows_changes_neither_digest_nor_list():
    people, quotas = council(250, 3)
    turned = np.random.default_rng(1).permutation(len(people))
    one = select(people, quotas, 20, "s", key=KEY)
    two = select(people.iloc[turned], quotas.iloc[::-1], 20, "s", key=KEY)
    assert one.lottery_digest == two.lottery_digest
    assert one.chosen == two.chosen
    assert one.lottery_digest != select(people, quotas, 20, "s", key=bytes(32)).lottery_digest
    assert one.lottery_digest == select(people, quotas, 20, "t", key=KEY).lottery_digest


def test_limits_in_the_lists_bias_nobodys_chance():
    """Two hundred people alone and 250 households of two, one a household: everybody has the same chance, counted."""
    sex = np.tile(["F", "M"], 350)
    people = pd.DataFrame(
        {"sex": sex, "household": [f"A{n}" for n in range(200)] + [f"H{n // 2}" for n in range(500)]}
    )
    quotas = pd.DataFrame([("sex", "F", 22, 28)], columns=["feature", "value", "min", "max"])
    selection = select(people, quotas, 50, "s", at_most={"household": 1}, key=KEY)
    assert people.loc[selection.chosen, "household"].is_unique
    assert np.ptp(selection.chances) < 2e-7
    small, _ = lottery_of(selection.lottery.lottery.rules, selection.lottery.wanted_of_kinds, KEY, {}, 512)
    assert audit(small).exact


# -- chances capped, shares of listing ------------------------------------------------------------------


def test_the_cap_is_the_smallest_that_costs_no_more_than_a_twentieth_of_the_floor():
    # Two groups of ten with three places each, and two people in both, whom equal weights make likeliest by far.
    flags = {"a": [n < 10 for n in range(200)], "b": [8 <= n < 18 for n in range(200)]}
    people = pd.DataFrame({name: np.where(has, "yes", "no") for name, has in flags.items()})
    rows = [("a", "yes", 3, 20), ("b", "yes", 3, 20)]
    quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    system = quota_system(people, quotas, 20)
    free = equal_as_possible(system)
    cap = lowest_cap(system, free)
    assert cap < 0.8 * free.by_type.max()
    capped, tighter = equal_as_possible(system, cap), equal_as_possible(system, cap - 0.001)
    assert capped.by_type.max() <= cap + 1e-9
    assert capped.floor >= 0.95 * free.floor * (1 - 1e-5)
    assert tighter is None or tighter.floor < 0.95 * free.floor
    assert capped.residual < 1e-8


@FEW
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 8))
def test_shares_of_listing_give_the_largest_least_number_per_code(seed, codes, count):
    chance = np.random.default_rng(seed)
    holds = np.unique(chance.random((count, codes)) < 0.5, axis=0)
    holds = holds[holds.any(axis=1)]
    if not len(holds):
        return
    expected = chance.random(len(holds)) * 10
    shares, level = shares_of_listing(holds, expected)
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-8) and (shares >= 0).all()
    assert not (shares[~holds] > 0).any()
    assert np.allclose(expected @ shares, level, atol=1e-7)
    # The oracle: the best least number by one programme over all shares.
    sets, places = np.nonzero(holds)
    lift = np.zeros((codes, len(sets) + 1))
    lift[places, np.arange(len(sets))] = -expected[sets]
    lift[holds.any(axis=0), -1] = 1
    whole = np.zeros((len(holds), len(sets) + 1))
    whole[sets, np.arange(len(sets))] = 1
    best = linprog(
        np.r_[np.zeros(len(sets)), -1.0],
        A_ub=lift,
        b_ub=np.zeros(codes),
        A_eq=whole,
        b_eq=np.ones(len(holds)),
    )
    assert level[holds.any(axis=0)].min() == pytest.approx(-best.fun, abs=1e-5)


def test_people_already_listed_by_fixed_places_count_towards_the_level():
    holds = np.array([[True, True], [True, False]])
    shares, level = shares_of_listing(holds, np.array([4.0, 1.0]), np.array([0, 3]))
    assert level.tolist() == [4.0, 4.0]
    assert shares.tolist() == [[0.75, 0.25], [1.0, 0.0]]


# -- lists counted out --------------------------------------------------------------------------------------


def test_where_no_lists_have_the_chances_lists_are_counted_out_and_the_floor_is_the_largest():
    """Three pairs, one of each kind or none: fractions of people could do what no list can."""
    people = pd.DataFrame({"A": list("yyynnn"), "B": list("yynyyn"), "C": list("ynyyny")})
    rows = [("A", "y", 1, 1), ("B", "y", 2, 2), ("C", "y", 1, 1)]
    quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    exists = lists_that_meet(people, quotas, 2)
    selection = select(people, quotas, 2, "s", key=KEY)
    assert quotas_hold(people, quotas, selection.chosen)
    assert {row for rows in exists for row in rows} == set(np.flatnonzero(selection.chances))
    system = quota_system(people, quotas, 2)
    kinds = kinds_of(system, [])
    rules = kinds.rules(system)
    even = kinds.people / 3
    found = counted_by_programmes(rules, even, even, 1000, Keyed(KEY, "x"))
    lists, repeats = found
    assert repeats.sum() == 1000
    assert not any(rules.broken_by(listed) for listed in lists)


@pytest.mark.parametrize("number", [20, 85, 154, 339, 554])
def test_pools_that_were_hard_once_are_exact(number):
    """Of the pools that the benchmark tries: some that are counted out, with people who are on no list."""
    path = Path(__file__).parents[2] / "benchmarks" / "lottery_exact.py"
    spec = importlib.util.spec_from_file_location("lottery_exact", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.held_against_all(number)[1] == []
    # That lists are to be counted out is found before the number, not by it.
    people, quotas, size, limits = script.pool_of(number)
    selection = select(people, quotas, size, f"seed {number}", at_most=limits, key=bytes(32))
    assert "could not be dealt" not in selection.summary()


def test_a_table_of_lists_keeps_every_rule_and_its_count_is_what_is_published():
    people, quotas = council(300, 4)
    system = quota_system(people, quotas, 20)
    kinds = kinds_of(system, [])
    rules, chances = kinds.rules(system), equal_as_possible(system)
    wanted = chances.by_type * system.counts
    # Chances that no lists can have: everybody's is moved by a tenth.
    wrong = wanted * np.random.default_rng(1).uniform(0.9, 1.1, len(wanted))
    wrong *= 20 / wrong.sum()
    lists, repeats = counted_by_swaps(rules, wrong, LISTS, Keyed(KEY, "test"))
    assert not any(rules.broken_by(listed) for listed in lists)
    assert repeats.sum() == LISTS
    lottery, _ = lottery_of(rules, wanted, KEY, {})
    out = lottery.counted_out(lists, repeats)
    assert out.tickets.sum() == LISTS * 20
    assert np.abs(out.tickets / LISTS - wrong).sum() < 2
    for number in (0, 1234567, LISTS - 1):
        assert out.list_number(number).certificate.holds


def test_a_leaf_that_cannot_be_dealt_is_told_and_lists_are_counted_out(monkeypatch):
    people, quotas = council(200, 2)
    system = quota_system(people, quotas, 20)
    made = prepared_of(people, quotas, 20)
    keys = [label.encode() for label in people.index]
    monkeypatch.setattr(numbered, "WORK", (0,))
    monkeypatch.setattr(numbered, "FEW_WORK", (0,))
    with pytest.raises(DesignError, match="list-not-dealt"):
        draw_list(made, keys, "s", 5)
    drawn = draw_list(made, keys, "s")
    assert drawn.recounted and drawn.certificate.holds and drawn.prepared.counted
    assert "could not be dealt" in drawn.in_words()[0]
    chosen = np.bincount(system.type_of[drawn.rows], minlength=len(system.counts))
    assert system.met_by(chosen)


def test_a_design_that_no_list_meets_although_fractions_do_is_refused():
    people = pd.DataFrame({"A": list("yyn"), "B": list("yny"), "C": list("nyy")})
    rows = [(name, "y", 1, 1) for name in "ABC"]
    quotas = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    assert not lists_that_meet(people, quotas, 1)
    with pytest.raises(InfeasibleDesignError):
        select(people, quotas, 1, "s")


def test_ends_of_the_range():
    people, _ = council(30, 4)
    assert select(people, no_quotas(), 0, "s").chosen == []
    everyone = select(people, no_quotas(), 30, "s")
    assert sorted(everyone.chosen) == sorted(people.index)
    assert (everyone.chances == 1).all()
    assert np.allclose(select(people, no_quotas(), 3, "s").chances, 0.1)
    with pytest.raises(InfeasibleDesignError):
        select(people, no_quotas(), 31, "s")


def test_wrong_use_is_refused_with_a_code_and_without_a_value():
    people, quotas = council(30, 4)
    cases = {
        "people-twice": (people.rename(index={"P00001": "P00002"}), quotas, 5, "s"),
        "quota-feature": (people, quotas.assign(feature="height"), 5, "s"),
        "quota-crossed": (people, quotas.assign(min=6, max=5), 5, "s"),
        "quota-number": (people, quotas.assign(min=0.5), 5, "s"),
        "quota-columns": (people, quotas[["feature", "value"]], 5, "s"),
        "no-seed": (people, no_quotas(), 5, "  "),
        "bad-size": (people, no_quotas(), -1, "s"),
    }
    for code, arguments in cases.items():
        with pytest.raises(DesignError) as caught:
            select(*arguments)
        assert caught.value.code == code
        assert "P0000" not in str(caught.value)


def test_the_floor_is_possible_where_the_list_takes_most_of_a_small_pool():
    people = pd.DataFrame(
        {"A": ["no"] * 3 + ["yes"] * 3 + ["no"], "B": ["no"] * 3 + ["yes"] * 2 + ["no", "yes"]}
    )
    quotas = pd.DataFrame(
        [("A", "yes", 2, 2), ("B", "yes", 2, 2)], columns=["feature", "value", "min", "max"]
    )
    chances = equal_as_possible(quota_system(people, quotas, size=6))
    # Two of the three with A and two of the three with B: one of the two with both, or both, half the time each.
    assert chances.best_floor == pytest.approx(0.5)
    assert chances.residual < 1e-9
    assert chances.by_type.max() <= 1
