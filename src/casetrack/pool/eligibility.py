"""The 12-month rule: who can be on the list, and for everyone else the one reason why not.

Rule: ``domain.md``, section 4, after the briefing note of 9 April 2024 ("must have received an assessment within
12 months").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casetrack.dates import ages_on, for_people, months_before, read_date
from casetrack.errors import EligibilityError, UsageError
from casetrack.extract import Extract
from casetrack.extract.cleaning import NO_DATE, is_missing, is_unknown
from casetrack.extract.fields import PERSON_FIELDS
from casetrack.extract.people import last_known_rows
from casetrack.findings import Finding, Findings
from casetrack.pictures import Bars
from casetrack.pool.hold_back import HoldBack, held_back
from casetrack.tables import html_lines, html_table

__all__ = ["REASONS", "HoldBack", "Pool", "find_eligible"]

#: The reasons in the order in which they are looked at, with what each means.
REASONS: dict[str, str] = {
    "known_by_association": "every row says: unpaid carer known by association",
    "deceased": "died on or before the date",
    "age_unknown": "no usable date of birth",
    "under_18": "under 18 on the date",
    "no_assessment": "no completed assessment at all",
    "assessment_after_as_at": "completed assessments only after the date",
    "assessment_too_old": "no completed assessment in the window, the latest ended before it",
    "held_back": "on the council's own list of people to leave out",
}
OLDEST = 120
MOST_MONTHS = 1200
SERVICE_USER, UNPAID_CARER = "Service user", "Unpaid carer"


@dataclass(frozen=True, repr=False)
class Pool:
    """The people whom the 12-month rule lets on the list, and everyone else with a reason.

    Parameters
    ----------
    people
        One row per eligible person, index ``person_id``: ``age``, ``assessment_date`` (end of the latest assessment
        in the window), ``as_service_user`` and ``as_unpaid_carer`` (whose assessment it was), and the latest known
        value of every person field, missing where none is known.
    left_out
        Everyone else, index ``person_id``: ``reason``, and ``note`` (the council's own reason for ``held_back``).
    flow
        How many people are left after each reason, in order.
    as_at
        The date that the rule is read on.
    window_starts
        The first day of the window; its last is ``as_at``.
    extract
        Where it came from.
    findings
        The extract's findings and the rule's own.
    """

    people: pd.DataFrame
    left_out: pd.DataFrame
    flow: pd.DataFrame
    as_at: dt.date
    window_starts: dt.date
    months: int
    count_reviews: bool
    extract: Extract
    findings: Findings

    def outcomes(self) -> pd.Series:
        """For each person of the extract ``eligible`` or the reason; index ``person_id``, sorted as text."""
        outcome = pd.Series("eligible", index=self.extract.people.index, name="outcome", dtype=object)
        outcome.loc[self.left_out.index] = self.left_out["reason"].astype(object)
        return outcome

    def completed_in_window(self) -> np.ndarray:
        """Which of ``extract.events`` are completed assessments that ended in the window. Shape (events,), bool."""
        completed = _completed(self.extract, self.count_reviews)
        end = self.extract.events["event_end_date"].to_numpy()
        return completed & (end >= np.datetime64(self.window_starts)) & (end <= np.datetime64(self.as_at))

    def to_frame(self) -> pd.DataFrame:
        """The flow table."""
        return self.flow.copy()

    def __repr__(self) -> str:
        return (
            f"Pool({len(self.people):,} eligible of {len(self.extract.people):,} people, "
            f"assessed {for_people(self.window_starts)} to {for_people(self.as_at)})"
        )

    def summary(self) -> str:
        """Who is eligible, and why the others are not, in sentences."""
        out = self.flow.loc[self.flow["left_out"] > 0, ["step", "left_out"]].itertuples(index=False)
        reasons = "; ".join(f"{step} ({count:,})" for step, count in out)
        return (
            f"{len(self.people):,} of {len(self.extract.people):,} people are eligible: assessed from "
            f"{for_people(self.window_starts)} to {for_people(self.as_at)}.\nLeft out, each for the first reason "
            f"that holds: {reasons or 'nobody'}."
        )

    def picture(self) -> Bars:
        """What `plot` draws: the people left after each reason that holds for anybody."""
        steps = self.flow.to_dict("records")
        # Reasons that hold for nobody stay in the table; a bar for each would hide the few that matter.
        shown = [s for i, s in enumerate(steps) if i in (0, len(steps) - 1) or s["left_out"]]
        names = (
            s["step"] if s["reason"] in ("", "eligible") else f"without: {s['reason'].replace('_', ' ')}"
            for s in shown
        )
        return Bars(
            f"{len(self.people):,} of {len(self.extract.people):,} people are eligible",
            tuple(str(name).capitalize() for name in names),
            tuple(int(s["remaining"]) for s in shown),
            "people",
            tuple(f" ({s['left_out']:,} left out)" if s["left_out"] else "" for s in shown),
            (len(shown) - 1,),
        )

    def plot(self, ax: Any = None) -> Any:
        """Draw the people left after each reason of the 12-month rule; gives the matplotlib axes."""
        return self.picture().plot(ax)

    def _repr_html_(self) -> str:
        return html_lines(self.summary()) + html_table(self.flow[["step", "left_out", "remaining"]])


def find_eligible(
    extract: Extract,
    as_at: dt.date | str | None = None,
    months: int = 12,
    count_reviews: bool = False,
    hold_back: HoldBack = None,
) -> Pool:
    """Apply the 12-month rule: one outcome for every person.

    Parameters
    ----------
    extract
        What ``read_extract`` gave.
    as_at
        The date the rule is read on; by default the Reporting Period End Date, when the file has just one.
    months
        Length of the window in calendar months. It ends on ``as_at`` and starts the day after ``as_at`` minus so
        many months.
    count_reviews
        Whether a completed review counts like an assessment.
    hold_back
        The council's own list of people to leave out: a CSV file or DataFrame with an identifier and a reason, a
        mapping of identifier to reason, or identifiers.

    Returns
    -------
    Pool

    Raises
    ------
    EligibilityError
        When no ``as_at`` is given and the file does not have just one Reporting Period End Date, or the hold-back
        list cannot be read.
    UsageError
        When ``as_at`` is no date, or ``months`` is not from 1 to 1,200.

    Notes
    -----
    ``domain.md``, section 4.

    Examples
    --------
    >>> from casetrack.extract import read_extract
    >>> rows = pd.DataFrame({
    ...     "LA Person Unique Identifier": ["0012"],
    ...     "Client Type": ["Service user"],
    ...     "Date of Birth": ["14/02/1941"],
    ...     "Event Type": ["Assessment"],
    ...     "Event Start Date": ["20/03/2025"],
    ...     "Event End Date": ["01/04/2025"],
    ... })
    >>> pool = find_eligible(read_extract(rows), as_at="2026-03-31")
    >>> pool
    Pool(1 eligible of 1 people, assessed 01/04/2025 to 31/03/2026)
    """
    if not 1 <= months <= MOST_MONTHS:
        raise UsageError.of(
            "months", f"the window must be 1 to {MOST_MONTHS:,} months long.", advice="The rule has 12."
        )
    day = _as_at(extract, as_at)
    before = months_before(day, months)
    facts = _assessments(extract, day, before, count_reviews)
    age = ages_on(extract.people["date_of_birth"].to_numpy(), day)
    notes, missing = held_back(extract, hold_back)
    held = (
        np.array([note is not None for note in notes], dtype=bool)
        if notes
        else np.zeros(len(age), dtype=bool)
    )
    tests = {
        "known_by_association": extract.people["known_by_association"].to_numpy(),
        "deceased": _deceased(extract, day),
        "age_unknown": (age < 0) | (age > OLDEST),
        "under_18": age < 18,
        "no_assessment": ~facts["any"],
        "assessment_after_as_at": ~facts["up_to"],
        "assessment_too_old": ~facts["in_window"],
        "held_back": held,
    }
    reason = np.select(list(tests.values()), list(tests), default="eligible")
    eligible = reason == "eligible"
    left = pd.DataFrame(
        {
            "reason": pd.Categorical(reason[~eligible], categories=list(REASONS)),
            "note": [
                notes[i] if notes and reason[i] == "held_back" else "" for i in np.flatnonzero(~eligible)
            ],
        },
        index=extract.people.index[~eligible],
    )
    return Pool(
        people=_known_details(extract, day, np.flatnonzero(eligible), age, facts),
        left_out=left,
        flow=_flow(reason),
        as_at=day,
        window_starts=before + dt.timedelta(days=1),
        months=months,
        count_reviews=count_reviews,
        extract=extract,
        findings=extract.findings.with_more((*missing, *_nobody_eligible(extract, eligible))),
    )


def _as_at(extract: Extract, as_at: dt.date | str | None) -> dt.date:
    if as_at is not None:
        return read_date(as_at)
    if len(extract.period_ends) == 1:
        return extract.period_ends[0]
    ends = len(extract.period_ends)
    raise EligibilityError.of(
        "as-at-needed",
        "the date to read the rule on is not known: the file has "
        + (f"{ends} different Reporting Period End Dates." if ends else "no Reporting Period End Date."),
        advice="Give as_at, for example the date on which the list is made.",
        command="Give --as-at, for example the date on which the list is made.",
    )


def rows_with(events: pd.DataFrame, name: str, values: Iterable[str]) -> np.ndarray:
    """Rows of events whose category is one of ``values``; none where the extract lacks the field."""
    if name not in events:
        return np.zeros(len(events), dtype=bool)
    column = events[name].cat
    wanted = np.append(column.categories.isin(list(values)), False)
    return np.asarray(wanted[column.codes.to_numpy()])


def _completed(extract: Extract, count_reviews: bool) -> np.ndarray:
    """Assessments, as Service user or Unpaid carer, that have an end not before their start. Shape (events,), bool."""
    events = extract.events
    types = ["Assessment", "Review"] if count_reviews else ["Assessment"]
    end = events["event_end_date"].to_numpy()
    completed = events["is_event"].to_numpy() & rows_with(events, "event_type", types)
    completed &= rows_with(events, "client_type", [SERVICE_USER, UNPAID_CARER])
    return np.asarray(completed & ~np.isnat(end) & (end >= events["event_start_date"].to_numpy()))


def _assessments(
    extract: Extract, day: dt.date, before: dt.date, count_reviews: bool
) -> dict[str, np.ndarray]:
    """Facts about each person's completed assessments, as Service user or Unpaid carer."""
    events, count = extract.events, len(extract.people)
    user = rows_with(events, "client_type", [SERVICE_USER])
    carer = rows_with(events, "client_type", [UNPAID_CARER])
    end = events["event_end_date"].to_numpy()
    completed = _completed(extract, count_reviews)
    person = events["person"].to_numpy()
    last, first = np.datetime64(day), np.datetime64(before)
    up_to = completed & (end <= last)
    inside = up_to & (end > first)

    def anyone(rows: np.ndarray) -> np.ndarray:
        flags = np.zeros(count, dtype=bool)
        flags[person[rows]] = True
        return flags

    latest = np.full(count, np.datetime64("NaT"), dtype="M8[s]")
    order = np.argsort(end[inside], kind="stable")
    latest[person[inside][order]] = end[inside][order]
    return {
        "any": anyone(completed),
        "up_to": anyone(up_to),
        "in_window": anyone(inside),
        "as_service_user": anyone(inside & user),
        "as_unpaid_carer": anyone(inside & carer),
        "assessment_date": latest,
    }


def _deceased(extract: Extract, day: dt.date) -> np.ndarray:
    events, last = extract.events, np.datetime64(day)
    died = extract.people["date_of_death"].to_numpy() <= last
    ended = events["is_event"].to_numpy() & rows_with(events, "event_outcome", ["NFA: Deceased"])
    ended &= events["event_end_date"].to_numpy() <= last
    died = died.copy()
    died[events["person"].to_numpy()[ended]] = True
    return np.asarray(died)


def _flow(reason: np.ndarray) -> pd.DataFrame:
    """People in, people out by each reason in order, people left; it adds up by construction and is checked."""
    left = len(reason)
    rows = [("people in the extract", "", 0, left)]
    for name, words in REASONS.items():
        out = int((reason == name).sum())
        left -= out
        rows.append((words, name, out, left))
    rows.append(("eligible", "eligible", 0, int((reason == "eligible").sum())))
    assert rows[-2][3] == rows[-1][3]
    return pd.DataFrame(rows, columns=["step", "reason", "left_out", "remaining"])


def _known_details(
    extract: Extract, day: dt.date, who: np.ndarray, age: np.ndarray, facts: dict[str, np.ndarray]
) -> pd.DataFrame:
    """The latest known value of each person field, for the eligible (``domain.md``, section 3)."""
    events = extract.events
    place = np.full(len(extract.people), -1, dtype=np.int64)
    place[who] = np.arange(len(who))
    start = events["event_start_date"].to_numpy()
    rows = np.flatnonzero((place[events["person"].to_numpy()] >= 0) & (start <= np.datetime64(day)))
    person = place[events["person"].to_numpy()[rows]]
    order = last_known_rows(person, _days(start[rows]), _days(events["event_end_date"].to_numpy()[rows]))
    rows, person = rows[order], person[order]
    data: dict[str, object] = {
        "age": age[who],
        "assessment_date": facts["assessment_date"][who],
        "as_service_user": facts["as_service_user"][who],
        "as_unpaid_carer": facts["as_unpaid_carer"][who],
    }
    for name in PERSON_FIELDS:
        if name == "client_type" or not (name in events or _in_details(extract, name)):
            continue
        column = events[name].array if name in events else pd.Categorical([None] * len(events))
        codes = _latest_codes(column, rows, person, len(who))
        data[name] = _with_details(
            extract, name, pd.Categorical.from_codes(codes, categories=column.categories), who
        )
    if "provider" in events:
        data["provider"] = _latest_service(events, rows, person, "provider", len(who))
    return pd.DataFrame(data, index=extract.people.index[who])


def _latest_codes(column: pd.Categorical, rows: np.ndarray, person: np.ndarray, count: int) -> np.ndarray:
    """For each person the code on the last row that knows it; an unknown value only where no row knows better."""
    unknown = np.array([is_unknown(v) or is_missing(v) for v in column.categories] + [True], dtype=bool)
    found = np.full(count, -1, dtype=np.int64)
    codes = np.asarray(column.codes)[rows]
    known = ~unknown[codes]
    found[person[known]] = codes[known]
    return found


def _in_details(extract: Extract, name: str) -> bool:
    return extract.details is not None and name in extract.details


def _with_details(extract: Extract, name: str, column: pd.Categorical, who: np.ndarray) -> pd.Categorical:
    """The person-level file's value where it knows one, else the extract's."""
    if extract.details is None or name not in extract.details:
        return column
    own = extract.details[name].array[who]
    categories = column.categories.union(own.categories, sort=False)
    # Few categories have narrow codes, which the wider codes of the person-level file would not fit.
    codes = column.set_categories(categories).codes.astype(np.int64)
    own_codes = own.set_categories(categories).codes
    codes[own_codes >= 0] = own_codes[own_codes >= 0]
    return pd.Categorical.from_codes(codes, categories=categories)


def _latest_service(
    events: pd.DataFrame, rows: np.ndarray, person: np.ndarray, name: str, count: int
) -> pd.Categorical:
    """A field of each person's latest service; of several just as late, the first by the text of the value.

    It is no field of the person, for which the later row of the file would count: which provider a limit counts
    somebody towards must not depend on how the rows happen to be sorted.
    """
    column = events[name].array
    services = np.flatnonzero(rows_with(events, "event_type", ["Service"])[rows])
    by_text = np.argsort(np.argsort(np.asarray(column.categories, dtype=str), kind="stable"), kind="stable")
    last_first = np.argsort(-np.append(by_text, -1)[np.asarray(column.codes)[rows[services]]], kind="stable")
    rows, person = rows[services][last_first], person[services][last_first]
    start, end = (_days(events[f"event_{which}_date"].to_numpy()[rows]) for which in ("start", "end"))
    order = last_known_rows(person, start, end)
    codes = _latest_codes(column, rows[order], person[order], count)
    return pd.Categorical.from_codes(codes, categories=column.categories)


def _days(dates: np.ndarray) -> np.ndarray:
    days = np.where(np.isnat(dates), np.datetime64(0, "s"), dates).astype("M8[D]").astype(np.int64)
    return np.where(np.isnat(dates), NO_DATE, days)


def _nobody_eligible(extract: Extract, eligible: np.ndarray) -> tuple[Finding, ...]:
    if eligible.any():
        return ()
    finding = Finding(
        "nobody-eligible",
        "",
        "nobody in the extract is eligible",
        len(eligible),
        advice="Look at the reasons in the flow, at the date (as at), and at the columns that the file lacks.",
        unit="people",
    )
    return (finding,)
