"""Each flaw puts in what its name says, where it says, and leaves the rest alone."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pytest

from casetrack.synthetic import FLAWS, Council, make_council

LOCAL_ID = "LA Person Unique Identifier"
AS_AT = dt.date(2026, 3, 31)
KINDS = ("request", "assessment", "service", "review")


def with_flaw(*names: str, people: int = 1500, release: str = "R2") -> pd.DataFrame:
    return make_council(people=people, seed=3, flaws=names, release=release).extract


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return with_flaw()


def changed(clean: pd.DataFrame, flawed: pd.DataFrame) -> dict[str, pd.Series]:
    """Columns that differ, with the new values of the rows in which they do."""
    assert len(clean) == len(flawed)
    out = {}
    for name in clean.columns:
        differs = clean[name].to_numpy() != flawed[name].to_numpy()
        if differs.any():
            out[name] = flawed.loc[differs, name]
    return out


def day(text: str) -> dt.date | None:
    try:
        return dt.datetime.strptime(text, "%d/%m/%Y").date()
    except ValueError:
        return None


def is_valid_nhs_number(text: str) -> bool:
    if not re.fullmatch(r"\d{10}", text):
        return False
    return (
        sum(int(digit) * weight for digit, weight in zip(text, [*range(10, 1, -1), 1], strict=True)) % 11 == 0
    )


def test_leap_day_births(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("leap_day_births"))
    assert set(new) == {"Date of Birth"}
    assert all(day(text) and text.startswith("29/02/") for text in new["Date of Birth"])
    assert clean.loc[new["Date of Birth"].index, LOCAL_ID].nunique() == 15


def test_dob_after_as_at(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("dob_after_as_at"))
    assert set(new) == {"Date of Birth"}
    assert all(day(text) > AS_AT for text in new["Date of Birth"])


def test_age_over_120(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("age_over_120"))
    assert set(new) == {"Date of Birth"}
    assert all(day(text) < dt.date(1905, 3, 31) for text in new["Date of Birth"])


def test_births_move_for_whole_people(clean: pd.DataFrame) -> None:
    flawed = with_flaw("leap_day_births", "dob_after_as_at", "age_over_120")
    assert flawed.groupby(LOCAL_ID)["Date of Birth"].nunique().eq(1).all()


def test_boundary_dates(clean: pd.DataFrame) -> None:
    flawed = with_flaw("boundary_dates", people=4000)
    assessments = flawed[flawed["Event Type"] == "Assessment"]
    ends = assessments["Event End Date"].value_counts()
    assert all(ends[edge] >= 30 for edge in ("31/03/2025", "01/04/2025", "31/03/2026", "01/04/2026"))
    births = set(flawed["Date of Birth"])
    for year in (2008, 2000, 1961):
        assert {f"30/03/{year}", f"31/03/{year}", f"01/04/{year}"} <= births
    left = flawed[flawed["Request: Route of Access"] == "Discharge from hospital"]
    assert {"30/09/2025", "01/10/2025", "31/03/2026"} <= set(left["Event Start Date"])
    moved = flawed[flawed["Request: Route of Access"] == "Planned entry (transition)"]
    assert {"31/03/2024", "01/04/2024", "31/03/2026"} <= set(moved["Event Start Date"])
    finished = flawed[flawed["Event End Date"] != ""]
    assert all(
        day(a) <= day(b)
        for a, b in zip(finished["Event Start Date"], finished["Event End Date"], strict=True)
    )


def test_conflicting_details(clean: pd.DataFrame) -> None:
    flawed = with_flaw("conflicting_details")
    per_person = flawed.groupby(LOCAL_ID)["Primary Support Reason"].nunique()
    assert clean.groupby(LOCAL_ID)["Primary Support Reason"].nunique().eq(1).all()
    assert 40 <= (per_person > 1).sum() <= 120
    new = changed(clean, flawed)
    assert set(new) == {
        "Primary Support Reason",
        "Accommodation Status",
        "Ethnicity",
        "Gender",
        "Dementia",
        "Date of Birth",
    }
    assert set(new["Date of Birth"]) == {""}


def test_shared_nhs_number(clean: pd.DataFrame) -> None:
    flawed = with_flaw("shared_nhs_number")
    owners = flawed[flawed["NHS Number"] != ""].groupby("NHS Number")[LOCAL_ID].unique()
    shared = owners[owners.map(len) > 1]
    assert len(shared) == 6
    assert (shared.map(len) == 2).all()
    for number, ids in shared.items():
        assert is_valid_nhs_number(str(number))
        rows = flawed[flawed[LOCAL_ID].isin(ids)]
        assert rows["Date of Birth"].nunique() == rows["Gender"].nunique() == 1


def test_conflicting_nhs_numbers(clean: pd.DataFrame) -> None:
    flawed = with_flaw("conflicting_nhs_numbers")
    new = changed(clean, flawed)
    assert set(new) == {"NHS Number"}
    several = flawed.groupby(LOCAL_ID)["NHS Number"].unique().map(list)
    several = several[several.map(len) > 1]
    assert len(several) == 3
    assert all(is_valid_nhs_number(number) for numbers in several for number in numbers)
    others = set(clean["NHS Number"])
    assert {number in others for number in new["NHS Number"]} == {True, False}


def test_invalid_nhs_number(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("invalid_nhs_number"))
    assert set(new) == {"NHS Number"}
    assert not any(is_valid_nhs_number(number) for number in new["NHS Number"])
    assert {len(number) for number in new["NHS Number"]} == {9, 10}
    assert clean.loc[new["NHS Number"].index, LOCAL_ID].nunique() == 8


@pytest.mark.parametrize("release", ["R2", "mixed"])
def test_duplicate_events(release: str) -> None:
    clean, flawed = with_flaw(release=release), with_flaw("duplicate_events", release=release)
    assert len(flawed) - len(clean) == round(0.007 * len(clean))

    def keys(frame: pd.DataFrame) -> pd.DataFrame:
        folded = frame[["Client Type", "Request: Route of Access", "Assessment Type", "Service Type"]]
        folded = folded.apply(
            lambda column: column.str.lower().str.replace("/", "or").str.replace(r"\W", "", regex=True)
        )
        folded = folded.apply(lambda column: column.str.replace("^carer", "unpaidcarer", regex=True))
        component = (
            frame["Service Component"].str.lower().replace("home support", "home support or domiciliary care")
        )
        end = frame["Event End Date"].where(frame["Event Type"] != "Service", "")
        same = [LOCAL_ID, "NHS Number", "Event Type", "Event Start Date"]
        return pd.concat([frame[same], end, folded, component], axis=1)

    assert not keys(clean).duplicated().any()
    assert keys(flawed).duplicated().sum() == len(flawed) - len(clean)
    repeated = keys(flawed).duplicated(keep=False)
    assert "Admitted to hospital" in set(flawed.loc[repeated, "Event Outcome"])
    if release == "mixed":
        names = (
            flawed[repeated].groupby([LOCAL_ID, "Event Type", "Event Start Date"])["Client Type"].nunique()
        )
        assert (names == 2).any()


def test_missing_local_id(clean: pd.DataFrame) -> None:
    flawed = with_flaw("missing_local_id")
    new = changed(clean, flawed)
    assert set(new) == {LOCAL_ID}
    assert set(new[LOCAL_ID]) == {""}
    assert all(is_valid_nhs_number(number) for number in flawed.loc[new[LOCAL_ID].index, "NHS Number"])


def test_no_identifier(clean: pd.DataFrame) -> None:
    flawed = with_flaw("no_identifier")
    neither = (flawed[LOCAL_ID] == "") & (flawed["NHS Number"] == "")
    assert neither.sum() == round(0.004 * len(clean))
    assert set(changed(clean, flawed)) == {LOCAL_ID, "NHS Number"}


def test_missing_start_date(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("missing_start_date"))
    assert set(new) == {"Event Start Date"}
    assert set(new["Event Start Date"]) == {""}


def test_unreadable_date(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("unreadable_date"))
    assert set(new) == {"Event Start Date", "Event End Date", "Date of Birth"}
    for texts in new.values():
        assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", text) and day(text) is None for text in texts)
    assert "31/02/2026" in set(new["Event Start Date"])


def test_end_before_start(clean: pd.DataFrame) -> None:
    flawed = with_flaw("end_before_start")
    new = changed(clean, flawed)
    assert set(new) == {"Event End Date"}
    starts = flawed.loc[new["Event End Date"].index, "Event Start Date"]
    assert all(day(end) < day(start) for end, start in zip(new["Event End Date"], starts, strict=True))


def test_event_type_variants(clean: pd.DataFrame) -> None:
    flawed = with_flaw("event_type_variants")
    new = changed(clean, flawed)
    assert set(new) == {"Event Type"}
    assert "Assessments" in set(new["Event Type"])
    for row, text in new["Event Type"].items():
        assert [kind for kind in KINDS if kind in text.lower()] == [clean.loc[row, "Event Type"].lower()]


def test_unrecognised_event_type(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("unrecognised_event_type"))
    assert set(new) == {"Event Type"}
    assert {sum(kind in text.lower() for kind in KINDS) for text in new["Event Type"]} == {0, 2}


def test_unrecognised_values(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("unrecognised_values"))
    assert len(new) == 7
    for name, texts in new.items():
        assert texts.nunique() == 1
        assert not set(texts) & set(clean[name])


def test_unknown_tokens(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("unknown_tokens"))
    words = {"unknown", "not known", "not recorded", "no data"}
    assert len(new) == 5
    assert all({text.lower() for text in texts} <= words for texts in new.values())


def test_missing_tokens(clean: pd.DataFrame) -> None:
    flawed = with_flaw("missing_tokens", "no_identifier")
    blanked = with_flaw("no_identifier")
    new = changed(blanked, flawed)
    assert {"NHS Number", LOCAL_ID, "Date of Death", "Event End Date", "Service Type"} <= set(new)
    for name, texts in new.items():
        assert {text.strip().lower() for text in texts} <= {"null", "n/a", "none", "-", ""}, name
        assert (blanked.loc[texts.index, name] == "").all()
    assert {"NULL", "N/A", "None", "-"} <= set(new["Event End Date"])


@pytest.mark.parametrize("release", ["R1", "R2"])
def test_case_and_punctuation(release: str) -> None:
    clean, flawed = with_flaw(release=release), with_flaw("case_and_punctuation", release=release)

    def folded(column: pd.Series) -> pd.Series:
        said = column.str.lower().str.replace("&", " and ").str.replace("/", " or ")
        return said.str.replace(r"[\W_]", "", regex=True)

    new = changed(clean, flawed)
    assert len(new) >= 15
    for name in new:
        assert (folded(clean[name]) == folded(flawed[name])).all(), name


def test_nhs_number_with_spaces(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("nhs_number_with_spaces"))
    assert set(new) == {"NHS Number"}
    assert all(re.fullmatch(r"999 \d{3} \d{4}", text) for text in new["NHS Number"])
    assert (new["NHS Number"].str.replace(" ", "") == clean.loc[new["NHS Number"].index, "NHS Number"]).all()


def test_free_text_identifiers(clean: pd.DataFrame) -> None:
    flawed = with_flaw("free_text_identifiers")
    new = changed(clean, flawed)
    assert set(new) == {"Event Description"}
    for row, text in new["Event Description"].items():
        for name in (LOCAL_ID, "NHS Number", "Date of Birth", "Postcode"):
            assert flawed.loc[row, name] in text


def test_formula_text(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("formula_text"))
    assert set(new) == {"Event Description", "GP Practice Code", "Ethnicity", "Gender"}
    assert {text.strip()[0] for text in new["Event Description"]} == set("=@+-")
    extras = make_council(people=1500, seed=3, flaws=["formula_text"]).extras
    for name in ("Religion or Belief", "Team", "Lead Professional"):
        assert 3 <= extras[name].str.strip().str[0].isin(list("=@+-")).sum() <= 40


def test_extra_columns(clean: pd.DataFrame) -> None:
    flawed = with_flaw("extra_columns")
    assert list(flawed.columns) == ["Ward", *clean.columns, "Case notes title"]
    assert flawed[clean.columns].equals(clean)


def test_filler_identifiers(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("filler_identifiers"))
    assert set(new) == {"NHS Number", LOCAL_ID}
    assert {"9999999999", "TBC"} <= set(new["NHS Number"])
    assert not any(
        is_valid_nhs_number(text) and text[0] == "9" for text in new["NHS Number"] if text[:2] != "99"
    )
    assert (new[LOCAL_ID].str.strip("'=\"") == clean.loc[new[LOCAL_ID].index, LOCAL_ID]).all()


def test_other_assessment_types(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("other_assessment_types"))
    assert set(new) == {"Assessment Type"}
    assert "Financial assessment" in set(new["Assessment Type"])
    assert (clean.loc[new["Assessment Type"].index, "Event Type"] == "Assessment").all()


def test_conversations_as_requests(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("conversations_as_requests"))
    assert set(new) == {"Event Description"}
    assert set(new["Event Description"]) == {"Strengths-based conversation"}
    rows = clean.loc[new["Event Description"].index]
    assert (rows["Event Type"] == "Request").all() and rows["Event Outcome"].str.startswith("Progress").all()


def test_carers_with_needs(clean: pd.DataFrame) -> None:
    new = changed(clean, with_flaw("carers_with_needs"))
    assert set(new) == {"Primary Support Reason"}
    assert "Learning disability support" in set(new["Primary Support Reason"])
    people = clean.loc[new["Primary Support Reason"].index, LOCAL_ID]
    carers = clean.loc[clean["Client Type"] == "Unpaid carer", LOCAL_ID]
    assert set(people) <= set(carers)


def test_all_takes_every_flaw_and_keeps_everyone() -> None:
    council = make_council(people=1500, seed=3, flaws="all", release="mixed")
    assert council.flaws == tuple(FLAWS)
    assert len(FLAWS) == 28
    assert all(about.endswith(".") for about in FLAWS.values())
    ids = set(council.extract[LOCAL_ID])
    assert len(ids & set(with_flaw(release="mixed")[LOCAL_ID])) > 1490


def test_order_and_company_of_names_do_not_matter() -> None:
    one = make_council(people=300, seed=3, flaws=["formula_text", "no_identifier"])
    other = make_council(people=300, seed=3, flaws=["no_identifier", "formula_text", "no_identifier"])
    assert one.extract.equals(other.extract)
    assert one.flaws == other.flaws == ("no_identifier", "formula_text")
    only = make_council(people=300, seed=3, flaws="no_identifier").extract
    assert (only[LOCAL_ID] == one.extract[LOCAL_ID]).all()


@pytest.mark.parametrize("people", [1, 2, 5, 30])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_flaws_fit_councils_of_any_size(people: int, seed: int) -> None:
    council: Council = make_council(people=people, seed=seed, flaws="all", release="mixed")
    assert len(council.extract) >= people
