"""The ten records, held to journeys whose answers were worked out by hand."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.cases.states import CaseState, Permission
from casetrack.packs.content import CHECK, COMPLETE, RECORDS, Case, Record, records_of
from casetrack.packs.journey import Journey, journeys_of, latest_review_or_assessment
from record_packs_help import event, extract_of, journey_of
from share import examples

REQUEST = event(
    "Request",
    "03/06/2025",
    "05/06/2025",
    Request_Route_of_Access="Discharge from hospital",
    Event_Outcome="Progress to assessment, review or reassessment",
    Event_Description="Call from Daisy, the daughter",
)
ASSESSMENT = event(
    "Assessment",
    "10/06/2025",
    "20/06/2025",
    Assessment_Type="Long term assessment",
    Method_of_Assessment="Face to face",
    Eligible_Needs_Identified="Yes",
    Event_Outcome="Progress to support planning or services",
)
HOME = event(
    "Service",
    "25/06/2025",
    "",
    Service_Type="Long term support: Community",
    Service_Component="Home support or domiciliary care",
)
MEALS = event(
    "Service", "12/01/2026", "", Service_Type="Long term support: Community", Service_Component="Meals"
)
ENDED = event(
    "Service",
    "26/06/2025",
    "01/12/2025",
    Service_Type="Short term support: ST-Max",
    Service_Component="Reablement",
    Event_Outcome="NFA: Support ended as planned",
)
REVIEW = event(
    "Review",
    "10/01/2026",
    "15/01/2026",
    Review_Reason="Planned review: Long term support",
    Event_Outcome="NFA: Referral to NHS services or NHS funded social care",
)
AGAIN = event("Request", "20/02/2026", "21/02/2026", Request_Route_of_Access="Community / other route")
ALL = (REQUEST, ASSESSMENT, HOME, MEALS, ENDED, REVIEW, AGAIN)
WINDOW = (dt.date(2025, 4, 1), dt.date(2026, 3, 31))


def case_of(
    journey: Journey,
    to_do: tuple[tuple[str, str], ...] = (("person", "ask"),),
    codes: tuple[str, ...] = ("CT01",),
    **state: object,
) -> Case:
    known = CaseState("NKJ3-NWKH-X", codes[0], codes, dt.date(2026, 4, 2), selection="tracked", **state)
    return Case(known, journey, WINDOW, dt.date(2025, 6, 20), to_do)


def records(*rows: dict[str, str], **more: object) -> dict[int, Record]:
    return {r.number: r for r in records_of(case_of(journey_of(*rows), **more))}


def facts(record: Record) -> dict[str, str]:
    return dict(record.facts)


def test_the_ten_records_stand_in_the_order_of_the_request():
    told = records_of(case_of(journey_of(*ALL)))
    assert [r.number for r in told] == list(range(1, 11))
    assert tuple(r.name for r in told) == RECORDS
    assert len(RECORDS) == 10


def test_the_first_request_gives_the_reason_for_contact():
    one = records(*ALL)[1]
    assert facts(one)["First request"] == "03/06/2025 to 05/06/2025"
    assert facts(one)["Route of access"] == "Discharge from hospital"
    assert facts(one)["Outcome"] == "Progress to assessment, review or reassessment"
    assert (one.status, one.count(CHECK), one.count(COMPLETE)) == ("to check", 1, 0)
    assert "row 1 " in facts(one)["Note"]
    assert "Daisy" not in str(one)


def test_without_a_request_the_first_event_is_shown_and_said_to_be_one():
    one = records(ASSESSMENT, HOME)[1]
    assert facts(one)["First event (there is no request)"] == "10/06/2025 to 20/06/2025"
    assert one.status == "missing"
    assert one.count(COMPLETE) == 1


def test_events_before_the_first_request_leave_the_reason_open():
    early = event("Service", "01/02/2025", "01/03/2025", Service_Type="Short term support: Other short term")
    told = records(early, *ALL)
    assert told[1].status == "to complete"
    assert facts(told[1])["In the extract before it"] == "Service, 01/02/2025 to 01/03/2025"
    assert facts(told[3])["First contact in the extract"] == "01/02/2025"


def test_a_request_without_a_route_must_be_completed():
    bare = event("Request", "03/06/2025", "05/06/2025", Request_Route_of_Access="Unknown")
    one = records(bare, ASSESSMENT)[1]
    assert facts(one)["Route of access"] == "Not recorded"
    assert one.status == "to complete"


def test_a_carers_summary_of_needs_asks_about_caring():
    asked = [b.what for b in records(*ALL)[2].boxes]
    as_carer = [b.what for b in records(*ALL, codes=("CT01", "CT07"))[2].boxes]
    assert len(as_carer) == len(asked) + 1
    assert "caring" in as_carer[-1]


def test_first_contact_is_the_earliest_event_and_is_to_be_checked():
    three = records(*ALL)[3]
    assert facts(three)["First contact in the extract"] == "03/06/2025"
    assert (three.status, three.count(CHECK)) == ("to check", 1)


def test_the_assessment_is_the_one_in_the_window_not_the_latest_one():
    four = facts(records(*ALL)[4])
    assert four["Assessment completed"] == "20/06/2025"
    assert four["Started"] == "10/06/2025"
    assert four["Eligible needs identified"] == "Yes"
    assert four["The 12 months"] == "01/04/2025 to 31/03/2026"


AS_CARER = {
    **ASSESSMENT,
    "Client Type": "Unpaid carer",
    "Event Start Date": "01/09/2025",
    "Event End Date": "02/09/2025",
}


@pytest.mark.parametrize(
    ("code", "first", "second"), [("CT01", "20/06", "01/09"), ("CT07", "02/09", "10/06")]
)
def test_the_assessment_is_in_the_role_that_the_case_is_listed_for(code, first, second):
    four = facts(records(*ALL, AS_CARER, codes=(code,))[4])
    assert four["Assessment completed"] == f"{first}/2025"
    assert four["Also completed in them"].startswith(f"{second}/2025 to ")


@pytest.mark.parametrize(
    ("end", "holds"), [("31/03/2025", 0), ("01/04/2025", 1), ("31/03/2026", 1), ("01/04/2026", 0)]
)
def test_the_edges_of_the_window(end, holds):
    other = {**ASSESSMENT, "Event Start Date": "01/01/2025", "Event End Date": end}
    four = facts(records(*ALL, other)[4])
    assert ("Also completed in them" in four) == bool(holds)


def test_a_review_is_the_assessment_only_where_the_list_was_drawn_on_it():
    journey = journey_of(REQUEST, REVIEW)
    case = case_of(journey)
    assert records_of(case)[3].status == "missing"
    counted = dataclasses.replace(case, assessed=dt.date(2026, 1, 15))
    assert dict(records_of(counted)[3].facts)["Assessment completed"] == "15/01/2026"


@pytest.mark.parametrize(
    ("outcome", "shown"),
    [
        ("Progress to Assessment", True),
        ("NFA - Information & Advice / Signposting only", True),
        ("NFA - Referral to NHS services or NHS funded social care", True),
        ("Progress to reablement/ST-Max", True),
        ("Admitted to hospital", True),
        ("Progress to support planning or services", False),
        ("No change in package", False),
        ("NFA: Support declined", False),
    ],
)
def test_which_outcomes_hand_the_person_on(outcome, shown):
    seven = records(REQUEST, {**REVIEW, "Event Outcome": outcome})[7]
    assert bool(seven.tables) == shown


def test_an_assessment_that_a_newer_extract_has_lost_is_missing():
    four = records(REQUEST, HOME)[4]
    assert four.status == "missing"
    assert four.count(COMPLETE) == 1


def test_the_most_recent_assessment_or_review_is_the_one_that_ended_last():
    five = records(*ALL)[5]
    assert facts(five)["Date"] == "10/01/2026 to 15/01/2026"
    assert "Review" in facts(five)
    assert facts(records(REQUEST, ASSESSMENT, HOME)[5])["Date"] == "10/06/2025 to 20/06/2025"


@pytest.mark.parametrize("row", [event("Review", "01/02/2026"), event("Review", "01/02/2026", "31/01/2026")])
def test_a_review_that_is_not_completed_is_not_the_most_recent(row):
    assert facts(records(*ALL, row)[5])["Date"] == "10/01/2026 to 15/01/2026"


def test_services_are_new_or_continuing_or_left_out():
    (table,) = records(*ALL)[6].tables
    assert [(row[0].split("; ")[1], row[1][:3], row[2]) for row in table.rows] == [
        ("Meals", "New", "12/01/2026, still open"),
        ("Home support or domiciliary care", "Con", "25/06/2025, still open"),
    ]


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        ("10/01/2026", "", "New"),  # the day on which the review began
        ("09/01/2026", "", "Con"),  # the day before
        ("09/01/2026", "15/01/2026", "Con"),  # ran until the day it was completed
        ("09/01/2026", "14/01/2026", None),  # ended before
        ("10/01/2026", "11/01/2026", "New"),
    ],
)
def test_the_edges_of_services_as_a_result(start, end, counts):
    row = event("Service", start, end, Service_Type="Long term support: Community")
    six = records(REQUEST, ASSESSMENT, REVIEW, row)[6]
    assert [r[1][:3] for t in six.tables for r in t.rows] == ([counts] if counts else [])


def test_no_service_is_missing_unless_the_outcome_says_that_there_is_none():
    assert records(REQUEST, ASSESSMENT)[6].status == "missing"
    assert records(REQUEST, ASSESSMENT, REVIEW)[6].status == "to check"


def test_referrals_are_its_outcome_and_the_requests_that_followed():
    (table,) = records(*ALL)[7].tables
    assert table.rows == (
        (
            "Outcome of the review of 10/01/2026",
            "NFA: Referral to NHS services or NHS funded social care",
            "15/01/2026",
        ),
        ("Request: Community / other route", "Not recorded", "20/02/2026"),
    )
    assert records(*ALL)[7].status == "to complete"


@pytest.mark.parametrize(("start", "counts"), [("14/01/2026", 0), ("15/01/2026", 1), ("16/01/2026", 1)])
def test_the_edge_of_requests_that_followed(start, counts):
    row = event("Request", start, "20/01/2026")
    (table,) = records(REQUEST, ASSESSMENT, REVIEW, row)[7].tables
    assert sum(r[0].startswith("Request") for r in table.rows) == counts


def test_a_request_before_its_end_is_no_referral_of_it():
    assert records(REQUEST, ASSESSMENT)[7].tables == ()


def test_context_holds_what_the_extract_knows_of_hospital_and_carer():
    carer = {**REQUEST, "Has Unpaid Carer": "Yes"}
    eight = facts(records(carer, ASSESSMENT, REVIEW)[8])
    assert eight["Unpaid carer"] == "Yes"
    assert eight["By way of hospital"] == "Discharge from hospital, 03/06/2025"
    assert eight["Referred to the NHS"] == "15/01/2026"


def test_agreement_says_what_is_known_and_what_is_outstanding():
    given = Permission(
        "given", True, dt.date(2026, 4, 8), dt.date(2026, 4, 9), "Large print", "phone", "Polish"
    )
    nine = records(*ALL, to_do=(("carer", "ask"),), person=given)[9]
    told = facts(nine)
    assert told["Person"] == "Given, 09/04/2026"
    assert told["Person: in writing"] == "Yes"
    assert (told["Person: communication needs"], told["Person: preferred way"]) == ("Large print", "Phone")
    assert told["Person: interpreter"] == "Polish"
    assert told["Carer"] == "Not asked"
    assert [b.what for b in nine.boxes] == ["ask for agreement to be contacted, in writing (carer)."]


def test_agreement_is_done_when_nothing_is_outstanding():
    nine = records({**REQUEST, "Has Unpaid Carer": "No"}, ASSESSMENT, to_do=())[9]
    assert nine.status == "done"
    assert facts(nine)["Carer"] == "The extract records no unpaid carer"


def test_an_unknown_carer_is_to_be_checked():
    assert records(*ALL, to_do=())[9].count(CHECK) == 1


def test_the_lead_professional_is_shown_when_known_and_missing_otherwise():
    assert records(*ALL)[10].status == "missing"
    ten = records({**REQUEST, "Lead Professional": "Pat Smith", "Team": "North"}, ASSESSMENT)[10]
    assert facts(ten) == {"Lead professional": "Pat Smith", "Team": "North"}
    assert ten.status == "to complete"


def test_the_person_level_file_knows_better_than_the_extract():
    extra = pd_frame({"LA Person Unique Identifier": "P0001", "Lead Professional": "Jo Green"})
    extract = extract_of({**REQUEST, "Lead Professional": "Pat Smith"}, ASSESSMENT, people=extra)
    assert journeys_of(extract, ["P0001"])["P0001"].known["lead_professional"] == "Jo Green"


def pd_frame(row):
    import pandas as pd

    return pd.DataFrame([row])


def test_the_latest_known_value_counts_and_unknown_does_not():
    rows = (
        {**REQUEST, "Dementia": "No"},
        {**ASSESSMENT, "Dementia": "Yes"},
        {**REVIEW, "Dementia": "Unknown"},
    )
    assert journey_of(*rows).known["dementia"] == "Yes"


def test_statuses_follow_from_the_boxes():
    for record in records(*ALL).values():
        left = record.count(COMPLETE), record.count(CHECK)
        assert (record.status == "done") == (left == (0, 0))
        assert (record.status == "to check") == (left[0] == 0 < left[1])


def test_a_journey_with_no_event_leaves_everything_to_people():
    told = records_of(Case(case_of(journey_of(*ALL)).state, Journey((), {}), WINDOW, None, ()))
    assert {r.status for r in told} == {"missing", "to complete", "to check"}
    assert [r.number for r in told if r.status == "to check"] == [9]


def test_dates_in_the_journey_are_as_people_write_them():
    frame = journey_of(*ALL).to_frame()
    assert frame["type"].tolist() == [
        "Request",
        "Assessment",
        "Service",
        "Service",
        "Review",
        "Service",
        "Request",
    ]
    assert frame["no"].tolist() == list(range(1, 8))
    assert frame["end"].tolist()[2:4] == ["open", "01/12/2025"]
    assert frame["outcome"].tolist()[2:4] == ["None yet", "NFA: Support ended as planned"]
    assert frame["outcome"].tolist()[6] == "Not recorded"


@settings(deadline=None, max_examples=examples(25))
@given(st.permutations([{k: v for k, v in row.items() if k != "Event Description"} for row in ALL]))
def test_the_records_do_not_depend_on_the_order_of_rows(rows):
    assert records(*rows) == records(
        *[{k: v for k, v in row.items() if k != "Event Description"} for row in ALL]
    )


_DAYS = st.dates(dt.date(2025, 1, 1), dt.date(2026, 6, 30))
_EVENTS = st.lists(
    st.tuples(st.sampled_from(["Request", "Assessment", "Service", "Review"]), _DAYS, st.none() | _DAYS),
    min_size=1,
    max_size=8,
    unique=True,
)


@settings(deadline=None, max_examples=examples(60))
@given(_EVENTS)
def test_the_rules_against_a_slow_second_reading(events):
    """Each rule once more, in its plainest form, over the same events."""
    rows = [event(k, f"{s:%d/%m/%Y}", f"{e:%d/%m/%Y}" if e else "") for k, s, e in events]
    # Rows of one service are one event: an open one stands, else the one with the latest end.
    by_end = sorted(events, key=lambda event: event[2] or dt.date.max)
    kept = list({(k, s, None if k == "Service" else e): (k, s, e) for k, s, e in by_end}.values())
    journey = journey_of(*rows)
    assert sorted((s.kind, s.start, s.end or dt.date.max) for s in journey.steps) == sorted(
        (k, s, e or dt.date.max) for k, s, e in kept
    )
    done = [(e, s, k) for k, s, e in kept if k in {"Assessment", "Review"} and e and e >= s]
    latest = latest_review_or_assessment(journey)
    assert (latest is None) == (not done)
    if latest is None:
        return
    end, start, _ = max(done)
    assert (latest.end, latest.start) == (end, start)
    services = [(s, e) for k, s, e in kept if k == "Service"]
    new = sum(s >= start for s, _ in services)
    on = sum(s < start and (e is None or e >= end) for s, e in services)
    tables = records_of(case_of(journey))[5].tables
    shown = [row[1] for table in tables for row in table.rows]
    assert (sum(t.startswith("New") for t in shown), shown.count("Continuing")) == (new, on)
    requests = sum(k == "Request" and s >= end for k, s, _ in kept)
    assert sum(len(t.rows) for t in records_of(case_of(journey))[6].tables) == requests
