"""The 12-month rule: who can be on the list, and for everyone else the one reason why not.

Rule: ``docs/specification.md``, section 4, after the briefing note of 9 April 2024 ("must have received an assessment
within 12 months").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from casetrack.dates import ages_on, for_people, months_before, read_date
from casetrack.errors import EligibilityError, UsageError
from casetrack.extract import Extract
from casetrack.extract.assessment_types import KINDS, UNRECOGNISED
from casetrack.extract.cleaning import how_known, is_unknown
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS, PERSON_FIELDS, field_named
from casetrack.extract.found import found_on
from casetrack.extract.person_file import better_known
from casetrack.findings import Finding, Findings
from casetrack.pictures import Bars
from casetrack.pool.assessments import (
    ASSESSMENT_TYPES,
    SERVICE_USER,
    UNPAID_CARER,
    AssessmentRule,
    Conversations,
    completed,
    conversations,
    counted,
    ended,
    kinds_of_rows,
    rows_with,
)
from casetrack.pool.hold_back import HoldBack, held_back
from casetrack.pool.latest import Latest, Ties, latest_dates
from casetrack.pool.links import cared_for, links_to_nobody
from casetrack.stages import checked
from casetrack.tables import html_lines, html_table

#: The reasons in the order in which they are looked at, with what each means.
REASONS: dict[str, str] = {
    "known_by_association": "every row says: unpaid carer known by association",
    "deceased": "died on or before the date",
    "age_unknown": "no usable date of birth",
    "under_18": "under 18 on the date",
    "no_assessment": "no completed assessment at all",
    "assessment_not_counted": "completed assessments only of kinds that do not count",
    "assessment_after_as_at": "completed assessments only after the date",
    "assessment_too_old": "no completed assessment in the window, the latest ended before it",
    "held_back": "on the council's own list of people to leave out",
}
OLDEST = 120
MOST_MONTHS = 1200


@checked
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
    rule
        Which assessments count.
    extract
        Where it came from.
    findings
        The extract's findings and the rule's own.
    ties
        What became of values that only the last step parts.
    """

    people: pd.DataFrame
    left_out: pd.DataFrame
    flow: pd.DataFrame
    as_at: dt.date
    window_starts: dt.date
    months: int
    rule: AssessmentRule
    extract: Extract
    findings: Findings
    ties: str = "text"

    def outcomes(self) -> pd.Series:
        """For each person of the extract ``eligible`` or the reason; index ``person_id``, sorted as text."""
        outcome = pd.Series("eligible", index=self.extract.people.index, name="outcome", dtype=object)
        outcome.loc[self.left_out.index] = self.left_out["reason"].astype(object)
        return outcome

    @property
    def told_rule(self) -> dict[str, Any]:
        """The rule as a record tells it, by the names that `find_eligible` gives its parameters."""
        rule = self.rule
        until = rule.conversations_until
        return {
            "as_at": self.as_at.isoformat(),
            "months": self.months,
            "count_reviews": rule.count_reviews,
            "assessment_types": list(rule.assessment_types),
            "conversations": rule.conversations,
            "conversations_until": None if until is None else until.isoformat(),
            "ties": self.ties,
        }

    @property
    def count_reviews(self) -> bool:
        """Whether a completed review counts like an assessment."""
        return self.rule.count_reviews

    def completed_in_window(self) -> np.ndarray:
        """Which of ``extract.events`` are counted assessments that ended in the window. Shape (events,), bool."""
        return counted(self.extract, self.rule) & self.rule.in_window(self.extract.events)

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


@checked
def find_eligible(
    extract: Extract,
    as_at: dt.date | str | None = None,
    months: int = 12,
    count_reviews: bool = False,
    hold_back: HoldBack = None,
    *,
    assessment_types: Sequence[str] = ASSESSMENT_TYPES,
    conversations: Conversations = "report",
    conversations_until: dt.date | str | None = dt.date(2025, 7, 1),
    ties: Ties = "text",
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
    assessment_types
        The kinds of assessment that count: ``long term``, ``short term``, ``carer``, ``unrecognised``. A financial
        assessment, or one that is no part of Client Level Data, never does.
    conversations
        ``"count"`` lets a Request that is described as a conversation, ended in the window and led on, count as an
        assessment; ``"report"`` says how many people it would make eligible.
    conversations_until
        Such a Request must have started before this day, the end of Release 1 of the guidance; None for always.
    ties
        Where rows just as late give a person different values: ``"text"`` takes the one that sorts last as text,
        ``"unknown"`` takes none. A finding says so either way.

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
    ``docs/specification.md``, section 4.

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
    if ties not in ("text", "unknown"):
        raise UsageError.of("ties", "ties must be text or unknown.", advice='The rule has "text".')
    day = _as_at(extract, as_at)
    before = months_before(day, months)
    rule = AssessmentRule(
        day,
        before + dt.timedelta(days=1),
        tuple(assessment_types),
        count_reviews,
        conversations,
        None if conversations_until is None else read_date(conversations_until),
    )
    facts = _assessments(extract, rule)
    born = latest_dates(extract, "date_of_birth", ties)
    age = ages_on(born, day)
    notes, missing = held_back(extract, hold_back)
    tests = {
        "known_by_association": extract.people["known_by_association"].to_numpy(),
        "deceased": _deceased(extract, day, born, ties),
        "age_unknown": (age < 0) | (age > OLDEST),
        "under_18": age < 18,
        "no_assessment": ~facts["completed"],
        "assessment_not_counted": ~facts["any"],
        "assessment_after_as_at": ~facts["up_to"],
        "assessment_too_old": ~facts["in_window"],
        "held_back": np.array([note is not None for note in notes], dtype=bool),
    }
    reason = np.select(list(tests.values()), list(tests), default="eligible")
    eligible = reason == "eligible"
    left = pd.DataFrame(
        {
            "reason": pd.Categorical(reason[~eligible], categories=list(REASONS)),
            "note": [notes[i] if reason[i] == "held_back" else "" for i in np.flatnonzero(~eligible)],
        },
        index=extract.people.index[~eligible],
    )
    who = np.flatnonzero(eligible)
    people, tied = _known_details(extract, day, who, age, facts, ties)
    found = (
        *missing,
        *tied,
        *_of_assessments(extract, rule, eligible),
        *_of_nobody(extract, rule, tests["no_assessment"]),
        *_of_conversations(extract, rule, tests),
        *links_to_nobody(extract),
        *_nobody_eligible(reason),
    )
    return Pool(
        people=people,
        left_out=left,
        flow=_flow(reason, int((eligible & facts["only_short_term"]).sum())),
        as_at=day,
        window_starts=rule.window_starts,
        months=months,
        rule=rule,
        extract=extract,
        findings=extract.findings.with_more(found),
        ties=ties,
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


def only_short_term(pool: Pool) -> int:
    """Eligible people with nothing but short term assessments in the window."""
    short = _assessments(pool.extract, pool.rule)["only_short_term"]
    return int((short & pool.extract.people.index.isin(pool.people.index)).sum())


def _assessments(extract: Extract, rule: AssessmentRule) -> dict[str, np.ndarray]:
    """Facts about each person's completed and counted assessments, as Service user or Unpaid carer."""
    events = extract.events
    user = rows_with(events, "client_type", [SERVICE_USER])
    carer = rows_with(events, "client_type", [UNPAID_CARER])
    end = events["event_end_date"].to_numpy()
    person = events["person"].to_numpy()
    counts = counted(extract, rule)
    up_to = counts & (end <= np.datetime64(rule.as_at))
    inside = counts & rule.in_window(events)

    latest = np.full(len(extract.people), np.datetime64("NaT"), dtype="M8[s]")
    order = np.argsort(end[inside], kind="stable")
    latest[person[inside][order]] = end[inside][order]
    short = rows_with(events, "event_type", ["Assessment"]) & (
        kinds_of_rows(events) == KINDS.index("short term")
    )
    return {
        "completed": _anyone(extract, completed(events, rule.count_reviews) | counts),
        "any": _anyone(extract, counts),
        "up_to": _anyone(extract, up_to),
        "in_window": _anyone(extract, inside),
        "as_service_user": _anyone(extract, inside & user),
        "as_unpaid_carer": _anyone(extract, inside & carer),
        "only_short_term": _anyone(extract, inside & short) & ~_anyone(extract, inside & ~short),
        "assessment_date": latest,
    }


def _anyone(extract: Extract, rows: np.ndarray) -> np.ndarray:
    """Who has one of the marked events. Shape (people,), bool."""
    flags = np.zeros(len(extract.people), dtype=bool)
    flags[extract.events["person"].to_numpy()[rows]] = True
    return flags


def _deceased(extract: Extract, day: dt.date, born: np.ndarray, ties: str) -> np.ndarray:
    """By the date of death, or by an outcome on any row of theirs, dropped duplicates and rows of no event too."""
    last = np.datetime64(day)
    # A death before the birth is none, unless it is the birth that is wrong: one still to come.
    born = np.where(born > last, np.datetime64("NaT"), born)
    dead = latest_dates(extract, "date_of_death", ties, not_before=born) <= last
    if extract.details is not None and "date_of_death" in extract.details:
        # A death that a person-level file tells is one, also where the events tell a later day.
        told = extract.details["date_of_death"].to_numpy()
        dead |= (told <= last) & ~(told < born)
    for frame in (extract.events, extract.duplicates):
        ended = rows_with(frame, "event_outcome", ["NFA: Deceased"])
        ended &= frame["event_end_date"].to_numpy() <= last
        dead[frame["person"].to_numpy()[ended]] = True
    return np.asarray(dead)


def _flow(reason: np.ndarray, only_short_term: int) -> pd.DataFrame:
    """People in, people out by each reason in order, people left; it adds up by construction and is checked."""
    left = len(reason)
    rows = [("people in the extract", "", 0, left)]
    for name, words in REASONS.items():
        out = int((reason == name).sum())
        left -= out
        rows.append((words, name, out, left))
    eligible = int((reason == "eligible").sum())
    assert left == eligible
    words = "eligible"
    if only_short_term:
        words += f" ({only_short_term:,} of them with nothing but short term assessments)"
    rows.append((words, "eligible", 0, eligible))
    return pd.DataFrame(rows, columns=["step", "reason", "left_out", "remaining"])


#: What becomes of values that only the last step parts.
_TAKEN = {"text": "The one that sorts last as text is taken.", "unknown": "None is taken."}


def _known_details(
    extract: Extract, day: dt.date, who: np.ndarray, age: np.ndarray, facts: dict[str, np.ndarray], ties: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """The latest known value of each person field, for the eligible, and where tied values differ."""
    latest = Latest.of(extract, day, who)
    data: dict[str, object] = {
        "age": age[who],
        "assessment_date": facts["assessment_date"][who],
        "as_service_user": facts["as_service_user"][who],
        "as_unpaid_carer": facts["as_unpaid_carer"][who],
    }
    found: list[Finding] = []
    for name in PERSON_FIELDS:
        beside = extract.details is not None and name in extract.details
        if name == "client_type" or not (name in extract.events or beside):
            continue
        column, differ = latest.value(name, ties)
        found += found_on(
            "tied-values",
            field_named(name).heading,
            "people whose rows just as late give different values",
            np.zeros(0),
            f"{_TAKEN[ties]} Find out which is right.",
            "note",
            count=int(differ.sum()),
            unit="people",
        )
        if name == "has_unpaid_carer":
            column = _yes_where(column, cared_for(extract, day)[who])
        data[name] = _with_details(extract, name, column, who)
    if "provider" in extract.events:
        data["provider"] = _latest_service(extract, latest, "provider")
    return pd.DataFrame(data, index=extract.people.index[who]), found


def _yes_where(column: pd.Categorical, yes: np.ndarray) -> pd.Categorical:
    """The same values, Yes where a carer's row says so."""
    categories = list(dict.fromkeys([*column.categories, "Yes"]))
    codes = np.where(yes, categories.index("Yes"), column.codes.astype(np.int64))
    return pd.Categorical.from_codes(codes, categories=categories)


_OPTIONAL = frozenset(f.name for f in OPTIONAL_PERSON_FIELDS)


def _with_details(extract: Extract, name: str, column: pd.Categorical, who: np.ndarray) -> pd.Categorical:
    """Optional characteristics from the person-level file first, and other details from the extract first."""
    if extract.details is None or name not in extract.details:
        return column
    own = extract.details[name].array[who]
    return better_known(name, own, column) if name in _OPTIONAL else better_known(name, column, own)


def _latest_service(extract: Extract, latest: Latest, name: str) -> pd.Categorical:
    """A field of each person's latest service among the rows that are used."""
    column = extract.events[name].array
    used = latest.codes_at < len(extract.events)
    used[used] = rows_with(extract.events, "event_type", ["Service"])[latest.codes_at[used]]
    rows = np.flatnonzero(used)
    codes = np.asarray(column.codes)[latest.codes_at[rows]]
    known = how_known(name, column.categories)[codes] > 0
    found = np.full(latest.people, -1, dtype=np.int64)
    found[latest.person[rows[known]]] = codes[known]
    return pd.Categorical.from_codes(found, categories=column.categories)


def _of_nobody(extract: Extract, rule: AssessmentRule, without: np.ndarray) -> Iterator[Finding]:
    """How many people have no assessment that counts, but one that does not say whose it is."""
    events = extract.events
    if "client_type" not in events:
        return
    rows = ended(events, rule.count_reviews) & rule.in_window(events) & without[events["person"].to_numpy()]
    rows &= events["client_type"].isna().to_numpy() | rows_with(events, "client_type", is_unknown)
    yield from found_on(
        "assessments-of-nobody",
        field_named("client_type").heading,
        "people whose completed assessments do not say whether they are a Service user or an Unpaid carer",
        np.sort(events["row"].to_numpy()[rows]),
        "They are left out as having no completed assessment. Give the client type; where it stands under the "
        'heading of another field, give each own value a line in [values."Client Type"].',
        count=events["person"][rows].nunique(),
        unit="people",
        loses="people",
    )


def _of_assessments(extract: Extract, rule: AssessmentRule, eligible: np.ndarray) -> Iterator[Finding]:
    """How many people are eligible by nothing but assessments of a type that no list has."""
    events = extract.events
    inside = counted(extract, rule) & rule.in_window(events)
    odd = rows_with(events, "event_type", ["Assessment"])
    odd &= kinds_of_rows(events) == KINDS.index(UNRECOGNISED)
    person = events["person"].to_numpy()
    alone = _anyone(extract, inside & odd) & ~_anyone(extract, inside & ~odd) & eligible
    told = "assessment_type" in events
    why = "whose type is missing or not recognised" if told else "of which the file does not say the type"
    yield from found_on(
        "assessments-of-no-known-type",
        field_named("assessment_type").heading,
        f"people who are eligible only by assessments {why}",
        np.sort(events["row"].to_numpy()[inside & odd & alone[person]]),
        "They count. If they are no assessments of need, map the type (financial assessments do not count), or "
        "leave unrecognised out of assessment_types.",
        count=int(alone.sum()),
        unit="people",
        loses="people",
    )


def _of_conversations(
    extract: Extract, rule: AssessmentRule, tests: dict[str, np.ndarray]
) -> Iterator[Finding]:
    """How many people conversations recorded as requests would make eligible, when they do not count."""
    if rule.conversations == "count":
        return
    rows = conversations(extract, rule)
    would = _anyone(extract, rows) & tests["assessment_too_old"]
    for reason in ("known_by_association", "deceased", "age_unknown", "under_18", "held_back"):
        would &= ~tests[reason]
    yield from found_on(
        "conversations-not-counted",
        "Event Description",
        "people left out whose Request is described as a conversation; they would be eligible if it counted",
        np.sort(extract.events["row"].to_numpy()[rows & would[extract.events["person"].to_numpy()]]),
        'Where a first conversation is an assessment in your council, say conversations="count".',
        count=int(would.sum()),
        unit="people",
        loses="people",
    )


def _nobody_eligible(reason: np.ndarray) -> Iterator[Finding]:
    """The reason that most people are left out for, when it is everybody."""
    if (reason == "eligible").any():
        return
    names, counts = np.unique(reason, return_counts=True)
    most = f"; most are left out because: {REASONS[names[counts.argmax()]]}" if len(names) else ""
    yield Finding(
        "nobody-eligible",
        "",
        f"nobody in the extract is eligible{most}",
        len(reason),
        advice="Look at the reasons in the flow, at the date (as at), and at the columns that the file lacks.",
        unit="people",
        loses="people",
    )
