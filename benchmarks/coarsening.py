"""Time, memory and loss of the search for the least coarsening, against what ARX found for the same table.

    python benchmarks/coarsening.py

50 rows of the Adult data set, nine columns, a lattice of 12,960 nodes, against the optima that ARX 3.9.2 reached
(tests/data/adult/SOURCE.md); and 50 of 200,000 invented people with eight columns.
"""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from casetrack.disclosure import (
    Coarsening,
    Hierarchy,
    as_released,
    council_hierarchies,
    least_coarsening,
)

ADULT = Path(__file__).resolve().parents[1] / "tests" / "data" / "adult"
QUASI = ["sex", "age", "race", "marital-status", "education", "native-country"]
QUASI += ["workclass", "occupation", "salary-class"]
BANDS = ["18 to 24", "25 to 44", "45 to 64", "65 to 74", "75 to 84", "85 to 94", "95 and over"]
RELEASED = ["codes", "age", "sex", "ethnicity", "assessment_month", "accommodation", "funding"]


def adult() -> pd.DataFrame:
    return pd.read_csv(ADULT / "adult.csv.gz", sep=";", dtype=str)


def council(people: int, seed: int = 4) -> pd.DataFrame:
    """Invented people with the columns of a coded pool; shares are those of a large English council."""
    chance = np.random.default_rng(seed)
    older = chance.random(people) < 0.6
    age = (
        np.where(older, chance.normal(81, 8, people), chance.normal(47, 16, people)).clip(18, 104).astype(int)
    )

    def pick(values: list[str], shares: list[float]) -> np.ndarray:
        return np.array(values, dtype=object)[
            chance.choice(len(values), people, p=np.array(shares) / sum(shares))
        ]

    groups = {"White": 4, "Asian or Asian British": 5, "Black, Black British, Caribbean or African": 3}
    groups |= {"Mixed or multiple ethnic groups": 4, "Other ethnic group": 2}
    ethnicity = [f"{group}: kind {kind}" for group, kinds in groups.items() for kind in range(kinds)]
    drawn = pick(
        [*ethnicity, "Refused", "Undeclared or not known"], [*(1 / (1 + np.arange(18)) ** 1.6), 0.03, 0.06]
    )
    codes = {
        "CT01": age >= 65,
        "CT02": (age < 26) & (chance.random(people) < 0.3),
        "CT03": chance.random(people) < 0.12,
        "CT04": chance.random(people) < np.where(age < 65, 0.35, 0.03),
        "CT05": chance.random(people) < 0.12,
        "CT06": chance.random(people) < 0.6,
        "CT07": chance.random(people) < 0.08,
    }
    frame = pd.DataFrame(codes)
    frame["CT06"] |= ~frame.any(axis=1)
    return frame.assign(
        age=age,
        age_band=np.array(BANDS, dtype=object)[np.searchsorted([25, 45, 65, 75, 85, 95], age, side="right")],
        sex=pick(["Female", "Male", "Other"], [0.58, 0.418, 0.002]),
        ethnicity=drawn,
        ethnic_group=[text.split(":")[0] if ":" in text else "Not recorded" for text in drawn],
        assessment_date=np.datetime64("2025-04-01")
        + chance.integers(0, 365, people).astype("timedelta64[D]"),
        accommodation=pick(["Settled", "Unsettled", "Not recorded"], [0.8, 0.15, 0.05]),
        funding=pick(["Fully social care funded", "Joint", "Fully client funded"], [0.7, 0.1, 0.2]),
    )


def council_list(
    people: pd.DataFrame, columns: list[str], size: int = 50
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The released columns of everyone, and of 50 of them with the code they are listed as."""
    frame = as_released(people, columns)
    rows = np.sort(np.random.default_rng(0).choice(len(people), size, replace=False))
    table = frame.iloc[rows].assign(listed_as=[text.split(";")[-1] for text in frame["codes"].iloc[rows]])
    return table, frame


def measured(call: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def peak(call: Callable[[], Any]) -> float:
    tracemalloc.start()
    call()
    top = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return top


def compare_with_arx() -> None:
    frame = adult()
    table = frame.iloc[np.sort(np.random.default_rng(0).choice(len(frame), 50, replace=False))]

    def solve(k: int) -> Coarsening:
        levels = {name: Hierarchy.from_csv(ADULT / "hierarchies" / f"{name}.csv") for name in QUASI}
        return least_coarsening(table, frame, levels, k)

    print("Adult, 50 of 30,162 rows, 9 columns, 12,960 nodes; hierarchies read and checked within the time")
    print("  k   loss (ours)   loss (ARX)   difference  least  seconds    MiB")
    for ref in json.loads((ADULT / "reference.json").read_text(encoding="utf-8")):
        k = ref["k"]
        found, seconds = measured(lambda k=k: solve(k))
        print(
            f"{k:3} {found.loss:12.9f} {ref['arx_loss']:12.9f} {found.loss - ref['arx_loss']:12.1e} "
            f"{found.counts.min():6} {seconds:8.3f} {peak(lambda k=k: solve(k)):6.1f}"
        )


def council_case(size: int = 200_000) -> None:
    people = council(size)
    table, frame = council_list(people, RELEASED)
    levels, built = measured(lambda: council_hierarchies(people, RELEASED))
    nodes = int(np.prod([len(item.levels) for item in levels.values()]))
    found, seconds = measured(lambda: least_coarsening(table, frame, levels, 10))
    print(
        f"\nCouncil, 50 of {size:,} people, {len(RELEASED)} columns, {nodes:,} nodes; levels built in {built:.3f} s"
    )
    print(
        f"  {seconds:6.3f} s  {peak(lambda: least_coarsening(table, frame, levels, 10)):6.1f} MiB  {found.summary}"
    )


if __name__ == "__main__":
    compare_with_arx()
    council_case()
