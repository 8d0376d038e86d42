"""The invented council: shape, repeatability, numbers that are nobody's, and journeys that make sense."""

from __future__ import annotations

import datetime as dt
import hashlib
import runpy
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack import code_cohorts, find_eligible, read_extract
from casetrack.errors import UsageError
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS
from casetrack.pool.journey_facts import file_start
from casetrack.synthetic import Council, make_council
from casetrack.synthetic.chance import Chance
from casetrack.synthetic.vocabulary import FIELDS, R1_ONLY, VALUES
from share import examples

ROOT = Path(__file__).resolve().parents[2]
LOCAL_ID = "LA Person Unique Identifier"
EXTRA_FIELDS = [name.casefold() for name in (LOCAL_ID, *(f.heading for f in OPTIONAL_PERSON_FIELDS))]
AS_AT = dt.date(2026, 3, 31)
FIRST_DAY = dt.date(2025, 4, 1)


@pytest.fixture(scope="module")
def council() -> Council:
    return make_council(people=2000, seed=1)


def is_valid_nhs_number(text: str) -> bool:
    if len(text) != 10 or not text.isdigit():
        return False
    check = (
        11 - sum(int(digit) * weight for digit, weight in zip(text[:9], range(10, 1, -1), strict=True)) % 11
    )
    return (0 if check == 11 else check) == int(text[9])


def dated(council: Council) -> pd.DataFrame:
    names = {
        "start": "Event Start Date",
        "end": "Event End Date",
        "born": "Date of Birth",
        "died": "Date of Death",
    }
    frame = council.extract
    columns = {
        new: pd.to_datetime(frame[old].replace("", None), format="%d/%m/%Y") for new, old in names.items()
    }
    return frame.assign(**columns)


def years_between(born: dt.date, day: dt.date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def by_person(council: Council) -> dict[str, list[dict]]:
    def day(text: str) -> dt.date | None:
        return dt.datetime.strptime(text, "%d/%m/%Y").date() if text else None

    people: dict[str, list[dict]] = {}
    for row in council.extract.to_dict("records"):
        row |= {"start": day(row["Event Start Date"]), "end": day(row["Event End Date"])}
        row |= {"born": day(row["Date of Birth"]), "died": day(row["Date of Death"])}
        people.setdefault(row[LOCAL_ID], []).append(row)
    return people


def outcome_of(rows: list[dict]) -> str:
    """Work out the reason of one person of a council without flaws, plainly."""
    born, died = rows[0]["born"], rows[0]["died"]
    if all("known by association" in row["Client Type"] for row in rows):
        return "known_by_association"
    ended = [row for row in rows if row["end"] and row["end"] <= AS_AT]
    if (died and died <= AS_AT) or any(row["Event Outcome"] == "NFA: Deceased" for row in ended):
        return "deceased"
    if born is None:
        return "age_unknown"
    if years_between(born, AS_AT) < 18:
        return "under_18"
    ends = [row["end"] for row in completed(rows)]
    if not ends:
        return "no_assessment"
    if min(ends) > AS_AT:
        return "assessment_after_as_at"
    return "eligible" if any(FIRST_DAY <= end <= AS_AT for end in ends) else "assessment_too_old"


def completed(rows: list[dict]) -> list[dict]:
    assessments = [row for row in rows if row["Event Type"] == "Assessment" and row["end"]]
    return [row for row in assessments if "known by association" not in row["Client Type"]]


def codes_of(rows: list[dict], transitioned: bool) -> list[str]:
    """Work out the cohort codes of one eligible person of a council without flaws, plainly."""
    as_who = {row["Client Type"] for row in completed(rows) if FIRST_DAY <= row["end"] <= AS_AT}
    carer = ["CT07"] if "Unpaid carer" in as_who else []
    if "Service user" not in as_who:
        return carer
    person = rows[0]
    age, reason = years_between(person["born"], AS_AT), person["Primary Support Reason"]
    requests = [
        (row["Request: Route of Access"].lower(), row["start"]) for row in rows if row["start"] <= AS_AT
    ]
    moved = any("transition" in route and start > dt.date(2024, 3, 31) for route, start in requests)
    left = [start for route, start in requests if "discharge" in route and start > dt.date(2025, 9, 30)]
    support = [
        row["start"] for row in rows if "term support" in row["Service Type"] and row["start"] <= AS_AT
    ]
    senses = [person["Visual Impairment"], person["Hearing Impairment"]]
    impaired = any(sense not in ("", "Unknown") and not sense.startswith("No ") for sense in senses)
    physical = reason.startswith(("Physical", "Sensory", "Support with memory"))
    held = {
        "CT01": age >= 65,
        "CT02": 18 <= age <= 25 and (moved or transitioned),
        "CT03": bool(left and support) and max(support) >= min(left),
        "CT04": reason.startswith("Learning") or person["Autism Spectrum Disorder (ASD)"] == "Yes",
        "CT05": reason.startswith("Mental") or "Substance" in reason,
        "CT06": physical or person["Dementia"] == "Yes" or impaired,
    }
    return [code for code, holds in held.items() if holds] + carer


def test_shape_of_the_extract(council: Council) -> None:
    extract = council.extract
    assert list(extract.columns) == [field for field in FIELDS if field not in R1_ONLY]
    assert extract[LOCAL_ID].nunique() == 2000
    assert 2.7 <= len(extract) / 2000 <= 3.1
    assert all(isinstance(value, str) for name in extract.columns for value in extract[name])
    assert extract[LOCAL_ID].str.fullmatch(r"0\d{6}").all()
    assert extract["Postcode"].str.startswith("ZZ9").all()
    assert set(extract["Reporting Period Start Date"]) == {"01/04/2025"}
    assert set(extract["Reporting Period End Date"]) == {"31/03/2026"}


def test_shape_of_the_extras(council: Council) -> None:
    extras = council.extras
    assert [name.casefold() for name in extras.columns] == EXTRA_FIELDS
    assert extras[LOCAL_ID].is_unique
    assert 1900 <= len(extras) < 2000
    assert set(extras[LOCAL_ID]) <= set(council.extract[LOCAL_ID])
    without = make_council(people=50, extras=False).extras
    assert without.empty
    assert list(without.columns) == list(extras.columns)


def test_values_are_those_of_release_2(council: Council) -> None:
    for field, pairs in VALUES.items():
        assert set(council.extract[field]) <= {current for current, _ in pairs} | {""}, field


def test_release_1_has_its_own_values_and_columns() -> None:
    extract = make_council(people=600, release="R1").extract
    assert list(extract.columns) == list(FIELDS)
    for field, pairs in VALUES.items():
        assert set(extract[field]) <= {old for _, old in pairs} | {""}, field
    assert set(extract["Client Type"]) == {"Service User", "Carer", "Carer known by association"}
    for field in ("First Name", "Last Name", "GP Practice Name"):
        assert (extract[field] != "").all()
    assert ((extract["Provider CQC Location Name"] != "") == (extract["Event Type"] == "Service")).all()


def test_a_mixed_extract_holds_both_releases_and_says_the_same() -> None:
    mixed, current = (make_council(people=600, release=release).extract for release in ("mixed", "R2"))
    assert {"Service User", "Service user"} <= set(mixed["Client Type"])
    assert (mixed["Event Reference"] == current["Event Reference"]).all()
    old = mixed["First Name"] != ""
    assert 0.2 < old.mean() < 0.9
    for field, pairs in VALUES.items():
        expected = current[field].where(~old, current[field].map({**dict(pairs), "": ""}))
        assert (mixed[field] == expected).all(), field


def test_the_same_arguments_give_the_same_council(council: Council) -> None:
    again = make_council(people=2000, seed="1")
    assert again.extract.equals(council.extract)
    assert again.extras.equals(council.extras)
    assert not make_council(people=2000, seed=2).extract.equals(council.extract)


def test_chance_is_the_algorithm_that_is_documented() -> None:
    """SplitMix64 from a state of 0 starts with these numbers (its authors' reference code)."""
    reference = [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]

    def plain(state: int) -> int:
        mask = 2**64 - 1
        state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & mask
        return state ^ (state >> 31)

    assert [plain((i * 0x9E3779B97F4A7C15) % 2**64) for i in (1, 2, 3)] == reference
    key = int.from_bytes(hashlib.sha256(b"7\x1fdice").digest()[:8], "little")
    expected = [plain((key + i * 0x9E3779B97F4A7C15) % 2**64) for i in range(1, 50)]
    assert Chance("7").bits("dice", 49).tolist() == expected


def test_chance_keeps_to_its_shares() -> None:
    picks = Chance("shares").pick("p", 20_000, (1, 0, 3))
    assert np.bincount(picks, minlength=3).tolist()[1] == 0
    assert abs((picks == 0).mean() - 0.25) < 0.015
    dice = Chance("shares").whole("w", 20_000, 1, 6)
    assert set(dice.tolist()) == {1, 2, 3, 4, 5, 6}
    assert sorted(Chance("shares").order("o", 100).tolist()) == list(range(100))


@pytest.mark.parametrize("people", [2000, 40_000])
def test_nhs_numbers_are_valid_and_of_the_test_range(people: int) -> None:
    extract = make_council(people=people, seed=5, extras=False).extract
    numbers = extract["NHS Number"].unique().tolist()
    assert all(is_valid_nhs_number(number) and number.startswith("999") for number in numbers if number)
    with_number = extract[extract["NHS Number"] != ""]
    assert with_number.groupby(LOCAL_ID)["NHS Number"].nunique().eq(1).all()
    assert with_number.groupby("NHS Number")[LOCAL_ID].nunique().eq(1).all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_outcome_and_every_code_occurs(seed: int) -> None:
    council = make_council(people=2000, seed=seed)
    moved = council.extras.set_index(LOCAL_ID)["Transitioned from children's services"].to_dict()
    outcomes: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    for person, rows in by_person(council).items():
        outcome = outcome_of(rows)
        outcomes[outcome] += 1
        if outcome == "eligible":
            codes.update(codes_of(rows, moved.get(person) == "Yes") or ["none"])
    assert sum(outcomes.values()) == 2000
    assert 1000 <= outcomes["eligible"] <= 1500
    for reason in (
        "known_by_association",
        "deceased",
        "under_18",
        "no_assessment",
        "assessment_after_as_at",
        "assessment_too_old",
    ):
        assert outcomes[reason] >= 10, reason
    assert outcomes["age_unknown"] >= 1
    assert 10 <= codes["CT02"] <= 80
    assert 30 <= codes["CT03"] <= 150
    for code in ("CT01", "CT04", "CT05", "CT06", "CT07", "none"):
        assert codes[code] >= 15, code


def test_journeys_make_sense(council: Council) -> None:
    rows = dated(council)
    assert rows["start"].notna().all()
    finished = rows[rows["end"].notna()]
    assert (finished["end"] >= finished["start"]).all()
    assert rows.loc[rows["Event Type"].isin(["Request", "Review"]), "end"].notna().all()
    after_death = rows[rows["died"].notna() & (rows["start"] > rows["died"])]
    assert after_death.empty
    assert (rows["start"] <= pd.Timestamp(AS_AT) + pd.Timedelta(days=60)).all()
    key = [LOCAL_ID, "Event Type", "Event Start Date", "Event End Date", "Client Type", "Service Component"]
    assert not rows.duplicated(key).any()
    for column, kind in (
        ("Request: Route of Access", "Request"),
        ("Assessment Type", "Assessment"),
        ("Service Type", "Service"),
        ("Review Reason", "Review"),
    ):
        assert ((rows[column] != "") == (rows["Event Type"] == kind)).all()


def test_carers_are_people_of_their_own_tied_to_someone_with_support(council: Council) -> None:
    extract = council.extract
    carers = extract[extract["Client Type"] != "Service user"]
    linked = carers[carers["Adult 1 Linked Person_ID"] != ""]
    assert len(linked) > 0.7 * len(carers)
    supported = (
        extract[extract["Client Type"] == "Service user"].groupby(LOCAL_ID)["Has Unpaid Carer"].first()
    )
    assert set(supported[linked["Adult 1 Linked Person_ID"]]) == {"Yes"}
    assert (linked["Adult 1 Linked Person_ID"] != linked[LOCAL_ID]).all()
    two = linked[linked["Adult 2 Linked Person_ID"] != ""]
    assert 0.02 * len(linked) < len(two) < 0.15 * len(linked)
    assert set(supported[two["Adult 2 Linked Person_ID"]]) == {"Yes"}
    assert (two["Adult 1 Linked Person_ID"] != two["Adult 2 Linked Person_ID"]).all()
    carer = linked["Client Type"] == "Unpaid carer"
    how_many = 1 + (linked["Adult 2 Linked Person_ID"] != "").astype(int)
    assert (linked["No. of adults being cared for"] == how_many.astype(str).where(carer, "")).all()
    assert (extract.loc[extract["Client Type"] == "Service user", "Adult 1 Linked Person_ID"] == "").all()


def test_most_people_are_65_or_over_and_reasons_follow_age(council: Council) -> None:
    people = dated(council).groupby(LOCAL_ID).first().dropna(subset=["born"])
    age = people["born"].map(lambda born: years_between(born, AS_AT))
    assert 0.5 < (age >= 65).mean() < 0.7
    assert age.min() >= 15 and age.max() < 110
    reason = people["Primary Support Reason"]
    learning = reason == "Learning disability support"
    memory = reason == "Support with memory and cognition"
    assert age[learning].median() < 45 < 75 < age[memory].median()


@settings(deadline=None, max_examples=examples(25))
@given(
    people=st.integers(1, 60),
    seed=st.integers(0, 10**6),
    release=st.sampled_from(["R1", "R2", "mixed"]),
    as_at=st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)),
)
def test_small_councils_of_any_day_are_whole(people: int, seed: int, release: str, as_at: dt.date) -> None:
    council = make_council(people=people, seed=seed, release=release, as_at=as_at)
    assert council.extract[LOCAL_ID].nunique() == people
    assert set(council.extract["Reporting Period End Date"]) == {f"{as_at:%d/%m/%Y}"}


def test_period_of_a_leap_day() -> None:
    extract = make_council(people=5, as_at="2024-02-29").extract
    assert set(extract["Reporting Period Start Date"]) == {"01/03/2023"}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"flaws": ["typos"]}, "unknown-flaw"),
        ({"release": "R3"}, "unknown-release"),
        ({"people": 0}, "people-out-of-range"),
        ({"people": 850_001}, "people-out-of-range"),
        ({"as_at": "31.03.2026"}, "not-a-date"),
    ],
)
def test_wrong_arguments_are_refused_in_words(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_council(**{"people": 5, **arguments})
    assert caught.value.code == code
    assert caught.value.problems[0].advice


def test_what_a_notebook_shows_names_nobody(council: Council) -> None:
    shown = council._repr_html_() + repr(council)
    assert "2,000 people" in shown
    for field in (LOCAL_ID, "NHS Number", "Postcode", "Date of Birth"):
        assert not any(value in shown for value in council.extract[field].unique() if value)
    counted = council.summary().set_index("event type")["rows"]
    assert counted.sum() == len(council.extract)
    assert counted["Review"] == (council.extract["Event Type"] == "Review").sum()


def test_two_years_add_what_one_year_hides() -> None:
    """The people and who of them is eligible stay; journeys before, long waits and people who wait are there."""
    one, two = (make_council(people=1500, seed=5, two_years=more) for more in (False, True))
    assert set(one.extract[LOCAL_ID]) == set(two.extract[LOCAL_ID])
    assert len(two.extract) > 1.2 * len(one.extract)
    told = []
    for council in (one, two):
        pool = find_eligible(read_extract(council.extract, people=council.extras), council.as_at)
        told.append((code_cohorts(pool).people, file_start(pool.extract, council.as_at)))
    (before, start), (after, earlier) = told
    assert list(before.index) == list(after.index)
    assert earlier <= dt.date(2024, 3, 31) < start
    assert (after["wait_for_assessment"] == "183 days or more").sum() > 20
    assert (before["wait_for_assessment"] == "183 days or more").sum() == 0
    assert set(after["contacts"]) == {"0", "1", "2", "3 or more"}


def test_the_samples_are_what_the_script_makes() -> None:
    """All but names, which may differ between versions of Faker."""
    made = runpy.run_path(str(ROOT / "scripts" / "make_samples.py"))
    council = make_council(
        people=2000, seed=1, release="R2", flaws=made["MILD_FLAWS"], as_at=made["AS_AT"], two_years=True
    )
    for name, expected, names in (
        ("cld_extract.csv", council.extract, ["Event Description"]),
        ("person_details.csv", council.extras, ["Lead Professional"]),
    ):
        kept = pd.read_csv(ROOT / "data/samples" / name, dtype=str, keep_default_na=False, encoding="utf-8")
        pd.testing.assert_frame_equal(
            kept.drop(columns=names), expected.drop(columns=names), check_dtype=False, check_column_type=False
        )
    mapping = (ROOT / "data/samples/own_headings/mapping.toml").read_text(encoding="utf-8")
    assert mapping == made["mapping_text"]()


def test_without_faker_it_says_which_extra_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "faker", None)
    with pytest.raises(UsageError, match=r"casetrack\[synthetic\]") as caught:
        make_council(people=10, seed=1)
    assert caught.value.code == "synthetic-not-installed"
