"""Small lotteries of whole lists, for the release rule: all lists are known, so every reader's luck can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from casetrack.disclosure.frame import ReleaseFrame, release_frame, shown_columns

CODES = ("CT01", "CT02", "CT03")
COLUMNS = ("age_band", "sex")


@dataclass(frozen=True)
class SmallLottery:
    """Lists of (row of the person, code), all equally likely; nobody twice on a list."""

    people: pd.DataFrame
    lists: tuple[tuple[tuple[int, str], ...], ...]

    def weights(self) -> dict[tuple[int, str], Fraction]:
        """The chance of each unit to be a row, counted."""
        found: dict[tuple[int, str], Fraction] = {}
        for rows in self.lists:
            for unit in rows:
                found[unit] = found.get(unit, Fraction(0)) + Fraction(1, len(self.lists))
        return found

    def frame(self, joined=()) -> ReleaseFrame:
        weights = self.weights()
        units = sorted(weights)
        return release_frame(
            shown_columns(self.people, COLUMNS),
            np.array([row for row, _ in units]),
            np.array([code for _, code in units], dtype=object),
            np.array([float(weights[unit]) for unit in units]),
            joined,
        )


@st.composite
def lotteries(draw: st.DrawFn) -> SmallLottery:
    size = draw(st.integers(1, 4))
    held = st.sets(st.sampled_from(CODES), min_size=1)
    person = st.tuples(
        held, st.sampled_from(("18 to 24", "25 to 44", "65 to 74")), st.sampled_from(("Female", "Male"))
    )
    pool = draw(st.lists(person, min_size=max(4, 2 * size), max_size=24))
    frame = pd.DataFrame({code: [code in codes for codes, *_ in pool] for code in CODES})
    frame["age_band"] = [age for _, age, _ in pool]
    frame["sex"] = [sex for *_, sex in pool]
    chance = draw(st.randoms(use_true_random=False))
    lists = []
    for _ in range(draw(st.integers(1, 40))):
        # Unequal chances: the first people of the pool come more often.
        order = sorted(range(len(pool)), key=lambda row: chance.random() * (1 + row))[:size]
        lists.append(tuple((row, chance.choice(sorted(pool[row][0]))) for row in order))
    return SmallLottery(frame, tuple(lists))
