"""Why somebody is, or is not, on the list: every outcome, by reference and by identifier."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import casetrack as ct
from casetrack.errors import HistoryError
from casetrack.lottery.chance_words import one_in
from casetrack.pool.eligibility import REASONS
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
    open_to = cases.reserves(1).query("place == 1")["case_reference"]
    leaving = next(r for r in open_to if cases.identified.people[r] != able[3])
    return cases.replace(leaving, "moved", on="2026-04-05", reference_seed="r2"), able


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
    assert "A place on the list was certain." in told


def test_left_and_who_came_instead(named):
    cases, _ = named
    decision = next(d for d in cases.history if d.action == "replaced")
    left, came = cases.explain(decision.case), cases.explain(decision.detail["by"]["reference"])
    assert left.outcome == "left the list"
    assert "Left the list on 05/04/2026: moved." in str(left)
    assert came.outcome == "on the list"
    assert f"on 05/04/2026 in place of case {decision.case}" in str(came)


def test_passed_over_can_still_come(named):
    cases, able = named
    known = cases.identified
    people = [p for p in able if p not in known.people.values() and p not in (able[8], able[50])]
    for person in people[:5]:
        told = cases.explain(person)
        assert told.outcome == "passed over"
        assert (
            "drawn in proportion to the chances in the draw of being listed as it, so this person can still come"
            in str(told)
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
    leaving = drawn().reserves(1).query("place == 1")["case_reference"].iloc[0]
    told = drawn().replace(leaving, "other: <b>declined</b>", on="2026-04-05").explain(leaving)
    assert "<b>declined</b>" in str(told) and "<b>" not in told._repr_html_()


def chosen_by(plan):
    return ct.draw(coded(), plan, "x", on="2026-04-02", reference_seed="r")


def drawable(column=None):
    people = coded().drawable
    return people if column is None else people[column]


def with_code(code):
    return list(drawable().index[drawable(code)])


def test_who_came_is_told_by_which_step_and_a_place_that_nobody_can_take_stays_empty():
    young = with_code("CT02")
    plan = ct.Design(size=50).with_fixed_places(dict.fromkeys(young, "all of them"))
    cases = chosen_by(plan)
    leaving = next(r for r, s in cases.states.items() if s.listed_as == "CT02")
    after = cases.replace(leaving, "declined", on="2026-04-05", reference_seed="r2")
    assert len(after) == 49 and after.history[-1].detail["by"] is None
    leaving = next(r for r, s in after.states.items() if s.on_list and s.listed_as == "CT06")
    again = after.replace(leaving, "moved", on="2026-04-06", reference_seed="r3")
    (came,) = [r for r, s in again.states.items() if s.in_place_of == leaving]
    assert again.states[came].listed_as == "CT06"
    told = str(again.explain(came))
    assert (
        "waiting who hold CT06, in proportion to their chances in the draw to be listed as it, on step 1 of the ladder"
        in told
    )
    assert "The chance of coming was " in told


def test_somebody_whom_a_quota_shuts_out_hears_which():
    cases = chosen_by(ct.Design(size=50).with_quota("age_band", "18 to 24", max=0))
    young = drawable().index[drawable("age_band") == "18 to 24"][0]
    told = cases.explain(young)
    assert told.outcome == "without a chance"
    assert "The design left this person no chance of being drawn." in str(told)
    assert 'With them on the list, this could not be kept: at most 0 for age band "18 to 24".' in str(told)
    assert "Who had no chance in the draw never comes into this list." in str(told)
    assert "fixed place" not in str(told)
    assert "did not draw" not in str(told)


def test_quotas_that_shut_out_only_together_are_all_named():
    plan = ct.Design(size=10, at_most={}).with_quota("CT02", min=7).with_quota("CT04", min=6)
    cases = chosen_by(plan)
    plain = drawable().index[~drawable("CT02") & ~drawable("CT04")][0]
    assert chances_of(cases)[plain] == 0
    assert "these could not all be kept: at least 7 for CT02 (young people" in str(cases.explain(plain))
    assert "and at least 6 for CT04 (people with" in str(cases.explain(plain))


def test_a_limit_that_a_fixed_place_fills_is_named():
    group = drawable("linked_group")
    one, other = group.index[group == "link 1"]
    told = str(chosen_by(ct.Design(size=50).with_fixed_place(one, "asked")).explain(other))
    assert (
        "With them and the 1 fixed place on the list, this could not be kept: the limit of 1 among people"
        in told
    )
    assert "never comes into this list" in told


def test_when_every_place_is_fixed_the_others_hear_so():
    people = list(drawable().index)
    cases = chosen_by(ct.Design(size=2).with_fixed_places(dict.fromkeys(people[:2], "asked")))
    assert "Every place is fixed by the design." in str(cases.explain(people[9]))
    assert "A place on the list was certain." in str(cases.explain(people[0]))
    assert (
        "2 places are fixed by the design. No place is left for the other 237 people"
        in cases.chance_summary()
    )


# -- everyone's chance ---------------------------------------------------------------------------------


def chances_of(cases):
    return cases.chances().loc[list(cases.identified.drawn.order)]


def test_chances_in_words():
    words = drawn().chance_summary()
    able = chances_of(drawn())
    able = able[(able > 0) & (able < 1)]
    assert f"The lowest chance is {one_in(float(able.min()))}" in words
    assert f"the highest is {one_in(float(able.max()))}" in words
    assert "Equal would be 21 in 100 for each of the 239 people in the draw." in words
    uncoded = len(coded().people) - len(coded().drawable)
    assert f"{uncoded} eligible people without a cohort code cannot be drawn." in words
    assert " × " not in words and "_" not in words


def test_equal_chances_are_said_to_be_equal():
    words = chosen_by(ct.Design(size=50, at_most={})).chance_summary()
    assert words.startswith(
        "Equal would be 21 in 100 for each of the 239 people in the draw. Everyone has this chance."
    )


def test_who_is_certain_because_of_a_quota_is_counted_apart_from_fixed_places():
    other = next(p for p in drawable().index if not drawable("CT02")[p])
    plan = ct.Design(size=50, at_most={}).with_quota("CT02", min=7).with_fixed_place(other, "asked")
    cases = chosen_by(plan)
    # Their chance, 2 in 11 but for a ticket, lies where two ways of saying it meet.
    words = cases.chance_summary().replace("have 18 in 100", "have 18.2 in 100")
    assert words.startswith(
        "1 place is fixed by the design. For the other places equal would be 20.6 in 100 for each of the 238 people in "
        "the draw. 7 people are certain to be on the list, because of the quota for CT02 (young people who have "
        "transitioned to adult services). The other 231 people with a chance have 18.2 in 100, because the quotas give "
        "more places to others."
    )
    told = str(cases.explain(with_code("CT02")[0]))
    assert "A place on the list was certain, because of the quota for CT02 (young people" in told
    assert "A place on the list was certain.\n" in str(cases.explain(other))


def test_when_the_quotas_leave_one_list_only_the_others_are_counted():
    words = chosen_by(ct.Design(size=7, at_most={}).with_quota("CT02", min=7)).chance_summary()
    assert "Everyone" not in words
    assert (
        "Equal would be 1 in 34 for each of the 239 people in the draw. The quotas leave only 7 people a chance, and all "
        "of them are on the list; the 232 others have none. Nothing was left to chance."
    ) in words


def test_who_has_no_chance_counts_in_what_equal_would_be():
    words = chosen_by(ct.Design(size=5, at_most={}).with_quota("CT02", min=5)).chance_summary()
    assert words.startswith(
        "Equal would be 1 in 48 for each of the 239 people in the draw. The 7 people with a chance have 71 in 100, "
        "because of the quota for CT02 (young people who have transitioned to adult services). The quotas leave 232 "
        "people in the draw no chance."
    )


def test_the_reason_is_that_of_those_with_the_highest_and_the_lowest_chance():
    plan = ct.Design(size=50, at_most={}).with_quota("CT02", min=5).with_quota("CT01", max=10)
    words = chosen_by(plan).chance_summary()
    lowest, highest = words.split("The lowest chance is ")[1].split(" the highest is ")
    assert "because of the quota for CT01 (older people)" in lowest
    assert "CT02" in highest and "CT01" not in highest


def test_what_does_not_concern_them_is_not_named():
    # The two quotas never meet in one person: the highest chance has one reason.
    apart = drawable("CT02") & (drawable("age_band") == "95 and over")
    assert not apart.any()
    plan = (
        ct.Design(size=50, at_most={}).with_quota("CT02", min=6).with_quota("age_band", "95 and over", min=2)
    )
    highest = chosen_by(plan).chance_summary().split("the highest is ")[1]
    assert highest.startswith("86 in 100, because of the quota for CT02 (")
    assert "95 and over" not in highest


def test_a_quota_met_exactly_is_named_the_way_it_works():
    bands = {
        "18 to 24": 3,
        "25 to 44": 8,
        "45 to 64": 11,
        "65 to 74": 10,
        "75 to 84": 9,
        "85 to 94": 7,
        "95 and over": 2,
    }
    plan = ct.Design(size=50, at_most={})
    for band, number in bands.items():
        plan = plan.with_quota("age_band", band, min=number, max=number)
    words = chosen_by(plan).chance_summary()
    assert 'The lowest chance is 18.4 in 100, because of the quota for age band "85 to 94";' in words
    assert 'the highest is 1 in 2, because of the quota for age band "95 and over".' in words
    assert "25 to 44" not in words


def test_a_limit_is_named_once():
    words = chosen_by(ct.Design(size=30, at_most={"team": 3})).chance_summary()
    assert words.count("team") == 1
    lowest = words.split("The lowest chance is ")[1].split(";")[0]
    assert "because of the limit of 3 per team" in lowest
    assert "one value" not in words


def test_a_combination_is_said_as_people_say_it():
    plan = ct.Design(size=50, at_most={}).with_combination({"CT07": "yes", "sex": "Male"}, min=12)
    words = chosen_by(plan).chance_summary()
    assert 'because of the quota for CT07 and sex "Male".' in words
    plan = plan.with_combination({"CT07": "no", "age_band": "95 and over"}, min=4)
    words = chosen_by(plan).chance_summary()
    assert 'because of the quota for not CT07 and age band "95 and over"' in words


def test_two_reasons_of_which_one_is_a_combination_are_kept_apart():
    plan = ct.Design(size=50, at_most={}).with_combination({"CT07": "yes", "sex": "Male"}, min=10)
    words = chosen_by(plan.with_quota("age_band", "25 to 44", min=12)).chance_summary()
    assert 'because of the quota for CT07 and sex "Male" and the quota for age band "25 to 44".' in words


def test_the_reason_given_for_many_is_one_that_all_of_them_share():
    plan = ct.Design(size=50, at_most={}).with_quota("CT02", min=7).with_quota("CT04", min=10)
    assert (drawable("CT02") & drawable("CT04")).any()
    certain = chosen_by(plan).chance_summary().split("certain to be on the list, ")[1].split(". ")[0]
    assert certain == "because of the quota for CT02 (young people who have transitioned to adult services)"


@pytest.mark.parametrize(
    ("oldest", "words"),
    [
        (5, '1 in 2, because of the quota for CT03 and age band "85 to 94"'),
        # With more of them asked for, the few who are not held down by the other quota would be certain but for the cap.
        (7, '87 in 100, because of the quota for age band "85 to 94"'),
    ],
)
def test_a_minimum_of_people_who_stay_below_equal_is_a_reason_only_where_there_is_no_other(oldest, words):
    plan = (
        ct.Design(size=50, at_most={})
        .with_quota("CT01", max=10)
        .with_quota("age_band", "85 to 94", min=oldest)
    )
    cases = chosen_by(plan.with_combination({"CT03": "yes", "age_band": "85 to 94"}, min=2))
    raised = cases.identified.drawn.multipliers.set_index("value")["multiplier"]
    assert raised["85 to 94"] > 0
    assert cases.chance_summary().split("the highest is ")[1].split(". ")[0] == words


def with_multipliers(cases, change):
    """The same list as a solver might have it that shares out its multipliers differently."""
    known = cases.identified
    table = known.drawn.multipliers
    drawn_so = replace(known.drawn, multipliers=table.assign(multiplier=change(table)))
    return replace(cases, known=replace(known, draw_again=lambda: drawn_so))


@pytest.mark.parametrize("shift", [-9.0, 0.0, 9.0])
def test_where_every_level_is_exact_only_the_chances_tell_the_way(shift):
    plan = ct.Design(size=50, at_most={})
    for level, number in {"Female": 20, "Male": 29, "Other": 1}.items():
        plan = plan.with_quota("sex", level, min=number, max=number)
    cases = with_multipliers(chosen_by(plan), lambda table: table["multiplier"] + shift)
    assert (
        '1 person is certain to be on the list, because of the quota for sex "Other". The lowest chance is 16 in 100, '
        'because of the quota for sex "Female"; the highest is 26 in 100, because of the quota for sex "Male".'
    ) in cases.chance_summary()


def test_a_quota_that_holds_of_itself_is_no_reason_beside_one_that_moves_chances():
    young = with_code("CT02")
    band = set(drawable("age_band").loc[young])
    assert len(band) == 1
    pair = {"CT02": "yes", "age_band": band.pop()}
    plan = ct.Design(size=50, at_most={}).with_quota("CT02", min=6).with_combination(pair, min=6)
    cases = with_multipliers(chosen_by(plan), lambda table: [1.0, 0.0])
    highest = cases.chance_summary().split("the highest is ")[1]
    because = "because of the quota for CT02 (young people who have transitioned to adult services)"
    assert highest.split(". ")[0] == f"86 in 100, {because}"


def test_many_reasons_are_shortened_and_counted():
    plan = ct.Design(size=50, at_most={})
    for code, number in {"CT02": 7, "CT03": 14}.items():
        plan = plan.with_quota(code, min=number)
    for band in ("18 to 24", "95 and over"):
        plan = plan.with_quota("age_band", band, min=int((drawable("age_band") == band).sum()))
    plan = plan.with_quota("sex", "Other", min=1)
    certain = (
        chosen_by(plan).chance_summary().split("certain to be on the list, because of ")[1].split(". ")[0]
    )
    assert certain == 'the quotas for CT02, CT03, age band "18 to 24", age band "95 and over" or sex "Other"'


@pytest.mark.parametrize(
    ("chance", "words"),
    [
        (0, "none"),
        (1, "certain"),
        (1 - 1e-12, "certain"),
        (1 - 1e-8, "more than 99 in 100"),
        (0.5, "1 in 2"),
        (0.25, "1 in 4"),
        (1 / 3, "1 in 3"),
        (0.35, "35 in 100"),
        (0.39, "39 in 100"),
        (0.4, "40 in 100"),
        (0.41, "41 in 100"),
        (0.104, "10.4 in 100"),
        (0.99, "99 in 100"),
        (0.996, "more than 99 in 100"),
        (0.9999, "more than 99 in 100"),
        (1e-5, "1 in 100,000"),
    ],
)
def test_a_chance_as_people_say_it(chance, words):
    assert one_in(chance) == words


def test_no_chance_is_said_as_another():
    for number in range(1, 991):
        chance = number / 1000
        count, among = one_in(chance).split(" in ")
        assert abs(float(count) / float(among.replace(",", "")) / chance - 1) <= 0.05, chance
