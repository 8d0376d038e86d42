"""The report's own picture of everyone's chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casetrack.cases.explain import Spread
from casetrack.cases.gaps import MOST_LINES, picture_of_gaps
from casetrack.lottery.chance_words import CERTAIN, one_in
from casetrack.pictures import Columns
from casetrack.words import people

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList

__all__ = ["MOST_LINES", "chances_picture", "picture_of_gaps"]

_STEPS = 30


def chances_picture(cases: CaseList, spread: Spread) -> Columns:
    """Everyone for whom the lottery is open, by their chance; the line is at an equal one."""
    drawn = cases.identified.drawn
    chances = drawn.chances.loc[list(drawn.order)].to_numpy()
    chances = chances[(chances > 0) & (chances < CERTAIN)]
    counts, edges = np.histogram(chances, bins=_STEPS, range=(0.0, float(chances.max()) * (1 + 1e-9)))
    below, above = int((chances < spread.equal).sum()), int((chances >= spread.equal).sum())
    tail = f"The highest: {one_in(spread.highest)}{spread.why_highest}"
    return Columns(
        f"The lowest chance is {spread.lowest / spread.equal:.2f} of an equal one, the highest "
        f"{spread.highest / spread.equal:.1f} times as much",
        tuple(edges.tolist()),
        tuple(counts.tolist()),
        "people",
        "chance in 100",
        spread.equal,
        f"equal: {one_in(spread.equal)}",
        (
            f"{people(below)} below an equal chance of {one_in(spread.equal)}",
            f"{people(above)} at or above it",
            f"the lowest {one_in(spread.lowest)}{spread.why_lowest}",
            f"the highest {one_in(spread.highest)}{spread.why_highest}",
        ),
        tail=tail,
    )
