"""Real-world inputs whose rows went wrong, with variants beside each: read right, or stopped with the reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from casetrack.errors import CasetrackError, EligibilityError, ExtractError
from casetrack.extract import Extract, read_extract
from casetrack.findings import Finding
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import Pool, find_eligible

CASES = Path(__file__).parents[1] / "data" / "cases"
AS_AT = "2026-03-31"


def case(number: int, name: str = "in.csv") -> Path:
    (folder,) = CASES.glob(f"{number:02d}-*")
    return folder / name


def frame(number: int, name: str = "in.csv") -> pd.DataFrame:
    return pd.read_csv(case(number, name), dtype=str, keep_default_na=False, encoding="utf-8-sig")


def pool_of(source: Any, **rule: Any) -> Pool:
    reading = {k: rule.pop(k) for k in ("mapping", "people") if k in rule}
    return find_eligible(read_extract(source, **reading), AS_AT, **rule)


def coded_of(source: Any, **rule: Any) -> CodedPool:
    return code_cohorts(pool_of(source, **rule))


def finding(found: Iterable[Finding], code: str, field: str = "") -> Finding:
    (one,) = (f for f in found if f.code == code and (not field or f.field == field))
    return one


def codes(coded: CodedPool) -> dict[str, int]:
    return {c: int(coded.people[c].sum()) for c in coded.code_names if coded.people[c].any()}


def problems(source: Any, **reading: Any) -> list[str]:
    with pytest.raises(ExtractError) as caught:
        read_extract(source, **reading)
    return [problem.code for problem in caught.value.problems]


def completed(extract: Extract) -> list[str]:
    return sorted(str(day.date()) for day in extract.events["event_end_date"].dropna())


# 04: codes instead of words


def test_codes_for_sex_are_a_warning_that_names_what_is_lost_with_lines_to_paste() -> None:
    coded = coded_of(case(4))
    one = finding(coded.findings, "unrecognised-value", "Gender")
    assert (one.severity, one.count, one.loses) == ("warning", 20, "characteristic")
    assert "sex is Not recorded" in one.what
    assert '[values."Gender"]' in one.advice
    assert '"F" = "Female"' in one.advice
    # What the advice says to paste is a mapping that is taken.
    mapped = coded_of(case(4), mapping={"values": {"Gender": {"F": "Female", "M": "Male"}}})
    assert mapped.people["sex"].value_counts().to_dict() == {"Female": 10, "Male": 10}


@pytest.mark.parametrize(
    ("field", "values", "words"),
    [
        ("Gender", ["1", "2"], "sex"),
        ("Ethnicity", ["A", "Z"], "ethnic group"),
        ("Dementia", ["1", "0"], "Dementia"),
        ("Autism Spectrum Disorder (ASD)", ["1", "0"], "Autism"),
    ],
)
def test_other_codes_are_warnings_too(field: str, values: list[str], words: str) -> None:
    rows = frame(4)
    rows[field] = (values * len(rows))[: len(rows)]
    one = finding(read_extract(rows).findings, "unrecognised-value", field)
    assert one.severity == "warning"
    assert words in one.what
    assert f'[values."{field}"]' in one.advice


def test_y_and_n_are_yes_and_no() -> None:
    rows = frame(4).assign(Dementia="Y", **{"Autism Spectrum Disorder (ASD)": "N"})
    assert codes(coded_of(rows))["CT06"] == 20


# 05: fillers instead of NHS numbers


@pytest.mark.parametrize("digit", "0123456789")
def test_one_digit_ten_times_joins_nobody(digit: str) -> None:
    coded = coded_of(frame(5).assign(**{"NHS Number": digit * 10}))
    assert len(coded.pool.extract.people) == len(coded.people) == 3
    assert codes(coded) == {"CT01": 1, "CT04": 1, "CT05": 1, "CT06": 1}
    assert finding(coded.findings, "invalid-nhs-number").count == 3


def test_strangers_under_a_true_number_are_not_joined_and_people_with_two_births_are_a_warning() -> None:
    strangers = read_extract(frame(5).assign(**{"NHS Number": "9990000018"}))
    assert len(strangers.people) == 3
    assert finding(strangers.findings, "nhs-number-births-differ").severity == "warning"
    rows = frame(5).assign(**{"NHS Number": "9990000018"})
    rows["Date of Birth"] = ["02/08/1948", "08/02/1948", "02/08/1949"]
    joined = read_extract(rows.iloc[:2])
    assert len(joined.people) == 1
    assert finding(joined.findings, "several-dates-of-birth").severity == "warning"
    # 08/02/1948 and 02/08/1949 do not agree, so the number joins none of the three.
    assert len(read_extract(rows).people) == 3


# 06: fillers instead of deaths


@pytest.mark.parametrize(
    "day", ["01/01/1900", "01/01/1753", "30/12/1899", "31/12/1899", "01/01/1901", "31/12/9999"]
)
def test_a_filler_is_no_death(day: str) -> None:
    rows = frame(6)
    rows["Date of Death"] = [day, day, ""]
    pool = pool_of(rows)
    assert len(pool.people) == 3
    one = finding(pool.findings, "filler-date", "Date of Death")
    assert (one.severity, one.count) == ("warning", 2)


def test_a_death_before_the_birth_is_none_and_a_true_one_is() -> None:
    rows = frame(6)
    rows["Date of Death"] = ["05/05/1947", "05/05/2025", ""]
    pool = pool_of(rows)
    assert pool.outcomes().tolist() == ["eligible", "deceased", "eligible"]
    assert finding(pool.findings, "death-before-birth").count == 1


# 07: midnight in London, written in UTC


def midnight_columns() -> pd.DataFrame:
    rows = frame(7)
    for name in ("Date of Birth", "Event Start Date", "Event End Date"):
        rows[name] = pd.to_datetime(rows[name])
    return rows


def check_midnight(source: Any) -> None:
    pool = pool_of(source)
    assert pool.outcomes().tolist() == ["assessment_after_as_at"]
    assert pool.extract.people["date_of_birth"].dt.date.tolist() == [dt.date(1961, 4, 1)]


def test_times_with_a_zone_become_london_days(tmp_path: Path) -> None:
    check_midnight(case(7))
    check_midnight(midnight_columns())
    path = tmp_path / "in.parquet"
    midnight_columns().to_parquet(path)
    check_midnight(path)
    offset = frame(7).map(lambda text: text.replace("Z", "+00:00") if text.endswith("00Z") else text)
    check_midnight(offset)
    away = frame(7)
    away["Event End Date"] = "2026-04-01T01:00:00+02:00"
    check_midnight(away)


# 08: AM and PM


def test_am_and_pm_do_not_make_a_date_american() -> None:
    pool = pool_of(case(8))
    assert completed(pool.extract) == ["2025-07-12", "2025-07-22"]
    assert len(pool.people) == 2
    american = frame(8).map(lambda text: text.replace("22/07/2025", "07/22/2025"))
    assert "month-first-dates" in problems(american)


# 09: advice that can be followed


def test_a_form_that_is_named_is_read_and_every_form_that_is_advised_can_be_named() -> None:
    pool = pool_of(case(9), mapping=case(9, "mapping.toml"))
    assert completed(pool.extract) == ["2025-07-12"]
    assert len(pool.people) == 1
    assert len(pool_of(case(9)).people) == 1
    with pytest.raises(ExtractError) as caught:
        read_extract(frame(9).assign(**{"Event Start Date": "5|6|2025"}))
    advised = caught.value.problems[0].advice.rpartition(": ")[2].rstrip(".").split(", ")
    assert len(advised) > 20
    for form in advised:
        read_extract(frame(9).assign(**{"Date of Birth": ""}), {"dates": {"Date of Birth": [form]}})


# 10, 11, 18: rows that are nobody's and raise no false alarm


def test_a_footer_is_set_aside_and_makes_no_second_council() -> None:
    pool = pool_of(case(10))
    assert len(pool.people) == 2
    assert sum(pool.extract.account.set_aside.values()) == 1
    assert "several-councils" not in pool.findings.codes


@pytest.mark.parametrize("words", ["Total", "Applied filters: Team is East", "2 rows"])
def test_other_footers_too(words: str) -> None:
    rows = frame(10).iloc[:2]
    footer = pd.DataFrame([{rows.columns[0]: words}]).reindex(columns=rows.columns, fill_value="")
    pool = pool_of(pd.concat([rows, footer], ignore_index=True))
    assert len(pool.people) == 2
    assert "several-councils" not in pool.findings.codes


def test_carers_known_by_association_without_an_event_are_no_warning() -> None:
    pool = pool_of(case(11))
    assert pool.outcomes().to_dict() == {"1001": "eligible", "C9": "known_by_association"}
    assert pool.findings.warnings == ()


def test_rows_of_separators_are_no_rows() -> None:
    pool = pool_of(case(18))
    account = pool.extract.account
    assert (account.read, account.used, sum(account.set_aside.values())) == (2, 2, 0)
    assert len(pool.people) == 2
    assert "no-usable-identifier" not in pool.findings.codes
    one = [f for f in pool.findings if f.code == "blank-rows"]
    assert [(f.severity) for f in one] in ([], ["note"])


# 12: Release 1


def test_the_values_of_release_1_are_listed() -> None:
    extract = read_extract(case(12))
    assert "unrecognised-value" not in extract.findings.codes
    odd = frame(12)
    odd.loc[1, "Event Outcome"] = "NFA - went fishing"
    one = finding(read_extract(odd).findings, "unrecognised-value", "Event Outcome")
    assert one.count == 1


# 13: a person-level file that matches nobody


def test_a_person_file_that_matches_hardly_anybody_is_a_warning_that_names_zeros() -> None:
    extract = read_extract(case(13), people=case(13, "people.csv"))
    one = finding(extract.findings, "person-file-nobody")
    assert (one.severity, one.count, one.loses) == ("warning", 9, "characteristic")
    assert "zeros in front" in one.advice
    few = frame(13, "people.csv")
    few.iloc[:, 0] = [*(f"00{n}" for n in range(1, 9)), "77"]
    assert finding(read_extract(case(13), people=few).findings, "person-file-nobody").severity == "note"
    few.iloc[8, 0] = "9"
    one = finding(read_extract(case(13), people=few).findings, "person-file-nobody")
    assert (one.severity, one.count) == ("warning", 1) and "zeros in front" in one.advice


# 14, 17: which assessments count


def test_a_conversation_recorded_as_a_request_is_reported_and_can_count() -> None:
    pool = pool_of(case(14))
    assert pool.outcomes().tolist() == ["no_assessment"]
    assert finding(pool.findings, "conversations-not-counted").count == 1
    assert len(pool_of(case(14), conversations="count").people) == 1
    assert len(pool_of(case(14), conversations="count", conversations_until="2025-06-05").people) == 0
    late = frame(14).assign(**{"Event Start Date": "05/07/2025"})
    assert len(pool_of(late, conversations="count").people) == 0
    assert len(pool_of(late, conversations="count", conversations_until=None).people) == 1


def test_a_financial_assessment_does_not_count_and_the_flow_says_who_has_short_ones_only() -> None:
    pool = pool_of(case(17))
    assert pool.outcomes().to_dict() == {"1001": "assessment_not_counted", "2": "eligible"}
    assert "1 of them with nothing but short term assessments" in pool.flow["step"].iloc[-1]


# 21: dates as other systems write them


@pytest.mark.parametrize("name", ["oracle_dd-mmm-yy", "uk_dd-mm-yy", "dotted", "compact", "in_words"])
def test_dates_of_common_systems(name: str) -> None:
    pool = pool_of(case(21, f"{name}.csv"))
    assert completed(pool.extract) == ["2025-07-12", "2025-11-25"]
    born = pool.extract.people["date_of_birth"].dt.date.tolist()
    assert born == [dt.date(1948, 8, 2), dt.date(1990, 8, 22)]
    assert len(pool.people) == 2


def test_a_year_of_two_figures_that_could_be_of_either_century_is_not_guessed() -> None:
    rows = frame(21, "uk_dd-mm-yy.csv")
    rows["Date of Birth"] = ["02/08/20", "22/08/05"]
    pool = pool_of(rows)
    assert pool.outcomes().tolist() == ["age_unknown", "eligible"]
    assert finding(pool.findings, "open-century").count == 1


# 23, 26, 27, 29: identifiers


def test_a_named_index_is_a_column() -> None:
    indexed = frame(23).set_index("LA Person Unique Identifier")
    extract, plain = read_extract(indexed), read_extract(frame(23))
    assert (extract.account, len(extract.people)) == (plain.account, 4)
    assert extract.people.index.tolist() == plain.people.index.tolist()


@pytest.mark.parametrize("name", ["full_width", "nfc_nfd", "zero_width"])
def test_one_id_written_two_ways_is_one_person(name: str) -> None:
    coded = coded_of(case(26, f"{name}.csv"))
    assert len(coded.pool.extract.people) == 1
    assert codes(coded) == {"CT01": 1, "CT04": 1}
    # The other ways of writing it find the person in a list, too.
    written = frame(26, f"{name}.csv")["LA Person Unique Identifier"].tolist()
    for text in written:
        assert pool_of(case(26, f"{name}.csv"), hold_back=[text]).outcomes().tolist() == ["held_back"]


def test_letter_case_stays_two_people_with_a_warning() -> None:
    extract = read_extract(case(26, "letter_case.csv"))
    assert len(extract.people) == 2
    assert finding(extract.findings, "identifiers-differ-in-case").severity == "warning"


def test_rounded_ids_are_a_warning_and_one_person_to_nobody() -> None:
    extract = read_extract(case(27))
    one = finding(extract.findings, "rounded-identifier")
    assert (one.severity, one.count) == ("warning", 8)
    assert "as text" in one.advice
    assert len(extract.people) == 2
    assert sum(extract.account.set_aside.values()) == 8


def test_a_byte_order_mark_is_no_part_of_an_identifier() -> None:
    pool = pool_of(case(29), hold_back=case(29, "hold_back.csv"))
    assert sorted(pool.outcomes()) == ["eligible", "held_back"]


@pytest.mark.parametrize(
    ("inside", "listed"), [("0012", "12"), ("0012", "12.0"), ("AB12", "ab12"), ("12", "0012"), ("12", "12.0")]
)
def test_a_held_back_person_never_slips_by_because_of_how_the_id_is_written(inside: str, listed: str) -> None:
    rows = frame(23).iloc[:2].assign(**{"LA Person Unique Identifier": [inside, "77"]})
    with pytest.raises(EligibilityError) as caught:
        pool_of(rows, hold_back=["77", listed])
    (problem,) = caught.value.problems
    assert problem.code == "hold-back-near-miss"
    assert problem.where == "row 3 of the list"
    assert listed not in str(caught.value)


def test_a_list_that_was_read_as_numbers_throughout_finds_its_people() -> None:
    rows = frame(23).iloc[:2].assign(**{"LA Person Unique Identifier": ["1001", "1002"]})
    listed = pd.DataFrame({"person_id": ["1001.0", "1002.0"], "Reason": ["asked", "asked"]})
    assert set(pool_of(rows, hold_back=listed).outcomes()) == {"held_back"}


def test_any_identifier_of_a_line_holds_back_and_a_named_index_is_a_column() -> None:
    rows = (
        frame(23)
        .iloc[:2]
        .assign(**{"LA Person Unique Identifier": ["A1", "A2"], "NHS Number": ["9990000018", ""]})
    )
    both = pd.DataFrame({"Person ID": ["OLD-77"], "NHS Number": ["999 000 0018"], "Reason": ["asked"]})
    index = pd.Index(["A2"], name="LA Person Unique Identifier")
    for listed, person in ((both, "A1"), (pd.DataFrame({"Reason": ["asked"]}, index=index), "A2")):
        pool = pool_of(rows, hold_back=listed)
        assert pool.outcomes()[person] == "held_back" and not {f.code for f in pool.findings} & {
            "held-back-nobody"
        }
    override = pd.DataFrame({"code": ["CT05"], "holds": ["yes"], "reason": ["asked"]}, index=index)
    assert code_cohorts(pool_of(rows), overrides=override).people.at["A2", "CT05"]


def test_words_below_the_table_where_the_identifiers_stand_are_nobody() -> None:
    rows = frame(23).iloc[:2].assign(**{"LA Person Unique Identifier": ["A1", "A2"]})
    words = ["", "Grand Total", "(10 rows affected)", "Applied filters: none of 2"]
    below = pd.DataFrame({"LA Person Unique Identifier": words}).reindex(columns=rows.columns)
    extract = read_extract(pd.concat([rows, below]).fillna(""))
    assert len(extract.people) == 2 and extract.account.read == 2
    assert finding(extract.findings, "blank-rows").severity == "note"
    # An id alone is somebody of whom nothing is known.
    alone = pd.DataFrame({"LA Person Unique Identifier": ["A3"]}).reindex(columns=rows.columns)
    assert len(read_extract(pd.concat([rows, alone]).fillna("")).people) == 3


def test_ids_of_one_file_that_lost_their_zeros_are_told() -> None:
    rows = frame(23).iloc[:2].assign(**{"NHS Number": ""})
    told = [rows.assign(**{"LA Person Unique Identifier": ids}) for ids in (["0012", "0013"], ["12", "13.0"])]
    extract = read_extract(told)
    assert len(extract.people) == 4
    one = finding(extract.findings, "identifiers-nearly-same")
    assert (one.severity, one.count, one.loses) == ("warning", 4, "people")


def test_a_listed_person_whom_the_extract_lacks_is_a_warning_with_their_number() -> None:
    pool = pool_of(frame(23), hold_back=["nobody", "no one"])
    one = finding(pool.findings, "held-back-nobody")
    assert (one.severity, one.count, one.rows) == ("warning", 2, (2, 3))


# dates that must stop the file


def test_days_that_an_american_spreadsheet_exchanged_stop_the_file() -> None:
    days = [f"{day:02d}/{month:02d}/2025" for month in (4, 5, 6) for day in (1, 5, 9, 13, 20, 28)]
    rows = pd.concat([frame(23).iloc[:1]] * len(days), ignore_index=True)
    # Up to the 12th it took the day for the month and made a true date of it; the others stayed text.
    exchanged = [f"2025-{d[:2]}-{d[3:5]}" if int(d[:2]) <= 12 else d for d in days]
    assert problems(rows.assign(**{"Event Start Date": exchanged})) == ["exchanged-days"]
    named = {"dates": {"Event Start Date": ["DD/MM/YYYY", "YYYY-MM-DD"]}}
    assert problems(rows.assign(**{"Event Start Date": exchanged}), mapping=named) == ["exchanged-days"]
    mixed = [*exchanged[:-1], "2025-06-28"]
    assert problems(rows.assign(**{"Event Start Date": mixed})) == ["mixed-dates"]


def test_years_and_events_of_another_age_stop_the_file() -> None:
    rows = frame(23)
    assert "years-not-dates" in problems(rows.assign(**{"Event Start Date": "2025"}))
    assert "events-before-2000" in problems(rows.assign(**{"Event Start Date": "05/06/1965"}))


def test_the_1904_system_is_named_when_it_explains_the_dates() -> None:
    rows = frame(23)
    behind = rows.assign(**{"Event Start Date": "05/06/2021", "Event End Date": "11/07/2021"})
    one = finding(read_extract(behind).findings, "outside-reporting-period")
    assert "1904" in one.advice
    other = rows.assign(**{"Event Start Date": "05/06/2015", "Event End Date": "11/07/2015"})
    assert "1904" not in finding(read_extract(other).findings, "outside-reporting-period").advice
    assert "outside-reporting-period" not in read_extract(rows).findings.codes


def test_one_date_of_birth_on_very_many_people_is_a_warning() -> None:
    rows = pd.concat([frame(23).iloc[:1]] * 100, ignore_index=True)
    rows["NHS Number"] = ""
    rows["LA Person Unique Identifier"] = [f"P{i}" for i in range(100)]
    rows["Date of Birth"] = ["01/01/1970"] * 21 + [f"01/02/19{i}" for i in range(20, 99)]
    assert finding(read_extract(rows).findings, "one-birth-date-on-many").count == 21
    rows["Date of Birth"] = ["01/01/1970"] * 20 + [f"01/02/19{i}" for i in range(19, 99)]
    assert "one-birth-date-on-many" not in read_extract(rows).findings.codes


# the weight of findings


def test_the_dearest_finding_comes_first_and_the_brief_names_three() -> None:
    rows = frame(4).assign(**{"Date of Death": "01/01/1900", "Service Type": "Something else"})
    coded = coded_of(rows)
    costs = [f.loses for f in coded.findings.warnings if f.code != "missing-field"]
    assert costs == sorted(costs, key=("people", "cohort", "characteristic", "").index)
    brief = coded.findings.in_brief().splitlines()
    assert (
        brief[0] == f"{len(coded.findings.warnings)} warnings about the data, the 3 that cost the list most:"
    )
    assert len(brief) == 4


def test_a_cohort_without_anybody_is_said_and_so_is_nobody_at_all() -> None:
    coded = coded_of(case(17))
    told = [f.what for f in coded.findings if f.code == "cohort-without-anybody"]
    assert any("CT07" in what for what in told)
    none = coded_of(frame(17).assign(**{"Date of Birth": ""}))
    one = finding(none.findings, "nobody-eligible")
    assert "no usable date of birth" in one.what
    assert none.findings.items[0] == one


def test_a_constant_client_type_that_hides_carers_is_a_warning() -> None:
    rows = frame(17).assign(**{"Assessment Type": ["Carers Assessment (s10)", "Care Act assessment"]})
    one = finding(read_extract(rows).findings, "carers-as-service-users")
    assert (one.severity, one.loses) == ("warning", "cohort")
    assert "nobody has another client type" in one.what


def test_the_transition_route_of_somebody_older_is_said() -> None:
    rows = frame(14).assign(**{"Request: Route of Access": "Planned entry (transition)"})
    rows = pd.concat([rows, frame(14).assign(**{"Event Type": "Assessment"})], ignore_index=True)
    assert finding(coded_of(rows).findings, "transition-of-older-people").count == 1


def test_wrong_options_are_refused_in_words() -> None:
    for rule in ({"ties": "first"}, {"conversations": "yes"}, {"assessment_types": ("financial",)}):
        with pytest.raises(CasetrackError, match=r"must be|cannot count"):
            pool_of(case(14), **rule)
