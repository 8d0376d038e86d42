"""What the values of outcomes, routes, services and review reasons mean for a person's journey.

Each function reads one distinct value; events are read through their categories, so a million rows cost no more than
their few values. Rule: ``domain.md``, second edition, sections 2 and 6a.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np
import pandas as pd

from casetrack.extract.fields import OUTCOMES, ROUTES, SERVICE_TYPES, fold


class Outcome(IntEnum):
    """Event outcomes in DHSC's order, the one that says most first; missing and unrecognised ones last."""

    REABLEMENT = 0
    ASSESSMENT = 1
    FINANCIAL = 2
    END_OF_LIFE = 3
    PLANNING = 4
    CONTINUATION = 5
    HOSPITAL = 6
    MOVED = 7
    NHS = 8
    SELF_FUNDED = 9
    ADVICE = 10
    OTHER_SERVICE = 11
    DECLINED = 12
    DECEASED = 13
    ENDED_AS_PLANNED = 14
    ENDED_OTHERWISE = 15
    NONE_OFFERED = 16
    OTHER = 17
    UNKNOWN = 18


_OUTCOMES = dict(zip(map(fold, OUTCOMES), Outcome, strict=False))


class Route(IntEnum):
    """Where a request came from."""

    UNKNOWN = 0
    HOSPITAL = 1
    CHILDREN = 2
    SELF_FUNDER = 3
    COMMUNITY = 4


class Service(IntEnum):
    """The kinds of service that a journey tells apart."""

    UNKNOWN = 0
    NURSING = 1
    RESIDENTIAL = 2
    COMMUNITY = 3
    PRISON = 4
    SHORT_TERM = 5
    REABLEMENT = 6
    CARER = 7


LONG_TERM = (Service.NURSING, Service.RESIDENTIAL, Service.COMMUNITY, Service.PRISON)


class Reason(IntEnum):
    """Why a review was held."""

    UNKNOWN = 0
    PLANNED = 1
    UNPLANNED = 2
    HOSPITAL = 3


def outcome(value: str) -> Outcome:
    """The kind of an event outcome."""
    return _OUTCOMES.get(fold(value), Outcome.UNKNOWN)


def route(value: str) -> Route:
    """The kind of a route of access; any value that holds transition or discharge from hospital is one."""
    folded = fold(value)
    if "transition" in folded:
        return Route.CHILDREN
    if "dischargefromhospital" in folded or folded == fold("Diversion from hospital services"):
        return Route.HOSPITAL
    if value not in ROUTES:
        return Route.UNKNOWN
    return Route.SELF_FUNDER if folded.startswith("selffunder") else Route.COMMUNITY


def service(value: str) -> Service:
    """The kind of a service type."""
    if value not in SERVICE_TYPES:
        return Service.UNKNOWN
    group, _, kind = value.partition(": ")
    if group == "Short term support":
        return Service.REABLEMENT if kind == "ST-Max" else Service.SHORT_TERM
    return Service[kind.split()[0].upper()] if group == "Long term support" else Service.CARER


def reason(value: str) -> Reason:
    """The kind of a review reason."""
    folded = fold(value)
    if folded.startswith("unplanned"):
        return Reason.HOSPITAL if "hospital" in folded else Reason.UNPLANNED
    if folded.startswith(("planned", "reviewofshorttermsupport")):
        return Reason.PLANNED
    return Reason.UNKNOWN


def read_values(events: pd.DataFrame, rows: np.ndarray, name: str, kind: Callable[[str], int]) -> np.ndarray:
    """The kind of each row's value in a field; what the kind makes of a blank where it is missing."""
    blank = kind("")
    if name not in events:
        return np.full(len(rows), blank, dtype=np.int8)
    column = events[name].cat
    table = np.array([kind(str(value)) for value in column.categories] + [blank], dtype=np.int8)
    return np.asarray(table[column.codes.to_numpy()[rows]])
