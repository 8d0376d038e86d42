"""Does everybody have the published chance? Ten thousand lists from each of two middling pools, by chi-square."""

from __future__ import annotations

from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_distribution

from casetrack.sampling import lottery, scarce_first
from casetrack.sampling.chance_source import ChanceSource
from casetrack.sampling.lottery import draw_types
from casetrack.sampling.quota_system import QuotaSystem, quota_system

LISTS = 10_000
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


POOLS = {
    "quotas around the shares": (250, 20, 4, {0.16: 4, 0.12: 4, 0.08: 3}, 0),
    "scarce flags that overlap": (600, 30, 5, {0.16: 6, 0.12: 6, 0.08: 4, 0.09: 5, 0.06: 3, 0.05: 3}, 5),
}


def lists_of(system: QuotaSystem, least_groups: int) -> Lists:
    """Draw them; the chances, the same for every seed, are worked out once.

    With fewer types open at the landing than in use, more is left to the first two stages, and ten thousand lists take
    a few minutes and not many.
    """
    chances = lottery.open_chances(system)
    groups = 0

    def counted(*args, **more):
        nonlocal groups
        found = scarce_first.decide_scarce_first(*args, **more)
        groups += len(found.groups)
        return found

    with (
        patch.object(lottery, "open_chances", lambda system, cuts=None: chances),
        patch.object(lottery, "OPEN_AT_LANDING", 40),
        patch.object(lottery, "decide_scarce_first", counted),
    ):
        drawn = [draw_types(system, ChanceSource(f"seed {number}")) for number in range(LISTS)]
    assert all(system.met_by(one.chosen) for one in drawn)
    assert groups >= least_groups * LISTS
    chosen = np.array([one.chosen for one in drawn], dtype=np.int8)
    return Lists(chosen, chances.by_type * system.counts, np.array([one.deviation for one in drawn]))


# One test for each pool, so that no two processes draw the same ten thousand lists.
@pytest.mark.parametrize("pool", list(POOLS))
def test_over_ten_thousand_lists_everybody_is_drawn_as_often_as_published(pool):
    *made, least_groups = POOLS[pool]
    lists = lists_of(middling(*made), least_groups)
    assert (lists.deviations > 0).sum() == 0
    assert len(np.unique(lists.chosen, axis=0)) > 0.99 * LISTS
    p, never_varies = lists.fit(lists.promised)
    assert p > LEAST_P
    assert never_varies < 1e-6
    # The same lists tell chances that are a fiftieth higher or lower, as far as the quotas leave that free.
    p, _ = lists.fit(
        lists.promised + lists.free_part(0.02 * lists.promised * np.resize([1, -1], lists.promised.shape))
    )
    assert p < LEAST_P
