"""Values, identifiers and dates to canonical form."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from casetrack.dates import ages_on, months_before, read_date
from casetrack.errors import ExtractError, MappingError, UsageError
from casetrack.extract import read_extract
from casetrack.extract.cleaning import as_dictionary, clean_category, encoded, is_missing, is_unknown, recode
from casetrack.extract.date_columns import DATE_FORMATS, NO_DATE, OTHER_ORDERS, READ_FORMATS, parse_dates
from casetrack.extract.fields import FIELDS, field_for_heading, field_named
from casetrack.extract.frames import _series_text, read_arrow, text_of
from casetrack.extract.identifiers import read_identifiers, valid_nhs_numbers
from casetrack.extract.mapping import read_mapping
from casetrack.extract.tables import make_table
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


def written(day: dt.date, form: str) -> str:
    """A day in one of the forms that mappings name."""
    for name, sign in (
        ("YYYY", "%Y"),
        ("YY", "%y"),
        ("MMMM", "%B"),
        ("MMM", "%b"),
        ("MM", "%m"),
        ("DD", "%d"),
        ("D ", "%d "),
    ):
        form = form.replace(name, sign)
    return day.strftime(form.replace("hh:mm:ss", "09:30:00"))


WEEKS = [dt.date(2025, 4, 2) + dt.timedelta(7 * week) for week in range(40)]
IN_FIGURES = [form for form in OTHER_ORDERS if form in READ_FORMATS and "MMM" not in form]
YEAR_FIRST = [form for form in OTHER_ORDERS if form.startswith("YY") and "YYYY" not in form]
TURNED = [
    (form, other)
    for form, others in OTHER_ORDERS.items()
    for other in others
    if form in READ_FORMATS and other not in YEAR_FIRST
]


@pytest.mark.parametrize(("form", "other"), TURNED)
def test_every_form_in_figures_is_refused_in_the_other_order_and_read_where_that_is_named(
    form: str, other: str
) -> None:
    texts = [written(day, other) for day in WEEKS]
    found = parse_dates(column(*texts))
    assert found.turned.tolist() == [day.day > 12 for day in WEEKS]
    assert found.turned_forms == (other,)
    frame = pd.concat([table().iloc[:1]] * len(texts), ignore_index=True).assign(
        **{"Event Start Date": texts}
    )
    with pytest.raises(ExtractError) as caught:
        read_extract(frame)
    (problem,) = caught.value.problems
    assert problem.code == "month-first-dates"
    assert problem.advice.endswith(f": {other}.")
    named = read_extract(frame, {"dates": {"Event Start Date": [other]}})
    assert set(named.events["event_start_date"].dt.date) == set(WEEKS)


def test_forms_in_figures_are_all_of_those_with_a_number_for_the_month() -> None:
    assert {form for form in READ_FORMATS if "MM" in form.replace("MMMM", "").replace("MMM", "")} == set(
        IN_FIGURES
    )
    assert all(set(OTHER_ORDERS) > set(others) for others in OTHER_ORDERS.values())
    assert set(OTHER_ORDERS) <= set(DATE_FORMATS)


@pytest.mark.parametrize("form", YEAR_FIRST)
def test_a_column_in_which_the_year_stands_first_is_refused_and_read_where_that_is_named(form: str) -> None:
    """All of it would be dates: 26/03/14 is a day in 2014 as it is one in 2026."""
    texts = [written(day, form) for day in WEEKS]
    frame = pd.concat([table().iloc[:1]] * len(texts), ignore_index=True).assign(
        **{"Event Start Date": texts}
    )
    with pytest.raises(ExtractError) as caught:
        read_extract(frame)
    (problem,) = caught.value.problems
    assert (problem.code, form in problem.advice) == ("month-first-dates", True)
    named = read_extract(frame, {"dates": {"Event Start Date": [form]}})
    assert set(named.events["event_start_date"].dt.date) == set(WEEKS)
    # Births have years that are no day of a month.
    assert parse_dates(column("44/03/12", "51/11/30"), born=20_000).turned_forms == ("YY/MM/DD",)
    # Days first are read as they are, on whatever days of the month they fall.
    for day in (1, 15, 28):
        dates = [dt.date(year, month, day) for year in range(2011, 2027) for month in (2, 11)]
        assert not parse_dates(column(*(written(d, "DD/MM/YY") for d in dates))).turned.any()
    assert not parse_dates(column(*(written(d, "DD/MM/YY") for d in WEEKS))).turned.any()


def test_a_mapping_that_says_month_first_of_day_first_dates_is_refused_as_well() -> None:
    frame = table().assign(**{"Event Start Date": ["05/03/2026", "06/03/2026", "25/03/2026"]})
    with pytest.raises(ExtractError) as caught:
        read_extract(frame, {"dates": {"Event Start Date": ["MM/DD/YYYY"]}})
    (problem,) = caught.value.problems
    assert problem.code == "month-first-dates"
    assert problem.advice.endswith(": DD/MM/YYYY.")
    assert "row 3 " in problem.where


@pytest.mark.parametrize(
    ("form", "other"), [(form, other) for form, others in OTHER_ORDERS.items() for other in others]
)
def test_no_mapping_can_have_both_orders_of_one_form(form: str, other: str) -> None:
    with pytest.raises(MappingError, match="mapping-date-ambiguous"):
        read_mapping({"dates": {"Event Start Date": [form, other]}})


@pytest.mark.parametrize("form", [form for form in READ_FORMATS if form not in ("serial", "DD/MM/YYYY")])
def test_days_that_a_spreadsheet_exchanged_are_known_beside_every_form(form: str) -> None:
    # Up to the 12th it took the day for the month and wrote the date in its own form; the others stayed text.
    texts = [
        written(
            day.replace(day=day.month, month=day.day) if day.day <= 12 else day,
            form if day.day <= 12 else "DD/MM/YYYY",
        )
        for day in WEEKS
    ]
    assert parse_dates(column(*texts)).exchanged
    assert parse_dates(column(*texts), ("DD/MM/YYYY", form)).exchanged
    # The other way round; and one day on the other side, or very few days, is no such pattern.
    assert parse_dates(
        column(*(written(day, form if day.day > 12 else "DD/MM/YYYY") for day in WEEKS))
    ).exchanged
    assert not parse_dates(column(*texts, written(dt.date(2025, 6, 28), form))).exchanged
    one, other = (
        next(text for text, day in zip(texts, WEEKS, strict=True) if (day.day > 12) == late)
        for late in (0, 1)
    )
    if not form.endswith("ss"):
        few = column(*(f"{text} 09:{minute}" for text in (one, other) for minute in range(10, 20)))
        assert not parse_dates(few).exchanged


def test_a_refusal_of_exchanged_days_cannot_be_mapped_away() -> None:
    texts = [written(day, "DD-MMM-YY" if day.day <= 12 else "DD/MM/YYYY") for day in WEEKS]
    frame = pd.concat([table().iloc[:1]] * len(texts), ignore_index=True).assign(
        **{"Event Start Date": texts}
    )
    for mapping in (None, {"dates": {"Event Start Date": ["DD/MM/YYYY", "DD-MMM-YY"]}}):
        with pytest.raises(ExtractError) as caught:
            read_extract(frame, mapping)
        assert caught.value.code == "exchanged-days"


#: Midnights in London in UTC: in winter, in summer, and in the double summer of 1944.
IN_UTC = ("2026-03-09 00:00:00", "2026-03-31 23:00:00", "2025-10-25 23:00:00", "1944-06-30 22:00:00")
IN_LONDON = ["2026-03-09", "2026-04-01", "2025-10-26", "1944-07-01"]


def moments(*texts: str) -> pd.Series:
    return pd.Series(np.array(texts, dtype="M8[us]"))


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        lambda text: text.replace(" ", "T")[:-3],
        lambda text: f"{text[8:10]}/{text[5:7]}/{text[:4]} {text[11:16]}",
        lambda text: repr((dt.datetime.fromisoformat(text) - dt.datetime(1899, 12, 30)) / dt.timedelta(1)),
        lambda text: text + "Z",
    ],
    ids=["text", "to the minute", "day first", "serial", "with a zone"],
)
def test_a_column_of_midnights_in_utc_is_read_as_the_days_in_london(write: Any) -> None:
    assert days(*map(write, IN_UTC)) == IN_LONDON


def test_a_zone_settles_the_day_once() -> None:
    found = parse_dates(column("2026-03-31T23:00:00Z", "2025-07-31T23:00:00Z"))
    assert [str(np.datetime64(int(day), "D")) for day in found.days] == ["2026-04-01", "2025-08-01"]
    assert not (found.from_utc.any() or found.late.any())


def test_a_midnight_may_follow_the_rule_of_today_for_births_long_ago() -> None:
    assert days("1955-04-04 23:00:00", "1970-01-05 00:00:00") == ["1955-04-05", "1970-01-05"]
    assert days("1970-01-04 23:00:00", "1955-01-05 00:00:00") == ["1970-01-05", "1955-01-05"]


@pytest.mark.parametrize(
    ("texts", "late"),
    [
        (("2025-07-01 00:00:00", "2026-03-31 23:00:00"), [False, True]),
        (("2025-12-01 23:00:00", "2026-03-31 23:00:00"), [False, True]),
        (("2025-12-01 00:00:00", "2026-03-31 23:00:00", "2025-12-01 09:30:00"), [False, True, False]),
        (("2025-12-01 10:15:00", "2026-03-31 23:00:00", "2025-12-01 09:30:00"), [False] * 3),
        (("2025-12-01 23:00:00", "2025-12-02 00:00:00"), [False] * 2),
        (("2025-07-01 22:00:00", "2025-12-02 00:00:00"), [False] * 2),
    ],
    ids=["midnight in summer", "23:00 in winter", "few times", "times of day", "winter", "22:00 today"],
)
def test_other_times_speak_against_midnights_in_utc(texts: tuple[str, ...], late: list[bool]) -> None:
    for one in (column(*texts), table_column(moments(*texts))):
        found = parse_dates(one)
        assert [str(np.datetime64(int(day), "D")) for day in found.days] == [text[:10] for text in texts]
        assert found.late.tolist() == late
        assert not found.from_utc.any()


def table_column(series: pd.Series) -> pa.ChunkedArray:
    """The text that a column of a DataFrame is read as."""
    return pa.chunked_array([_series_text(series)])


@pytest.mark.parametrize("kind", ["text", "frame", "parquet", "workbook"])
def test_midnights_in_utc_are_told_wherever_they_come_from(tmp_path: Path, kind: str) -> None:
    one = table()
    starts = ("2025-03-09 00:00:00", "2025-03-31 23:00:00", "2025-06-01 23:00:00")
    one["Event Start Date"] = starts if kind == "text" else moments(*starts)
    source: Any = one
    if kind == "parquet":
        source = tmp_path / "in.parquet"
        one.to_parquet(source)
    elif kind == "workbook":
        source = tmp_path / "in.xlsx"
        one.to_excel(source, index=False)
    extract = read_extract(source)
    first = 2 if kind == "workbook" else 1
    assert extract.events.sort_values("row")["event_start_date"].astype(str).tolist() == [
        "2025-03-09",
        "2025-04-01",
        "2025-06-02",
    ]
    (finding,) = [f for f in extract.findings if f.code == "utc-midnight"]
    assert (finding.severity, finding.count, finding.rows) == ("warning", 2, (first + 1, first + 2))
    # A date without a time beside dates with one is no second form, where both are true dates.
    if kind != "text":
        one["Event Start Date"] = moments("2025-03-09", "2025-04-01T09:30:01", "2025-06-01T23:00:00")
        (finding,) = [f for f in read_extract(one).findings if f.code in ("utc-midnight", "late-hour")]
        assert (finding.severity, finding.code, finding.rows) == ("warning", "late-hour", (3,))


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_true_dates_are_the_same_text_from_parquet_and_from_frames(unit: str) -> None:
    texts = ["2026-03-31 23:00", "2026-03-31 22:00", "2026-03-31", "2026-03-31 23:00:01", "1944-06-30 22:00"]
    values = [dt.datetime.fromisoformat(text) for text in [*texts, "1677-12-31", "2262-01-01 23:00"]]
    expected = [text_of(value) for value in values]
    assert expected[:4] == ["2026-03-31.9583", "2026-03-31.9167", "2026-03-31", "2026-03-31.5"]
    series = pd.Series(np.array(values, dtype=f"M8[{unit}]"))
    assert table_column(series).to_pylist() == expected
    arrow = pa.table({"Event Start Date": pa.array([*values, None], pa.timestamp(unit))})
    read = read_arrow(arrow, read_mapping(None)).columns["event_start_date"]
    assert read.to_pylist() == [*expected, ""]


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


def test_codes_are_no_wider_than_their_values_need_so_that_a_national_file_fits() -> None:
    for count, kind in ((2, np.int8), (127, np.int8), (128, np.int16), (40_000, np.int32)):
        codes, values = as_dictionary(column(*map(str, range(count))))
        assert (codes.dtype, len(values)) == (kind, count)
        assert recode(codes, [None, *map(str, range(1, count))]).codes.dtype == kind
        assert codes[-1] == count - 1
        assert encoded(column(*map(str, range(count)))).type.index_type == pa.from_numpy_dtype(kind)


def test_each_column_of_a_table_is_asked_for_once_so_that_it_can_be_let_go() -> None:
    texts = {0: column("1", "2"), 1: column("Service", "Review")}
    told = read_mapping({"headings": {"Client Type": "Step", "Event Type": "Step", "Postcode": "Id"}})
    read = make_table(["Id", "Step"], texts.pop, 2, told, origin="file", first_row=2)
    assert {"client_type", "event_type", "postcode"} <= set(read.columns)
    assert not texts


def test_ids_that_are_nearly_one_are_told_whether_or_not_others_change() -> None:
    ids = ["0012", "12", "12.0", "ab1", "AB1", "AB2", "77", "0", "00", "Ä9", "ä9", "5"]
    rows = pd.concat([table(1)] * len(ids), ignore_index=True)
    made = read_extract(rows.assign(**{"LA Person Unique Identifier": ids}))
    told = {f.code: f.count for f in made.findings}
    assert told["identifiers-nearly-same"] == 3
    assert told["identifiers-differ-in-case"] == 4
