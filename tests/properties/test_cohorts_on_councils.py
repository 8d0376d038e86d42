"""Whole invented councils, with every kind of trouble, through casetrack and through the oracle."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.pool.eligibility import REASONS
from casetrack.synthetic import make_council
from casetrack.testing import AS_AT, extracts
from properties.against_oracle import coded_of, differences
from share import examples


@pytest.mark.parametrize("release", ["R1", "R2", "mixed"])
def test_agrees_with_the_oracle_about_everyone(release: str) -> None:
    rows = make_council(people=350, seed=1, release=release, flaws="all").extract
    for as_at in (dt.date(2026, 3, 31), dt.date(2025, 8, 31)):
        assert differences(rows, as_at) == []


@settings(deadline=None, max_examples=examples(12))
@given(rows=extracts(flaws="all", most_people=200), as_at=st.sampled_from([AS_AT, dt.date(2025, 8, 31)]))
def test_agrees_with_the_oracle_whatever_is_wrong_with_the_file(rows: pd.DataFrame, as_at: dt.date) -> None:
    assert differences(rows, as_at) == []


def test_agrees_with_the_oracle_on_leap_days_and_with_other_rules() -> None:
    rows = make_council(people=400, seed=9, release="mixed", flaws="all", as_at="2024-02-29").extract
    assert differences(rows, dt.date(2024, 2, 29)) == []
    assert differences(rows, dt.date(2023, 2, 28), months=24, count_reviews=True) == []


def test_the_council_has_every_outcome_and_every_code() -> None:
    # Otherwise agreement would say little.

    rows = make_council(people=1500, seed=4, release="mixed", flaws="all").extract
    coded = coded_of(rows, dt.date(2026, 3, 31))
    seen = set(coded.pool.outcomes())
    assert seen >= {"eligible", *REASONS} - {"held_back", "assessment_after_as_at", "assessment_not_counted"}
    assert (coded.counts()["people"] > 0).all()
