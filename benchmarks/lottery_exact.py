"""Is the lottery exact? Small random pools of which every list is tried, and every list of the lottery counted.

``python benchmarks/lottery_exact.py --pools 2000`` makes pools of 6 to 14 people with quotas (exact, one of two
numbers, loose, or around the shares; pairs of features joined), in a third of them at most one of a household. For
each it tries all lists that there are and holds the lottery against them:

- a list is drawn exactly when one exists;
- every numbered list that is written out is one of them;
- whoever is on none has no chance, and whoever is on one has some;
- the lowest chance, against the largest that any lottery over those lists could give all (a linear programme over them);
- whether the chances published are the average of some lottery over those lists (another linear programme): they must be.

It prints how many pools were dealt from tickets and how many counted out, and every pool in which something is off.
"""

from __future__ import annotations

import argparse
import itertools
import time

import numpy as np
import pandas as pd
from pandas import DataFrame
from scipy.optimize import linprog

from casetrack.errors import InfeasibleDesignError
from casetrack.sampling import select

COLUMNS = ["feature", "value", "min", "max"]


def pool_of(seed: int) -> tuple[DataFrame, DataFrame, int, dict[str, int]]:
    """People, quotas around a list that exists (or around the shares), size and limits."""
    numbers = np.random.default_rng([77, seed])
    count = int(numbers.integers(6, 15))
    size = int(numbers.integers(2, min(7, count)))
    columns = {}
    for number in range(int(numbers.integers(2, 6))):
        levels = int(numbers.integers(2, 5))
        share = numbers.dirichlet(np.ones(levels) * numbers.choice([0.5, 2.0]))
        columns[f"f{number}"] = numbers.choice([f"v{level}" for level in range(levels)], count, p=share)
    people = DataFrame(columns, index=[f"p{number:02d}" for number in range(count)])
    if numbers.random() < 0.3:
        people["pair"] = people["f0"] + people["f1"]
    kind = numbers.choice(["exact", "two", "loose", "shares"])
    base = people.iloc[numbers.choice(count, size, replace=False)]
    rows = []
    for name in people:
        for value in sorted(people[name].unique()):
            have = int((base[name] == value).sum())
            low, high = have, have
            if kind == "two":
                low = max(0, have - int(numbers.integers(0, 2)))
                high = min(size, low + 1)
            elif kind == "loose":
                low, high = max(0, have - 1), min(size, have + 1)
            elif kind == "shares":
                share = size * float((people[name] == value).mean())
                low = max(0, int(np.floor(share - numbers.random())))
                high = max(low, int(np.ceil(share + numbers.uniform(-0.3, 0.7))))
            if numbers.random() < 0.85:
                rows.append((name, value, low, high))
    limits = {}
    if numbers.random() < 0.35:
        people["household"] = numbers.choice([f"h{n}" for n in range(max(3, count - 3))], count)
        limits = {"household": 1}
    rows = rows or [("f0", people["f0"].iloc[0], 0, size)]
    return people, DataFrame(rows, columns=COLUMNS), size, limits


def every_list(people: DataFrame, quotas: DataFrame, size: int, limits: dict[str, int]) -> np.ndarray:
    """Every list that keeps everything, as 0 and 1, shape (lists, people)."""
    chosen = np.array(list(itertools.combinations(range(len(people)), size)))
    lists = np.zeros((len(chosen), len(people)), dtype=np.int8)
    lists[np.arange(len(chosen))[:, None], chosen] = 1
    good = np.ones(len(lists), dtype=bool)
    for feature, value, low, high in quotas.itertuples(index=False):
        have = lists @ (people[feature] == value).to_numpy().astype(np.int8)
        good &= (have >= low) & (have <= high)
    for name, most in limits.items():
        good &= (lists @ pd.get_dummies(people[name]).to_numpy(np.int8) <= most).all(axis=1)
    return lists[good].astype(float)


def largest_floor(lists: np.ndarray) -> float:
    """The largest chance that all who are on any list can have at once."""
    able = lists[:, lists.any(axis=0)]
    most, count = able.shape
    answer = linprog(
        np.r_[np.zeros(most), -1.0],
        A_ub=np.c_[-able.T, np.ones(count)],
        b_ub=np.zeros(count),
        A_eq=np.r_[np.ones(most), 0.0][None],
        b_eq=[1.0],
    )
    return -float(answer.fun)


def away_from_lists(lists: np.ndarray, chances: np.ndarray) -> float:
    """How far chances are from the average of any lottery over these lists, in places."""
    most, count = lists.shape
    eye = np.eye(count)
    answer = linprog(
        np.r_[np.zeros(most), np.ones(2 * count)],
        A_eq=np.vstack([np.c_[lists.T, eye, -eye], np.r_[np.ones(most), np.zeros(2 * count)]]),
        b_eq=np.r_[chances, 1.0],
    )
    return float(answer.fun)


def held_against_all(seed: int) -> tuple[str, list[str]]:
    """How the lottery of one pool came about, and what is off."""
    people, quotas, size, limits = pool_of(seed)
    lists = every_list(people, quotas, size, limits)
    try:
        found = select(people, quotas, size, f"seed {seed}", at_most=limits, key=bytes(32))
    except InfeasibleDesignError as refused:
        return "refused", [f"refused ({refused.code}) although {len(lists)} exist"] if len(lists) else []
    if not len(lists):
        return "drawn", ["drawn although no list exists"]
    off = []
    possible = {listed.astype(np.int8).tobytes() for listed in lists}
    chances = found.chances.to_numpy()
    if (people.index.isin(found.chosen)).astype(np.int8).tobytes() not in possible:
        off.append("the list drawn breaks something")
    if not ((chances > 0) == lists.any(axis=0)).all():
        off.append("who has a chance is not who is on a list")
    best = largest_floor(lists)
    if found.floor < best * (1 - 1e-5):
        off.append(f"floor {found.floor:.6f} of {best:.6f}")
    apart = away_from_lists(lists, chances)
    if apart > 1e-6:
        off.append(f"chances {apart:.1e} places away from any lottery over lists")
    how = "counted out" if found.lottery.counted else "dealt"
    return f"{how}, {'with' if limits else 'without'} limits", off


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pools", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    began, told, wrong = time.process_time(), {}, 0
    for seed in range(asked.first, asked.first + asked.pools):
        how, off = held_against_all(seed)
        told[how] = told.get(how, 0) + 1
        wrong += bool(off)
        if off:
            print(f"pool {seed} ({how}): {'; '.join(off)}", flush=True)
    print(f"{asked.pools:,} pools: {told}; something off in {wrong}; {time.process_time() - began:.0f} CPU s")
