"""A file of two years: earlier journeys, long waits, people who still wait, support that was there before a hospital.

Everything draws from streams of its own, so that the people and their latest journeys stay those of a file of one year.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from casetrack.synthetic.blocks import AFTER, IN_WINDOW, NEVER, SERVICE, Events
from casetrack.synthetic.chance import Bools, Chance, Ints
from casetrack.synthetic.people import NONE, SERVICE_USER, People
from casetrack.synthetic.vocabulary import code

_OUTCOME, _ROUTE = "Event Outcome", "Request: Route of Access"


def long_waits(chance: Chance, requests: Events) -> Events:
    """Let one request in six, not one from hospital, have come one to ten months earlier."""
    count = len(requests.person)
    late = chance.happens("waited long", count, 0.17) & ~_from_hospital(requests)
    days = np.where(late, chance.whole("long wait", count, 28, 300), 0)
    return replace(requests, start=requests.start - days, end=requests.end - days)


def year_before(
    chance: Chance, people: People, assessments: Events, requests: Events, timing: Ints, as_at: int
) -> list[Events]:
    """Give what a second year adds: whole journeys that ended in it, contacts, and requests that wait."""
    some = np.isin(timing, (IN_WINDOW, AFTER)) & chance.happens("journey before", people.count, 0.5)
    end = as_at - 366 - chance.whole("days since journey before", people.count, 0, 420)
    start = end - chance.whole("length before", people.count, 0, 60, bend=2)
    assessed = replace(assessments, start=start, end=end, client=people.role)
    asked_by = start - chance.whole("wait before", people.count, 0, 120, bend=2)
    asked = replace(requests, start=asked_by - 2, end=asked_by)
    return [
        asked.take(some),
        assessed.take(some),
        _support_before(chance, people, requests, end, some),
        *_contacts(chance, people, requests, timing, as_at),
    ]


def _support_before(chance: Chance, people: People, requests: Events, end: Ints, some: Bools) -> Events:
    """Home care after the journey before, which goes on over a stay in hospital and a new request."""
    count = people.count
    over_a_stay = _from_hospital(requests)
    has = some & (people.role == SERVICE_USER) & (over_a_stay | chance.happens("support before", count, 0.2))
    start = end + chance.whole("days to support before", count, 0, 40, bend=2)
    until = np.where(over_a_stay, NONE, start + chance.whole("support before lasted", count, 60, 300))
    whole = np.zeros(count, dtype=np.int64)
    ended = code(_OUTCOME, "NFA: Support ended as planned")
    codes = {
        "Service Type": whole + code("Service Type", "Long term support: Community"),
        "Service Component": whole + code("Service Component", "Home support or domiciliary care"),
        "Delivery Mechanism": whole + 1,
        _OUTCOME: np.where(until == NONE, -1, ended),
    }
    return Events(np.arange(count, dtype=np.int64), SERVICE, start, until, people.role, codes).take(has)


def _contacts(chance: Chance, people: People, requests: Events, timing: Ints, as_at: int) -> list[Events]:
    """More contacts of some within the last year; and requests of people who were never assessed, and wait."""
    found = []
    advice = code(_OUTCOME, "NFA: Information and advice or signposting")
    for number, share in enumerate((0.12, 0.08, 0.05)):
        some = (timing == IN_WINDOW) & chance.happens(f"contact {number}", people.count, share)
        start = as_at - chance.whole(f"days since contact {number}", people.count, 5, 364)
        outcome = np.full(people.count, advice, dtype=np.int64)
        codes = {**requests.codes, _OUTCOME: outcome}
        found.append(replace(requests, start=start, end=start + 2, codes=codes).take(some))
    waits = (timing == NEVER) & chance.happens("still waits", people.count, 0.35)
    end = as_at - chance.whole("days waited", people.count, 3, 280)
    to_assessment = code(_OUTCOME, "Progress to assessment, review or reassessment")
    codes = {**requests.codes, _OUTCOME: np.full(people.count, to_assessment, dtype=np.int64)}
    return [*found, replace(requests, start=end - 3, end=end, codes=codes).take(waits)]


def _from_hospital(requests: Events) -> Bools:
    return np.asarray(requests.codes[_ROUTE] == code(_ROUTE, "Discharge from hospital"))
