"""The list against the pool it was drawn from: by cohort code and by level of each characteristic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from casetrack.designs.design import Design
from casetrack.pool.cohorts import CodedPool
from casetrack.words import NOT_RECORDED

__all__ = ["coverage_of"]


def coverage_of(
    coded: CodedPool,
    listed: Sequence[str],
    design: Design,
    reference: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """See `casetrack.cases.case_list.CaseList.coverage`."""
    people = coded.people
    mine = people.loc[list(listed)]
    quotas = design.quotas()
    rows = []
    for code in coded.code_names:
        rows.append(
            ("cohort_code", code, int(people[code].sum()), int(mine[code].sum()), quotas.get((code, "yes")))
        )
    for name in (*coded.characteristic_names, *coded.experience_names):
        pool, on_list = people[name].value_counts(), mine[name].value_counts()
        for level in sorted(pool.index, key=lambda v: (v == NOT_RECORDED, v)):
            rows.append(
                (name, level, int(pool[level]), int(on_list.get(level, 0)), quotas.get((name, level)))
            )
    table = pd.DataFrame(
        [(n, v, p, m, q.min if q else None, q.max if q else None) for n, v, p, m, q in rows],
        columns=["characteristic", "level", "pool", "on_list", "minimum", "maximum"],
    ).astype({"minimum": "Int64", "maximum": "Int64"})
    table.insert(4, "pool_share", table["pool"] / max(len(people), 1))
    table.insert(5, "list_share", table["on_list"] / max(len(mine), 1))
    if reference is not None:
        shares = [
            reference.get(n, {}).get(v) for n, v in zip(table["characteristic"], table["level"], strict=True)
        ]
        table.insert(6, "reference_share", pd.array(shares, dtype="Float64"))
    return table
