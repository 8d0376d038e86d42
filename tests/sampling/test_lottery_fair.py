"""Does everybody have the published chance? Twenty thousand lists from two middling pools, by chi-square."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from lottery_pools import council
from scipy.stats import f as f_distribution

from casetrack.lottery import landing, scarce_first
from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.lottery import draw_types
from casetrack.lottery.opening import Opening, open_chances
from casetrack.quotas.quota_system import QuotaSystem, quota_system

LEAST_P = 1e-4


def middling(count: int, size: int, areas: int, flags: dict[float, int]) -> QuotaSystem:
    """Three loose characteristics; areas and flags with exactly so many places."""
    numbers = np.random.default_rng([count, 1])
    people = pd.DataFrame(
        {
            "age": numbers.choice(["18-64", "65-84", "85+"], count, p=[0.4, 0.35, 0.25]),
            "sex": numbers.choice(["F", "M"], count, p=[0.6, 0.4]),
            "ethnicity": numbers.choice(["A", "B", "W"], count, p=[0.1, 0.06, 0.84]),
            "area": numbers.choice([f"area {number}" for number in range(areas)], count),
        }
    )
    rows = []
    for name in ("age", "sex", "ethnicity"):
        for value, share in people[name].value_counts(normalize=True).sort_index().items():
            rows.append((name, value, max(1, int(size * share) - 1), int(np.ceil(size * share)) + 1))
    rows += [("area", f"area {number}", size // areas, size // areas) for number in range(areas)]
    for number, (share, places) in enumerate(flags.items()):
        people[f"flag {number}"] = np.where(numbers.random(count) < share, "yes", "no")
        rows.append((f"flag {number}", "yes", places, places))
    return quota_system(people, pd.DataFrame(rows, columns=["feature", "value", "min", "max"]), size)


@dataclass
class Lists:
    """People of each type on each list, shape (lists, types), and what was published, shape (types,)."""

    chosen: np.ndarray
    promised: np.ndarray
    deviations: np.ndarray

    def fit(self, promised: np.ndarray) -> tuple[float, float]:
        """The p-value, and the largest miss in directions in which lists never vary.

        Types hang together, since every list meets every quota, so their misses are weighed by the inverse of their
        own covariance, on its range: Hotelling's statistic, a chi-square but for the covariance being an estimate.
        """
        spread, directions, varies = self.directions()
        along = directions.T @ (self.chosen.mean(axis=0) - promised)
        lists, free = len(self.chosen), int(varies.sum())
        distance = float((along[varies] ** 2 / spread[varies]).sum()) * lists
        p = f_distribution.sf(distance * (lists - free) / (free * (lists - 1)), free, lists - free)
        return float(p), float(np.abs(along[~varies]).max(initial=0.0))

    def directions(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How much lists vary in which directions, and in which they do at all."""
        spread, directions = np.linalg.eigh(np.cov(self.chosen.astype(float), rowvar=False))
        return spread, directions, spread > 1e-9 * spread.max()

    def free_part(self, change: np.ndarray) -> np.ndarray:
        """As much of a change in chances as leaves every quota kept."""
        _, directions, varies = self.directions()
        return directions[:, varies] @ (directions[:, varies].T @ change)


def around_the_shares() -> QuotaSystem:
    people, quotas = council(200, 2)
    return quota_system(people, quotas, 20)


def scarce_flags() -> QuotaSystem:
    return middling(600, 30, 5, {0.16: 6, 0.12: 6, 0.08: 4, 0.09: 5, 0.06: 3, 0.05: 3})


def lists_of(system: QuotaSystem, count: int, kept_open: int, least_groups: int) -> Lists:
    """Draw them; the chances, the same for every seed, are worked out once.

    With fewer types open at the landing than in use, more is left to the first two stages, and so many lists take a
    few minutes and not many.
    """
    opening = Opening(open_chances(system), kept_open)
    groups = 0

    def counted(*args, **more):
        nonlocal groups
        found = scarce_first.decide_scarce_first(*args, **more)
        groups += len(found.groups)
        return found

    with patch.object(landing, "decide_scarce_first", counted):
        drawn = [draw_types(system, ChanceSource(f"seed {number}"), opening) for number in range(count)]
    assert all(system.met_by(one.chosen) for one in drawn)
    assert groups >= least_groups * count
    chosen = np.array([one.chosen for one in drawn], dtype=np.int8)
    return Lists(chosen, opening.chances.by_type * system.counts, np.array([one.deviation for one in drawn]))


# One test for each pool, so that no two processes draw the same lists.
@pytest.mark.parametrize(
    ("pool", "count", "kept_open", "least_groups", "shift"),
    [(around_the_shares, 15_000, 20, 0, 0.02), (scarce_flags, 5_000, 40, 5, 0.04)],
)
def test_over_many_thousand_lists_everybody_is_drawn_as_often_as_published(
    pool, count, kept_open, least_groups, shift
):
    lists = lists_of(pool(), count, kept_open, least_groups)
    assert (lists.deviations > 0).sum() == 0
    p, never_varies = lists.fit(lists.promised)
    assert p > LEAST_P
    assert never_varies < 1e-6
    # The same lists tell chances that are a little higher or lower, as far as the quotas leave that free.
    change = shift * lists.promised * np.resize([1, -1], lists.promised.shape)
    p, _ = lists.fit(lists.promised + lists.free_part(change))
    assert p < LEAST_P
