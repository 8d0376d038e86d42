"""Listed as: the least-listed cohort has as many as possible, against every assignment there is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.designs.listed_as import assign_listed_as
from casetrack.errors import CodingError
from share import examples

NAMES = ("CT01", "CT02", "CT03", "CT04")
small_lists = st.lists(
    st.sets(st.integers(0, 3), min_size=1, max_size=3).map(lambda met: [code in met for code in range(4)]),
    min_size=1,
    max_size=7,
)


def frame(rows):
    index = pd.Index([f"p{number}" for number in range(len(rows))], name="person_id")
    return pd.DataFrame(rows, columns=list(NAMES), index=index)


def every_assignment(codes):
    return product(*[[name for name in NAMES if row[name]] for _, row in codes.iterrows()])


def loads_of(assignment):
    return [list(assignment).count(name) for name in NAMES]


@settings(deadline=None, max_examples=examples(150))
@given(small_lists)
def test_the_least_listed_has_as_many_as_possible_then_the_next(rows):
    codes = frame(rows)
    listed = assign_listed_as(codes, NAMES)
    assert all(codes.loc[person, code] for person, code in listed.items())
    best = max(sorted(loads_of(assignment)) for assignment in every_assignment(codes))
    assert sorted(loads_of(listed)) == best


@settings(deadline=None, max_examples=examples(40))
@given(small_lists, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(rows, chance):
    codes = frame(rows)
    shuffled = list(codes.index)
    chance.shuffle(shuffled)
    one, two = assign_listed_as(codes, NAMES), assign_listed_as(codes.loc[shuffled], NAMES)
    assert one.to_dict() == two.to_dict()
    assert list(two.index) == shuffled


@settings(deadline=None, max_examples=examples(60))
@given(small_lists)
def test_of_equally_good_assignments_the_first_in_order_is_taken(rows):
    codes = frame(rows)
    listed = assign_listed_as(codes, NAMES)
    loads = loads_of(listed)
    first = min(assignment for assignment in every_assignment(codes) if loads_of(assignment) == loads)
    assert tuple(listed) == first


def test_five_hundred_people_are_listed_evenly():
    draw = np.random.default_rng(4)
    met = draw.random((500, 7)) < 0.35
    met[~met.any(axis=1), 0] = True
    names = [f"CT0{number}" for number in range(1, 8)]
    codes = pd.DataFrame(met, columns=names, index=[f"{number:03d}" for number in range(500)])
    counts = assign_listed_as(codes, names).value_counts()
    assert counts.min() == 71
    assert counts.max() == 72


def test_somebody_without_a_code_is_counted_not_named():
    codes = frame([[True, False, False, False], [False] * 4])
    with pytest.raises(CodingError, match="1 person on the list") as caught:
        assign_listed_as(codes, NAMES)
    assert "p1" not in str(caught.value)
