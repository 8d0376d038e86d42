"""Hold every measure of the journey against the oracle, person by person.

Who is one person, which of several rows about one event is kept and what parts equal rows are taken from casetrack:
they have oracles of their own.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

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
    theirs = _expected(oracle.prepared(oracle.read_rows(rows.to_dict("records"))), pool, wait_until)
    found = []
    for person in ours.index:
        for name, level in ours.loc[person].items():
            if level != theirs[person][name]:
                found.append(f"{person}: {name} {level!r} is {theirs[person][name]!r}")
    return found


def _expected(rows: list[oracle.Row], pool: Pool, wait_until: str) -> dict[str, dict[str, str]]:
    kept: dict[str, list[dict[str, Any]]] = {}
    events = pool.extract.events
    names = pool.extract.people.index
    for told in events[["row", "person", "order", "event_end_date", "end_unreadable"]].itertuples():
        # Rows of a table count from 1. An end that cannot be read is neither open nor completed.
        end = None if pd.isna(told.event_end_date) else told.event_end_date.date()
        row = rows[told.row - 1] | {"order": told.order, "end": dt.date.min if told.end_unreadable else end}
        kept.setdefault(str(names[told.person]), []).append(row)
    everyone = [row for mine in kept.values() for row in mine]
    begins = oracle_journey.file_start(everyone, pool.as_at)
    requests = any(row["event"] and row["kind"] == "request" for row in everyone)
    return {
        person: oracle_journey.journey_of(
            kept[person],
            pool.as_at,
            oracle.months_before(pool.as_at, 12),
            oracle.months_before,
            begins,
            requests,
            wait_until,
        )
        for person in pool.people.index
    }
