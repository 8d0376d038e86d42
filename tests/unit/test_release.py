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
from casetrack.errors import HistoryError, OutputError, ReleaseError
from casetrack.release.return_words import note_rows
from casetrack.synthetic import make_council
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
    assert list(plain.columns) == ["age_band", "sex", "ethnic_group"]
    people = coded().people.loc[list(drawn().ids)]
    assert list(plain.table["age_band"]) == list(people["age_band"])


def test_everyone_who_would_be_shown_alike_weighs_k_times_the_likeliest(release):
    texts = release.rule.labels()
    frame = release.rule.frame
    weights = pd.Series(frame.parts, dtype=object).groupby([texts[c] for c in texts], sort=False)
    outside = dict(release.exceptions)
    for reference, row in release.table.iterrows():
        if reference in outside:
            continue
        group = list(weights.get_group(tuple(row)))
        assert sum(group) >= 10 * max(group)
        assert len(group) == release.weighed.loc[reference, "people"]
        assert sum(group) / max(group) == pytest.approx(release.weighed.loc[reference, "one_in"])
    alone = release.table.loc[list(outside)].drop(columns="listed_as")
    assert (alone == "Withheld").all(axis=None)


def test_the_sentences_follow_the_rule_the_design_and_what_was_done_by_hand():
    pool = coded()
    ids = list(pool.drawable.index)[:3]
    reviewed = replace(pool.pool, rule=replace(pool.pool.rule, count_reviews=True))
    for pool_now, design_now, words in (
        (pool, ct.Design(size=6), "no numbers were set for any group"),
        (pool, ct.Design(size=6).with_quota("CT06", min=1), "set numbers hold for the cohorts, so that"),
        (replace(pool, pool=reviewed), ct.Design(size=6), "had an assessment or a review completed"),
        (
            pool,
            ct.Design(size=3).with_fixed_places(dict.fromkeys(ids, "agreed")),
            "No place was drawn by lottery",
        ),
    ):
        made = ct.pseudonymise(ct.draw(pool_now, design_now, "a seed", key=bytes(range(32))))
        assert words in "\n".join(text for _, text in note_rows(made)), words
    fixed = ct.draw(
        pool,
        ct.Design(size=6).with_fixed_places(dict.fromkeys(ids, "agreed")),
        "a seed",
        key=bytes(range(32)),
    )
    assert "except in fewer than 5 rows of fixed places" in "\n".join(ct.pseudonymise(fixed, k=1).notes)


def test_what_is_promised_is_what_is_counted(release, plain):
    words = "\n".join(release.notes)
    assert "no one person is likelier than 1 in 10 to be a given case" in words
    guesses = release.rule.right_guesses
    assert f"name rightly {guesses:.1f} of the 50 cases that were drawn (1 in 10 would be 5)" in words
    left = release.exceptions
    told = re.search(r"except in (\d+) rows? listed as", words)
    assert (int(told[1]) if told else 0) == len(left)
    assert release.readers["rule"] == pytest.approx(release.rule.right_guesses, abs=0.01)
    assert "Nothing was made coarser" in "\n".join(plain.notes)
    for claim in ("at most 1 in", "look like", "looks like", "whatever is known", "point at no record"):
        assert claim not in words


def test_the_rule_looks_at_no_list(release):
    other = ct.pseudonymise(ct.draw(coded(), design(), "another seed", on="2026-04-02"))
    assert other.facts_on_record["rule"] == release.facts_on_record["rule"]
    assert other.coverage.equals(release.coverage)
    assert list(other.table.index) != list(release.table.index)


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


def test_the_coverage_counts_no_list(release):
    assert list(release.coverage.columns[:3]) == ["characteristic", "level", "eligible"]
    mine = release.coverage[release.coverage["characteristic"] == "sex"]
    chances = drawn().chances()
    for row in mine.itertuples():
        holds = coded().people["sex"].isin(row.level.split("; "))
        assert row.places == f"{chances[holds[holds].index].sum():.1f}"
        assert int(row.eligible.replace(",", "")) % 10 == 0


# -- the ledger ----------------------------------------------------------------------------------------


def test_a_list_has_one_release_rule(release):
    cases = drawn().record_release(release.facts_on_record, on="2026-04-03")
    again = ct.pseudonymise(cases)
    assert again.facts_on_record == release.facts_on_record
    for other in ({"columns": ["sex"]}, {"k": 5}, {"join_codes": True}, {"weights": {"sex": 3.0}}):
        with pytest.raises(ReleaseError) as caught:
            ct.pseudonymise(cases, **other)
        assert caught.value.code == "another-release-rule"
    twice = cases.record_release(again.facts_on_record, on="2026-04-04")
    assert twice.ledger["number"].tolist() == [1, 2]
    assert twice.ledger["before"].tolist() == ["", twice.history[-2].digest]
    with pytest.raises(ReleaseError):
        cases.record_release(ct.pseudonymise(drawn(), columns=["sex"]).facts_on_record, on="2026-04-04")


def test_who_comes_later_shows_the_code_alone(release):
    cases = drawn().record_release(release.facts_on_record, on="2026-04-03")
    leaving = cases.references[7]
    after = cases.replace(leaving, "moved", on="2026-04-05")
    later = ct.pseudonymise(after)
    came = next(r for r in after.references if r not in cases.references)
    stayed = [r for r in after.references if r != came]
    assert later.table.loc[stayed].equals(release.table.loc[stayed])
    assert set(later.table.loc[came].drop("listed_as")) == {"Withheld"}
    assert later.exceptions[came] == "came after the first release"
    assert later.coverage.equals(release.coverage)
    assert any("people who came later" in note for note in later.notes)


def test_joined_codes_bring_every_code_to_k():
    council = make_council(people=330, seed=5)
    pool = ct.code_cohorts(ct.find_eligible(ct.read_extract(council.extract), "2026-03-31"))
    cases = ct.draw(pool, ct.Design.suggest(pool, size=40), "s", on="2026-04-02")
    alone, joined = ct.pseudonymise(cases), ct.pseudonymise(cases, join_codes=True)
    assert len(alone.exceptions), "the pool is too easy to show anything"
    assert not len(joined.exceptions)
    assert joined.table["listed_as"].str.contains(" or ").any()
    true = cases.cases["listed_as"]
    assert all(code in shown for code, shown in zip(true, joined.table["listed_as"], strict=True))


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
    words = " ".join(note for _, note in note_rows(made))
    assert "Fewer than 5 places were fixed by the design before the draw" in words
    assert "Fewer than 5 people were excluded by the design before the draw" in words
    fixed = next(r for r, p in cases.identified.people.items() if p == able[3])
    assert made.exceptions[fixed] == "a fixed place"
    assert set(made.table.loc[fixed].drop("listed_as")) == {"Withheld"}
    assert "drawn by lottery from" not in words and "by hand" not in words
    assert "family wish" not in words and "complaint" not in words
    assert "Nobody chose a case by hand." in " ".join(note for _, note in note_rows(ct.pseudonymise(drawn())))


def test_the_annex_is_filled_in_from_the_manifest(release):
    cases = drawn().record_release(release.facts_on_record, on="2026-04-03")
    annex = ct.Manifest.of(cases, release).dpia_annex()
    assert f"{release.rule.right_guesses:.1f} of 50" in annex
    assert f"People who could be drawn: {release.rule.frame.people}" in annex
    assert release.facts_on_record["rule"][:12] in annex
    assert not told(annex, {*coded().pool.extract.people.index})
    assert not any(reference in annex for reference in release.table.index)
    with pytest.raises(HistoryError) as caught:
        ct.Manifest.of(cases).dpia_annex()
    assert caught.value.code == "not-released"
