"""The list against the pool it was drawn from, by cohort code and by level of each characteristic; the largest gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from casetrack.designs.design import Design
from casetrack.designs.group_names import group_name
from casetrack.pictures import Gaps
from casetrack.pool.cohorts import CodedPool
from casetrack.words import NOT_RECORDED


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


#: Lines of the picture: as many as fit on an A4 page with a heading above them.
MOST_LINES = 24


def gaps_of(coverage: pd.DataFrame, size: int) -> pd.DataFrame:
    """A coverage with ``group`` in words and ``gap``, the people on the list beyond the pool's share; largest first."""
    pairs = zip(coverage["characteristic"], coverage["level"], strict=True)
    named = [group_name(v, "yes") if n == "cohort_code" else group_name(n, v) for n, v in pairs]
    gap = coverage["on_list"] - size * coverage["pool_share"]
    table = coverage.assign(group=named, gap=gap)
    return table.sort_values("gap", key=lambda column: -column.abs(), kind="stable").reset_index(drop=True)


def picture_of_gaps(gaps: pd.DataFrame, size: int) -> Gaps:
    """The first lines of `gaps_of` as a picture; ``size`` is the number of cases."""
    shown = gaps.head(MOST_LINES)
    rows = shown.to_dict("records")
    words = tuple(
        f"{row['on_list']:,} of {size:,} listed, "
        f"{row['pool_share']:.1%} of eligible people, gap {row['gap']:+z.1f} people"
        for row in rows
    )
    title = ""
    if rows:
        first = rows[0]
        title = f"The largest gap between list and pool is {first['gap']:+z.1f} people ({first['group']})"
    reference = shown.get("reference_share", [])
    return Gaps(
        title,
        tuple(shown["group"]),
        tuple(shown["pool_share"].tolist()),
        tuple(shown["list_share"].tolist()),
        tuple(_band(row["minimum"], row["maximum"], size) for row in rows),
        tuple(None if pd.isna(share) else float(share) for share in reference),
        words,
    )


def _band(least: object, most: object, size: int) -> tuple[float, float] | None:
    """What the design allows, as shares of the list; nothing where it asks for nothing."""
    low = 0 if pd.isna(least) else int(str(least))
    high = size if pd.isna(most) else int(str(most))
    return (low / size, high / size) if size and (low or high < size) else None
