"""The coverage of a return: functions of pool and design, joined and rounded."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.designs.quota import Quota
from casetrack.disclosure.coverage_statement import coverage_statement, in_steps
from share import examples

PEOPLE = pd.DataFrame(
    {
        "CT01": [True] * 200 + [False] * 55,
        "sex": ["Female"] * 150 + ["Male"] * 102 + ["Not recorded"] * 3,
        "religion": ["Christian"] * 180 + ["Muslim"] * 30 + ["Sikh"] * 45,
    },
    index=[f"p{n}" for n in range(255)],
)
CHANCES = pd.Series(0.1, index=PEOPLE.index)


def statement(quotas=None, people=PEOPLE):
    return coverage_statement(people, ["CT01"], ["sex", "religion"], CHANCES, quotas or {})


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (0, "fewer than 50"),
        (4, "fewer than 50"),
        (49, "fewer than 50"),
        (50, "50"),
        (54, "50"),
        (1249, "1,250"),
    ],
)
def test_counts_are_in_steps(count, told):
    assert in_steps(count) == told


def test_small_levels_are_joined_and_their_bounds_added():
    quotas = {
        ("CT01", "yes"): Quota(min=3),
        ("religion", "Muslim"): Quota(min=1, max=4),
        ("religion", "Sikh"): Quota(min=2, max=5),
        ("sex", "Female"): Quota(min=14, max=15),
    }
    rows = {(r.characteristic, r.level): tuple(r)[3:] for r in statement(quotas).itertuples()}
    assert rows == {
        ("cohort_code", "CT01"): ("200", "20.0", "3", "", "yes"),
        ("sex", "Female"): ("150", "15.0", "14", "15", "yes"),
        ("sex", "Male; Not recorded"): ("110", "10.5", "", "", ""),
        ("religion", "Christian"): ("180", "18.0", "", "", ""),
        ("religion", "Muslim; Sikh"): ("80", "7.5", "3", "9", "yes"),
    }


@settings(deadline=None, max_examples=examples(50))
@given(st.lists(st.integers(0, 70), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_no_count_under_fifty_is_told_and_no_order_matters(sizes, chance):
    levels = [f"level {n}" for n, size in enumerate(sizes) for _ in range(size)]
    people = pd.DataFrame({"CT01": True, "sex": "Female", "religion": levels})
    people.index = [f"p{n}" for n in range(len(people))]
    made = statement(people=people)
    religion = made[made["characteristic"] == "religion"]
    counts = pd.Series(levels, dtype=object).value_counts()
    for row in religion.itertuples():
        told = sum(int(counts[level]) for level in row.level.split("; "))
        assert told >= 50 or len(religion) == 1
        assert row.eligible == in_steps(told)
    assert sorted(level for row in religion["level"] for level in row.split("; ")) == sorted(counts.index)
    order = list(people.index)
    chance.shuffle(order)
    assert statement(people=people.loc[order]).equals(made)
