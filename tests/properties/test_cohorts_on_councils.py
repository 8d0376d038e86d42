"""Whole invented councils, with every kind of trouble, through casetrack and through the oracle."""

from __future__ import annotations

import datetime as dt

import pytest

from casetrack.pool.eligibility import REASONS
from casetrack.synthetic import make_council
from properties.against_oracle import coded_of, differences


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("release", ["R1", "R2", "mixed"])
def test_agrees_with_the_oracle_about_everyone(release: str, seed: int) -> None:
    rows = make_council(people=350, seed=seed, release=release, flaws="all").extract
    for as_at in (dt.date(2026, 3, 31), dt.date(2025, 8, 31)):
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
