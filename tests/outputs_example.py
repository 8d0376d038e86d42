"""A small release for the tests of what comes out, and an invented council taken the whole way."""

from __future__ import annotations

import functools
import types
from typing import Any

import pandas as pd

from casetrack.cases.case_list import CaseList, draw
from casetrack.designs.design import Design
from casetrack.disclosure.coverage_statement import COVERAGE_COLUMNS
from casetrack.extract import read_extract
from casetrack.pool.cohorts import code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.release.release import Release, pseudonymise
from casetrack.synthetic import make_council

RUNS = (
    "=1+1",
    "+44 1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "＝1+1",
    "http://x.example",
    "=HYPERLINK(1)",
    "{=1}",
)


def small_release(**values: Any) -> Any:
    """A release of four cases; ``values`` are released columns beside the usual ones, or in their place."""
    index = pd.Index(["22MX-KQWW-R", "3KK2-NP9R-V", "4CKH-8YMN-4", "6PY6-4KDC-C"], name="case_reference")
    columns = {
        "listed_as": ["CT01", "CT06", "CT07", "CT04"],
        "codes": ["CT01;CT06", "CT06", "CT07 and 1 more", "CT04"],
        "age_band": ["85 to 94", "18 to 64", "Withheld", "18 to 24"],
        "ethnic_group": ["White", "Not recorded", "Black, Black British, Caribbean or African", "White"],
        "assessment_month": ["2026-02", "2025-04 to 2025-06", "Withheld", "2025-11"],
        **values,
    }
    coverage = [
        ("cohort_code", "CT01", "1,200", "14.0", "12", "", "yes"),
        ("cohort_code", "CT02", "fewer than 50", "2.1", "", "", ""),
        ("age_band", "18 to 24; 85 to 94", "60", "4.5", "4", "5", "yes"),
        ("deprivation_quintile", "1", "200", "9.9", "", "", ""),
    ]
    facts = {
        "release_id": "ab12cd34ef56",
        "list_digest": "0f" * 32,
        "as_at": "2026-03-31",
        "window_starts": "2025-04-01",
        "edition": "2024-04",
        "eligible": "1,200",
        "in_the_draw": "1,190",
        "everyone": False,
        "size": 4,
        "asked_for": 4,
        "fixed_places": 0,
        "excluded": 3,
        "held_back": 0,
        "overridden": 0,
        "what_counts": "an assessment",
        "asked_of": ["the cohorts", "characteristics"],
        "without_chance": 0,
        "seed": "the seed is for the council",
        "version": "0.1.0",
    }
    return types.SimpleNamespace(
        table=pd.DataFrame(columns, index=index, dtype=object),
        coverage=pd.DataFrame(coverage, columns=list(COVERAGE_COLUMNS), dtype=object),
        facts=facts,
        notes=("Everyone listed completed an assessment in time.", "The coverage does not count this list."),
    )


@functools.cache
def example(
    people: int = 600, seed: int = 3, flaws: tuple[str, ...] = (), k: int = 10
) -> tuple[Any, CaseList, Release]:
    """An invented council, its case list and the release."""
    council = make_council(people=people, seed=seed, flaws=flaws)
    return council, *taken_through(council.extract, council.extras, k)


def taken_through(
    extract: pd.DataFrame, extras: pd.DataFrame, k: int = 10, columns: tuple[str, ...] | None = None
) -> tuple[CaseList, Release]:
    """From an extract to its release."""
    pool = find_eligible(read_extract(extract, people=extras), "2026-03-31")
    coded = code_cohorts(pool)
    design = Design.suggest(coded, size=50, balance=False).with_at_most("lead_professional", 4)
    cases = draw(
        coded,
        design,
        "Northshire, 2 April 2026",
        on="2026-04-02",
        key=bytes(range(32)),
        reference_seed="tests",
    )
    return cases, pseudonymise(cases, columns, k=k)
