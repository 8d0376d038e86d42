"""Small extracts of every kind of value, through casetrack and through the oracle, and in any order."""

from __future__ import annotations

import datetime as dt
import random

import numpy as np
import pandas as pd
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casetrack.errors import ExtractError
from casetrack.pool.eligibility import REASONS
from properties.against_oracle import coded_of, differences
from share import examples

AS_AT = dt.date(2026, 3, 31)
MISSING = ["", "NULL", "N/A", "None", "-", " "]
UNKNOWN = ["Unknown", "Not known", "NOT RECORDED"]
LOCAL = ["0001", "1", " 0001 ", "A2", "a2", "NULL", "", "?", "9990000018"]
NUMBERS = [
    "9990000018",
    "999 000 0018",
    "9990000026",
    "9990000034",
    "9990000010",
    "12345",
    "",
    "n/a",
    "Unknown",
]
DAYS = ["31/03/2026", "01/04/2026", "30/03/2026", "01/04/2025", "31/03/2025", "01/10/2025", "30/09/2025"]
DAYS += [
    "31/12/9999",
    "01/01/0001",
    "01/04/2024",
    "31/03/2024",
    "1/2/2026",
    "20/02/2026",
    "05/06/2031",
    "29/02/2024",
]
BAD_DAYS = ["", "NULL", "Unknown", "31/02/2026", "99/99/9999", "soon"]
BIRTHS = ["31/03/1961", "01/04/1961", "31/03/2008", "01/04/2008", "31/03/2000", "01/04/2000", "29/02/1904"]
BIRTHS += ["01/04/1905", "31/03/1905", "02/04/2026", "15/06/1980", "15/06/1980", "15/06/1980"]
REASONS_FOR_SUPPORT = [
    "Physical support: Personal care support",
    "SENSORY SUPPORT - Support for dual impairment",
]
REASONS_FOR_SUPPORT += [
    "Support with Memory & Cognition",
    "Learning disability support",
    "Mental health support",
]
REASONS_FOR_SUPPORT += [
    "Social Support: Substance misuse support",
    "Social support: Support to Carer",
    "Something",
]
COLUMNS: dict[str, list[str]] = {
    "LA Person Unique Identifier": LOCAL,
    "NHS Number": NUMBERS,
    "Date of Birth": BIRTHS + BAD_DAYS,
    "Date of Death": [*DAYS[:3], *BAD_DAYS, *MISSING, *MISSING],
    "Client Type": [
        "Service user",
        "SERVICE  USER",
        "Unpaid carer",
        "Carer",
        "Carer known by association",
        "Unpaid carer known by association",
        "Somebody",
        *MISSING[:2],
    ],
    "Primary Support Reason": REASONS_FOR_SUPPORT + MISSING + UNKNOWN,
    "Autism Spectrum Disorder (ASD)": ["Yes", "yes", "No", "Y", *MISSING, *UNKNOWN],
    "Dementia": ["Yes", "No", "No", *MISSING, *UNKNOWN],
    "Visual Impairment": [
        "No visual impairment",
        "Blind/severely sight impaired",
        "NO-VISUAL impairment",
        *MISSING,
        *UNKNOWN,
    ],
    "Hearing Impairment": ["No hearing impairment", "Deaf with speech", *MISSING, *UNKNOWN],
    "Event Type": [
        "Assessment",
        "Assessment",
        "Assessments",
        "Request",
        "Service",
        "REVIEW",
        "Contact",
        "",
        "Assessment review",
    ],
    "Event Start Date": DAYS + DAYS + BAD_DAYS,
    "Event End Date": DAYS + DAYS + BAD_DAYS,
    "Event Outcome": ["", "", "", "NFA: Deceased", "NFA - Deceased", "NFA: Other"],
    "Request: Route of Access": [
        "Planned entry (transition)",
        "Discharge from hospital",
        "discharge  from hospital",
        "Community / other route",
        "Community or other route",
        *MISSING,
    ],
    "Assessment Type": ["Long term assessment", "LONG TERM ASSESSMENT", "Short term assessment", "", "NULL"],
    "Service Type": [
        "Short term support: ST-Max",
        "Long Term Support: Community",
        "Carer Support: Direct to Carer",
        "Unpaid carer support: Direct to unpaid carer",
        *MISSING[:2],
    ],
    "Service Component": ["Home support", "Home support or domiciliary care", "Equipment", "", "NULL"],
    "Ethnicity": [
        "White: Irish",
        "White - Irish",
        "Asian / Asian British - Indian",
        "No data: Refused",
        "",
        "Unknown",
    ],
    "Accommodation Status": ["Owner occupier", "Prison", "Shared Lives scheme", "Unknown", "Tent", ""],
    "Disability": ["Yes", "No", "Unknown", ""],
    "Transitioned from children's services": ["Yes", "No", "", "Unknown"],
}

ROW = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in COLUMNS.items()})


@st.composite
def nasty_extracts(draw: st.DrawFn) -> pd.DataFrame:
    """A few rows of everything, some repeated with a change or none; one row that makes the file usable."""
    rows = draw(st.lists(ROW, min_size=1, max_size=12))
    for _ in range(draw(st.integers(0, 4))):
        again = dict(draw(st.sampled_from(rows)))
        for name in draw(st.lists(st.sampled_from(list(COLUMNS)), max_size=2)):
            again[name] = draw(st.sampled_from(COLUMNS[name]))
        rows.append(again)
    usable = {"LA Person Unique Identifier": "Z9", "Event Type": "Request", "Event Start Date": "05/06/2025"}
    rows.append(dict.fromkeys(COLUMNS, "") | usable)
    return pd.DataFrame(rows, dtype=object)


@settings(deadline=None, max_examples=examples(150))
@given(nasty_extracts(), st.booleans())
def test_agrees_with_the_oracle(rows: pd.DataFrame, count_reviews: bool) -> None:
    before = rows.copy(deep=True)
    assert differences(rows, AS_AT, count_reviews=count_reviews) == []
    pd.testing.assert_frame_equal(rows, before)


def test_an_open_end_is_later_than_the_last_day_there_is() -> None:
    told = {
        "LA Person Unique Identifier": "0001",
        "Client Type": "Service user",
        "Date of Birth": "31/03/1961",
        "Event Type": "Assessment",
        "Event Start Date": "30/03/2026",
    }
    open_, placeholder = ("", "31/03/2026"), ("31/12/9999", "01/04/2026")
    for order in ((open_, placeholder), (placeholder, open_)):
        rows = [
            dict.fromkeys(COLUMNS, "") | told | {"Event End Date": e, "Date of Death": d} for e, d in order
        ]
        extract = pd.DataFrame(rows, dtype=object)
        assert coded_of(extract, AS_AT).pool.outcomes().to_dict() == {"0001": "deceased"}
        assert differences(extract, AS_AT) == []


@settings(deadline=None, max_examples=examples(60))
@given(nasty_extracts())
def test_one_outcome_each_and_everything_adds_up(rows: pd.DataFrame) -> None:
    coded = coded_of(rows, AS_AT)
    pool = coded.pool
    extract = pool.extract
    assert extract.account.adds_up
    assert extract.account.read == len(rows)
    assert extract.people["rows"].sum() == extract.account.used + extract.account.duplicates
    outcomes = pool.outcomes()
    assert outcomes.index.is_unique
    assert set(outcomes) <= {"eligible", *REASONS}
    assert set(pool.people.index) | set(pool.left_out.index) == set(extract.people.index)
    assert not set(pool.people.index) & set(pool.left_out.index)
    flow = pool.flow
    assert flow["remaining"].iloc[0] == len(extract.people)
    assert (
        flow["remaining"].iloc[0] - flow["left_out"].sum() == flow["remaining"].iloc[-1] == len(pool.people)
    )
    assert (flow["remaining"].diff().iloc[1:-1] == -flow["left_out"].iloc[1:-1]).all()
    # Every code has evidence, and every evidence a code.
    held = {(p, c) for p in coded.people.index for c in coded.code_names if coded.people.loc[p, c]}
    assert held == set(zip(coded.evidence["person_id"], coded.evidence["code"], strict=True))
    assert (coded.evidence["evidence"] != "").all()


def without_ties(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with ends so far apart that no two rows of a person tie for the latest, and none is a duplicate."""
    spread = rows.drop_duplicates().reset_index(drop=True)
    days = pd.to_datetime("2025-06-01") + pd.to_timedelta(np.arange(len(spread)), unit="D")
    return spread.assign(**{"Event End Date": days.strftime("%d/%m/%Y"), "Event Type": _not_service(spread)})


def _not_service(rows: pd.DataFrame) -> pd.Series:
    # Services are one event whatever their end, so two of them could still tie.
    return rows["Event Type"].replace("Service", "Review")


@settings(deadline=None, max_examples=examples(60))
@given(nasty_extracts(), st.randoms(use_true_random=False))
def test_without_ties_the_order_of_rows_does_not_matter(rows: pd.DataFrame, chance: random.Random) -> None:
    first = without_ties(rows)
    order = list(range(len(first)))
    chance.shuffle(order)
    one, two = coded_of(first, AS_AT), coded_of(first.iloc[order], AS_AT)
    pd.testing.assert_series_equal(one.pool.outcomes(), two.pool.outcomes())
    pd.testing.assert_frame_equal(one.people, two.people)
    assert one.digest == two.digest
    pd.testing.assert_frame_equal(one.pool.flow, two.pool.flow)


@settings(deadline=None, max_examples=examples(40))
@given(nasty_extracts())
def test_one_more_copy_of_the_whole_file_changes_only_the_count_of_duplicates(rows: pd.DataFrame) -> None:
    try:
        once, twice = coded_of(rows, AS_AT), coded_of(pd.concat([rows, rows]), AS_AT)
    except ExtractError as error:
        # One or two odd cells are slips in a column that is blank otherwise; more, or two copies of them, are a form.
        assert error.code == "unknown-date-form"
        assume(False)
    events = int(once.pool.extract.events["is_event"].sum())
    assert twice.pool.extract.account.duplicates == once.pool.extract.account.duplicates * 2 + events
    pd.testing.assert_series_equal(once.pool.outcomes(), twice.pool.outcomes())
    pd.testing.assert_frame_equal(once.people, twice.people)
    assert once.digest == twice.digest
