"""What happened to each eligible person: one small function a measure, grouped by edition like the cohort rules.

A measure looks at facts about all eligible people at once and answers with a level for each, and with the events that
the level comes from. Source: ``domain.md``, second edition, section 6a; the bands are the project's own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from casetrack.dates import for_people
from casetrack.pool.eligibility import Pool
from casetrack.pool.journey_facts import NEVER, JourneyFacts, Rows, first_of_each, last_of_each, running_since
from casetrack.pool.journey_values import LONG_TERM, Outcome, Reason, Route, Service
from casetrack.words import NOT_RECORDED, of_every_mask

#: A short reach cannot tell "no request" from "a request before the file begins" (``domain.md``, section 6a).
_REACH = 183
#: A request so soon after another is the same contact.
_SAME_CONTACT = 4
#: Support that is not there within this time after it was planned is late; until then it is not due.
_DUE = 28


@dataclass(frozen=True, repr=False)
class Source:
    """The event that a level comes from: what it is, its day and its row in the file; row 0 where there is none."""

    what: str
    day: np.ndarray
    row: np.ndarray


@dataclass(frozen=True, repr=False)
class Answer:
    """One measure: each person's level, the events it comes from, the days counted (below 0 for none), more words."""

    levels: np.ndarray
    sources: tuple[Source, ...] = ()
    days: np.ndarray | None = None
    notes: np.ndarray | None = None

    def because(self, place: int) -> str:
        """In words what one person's level comes from; empty where no event tells of it."""
        words = [
            f"{source.what} {_day_in_words(source.day[place])} (row {source.row[place]})"
            for source in self.sources
            if source.row[place]
        ]
        if self.notes is not None and self.notes[place]:
            words.append(str(self.notes[place]))
        text = "; ".join(words)
        counted = self.days is not None and self.days[place] >= 0
        return f"{text}: {self.days[place]:,} days" if counted and self.days is not None else text


def _day_in_words(day: np.int64) -> str:
    return for_people(dt.date(1970, 1, 1) + dt.timedelta(int(day)))


def _levels(names: tuple[str, ...], codes: np.ndarray) -> np.ndarray:
    return np.asarray(np.array(names, dtype=object)[codes])


def _source(facts: JourneyFacts, what: str, rows: Rows, mask: np.ndarray, last: bool = False) -> Source:
    """Each person's first marked row and the day it started, or the last one; of what came to an end the end."""
    picked = np.flatnonzero(mask)
    place = rows.place[picked]
    picked = picked[(last_of_each if last else first_of_each)(place)]
    day, row = np.zeros(facts.count, dtype=np.int64), np.zeros(facts.count, dtype=np.int64)
    day[rows.place[picked]] = (rows.end if what in _ENDS else rows.start)[picked]
    row[rows.place[picked]] = rows.row[picked]
    return Source(what, day, row)


#: Events that are told by the day on which they ended.
_ENDS = frozenset({"Review completed", "Admitted to hospital", "Unplanned hospital review"})


def _assessment(facts: JourneyFacts, which: str) -> Source:
    day = facts.assessment.start if which == "started" else facts.assessment.end
    return Source(f"Assessment {which}", day, facts.assessment.row)


def _services(facts: JourneyFacts) -> np.ndarray:
    """Services of a recognised group, those of carers for a carer only."""
    return facts.service != Service.UNKNOWN


def _open_at_assessment(facts: JourneyFacts, kinds: np.ndarray) -> np.ndarray:
    """Rows of services begun before the assessment's start and open on it."""
    start = facts.assessment.start[facts.services.place]
    return kinds & (facts.services.start < start) & (facts.services.end >= start)


#: The bands of a wait, and the last day of all but the last.
BANDS = ("Up to 28 days", "29 to 90 days", "91 to 182 days", "183 days or more")
_BAND_ENDS = (28, 90, 182)
_WAITS = (
    *BANDS,
    "Support came first",
    "Already supported",
    "No request found",
    NOT_RECORDED,
)


def bands_of(days: np.ndarray) -> np.ndarray:
    """Each number of days' place in ``BANDS``."""
    return np.searchsorted(_BAND_ENDS, days)


def wait_for_assessment(facts: JourneyFacts) -> Answer:
    """Days from the request to the assessment's start; without a request, why there is no wait to count."""
    a, r, services = facts.assessment, facts.request, facts.services
    days = (a.end if facts.wait_until == "end" else a.start) - r.start
    band = bands_of(days)
    start = services.start
    early = _services(facts) & (start >= r.start[services.place]) & (start < a.start[services.place])
    first = _source(facts, "Service started", services, early & r.there[services.place])
    long_term = np.isin(facts.service, LONG_TERM)
    running = _open_at_assessment(facts, (long_term | facts.carer[services.place]) & _services(facts))
    already = _source(facts, "Service running since", services, running & ~r.there[services.place])
    short = facts.file_start is None or a.start - facts.file_start < _REACH
    without = np.where(already.row > 0, 5, np.where(short, 7, 6))
    code = np.where(r.there, np.where(first.row > 0, 4, band), without)
    return Answer(
        _levels(_WAITS, code),
        (Source("Request started", r.start, r.row), first, already, _assessment(facts, "started")),
        np.where(r.there & (first.row == 0), days, -1),
    )


_SUPPORT_WAITS = (
    "No wait",
    "1 to 28 days",
    "29 to 90 days",
    "91 days or more",
    "None planned",
    "Further assessment",
    "Support in place",
    "Not due yet",
    "Planned, none recorded",
    NOT_RECORDED,
)
_PLANNED = [Outcome.REABLEMENT, Outcome.PLANNING, Outcome.END_OF_LIFE]
_FURTHER = [Outcome.ASSESSMENT, Outcome.FINANCIAL]


def wait_for_support(facts: JourneyFacts) -> Answer:
    """Days from the assessment's end to the first service that began from its start on, where support was planned."""
    a, services = facts.assessment, facts.services
    known = _services(facts)
    in_place = _source(facts, "Service running since", services, _open_at_assessment(facts, known))
    first = _source(facts, "Service started", services, known & (services.start >= a.start[services.place]))
    days = np.maximum(first.day - a.end, 0)
    later = np.where(
        first.row > 0, np.searchsorted([0, 28, 90], days), np.where(facts.as_at - a.end <= _DUE, 7, 8)
    )
    planned = np.isin(a.outcome, _PLANNED)
    code = np.select(
        [
            ~a.there | (a.outcome == Outcome.UNKNOWN),
            np.isin(a.outcome, _FURTHER),
            planned & (in_place.row == 0),
            planned | (a.outcome == Outcome.CONTINUATION),
        ],
        [9, 5, later, 6],
        default=4,
    )
    counted = (code == later) & planned & (in_place.row == 0) & (first.row > 0)
    sources = (
        _assessment(facts, "completed"),
        replace(in_place, row=np.where(code == 6, in_place.row, 0)),
        replace(first, row=np.where(counted, first.row, 0)),
    )
    return Answer(_levels(_SUPPORT_WAITS, code), sources, np.where(counted, days, -1))


_SETTINGS = (
    "Nursing home",
    "Residential home",
    "Community, direct payment",
    "Community, arranged",
    "Prison",
    "Short term",
    "Equipment only",
    "Support as a carer",
    NOT_RECORDED,
    "None open",
)


def support_setting(facts: JourneyFacts) -> Answer:
    """What is open on ``as_at``: the first setting in the list that holds."""
    services, kind = facts.services, facts.service
    at_home = np.isin(kind, [Service.COMMUNITY, Service.SHORT_TERM, Service.REABLEMENT])
    equipment = at_home & facts.equipment
    code = np.select(
        [
            kind == Service.NURSING,
            kind == Service.RESIDENTIAL,
            equipment,
            (kind == Service.COMMUNITY) & facts.direct_payment,
            kind == Service.COMMUNITY,
            kind == Service.PRISON,
            at_home,
            kind == Service.CARER,
        ],
        [0, 1, 6, 2, 3, 4, 5, 7],
        default=8,
    )
    setting = np.full(facts.count, len(_SETTINGS) - 1)
    still = services.end >= facts.as_at
    np.minimum.at(setting, services.place[still], code[still])
    shown = _source(facts, "Service running since", services, still & (code == setting[services.place]))
    return Answer(_levels(_SETTINGS, setting), (shown,))


_ROUTES = {
    Route.UNKNOWN: NOT_RECORDED,
    Route.HOSPITAL: "Hospital",
    Route.CHILDREN: "Children's services",
    Route.SELF_FUNDER: "Self-funder",
    Route.COMMUNITY: "Community or other",
}


def route_in(facts: JourneyFacts) -> Answer:
    """The route of the request that the assessment followed, else of the latest in the 12 months to its start."""
    r, latest = facts.request, facts.latest_request
    at = np.where(r.there, r.at, latest.at)
    names = np.array([_ROUTES[kind] for kind in Route], dtype=object)
    found = r.there | latest.there
    start, row = np.where(r.there, r.start, latest.start), np.where(r.there, r.row, latest.row)
    return Answer(
        np.where(found, names[facts.route[at]] if len(facts.route) else "", "No request found"),
        (Source("Request started", start, row),),
    )


def contacts(facts: JourneyFacts) -> Answer:
    """How many times somebody asked in the window; asking again within 4 days is the same."""
    requests = facts.requests.where(facts.requests.start >= facts.window_starts)
    # An end before its start is no end.
    reach = np.where(requests.end == NEVER, requests.start, np.maximum(requests.start, requests.end))
    first = np.zeros(len(reach), dtype=bool)
    first[first_of_each(requests.place)] = True
    # The latest end so far of each person: one running maximum, every person lifted above all before them.
    span = int(reach.max(initial=0)) - min(int(reach.min(initial=0)), 0) + 1
    so_far = np.maximum.accumulate(reach + requests.place * span) - requests.place * span
    before = np.append(0, so_far[:-1])
    new = first | (requests.start - before > _SAME_CONTACT)
    count = np.bincount(requests.place[new], minlength=facts.count)
    names = ("0", "1", "2", "3 or more", NOT_RECORDED)
    code = np.minimum(count, 3) if facts.has_requests else np.full(facts.count, 4)
    latest = _source(facts, "latest Request started", requests, requests.place >= 0, last=True)
    return Answer(_levels(names, code), (latest,))


_OUTCOMES = {
    **dict.fromkeys(Outcome, "No support"),
    **dict.fromkeys([*_PLANNED, Outcome.CONTINUATION], "Support"),
    **dict.fromkeys(_FURTHER, "Further assessment"),
    **dict.fromkeys((Outcome.MOVED, Outcome.NHS, Outcome.OTHER_SERVICE), "Passed on"),
    Outcome.HOSPITAL: "Hospital",
    Outcome.SELF_FUNDED: "Self-funding",
    Outcome.ADVICE: "Advice",
    Outcome.DECLINED: "Declined",
    Outcome.UNKNOWN: NOT_RECORDED,
}


def assessment_outcome(facts: JourneyFacts) -> Answer:
    """What came of the assessment."""
    names = np.array([_OUTCOMES[kind] for kind in Outcome], dtype=object)
    levels = np.where(facts.assessment.there, names[facts.assessment.outcome], NOT_RECORDED)
    return Answer(levels, (_assessment(facts, "completed"),))


def _reviews(facts: JourneyFacts) -> np.ndarray:
    """Reviews that ended in the window."""
    return (facts.reviews.end >= facts.window_starts) & (facts.reviews.end <= facts.as_at)


def unplanned_review(facts: JourneyFacts) -> Answer:
    """Whether a review that ended in the window was unplanned."""
    reviews, held = facts.reviews, _reviews(facts)
    rank = np.array([1, 2, 3, 3])[facts.reason]
    best = np.zeros(facts.count, dtype=np.int64)
    np.maximum.at(best, reviews.place[held], rank[held])
    names = ("None", NOT_RECORDED, "Planned", "Unplanned")
    shown = _source(facts, "Review completed", reviews, held & (rank == best[reviews.place]), last=True)
    return Answer(_levels(names, best), (shown,))


def hospital(facts: JourneyFacts) -> Answer:
    """Whether an event that ended in the window says hospital: its outcome, or an unplanned review's reason."""
    events, reviews = facts.events, facts.reviews
    admitted = (events.outcome == Outcome.HOSPITAL) & (events.end >= facts.window_starts)
    unplanned = _reviews(facts) & (facts.reason == Reason.HOSPITAL)
    told = (
        _source(facts, "Admitted to hospital", events, admitted & (events.end <= facts.as_at), last=True),
        _source(facts, "Unplanned hospital review", reviews, unplanned, last=True),
    )
    any_sign = (told[0].row > 0) | (told[1].row > 0)
    return Answer(np.where(any_sign, "Yes", "No sign").astype(object), told)


def review_due(facts: JourneyFacts) -> Answer:
    """Whether long term support that ran for 12 months was looked at in them."""
    services = facts.services.where(np.isin(facts.service, LONG_TERM))
    begun = running_since(services, facts.as_at, facts.count)
    reviewed = np.zeros(facts.count, dtype=bool)
    reviewed[facts.reviews.place[_reviews(facts)]] = True
    short = facts.file_start is None or facts.file_start > facts.window_starts
    code = np.select(
        [np.full(facts.count, short), begun > facts.window_starts, reviewed, facts.assessment.there],
        [4, 0, 1, 2],
        default=3,
    )
    names = ("Under 12 months", "Reviewed", "Reassessed only", "Neither", NOT_RECORDED)
    return Answer(_levels(names, code))


def providers(facts: JourneyFacts) -> Answer:
    """How many providers gave services that ran in the window."""
    services = facts.services
    ran = _services(facts) & (services.end >= facts.window_starts)
    has = np.zeros(facts.count, dtype=bool)
    has[services.place[ran]] = True
    named = ran & (facts.provider >= 0)
    pairs = pd.DataFrame({"who": services.place[named], "provider": facts.provider[named]})
    count = np.bincount(pairs.drop_duplicates()["who"], minlength=facts.count)
    names = ("0", "1", "2", "3 or more", NOT_RECORDED)
    return Answer(_levels(names, np.where(has & (count == 0), 4, np.minimum(count, 3))))


_SIGNS = (
    "waited 91 days or more for the assessment",
    "waited 29 days or more for support",
    "asked 3 times or more",
    "declined, or no support though needs are eligible",
    "an unplanned review",
    "hospital",
)


def journey_signs(facts: JourneyFacts, answers: Mapping[str, Answer]) -> Answer:
    """How many signs of a harder journey the record holds."""
    levels = {name: answer.levels for name, answer in answers.items()}
    other = np.zeros(facts.count, dtype=bool)
    other[facts.reviews.place[_reviews(facts) & (facts.reason == Reason.UNPLANNED)]] = True
    outcome = levels["assessment_outcome"]
    signs = np.column_stack(
        [
            np.isin(levels["wait_for_assessment"], ["91 to 182 days", "183 days or more"]),
            np.isin(levels["wait_for_support"], ["29 to 90 days", "91 days or more"]),
            levels["contacts"] == "3 or more",
            (outcome == "Declined") | ((outcome == "No support") & facts.eligible_needs),
            other,
            levels["hospital"] == "Yes",
        ]
    ).astype(np.int64)
    count = signs.sum(axis=1)
    blank = (levels["wait_for_assessment"] == NOT_RECORDED) & (outcome == NOT_RECORDED)
    code = np.where(count > 0, np.minimum(count, 2), np.where(blank, 3, 0))
    words = np.array(of_every_mask(_SIGNS), dtype=object)[signs @ (1 << np.arange(len(_SIGNS)))]
    return Answer(_levels(("None", "One", "Two or more", NOT_RECORDED), code), notes=words)


_GROUPS = {
    **dict.fromkeys(_SETTINGS, "Other"),
    **dict.fromkeys(("Nursing home", "Residential home"), "Care home"),
    **dict.fromkeys(("Community, direct payment", "Community, arranged", "Equipment only"), "Home"),
    NOT_RECORDED: NOT_RECORDED,
}
_ANY = {"None": "None", "One": "One or more", "Two or more": "One or more", NOT_RECORDED: NOT_RECORDED}


def _grouped(answer: Answer, groups: Mapping[str, str]) -> Answer:
    """The same answer with its levels in fewer groups."""
    codes, levels = pd.factorize(answer.levels)
    names = tuple(groups[str(level)] for level in levels)
    return replace(answer, levels=_levels(names or (NOT_RECORDED,), codes))


#: Between the parts of a journey.
_JOINS = " > "
_ORIGINS = {
    "Hospital": "Hospital",
    "Children's services": "Children's services",
    "Self-funder": "Community",
    "Community or other": "Community",
    "No request found": "Already known",
    NOT_RECORDED: NOT_RECORDED,
}
_NOW = {
    **dict.fromkeys(("Nursing home", "Residential home"), "care home"),
    **dict.fromkeys(("Community, direct payment", "Community, arranged", "Equipment only"), "home"),
    **dict.fromkeys(("Prison", "Short term"), "short-term or other"),
    "Support as a carer": "as a carer",
    "None open": "none open",
    NOT_RECORDED: NOT_RECORDED,
}
#: What stands last to what a release shows of it: from the third level, homes and care homes are one.
_WITHOUT_ORIGIN = {
    "care home": "Home or care home",
    "home": "Home or care home",
    "short-term or other": "Short-term or other",
    "as a carer": "As a carer",
    "none open": "None open",
    NOT_RECORDED: NOT_RECORDED,
}


def _journeys_in_words(facts: JourneyFacts, route_in: np.ndarray, setting: np.ndarray) -> np.ndarray:
    """Origin, reablement that began since, and now, for each person."""
    since = np.where(facts.request.there, facts.request.start, facts.assessment.start)
    rows = (facts.service == Service.REABLEMENT) & (facts.services.start >= since[facts.services.place])
    reabled = np.zeros(facts.count, dtype=bool)
    reabled[facts.services.place[rows]] = True
    mine, origin = pd.factorize(route_in)
    ours, now = pd.factorize(setting)
    texts = np.array(
        [
            [[_JOINS.join((_ORIGINS[a], *way, _NOW[b])) for way in ((), ("reablement",))] for b in now]
            for a in origin
        ],
        dtype=object,
    ).reshape(len(origin), len(now), 2)
    return np.asarray(texts[mine, ours, reabled.astype(np.int64)])


def _without_origin(journey: str) -> str:
    """What a release may show of a journey, the third level: where the person is now, homes joined."""
    return _WITHOUT_ORIGIN[journey.rsplit(_JOINS, 1)[-1]]


Measure = Callable[[JourneyFacts], Answer]

#: Each edition's measures. ``journey_signs`` is read from the others and comes last.
EXPERIENCE: dict[str, dict[str, Measure]] = {
    "2024-04": {
        "wait_for_assessment": wait_for_assessment,
        "wait_for_support": wait_for_support,
        "support_setting": support_setting,
        "route_in": route_in,
        "contacts": contacts,
        "assessment_outcome": assessment_outcome,
        "unplanned_review": unplanned_review,
        "hospital": hospital,
        "review_due": review_due,
        "providers": providers,
    },
}
#: Two measures in the groups that a suggested design asks by, and that a release may show of the first.
SUPPORT_GROUP, ANY_SIGN = "support_group", "any_sign"
#: The whole of it in words, and what a release may show of that by name.
JOURNEY, JOURNEY_NOW = "journey", "journey_now"
MEASURES = (*EXPERIENCE["2024-04"], "journey_signs", SUPPORT_GROUP, ANY_SIGN, JOURNEY, JOURNEY_NOW)
#: Counted in no return.
COUNCIL_ONLY = ("support_setting", "providers", JOURNEY, JOURNEY_NOW)


@dataclass(frozen=True, repr=False)
class Experience:
    """What happened to each eligible person: of each measure an answer, one entry a person in the order of the pool."""

    answers: Mapping[str, Answer] = field(repr=False)

    def table(self, index: pd.Index) -> pd.DataFrame:
        """A column of levels for each measure."""
        return pd.DataFrame({name: answer.levels for name, answer in self.answers.items()}, index=index)

    def because(self, name: str, place: int) -> str:
        """In words what somebody's level of a measure comes from; ``place`` is their row of the pool."""
        return self.answers[name].because(place)

    def __repr__(self) -> str:
        return f"Experience({', '.join(self.answers)})"


def experience_of(pool: Pool, edition: str, wait_until: str = "start") -> Experience:
    """Every measure for every eligible person."""
    facts = JourneyFacts.of(pool, wait_until)
    answers = {name: measure(facts) for name, measure in EXPERIENCE[edition].items()}
    signs = journey_signs(facts, answers)
    groups = {SUPPORT_GROUP: _grouped(answers["support_setting"], _GROUPS), ANY_SIGN: _grouped(signs, _ANY)}
    words = Answer(_journeys_in_words(facts, answers["route_in"].levels, answers["support_setting"].levels))
    now = _grouped(words, {level: _without_origin(level) for level in pd.unique(words.levels)})
    return Experience({**answers, "journey_signs": signs, **groups, JOURNEY: words, JOURNEY_NOW: now})
