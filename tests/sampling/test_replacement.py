"""Replacements: the ladder against plain loops, everyone's chance to come, and ten in a row that never stick."""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter

import pytest
from believable import coded_pool
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.designs.among import HIDDEN_AMONG as ENOUGH
from casetrack.designs.design import Design
from casetrack.designs.drawing import draw_design
from casetrack.designs.replacement import STEPS, Line, Replacement, reserves
from casetrack.errors import InfeasibleDesignError, UsageError
from share import examples

KEY = b"r" * 32


@functools.cache
def drawn(people=400, seed=1, size=40, teams=0):
    coded = coded_pool(people, seed=seed, teams=teams)
    design = Design.suggest(coded, size=size)
    if teams:
        design = design.with_at_most("team", 8)
    return draw_design(coded, design, "x", key=KEY), design, coded


def within(value, low, high, before):
    return min(low, before) <= value <= max(high, before)


def who_could_come(found, design, coded, kept, leaving, gone, code):
    """The step and the people, in plain Python."""
    people = coded.people
    weights = found.weights[code]
    line = [
        p
        for p in people.index
        if people[code][p] and weights[p] > 0 and p not in kept and p != leaving and p not in gone
    ]
    for column, most in design.at_most.items():
        if column in people:
            taken = Counter(v for v in people[column][kept] if v)
            line = [p for p in line if not people[column][p] or taken[people[column][p]] < most]

    def count(group, feature, value):
        return sum(bool(people[feature][p]) if value == "yes" else people[feature][p] == value for p in group)

    for step in (1, 2, 3):
        apart = 1 if step < 3 else 2
        able = []
        for p in line:
            good = True
            for code_name, quota in design.codes.items():
                value, before = count([*kept, p], code_name, "yes"), count([*kept, leaving], code_name, "yes")
                good &= within(value, quota.min, quota.max or design.size, before)
            for name in {**design.characteristics, **design.balance}:
                own, levels = design.characteristics.get(name, {}), design.balance.get(name, {})
                for level in {**own, **levels}:
                    value, before = count([*kept, p], name, level), count([*kept, leaving], name, level)
                    low = own[level].min if level in own else 0
                    high = design.size
                    if level in levels:
                        low, high = (
                            max(low - (step - 1), levels[level].min - apart),
                            levels[level].max + apart,
                        )
                    elif step > 1:
                        low -= 1
                    good &= within(value, low, high, before)
            if good:
                able.append(p)
        total = sum(weights[p] for p in able)
        if len(able) >= ENOUGH and total >= ENOUGH * max(weights[p] for p in able) * (1 - 1e-9):
            return step, sorted(able)
    return 4, sorted(line)


@settings(max_examples=examples(4), deadline=None)
@given(st.integers(1, 3), st.integers(0, 39), st.lists(st.integers(0, 39), max_size=4, unique=True))
def test_who_could_come_is_as_plain_loops_say(seed, leaves, before):
    found, design, coded = drawn(250, seed, 40, teams=9)
    listed = dict(found.listed_as.items())
    people = list(listed)
    leaving = people[leaves]
    gone = [people[number] for number in before if number != leaves]
    kept = [p for p in people if p != leaving and p not in gone]
    line = Line(found, design)
    step, could, _ = line.could_come(kept, leaving, gone, listed[leaving])
    expected = who_could_come(found, design, coded, kept, leaving, gone, listed[leaving])
    assert (step, sorted(line.people.index[could])) == expected


def test_ten_leave_in_a_row_and_nobody_comes_back():
    for seed in (1, 2):
        found, design, coded = drawn(500, seed)
        line, listed, gone = Line(found, design), dict(found.listed_as.items()), []
        for turn in range(10):
            leaving = sorted(listed)[(7 * turn) % len(listed)]
            code = listed.pop(leaving)
            came = line.next(list(listed), leaving, gone, code)
            gone.append(leaving)
            assert came.person_id not in gone and came.person_id not in listed
            assert came.listed_as == code and bool(coded.people[code][came.person_id])
            assert came.step == 4 or came.could_come >= ENOUGH
            listed[came.person_id] = code
        assert len(listed) == design.size


def test_everyones_chance_to_come_is_known_and_kept():
    """Over many keys people come as often as their chances say."""
    found, design, coded = drawn(150, 4, 20)
    listed = dict(found.listed_as.items())
    code = min(set(listed.values()), key=lambda c: (int(coded.people[c].sum()), c))
    leaving = next(p for p, c in listed.items() if c == code)
    kept = [p for p in listed if p != leaving]
    told = Line(found, design).chances(kept, leaving, [], code)["chance"]
    assert told.sum() == pytest.approx(1)
    came: Counter[str] = Counter()
    prepared = found.lottery.prepared
    for number in range(300):
        lottery = dataclasses.replace(prepared.lottery, key=number.to_bytes(32, "big"))
        other = dataclasses.replace(
            found,
            lottery=dataclasses.replace(
                found.lottery, prepared=dataclasses.replace(prepared, lottery=lottery)
            ),
        )
        came[Line(other, design).next(kept, leaving, [], code).person_id] += 1
    distance = sum((came[p] - 300 * told[p]) ** 2 / (300 * told[p]) for p in told.index)
    # Chi-square with that many people: its mean and four standard deviations.
    assert distance < len(told) - 1 + 4 * (2 * len(told)) ** 0.5


def test_the_order_of_rows_changes_nobody():
    found, design, coded = drawn(300, 2)
    shuffled = dataclasses.replace(coded, people=coded.people.sample(frac=1, random_state=3))
    again = draw_design(shuffled, design, "x", key=KEY)
    listed = dict(found.listed_as.items())
    assert dict(again.listed_as.items()) == listed
    one = reserves(found, design, listed, 2)
    assert one.equals(reserves(again, design, listed, 2))
    assert one["place"].max() == 2


def test_nobody_left_who_holds_the_code():
    found, design, coded = drawn(300, 2)
    listed = dict(found.listed_as.items())
    leaving = next(iter(listed))
    code = listed[leaving]
    everybody = [p for p in coded.people.index if p not in listed]
    with pytest.raises(InfeasibleDesignError, match="nobody-left"):
        Line(found, design).next([p for p in listed if p != leaving], leaving, everybody, code)


def test_wrong_calls_are_told():
    found, design, _ = drawn(300, 2)
    listed = list(found.listed_as.index)
    with pytest.raises(UsageError, match="kept-and-gone"):
        Line(found, design).next(listed, listed[0], [], "CT01")
    with pytest.raises(UsageError, match="unknown-person"):
        Line(found, design).next(["nobody"], listed[0], [], "CT01")


def test_a_minimum_that_is_a_balanced_level_s_bound_gives_way_with_the_level():
    found, design, _ = drawn(250, 1, 40)
    feature, level = next(
        (f, v) for f, levels in design.balance.items() for v, q in levels.items() if q.min > 2
    )
    bound = design.balance[feature][level].min
    line = Line(found, design.with_quota(feature, level, min=bound))
    row = list(line.design.quotas()).index((feature, level))
    assert [int(line.bounds(step)[0][row]) for step in STEPS] == [bound, bound - 1, bound - 2, 0]


@pytest.mark.parametrize("step", STEPS)
def test_the_words_name_the_step_and_nobody(step):
    text = Replacement("0012", "CT07", step, 165, 77, 0.02).in_words()
    assert "77 of the 165 people waiting who hold CT07" in text and STEPS[step] in text
    assert "0012" not in text
