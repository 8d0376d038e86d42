"""Every measure of the journey, on invented councils and on journeys full of edges, through casetrack and the oracle."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.extract import read_extract
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.experience import experience_of
from casetrack.synthetic import make_council
from properties.against_journey_oracle import journey_differences
from share import examples

AS_AT = dt.date(2026, 3, 31)
#: Days around every edge that a measure has, before the date.
AGO = (-1, 0, 1, 5, 27, 28, 29, 90, 91, 180, 182, 183, 184, 363, 364, 365, 366, 400, 548, 729, 730, 731, 1100)
LASTS = (-1, 0, 1, 4, 5, 28, 90, 182, 183, 365, 366)
OUTCOMES = (
    "Progress to reablement/ST-Max",
    "Progress to assessment, review or reassessment",
    "Progress to support planning or services",
    "Progress to financial assessment",
    "Progress to End of Life Care",
    "Continuation of support or services",
    "Admitted to hospital",
    "NFA: Support declined",
    "NFA: No services offered for other reason",
    "Sent away",
    "",
)
ROUTES = (
    "Community / other route",
    "Discharge from hospital",
    "Diversion from hospital services",
    "Planned entry (transition)",
    "Self-funder with depleted funds",
    "By parachute",
    "",
)
SERVICES = (
    "Long term support: Nursing care",
    "Long term support: Residential care",
    "Long term support: Community",
    "Long term support: Prison",
    "Short term support: ST-Max",
    "Short term support: Other short term",
    "Unpaid carer support: Direct to unpaid carer",
    "Sheltered dreams",
    "",
)
REASONS = (
    "Planned",
    "Unplanned - Carer related",
    "Unplanned - Hospital",
    "Review of short term support",
    "Odd",
    "",
)


def day(ago: int) -> str:
    return (AS_AT - dt.timedelta(ago)).strftime("%d/%m/%Y")


@st.composite
def events(draw: st.DrawFn) -> dict[str, str]:
    kind = draw(st.sampled_from(("Request", "Request", "Assessment", "Service", "Service", "Review")))
    start = draw(st.sampled_from(AGO))
    lasts = draw(st.sampled_from((*LASTS, None)))
    row = {
        "LA Person Unique Identifier": draw(st.sampled_from(("0001", "0002", "0003"))),
        "Client Type": draw(st.sampled_from(("Service user", "Service user", "Unpaid carer"))),
        "Date of Birth": "15/06/1970",
        "Event Type": kind,
        "Event Start Date": day(start),
        "Event End Date": "" if lasts is None else day(start - lasts),
        "Event Outcome": draw(st.sampled_from(OUTCOMES)),
    }
    more = {
        "Request": {"Request: Route of Access": st.sampled_from(ROUTES)},
        "Assessment": {
            "Assessment Type": st.just("Long term assessment"),
            "Eligible Needs Identified": st.sampled_from(("Yes, eligible", "No", "")),
        },
        "Service": {
            "Service Type": st.sampled_from(SERVICES),
            "Service Component": st.sampled_from(("Equipment", "Direct payment", "Home support", "")),
            "Delivery Mechanism": st.sampled_from(("Full direct payment", "CASSR commissioned support", "")),
            "Provider CQC Location ID": st.sampled_from(("1-1", "1-2", "1-3", "Unknown", "")),
        },
        "Review": {"Review Reason": st.sampled_from(REASONS)},
    }[kind]
    return row | {name: draw(values) for name, values in more.items()}


def certain(person: str, client: str, start: int, lasts: int, outcome: str) -> dict[str, str]:
    """An assessment that makes somebody eligible."""
    return {
        "LA Person Unique Identifier": person,
        "Client Type": client,
        "Date of Birth": "15/06/1970",
        "Event Type": "Assessment",
        "Event Start Date": day(start),
        "Event End Date": day(start - lasts),
        "Event Outcome": outcome,
        "Assessment Type": "Long term assessment",
        "Eligible Needs Identified": "Yes",
    }


@st.composite
def extracts(draw: st.DrawFn) -> pd.DataFrame:
    rows = draw(st.lists(events(), max_size=25))
    for person in ("0001", "0002", "0003"):
        client = draw(st.sampled_from(("Service user", "Unpaid carer")))
        start, lasts = draw(st.sampled_from((10, 28, 40, 150, 364))), draw(st.sampled_from((0, 1, 10)))
        rows.append(certain(person, client, start, lasts, draw(st.sampled_from(OUTCOMES))))
    table = pd.DataFrame(draw(st.permutations(rows)), dtype=object).fillna("")
    # A file has its columns, whatever its rows use of them.
    for name in ("Request: Route of Access", "Service Type", "Service Component", "Review Reason"):
        if name not in table:
            table[name] = ""
    return table


@settings(max_examples=examples(150), deadline=None)
@given(rows=extracts(), until=st.sampled_from(("start", "end")))
def test_agrees_with_the_oracle_at_every_edge(rows: pd.DataFrame, until: str) -> None:
    assert journey_differences(rows, AS_AT, until) == []


@settings(max_examples=examples(40), deadline=None)
@given(rows=extracts(), seed=st.integers(0, 9))
def test_no_order_of_rows_decides(rows: pd.DataFrame, seed: int) -> None:
    def levels(table: pd.DataFrame) -> pd.DataFrame:
        pool = find_eligible(read_extract(table), as_at=AS_AT)
        return experience_of(pool, "2024-04").table(pool.people.index)

    again = rows.sample(frac=1, random_state=seed).reset_index(drop=True)
    pd.testing.assert_frame_equal(levels(rows), levels(again))


@pytest.mark.parametrize("release", ["R1", "R2", "mixed"])
def test_agrees_with_the_oracle_on_whole_councils(release: str) -> None:
    rows = make_council(people=300, seed=5, release=release, flaws="all").extract
    for as_at in (AS_AT, dt.date(2025, 8, 31)):
        assert journey_differences(rows, as_at) == []
    leap = make_council(people=300, seed=6, release=release, flaws="all", as_at="2024-02-29").extract
    assert journey_differences(leap, dt.date(2024, 2, 29)) == []
