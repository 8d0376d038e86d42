"""Small random pools with quotas, and slow oracles that share no code with the lottery."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from pandas import DataFrame
from scipy.optimize import linprog

FEATURES = {"age": ["18-64", "65-84", "85+"], "sex": ["F", "M"], "carer": ["yes", "no"]}


@st.composite
def pools(draw: st.DrawFn, most_people: int = 12) -> tuple[DataFrame, DataFrame, int]:
    count = draw(st.integers(1, most_people))
    people = DataFrame(
        {
            name: draw(st.lists(st.sampled_from(levels), min_size=count, max_size=count))
            for name, levels in FEATURES.items()
        },
        index=[f"P{number:02d}" for number in range(count)],
    )
    size = draw(st.integers(1, count))
    rows = []
    for name, levels in FEATURES.items():
        for level in draw(st.lists(st.sampled_from(levels), unique=True, max_size=2)):
            low = draw(st.integers(0, min(size, 3)))
            rows.append((name, level, low, draw(st.integers(low, size))))
    return people, DataFrame(rows, columns=["feature", "value", "min", "max"]), size


def lists_that_meet(people: DataFrame, quotas: DataFrame, size: int) -> list[tuple[int, ...]]:
    """Every list that meets every quota, by trying all."""
    marks = [
        ((people[feature] == value).to_numpy(), low, high)
        for feature, value, low, high in quotas.itertuples(index=False)
    ]
    return [
        rows
        for rows in itertools.combinations(range(len(people)), size)
        if all(low <= mark[list(rows)].sum() <= high for mark, low, high in marks)
    ]


def maximin(lists: list[tuple[int, ...]], count: int) -> tuple[float, set[int]]:
    """The largest chance that all who are on any list can have at once, and who is on none."""
    able = sorted({row for rows in lists for row in rows})
    on = np.zeros((len(able), len(lists)))
    for number, rows in enumerate(lists):
        on[np.searchsorted(able, rows), number] = 1
    cost = np.r_[np.zeros(len(lists)), -1.0]
    answer = linprog(
        cost,
        A_ub=np.c_[-on, np.ones(len(able))],
        b_ub=np.zeros(len(able)),
        A_eq=np.r_[np.ones(len(lists)), 0.0][None, :],
        b_eq=[1.0],
    )
    return -float(answer.fun), set(range(count)) - set(able)


def council(count: int, seed: int) -> tuple[DataFrame, DataFrame]:
    """A middling pool: overlapping flags, three characteristics, quotas around the shares."""
    numbers = np.random.default_rng([count, seed])
    people = DataFrame(
        {
            "age": numbers.choice(["18-64", "65-84", "85+"], count, p=[0.4, 0.35, 0.25]),
            "sex": numbers.choice(["F", "M"], count, p=[0.6, 0.4]),
            "ethnicity": numbers.choice(["A", "B", "W"], count, p=[0.1, 0.05, 0.85]),
            "ct1": numbers.choice(["yes", "no"], count, p=[0.5, 0.5]),
            "ct2": numbers.choice(["yes", "no"], count, p=[0.08, 0.92]),
        },
        index=[f"P{number:05d}" for number in range(count)],
    )
    rows = []
    for name in people:
        for value, share in people[name].value_counts(normalize=True).sort_index().items():
            rows.append((name, value, max(1, int(20 * share) - 1), int(np.ceil(20 * share)) + 2))
    quotas = DataFrame(rows, columns=["feature", "value", "min", "max"])
    quotas.loc[(quotas["feature"] == "ct2") & (quotas["value"] == "yes"), ["min", "max"]] = [4, 6]
    quotas.loc[(quotas["feature"] == "ct2") & (quotas["value"] == "no"), ["min", "max"]] = [14, 16]
    return people, quotas


def quotas_hold(people: DataFrame, quotas: DataFrame, chosen: list[object]) -> bool:
    listed = people.loc[chosen]
    return all(
        low <= int((listed[feature] == value).sum()) <= high
        for feature, value, low, high in quotas.itertuples(index=False)
    )


def no_quotas() -> DataFrame:
    return pd.DataFrame({"feature": [], "value": [], "min": [], "max": []})
