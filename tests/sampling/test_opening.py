"""What draws start from: chances that whole lists can have, and as many types open at the landing as trials need."""

from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from lottery_pools import lists_that_meet, maximin, pools

from casetrack.lottery import opening as module
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.fairest_found import everyone_on_lists, fairest_found
from casetrack.lottery.landing import lottery_over_lists, rows_of
from casetrack.lottery.lottery import draw_types
from casetrack.lottery.opening import open_chances, open_lottery
from casetrack.lottery.panels import Effort
from casetrack.quotas.quota_system import QuotaSystem, quota_system
from casetrack.quotas.solver import solve


def narrow(seed: int, people: int = 120, places: int = 20, features: int = 6) -> QuotaSystem:
    """A pool unlike its list: each level has one of the two whole numbers next to a share that the pool has not."""
    numbers = np.random.default_rng([people, seed])
    pool, rows = {}, []
    for number in range(features):
        levels = int(numbers.integers(2, 6))
        share = numbers.dirichlet(np.full(levels, 2.0))
        come = share * np.exp(0.6 * numbers.normal(size=levels))
        name = f"feature {number}"
        pool[name] = numbers.choice([f"level {i}" for i in range(levels)], people, p=come / come.sum())
        rows += [
            (name, f"level {i}", int(np.floor(places * s)), int(np.ceil(places * s)))
            for i, s in enumerate(share)
        ]
    table = pd.DataFrame(rows, columns=["feature", "value", "min", "max"])
    return quota_system(pd.DataFrame(pool), table, places)


def on_some_list(system: QuotaSystem, number: int) -> bool:
    """Whether an integer programme finds a list with the type."""
    matrix, rows = rows_of(system)
    limit = system.limit.astype(float)
    low = np.zeros(len(limit))
    low[number] = 1.0
    return solve(np.zeros(len(limit)), matrix, rows, (low, limit), whole=True).found


def tilt_of(system: QuotaSystem) -> np.ndarray:
    return ChanceSource("tilt").uniforms("tilt", system.type_keys)


# Pools in which fractions of people meet the quotas with chances that no lists have: some get more than lists can
# give them, and in the second some are on no list at all.
@pytest.mark.parametrize(("seed", "on_no_list"), [(1, 0), (38, 20)])
def test_chances_are_held_to_what_whole_lists_can_have(seed, on_no_list):
    system = narrow(seed)
    wanted, opening = open_chances(system), open_lottery(system)
    chances, lottery = opening.chances, opening.lottery
    tilt = tilt_of(system)
    assert lottery_over_lists(system, wanted.by_type * system.counts, tilt).deviation > 0.05
    assert np.allclose(lottery.average, chances.by_type * system.counts, atol=1e-7)
    assert all(system.met_by(panel.astype(int)) for panel in lottery.panels)
    newly = np.flatnonzero((wanted.by_type > 0) & (chances.by_type == 0))
    assert len(newly) == on_no_list
    assert not any(on_some_list(system, number) for number in newly)
    assert chances.floor == pytest.approx(chances.best_floor, rel=1e-5)
    assert np.abs(chances.by_type - wanted.by_type).max() > 0.01
    drawn = [draw_types(system, ChanceSource(f"seed {number}"), opening) for number in range(20)]
    assert {one.deviation for one in drawn} == {0.0}
    assert len({tuple(one.chosen) for one in drawn}) > 10


@settings(deadline=None, max_examples=60)
@given(pools())
def test_over_the_lists_found_the_floor_is_the_true_maximin_and_the_chances_are_the_average(pool):
    """Taken at once, where otherwise it is the last resort of a search that did not come to an end."""
    people, quotas, size = pool
    lists = lists_that_meet(people, quotas, size)
    if not lists or not size:
        return
    system = quota_system(people, quotas, size)
    chances, tilt = open_chances(system), tilt_of(system)
    searched = lottery_over_lists(
        system, chances.by_type * system.counts, tilt, effort=Effort(nodes=0, work=3)
    )
    found, on_none = everyone_on_lists(system, chances, searched.found, tilt)
    told, lottery = fairest_found(system, chances, replace(searched, found=found), tilt)
    best, nowhere = maximin(lists, len(people))
    off = (on_none | chances.shut_out)[system.type_of]
    assert set(np.flatnonzero(off)) == nowhere
    assert told.floor == pytest.approx(best, rel=1e-5)
    assert told.best_floor == pytest.approx(best, rel=1e-5)
    assert np.allclose(lottery.average, told.by_type * system.counts, atol=1e-9)
    assert all(system.met_by(panel.astype(int)) for panel in lottery.panels)
    assert told.residual < 1e-7


def test_a_search_that_is_cut_short_still_has_exactly_the_chances_that_it_tells():
    system = narrow(38)
    with patch.object(module, "_MOST_CUTS", 0):
        opening = open_lottery(system)
    chances = opening.chances
    assert np.allclose(opening.lottery.average, chances.by_type * system.counts, atol=1e-9)
    assert chances.by_type @ system.counts == pytest.approx(system.size)
    # The floor is the largest there is, cut short or not.
    assert chances.floor == pytest.approx(open_lottery(system).chances.floor, rel=1e-4)
    assert draw_types(system, ChanceSource("s"), opening).deviation == 0


def many_types() -> QuotaSystem:
    return narrow(0, people=500, places=40, features=7)


def test_types_stay_open_as_trial_draws_need():
    system = many_types()
    assert (open_chances(system).by_type > 0).sum() > module.FEW_TYPES
    tried = []

    def opened(*missing):
        """What is opened when draws with so many types open miss."""

        def lands(system, expected, left_open, number):
            tried.append(left_open)
            return left_open not in missing

        with (
            patch.object(module, "_QUICK", 0),
            patch.object(module, "_lands", lands),
            patch.object(module, "_over_lists", lambda *given: None),
        ):
            told = open_lottery(system)
        return told and told.left_open

    assert opened() == 200
    assert opened(80) == 400
    assert opened(80, 240) is None
    assert tried == [80] * 4 + [80] + [240] * 4 + [80, 240]


def test_whole_lists_are_taken_where_they_are_found_quickly_and_else_the_flight():
    tight = many_types()
    system = replace(tight, minimum=np.maximum(tight.minimum - 9, 0), maximum=tight.maximum + 9)
    at_once = open_lottery(system)
    assert at_once.by_seed
    assert at_once.lottery.deviation < 1e-7
    with patch.object(module, "_QUICK", 0):
        flown = open_lottery(system)
    assert (flown.lottery, flown.left_open) == (None, 200)
    for opening in (at_once, flown):
        drawn = [draw_types(system, ChanceSource(f"seed {number}"), opening) for number in range(5)]
        assert len({tuple(one.chosen) for one in drawn}) == 5
        assert {one.deviation for one in drawn} == {0.0}
        assert all(system.met_by(one.chosen) for one in drawn)


def test_what_draws_start_from_is_the_same_every_time():
    few = narrow(38)
    first, again = open_lottery(few), open_lottery(few)
    assert np.array_equal(first.chances.by_type, again.chances.by_type)
    assert np.array_equal(first.lottery.panels, again.lottery.panels)
    assert np.array_equal(first.lottery.weights, again.lottery.weights)


def test_a_search_starts_from_lists_that_are_known_and_ends_after_so_much_work():
    system = many_types()
    expected, tilt = open_chances(system).by_type * system.counts, tilt_of(system)
    whole = lottery_over_lists(system, expected, tilt)
    again = lottery_over_lists(system, expected, tilt, known=whole.found)
    assert again.deviation <= 1e-7
    assert again.work < whole.work / 10
    # Lists that break a quota are passed over.
    broken = np.ones((1, len(expected)))
    one = lottery_over_lists(system, expected, tilt, known=broken, effort=Effort(nodes=0, work=0))
    assert one.deviation > 1
    assert all(system.met_by(panel.astype(int)) for panel in one.found)
    short = lottery_over_lists(system, expected, tilt, effort=Effort(nodes=0, work=whole.work // 4))
    assert short.deviation > whole.deviation
    assert short.work < whole.work / 2
