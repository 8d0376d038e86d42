"""What a journey is told from: each eligible person's assessment, the request it followed, and their services.

Rule: ``domain.md``, second edition, section 6a. Everything is arrays, one number a person or one a row; days are whole
numbers since 1970.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.dates import months_before
from casetrack.extract import Extract
from casetrack.extract.cleaning import is_unknown
from casetrack.extract.fields import fold
from casetrack.pool.assessments import SERVICE_USER, UNPAID_CARER, counted, rows_with
from casetrack.pool.eligibility import Pool
from casetrack.pool.journey_values import Outcome, Service, outcome, read_values, reason, route, service

#: The end of an event that is open, later than any day.
NEVER = np.int64(1) << 40
#: A request more than two years before an assessment did not lead to it (``domain.md``, section 6a).
_LONGEST_LINK = 730
#: A month belongs to the file when it holds a quarter of a usual month's events (``domain.md``, section 6a).
_QUARTER = 0.25


@dataclass(frozen=True, repr=False)
class Rows:
    """Events by person (a row of the pool's people), start and the last step; an open end is ``NEVER``.

    ``carer`` and ``user`` say whose event it is; ``at`` is its place among the extract's events.
    """

    place: np.ndarray
    start: np.ndarray
    end: np.ndarray
    row: np.ndarray
    carer: np.ndarray
    user: np.ndarray
    outcome: np.ndarray
    at: np.ndarray

    def where(self, rows: np.ndarray) -> Rows:
        """The marked ones, or those at the places given."""
        return Rows(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, repr=False)
class Found:
    """One event a person: ``there`` says who has one; the rest is 0 for the others."""

    there: np.ndarray
    start: np.ndarray
    end: np.ndarray
    row: np.ndarray
    outcome: np.ndarray
    at: np.ndarray

    @classmethod
    def of(cls, rows: Rows, picked: np.ndarray, count: int) -> Found:
        """The picked rows, each in its person's place."""
        there = np.zeros(count, dtype=bool)
        place = rows.place[picked]
        there[place] = True

        def put(values: np.ndarray) -> np.ndarray:
            full = np.zeros(count, dtype=np.int64)
            full[place] = values[picked]
            return full

        return cls(there, put(rows.start), put(rows.end), put(rows.row), put(rows.outcome), put(rows.at))


@dataclass(frozen=True, repr=False)
class JourneyFacts:
    """What the measures read: each person's assessment and requests, and events up to ``as_at`` with their kinds.

    ``request`` is the one that the assessment followed, ``latest_request`` the latest in the 12 months to its start,
    whatever came of it; ``carer`` and ``eligible_needs`` are the assessment's.
    """

    count: int
    as_at: int
    window_starts: int
    file_start: int | None
    wait_until: str
    assessment: Found
    carer: np.ndarray
    eligible_needs: np.ndarray
    request: Found
    latest_request: Found
    requests: Rows
    services: Rows
    reviews: Rows
    events: Rows
    route: np.ndarray
    service: np.ndarray
    reason: np.ndarray
    equipment: np.ndarray
    direct_payment: np.ndarray
    provider: np.ndarray
    has_requests: bool

    @classmethod
    def of(cls, pool: Pool, wait_until: str = "start") -> JourneyFacts:
        """The facts of a pool."""
        table, people, count = pool.extract.events, pool.extract.people, len(pool.people)

        def of_type(kind: str) -> Rows:
            return events.where(rows_with(table, "event_type", [kind])[events.at])

        place = pool.people.index.get_indexer(people.index)
        events = rows_up_to(pool.extract, place, pool.as_at)
        requests = of_type("Request")
        counts = events.where(counted(pool.extract, pool.rule)[events.at])
        assessment = _assessment(counts, pool, count)
        carer = np.zeros(count, dtype=bool)
        of_a = assessment.at[assessment.there]
        carer[assessment.there] = rows_with(table, "client_type", [UNPAID_CARER])[of_a]
        needs = np.zeros(count, dtype=bool)
        needs[assessment.there] = (
            read_values(table, of_a, "eligible_needs", lambda v: fold(v).startswith("yes")) > 0
        )
        mine = requests.where(np.where(carer[requests.place], requests.carer, requests.user))
        mine = mine.where(mine.start <= assessment.start[mine.place])
        services = of_type("Service")
        kinds = read_values(table, services.at, "service_type", service)
        looked_at = (kinds != Service.CARER) | carer[services.place]
        services, kinds = services.where(looked_at), kinds[looked_at]
        reviews = of_type("Review")
        began = file_start(pool.extract, pool.as_at)
        return cls(
            count=count,
            as_at=day_of(pool.as_at),
            window_starts=day_of(pool.window_starts),
            file_start=None if began is None else day_of(began),
            wait_until=wait_until,
            assessment=assessment,
            carer=carer,
            eligible_needs=needs,
            request=_followed(mine, counts, assessment, carer, count),
            latest_request=_latest(mine, assessment, count),
            requests=requests,
            services=services,
            reviews=reviews,
            events=events,
            route=read_values(table, np.arange(len(table)), "route_of_access", route),
            service=kinds,
            reason=read_values(table, reviews.at, "review_reason", reason),
            equipment=read_values(table, services.at, "service_component", lambda v: fold(v) == "equipment")
            > 0,
            direct_payment=(read_values(table, services.at, "service_component", _is_direct_payment) > 0)
            | (read_values(table, services.at, "delivery_mechanism", _is_direct_payment) > 0),
            provider=_codes(table, services.at, "provider"),
            has_requests=bool(rows_with(table, "event_type", ["Request"]).any()),
        )


def _is_direct_payment(value: str) -> bool:
    return "directpayment" in fold(value)


def day_of(day: dt.date) -> int:
    """Days since 1970."""
    return (day - dt.date(1970, 1, 1)).days


def _days(dates: np.ndarray) -> np.ndarray:
    days = dates.astype("M8[D]").astype(np.int64)
    return np.where(np.isnat(dates), NEVER, days)


def _codes(table: pd.DataFrame, rows: np.ndarray, name: str) -> np.ndarray:
    """Codes into the distinct values of a field; -1 where nothing is known."""
    if name not in table:
        return np.full(len(rows), -1, dtype=np.int64)
    codes = table[name].cat.codes.to_numpy(dtype=np.int64)[rows]
    unknown = np.array([*map(is_unknown, table[name].cat.categories), True])
    return np.where(unknown[codes], -1, codes)


def rows_up_to(extract: Extract, to_place: np.ndarray, as_at: dt.date) -> Rows:
    """Events that start by ``as_at``, by person, start and the last step."""
    table = extract.events
    place = to_place[table["person"].to_numpy()]
    start = table["event_start_date"].to_numpy()
    at = np.flatnonzero((place >= 0) & table["is_event"].to_numpy() & (start <= np.datetime64(as_at)))
    place, days = place[at], _days(start[at])
    order = np.lexsort((table["order"].to_numpy()[at], days, place))
    at, place, days = at[order], place[order], days[order]
    return Rows(
        place=place,
        start=days,
        # An end that cannot be read is neither open nor completed.
        end=np.where(
            table["end_unreadable"].to_numpy()[at], -NEVER, _days(table["event_end_date"].to_numpy()[at])
        ),
        row=table["row"].to_numpy()[at],
        carer=rows_with(table, "client_type", [UNPAID_CARER])[at],
        user=rows_with(table, "client_type", [SERVICE_USER])[at],
        outcome=read_values(table, at, "event_outcome", outcome),
        at=at,
    )


def _assessment(counts: Rows, pool: Pool, count: int) -> Found:
    """The counted assessment with the latest end in the window, then start, outcome order, last step."""
    inside = counts.where((counts.end >= day_of(pool.window_starts)) & (counts.end <= day_of(pool.as_at)))
    # Rows stand by start and last step already, and a stable sort keeps that among equals.
    inside = inside.where(np.lexsort((-inside.outcome, inside.start, inside.end, inside.place)))
    return Found.of(inside, last_of_each(inside.place), count)


def _followed(mine: Rows, counts: Rows, assessment: Found, carer: np.ndarray, count: int) -> Found:
    """The earliest request that moved on, after the previous assessment of the client type, by the assessment's start."""
    same = np.where(carer[counts.place], counts.carer, counts.user)
    before = counts.where(same & (counts.start < assessment.start[counts.place]))
    previous = np.full(count, -NEVER, dtype=np.int64)
    newest = last_of_each(before.place)
    previous[before.place[newest]] = before.start[newest]
    fits = (mine.outcome < Outcome.HOSPITAL) & (mine.start > previous[mine.place])
    fits &= assessment.start[mine.place] - mine.start <= _LONGEST_LINK
    mine = mine.where(fits)
    return Found.of(mine, first_of_each(mine.place), count)


def _latest(mine: Rows, assessment: Found, count: int) -> Found:
    """The latest request in the 12 months to the assessment's start."""
    days = np.unique(assessment.start[assessment.there])
    epoch = dt.date(1970, 1, 1)
    ago = np.array(
        [day_of(months_before(epoch + dt.timedelta(int(d)), 12)) for d in days] or [0], dtype=np.int64
    )
    earliest = ago[np.minimum(np.searchsorted(days, assessment.start), len(ago) - 1)]
    mine = mine.where(mine.start > earliest[mine.place])
    return Found.of(mine, last_of_each(mine.place), count)


def running_since(rows: Rows, as_at: int, count: int) -> np.ndarray:
    """For each person the day since when services have run, with gaps of up to a day; ``NEVER`` where none runs."""
    rows = rows.where(rows.end >= rows.start)
    begun = np.full(count, NEVER, dtype=np.int64)
    if not len(rows.place):
        return begun
    end = np.minimum(rows.end, as_at)
    # The latest end so far of each person: one running maximum, every person lifted above all before them.
    lift = rows.place * (int(end.max()) - min(int(end.min()), 0) + 2)
    so_far = np.maximum.accumulate(end + lift) - lift
    # One ends on Monday, the next starts on Wednesday: a gap of a day.
    fresh = np.append(True, rows.start[1:] > so_far[:-1] + 2)
    fresh[first_of_each(rows.place)] = True
    since = rows.start[np.maximum.accumulate(np.where(fresh, np.arange(len(end)), 0))]
    last = last_of_each(rows.place)
    lasting = last[so_far[last] >= as_at]
    begun[rows.place[lasting]] = since[lasting]
    return begun


def first_of_each(place: np.ndarray) -> np.ndarray:
    """Where each person's rows begin; ``place`` is in order."""
    return np.flatnonzero(np.append(True, place[1:] != place[:-1])[: len(place)])


def last_of_each(place: np.ndarray) -> np.ndarray:
    """Where each person's rows end; ``place`` is in order."""
    return np.flatnonzero(np.append(place[1:] != place[:-1], True)[: len(place)])


def file_start(extract: Extract, as_at: dt.date) -> dt.date | None:
    """The first day of the first month with a quarter of a usual month's completed Requests and Assessments, by end.

    A usual month is the median of the twelve that end with the month of ``as_at``. None where nothing is completed.
    """
    events = extract.events
    ends = events["event_end_date"].to_numpy()
    rows = events["is_event"].to_numpy() & rows_with(events, "event_type", ["Request", "Assessment"])
    # No day that is missing is on or after another.
    rows &= ends >= events["event_start_date"].to_numpy()
    if not rows.any():
        return None
    months = ends[rows].astype("M8[M]").astype(np.int64)
    held, counts = np.unique(months, return_counts=True)
    last = np.datetime64(as_at, "M").astype(np.int64)
    by_month = dict(zip(held.tolist(), counts.tolist(), strict=True))
    usual = float(np.median([by_month.get(int(last) - back, 0) for back in range(12)]))
    enough = held[counts >= _QUARTER * usual]
    first = np.datetime64(int(enough[0]), "M").astype("M8[D]").astype(object)
    assert isinstance(first, dt.date)
    return first
