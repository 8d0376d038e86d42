"""Small coded pools for the tests of designs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

CODES = tuple(f"CT0{number}" for number in range(1, 8))
CHARACTERISTICS = ("age_band", "sex", "ethnic_group")
LEVELS = {
    "age_band": (
        ["18 to 24", "25 to 44", "45 to 64", "65 to 74", "75 to 84", "85 to 94"],
        [8, 15, 20, 17, 25, 15],
    ),
    "sex": (["Female", "Male", "Not recorded"], [57, 40, 3]),
    "ethnic_group": (
        ["Asian or Asian British", "Black, Black British, Caribbean or African", "White", "Not recorded"],
        [8, 6, 80, 6],
    ),
}


@dataclass(frozen=True)
class Coded:
    """What sampling reads of a coded pool."""

    people: pd.DataFrame
    code_names: tuple[str, ...] = CODES
    characteristic_names: tuple[str, ...] = CHARACTERISTICS
    edition: str = "2024-04"
    digest: str = "d"


def coded_pool(people: int, seed: int = 1, teams: int = 0) -> Coded:
    """Make believe a pool; about one person in thirty has no code, and six in a hundred are linked to another."""
    draw = np.random.default_rng([seed, people])
    frame = {}
    for name, (levels, weights) in LEVELS.items():
        shares = np.array(weights) / sum(weights)
        frame[name] = draw.choice(np.array(levels, dtype=object), size=people, p=shares)
    old = np.isin(frame["age_band"], ["65 to 74", "75 to 84", "85 to 94"])
    young = frame["age_band"] == "18 to 24"
    luck = draw.random((7, people))
    codes = [
        old & (luck[0] < 0.98),
        young & (luck[1] < 0.3),
        luck[2] < 0.1,
        luck[3] < 0.12,
        luck[4] < 0.12,
        luck[5] < 0.4,
        luck[6] < 0.1,
    ]
    frame |= dict(zip(CODES, codes, strict=True))
    linked = np.repeat(draw.random(people // 2 + 1) < 0.06, 2)[:people]
    frame["linked_group"] = np.where(linked, [f"L{number // 2}" for number in range(people)], "")
    if teams:
        frame["team"] = [f"Team {number}" for number in draw.integers(0, teams, people) ** 2 // teams]
        frame["lead_professional"] = [
            f"Worker {number}" for number in draw.integers(0, people // 4 + 1, people)
        ]
    index = pd.Index([f"{1_000_000 + number}" for number in range(people)], name="person_id", dtype=object)
    table = pd.DataFrame(frame, index=index)
    content = table.to_csv().encode()
    return Coded(table, digest=hashlib.sha256(content).hexdigest())


def pool_of(rows: pd.DataFrame, codes: tuple[str, ...], characteristics: tuple[str, ...]) -> Coded:
    """A pool of exactly these people, numbered from 1."""
    index = pd.Index([f"{number:04d}" for number in range(1, len(rows) + 1)], name="person_id", dtype=object)
    return Coded(rows.set_axis(index), codes, characteristics)
