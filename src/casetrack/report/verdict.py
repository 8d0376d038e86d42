"""The first page of the report: whether the list can go, in figures, and what somebody has to decide before it does."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from casetrack.cases.explain import chance_spread
from casetrack.disclosure.defaults import AGGREGATE_ONLY
from casetrack.headings import in_a_sentence
from casetrack.lottery.chance_words import one_in
from casetrack.report.report_parts import limits_table, quotas_table
from casetrack.words import count_of, listed, people

if TYPE_CHECKING:
    from casetrack.cases.case_list import CaseList
    from casetrack.release.release import Release


_DIRECTOR, _OFFICER, _DATA = "director", "data protection officer", "performance lead"
_PRACTICE, _ANALYST = "principal social worker", "analyst"
#: Standard deviations of an even lottery.
_WIDE = 3


@dataclass(frozen=True)
class ToDecide:
    """Something to decide before the list is sent."""

    what: str
    why: str
    who: str
    stops: bool = False  # whether the list cannot go as it is


def _met(cases: CaseList) -> tuple[list[str], int]:
    """Names of the quotas and limits that the list breaks, and how many there are of both."""
    rows = [*quotas_table(cases).rows, *limits_table(cases).rows]
    return [row[0] for row in rows if row[-1] == "No"], len(rows)


def verdict(cases: CaseList, decisions: Sequence[ToDecide]) -> str:
    """Whether the list can go, in a sentence."""
    stops = sum(item.stops for item in decisions)
    if stops:
        return f"This list cannot go as it is: {count_of(stops, 'thing has', 'things have')} to be put right first."
    if not len(cases):
        return "There is no case to send."
    quotas = "every quota is met" if _met(cases)[1] else "the design asks for no quota"
    if decisions:
        are = count_of(len(decisions), "decision is", "decisions are")
        return f"Nothing stops this list: {quotas}. Before it goes, {are} to be taken and minuted."
    return f"This list can go: {quotas}, and nothing is left to decide."


def figures(cases: CaseList, gaps: pd.DataFrame) -> list[tuple[str, str, str]]:
    """Four figures, each with what it counts and a line of explanation."""
    (broken, asked), spread = _met(cases), chance_spread(cases)
    chance = ("none", "Nothing was left to chance.")
    if spread is not None:
        words = f"{one_in(spread.lowest)}; equal would be {one_in(spread.equal)}."
        chance = (f"{spread.lowest / spread.equal:.2f}", words)
    worst = gaps.iloc[0]
    return [
        (f"{len(cases):,}", "cases", f"The design asked for {cases.design.size:,}."),
        (
            f"{asked - len(broken)} of {asked}",
            "quotas met",
            "Counted on the list as it stands, limits included.",
        ),
        (chance[0], "of an equal chance is the lowest", chance[1]),
        (
            f"{worst['gap']:+z.1f}",
            "people is the largest gap between list and area",
            f"{worst['group']}: {worst['on_list']:,} listed; {worst['pool_share']:.1%} of everyone eligible.",
        ),
    ]


def funnel(cases: CaseList) -> list[tuple[str, int]]:
    """People from the extract to those tracked, as far as it has come."""
    coded = cases.identified.coded
    states = [cases.states[reference] for reference in cases.references]
    steps = [
        ("in the extract", len(coded.pool.extract.people)),
        ("assessed in the window", len(coded.people)),
        ("with a cohort code", len(coded.drawable)),
        ("listed", len(states)),
    ]
    later = [
        ("asked for permission", sum(state.person.status != "not asked" for state in states)),
        ("selected by CQC", len(cases.selected)),
        ("tracked", int((cases.selected["selection"] == "tracked").sum())),
    ]
    return steps + [(name, count) for name, count in later if count]


def open_decisions(cases: CaseList, release: Release, gaps: pd.DataFrame, *, overdue: bool) -> list[ToDecide]:
    """What is still to be decided, what stops the list first; ``overdue``: its last day has passed."""
    found = [
        *_of_the_list(cases, overdue),
        *_of_the_release(release),
        *_of_the_design(cases),
        *_of_the_data(cases),
    ]
    found += _of_the_gap(gaps, len(cases))
    return sorted(found, key=lambda item: not item.stops)


def _of_the_list(cases: CaseList, overdue: bool) -> Iterator[ToDecide]:
    broken, _ = _met(cases)
    if broken:
        names = listed(broken if len(broken) <= 4 else [*broken[:3], f"{len(broken) - 3} more"])
        yield ToDecide(
            "Put the list right, or lower what is asked", f"Not met: {names}.", _DIRECTOR, stops=True
        )
    refused = sum(cases.states[r].person.status in {"refused", "withdrawn"} for r in cases.references)
    if refused:
        yield ToDecide(
            f"Replace {count_of(refused, 'case')}",
            "Permission was refused or withdrawn, and the case is still on the list.",
            _ANALYST,
            stops=True,
        )
    if len(cases) < cases.design.size:
        yield ToDecide(
            f"Send {count_of(len(cases), 'case')} instead of {cases.design.size:,}",
            "No more people could be listed.",
            _DIRECTOR,
        )
    if overdue:
        yield ToDecide("Tell CQC that the list is late", "Its last day has passed.", _DIRECTOR)


def _of_the_release(release: Release) -> Iterator[ToDecide]:
    if release.k == 1:
        yield ToDecide(
            "Agree that every detail is shown", "Who knows somebody's details may find their row.", _OFFICER
        )
    elif len(release.exceptions):
        why = release.exceptions.value_counts().sort_index()
        told = "; ".join(f"{count}: {reason}" for reason, count in why.items())
        yield ToDecide(
            f"Accept {count_of(len(release.exceptions), 'row')} outside the promise of 1 in {release.k}",
            f"They show the code alone, and their people are easier to guess ({told}).",
            _OFFICER,
        )
    sensitive = [in_a_sentence(name) for name in release.columns if name in AGGREGATE_ONLY]
    if sensitive:
        yield ToDecide(
            f"Agree that {listed(sensitive)} is shown row by row",
            "Special category data, or close to it.",
            _OFFICER,
        )


def _of_the_design(cases: CaseList) -> Iterator[ToDecide]:
    known = cases.identified
    fixed, excluded = len(known.design.must_include), len(known.design.exclude)
    if fixed or excluded:
        parts = [count_of(fixed, "fixed place")] * bool(fixed) + [f"{people(excluded)} excluded"] * bool(
            excluded
        )
        yield ToDecide(f"Stand by {listed(parts)}", "The design decided them, and no lottery.", _DIRECTOR)
    without = int((known.chances_in_draw <= 0).sum())
    if without:
        yield ToDecide(
            f"Accept that {people(without)} could not be drawn",
            "They have a cohort code and are not excluded; the quotas leave them no chance.",
            _DIRECTOR,
        )


def _of_the_data(cases: CaseList) -> Iterator[ToDecide]:
    coded = cases.identified.coded
    warnings = coded.findings.warnings
    if warnings:
        first = warnings[0]
        field = f"{first.field}: " if first.field else ""
        yield ToDecide(
            f"Accept {count_of(len(warnings), 'warning')} about the extract, or mend it and draw again",
            f"The first is: {field}{first.what} ({first.counted}). All are in the annex.",
            _DATA,
        )
    overridden = int(coded.evidence["overridden"].sum())
    if overridden:
        yield ToDecide(
            f"Confirm {count_of(overridden, 'cohort code')} that the council corrected",
            "The rule gave another answer from the record.",
            _PRACTICE,
        )


def _of_the_gap(gaps: pd.DataFrame, size: int) -> Iterator[ToDecide]:
    """Gaps wider than an even lottery would leave, in groups for which the design asks for nothing."""
    share = gaps["pool_share"]
    usual = _WIDE * (size * share * (1 - share)).map(math.sqrt)
    asked = (gaps["minimum"].fillna(0) > 0) | gaps["maximum"].notna()
    wide = gaps[(gaps["gap"].abs() > usual.clip(lower=1)) & ~asked]
    if len(wide):
        named = [f"{row['group']} ({row['gap']:+z.1f})" for row in wide.head(3).to_dict("records")]
        more = [f"{len(wide) - 3} more"] if len(wide) > 3 else []
        yield ToDecide(
            f"Be ready to explain {count_of(len(wide), 'gap')} between list and area",
            f"More than {_WIDE} standard deviations of an even lottery, and asked for by no quota: "
            f"{listed(named + more)}.",
            _DIRECTOR,
        )
