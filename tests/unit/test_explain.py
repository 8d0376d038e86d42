"""Why somebody is, or is not, on the list: every outcome, by reference and by identifier."""

from __future__ import annotations

import re

import pytest

import casetrack as ct
from casetrack.case_words import one_in
from casetrack.eligibility import REASONS
from casetrack.errors import HistoryError
from life_example import AS_AT, coded, council, design, drawn


@pytest.fixture(scope="module")
def named():
    """A list with a fixed place, an exclusion, somebody held back and one replacement."""
    made = council()
    able = list(coded().drawable.index)
    held = [{"person_id": able[50], "reason": "in court"}]
    pool = ct.find_eligible(ct.read_extract(made.extract, people=made.extras), AS_AT, hold_back=_frame(held))
    plan = (
        design()
        .with_fixed_place(able[3], "asked to take part")
        .without_person(able[8], "a complaint is open")
    )
    cases = ct.draw(ct.code_cohorts(pool), plan, "x", on="2026-04-02", reference_seed="r")
    leaving = next(r for r, p in cases.identified.people.items() if p != able[3])
    return cases.replace(leaving, "moved away", on="2026-04-05", reference_seed="r2"), able


def _frame(rows):
    import pandas as pd

    return pd.DataFrame(rows)


def test_on_the_list(named):
    cases, _ = named
    ref = next(r for r in cases.references if not cases.states[r].in_place_of)
    person = cases.identified.people[ref]
    told = cases.explain(ref)
    assert told.outcome == "on the list"
    assert told == cases.explain(person)
    assert "02/04/2026" in str(told)
    assert "chance of being drawn" in str(told)
    for code in cases.states[ref].codes:
        assert f"{code}, " in str(told)


def test_a_fixed_place(named):
    cases, able = named
    told = str(cases.explain(able[3]))
    assert "fixed place by the design: asked to take part" in told
    assert "The chance of being drawn was certain." in told


def test_left_and_who_came_instead(named):
    cases, _ = named
    decision = next(d for d in cases.history if d.action == "replaced")
    left, came = cases.explain(decision.case), cases.explain(decision.detail["by"]["reference"])
    assert left.outcome == "left the list"
    assert "Left the list on 05/04/2026: moved away." in str(left)
    assert came.outcome == "on the list"
    assert f"on 05/04/2026 in place of case {decision.case}" in str(came)


def test_passed_over_with_the_place_in_the_draws_order(named):
    cases, able = named
    known = cases.identified
    people = [p for p in able if p not in known.people.values() and p not in (able[8], able[50])]
    for person in people[:5]:
        told = cases.explain(person)
        assert told.outcome == "passed over"
        assert f"place {list(known.drawn.order).index(person) + 1:,} of {len(known.drawn.order):,}" in str(
            told
        )
        assert one_in(float(known.drawn.chances[person])) in str(told)


def test_excluded_no_code_and_held_back(named):
    cases, able = named
    assert cases.explain(able[8]).outcome == "excluded"
    assert "a complaint is open" in str(cases.explain(able[8]))
    pool = cases.identified.coded
    uncoded = next(p for p in pool.people.index if p not in pool.drawable.index)
    assert cases.explain(uncoded).outcome == "no code"
    assert cases.explain(able[50]).outcome == "left out"
    assert "in court" in str(cases.explain(able[50]))


def test_every_reason_for_being_left_out(named):
    cases, _ = named
    left = cases.identified.coded.pool.left_out
    seen = set()
    for reason, person in left.reset_index().groupby("reason", observed=True)["person_id"].first().items():
        told = cases.explain(person)
        assert told.outcome == "left out"
        assert REASONS[reason] in str(told)
        seen.add(reason)
    assert len(seen) >= 5


def test_by_any_identifier_and_without_repeating_it(named):
    cases, _ = named
    extract = cases.identified.coded.pool.extract
    ids = extract.identifiers
    for person in (*cases.ids[:5], *list(coded().people.index[:5])):
        mine = ids[ids["person"] == list(extract.people.index).index(person)]["identifier"]
        for identifier in mine:
            told = cases.explain(identifier)
            assert told == cases.explain(person)
            assert identifier not in re.split(r"\W+", str(told))
            assert identifier not in re.split(r"\W+", repr(told) + told._repr_html_())


def test_nobody_is_said_to_be_nobody(named):
    cases, _ = named
    for who in ("no such person", "2222-2222-2", "", "9990000018"):
        with pytest.raises(HistoryError) as caught:
            cases.explain(who)
        assert caught.value.code == "person-unknown"
        assert not who or who not in str(caught.value)


def test_what_is_typed_into_a_reason_is_text_in_a_notebook():
    cases = drawn().replace(drawn().references[0], "<b>declined</b>", on="2026-04-05")
    assert "<b>" not in cases.explain(drawn().references[0])._repr_html_()


def test_chances_in_words():
    words = drawn().chance_summary()
    chances = drawn().chances()
    able = chances[chances > 0]
    assert one_in(float(able.min())) in words
    assert f"{len(able):,} people" in words
    assert "CT02" in words
    assert f"{int((chances == 0).sum())} eligible people have no chance" in words


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0, "none"),
        (1, "certain"),
        (0.5, "50 in 100"),
        (0.25, "1 in 4"),
        (1 / 3, "1 in 3"),
        (1e-5, "1 in 100,000"),
    ],
)
def test_a_chance_as_people_say_it(chance, words):
    assert one_in(chance) == words
