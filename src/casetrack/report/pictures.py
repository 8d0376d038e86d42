"""The report's own pictures: everyone's chance, and who could be named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from casetrack.cases.explain import Spread
from casetrack.cases.gaps import MOST_LINES, picture_of_gaps
from casetrack.lottery.chance_words import CERTAIN, one_in
from casetrack.pictures import Columns
from casetrack.report.report_parts import risk_counts, risk_edges
from casetrack.words import people

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.release.release import Release

__all__ = ["MOST_LINES", "chances_picture", "picture_of_gaps", "risk_picture"]

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


def risk_picture(release: Release) -> Columns:
    """Cases by how surely a reader names the person, as drawn and as released; the line is at what is promised."""
    edges = risk_edges(release.k)
    drawn, released = (risk_counts(release, name, edges) for name in ("in_full", "one_in"))
    at, size = edges.index(release.k), len(release.table)
    before, after = sum(drawn[:at]), sum(released[:at])
    words = tuple(
        f"from 1 in {low} on: {a:,} as drawn, {b:,} as released"
        for low, a, b in zip(edges, drawn, released, strict=True)
    )
    return Columns(
        f"{after:,} of {size:,} cases are likelier than 1 in {release.k} to be named; {before:,} would be if everything "
        "were shown",
        tuple(float(place) for place in range(len(edges) + 1)),
        released,
        "cases",
        "can be named with a chance of 1 in …",
        float(at),
        f"promised: 1 in {release.k}",
        words,
        ticks=(*map(str, edges), "more"),
        before=drawn,
        names=("as drawn, everything shown", "as released"),
    )
