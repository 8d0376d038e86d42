"""The release: what leaves, how many people each case looks like, and what cannot be asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import casetrack as ct
from casetrack.disclosure.defaults import RELEASE_COLUMNS
from casetrack.disclosure.publishable import publishable
from casetrack.errors import OutputError, ReleaseError
from casetrack.release.return_words import note_rows
from identifiers import told
from life_example import SEED, coded, design, drawn


@pytest.fixture(scope="module")
def release():
    return ct.pseudonymise(drawn())


@pytest.fixture(scope="module")
def plain():
    return ct.pseudonymise(drawn(), k=1)


def test_the_table_is_the_list_by_reference(release, plain):
    for made in (release, plain):
        assert list(made.table.index) == list(drawn().references)
        assert list(made.table["listed_as"]) == list(drawn().cases["listed_as"])
        assert list(made.table.columns[:2]) == ["listed_as", "codes"]
    assert list(plain.table["codes"]) == list(drawn().cases["codes"])
    assert list(plain.columns) == ["age_band", "sex", "ethnic_group", "assessment_month"]
    people = coded().people.loc[list(drawn().ids)]
    assert list(plain.table["age_band"]) == list(people["age_band"])
    assert list(plain.table["assessment_month"]) == [f"{d:%Y-%m}" for d in people["assessment_date"]]


def test_people_alike_is_counted_one_by_one(plain):
    pool = coded().drawable
    shown = list(plain.columns)

    def seen(row) -> tuple[str, ...]:
        codes = tuple(c for c in coded().code_names if row[c])
        return (
            *codes,
            *(f"{row['assessment_date']:%Y-%m}" if c == "assessment_month" else row[c] for c in shown),
        )

    views = [seen(row) for _, row in pool.iterrows()]
    counts = pd.Series(views, dtype=object).map(lambda view: views.count(view))
    by_person = dict(zip(pool.index, counts, strict=True))
    expected = {r: by_person[p] for r, p in drawn().identified.people.items()}
    assert plain.looks_alike["people_alike"].to_dict() == expected
    assert plain.looks_alike["people_alike"].is_monotonic_increasing


def test_coarsening_makes_each_case_look_like_more(release, plain):
    assert release.k == 10
    assert release.looks_alike["people_alike"].min() > plain.looks_alike["people_alike"].min()
    assert (release.looks_alike["people_alike"].min() >= 10) == release.coarsening.reached
    assert any(re.search(r"\b10\b", note) for note in release.notes)


def test_nothing_of_a_person_is_in_it(release, plain):
    extract = coded().pool.extract
    everybody = {*extract.identifiers["identifier"], *extract.people.index}
    for made in (release, plain):
        text = repr(made) + made._repr_html_() + made.to_frame().to_csv() + made.coverage.to_csv()
        text += "\n".join(made.notes) + repr(made.facts) + repr(made)
        assert not told(text, everybody)
    assert "Lookup" not in repr(release)


@pytest.mark.parametrize(
    "column",
    [
        "NHS Number",
        "nhs_number",
        "Date of Birth",
        "person_id",
        "Last Name",
        "Postcode",
        "Event Description",
        "postcode",
    ],
)
def test_identifiers_and_free_text_cannot_be_asked_for(column):
    for columns in ([column], ["age_band", column], column):
        with pytest.raises(ReleaseError) as caught:
            ct.pseudonymise(drawn(), columns=columns)
        assert caught.value.code == "never-released"


@pytest.mark.parametrize(
    "column", ["team", "lead_professional", "linked_group", "provider", "gp_practice", "x", "CT01", ""]
)
def test_neither_can_anything_that_is_not_allowed(column):
    assert column not in RELEASE_COLUMNS
    with pytest.raises(ReleaseError):
        ct.pseudonymise(drawn(), columns=[column])


def test_what_may_be_asked_for_can_be(plain):
    for column in RELEASE_COLUMNS:
        if column in coded().people and column not in plain.columns:
            assert column in ct.pseudonymise(drawn(), columns=[column], k=1).table
    only = ct.pseudonymise(drawn(), columns=[], k=1)
    assert list(only.table.columns) == ["listed_as", "codes"]
    assert ct.pseudonymise(drawn(), columns="sex", k=1).columns == ("sex",)


@pytest.mark.parametrize("k", [0, -1])
def test_k_is_at_least_one(k):
    with pytest.raises(ReleaseError) as caught:
        ct.pseudonymise(drawn(), k=k)
    assert caught.value.code == "bad-k"


def test_small_counts_are_not_told(release):
    cover = drawn().coverage()
    assert ((cover[["pool", "on_list"]] > 0) & (cover[["pool", "on_list"]] < 5)).to_numpy().any(), (
        "nothing to hide"
    )
    told = release.coverage
    assert 40 < len(told) <= len(cover), "rare typed levels are one level"
    for column in ("pool", "on_list"):
        for text in told[column].astype(str):
            if re.fullmatch(r"[\d,]+", text):
                assert int(text.replace(",", "")) not in {1, 2, 3, 4}


def test_the_lookup_holds_who_each_case_is_and_shows_nobody(release):
    lookup = release.lookup
    assert {r: lookup.person_id(r) for r in lookup.references} == drawn().identified.people
    assert not told(repr(lookup), drawn().ids)


def test_the_digest_is_of_the_table(release, plain):
    assert release.facts["list_digest"] == ct.pseudonymise(drawn()).facts["list_digest"]
    assert release.facts["list_digest"] != plain.facts["list_digest"]
    assert release.facts["release_id"] == release.facts["list_digest"][:12]


def test_files_are_not_written_over(plain, tmp_path):
    for write, name in ((plain.to_csv, "list.csv"), (plain.to_excel, "list.xlsx")):
        path = write(tmp_path / name)
        before = path.read_bytes()
        with pytest.raises(OutputError):
            write(path)
        assert path.read_bytes() == before
        write(path, force=True)
        assert path.read_bytes() == before


# -- what was typed ------------------------------------------------------------------------------------


def test_a_typed_value_that_few_people_have_is_not_shown():
    typed = ["Qzx Smith"] * 4 + ["Christian"] * 5 + ["Not recorded"] * 2
    people = pd.DataFrame({"religion": typed, "sex": ["Female"] * 11, "funding": typed})
    shown = publishable(people)
    for name in ("religion", "funding"):
        assert shown[name].value_counts().to_dict() == {
            "Christian": 5,
            "Other (fewer than 5 people each)": 4,
            "Not recorded": 2,
        }
    assert shown["sex"].equals(people["sex"])
    assert people["religion"].iloc[0] == "Qzx Smith", "the pool itself is left alone"
    assert "Qzx Smith" in set(publishable(people, fewest=4)["religion"])


def test_ethnicity_accommodation_and_reason_keep_to_their_lists():
    people = pd.DataFrame(
        {
            "ethnicity": ["White: Qzx", "English, Welsh, Scottish, Northern Irish or British", "Qzx"] * 3,
            "accommodation_status": ["Tenant, says Qzx", "Qzx", ""] * 3,
            "primary_support_reason": ["Physical support: Personal care support", "Qzx", "Not recorded"] * 3,
        }
    )
    shown = publishable(people)
    assert "Qzx" not in shown.to_csv()
    assert set(shown["accommodation_status"]) <= {"Settled: other", "Not recorded", ""}
    assert "Physical support: Personal care support" in set(shown["primary_support_reason"])


def test_typed_values_in_the_pool_come_out_nowhere():
    made = coded()
    few = np.array(made.people.index.isin(drawn().ids[:3]))
    names = [n for n in ("religion", "preferred_language", "marital_status", "funding") if n in made.people]
    assert names

    people = made.people.assign(**{n: np.where(few, "Qzx Smith", made.people[n]) for n in names})
    marked = replace(drawn(), known=replace(drawn().identified, coded=replace(made, people=people)))
    for k in (1, 10):
        release = ct.pseudonymise(marked, columns=names, k=k)
        text = release.table.to_csv() + release.coverage.to_csv() + "\n".join(release.notes)
        assert "Qzx" not in text


def test_the_return_says_what_the_design_decided_and_claims_no_more():
    able = list(coded().drawable.index)
    plan = design().with_fixed_place(able[3], "a family wish").without_person(able[8], "a complaint is open")
    cases = ct.draw(coded(), plan, SEED, on="2026-04-02", reference_seed="tests")
    made = ct.pseudonymise(cases)
    chances = cases.chances().loc[list(cases.identified.drawn.order)]
    assert made.facts["fixed_places"] == made.facts["excluded"] == 1
    assert made.facts["without_chance"] == int((chances <= 0).sum())
    assert made.facts["in_the_draw"] == len(able) - 1
    words = " ".join(note for _, note in note_rows(made))
    assert "1 place was fixed by the design before the draw" in words
    assert "1 person was excluded by the design before the draw" in words
    assert "drawn by lottery from" not in words and "by hand" not in words
    assert "family wish" not in words and "complaint" not in words
    assert "Nobody chose a case by hand." in " ".join(note for _, note in note_rows(ct.pseudonymise(drawn())))
