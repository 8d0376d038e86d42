"""Everything before the draw in one call: read, apply the 12-month rule, code. It loads nothing that a draw needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from casetrack.errors import EligibilityError
from casetrack.extract import Source, read_extract
from casetrack.findings import Findings
from casetrack.pool.cohorts import CodedPool, Overrides, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.hold_back import HoldBack
from casetrack.progress import work


@work("Reading the extract")
def prepare(
    source: Source | Sequence[Source],
    as_at: dt.date | str | None = None,
    *,
    mapping: Any = None,
    people: Source | None = None,
    hold_back: HoldBack = None,
    overrides: Overrides = None,
    edition: str = "2024-04",
    parameters: Mapping[str, int | str | bool] | None = None,
    **rule: Any,
) -> CodedPool:
    """Read, apply the 12-month rule and code: everything before the draw."""
    with work("Reading the extract", 0.8):
        extract = read_extract(source, mapping=mapping, people=people)
    with work("Applying the 12-month rule", 0.1):
        pool = find_eligible(extract, as_at, hold_back=hold_back, **rule)
    return code_cohorts(pool, edition=edition, overrides=overrides, **(parameters or {}))


def check_drawable(coded: CodedPool) -> None:
    """Refuse a pool from which nobody can be drawn, before a design is held against it."""
    if coded.drawable.empty:
        why = [found for found in coded.findings if found.code == "nobody-eligible"]
        others = Findings(tuple(found for found in coded.findings if found not in why))
        raise EligibilityError.of(
            "nobody-to-draw",
            f"{why[0].what if why else 'nobody in the extract is eligible with a cohort code on that date'}.",
            where=others.in_brief() if others.warnings else "",
            advice="Check the date, and run check to see why people are left out.",
        )


def counts_of(coded: CodedPool) -> dict[str, Any]:
    """People, outcomes and codes, as `check` and the manifest give them; what does not occur is left out."""
    outcomes = coded.pool.outcomes().value_counts()
    codes = {c: int(coded.people[c].sum()) for c in coded.code_names}
    return {
        "people": len(coded.pool.extract.people),
        "outcomes": {str(k): int(outcomes[k]) for k in sorted(outcomes.index)},
        "codes": {c: n for c, n in codes.items() if n},
    }
