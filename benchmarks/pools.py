"""Invented pools for the benchmarks: seven overlapping cohort flags, nine characteristics, quotas by tightness."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas import DataFrame

FLAGS = {"CT01": 0.78, "CT02": 0.16, "CT03": 0.12, "CT04": 0.025, "CT05": 0.09, "CT06": 0.06, "CT07": 0.02}
LEVELS = {
    "age_band": {"18-24": 0.05, "25-44": 0.13, "45-64": 0.21, "65-74": 0.15, "75-84": 0.22, "85+": 0.24},
    "sex": {"Female": 0.58, "Male": 0.42},
    "ethnic_group": {
        "White": 0.79,
        "Asian": 0.08,
        "Black": 0.06,
        "Mixed": 0.02,
        "Other": 0.02,
        "Unknown": 0.03,
    },
    "religion": {"Christian": 0.4, "None": 0.2, "Muslim": 0.06, "Hindu": 0.02, "Sikh": 0.01, "Unknown": 0.31},
    "orientation": {"Heterosexual": 0.42, "Gay or lesbian": 0.013, "Bisexual": 0.009, "Unknown": 0.558},
    "disability": {"Yes": 0.83, "No": 0.17},
    "gender_same": {"Same": 0.52, "Different": 0.005, "Unknown": 0.475},
    "marital": {"Single": 0.31, "Married": 0.25, "Widowed": 0.31, "Unknown": 0.13},
    "pregnancy": {"Yes": 0.004, "No": 0.996},
}
YOUNG = ("18-24", "25-44", "45-64")


def people(count: int, seed: int = 1) -> DataFrame:
    """People with flags and characteristics; two cohorts are bound to an age, as they are in life."""
    numbers = np.random.default_rng([seed, count])
    columns: dict[str, object] = {
        name: numbers.choice(list(levels), count, p=np.array(list(levels.values())))
        for name, levels in LEVELS.items()
    }
    working = np.isin(columns["age_band"], YOUNG)
    flags = {name: numbers.random(count) < share for name, share in FLAGS.items()}
    flags["CT04"] = (columns["age_band"] == "18-24") & (numbers.random(count) < 0.45)
    flags["CT07"] = ~working & (numbers.random(count) < 0.03)
    flags["CT01"] |= ~np.any(list(flags.values()), axis=0)
    columns |= {name: np.where(flag, "yes", "no") for name, flag in flags.items()}
    return DataFrame(columns, index=[f"P{number:07d}" for number in range(count)])


def quotas(pool: DataFrame, size: int = 50, tightness: str = "standard") -> DataFrame:
    """Each level around its share; each cohort at least six times (seven when tight)."""
    slack, least = {"standard": (0.35, 6), "tight": (0.0, 7)}[tightness]
    least = max(1, round(least * size / 50))
    rows: list[tuple[str, str, int, int]] = []
    for name in FLAGS:
        have = int((pool[name] == "yes").sum())
        share = size * have / len(pool)
        low = min(have, least) if name != "CT01" else int(share * 0.5)
        high = min(have, size, max(low + 4, int(np.ceil(share * (1 + slack))) + 2))
        rows += [(name, "yes", low, high), (name, "no", size - high, size - low)]
    for name in LEVELS:
        block = [_level(pool, name, value, size, slack, tightness) for value in sorted(pool[name].unique())]
        while sum(row[2] for row in block) > size - 2:
            max(block, key=lambda row: row[2])[2] -= 1
        rows += [(name, str(row[1]), int(row[2]), int(row[3])) for row in block]
    return pd.DataFrame(rows, columns=["feature", "value", "min", "max"])


def _level(pool: DataFrame, name: str, value: str, size: int, slack: float, tightness: str) -> list:
    have = int((pool[name] == value).sum())
    share = size * have / len(pool)
    low = int(share) - 1 if tightness == "tight" else int(share * (1 - slack))
    high = int(np.ceil(share)) + 1 if tightness == "tight" else int(np.ceil(share * (1 + slack))) + 1
    # Cohorts bound to an age need room in it.
    room = int(np.ceil((8 if name == "age_band" else 2) * size / 50))
    low = max(low, 1 if have >= 5 and value != "Unknown" else 0)
    return [name, value, max(0, min(low, have)), min(max(high, low + room), have, size)]
