"""Exactness of the lottery: the flight by following every branch, the whole by chi-square over many seeds."""

import numpy as np
import pandas as pd
import pytest
from lottery_pools import council, no_quotas, quotas_hold
from scipy.stats import chi2

from casetrack.errors import DesignError, InfeasibleDesignError
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.chances import equal_as_possible
from casetrack.lottery.flight import fly
from casetrack.lottery.lottery import draw_types
from casetrack.lottery.opening import Opening, open_chances
from casetrack.quotas.quota_system import quota_system
from casetrack.sampling import select


class Branches:
    """Stands in for the uniforms: follows one path of rises and falls, and notes the odds at each fork."""

    def __init__(self, path):
        self.path, self.odds = list(path), []

    def next(self, number):
        return self

    def __mul__(self, width):
        return _Fork(self, width)


class _Fork:
    def __init__(self, branches, width):
        self.branches, self.width = branches, width

    def __lt__(self, down):
        at = len(self.branches.odds)
        if at == len(self.branches.path):
            self.branches.path.append(True)
        rises = self.branches.path[at]
        odds = down / self.width
        self.branches.odds.append(odds if rises else 1 - odds)
        return rises


def every_branch(matrix, part, stop, monkeypatch):
    """All ends of the flight with their probabilities, by depth-first search over the forks."""
    ends, path = [], []
    while True:
        branches = Branches(path)
        monkeypatch.setattr("casetrack.lottery.flight._Chance", lambda first, further, told=branches: told)
        end = fly(matrix, part, np.arange(len(part)), np.zeros(len(part)), lambda number, step: 0.0, stop)
        ends.append((end, float(np.prod(branches.odds))))
        path = branches.path
        while path and not path[-1]:
            path.pop()
        if not path:
            return ends
        path[-1] = False


@pytest.mark.parametrize("stop", [0, 4])
def test_every_branch_of_the_flight_keeps_quotas_and_their_average_is_the_chances(monkeypatch, stop):
    chances = np.random.default_rng(5)
    matrix = np.vstack([chances.integers(0, 2, (2, 9)), np.ones(9)]).astype(float)
    part = np.round(chances.uniform(0.1, 0.9, 9), 3)
    ends = every_branch(matrix, part, stop, monkeypatch)
    assert len(ends) > 5
    assert sum(odds for _, odds in ends) == pytest.approx(1)
    assert np.allclose(sum(end * odds for end, odds in ends), part, atol=1e-12)
    for end, _ in ends:
        assert np.allclose(matrix @ end, matrix @ part, atol=1e-12)
        assert ((end > 0) & (end < 1)).sum() <= max(stop, 3)


def test_falls_worked_out_together_are_the_same_as_one_by_one(monkeypatch):
    people, quotas = council(1500, 1)
    people["more"] = [f"level {number % 40}" for number in range(len(people))]
    extra = pd.DataFrame([("more", f"level {n}", 0, 20) for n in range(40)], columns=quotas.columns)
    system = quota_system(people, pd.concat([quotas, extra], ignore_index=True), 20)
    part = equal_as_possible(system).by_type * system.counts
    matrix = np.vstack([system.features, np.ones(len(part))]).astype(float)
    source = ChanceSource("s")
    uniforms, order = source.uniforms("u", system.type_keys), np.argsort(system.counts, kind="stable")

    def flown(length):
        monkeypatch.setattr("casetrack.lottery.flight._RUN", length)
        monkeypatch.setattr("casetrack.lottery.flight._LAST_PART", 50)
        return fly(matrix, part % 1, order, uniforms, lambda n, s: source.uniform(str(n), str(s)), 20)

    assert np.allclose(flown(1), flown(128), atol=1e-9)


def test_ends_of_many_flights_fit_the_published_chances():
    people, quotas = council(120, 2)
    system = quota_system(people, quotas, 20)
    part = equal_as_possible(system).by_type * system.counts % 1
    matrix = np.vstack([system.features, np.ones(len(part))]).astype(float)
    order, flights = np.argsort(system.counts, kind="stable"), 1000
    ends = np.zeros((flights, len(part)))
    for number in range(flights):
        source = ChanceSource(f"seed {number}")
        uniforms = source.uniforms("step", system.type_keys)
        ends[number] = fly(
            matrix, part, order, uniforms, lambda n, s, from_=source: from_.uniform(str(n), str(s))
        )
    inner = ends.std(axis=0) > 0
    z = (ends.mean(axis=0) - part)[inner] / (ends.std(axis=0)[inner] / np.sqrt(flights))
    # Ends hang together through the quotas, so the squares are compared by their own covariance.
    apart = (ends - part)[:, inner]
    values, vectors = np.linalg.eigh(np.cov(apart.T))
    kept = values > 1e-9 * values.max()
    distance = np.square(vectors[:, kept].T @ apart.mean(axis=0)) / (values[kept] / flights)
    assert distance.sum() < chi2.ppf(0.999, kept.sum())
    assert np.abs(z).max() < 4.5


def test_drawn_lists_meet_quotas_and_miss_no_chance():
    people, quotas = council(200, 2)
    system = quota_system(people, quotas, 20)
    drawn = [draw_types(system, ChanceSource(f"seed {number}")) for number in range(40)]
    assert all(system.met_by(one.chosen) for one in drawn)
    assert max(one.deviation for one in drawn) == 0


def test_two_seeds_give_two_lists_and_one_seed_one():
    people, quotas = council(400, 2)
    lists = [select(people, quotas, 20, seed).chosen for seed in ("a", "a ", "b")]
    assert lists[0] == lists[1] != lists[2]
    assert quotas_hold(people, quotas, lists[2])


def test_minimum_equal_to_maximum_everywhere():
    people, quotas = council(300, 3)
    listed = people.loc[select(people, quotas, 20, "first").chosen]
    exact = quotas.copy()
    exact["min"] = exact["max"] = [
        int((listed[f] == v).sum()) for f, v in zip(quotas["feature"], quotas["value"], strict=True)
    ]
    selection = select(people, exact, 20, "second")
    assert quotas_hold(people, exact, selection.chosen)
    assert selection.deviation < 0.01


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


def test_a_limit_per_value_is_kept_where_people_are_chosen_within_types():
    people, quotas = council(200, 5)
    people["household"] = [f"H{number // 3}" for number in range(len(people))]
    for seed in "abcde":
        chosen = select(people, quotas, 20, seed, at_most={"household": 1}).chosen
        assert people.loc[chosen, "household"].is_unique
        assert quotas_hold(people, quotas, chosen)


def test_the_walk_keeps_its_basis_sound():
    people, quotas = council(400, 2)
    system = quota_system(people, quotas, 20)
    matrix = np.vstack([system.features, np.ones(len(system.counts))]).astype(float)
    part = equal_as_possible(system).by_type * system.counts % 1
    uniforms = ChanceSource("s").uniforms("u", system.type_keys)
    end = fly(matrix, part, np.arange(len(part)), uniforms, lambda n, s: 0.37, 0)
    assert np.allclose(matrix @ end, matrix @ part, atol=1e-9)
    assert ((end > 0) & (end < 1)).sum() <= np.linalg.matrix_rank(matrix)


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


def test_a_source_derived_twice_differs_from_one_derived_once():
    source = ChanceSource("seed")
    keys = {
        source.derived(*first).derived("group", "A").key for first in [(), ("attempt", "1"), ("attempt", "2")]
    }
    assert len(keys | {source.derived("group", "A").key}) == 4


def test_where_a_bounded_search_finds_no_panel_a_list_is_drawn_all_the_same(monkeypatch):
    people, quotas = council(200, 2)
    system = quota_system(people, quotas, 20)
    monkeypatch.setattr("casetrack.lottery.panels._Search.likeliest", lambda search: None)
    drawn = draw_types(system, ChanceSource("s"), Opening(open_chances(system), left_open=15))
    assert system.met_by(drawn.chosen)
    assert drawn.deviation > 1
