"""Does everyone have the published chance? Many lists from one pool, counted against the chances.

``python benchmarks/fairness.py [DRAWS]`` prints a table. The chances are worked out once; each draw then has a seed of
its own and goes through all three stages: scarce places first, the flight, the landing. The landing begins with 80
types open (``--open``), fewer than in use, which leaves more to the first two stages.

What is compared, and with what:

* Each type by itself: the people drawn of it, less what the chances promise, over their standard error. Where a type
  was never drawn but once or not at all, its variance is that of a coin with the published chance; where it was drawn
  more often, that of the draws. Over types these z-scores should have mean 0 and standard deviation near 1.
* All types at once. Types hang together, since every list meets every quota, so a Pearson sum over types has no
  known distribution. The chi-square used is Hotelling's: the distances of all types from what was promised, weighed
  by the inverse of the covariance of the draws themselves. That covariance has no inverse in directions in which
  draws never vary (a quota with nothing to spare), so it is taken on its range, and the degrees of freedom are its
  rank. Since the covariance is estimated, the p-value is that of the F distribution that belongs to it; with many
  draws it is the chi-square one.
* The directions in which draws never vary: there nothing may be missed at all.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy.stats import f as f_distribution

from casetrack.lottery.chance_source import ChanceSource
from casetrack.lottery.landing import rows_of
from casetrack.lottery.lottery import draw_types
from casetrack.lottery.opening import Opening, open_chances
from casetrack.lottery.scarce_first import decide_scarce_first
from casetrack.quotas.quota_system import QuotaSystem, quota_system

PEOPLE, PLACES, AREAS = 600, 30, 5
FLAGS = {
    "CT02": (0.16, 6),
    "CT03": (0.12, 6),
    "CT04": (0.08, 4),
    "CT05": (0.09, 5),
    "CT06": (0.06, 3),
    "CT07": (0.05, 3),
}
RANGE = 1e-9


def pool() -> tuple[DataFrame, DataFrame]:
    """Six overlapping flags and five areas with exactly so many places each, and three looser characteristics."""
    numbers = np.random.default_rng([PEOPLE, 1])
    people = DataFrame(
        {
            "age": numbers.choice(["18-64", "65-84", "85+"], PEOPLE, p=[0.4, 0.35, 0.25]),
            "sex": numbers.choice(["F", "M"], PEOPLE, p=[0.6, 0.4]),
            "ethnicity": numbers.choice(["A", "B", "W"], PEOPLE, p=[0.1, 0.06, 0.84]),
            "area": numbers.choice([f"area {number}" for number in range(AREAS)], PEOPLE),
        }
    )
    rows: list[tuple[str, str, int, int]] = []
    for name in ("age", "sex", "ethnicity"):
        for value, share in people[name].value_counts(normalize=True).sort_index().items():
            rows.append((name, str(value), max(1, int(PLACES * share) - 1), int(np.ceil(PLACES * share)) + 1))
    rows += [("area", f"area {number}", PLACES // AREAS, PLACES // AREAS) for number in range(AREAS)]
    for name, (share, places) in FLAGS.items():
        people[name] = np.where(numbers.random(PEOPLE) < share, "yes", "no")
        rows.append((name, "yes", places, places))
    return people, pd.DataFrame(rows, columns=["feature", "value", "min", "max"])


@dataclass(frozen=True)
class Drawn:
    """People drawn of each type, shape (draws, types), and how the draws went."""

    chosen: np.ndarray
    broken: int
    deviations: np.ndarray
    undecided: float
    panels: float
    seconds: float


def draw(system: QuotaSystem, opening: Opening, draws: int) -> Drawn:
    chosen = np.zeros((draws, len(system.counts)), dtype=np.int8)
    broken, deviations, landing = 0, np.zeros(draws), np.zeros((draws, 2))
    start = time.process_time()
    for number in range(draws):
        one = draw_types(system, ChanceSource(f"seed {number}"), opening)
        chosen[number] = one.chosen
        broken += not system.met_by(one.chosen)
        deviations[number] = one.deviation
        landing[number] = one.undecided, one.panels
        if (number + 1) % max(1, draws // 20) == 0:
            told = f"{number + 1:,} of {draws:,} draws, {time.process_time() - start:,.0f} CPU s"
            print(told, file=sys.stderr, flush=True)
    undecided, panels = landing.mean(axis=0)
    return Drawn(chosen, broken, deviations, float(undecided), float(panels), time.process_time() - start)


@dataclass(frozen=True)
class Fit:
    """How far the draws are from the chances, in units of their own chance variation."""

    z: np.ndarray
    chi_square: float
    degrees: int
    p: float
    never_varies: float


def fit(chosen: np.ndarray, expected: np.ndarray) -> Fit:
    """Compare people drawn of each type, shape (draws, types), with those expected, shape (types,)."""
    draws = len(chosen)
    values = chosen.astype(float)
    missed = values.mean(axis=0) - expected
    coin = (values <= 1).all(axis=0)
    variance = np.where(coin, expected * (1 - expected), values.var(axis=0, ddof=1))
    moves = variance > RANGE
    z = missed[moves] / np.sqrt(variance[moves] / draws)
    # In units of their own variation, so that rare types count as much as common ones.
    scale = np.sqrt(np.where(moves, variance, 1.0))
    size, directions = np.linalg.eigh(np.cov(values / scale, rowvar=False))
    inside = size > RANGE * size[-1]
    along = directions.T @ (missed / scale)
    rank = int(inside.sum())
    chi_square = float(draws * np.sum(along[inside] ** 2 / size[inside]))
    p = float(f_distribution.sf(chi_square * (draws - rank) / (rank * (draws - 1)), rank, draws - rank))
    return Fit(z, chi_square, rank, p, float(np.abs(along[~inside]).max(initial=0.0)))


def groups_decided(system: QuotaSystem, opening: Opening, draws: int) -> float:
    """Groups decided before the flight, on average over the first draws."""
    matrix, rows = rows_of(system)
    expected = opening.chances.by_type * system.counts
    found = [
        len(decide_scarce_first(matrix, rows, expected, system.limit, system.type_keys, source).places)
        for source in (ChanceSource(f"seed {number}") for number in range(draws))
    ]
    return float(np.mean(found))


def table(system: QuotaSystem, opening: Opening, drawn: Drawn) -> str:
    expected = opening.chances.by_type * system.counts
    found, draws = fit(drawn.chosen, expected), len(drawn.chosen)
    missing = drawn.deviations > 0
    lines = {
        "pool": f"{system.people} people, {int((expected > 0).sum())} types with a chance, "
        f"{len(system.labels)} quotas, {system.size} places",
        "draws": f"{draws:,}, {1000 * drawn.seconds / draws:.0f} ms CPU each",
        "in a draw": f"{groups_decided(system, opening, min(draws, 200)):.1f} groups given places first, "
        f"{drawn.undecided:.1f} types open at the landing, {drawn.panels:.1f} panels",
        "lists that break a quota": f"{drawn.broken}",
        "draws with a deviation": f"{int(missing.sum())} (largest {drawn.deviations.max():.2g}, "
        f"mean over all draws {drawn.deviations.mean():.2g} of {system.size} places)",
        "chi-square over types": f"{found.chi_square:.1f}, {found.degrees} degrees of freedom, p = {found.p:.3f}",
        "missed where draws never vary": f"{found.never_varies:.1g}",
        "z-scores": f"{len(found.z)} types, mean {found.z.mean():.3f}, sd {found.z.std(ddof=1):.3f}, "
        f"largest {np.abs(found.z).max():.2f}",
    }
    return "\n".join(["| what | found |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in lines.items())])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("draws", type=int, nargs="?", default=20_000)
    parser.add_argument("--open", type=int, default=80, help="types open at the landing")
    given = parser.parse_args()
    people, quotas = pool()
    system = quota_system(people, quotas, PLACES)
    opening = Opening(open_chances(system), left_open=given.open)
    if given.draws < 2 * len(system.counts):
        parser.error(f"the covariance of {len(system.counts)} types needs at least twice as many draws")
    print(table(system, opening, draw(system, opening, given.draws)))


if __name__ == "__main__":
    main()
