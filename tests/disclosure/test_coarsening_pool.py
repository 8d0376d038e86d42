"""The rule for the whole pool, and what a reader who knows the method can leave out."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.disclosure import (
    Hierarchy,
    as_released,
    compare_modes,
    council_hierarchies,
    least_coarsening,
    people_if_method_known,
    pool_coarsening,
)
from casetrack.errors import DisclosureError

ROWS = {
    "a": [["1", "1-2", "*"], ["2", "1-2", "*"], ["3", "3-4", "*"], ["4", "3-4", "*"]],
    "b": [["x", "*"], ["y", "*"], ["z", "*"]],
}
LEVELS = {name: Hierarchy.from_table(name, rows) for name, rows in ROWS.items()}
person = st.tuples(st.sampled_from("1234"), st.sampled_from("xyz"))
pools = st.lists(person, min_size=4, max_size=30)
coded = st.lists(
    st.tuples(
        st.booleans(), st.booleans(), st.booleans(), st.sampled_from("FM"), st.sampled_from([30, 66, 70])
    ),
    min_size=5,
    max_size=25,
)


@settings(deadline=None, max_examples=60)
@given(pools, st.integers(1, 6))
def test_everybody_is_released_like_k_people_or_more(people, k) -> None:
    frame = pd.DataFrame(people, columns=["a", "b"])
    found = pool_coarsening(frame, frame, LEVELS, k)
    alike = Counter(map(tuple, found.table.to_numpy().tolist()))
    sizes = [alike[tuple(row)] for row in found.table.to_numpy().tolist()]
    assert found.reached == (len(frame) >= k)
    if found.reached:
        assert min(sizes) >= k and min(found.if_method_known) >= k
    assert all(size >= left for size, left in zip(sizes, found.if_method_known, strict=True))
    assert (found.counts >= found.if_method_known).all()


@settings(deadline=None, max_examples=40)
@given(pools, st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_rule_does_not_look_at_the_list_or_the_order(people, k, chance) -> None:
    frame = pd.DataFrame(people, columns=["a", "b"])
    whole = pool_coarsening(frame, frame, LEVELS, k)
    some = frame.iloc[:: 1 + chance.randrange(3)]
    order = list(range(len(frame)))
    chance.shuffle(order)
    part = pool_coarsening(some, frame.iloc[order], LEVELS, k)
    assert part.table.equals(whole.table.loc[some.index])
    assert part.if_method_known.equals(whole.if_method_known.loc[some.index])
    assert part.loss_mean >= least_coarsening(some, frame, LEVELS, k).loss_mean - 1e-12 or not part.reached


@settings(deadline=None, max_examples=40)
@given(coded, st.integers(2, 5), st.booleans())
def test_with_codes_everybody_counts_as_if_listed_under_a_code_they_hold(people, k, shown) -> None:
    pool = pd.DataFrame(people, columns=["CT01", "CT05", "CT06", "sex", "age"])
    pool["CT06"] |= ~pool[["CT01", "CT05"]].any(axis=1)
    columns = ["listed_as", "codes", "sex", "age"]
    frame = as_released(pool, columns)
    levels = council_hierarchies(pool, columns, must_show=("listed_as",) if shown else ())
    pairs = [(row, code) for row, text in enumerate(frame["codes"]) for code in text.split(";")]
    table = frame.iloc[[row for row, _ in pairs]].assign(listed_as=[code for _, code in pairs])
    table.index = pd.RangeIndex(len(table))
    found = pool_coarsening(table, frame, levels, k)
    released = [tuple(row) for row in found.table[columns].to_numpy().tolist()]
    for place, labels in enumerate(released):
        alike = {row for (row, _), other in zip(pairs, released, strict=True) if other == labels}
        assert len(alike) >= found.if_method_known.iloc[place]
    holders = {code: int(pool[code].sum()) for code in ("CT01", "CT05", "CT06")}
    enough = all(holders[code] >= k for _, code in pairs) if shown else len(pool) >= k
    assert found.reached == enough
    assert bool(found.why_not) != found.reached


@settings(deadline=None, max_examples=40)
@given(pools, st.integers(1, 6), st.integers(1, 4))
def test_people_left_are_those_for_whom_the_method_gives_the_same(people, k, size) -> None:
    frame = pd.DataFrame(people, columns=["a", "b"])
    table = frame.iloc[:size]
    found = least_coarsening(table, frame, LEVELS, k)
    rerun = [
        tuple(least_coarsening(frame.iloc[[row]], frame, LEVELS, k).table.iloc[0])
        for row in range(len(frame))
    ]
    left = people_if_method_known(found, table, frame)
    assert left["people"].tolist() == found.counts.tolist() and left["complete"].all()
    for place in range(len(table)):
        assert left["if_method_known"].iloc[place] == rerun.count(tuple(found.table.iloc[place]))


def test_only_the_commonest_kinds_are_looked_at_when_there_are_many() -> None:
    frame = pd.DataFrame({"a": list("11112"), "b": list("xxxyx")})
    found = least_coarsening(frame.iloc[[4]], frame, LEVELS, 5)
    few = people_if_method_known(found, frame.iloc[[4]], frame, most=1)
    assert not few["complete"].iloc[0]
    assert (
        few["if_method_known"].iloc[0]
        <= people_if_method_known(found, frame.iloc[[4]], frame)["if_method_known"].iloc[0]
    )


def test_codes_of_people_who_are_not_listed_are_taken_from_the_record() -> None:
    pool = pd.DataFrame({"CT01": [True] * 6, "CT06": [True, False] * 3, "sex": ["F"] * 5 + ["M"]})
    columns = ["codes", "sex"]
    frame = as_released(pool, [*columns, "listed_as"])
    table = frame.iloc[[0, 5]].assign(listed_as=["CT06", "CT01"])
    levels = council_hierarchies(pool, ["listed_as", *columns])
    for chosen in (levels, {name: levels[name] for name in columns}):
        found = least_coarsening(table, frame, chosen, 3)
        left = people_if_method_known(found, table, frame)
        assert left["if_method_known"].tolist()[0] == 3 and left["if_method_known"].tolist()[1] >= 1
        assert (left["if_method_known"] <= left["people"]).all()


def test_nobody_is_taken_for_a_code_they_do_not_hold() -> None:
    pool = pd.DataFrame(
        {"CT01": [True] * 4 + [False] * 4, "CT06": [False] * 4 + [True] * 4, "sex": ["F", "M"] * 4}
    )
    frame = as_released(pool, ["listed_as", "sex"])
    table = frame.iloc[[0]].assign(listed_as="CT01")
    levels = council_hierarchies(pool, ["listed_as", "sex"], must_show=())
    found = least_coarsening(table, frame, levels, 5)
    assert people_if_method_known(found, table, frame)[["people", "if_method_known"]].to_numpy().tolist() == [
        [8, 4]
    ]


def test_one_level_per_column_points_at_no_record() -> None:
    frame = pd.DataFrame({"a": list("1122"), "b": list("xxyy")})
    found = least_coarsening(frame.iloc[:2], frame, LEVELS, 2, "column")
    assert (
        people_if_method_known(found, frame.iloc[:2], frame)["if_method_known"].tolist()
        == found.counts.tolist()
    )
    modes = compare_modes(frame.iloc[:2], frame, LEVELS, 2, method_known=True)
    assert modes.to_frame()["least_if_method_known"].isna().tolist() == [True, False, False]


def test_wrong_use_is_told() -> None:
    frame = pd.DataFrame({"a": ["1"], "b": ["x"]})
    with pytest.raises(DisclosureError) as caught:
        pool_coarsening(pd.DataFrame({"a": ["2"], "b": ["x"]}), frame, LEVELS, 1)
    assert caught.value.code == "not-in-frame"
    many = {f"c{n}": Hierarchy.from_table(f"c{n}", [["1"] * 4], list("pqrs")) for n in range(9)}
    wide = pd.DataFrame({name: ["1"] for name in many})
    with pytest.raises(DisclosureError) as caught:
        pool_coarsening(wide, wide, many, 1)
    assert caught.value.code == "lattice-too-large"


def test_an_empty_table_is_not_a_crash() -> None:
    frame = pd.DataFrame({"a": ["1"], "b": ["x"]})
    assert pool_coarsening(frame.iloc[:0], frame, LEVELS, 5).reached
    modes = compare_modes(frame.iloc[:0], frame, LEVELS, 5, method_known=True)
    assert modes.to_frame()["least_people"].isna().all()
