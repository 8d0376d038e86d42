"""Replacements: the next in line who keeps every quota, against a plain walk down the line."""

from __future__ import annotations

import hashlib
from itertools import combinations

import pandas as pd
import pytest
from believable import coded_pool, pool_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casetrack.designs.design import Design, Quota
from casetrack.designs.drawing import draw_design
from casetrack.designs.nearest import shortfall_of
from casetrack.designs.replacement import Replacement, next_in_line, reserves
from casetrack.errors import InfeasibleDesignError, UsageError


def line_of(coded):
    able = coded.people.index[coded.people[list(coded.code_names)].any(axis=1)]
    return sorted(able, key=lambda person: hashlib.sha256(person.encode()).digest())


def keeps(design, coded, persons):
    """Whether these people are a list that the design allows, in plain Python."""
    people = coded.people.loc[list(persons)]
    if len(persons) != design.size:
        return False
    for code, quota in design.codes.items():
        if not quota.min <= people[code].sum() <= (design.size if quota.max is None else quota.max):
            return False
    for name, levels in design.characteristics.items():
        for level, quota in levels.items():
            high = design.size if quota.max is None else quota.max
            if not quota.min <= (people[name] == level).sum() <= high:
                return False
    for column, most in design.at_most.items():
        values = people[column][people[column] != ""]
        if column in people and values.value_counts().max() > most:
            return False
    return True


def some_list(coded, design):
    """A list that the design allows."""
    return list(draw_design(coded, design, "some list").chosen)


DESIGN = Design(
    size=8,
    codes={"CT02": Quota(min=1), "CT06": Quota(min=2, max=4), "CT07": Quota(min=1)},
    characteristics={"sex": {"Female": Quota(min=3, max=5)}, "age_band": {"18 to 24": Quota(max=2)}},
)


@settings(deadline=None, max_examples=15)
@given(st.integers(0, 40), st.integers(0, 7), st.sampled_from([None, "CT02", "CT06", "CT07"]))
def test_who_comes_is_the_first_in_line_who_keeps_every_quota(seed, leaver, code):
    coded = coded_pool(60, seed)
    assume(shortfall_of(DESIGN, coded) is None)
    chosen = some_list(coded, DESIGN)
    assert keeps(DESIGN, coded, chosen)
    kept, gone = [person for person in chosen if person != chosen[leaver]], [chosen[leaver]]
    line = [person for person in line_of(coded) if person not in chosen]
    could = [person for person in line if keeps(DESIGN, coded, [*kept, person])]
    if not could:
        with pytest.raises(InfeasibleDesignError):
            next_in_line(coded, DESIGN, kept, gone, line_of(coded), code)
        return
    with_code = [person for person in could if code is not None and coded.people.loc[person, code]]
    found = next_in_line(coded, DESIGN, kept, gone, line_of(coded), code)
    assert found.person_id == (with_code or could)[0]
    assert found.fills_code == (code is None or bool(with_code))
    # Only those who go first could ever be the one, in whatever order the line stood.
    assert (found.in_line, found.could_come) == (len(line), len(with_code or could))
    assert found.share_without_chance == 1 - len(with_code or could) / len(line)
    assert found.passed_over == line.index(found.person_id)
    assert coded.people.loc[found.person_id, found.listed_as]
    assert found.person_id not in repr(found) + found.in_words()


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 30))
def test_with_two_places_open_a_complete_list_still_exists(seed):
    coded = coded_pool(40, seed)
    design = DESIGN.with_size(6).with_quota("sex", "Female", min=2)
    assume("18 to 24" in set(coded.people["age_band"]))
    assume(shortfall_of(design, coded) is None)
    chosen = some_list(coded, design)
    kept, gone = chosen[2:], set(chosen[:2])
    line = [person for person in line_of(coded) if person not in chosen]
    complete = [pair for pair in combinations(line, 2) if keeps(design, coded, [*kept, *pair])]
    if not complete:
        with pytest.raises(InfeasibleDesignError):
            next_in_line(coded, design, kept, gone, line_of(coded))
        return
    found = next_in_line(coded, design, kept, gone, line_of(coded))
    assert found.could_come >= len({person for pair in complete for person in pair})
    assert found.person_id == next(person for person in line if any(person in pair for pair in complete))
    second = next_in_line(coded, design, [*kept, found.person_id], gone, line_of(coded))
    assert keeps(design, coded, [*kept, found.person_id, second.person_id])


def test_reserves_say_who_would_come_for_each_case():
    coded = coded_pool(300)
    design = Design.suggest(coded, size=30)
    chosen = some_list(coded, design)
    listed = {
        person: next(code for code in coded.code_names if coded.people.loc[person, code]) for person in chosen
    }
    table = reserves(coded, design, listed, line_of(coded), per_case=2, gone=[line_of(coded)[-1]])
    assert list(dict.fromkeys(table["case"])) == chosen
    for case, rows in table.groupby("case"):
        kept = [person for person in chosen if person != case]
        first = rows[rows["place"] == 1]
        if first.empty:
            assert rows["place"].tolist() == [0]
            assert rows["could_come"].tolist() == [0]
            continue
        found = next_in_line(coded, design, kept, [case, line_of(coded)[-1]], line_of(coded), listed[case])
        assert first["reserve"].tolist() == [found.person_id]
        assert first["could_come"].tolist() == [found.could_come]
        assert first["share_without_chance"].iloc[0] == pytest.approx(found.share_without_chance)
        for person in rows.loc[rows["place"] > 0, "reserve"]:
            assert keeps(design, coded, [*kept, person])


def test_when_nobody_can_come_the_quota_in_the_way_is_named():
    coded = coded_pool(300)
    able = coded.people.loc[line_of(coded)]
    carers = able.index[able["CT07"]].tolist()
    others = able.index[~able["CT07"] & (able["linked_group"] == "")].tolist()
    design = Design(size=8, codes={"CT07": Quota(min=2)}, at_most={})
    with pytest.raises(InfeasibleDesignError) as caught:
        next_in_line(coded, design, [carers[0], *others[:6]], carers[1:], line_of(coded), "CT07")
    told = str(caught.value)
    assert "nobody can take this place: with the other 7 as they are, nobody waiting keeps this quota" in told
    assert "CT07: at least 2 (1 lacking; 0 people waiting count towards it)" in told
    assert f"{len(able) - len(carers) - 6:,} people are waiting" in told
    assert "CT07: at least 1 instead of 2" in told
    assert "no list of" not in told
    assert caught.value.code == "quotas-clash"
    nearest = caught.value.shortfall.nearest_design
    assert nearest == design.with_quota("CT07", min=1)
    found = next_in_line(coded, nearest, [carers[0], *others[:6]], carers[1:], line_of(coded), "CT07")
    assert not found.fills_code


SMALL = pool_of(
    pd.DataFrame(
        [
            (True, False, "Female", "a"),
            (True, False, "Female", "b"),
            (True, True, "Female", "a"),
            (True, True, "Female", "b"),
            (True, False, "Female", "c"),
            (True, False, "Male", "c"),
            (True, False, "Male", ""),
        ],
        columns=["CT01", "CT07", "sex", "team"],
    ),
    ("CT01", "CT07"),
    ("sex",),
)


@pytest.mark.parametrize(
    ("design", "in_the_way"),
    [
        (
            Design(size=3, characteristics={"sex": {"Female": Quota(max=2)}}, at_most={}),
            "sex, Female: at most 2 (no room left; 3 people waiting count towards it)",
        ),
        (Design(size=3, at_most={"team": 1}), "team: at most 1 for each value (full for 2 people waiting)"),
    ],
)
def test_a_refusal_says_what_is_lacking_or_full_and_who_is_waiting_for_it(design, in_the_way):
    """Counted by hand: the first two people stay, the other five are waiting, two of them with CT07."""
    everyone = SMALL.people.index.tolist()
    with pytest.raises(InfeasibleDesignError) as caught:
        next_in_line(SMALL, design.with_quota("CT07", min=1), everyone[:2], [], everyone, "CT01")
    told = str(caught.value)
    assert "with the other 2 as they are, nobody waiting keeps all of these quotas" in told
    assert "CT07: at least 1 (1 lacking; 2 people waiting count towards it)" in told
    assert in_the_way in told
    assert "5 people are waiting" in told
    assert caught.value.shortfall.in_words().startswith("Open places: 1. People waiting: 5.")
    nearest = caught.value.shortfall.nearest_design
    assert next_in_line(SMALL, nearest, everyone[:2], [], everyone, "CT01").in_line == 5


@pytest.mark.parametrize(
    ("could_come", "in_line", "share"),
    [(177, 1165, "988 (84.8%)"), (1, 2300, "2,299 (99.9%)"), (5, 5, "0 (0.0%)")],
)
def test_the_share_without_a_chance_is_said_and_is_not_all_while_anybody_could_come(
    could_come, in_line, share
):
    comes = Replacement("0012", "CT07", True, 4, in_line, could_come, "CT07")
    assert f"{share} had no chance of it" in comes.in_words()
    assert "meets CT07 and keeps every quota" in comes.in_words()
    other = Replacement("0012", "CT01", False, 4, in_line, could_come, "CT07")
    assert "Nobody waiting who meets CT07 keeps every quota" in other.in_words()
    assert "0012" not in comes.in_words() + other.in_words()


def test_who_has_left_never_returns_and_an_empty_line_is_said_plainly():
    coded = coded_pool(30)
    line = line_of(coded)
    with pytest.raises(InfeasibleDesignError) as caught:
        next_in_line(coded, Design(size=50), line[1:], [line[0]], line)
    assert caught.value.code == "nobody-left"


@pytest.mark.parametrize(
    ("kept", "gone", "code"),
    [(slice(0, 5), slice(0, 0), "no-open-place"), (slice(0, 4), slice(3, 5), "kept-and-gone")],
)
def test_calls_that_make_no_sense_are_refused(kept, gone, code):
    coded = coded_pool(60)
    line = line_of(coded)
    with pytest.raises(UsageError) as caught:
        next_in_line(coded, Design(size=5), line[kept], line[gone], line)
    assert caught.value.code == code


def test_linked_people_do_not_come_together():
    coded = coded_pool(400)
    able = coded.people.loc[line_of(coded)]
    pairs = able[able["linked_group"] != ""].groupby("linked_group").filter(lambda group: len(group) == 2)
    one, other = pairs.index[pairs["linked_group"] == pairs["linked_group"].iloc[0]]
    rest = [person for person in line_of(coded) if person not in (one, other)]
    line = [other, *rest, one]
    kept = [one, *able.loc[rest].index[able.loc[rest, "linked_group"] == ""][:3]]
    found = next_in_line(coded, Design(size=5), kept, [], line)
    assert found.person_id != other
    assert next_in_line(coded, Design(size=5, at_most={}), kept, [], line).person_id == other
