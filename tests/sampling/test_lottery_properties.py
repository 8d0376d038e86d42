"""What must hold of every lottery, on random small pools, against oracles that try every list."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lottery_pools import lists_that_meet, maximin, pools, quotas_hold

from casetrack.errors import InfeasibleDesignError
from casetrack.lottery.chances import equal_as_possible
from casetrack.quotas.quota_system import quota_system
from casetrack.sampling import select
from share import examples

FEW = settings(deadline=None, max_examples=examples(25))


@FEW
@given(pools(), st.integers(0, 3))
def test_a_list_is_drawn_exactly_when_one_exists_and_meets_every_quota(pool, seed):
    people, quotas, size = pool
    exists = bool(lists_that_meet(people, quotas, size))
    try:
        selection = select(people, quotas, size, f"seed {seed}")
    except InfeasibleDesignError:
        assert not exists
        return
    assert exists
    assert len(set(selection.chosen)) == size
    assert quotas_hold(people, quotas, selection.chosen)


@FEW
@given(pools())
def test_floor_is_the_true_maximin_and_only_people_on_no_list_have_no_chance(pool):
    people, quotas, size = pool
    lists = lists_that_meet(people, quotas, size)
    if not lists:
        with pytest.raises(InfeasibleDesignError):
            select(people, quotas, size, "seed")
        return
    selection = select(people, quotas, size, "seed")
    best, nowhere = maximin(lists, len(people))
    assert {row for row, chance in enumerate(selection.chances) if chance == 0} == nowhere
    assert selection.floor == pytest.approx(best, rel=1e-5)
    assert selection.certificate.holds


@FEW
@given(pools())
def test_chances_sum_to_the_size_stay_within_bounds_and_meet_quotas_in_expectation(pool):
    people, quotas, size = pool
    if not lists_that_meet(people, quotas, size):
        return
    chances = select(people, quotas, size, "seed").chances
    assert chances.sum() == pytest.approx(size, abs=1e-9)
    assert chances.between(0, 1).all()
    for feature, value, low, high in quotas.itertuples(index=False):
        assert low - 1e-8 <= chances[people[feature] == value].sum() <= high + 1e-8
    spread = chances.groupby([people[name] for name in people]).agg(np.ptp)
    assert (spread < 1e-12).all()


@FEW
@given(pools(), st.randoms(use_true_random=False))
def test_order_of_rows_columns_and_quotas_changes_nothing(pool, chance):
    people, quotas, size = pool
    if not lists_that_meet(people, quotas, size):
        return
    rows, names, lines = list(people.index), list(people.columns), list(quotas.index)
    for order in (rows, names, lines):
        chance.shuffle(order)
    one, other = (
        select(people, quotas, size, "seed"),
        select(people.loc[rows, names], quotas.loc[lines], size, "seed"),
    )
    assert one.chosen == other.chosen
    assert np.array_equal(one.chances.loc[rows], other.chances)


@FEW
@given(pools())
def test_other_names_for_columns_values_and_people_change_no_chance(pool):
    people, quotas, size = pool
    if not lists_that_meet(people, quotas, size):
        return
    # Reversed words sort in another order, so types and rows change places.
    renamed = people.astype(str).map(lambda value: f"other {value[::-1]}")
    renamed = renamed.rename(columns=lambda name: f"{name[::-1]} column").set_axis(
        [f"Q{len(people) - number}" for number in range(len(people))]
    )
    called = quotas.assign(
        feature=[f"{name[::-1]} column" for name in quotas["feature"].astype(str)],
        value=[f"other {value[::-1]}" for value in quotas["value"].astype(str)],
    )
    one, other = select(people, quotas, size, "seed"), select(renamed, called, size, "seed")
    assert one.floor == pytest.approx(other.floor, rel=1e-5)
    if not (one.lottery.counted or other.lottery.counted):
        # Tickets are whole numbers, so that a chance can be another by one of them.
        assert one.chances.to_numpy() == pytest.approx(other.chances.to_numpy(), abs=4e-7)


@FEW
@given(pools(), st.data())
def test_tightening_a_quota_never_raises_the_floor(pool, data):
    people, quotas, size = pool
    if quotas.empty or not lists_that_meet(people, quotas, size):
        return
    tighter = quotas.copy()
    row = data.draw(st.integers(0, len(quotas) - 1))
    low, high = int(quotas.loc[row, "min"]), int(quotas.loc[row, "max"])
    tighter.loc[row, "min"] = data.draw(st.integers(low, high))
    tighter.loc[row, "max"] = data.draw(st.integers(int(tighter.loc[row, "min"]), high))
    loose, tight = (equal_as_possible(quota_system(people, table, size)) for table in (quotas, tighter))
    if tight is not None and not tight.shut_out.any():
        assert tight.best_floor <= loose.best_floor * (1 + 1e-8)
