"""Who fills the scarce places: exact by following every branch, and sound on random pools."""

from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import f as f_distribution

from casetrack.lottery import landing, scarce_first
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.landing import fly_and_land, rows_of
from casetrack.lottery.lottery import draw_types
from casetrack.lottery.opening import Opening, open_chances
from casetrack.lottery.scarce_first import ScarceDecided, decide_scarce_first
from casetrack.quotas.quota_system import QuotaSystem, quota_system

FEW = settings(deadline=None, max_examples=30)
NOTHING = 1e-9


@pytest.fixture(scope="module", autouse=True)
def short_lists():
    """On these short lists a fifth would be a place or two; half of the list counts as scarce."""
    with patch.object(scarce_first, "_SCARCE", 0.5):
        yield


class Forks:
    """Stands in for chance: follows one path of rises and falls, whatever it is asked for, and notes the odds."""

    def __init__(self, path):
        self.path, self.odds = list(path), []
        self.derived_from, self.asked = (), set()

    def derived(self, *labels):
        self.derived_from = labels
        return self

    def uniforms(self, label, keys):
        return ChanceSource("the order of the groups is not what is followed").uniforms(label, keys)

    def uniform(self, *labels):
        # A number that was used before would make one step follow from another.
        assert (self.derived_from, labels) not in self.asked
        self.asked.add((self.derived_from, labels))
        return self

    def __mul__(self, width):
        return Fork(self, width)


@dataclass
class Fork:
    forks: Forks
    width: float

    def __lt__(self, down):
        at = len(self.forks.odds)
        if at == len(self.forks.path):
            self.forks.path.append(True)
        rises, odds = self.forks.path[at], down / self.width
        self.forks.odds.append(odds if rises else 1 - odds)
        return rises


@dataclass
class Small:
    """A small system told by the quotas that each type counts towards, with the people expected of each."""

    types: dict[str, float]
    loose: str = ""
    limit: dict[str, int] = field(default_factory=dict)

    @property
    def quotas(self):
        return sorted(set("".join(self.types)) - {"."})

    @property
    def matrix(self):
        rows = [[float(quota in name) for name in self.types] for quota in self.quotas]
        return np.array([*rows, [1.0] * len(self.types)])

    @property
    def expected(self):
        return np.array(list(self.types.values()))

    @property
    def rows(self):
        reached = self.matrix @ self.expected
        spare = np.array([1.0 * (quota in self.loose) for quota in [*self.quotas, "the list"]])
        return reached - spare, reached + spare

    @property
    def most(self):
        return np.array([float(self.limit.get(name, 1)) for name in self.types])

    @property
    def keys(self):
        return tuple(name.encode() for name in self.types)

    def decided(self, source):
        return decide_scarce_first(self.matrix, self.rows, self.expected, self.most, self.keys, source)


# Types are named by the quotas they count towards; dots and digits tell apart those that count towards the same.
ODD_CYCLE = Small(
    {"AB": 0.2, "BC": 0.2, "AC": 0.2, "A": 0.6, "B": 0.6, "C": 0.6, ".": 0.5, "..": 0.7, "...": 0.4}
)
FULL_CYCLE = Small(
    {"AB": 0.3, "BC": 0.3, "AC": 0.4, "A": 0.3, "B": 0.4, "C": 0.3, ".": 0.5, "..": 0.9, "...": 0.6}
)
SEVERAL_TYPES = Small(
    {
        "AB": 0.4,
        "AB1": 0.5,
        "BC": 0.7,
        "A": 0.7,
        "A1": 0.4,
        "B": 0.4,
        "C": 0.8,
        "C1": 0.5,
        "1": 0.6,
        ".": 0.9,
        "..": 0.1,
    },
    loose="1",
)
MORE_THAN_ONE = Small(
    {
        "AB": 1.6,
        "AB1": 0.7,
        "BC": 0.4,
        "A": 1.3,
        "B": 0.3,
        "C1": 0.5,
        "C": 0.1,
        ".": 3.3,
        "..": 0.5,
        "1": 1.3,
    },
    loose="1",
    limit={"AB": 3, "A": 2, "B": 2, ".": 5, "1": 2},
)
THREE_AT_ONCE = Small(
    {
        "ABC": 0.25,
        "AB": 0.25,
        "CD": 0.5,
        "A": 0.5,
        "B": 0.5,
        "C": 0.25,
        "D": 0.5,
        ".": 0.75,
        "..": 0.75,
        "...": 0.75,
    }
)


@contextmanager
def all_decided():
    with patch.object(scarce_first, "_KEPT_OPEN", 0):
        yield


@contextmanager
def watched():
    """Notes each group, whether it was decided, and everybody's state just then."""
    seen, decide = [], scarce_first._decide

    def noting(walk, group, source):
        before = walk.state[group].sum()
        decided = decide(walk, group, source)
        after = walk.state[group].sum()
        # Nobody is given more or fewer places than the nearest whole numbers.
        assert np.floor(before) - NOTHING <= after <= np.ceil(before) + NOTHING
        seen.append((group, decided, walk.state.copy()))
        return decided

    with patch.object(scarce_first, "_decide", noting):
        yield seen


def every_branch(decided):
    """All ends with their probabilities and what was seen on the way, by depth-first search over the forks."""
    ends, path = [], []
    while True:
        forks = Forks(path)
        with all_decided(), watched() as seen:
            end = decided(forks)
        ends.append((end, float(np.prod(forks.odds)), seen))
        path = forks.path
        while path and not path[-1]:
            path.pop()
        if not path:
            return ends
        path[-1] = False


def check_end(end, matrix, expected, limit):
    """Rows as they were, everybody within bounds, and each group that was given places has a whole number."""
    assert np.allclose(matrix @ end.expected, matrix @ expected, rtol=0, atol=NOTHING)
    assert (end.expected >= 0).all()
    assert (end.expected <= limit).all()
    assert (end.expected[expected == 0] == 0).all()
    assert (end.places >= 1).all()
    assert np.array_equal(end.places, np.rint(end.places))
    assert np.allclose(end.groups @ end.expected, end.places, rtol=0, atol=NOTHING)
    assert (end.groups.sum(axis=0) <= 1).all()


def check_groups(end, seen, matrix, limit):
    """Each group ends whole and stays so, or is given back because the others cannot make room for it."""
    kept, given = np.zeros(len(limit), dtype=bool), []
    for group, decided, padded in seen:
        state = padded[: len(limit)]
        if decided:
            kept[group] = True
            places = end.expected[group].sum()
            assert places == pytest.approx(round(places), abs=NOTHING)
            assert np.allclose(end.expected[group], state[group], rtol=0, atol=NOTHING)
            given += [group.tolist()] if places > 0.5 else []
            continue
        others = (state > 1e-8) & (state < limit - 1e-8) & ~kept
        others[group] = False
        inside = state[group]
        share = inside if inside.sum() < 1 else inside * (1 - inside / limit[group])
        change = matrix[:, group] @ (share / share.sum())
        nearest = np.linalg.lstsq(matrix[:, others], change, rcond=None)[0]
        assert np.abs(matrix[:, others] @ nearest - change).max() > 1e-6
    assert [np.flatnonzero(row).tolist() for row in end.groups] == given


def check_branches(ends, matrix, expected, limit):
    assert sum(odds for _, odds, _ in ends) == pytest.approx(1, abs=NOTHING)
    average = sum(odds * end.expected for end, odds, _ in ends)
    assert np.allclose(average, expected, rtol=0, atol=NOTHING)
    for end, odds, seen in ends:
        assert odds > 0
        check_end(end, matrix, expected, limit)
        check_groups(end, seen, matrix, limit)


@pytest.mark.parametrize(
    ("small", "groups"),
    [
        (ODD_CYCLE, ["AB", "AC", "BC"]),
        (FULL_CYCLE, ["AB", "AC", "BC"]),
        (SEVERAL_TYPES, ["AB AB1", "BC"]),
        (MORE_THAN_ONE, ["AB AB1", "BC"]),
        (THREE_AT_ONCE, ["AB", "ABC", "CD"]),
    ],
)
def test_over_every_branch_the_average_is_what_was_expected(small, groups):
    ends = every_branch(small.decided)
    check_branches(ends, small.matrix, small.expected, small.most)
    names = list(small.types)
    met = {" ".join(names[number] for number in group) for _, _, seen in ends for group, _, _ in seen}
    assert sorted(met) == groups
    # In some branches a group has more places than in others, or nothing here would have been decided by chance.
    for name in groups:
        members = [names.index(one) for one in name.split()]
        assert len({round(end.expected[members].sum(), 6) for end, _, _ in ends}) > 1


def test_of_an_odd_cycle_no_two_take_the_same_place():
    """Three quotas of one place, three people who count towards two of them each: one of these fits on a list.

    Left to the end, the three could be half on the list each, which meets every quota and is the average of no lists.
    """
    ends = every_branch(ODD_CYCLE.decided)
    chance = dict.fromkeys(("AB", "BC", "AC", "nobody"), 0.0)
    for end, odds, _ in ends:
        on = [name for name, part in zip(ODD_CYCLE.types, end.expected, strict=True) if part > 1 - NOTHING]
        pairs = [name for name in on if len(name) == 2 and "." not in name]
        singles = [name for name in on if name in ("A", "B", "C")]
        assert len(pairs) <= 1
        assert sorted("".join(pairs + singles)) == ["A", "B", "C"]
        chance[pairs[0] if pairs else "nobody"] += odds
    assert chance == pytest.approx({"AB": 0.2, "BC": 0.2, "AC": 0.2, "nobody": 0.4})


def test_a_cycle_as_full_as_lists_allow_is_sometimes_left_open_and_never_rounded():
    """When those who count towards one quota run out, nobody is left to make room: the group goes to the landing."""
    ends = every_branch(FULL_CYCLE.decided)
    open_ = [(end, odds) for end, odds, seen in ends if not all(decided for _, decided, _ in seen)]
    assert 0.1 < sum(odds for _, odds in open_) < 0.2
    for end, _ in open_:
        assert end.expected[:6].round(9).tolist() == [0.5, 0.5, 0.5, 0, 0, 0]
        assert len(end.groups) == 0


def test_groups_that_nobody_can_make_room_for_are_given_back_and_nothing_moves():
    small = Small({"AB": 0.5, "BC": 0.5, "AC": 0.5, ".": 0.5, "..": 0.4, "...": 0.6})
    (end, odds, seen), *others = every_branch(small.decided)
    assert not others
    assert odds == 1
    assert [decided for _, decided, _ in seen] == [False] * 3
    assert np.allclose(end.expected, small.expected, rtol=0, atol=1e-12)
    assert end.groups.shape == (0, 6)


def test_those_with_the_most_scarce_quotas_come_first_and_then_those_with_the_scarcest():
    small = Small(
        {"DE": 0.5, "AB": 0.25, "ABC": 0.25, "A": 0.5, "B": 0.5, "C": 0.75, "D": 1.5, "E": 1.5, ".": 1.25},
        limit={"D": 2, "E": 2, ".": 3},
    )
    with all_decided(), watched() as seen:
        small.decided(ChanceSource("seed"))
    assert [list(small.types)[group[0]] for group, _, _ in seen] == ["ABC", "AB", "DE"]


def test_with_few_types_open_nothing_is_decided():
    end = ODD_CYCLE.decided(ChanceSource("seed"))
    assert np.allclose(end.expected, ODD_CYCLE.expected, rtol=0, atol=1e-12)
    assert len(end.groups) == len(end.places) == 0


def strict_pool(numbers, people, size, flags):
    """People with flags, and quotas that ask for exactly the flags of one list, so that some list exists."""
    pool = pd.DataFrame(
        {flag: np.where(numbers.random(people) < 0.45, "yes", "no") for flag in flags}
        | {"age": numbers.choice(["18-64", "65+"], people)},
        index=[f"P{number:02d}" for number in range(people)],
    )
    listed = pool.iloc[numbers.choice(people, size, replace=False)]
    rows = [(flag, "yes", *[int((listed[flag] == "yes").sum())] * 2) for flag in flags]
    rows.append(("age", "65+", 0, size))
    return pool, pd.DataFrame(rows, columns=["feature", "value", "min", "max"]), size


@st.composite
def strict_pools(draw):
    people = draw(st.integers(6, 30))
    numbers = np.random.default_rng(draw(st.integers(0, 10_000)))
    return strict_pool(numbers, people, draw(st.integers(3, people // 2)), "ABCD"[: draw(st.integers(2, 4))])


@dataclass(frozen=True)
class Start:
    """What the lottery hands to this step."""

    system: QuotaSystem
    matrix: np.ndarray
    rows: tuple[np.ndarray, np.ndarray]
    expected: np.ndarray

    @classmethod
    def of(cls, pool, quotas, size):
        system = quota_system(pool, quotas, size)
        return cls(system, *rows_of(system), open_chances(system).by_type * system.counts)

    def decided(self, source):
        one = self.system
        return decide_scarce_first(self.matrix, self.rows, self.expected, one.limit, one.type_keys, source)

    def by_key(self, source):
        with all_decided():
            end = self.decided(source)
        keys = self.system.type_keys
        groups = {frozenset(keys[number] for number in np.flatnonzero(row)) for row in end.groups}
        return dict(zip(keys, end.expected, strict=True)), groups


def test_over_every_branch_on_pools_with_chances_found_for_them():
    forked = 0
    for seed in range(40):
        numbers = np.random.default_rng(seed)
        start = Start.of(*strict_pool(numbers, 14, int(numbers.integers(4, 9)), "ABC"))
        ends = every_branch(start.decided)
        check_branches(ends, start.matrix, start.expected, start.system.limit)
        forked += len(ends) > 2
    assert forked > 10


@FEW
@given(strict_pools(), st.integers(0, 99))
def test_rows_are_kept_bounds_hold_and_groups_end_whole_or_are_given_back(pool, seed):
    start = Start.of(*pool)
    with all_decided(), watched() as seen:
        end = start.decided(ChanceSource(f"seed {seed}"))
    check_end(end, start.matrix, start.expected, start.system.limit)
    check_groups(end, seen, start.matrix, start.system.limit)


@FEW
@given(strict_pools())
def test_groups_are_the_types_that_count_towards_the_same_scarce_quotas(pool):
    start = Start.of(*pool)
    with all_decided(), watched() as seen:
        end = start.decided(ChanceSource("seed"))
    reached = start.matrix @ start.expected
    tight = [
        abs(min(have - low, high - have)) < 1e-7 for have, low, high in zip(reached, *start.rows, strict=True)
    ]
    scarce = [
        row for row, have in enumerate(reached) if tight[row] and 0.5 < have <= start.system.size / 2 + 1e-7
    ]
    patterns = {}
    for number, chance in enumerate(start.expected):
        pattern = tuple(row for row in scarce if start.matrix[row, number])
        if chance > 0 and len(pattern) > 1:
            patterns.setdefault(pattern, []).append(number)
    met = [group.tolist() for group, _, _ in seen]
    assert all(group in patterns.values() for group in met)
    counts = [len(pattern) for group in met for pattern, types in patterns.items() if types == group]
    assert counts == sorted(counts, reverse=True)
    # Fewer only when nobody is open any more.
    assert len(met) == len(patterns) or np.allclose(end.expected, np.rint(end.expected), rtol=0, atol=1e-8)


@FEW
@given(strict_pools(), st.randoms(use_true_random=False))
def test_the_order_of_people_columns_and_quotas_changes_nothing(pool, chance):
    people, quotas, size = pool
    rows, names, lines = list(people.index), list(people.columns), list(quotas.index)
    for order in (rows, names, lines):
        chance.shuffle(order)
    one = Start.of(people, quotas, size).by_key(ChanceSource("seed"))
    other = Start.of(people.loc[rows, names], quotas.loc[lines], size).by_key(ChanceSource("seed"))
    assert one == other
    assert one == Start.of(people, quotas, size).by_key(ChanceSource("seed"))


@FEW
@given(strict_pools(), st.randoms(use_true_random=False))
def test_the_order_of_rows_of_the_matrix_changes_nothing(pool, chance):
    start = Start.of(*pool)
    order = list(range(len(start.matrix) - 1))
    chance.shuffle(order)
    order.append(len(order))
    rows = start.rows[0][order], start.rows[1][order]
    other = Start(start.system, start.matrix[order], rows, start.expected)
    (one_expected, one_groups), (other_expected, other_groups) = (
        each.by_key(ChanceSource("seed")) for each in (start, other)
    )
    assert one_groups == other_groups
    assert one_expected == pytest.approx(other_expected, abs=1e-7)


def ring(people, areas):
    """Seven flags with two places each; whoever has two of them has neighbours in a ring of odd length."""
    numbers = np.random.default_rng([people, 1])
    pool = pd.DataFrame(
        {
            "area": numbers.choice([f"area {number}" for number in range(areas)], people),
            "age": numbers.choice(["18-64", "65-84", "85+"], people),
            "sex": numbers.choice(["F", "M"], people),
        }
    )
    has = np.zeros((people, 7), dtype=bool)
    for person, kind in enumerate(numbers.random(people)):
        flag = int(numbers.integers(7))
        if kind < 0.325:
            has[person, flag] = True
        if kind < 0.25:
            has[person, (flag + 1) % 7] = True
    for flag in range(7):
        pool[f"flag {flag}"] = np.where(has[:, flag], "yes", "no")
    rows = [(f"flag {flag}", "yes", 2, 2) for flag in range(7)]
    rows += [("area", f"area {number}", 20 // areas, 20 // areas) for number in range(areas)]
    for name in ("age", "sex"):
        for value, share in pool[name].value_counts(normalize=True).sort_index().items():
            rows.append((name, value, int(20 * share) - 1, int(20 * share) + 2))
    return quota_system(pool, pd.DataFrame(rows, columns=["feature", "value", "min", "max"]), 20)


def left_to_the_flight(matrix, rows, expected, limit, keys, source, kept_open=0):
    """This step left out."""
    return ScarceDecided(expected, np.zeros((0, len(expected))), np.zeros(0))


@pytest.fixture(scope="module")
def ring_drawn():
    """A pool with 180 types, its chances, and 200 lists drawn; groups are decided until few types are open."""
    system = ring(600, 5)
    chances = open_chances(system)
    opening = Opening(chances, left_open=80)
    with patch.object(scarce_first, "_KEPT_OPEN", 60):
        drawn = [draw_types(system, ChanceSource(f"seed {number}"), opening) for number in range(200)]
    return system, chances, drawn


def test_lists_meet_their_quotas_and_chances_where_scarce_places_go_round_in_a_ring(ring_drawn):
    system, chances, drawn = ring_drawn
    assert (chances.by_type > 0).sum() > 150
    assert all(system.met_by(one.chosen) for one in drawn)
    assert [one.deviation for one in drawn if one.deviation > 0] == []
    assert len({tuple(one.chosen) for one in drawn}) == 200


def test_without_this_step_the_same_lists_would_miss_the_chances(ring_drawn):
    system, chances, _ = ring_drawn
    expected = chances.by_type * system.counts
    with patch.object(landing, "decide_scarce_first", left_to_the_flight):
        drawn = [fly_and_land(system, expected, ChanceSource(f"seed {number}"), 60) for number in (0, 4)]
    assert all(system.met_by(one.chosen) for one in drawn)
    assert min(one.deviation for one in drawn) > 1


def test_the_step_is_part_of_the_draw(ring_drawn):
    system, chances, drawn = ring_drawn
    with patch.object(scarce_first, "_KEPT_OPEN", 60), watched() as seen:
        one = draw_types(system, ChanceSource("seed 4"), Opening(chances, left_open=80))
    assert len(seen) > 5
    assert np.array_equal(one.chosen, drawn[4].chosen)
    assert one.deviation == 0


def test_over_many_lists_those_with_two_scarce_flags_are_drawn_as_often_as_promised(ring_drawn):
    system, chances, drawn = ring_drawn
    flags = system.features[[label[0].startswith("flag") for label in system.labels]].astype(int)
    pairs = np.array([(flags[one] & flags[(one + 1) % 7]) for one in range(7)])
    listed = np.array([pairs @ one.chosen for one in drawn], dtype=float)
    missed = listed.mean(axis=0) - pairs @ (chances.by_type * system.counts)
    # Hotelling's test: the seven numbers hang together, so they are weighed by their own covariance.
    squared = len(listed) * missed @ np.linalg.solve(np.cov(listed, rowvar=False), missed)
    share = squared * (len(listed) - 7) / (7 * (len(listed) - 1))
    assert f_distribution.sf(share, 7, len(listed) - 7) > 0.001
