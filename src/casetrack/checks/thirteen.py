"""The thirteen checks of readiness: a figure, a threshold, what it means and what can be done. They name nobody.

Source: ``domain.md``, second edition, section 8.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from casetrack.checks.looked import AHEAD, Looked
from casetrack.dates import for_people, months_before
from casetrack.extract.fields import field_named
from casetrack.extract.row_findings import EXPECTED
from casetrack.headings import group_in_words, heading
from casetrack.pool.characteristics import NEEDS
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.pool.eligibility import REASONS, only_short_term
from casetrack.pool.experience import BANDS
from casetrack.pool.journey_facts import file_start
from casetrack.words import NOT_RECORDED, count_of, people

State = Literal["ready", "look", "act"]
FEWEST, FEW = 5, 15
_TENTH, _FIFTH, _TWENTIETH, _HUNDREDTH = 0.10, 0.20, 0.05, 0.01
_REACH = 24
_GROUP = 10


@dataclass(frozen=True)
class Check:
    """One check.

    Parameters
    ----------
    name, title
        What it is called, in code and for people.
    figure
        What was found.
    threshold
        When it is time to look, and to act.
    state
        ``ready``, ``look`` or ``act``.
    advice
        What to do next.
    detail
        The figures behind it; names nobody.
    who
        ``person_id`` and ``what``: whose records have to be mended, for the council alone.
    """

    name: str
    title: str
    figure: str
    threshold: str
    state: State
    advice: str
    detail: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    who: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)


class _Found(NamedTuple):
    """What a check says; its fields are those of `Check`."""

    figure: str
    state: State
    advice: str
    detail: pd.DataFrame
    who: pd.DataFrame = pd.DataFrame()


CHECKS: list[Callable[[Looked], Check]] = []


def _check(title: str, threshold: str) -> Callable[[Callable[[Looked], _Found]], Callable[[Looked], Check]]:
    """A check of the name of its function, in the order in which they stand."""

    def offered(find: Callable[[Looked], _Found]) -> Callable[[Looked], Check]:
        @functools.wraps(find)
        def check(at: Looked) -> Check:
            return Check(name=find.__name__, title=title, threshold=threshold, **find(at)._asdict())

        CHECKS.append(check)
        return check

    return offered


def _state(act: bool, look: bool = False) -> State:
    return "act" if act else "look" if look else "ready"


def _who(ids: Iterable[str], what: str) -> pd.DataFrame:
    listed = list(ids)
    return pd.DataFrame({"person_id": listed, "what": [what] * len(listed)})


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


@_check("Eligible people in each cohort", "act under 5, look under 15")
def people_by_code(at: Looked) -> _Found:
    """Eligible people by cohort code."""
    table = at.coded.counts()
    counts = {code: int(at.coded.people[code].sum()) for code in at.coded.code_names}
    fewest = min(counts.values())
    low = [code for code, count in counts.items() if count < FEW]
    advice = (
        f"Few people in {', '.join(low)}. Read what the extract cannot see of these codes, look for people the teams "
        "know, record what is missing or give overrides with reasons."
        if low
        else "Enough people in every cohort to choose from."
    )
    figure = ", ".join(f"{code} {count:,}" for code, count in counts.items())
    return _Found(figure, _state(fewest < FEWEST, fewest < FEW), advice, table)


@_check("The same in 1, 3 and 6 months if nothing is added", "act under 5 at 3 months")
def people_ahead(at: Looked) -> _Found:
    """The same in 1, 3 and 6 months, if nothing is added to the file."""
    rows = []
    for code in at.coded.code_names:
        later = {f"in_{n}_months": int(at.later[n].people[code].sum()) for n in AHEAD}
        rows.append(
            {
                "code": code,
                "cohort": CODE_NAMES.get(code, ""),
                "now": int(at.coded.people[code].sum()),
                **later,
            }
        )
    table = pd.DataFrame(rows)
    thin = table.loc[table["in_3_months"] < FEWEST, "code"].tolist()
    advice = (
        f"If no more assessments are completed, {', '.join(thin)} will be too small in three months: plan "
        "assessments and reviews of these people now."
        if thin
        else "The cohorts hold for three months even if nothing is added."
    )
    return _Found(
        "; ".join(
            f"in {count_of(n, 'month')} {int(table[f'in_{n}_months'].min()):,} in the smallest cohort"
            for n in AHEAD
        ),
        _state(bool(thin)),
        advice,
        table,
    )


@_check("Counted assessments by month", "act when the last is under half the median")
def assessments_by_month(at: Looked) -> _Found:
    """Counted assessments by the month that they ended in: a sudden fall is an export that stopped."""
    pool = at.coded.pool
    last = _last_full_month(pool.as_at)
    months = [months_before(last.replace(day=1), back) for back in range(11, -1, -1)]
    ends = at.extract.events["event_end_date"].to_numpy()[pool.completed_in_window()].astype("M8[M]")
    counts = [int((ends == np.datetime64(month, "M")).sum()) for month in months]
    usual = float(np.median(counts))
    fell = counts[-1] < usual / 2
    table = pd.DataFrame({"month": [f"{month:%Y-%m}" for month in months], "assessments": counts})
    return _Found(
        f"{counts[-1]:,} in the last full month, {usual:,.0f} in a usual one",
        _state(fell),
        "The last month is too small: ask whether the export is complete, and whether teams close assessments late."
        if fell
        else "Assessments arrive as they usually do.",
        table,
    )


def _last_full_month(day: dt.date) -> dt.date:
    tomorrow = day + dt.timedelta(1)
    return day if tomorrow.day == 1 else day.replace(day=1) - dt.timedelta(1)


#: Reasons that the records can mend; the others are facts about people.
_MENDABLE = ("age_unknown", "assessment_not_counted")


@_check(
    "Left out by reason, short term only, conversations",
    "act when over 10% are left out, or eligible, by what the record can mend",
)
def left_out(at: Looked) -> _Found:
    """Who is left out and why, and who hangs on assessments that a reader may not count."""
    pool = at.coded.pool
    everybody, eligible = len(at.extract.people), len(pool.people)
    counts = {reason: int((pool.left_out["reason"] == reason).sum()) for reason in REASONS}
    shares = {reason: _share(count, everybody) for reason, count in counts.items()}
    rows = [(REASONS[reason], counts[reason], shares[reason], "all people") for reason in REASONS]
    others = {
        "eligible by nothing but short term assessments": only_short_term(pool),
        "left out, eligible if conversations counted": at.count("conversations-not-counted"),
        "eligible by nothing but assessments of no known type": at.count("assessments-of-no-known-type"),
    }
    rows += [(words, count, _share(count, eligible), "eligible people") for words, count in others.items()]
    table = pd.DataFrame(rows, columns=["what", "people", "share", "of"])
    # A short term assessment may be all that a person needed: it is told, and is no fault of the record.
    watched = [REASONS[r] for r in _MENDABLE if r in REASONS] + list(others)[1:]
    worst = table[table["what"].isin(watched)].sort_values("share", ascending=False, kind="stable").iloc[0]
    act = float(worst["share"]) > _TENTH
    out = pool.left_out.index[pool.left_out["reason"].isin(_MENDABLE)]
    mend = pool.left_out["reason"].astype(str).loc[out].map(REASONS)
    return _Found(
        f"{people(everybody - eligible)} left out of {everybody:,}; most that can be mended: {worst['what']}, "
        f"{worst['share']:.0%} of {worst['of']}",
        _state(act),
        _left_out_advice(str(worst["what"]), act),
        table,
        pd.DataFrame({"person_id": out, "what": mend.to_numpy()}),
    )


def _left_out_advice(worst: str, act: bool) -> str:
    if not act:
        return "Nobody to speak of is left out by what the record lacks."
    if "conversations" in worst:
        return 'Decide whether a first conversation is an assessment in your council; if so, say conversations="count".'
    if "birth" in worst:
        return "Ask for dates of birth: people without a usable one cannot be listed."
    return "Look at the assessment types of these people: map your own forms' names to the layout's."


@_check("Not recorded, by field", "act over 20%, look over 5%")
def not_recorded(at: Looked) -> _Found:
    """Not recorded among eligible people, by field."""
    coded, details = at.coded, at.coded.pool.people
    unknown = {name: (coded.people[name] == NOT_RECORDED).to_numpy() for name in coded.characteristic_names}
    unknown |= {name: details[name].isna().to_numpy() for name in NEEDS if name in details}
    unknown |= {
        name: (coded.people[name] == NOT_RECORDED).to_numpy() for name in ("assessment_outcome", "route_in")
    }
    shares = {name: _share(int(mask.sum()), len(details)) for name, mask in unknown.items()}
    table = pd.DataFrame(
        [(heading(name), int(mask.sum()), shares[name]) for name, mask in unknown.items()],
        columns=["field", "people", "share"],
    ).sort_values("share", ascending=False, kind="stable", ignore_index=True)
    bad = [name for name, share in shares.items() if share > _TWENTIETH]
    worst = f"{table['field'].iloc[0]} {table['share'].iloc[0]:.0%}" if len(table) else "no field"
    return _Found(
        f"{sum(share > _FIFTH for share in shares.values())} fields over 20%, {len(bad)} over 5%; most: {worst}",
        _state(any(share > _FIFTH for share in shares.values()), bool(bad)),
        "What is not recorded is never a target, and shows in the coverage: mend the fields at the top of the list first."
        if bad
        else "Fields are recorded.",
        table,
        pd.concat(
            [_who((), ""), *(_who(details.index[unknown[n]], f"{heading(n)} not recorded") for n in bad)]
        ),
    )


#: Fields from which a code is read, by heading: a value of theirs that nobody knows can change a code.
_CODE_FIELDS = tuple(
    field_named(name).heading
    for name in ("event_type", "client_type", *NEEDS, "route_of_access", "service_type", "assessment_type")
)
_STRANGE = ("unrecognised-value", "unrecognised-event-type")


@_check("Values that are not recognised", "act when a code is read from the field")
def values_not_recognised(at: Looked) -> _Found:
    """Values that the layout does not list, and whether a code is read from their field."""
    found = at.findings(*_STRANGE)
    table = pd.DataFrame(
        [(f.field, f.count, "yes" if f.field in _CODE_FIELDS else "no") for f in found],
        columns=["field", "rows", "a_code_is_read_from_it"],
    )
    act = bool((table["a_code_is_read_from_it"] == "yes").any())
    return _Found(
        f"{int(table['rows'].sum()):,} rows in {len(table)} fields",
        _state(act, bool(len(table))),
        "Map these values in a mapping file, or correct them: a rule finds nothing in them."
        if len(table)
        else "Every value is one that the layout lists.",
        table,
        _who(at.people_of(*_STRANGE), "a value that is not recognised"),
    )


@_check("Person file, hold-back list and columns match", "act under 95%")
def lists_match(at: Looked) -> _Found:
    """Whether the person file, the hold-back list and the columns that rules read are matched."""
    rows = []
    if at.extract.details is not None:
        found = len(at.extract.people) - at.count("person-file-gaps")
        rows.append(("rows of the person file", found, found + at.count("person-file-nobody")))
    if held := at.held_back:
        lost = at.count("held-back-nobody")
        rows.append(("people on the hold-back list", held - lost, held))
    lacking = [f.field for f in at.findings("missing-field")]
    rows.append(("columns that a rule reads", len(EXPECTED) - len(lacking), len(EXPECTED)))
    table = pd.DataFrame(rows, columns=["what", "matched", "of"])
    table["share"] = [_share(m, n) if n else 1.0 for m, n in zip(table["matched"], table["of"], strict=True)]
    worst = table.sort_values("share", kind="stable").iloc[0]
    low = float(worst["share"]) < 1 - _TWENTIETH
    advice = "Everything that was handed over is found in the extract."
    if low and lacking:
        advice = f"The file lacks {', '.join(lacking)}: add the columns, or map your own headings."
    elif low:
        advice = (
            "Check that both files carry the same identifiers as the extract; Excel drops zeros in front."
        )
    return _Found(
        "; ".join(f"{r.matched:,} of {r.of:,} {r.what}" for r in table.itertuples()),
        _state(low),
        advice,
        table,
    )


#: Findings that tell of identifiers to be corrected.
_IDS = (
    "no-usable-identifier",
    "filler-identifier",
    "placeholder-identifier",
    "rounded-identifier",
    "invalid-nhs-number",
    "several-nhs-numbers",
    "nhs-number-under-many",
    "nhs-number-births-differ",
    "strangers-under-one-number",
)


@_check("Identifiers: placeholders, not joined, not valid", "act over 1%")
def identifiers(at: Looked) -> _Found:
    """Identifiers that are placeholders, join nobody or are not valid."""
    read, everybody = at.extract.account.read, len(at.extract.people)
    rows = []
    for finding in at.findings(*_IDS):
        whole = everybody if finding.unit == "people" else read
        rows.append((finding.what, finding.count, finding.unit, _share(finding.count, whole)))
    table = pd.DataFrame(rows, columns=["what", "count", "unit", "share"])
    worst = float(table["share"].max()) if len(table) else 0.0
    return _Found(
        f"at most {worst:.1%} of rows or people",
        _state(worst > _HUNDREDTH, bool(len(table))),
        "Trace and correct these numbers with the Personal Demographics Service: one person may stand twice."
        if len(table)
        else "Identifiers are in order.",
        table,
        _who(at.people_of(*_IDS), "identifier to be corrected"),
    )


@_check("How far the file reaches back", "act under 24 months")
def file_reach(at: Looked) -> _Found:
    """How far the file reaches back: a 12-month file hides long waits."""
    day = at.coded.as_at
    began = file_start(at.extract, day)
    months = 0 if began is None else _months(began, day)
    short = months < _REACH
    table = pd.DataFrame({"file_starts": [began], "months": [months]})
    return _Found(
        f"{months} months, since {for_people(began)}" if began else "no completed Request or Assessment",
        _state(short),
        "Hand over 24 months of events: a request from before the file starts cannot be seen, and long waits are hidden."
        if short
        else "The file shows where this year's assessments came from.",
        table,
    )


def _months(first: dt.date, last: dt.date) -> int:
    """Whole months from one day to another, both included."""
    after = last + dt.timedelta(1)
    return (after.year - first.year) * 12 + after.month - first.month - (after.day < first.day)


@_check("Quotas and protection reached today", "act when not reached")
def reached_today(at: Looked) -> _Found:
    """Whether today's list could keep its quotas and show every case like enough people."""
    today = at.today
    table = pd.DataFrame(
        [
            ("cohorts asked for no place", len(today.lowered)),
            ("people in the draw without a chance", today.without_chance),
            ("cohorts whose cases would be shown by their code alone", len(today.alone)),
        ],
        columns=["what", "count"],
    )
    act = not today.works or bool(today.lowered) or bool(today.alone)
    advice = "A list drawn today keeps every quota, and every case could be shown like enough people."
    if not today.works:
        advice = f"No list can be drawn today: {today.why_not}"
    elif today.lowered:
        codes = ", ".join(today.lowered)
        advice = f"The suggestion can ask no place for {codes}: find more people who meet these codes."
    elif today.alone:
        advice = f"Too few people are alike in {', '.join(today.alone)}: more people in them would help to show more."
    figure = (
        "no list can be drawn"
        if not today.works
        else "; ".join(f"{r.what}: {r.count:,}" for r in table.itertuples())
    )
    return _Found(figure, _state(act), advice, table)


@_check("Expected places by code, level and team", "act when a group of 10 has none")
def expected_places(at: Looked) -> _Found:
    """Expected places of every group on a list drawn today."""
    table = at.today.groups
    large = table[(table["people"] >= _GROUP) & (table["level"] != NOT_RECORDED)]
    none = large[large["expected"] <= 0]
    names = [group_in_words(str(r.group), str(r.level)) for r in none.itertuples()]
    return _Found(
        f"{len(none)} of {len(large)} groups of 10 or more without an expected place",
        _state(bool(names) or not at.today.works),
        f"No place can be expected for: {', '.join(names[:10])}. See what keeps them off with casetrack check --design."
        if names
        else "Every group of 10 or more can expect to be seen on the list."
        if at.today.works
        else "No list can be drawn today.",
        table,
    )


@_check("People waiting now for an assessment", "for information")
def waiting_now(at: Looked) -> _Found:
    """People waiting now: not on a list by this request, and what CQC asks about."""
    table = at.waiting["band"].value_counts().reindex(list(BANDS), fill_value=0)
    longest = int(at.waiting["days"].max()) if len(at.waiting) else 0
    return _Found(
        f"{people(len(at.waiting))}; longest {longest:,} days",
        "ready",
        "A list shows nobody's wait that is not over; be ready to say who waits, why, and who is at risk.",
        pd.DataFrame({"waiting": list(BANDS), "people": table.to_numpy()}),
        pd.DataFrame(
            {
                "person_id": at.waiting.index,
                "what": "waiting for an assessment: " + at.waiting["band"].astype(str),
            }
        ),
    )


@_check("Long term support for 12 months without a review", "for information")
def no_review(at: Looked) -> _Found:
    """Long term support for 12 months without a review."""
    names = ("Reviewed", "Reassessed only", "Neither")
    counts = at.long_term["looked_at"].value_counts().reindex(list(names), fill_value=0)
    without = at.long_term.index[at.long_term["looked_at"] != "Reviewed"]
    return _Found(
        f"{len(without):,} of {people(len(at.long_term))}, {int(counts['Neither']):,} of them not reassessed either",
        "ready",
        "Plan the reviews that are overdue, those without a reassessment first.",
        pd.DataFrame({"looked_at": list(names), "people": counts.to_numpy()}),
        _who(without, "Long term support for 12 months without a review"),
    )
