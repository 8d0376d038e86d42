"""Values, identifiers and dates to canonical form."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from casetrack.dates import ages_on, months_before, read_date
from casetrack.errors import ExtractError, UsageError
from casetrack.extract import read_extract
from casetrack.extract.cleaning import clean_category, is_missing, is_unknown
from casetrack.extract.date_columns import NO_DATE, parse_dates
from casetrack.extract.fields import FIELDS, field_for_heading, field_named
from casetrack.extract.identifiers import read_identifiers, valid_nhs_numbers
from unit.small_extracts import table


def column(*texts: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


def days(*texts: str, formats: tuple[str, ...] = ()) -> list[str | None]:
    found = parse_dates(column(*texts), formats).days
    return [None if d == NO_DATE else str(dt.date(1970, 1, 1) + dt.timedelta(int(d))) for d in found]


@pytest.mark.parametrize("text", ["", " ", "NULL", "null", "N/A", "n/a", "NA", "None", "-", "--", " - "])
def test_missing(text: str) -> None:
    assert is_missing(text)
    assert not is_unknown(text)


@pytest.mark.parametrize("text", ["Unknown", "NOT KNOWN", "Not recorded", "not-recorded", "No data: Refused"])
def test_unknown(text: str) -> None:
    assert is_unknown(text)
    assert not is_missing(text)


@pytest.mark.parametrize("text", ["No", "0", "None known", "Nothing", "Blind, severity unknown"])
def test_known(text: str) -> None:
    assert not is_unknown(text)
    assert not is_missing(text)


@pytest.mark.parametrize(
    "text",
    [
        "05/03/2026",
        "5/3/2026",
        "2026-03-05",
        "2026-03-05 00:00:00",
        "2026-03-05T13:00:00.000Z",
        "05-Mar-2026",
        "5-MAR-2026",
        "05/03/2026 13:00",
        "46086",
        "46086.5",
        " 2026-03-05 ",
    ],
)
def test_each_format_alone(text: str) -> None:
    assert days(text, "NULL", "", "Unknown") == ["2026-03-05", None, None, None]
    assert not parse_dates(column(text, "NULL", "")).unreadable.any()


def test_serials_on_both_sides_of_the_day_that_never_was() -> None:
    assert days("2", "59", "61", "25569", "2958465") == [
        "1900-01-02",
        "1900-02-28",
        "1900-03-01",
        "1970-01-01",
        "9999-12-31",
    ]
    assert days("0", "2958466") == [None, None]


def test_days_that_do_not_exist_are_unreadable_and_leap_days_are_read() -> None:
    assert days("29/02/2024", "29/02/2026", "31/04/2026", "00/01/2026", "01/00/2026", "31/12/9999") == [
        "2024-02-29",
        None,
        None,
        None,
        None,
        "9999-12-31",
    ]
    assert days("29/02/1900", "29/02/2000") == [None, "2000-02-29"]
    assert days("32-Mar-2026", "05-Mor-2026") == [None, None]


@pytest.mark.parametrize("name", ["Event Start Date", "Event End Date", "Date of Birth"])
def test_a_column_that_mixes_formats_is_refused_with_its_rows(name: str) -> None:
    frame = table()
    frame.loc[2, name] = "2026-02-03"
    with pytest.raises(ExtractError) as caught:
        read_extract(frame)
    (problem,) = caught.value.problems
    assert problem.code == "mixed-dates"
    assert name in problem.what
    assert "row 3 of the table" in problem.where
    assert "1 of 3 rows" in problem.where


def test_all_columns_that_mix_are_named_at_once() -> None:
    frame = table()
    frame.loc[1, ["Event Start Date", "Event End Date", "Date of Birth"]] = [
        "45000",
        "01-Jan-2026",
        "01/31/1970",
    ]
    with pytest.raises(ExtractError) as caught:
        read_extract(frame)
    assert [p.code for p in caught.value.problems] == ["mixed-dates", "mixed-dates", "month-first-dates"]


@pytest.mark.parametrize("text", ["12/31/2025", "12/31/2025 00:00:00", "1/31/2025 9:05"])
def test_month_first_dates_refuse_the_file(text: str) -> None:
    frame = table()
    frame["Event Start Date"] = [text, text.replace("31", "03"), text.replace("31", "04")]
    with pytest.raises(ExtractError) as caught:
        read_extract(frame)
    assert [p.code for p in caught.value.problems] == ["month-first-dates"]
    assert "row 1 " in caught.value.problems[0].where


def test_an_identifier_stays_as_it_is_and_a_mark_is_none() -> None:
    read = read_identifiers(column("0012", " 12 ", "0012", "NULL", "", "?", "...", "é1", "Unknown"))
    codes, texts = read.named(), read.texts
    named = [texts[int(c)].as_py() if c >= 0 else None for c in codes]
    assert named == ["0012", "12", "0012", None, None, None, None, "é1", None]


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("9990000018", True),
        ("999 000 0018", True),
        (" 999\u00a0000\u00a00018 ", True),
        ("9990000010", False),
        ("999000001", False),
        ("99900000180", False),
        ("999-000-0018", False),
        ("٩٩٩٠٠٠٠٠١٨", False),
        ("999000001X", False),
    ],
)
def test_nhs_numbers(text: str, valid: bool) -> None:
    assert valid_nhs_numbers(pa.array([text]))[1].tolist() == [valid]


def test_nhs_numbers_against_the_definition() -> None:
    numbers = [f"{n:010d}" for n in np.random.default_rng(1).integers(0, 10**10, 400)]
    numbers += [f"{n}{d}" for n in (999000000, 999000001, 123456789) for d in range(10)]
    found = valid_nhs_numbers(pa.array(numbers))[1]
    for number, said in zip(numbers, found, strict=True):
        check = (
            11
            - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
        )
        right = number[9] == str(0 if check == 11 else check) and check != 10
        assert said == (right and len(set(number)) > 1), number


def test_the_spelling_of_a_value_does_not_depend_on_the_order_of_rows() -> None:
    field = field_named("funding_status")
    one, _ = clean_category(column("JOINT", "Joint", "joint", "Joint"), field)
    two, _ = clean_category(column("joint", "JOINT", "Joint", "Joint"), field)
    assert one.values == two.values == ("Joint",)
    tied, _ = clean_category(column("joint  funded", "Joint Funded"), field)
    assert (
        tied.values
        == clean_category(column("Joint Funded", "joint funded"), field)[0].values
        == ("Joint Funded",)
    )


def test_values_of_both_releases() -> None:
    pairs = [
        ("client_type", "Carer", "Unpaid carer"),
        ("client_type", "carer known by association", "Unpaid carer known by association"),
        ("event_outcome", "NFA - Deceased", "NFA: Deceased"),
        ("event_outcome", "Progress to Reablement / ST-Max", "Progress to reablement/ST-Max"),
        (
            "primary_support_reason",
            "Social Support: Support to Carer",
            "Social support: Support to unpaid carer",
        ),
        ("primary_support_reason", "Support with Memory & Cognition", "Support with memory and cognition"),
        ("service_type", "Carer Support - Direct to Carer", "Unpaid carer support: Direct to unpaid carer"),
        ("service_component", "HOME SUPPORT", "Home support or domiciliary care"),
        ("ethnicity", "Asian / Asian British - Indian", "Asian or Asian British: Indian"),
        ("autism", "Y", "Yes"),
    ]
    for name, written, canonical in pairs:
        coded, strange = clean_category(column(written), field_named(name))
        assert coded.values == (canonical,), written
        assert not strange.any()


def test_unlisted_values_are_a_finding_and_kept() -> None:
    frame = table().assign(Gender=["Male", "Elephant", "Unknown"], **{"Service Component": "Anything"})
    extract = read_extract(frame)
    (finding,) = [f for f in extract.findings if f.code == "unrecognised-value"]
    assert (finding.field, finding.count, finding.rows) == ("Gender", 1, (2,))
    assert extract.events["gender"].tolist() == ["Male", "Elephant", "Unknown"]


def test_headings_of_both_spellings() -> None:
    for heading, name in [
        ("Request_Route_of_Access", "route_of_access"),
        ("REQUEST: ROUTE OF ACCESS", "route_of_access"),
        ("No. of adults being cared for", "adults_cared_for"),
        ("No_of_adults_being_cared_for", "adults_cared_for"),
        ("Autism_Spectrum_Disorder_ASD", "autism"),
        ("Adult_1_Linked_Person_ID", "linked_person_1"),
        ("Total_Hrs_Caring_per_week", "caring_hours"),
        ("Cost_Frequency_Unit_Type", "cost_frequency"),
    ]:
        found = field_for_heading(heading)
        assert found is not None
        assert found.name == name


def test_no_spelling_belongs_to_two_fields() -> None:
    for field in FIELDS:
        for spelling in (field.heading, field.name, *field.aliases):
            assert field_for_heading(spelling) is field, spelling


def test_ages_against_a_slow_reading() -> None:
    born = [dt.date(1904, 2, 29) + dt.timedelta(days=97 * i) for i in range(440)]
    for day in (dt.date(2024, 2, 29), dt.date(2026, 2, 28), dt.date(2026, 3, 1), dt.date(2025, 12, 31)):
        ages = ages_on(np.array(born, dtype="M8[D]"), day)
        slow = [day.year - b.year - ((day.month, day.day) < (b.month, b.day)) for b in born]
        assert ages.tolist() == slow
    assert ages_on(np.array(["NaT"], dtype="M8[D]"), dt.date(2026, 1, 1)).tolist() == [-1]


def test_months_before_and_dates_as_people_give_them() -> None:
    assert months_before(dt.date(2026, 8, 31), 6) == dt.date(2026, 2, 28)
    assert months_before(dt.date(2026, 1, 15), 13) == dt.date(2024, 12, 15)
    assert months_before(dt.date(1, 1, 1), 12) == dt.date.min
    for given in ("2026-03-31", "31/03/2026", dt.date(2026, 3, 31), pd.Timestamp("2026-03-31 10:00")):
        assert read_date(given) == dt.date(2026, 3, 31)
    for wrong in ("31/02/2026", "03-31-2026", "soon", "", "2026-13-01"):
        with pytest.raises(UsageError, match="not-a-date"):
            read_date(wrong)
