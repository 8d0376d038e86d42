"""What happens to the people: request, assessment, services and reviews, with their dates.

Everything hangs on the day of the latest assessment, and is worked out forwards and backwards from it.
Days are whole numbers from 1 January 1970; the extract is taken some weeks after ``as_at``. Events are a table with the
columns person, kind, start, end, client, and one for each field of ``VALUES`` that any event has, -1 in the others.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from casetrack.synthetic.chance import Bools, Chance, Ints
from casetrack.synthetic.people import NONE, People
from casetrack.synthetic.vocabulary import (
    ASSESSMENT,
    ASSOCIATION,
    CARER,
    REQUEST,
    REVIEW,
    SERVICE,
    SERVICE_USER,
    code,
)

#: When the latest assessment ended, if it did.
IN_WINDOW, TOO_OLD, AFTER, NEVER, STILL_OPEN = range(5)
_OUTCOME, _ROUTE = "Event Outcome", "Request: Route of Access"
# Days after as_at on which the extract is taken.
_TAKEN = 45


# Reablement to prison, as VALUES["Service Type"] lists them: from hospital, others under 65, others over.
_SERVICES = ((46, 6, 10, 9, 8, 21, 0), (5, 14, 6, 2, 10, 61, 2), (12, 12, 5, 10, 16, 45, 0))
_HOME, _DAY, _MEALS, _TRANSPORT, _EQUIPMENT, _DIRECT = 5, 6, 7, 8, 9, 10
# Service components by service type: (component, weight).
_COMPONENTS: tuple[tuple[tuple[int, float], ...], ...] = (
    ((0, 85), (5, 15)),
    ((_EQUIPMENT, 50), (_MEALS, 20), (_HOME, 15), (15, 15)),
    ((3, 50), (1, 15), (17, 15), (14, 20)),
    ((2, 97), (16, 3)),
    ((4, 100),),
    ((_HOME, 46), (_DIRECT, 22), (_DAY, 10), (12, 11), (13, 6), (11, 3), (_TRANSPORT, 2)),
    ((14, 100),),
    ((_DIRECT, 40), (19, 60)),
    ((18, 100),),
)


def make_journeys(
    chance: Chance, people: People, as_at_day: int, two_years: bool
) -> tuple[pd.DataFrame, Ints]:
    """Invent the events of all people, and the recorded day on which some of them died."""
    assessments, timing = _assessments(chance, people, as_at_day)
    requests = _requests(chance, people, assessments, timing)
    if two_years:
        requests = _long_waits(chance, requests)
    death = _deaths(chance, people, np.maximum(assessments["end"], requests["end"]), as_at_day)
    services = _services(chance, people, assessments, requests, timing, as_at_day)
    services = _close_at_death(chance, services, death)
    finished = assessments.assign(end=np.where(timing == STILL_OPEN, NONE, assessments["end"]))
    asked = chance.happens("has request", people.count, 0.92) | (timing == NEVER)
    blocks = [
        requests[asked & ~_long_standing(chance, people, timing)],
        finished[timing != NEVER],
        *_more_assessments(chance, people, assessments, timing, as_at_day),
        services,
        _more_services(chance, services, as_at_day),
        _reviews(chance, services, death, as_at_day),
    ]
    if two_years:
        before = _year_before(chance, people, assessments, requests, timing, as_at_day)
        blocks += [_close_at_death(chance, block, death) for block in before]
    fields = dict.fromkeys(field for block in blocks for field in block)
    whole = pd.concat([block.reindex(columns=list(fields), fill_value=-1) for block in blocks])
    recorded = chance.happens("death recorded", people.count, 0.93)
    return whole, np.where(recorded, death, NONE)


def _of_everyone(people: People, kind: int, start: Ints, end: Ints, codes: dict[str, Ints]) -> pd.DataFrame:
    """One event for each person."""
    who = np.arange(people.count, dtype=np.int64)
    told = {"person": who, "kind": kind, "start": start, "end": end, "client": people.role}
    return pd.DataFrame({**told, **codes})


def _assessments(chance: Chance, people: People, as_at: int) -> tuple[pd.DataFrame, Ints]:
    count = people.count
    timing = chance.pick("timing", count, (67.5, 15.5, 3, 10, 4))
    end = np.choose(
        timing,
        (
            as_at - chance.whole("days since, in window", count, 0, 364),
            as_at - 366 - chance.whole("days since, too old", count, 0, 450, bend=2),
            as_at + chance.whole("days after", count, 1, 40),
            as_at - chance.whole("days since contact", count, 0, 700),
            as_at - chance.whole("days open", count, 0, 60),
        ),
    ).astype(np.int64)
    length = np.where(timing < NEVER, chance.whole("assessment length", count, 0, 60, bend=2), 0)
    carer = (people.role != SERVICE_USER).astype(np.int64)
    codes = {
        "Assessment Type": np.where(carer, 2, chance.pick("assessment type", count, (30, 70))),
        "Eligible Needs Identified": chance.pick("eligible needs", count, (74, 20, 6)),
        "Method of Assessment": chance.pick("assessment method", count, (55, 30, 5, 10)),
        _OUTCOME: chance.pick_by(
            "assessment outcome",
            carer,
            (
                (8, 4, 45, 14, 1, 0, 12, 4, 2, 1, 4, 2, 1, 0.7, 2, 2),
                (0, 4, 35, 8, 0, 0, 40, 6, 1, 1, 4, 0, 1, 0.2, 0, 2),
            ),
        ),
    }
    return _of_everyone(people, ASSESSMENT, end - length, end, codes), timing


def _requests(chance: Chance, people: People, assessments: pd.DataFrame, timing: Ints) -> pd.DataFrame:
    count = people.count
    end = assessments["start"] - chance.whole("wait for assessment", count, 0, 20, bend=2)
    start = end - chance.whole("request length", count, 0, 10, bend=2)
    group = np.searchsorted(np.array([20, 22, 26, 65]), people.age, side="right").astype(np.int64)
    group = np.where(people.role == SERVICE_USER, group, 5)
    routes = (
        (75, 2, 2, 0, 0, 21),
        (45, 4, 3, 0, 0, 48),
        (18, 5, 4, 0, 0, 73),
        (0, 9, 5, 0.5, 0.2, 85.3),
        (0, 23, 9, 3, 0.7, 64.3),
        (0, 1, 1, 0, 0, 98),
    )
    no_further = (timing == NEVER).astype(np.int64)
    codes = {
        _ROUTE: chance.pick_by("route", group, routes),
        _OUTCOME: chance.pick_by(
            "request outcome",
            no_further,
            (
                (9, 76, 8, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0),
                (0, 0, 0, 0, 1, 0, 58, 10, 0, 0, 11, 6, 5, 2, 4, 3),
            ),
        ),
    }
    return _of_everyone(people, REQUEST, start, end, codes)


def _long_standing(chance: Chance, people: People, timing: Ints) -> Bools:
    """Say who has had support for years and no assessment that the extract reaches back to."""
    some = chance.happens("long standing", people.count, 0.3)
    return np.asarray((timing == NEVER) & (people.role == SERVICE_USER) & some)


def _deaths(chance: Chance, people: People, last: Ints, as_at: int) -> Ints:
    share = np.where(people.age >= 85, 0.10, np.where(people.age >= 65, 0.045, 0.012))
    died = chance.happens("died", people.count, np.where(people.role == SERVICE_USER, share, 0.01))
    days_left = np.maximum(as_at + _TAKEN - 5 - last, 0)
    day = last + np.floor(chance.uniform("day of death", people.count) * (days_left + 1)).astype(np.int64)
    return np.where(died, day, NONE)


def _services(
    chance: Chance,
    people: People,
    assessments: pd.DataFrame,
    requests: pd.DataFrame,
    timing: Ints,
    as_at: int,
) -> pd.DataFrame:
    count = people.count
    user = people.role == SERVICE_USER
    hospital = _from_hospital(requests) & user & (timing != NEVER)
    long_standing = _long_standing(chance, people, timing)
    share = np.choose(timing, (0.74, 0.72, 0.3, 0.0, 0.2))
    share = np.where(user, np.where(hospital, 0.85, share), 0.45 * share)
    has = long_standing | (chance.happens("has service", count, share) & (people.role != ASSOCIATION))
    start = assessments["end"] + chance.whole("wait for service", count, 0, 30, bend=2)
    start = np.where(hospital, requests["end"] + chance.whole("wait after hospital", count, 0, 3), start)
    for_years = np.minimum(as_at - chance.whole("days of support", count, 400, 2500), assessments["end"])
    start = np.where(long_standing, for_years, start)
    group = np.where(hospital, 0, np.where(people.age < 65, 1, 2)).astype(np.int64)
    kind = chance.pick_by("service type", group, _SERVICES)
    community = code("Service Type", "Long term support: Community")
    kind = np.where(long_standing, community, kind)
    kind = np.where(user, kind, 7 + chance.pick("carer service", count, (70, 30)))
    shortest = np.array([14, 60, 10, 30, 30, 30, 30, 30, 7])[kind]
    longest = np.array([48, 600, 40, 900, 900, 900, 400, 400, 60])[kind]
    length = shortest + np.floor(chance.uniform("service length", count) * (longest - shortest + 1)).astype(
        np.int64
    )
    still = np.array([0.02, 0.6, 0.02, 0.75, 0.75, 0.75, 0.5, 0.6, 0.1])[kind]
    end = start + length
    going_on = chance.happens("service open", count, still) | (end > as_at + _TAKEN)
    end = np.where(going_on, NONE, end)
    services = _of_everyone(people, SERVICE, start, end, _service_codes(chance, kind, going_on))
    return services[has & (start <= as_at + _TAKEN)]


def _service_codes(chance: Chance, kind: Ints, going_on: Bools) -> dict[str, Ints]:
    count = len(kind)
    component = np.zeros(count, dtype=np.int64)
    for number, pairs in enumerate(_COMPONENTS):
        which = chance.pick("service component", count, [weight for _, weight in pairs])
        mine = kind == number
        component[mine] = np.array([value for value, _ in pairs], dtype=np.int64)[which[mine]]
    outcome = chance.pick("service outcome", count, (1, 5, 8, 22, 8, 0, 2, 3, 40, 8, 0, 2, 0, 1, 2, 2))
    managed = chance.pick("delivery", count, (0, 45, 55))
    return {
        "Service Type": kind,
        "Service Component": component,
        "Delivery Mechanism": np.where(component == _DIRECT, 0, managed),
        _OUTCOME: np.where(going_on, -1, outcome),
    }


def _close_at_death(chance: Chance, events: pd.DataFrame, death: Ints) -> pd.DataFrame:
    died = death[events["person"]]
    cut = (died != NONE) & ((events["end"] == NONE) | (events["end"] > died))
    deceased = code(_OUTCOME, "NFA: Deceased")
    said = np.where(chance.happens("deceased said", len(died), 0.85), deceased, -1)
    outcome = np.where(cut, said, events[_OUTCOME])
    closed = events.assign(**{"end": np.where(cut, died, events["end"]), _OUTCOME: outcome})
    return closed[(died == NONE) | (events["start"] <= died)]


def _more_assessments(
    chance: Chance, people: People, assessments: pd.DataFrame, timing: Ints, as_at: int
) -> list[pd.DataFrame]:
    """Give earlier assessments, and carer's assessments of people who also have support themselves."""
    count = people.count
    end = as_at - 366 - chance.whole("days since earlier", count, 0, 450)
    start = end - chance.whole("earlier length", count, 0, 60, bend=2)
    earlier = assessments.assign(start=start, end=end)
    again = np.isin(timing, (IN_WINDOW, AFTER)) & chance.happens("assessed before", count, 0.16)
    end = as_at - chance.whole("days since carer's", count, 0, 500)
    start = end - chance.whole("carer's length", count, 0, 40, bend=2)
    carers = {"Assessment Type": code("Assessment Type", "Unpaid carer assessment")}
    both = assessments.assign(start=start, end=end, client=CARER, **carers)
    dual = (people.role == SERVICE_USER) & chance.happens("also a carer", count, 0.025)
    return [earlier[again], both[dual]]


def _more_services(chance: Chance, services: pd.DataFrame, as_at: int) -> pd.DataFrame:
    count, end = len(services), services["end"]
    start = services["start"] + chance.whole("second service after", count, 0, 120, bend=2)
    which = chance.pick("second component", count, (30, 25, 25, 10, 10))
    component = np.array([_DAY, _EQUIPMENT, _DIRECT, _MEALS, _TRANSPORT], dtype=np.int64)[which]
    second = services.assign(**{"start": start, "Service Component": component})
    community = services["Service Type"] == code("Service Type", "Long term support: Community")
    fits = (start <= as_at + _TAKEN) & ((end == NONE) | (start <= end))
    different = component != services["Service Component"]
    return second[community & fits & different & chance.happens("second service", count, 0.45)]


def _reviews(chance: Chance, services: pd.DataFrame, death: Ints, as_at: int) -> pd.DataFrame:
    count = len(services)
    planned = services["start"] + 42 + chance.whole("days to review", count, 0, 330)
    start = np.maximum(planned, as_at - chance.whole("days since review", count, 0, 500))
    end = start + chance.whole("review length", count, 0, 21, bend=2)
    outcomes = (1, 6, 20, 60, 1, 0, 1, 1, 3, 2, 0, 2, 0, 1, 1, 1)
    codes = {
        "Review Reason": chance.pick("review reason", count, (72, 10, 4, 14)),
        "Review Outcomes Achieved": chance.pick("review outcomes", count, (45, 42, 13)),
        "Method of Review": chance.pick("review method", count, (60, 40)),
        _OUTCOME: chance.pick("review outcome", count, outcomes),
    }
    died = death[services["person"]]
    kept_on = np.isin(services["Service Type"], (1, 3, 4, 5, 6))
    in_time = (end <= as_at + _TAKEN) & ((died == NONE) | (end <= died))
    review = services[["person", "client"]].assign(kind=REVIEW, start=start, end=end, **codes)
    return review[kept_on & in_time & chance.happens("reviewed", count, 0.9)]


# -- the second year, from streams of its own: people and their latest journeys stay those of a file of one year --


def _long_waits(chance: Chance, requests: pd.DataFrame) -> pd.DataFrame:
    """Let one request in six, not one from hospital, have come one to ten months earlier."""
    count = len(requests)
    late = chance.happens("waited long", count, 0.17) & ~_from_hospital(requests)
    days = np.where(late, chance.whole("long wait", count, 28, 300), 0)
    return requests.assign(start=requests["start"] - days, end=requests["end"] - days)


def _year_before(
    chance: Chance,
    people: People,
    assessments: pd.DataFrame,
    requests: pd.DataFrame,
    timing: Ints,
    as_at: int,
) -> list[pd.DataFrame]:
    """Give what a second year adds: whole journeys that ended in it, contacts, and requests that wait."""
    some = np.isin(timing, (IN_WINDOW, AFTER)) & chance.happens("journey before", people.count, 0.5)
    end = as_at - 366 - chance.whole("days since journey before", people.count, 0, 420)
    start = end - chance.whole("length before", people.count, 0, 60, bend=2)
    asked_by = start - chance.whole("wait before", people.count, 0, 120, bend=2)
    return [
        requests.assign(start=asked_by - 2, end=asked_by)[some],
        assessments.assign(start=start, end=end)[some],
        _support_before(chance, people, requests, end, some),
        *_contacts(chance, people, requests, timing, as_at),
    ]


def _support_before(
    chance: Chance, people: People, requests: pd.DataFrame, end: Ints, some: Bools
) -> pd.DataFrame:
    """Home care after the journey before, which goes on over a stay in hospital and a new request."""
    count = people.count
    over_a_stay = _from_hospital(requests)
    has = some & (people.role == SERVICE_USER) & (over_a_stay | chance.happens("support before", count, 0.2))
    start = end + chance.whole("days to support before", count, 0, 40, bend=2)
    until = np.where(over_a_stay, NONE, start + chance.whole("support before lasted", count, 60, 300))
    support = {
        "Service Type": "Long term support: Community",
        "Service Component": "Home support or domiciliary care",
        "Delivery Mechanism": "CASSR managed personal budget",
        _OUTCOME: "NFA: Support ended as planned",
    }
    codes = {field: np.full(count, code(field, value)) for field, value in support.items()}
    codes[_OUTCOME][until == NONE] = -1
    return _of_everyone(people, SERVICE, start, until, codes)[has]


def _contacts(
    chance: Chance, people: People, requests: pd.DataFrame, timing: Ints, as_at: int
) -> list[pd.DataFrame]:
    """More contacts of some within the last year; and requests of people who were never assessed, and wait."""
    found = []
    advice = {_OUTCOME: code(_OUTCOME, "NFA: Information and advice or signposting")}
    for number, share in enumerate((0.12, 0.08, 0.05)):
        some = (timing == IN_WINDOW) & chance.happens(f"contact {number}", people.count, share)
        start = as_at - chance.whole(f"days since contact {number}", people.count, 5, 364)
        found.append(requests.assign(start=start, end=start + 2, **advice)[some])
    waits = (timing == NEVER) & chance.happens("still waits", people.count, 0.35)
    end = as_at - chance.whole("days waited", people.count, 3, 280)
    to_assessment = {_OUTCOME: code(_OUTCOME, "Progress to assessment, review or reassessment")}
    return [*found, requests.assign(start=end - 3, end=end, **to_assessment)[waits]]


def _from_hospital(requests: pd.DataFrame) -> Bools:
    return np.asarray(requests[_ROUTE] == code(_ROUTE, "Discharge from hospital"))
