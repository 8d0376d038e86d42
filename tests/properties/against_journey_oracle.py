"""Hold every measure of the journey against the oracle, person by person."""

from __future__ import annotations

import datetime as dt

import pandas as pd

import oracle
import oracle_journey
from casetrack.extract import read_extract
from casetrack.pool.eligibility import Pool, find_eligible
from casetrack.pool.experience import experience_of

__all__ = ["journey_differences"]


def journey_differences(rows: pd.DataFrame, as_at: dt.date, wait_until: str = "start") -> list[str]:
    """Everything that casetrack and the oracle say differently about these rows; nothing when they agree."""
    pool = find_eligible(read_extract(rows), as_at=as_at)
    ours = experience_of(pool, "2024-04", wait_until).table(pool.people.index)
    theirs = _expected(oracle.read_rows(rows.to_dict("records")), pool, wait_until)
    found = []
    for person in ours.index:
        for name, level in ours.loc[person].items():
            if level != theirs[person][name]:
                found.append(f"{person}: {name} {level!r} is {theirs[person][name]!r}")
    return found


def _expected(rows: list[oracle.Row], pool: Pool, wait_until: str) -> dict[str, dict[str, str]]:
    ready = oracle.prepared(rows)
    people, _ = oracle.people_of(ready)
    kept = [oracle.without_duplicates(mine) for mine in people]
    everyone = [row for mine in kept for row in mine]
    begins = oracle_journey.file_start(everyone, pool.as_at)
    requests = any(row["event"] and row["kind"] == "request" for row in everyone)
    since = oracle.months_before(pool.as_at, 12)
    found = {}
    for mine in kept:
        ids = sorted({row["local"] for row in mine if row["local"]}) or sorted({row["nhs"] for row in mine})
        if ids[0] in pool.people.index:
            found[ids[0]] = oracle_journey.journey_of(
                mine,
                oracle.completed(mine, ("assessment",)),
                pool.as_at,
                since,
                oracle.months_before,
                lambda row: row["at"],
                begins,
                requests,
                wait_until,
            )
    return found
