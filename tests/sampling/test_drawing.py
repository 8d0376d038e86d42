"""Drawing by a design: whatever it asks holds on the list, and nothing but seed, design and pool decides."""

from __future__ import annotations

import numpy as np
import pytest
from believable import CODES, Coded, coded_pool
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.designs.design import Design, Quota
from casetrack.designs.drawing import draw_design, draw_prepared, prepare_design
from casetrack.designs.nearest import shortfall_of
from casetrack.errors import DesignError, InfeasibleDesignError
from casetrack.testing import designs
from share import examples


def able_in(coded):
    return coded.people[coded.people[list(CODES)].any(axis=1)]


def holds(coded, design, chosen):
    people = coded.people.loc[list(chosen)]
    people = people.assign(
        **{code: people[code].map({True: "yes", False: "no"}) for code in coded.code_names}
    )
    for one in design.combinations:
        people[one.label[0]] = people[sorted(one.of)].agg(" × ".join, axis=1)
    for (feature, value), quota in design.quotas().items():
        count = int((people[feature] == value).sum())
        if count < quota.min or (quota.max is not None and count > quota.max):
            return False
    return all(
        (people[column][people[column] != ""].value_counts() <= most).all()
        for column, most in design.at_most.items()
    )


@settings(deadline=None, max_examples=examples(4))
@given(st.integers(20, 220), st.integers(0, 9), st.sampled_from([4, 9]), st.data())
def test_everything_a_design_asks_holds_or_the_draw_is_refused(people, seed, teams, data):
    coded = coded_pool(people, seed, teams)
    design = data.draw(designs(coded))
    if shortfall_of(design, coded) is not None:
        with pytest.raises(InfeasibleDesignError) as caught:
            draw_design(coded, design, "2 April 2026")
        design = caught.value.shortfall.nearest_design
    drawn = draw_design(coded, design, "2 April 2026")
    able = able_in(coded).index.difference(list(design.exclude))
    if len(able) <= design.size:
        assert set(drawn.chosen) == set(able)
    else:
        assert len(set(drawn.chosen)) == len(drawn.chosen) == design.size
        assert holds(coded, design, drawn.chosen)
    assert set(design.must_include) <= set(drawn.chosen)
    assert not set(design.exclude) & set(drawn.chosen)
    assert set(drawn.order) == set(able)
    assert list(drawn.chosen) == sorted(drawn.chosen) == list(drawn.listed_as.index)
    assert drawn.certificate.holds
    assert (drawn.weights.sum(axis=1) - drawn.chances).abs().max() < 1e-12
    assert not (drawn.weights.to_numpy()[~coded.people[list(CODES)].to_numpy(bool)] > 0).any()
    assert drawn.chances.sum() == pytest.approx(len(drawn.chosen), abs=1e-6)
    assert drawn.chances.between(0, 1 + 1e-9).all()
    assert (drawn.chances.loc[list(drawn.chosen)] > 0).all()
    assert (drawn.chances.loc[coded.people.index.difference(able)] == 0).all()
    assert all(coded.people.loc[person, code] for person, code in drawn.listed_as.items())
    table = drawn.quota_table.set_index(["feature", "value"])
    assert (table["on_list"] >= table["min"]).all()
    if len(able) > design.size:
        assert (table["on_list"] <= table["max"].fillna(design.size)).all()


def test_the_seed_the_design_and_the_pool_decide_and_the_order_of_rows_does_not():
    coded = coded_pool(400, teams=5)
    design = Design.suggest(coded, size=20, balance=False)
    one = draw_design(coded, design, "Northshire")
    turned = np.random.default_rng(3).permutation(len(coded.people))
    two = draw_design(Coded(coded.people.iloc[turned], digest=coded.digest), design, " Northshire ")
    assert one.chosen == two.chosen
    assert one.order == two.order
    assert one.listed_as.to_dict() == two.listed_as.to_dict()
    assert two.chances.loc[one.chances.index].to_numpy() == pytest.approx(one.chances.to_numpy(), abs=1e-9)
    others = [
        draw_design(coded, design, "Southshire"),
        draw_design(coded, design.with_at_most("team", 19), "Northshire"),
        draw_design(Coded(coded.people, digest="another"), design, "Northshire"),
        draw_design(Coded(coded.people, digest=coded.digest, edition="2030-01"), design, "Northshire"),
    ]
    assert len({one.lottery.digest, *(other.lottery.digest for other in others)}) == 4, (
        "a seed is no part of it"
    )
    assert len({one.order, *(other.order for other in others)}) == 5
    assert one.chosen != others[0].chosen


def test_the_list_is_another_with_another_key_and_the_same_with_its_number():
    coded = coded_pool(400, teams=5)
    design = Design.suggest(coded, size=20, balance=False)
    key, other = bytes(32), bytes(range(32))
    one, two = (draw_prepared(prepare_design(coded, design, k), "x", number=4_817_203) for k in (key, other))
    assert one.number == two.number == 4_817_203
    assert one.chosen != two.chosen
    assert one.lottery.digest != two.lottery.digest
    assert one.chances.equals(two.chances), "the key decides who comes together, never how often anybody does"
    assert draw_design(coded, design, "x", key).chosen == draw_design(coded, design, "x", key).chosen
    for number in (-1, 10_000_000):
        with pytest.raises(DesignError, match="list-number"):
            draw_prepared(one.lottery, "x", number)
    with pytest.raises(DesignError, match="key-form"):
        prepare_design(coded, design, b"short")


def test_reasons_do_not_change_a_draw():
    coded = coded_pool(300)
    design = Design.suggest(coded, size=20, balance=False)
    assert (
        draw_design(coded, design, "x").chosen
        == draw_design(coded, design.with_reasons({"CT01": "?"}), "x").chosen
    )


def test_a_small_pool_is_drawn_whole_and_says_so():
    coded = coded_pool(30)
    drawn = draw_design(coded, Design.suggest(coded, balance=False), "x")
    assert set(drawn.chosen) == set(able_in(coded).index)
    assert "the list is everyone" in drawn.notes[0]
    assert drawn.floor == 1.0
    assert drawn.chances.loc[list(drawn.chosen)].eq(1.0).all()


def test_a_list_of_fixed_places_only():
    coded = coded_pool(100)
    named = able_in(coded).index[:3]
    drawn = draw_design(coded, Design(size=3, at_most={}, must_include=dict.fromkeys(named, "wanted")), "x")
    assert set(drawn.chosen) == set(named)
    assert drawn.chances.sum() == 3


def test_limits_of_many_values_are_kept_and_part_of_the_published_chances():
    coded = coded_pool(400, teams=5)
    design = Design(size=40, at_most={"linked_group": 1, "lead_professional": 1})
    for number in range(6):
        drawn = draw_design(coded, design, f"seed {number}")
        people = coded.people.loc[list(drawn.chosen)]
        assert people["lead_professional"].is_unique
        assert people["linked_group"][people["linked_group"] != ""].is_unique
    assert not any("limit" in note for note in drawn.notes)


def test_nobody_is_promised_places_that_a_limit_takes_away():
    coded = coded_pool(400)
    people = coded.people.assign(team=[f"Team {max(0, row - 240) // 20}" for row in range(400)])
    drawn = draw_design(Coded(people), Design(size=40, at_most={"team": 9}), "x")
    promised = drawn.chances.groupby(people["team"]).sum()
    assert promised.max() <= 9 + 1e-8, "an equal share of the largest team would be 26 of 40 places"
    assert drawn.chances.sum() == pytest.approx(40)


def test_people_who_share_a_limit_are_drawn_as_often_as_published():
    """Every second person is linked to another: at most one of each two, and the lottery knows."""
    coded = coded_pool(60)
    people = coded.people.copy()
    people["linked_group"] = [f"L{row // 2}" if row % 4 < 2 else "" for row in range(len(people))]
    pool, design = Coded(people), Design(size=12, at_most={"linked_group": 1})
    lottery = prepare_design(pool, design)
    drawn = [draw_prepared(lottery, f"seed {number}") for number in range(200)]
    linked = people.index[people["linked_group"] != ""]
    listed = np.array([len(set(one.chosen) & set(linked)) for one in drawn])
    promised = float(drawn[0].chances[linked].sum())
    assert abs(listed.mean() - promised) < 4 * listed.std() / np.sqrt(len(listed)) + 1e-9
    assert all(one.certificate.holds for one in drawn)


def test_limits_that_leave_few_ways_are_still_met():
    """Twenty workers with some ten people each, a list of twenty: exactly one from each worker."""
    coded = coded_pool(240, teams=4)
    people = coded.people.copy()
    people["lead_professional"] = [f"Worker {number % 20}" for number in range(len(people))]
    design = Design(size=20, at_most={"worker": 1}, codes={"CT02": Quota(min=3), "CT07": Quota(min=4)})
    drawn = draw_design(Coded(people), design, "x")
    assert people.loc[list(drawn.chosen), "lead_professional"].is_unique
    assert len(drawn.chosen) == 20


def test_someone_linked_to_a_fixed_place_is_shut_out_and_counted():
    coded = coded_pool(900)
    able = able_in(coded)
    pairs = able[able["linked_group"] != ""].groupby("linked_group").filter(lambda group: len(group) == 2)
    one, other = pairs.index[pairs["linked_group"] == pairs["linked_group"].iloc[0]]
    drawn = draw_design(coded, Design(size=50).with_fixed_place(one, "wanted"), "x")
    assert one in drawn.chosen
    assert drawn.chances[other] == 0
    assert any("shut out because a fixed place" in note for note in drawn.notes)


def test_nothing_shown_of_a_draw_names_a_person():
    coded = coded_pool(300)
    named = able_in(coded).index
    design = Design(size=20).with_fixed_place(named[0], "wanted").without_person(named[1], "moved")
    drawn = draw_design(coded, design, "x")
    shown = " ".join([repr(drawn), *drawn.notes, drawn.quota_table.to_csv(), drawn.multipliers.to_csv()])
    assert not any(person in shown for person in coded.people.index)


def test_an_empty_seed_and_a_clash_are_refused():
    coded = coded_pool(300)
    with pytest.raises(DesignError, match="no-seed"):
        draw_design(coded, Design(size=20), "  ")
    with pytest.raises(InfeasibleDesignError) as caught:
        draw_design(coded, Design(size=20, codes={"CT02": Quota(min=20)}), "x")
    assert draw_design(coded, caught.value.shortfall.nearest_design, "x").chosen
