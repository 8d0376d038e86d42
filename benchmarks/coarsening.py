"""Time, memory and loss of the search for the least coarsening, against what ARX found for the same table.

    python benchmarks/coarsening.py

Part 1: 50 rows of the Adult data set, nine columns, a lattice of 12,960 nodes, against the optima that ARX 3.9.2
reached (tests/data/adult/SOURCE.md). Part 2: 50 of 200,000 invented council people, eight released columns.
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
    choose,
    compare_modes,
    council_hierarchies,
    least_coarsening,
    pool_coarsening,
)

ADULT = Path(__file__).resolve().parents[1] / "tests" / "data" / "adult"
QUASI = ["sex", "age", "race", "marital-status", "education", "native-country"]
QUASI += ["workclass", "occupation", "salary-class"]
BANDS = ["18 to 24", "25 to 44", "45 to 64", "65 to 74", "75 to 84", "85 to 94", "95 and over"]
SIX = ["listed_as", "codes", "age_band", "sex", "ethnic_group", "assessment_month"]
RELEASED = ["listed_as", "codes", "age", "sex", "ethnicity", "assessment_month", "accommodation", "funding"]


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

    def solve(k: int, mode: str) -> Coarsening:
        levels = {name: Hierarchy.from_csv(ADULT / "hierarchies" / f"{name}.csv") for name in QUASI}
        return least_coarsening(table, frame, levels, k, mode)

    print("Adult, 50 of 30,162 rows, 9 columns, 12,960 nodes; hierarchies read and checked within the time")
    print(
        "  k   loss (ours)   loss (ARX)   difference  least  seconds    MiB | per record: loss  least  seconds"
    )
    for ref in json.loads((ADULT / "reference.json").read_text(encoding="utf-8")):
        k = ref["k"]
        column, seconds = measured(lambda k=k: solve(k, "column"))
        record, seconds_record = measured(lambda k=k: solve(k, "record"))
        print(
            f"{k:3} {column.loss:12.9f} {ref['arx_loss']:12.9f} {column.loss - ref['arx_loss']:12.1e} "
            f"{column.counts.min():6} {seconds:8.3f} {peak(lambda k=k: solve(k, 'column')):6.1f} | "
            f"{record.loss:16.6f} {record.counts.min():6} {seconds_record:8.3f}"
        )


def council_case(size: int = 200_000) -> None:
    people = council(size)
    table, frame = council_list(people, RELEASED)
    print(f"\nCouncil, 50 of {size:,} people, {len(RELEASED)} released columns")
    levels, built = measured(lambda: council_hierarchies(people, RELEASED))
    nodes = int(np.prod([len(item.levels) for item in levels.values()]))
    print(f"  lattice {nodes:,} nodes; levels built in {built:.3f} s")
    for mode in ("column", "record"):
        found, seconds = measured(lambda mode=mode: least_coarsening(table, frame, levels, 10, mode))
        memory = peak(lambda mode=mode: least_coarsening(table, frame, levels, 10, mode))
        print(f"  {mode:7} {seconds:6.3f} s  {memory:6.1f} MiB  {found.summary}")
    found, seconds = measured(lambda: pool_coarsening(table, frame, levels, 10))
    memory = peak(lambda: pool_coarsening(table, frame, levels, 10))
    print(f"  pool    {seconds:6.3f} s  {memory:6.1f} MiB  {found.summary}")
    for columns in (SIX, RELEASED):
        for people_in_pool in (2_000, 10_000, size):
            side_by_side(people_in_pool, columns)


def side_by_side(size: int, columns: list[str]) -> None:
    """Every mode, and the people left to a reader who knows the method and the pool."""
    people = council(size)
    table, frame = council_list(people, columns)
    levels = council_hierarchies(people, columns)
    modes, seconds = measured(lambda: compare_modes(table, frame, levels, 10, method_known=True))
    print(f"\nAll modes, 50 of {size:,} people, {len(columns)} columns, k = 10 ({seconds:.1f} s)")
    print(modes.to_frame().round(4).to_string(index=False))
    print(f"  chosen: {choose(modes).mode}")


if __name__ == "__main__":
    compare_with_arx()
    council_case()
