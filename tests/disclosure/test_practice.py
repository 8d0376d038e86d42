"""The reader who fits everything: two ways to find what he believes agree, and what he is told of is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.disclosure.practice import Asked, fitted
from casetrack.verify.readers import Held
from casetrack.verify.readers import fitted as raked_to
from share import examples


@settings(deadline=None, max_examples=examples(30))
@given(st.integers(0, 10**6))
def test_raking_and_the_convex_dual_agree(seed):
    chance = np.random.default_rng(seed)
    weight = chance.random(60) + 0.05
    features = chance.random((60, 4)) < 0.4
    groups = [np.arange(20 * n, 20 * n + 20) for n in (0, 0, 0, 1, 1, 1, 2, 2, 2)]
    expected = sum(features[g].T @ weight[g] / weight[g].sum() for g in groups)
    low = np.floor(expected + chance.random(4) * 0.8)
    high = np.maximum(np.ceil(expected), low)
    rows = np.array([3, 3, 3])
    belief = fitted(np.repeat(np.arange(3), 20), rows, weight, Asked(features, low, high))
    dual = [belief[g] for g in groups]
    raked = raked_to(groups, weight, Held(features, low, high))
    for one, other in zip(dual, raked, strict=True):
        assert one.sum() == pytest.approx(1) and other.sum() == pytest.approx(1)
        assert np.abs(one - other).max() < 0.01
    reached = sum(share @ features[g] for share, g in zip(dual, groups, strict=True))
    assert (reached >= low - 0.02).all() and (reached <= high + 0.02).all()


def test_a_quota_that_holds_anyway_changes_nothing():
    weight = np.array([1.0, 2, 3, 4])
    features = np.array([[True], [True], [False], [False]])
    groups = [np.arange(4)] * 5
    for share in raked_to(groups, weight, Held(features, np.array([1]), np.array([3]))):
        assert share == pytest.approx(weight / 10)
