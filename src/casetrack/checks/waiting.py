"""Who waits now, and whose long term support was not looked at: among everybody, not only those who can be listed.

People still waiting have no completed assessment, so they are on no list; they are what CQC asks about.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.extract import Extract
from casetrack.pool.assessments import rows_with
from casetrack.pool.eligibility import Pool
from casetrack.pool.experience import BANDS, bands_of
from casetrack.pool.journey_facts import NEVER, Rows, day_of, last_of_each, rows_up_to, running_since
from casetrack.pool.journey_values import LONG_TERM, Outcome, read_values, service

#: Left out for these reasons, nobody waits.
_NOBODY_WAITS = ("deceased", "under_18", "known_by_association")


def waiting_now(pool: Pool) -> pd.DataFrame:
    """People whose latest Request moved on and who have had no assessment start since."""
    extract, day = pool.extract, day_of(pool.as_at)
    events = _of_adults(pool)
    requests = _of_type(extract, events, "Request")
    latest = requests.where(last_of_each(requests.place))
    latest = latest.where(latest.outcome < Outcome.HOSPITAL)
    assessments = _of_type(extract, events, "Assessment")
    started = np.full(len(extract.people), -NEVER, dtype=np.int64)
    last = last_of_each(assessments.place)
    started[assessments.place[last]] = assessments.start[last]
    latest = latest.where(started[latest.place] < latest.start)
    days = day - latest.start
    return pd.DataFrame(
        {
            "since": latest.start.astype("M8[D]").astype("M8[s]"),
            "days": days,
            "band": pd.Categorical.from_codes(bands_of(days), categories=list(BANDS)),
        },
        index=extract.people.index[latest.place],
    )


def long_term_unreviewed(pool: Pool) -> pd.DataFrame:
    """People whose Long term support has run for the window, with what was done in it."""
    extract, count = pool.extract, len(pool.extract.people)
    events, first, day = _of_adults(pool), day_of(pool.window_starts), day_of(pool.as_at)
    services = _of_type(extract, events, "Service")
    kinds = read_values(extract.events, services.at, "service_type", service)
    since = running_since(services.where(np.isin(kinds, LONG_TERM)), day, count)

    def seen(kind: str) -> np.ndarray:
        rows = _of_type(extract, events, kind)
        found = np.zeros(count, dtype=bool)
        found[rows.place[(rows.end >= first) & (rows.end <= day)]] = True
        return found

    looked_at = np.select([seen("Review"), seen("Assessment")], ["Reviewed", "Reassessed only"], "Neither")
    lasting = np.flatnonzero(since <= first)
    return pd.DataFrame({"looked_at": looked_at[lasting]}, index=extract.people.index[lasting])


def teams_of(extract: Extract) -> dict[str, str]:
    """Each person's team on their latest row that has one, or in the person-level file, which goes before."""
    found: dict[str, str] = {}
    if "team" in extract.events:
        rows = extract.events[["person", "event_start_date", "team"]].dropna()
        rows = rows.sort_values(["event_start_date", "team"], kind="stable").drop_duplicates(
            "person", keep="last"
        )
        names = extract.people.index[rows["person"].to_numpy()]
        found.update(zip(names, rows["team"].astype(str), strict=True))
    if extract.details is not None and "team" in extract.details:
        own = extract.details["team"].dropna().astype(str)
        found.update(zip(own.index, own, strict=True))
    return found


def _of_adults(pool: Pool) -> Rows:
    out = pool.outcomes().isin(_NOBODY_WAITS).to_numpy()
    return rows_up_to(pool.extract, np.where(out, -1, np.arange(len(out))), pool.as_at)


def _of_type(extract: Extract, events: Rows, kind: str) -> Rows:
    return events.where(rows_with(extract.events, "event_type", [kind])[events.at])
