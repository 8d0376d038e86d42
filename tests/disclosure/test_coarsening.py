"""The search against ARX's optima, against every node counted one person at a time, and its promises."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.disclosure import (
    Hierarchy,
    least_coarsening,
)
from casetrack.errors import DisclosureError
from share import examples

ADULT = Path(__file__).resolve().parents[1] / "data" / "adult"
QUASI = [
    "sex",
    "age",
    "race",
    "marital-status",
    "education",
    "native-country",
    "workclass",
    "occupation",
    "salary-class",
]
REFERENCE = json.loads((ADULT / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def adult() -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Hierarchy]]:
    frame = pd.read_csv(ADULT / "adult.csv.gz", sep=";", dtype=str)
    rows = np.sort(np.random.default_rng(0).choice(len(frame), 50, replace=False))
    levels = {name: Hierarchy.from_csv(ADULT / "hierarchies" / f"{name}.csv") for name in QUASI}
    return frame.iloc[rows], frame, levels


@pytest.mark.parametrize("ref", REFERENCE, ids=lambda ref: f"k={ref['k']}")
def test_one_level_per_column_is_as_good_as_arx(adult, ref) -> None:
    found = least_coarsening(*adult, ref["k"])
    assert found.loss == pytest.approx(ref["arx_loss"], abs=1e-8)
    assert found.reached and not found.why_not


def test_every_adult_record_is_counted_by_reading_the_labels(adult) -> None:
    table, frame, levels = adult
    found = least_coarsening(table, frame, levels, 5)
    for place in (0, 7, 49):
        alike = pd.Series(True, index=frame.index)
        for column, hierarchy in levels.items():
            level = int(found.levels[column])
            label = {row[0]: row[level] for row in hierarchy.to_frame().to_numpy().tolist()}
            assert label[table[column].iloc[place]] == found.table[column].iloc[place]
            alike &= frame[column].map(label) == found.table[column].iloc[place]
        assert int(alike.sum()) == int(found.counts.iloc[place]) >= 5


# Small worlds: two or three columns with nested levels, people drawn from them, some of the people on the list.

LEVELS = {
    "a": [
        ["1", "1-2", "1-4", "*"],
        ["2", "1-2", "1-4", "*"],
        ["3", "3-4", "1-4", "*"],
        ["4", "3-4", "1-4", "*"],
        ["5", "5-6", "5-6", "*"],
        ["6", "5-6", "5-6", "*"],
    ],
    "b": [["x", "*"], ["y", "*"], ["z", "*"]],
    "c": [["p", "pq", "*"], ["q", "pq", "*"], ["r", "r", "*"]],
}
person = st.tuples(*(st.sampled_from([row[0] for row in LEVELS[name]]) for name in LEVELS))
worlds = st.tuples(st.lists(person, min_size=3, max_size=25), st.integers(1, 6), st.integers(1, 4))


def world(
    people: list[tuple[str, ...]], size: int
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Hierarchy]]:
    frame = pd.DataFrame(people, columns=list(LEVELS))
    return (
        frame.iloc[: min(size, len(people))],
        frame,
        {n: Hierarchy.from_table(n, r) for n, r in LEVELS.items()},
    )


def label(name: str, value: str, level: int) -> str:
    return next(row[level] for row in LEVELS[name] if row[0] == value)


def count(record: tuple[str, ...], people: list[tuple[str, ...]], node: tuple[int, ...]) -> int:
    return sum(
        all(
            label(n, mine, at) == label(n, theirs, at)
            for n, mine, theirs, at in zip(LEVELS, record, other, node, strict=True)
        )
        for other in people
    )


def loss_of(name: str, value: str, level: int) -> float:
    same = sum(label(name, row[0], level) == label(name, value, level) for row in LEVELS[name])
    return (same - 1) / (len(LEVELS[name]) - 1)


NODES = list(itertools.product(*(range(len(rows[0])) for rows in LEVELS.values())))


@settings(deadline=None, max_examples=examples(60))
@given(worlds)
def test_no_other_node_protects_the_list_at_less_loss(world_and_k) -> None:
    people, size, k = world_and_k
    table, frame, levels = world(people, size)
    records = [people[row] for row in range(len(table))]
    found = least_coarsening(table, frame, levels, k)
    best = math.inf
    for node in NODES:
        if all(count(record, people, node) >= k for record in records):
            means = [
                sum(loss_of(name, record[place], node[place]) for record in records) / len(records)
                for place, name in enumerate(LEVELS)
            ]
            best = min(best, math.prod(1 + mean for mean in means) ** (1 / len(LEVELS)) - 1)
    if math.isinf(best):
        assert not found.reached and len(frame) < k and f"k = {k}" in found.why_not
        return
    assert found.loss == pytest.approx(best, abs=1e-9)
    node = tuple(found.levels[name] for name in LEVELS)
    assert found.counts.tolist() == [count(record, people, node) for record in records]
    assert found.reached and min(found.counts) >= k


@settings(deadline=None, max_examples=examples(40))
@given(worlds, st.lists(person, max_size=8))
def test_more_people_never_lower_a_count_or_raise_the_loss(world_and_k, more) -> None:
    people, size, k = world_and_k
    table, frame, levels = world(people, size)
    larger = pd.concat([frame, pd.DataFrame(more, columns=list(LEVELS))])
    before, after = (least_coarsening(table, known, levels, 1).counts for known in (frame, larger))
    assert (after >= before).all()
    if len(frame) >= k:
        first, second = (least_coarsening(table, known, levels, k) for known in (frame, larger))
        assert second.loss <= first.loss + 1e-12


@settings(deadline=None, max_examples=examples(40))
@given(worlds, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(world_and_k, chance) -> None:
    people, size, k = world_and_k
    table, frame, levels = world(people, size)
    order, everyone = list(range(len(table))), list(range(len(frame)))
    chance.shuffle(order)
    chance.shuffle(everyone)
    plain = least_coarsening(table, frame, levels, k)
    mixed = least_coarsening(table.iloc[order], frame.iloc[everyone], levels, k)
    assert mixed.table.equals(plain.table.iloc[order]) and mixed.loss == plain.loss
    assert mixed.counts.equals(plain.counts.iloc[order])


def test_ties_keep_the_earlier_columns() -> None:
    frame = pd.DataFrame({"u": ["1", "2"], "v": ["1", "2"]})
    levels = {name: Hierarchy.withholding(name, ["1", "2"]) for name in ("u", "v")}
    frame = pd.concat([frame, pd.DataFrame({"u": ["1", "2"], "v": ["2", "1"]})], ignore_index=True)
    found = least_coarsening(frame.iloc[:2], frame, levels, 2)
    assert found.table.to_numpy().tolist() == [["1", "Withheld"], ["2", "Withheld"]]


def test_the_table_keeps_its_shape_and_other_columns() -> None:
    frame = pd.DataFrame({"n": [1, 2, 3], "sex": ["F", "F", None], "free": [1.5, 2.5, 3.5]}, index=[9, 7, 8])
    before = frame.copy()
    levels = {"sex": Hierarchy.withholding("sex", ["F", "Not recorded"])}
    found = least_coarsening(frame, frame, levels, 2)
    assert found.table.index.tolist() == [9, 7, 8] and found.table.columns.tolist() == ["n", "sex", "free"]
    assert found.table["sex"].tolist() == ["Withheld"] * 3 and found.table["free"].equals(frame["free"])
    assert frame.equals(before)
    assert found.to_frame()["level"].tolist() == [1]


def test_a_repr_names_no_person() -> None:
    frame = pd.DataFrame({"sex": ["F", "M"]}, index=["9434765919", "9434765870"])
    found = least_coarsening(frame, frame, {"sex": Hierarchy.withholding("sex", ["F", "M"])}, 2)
    assert "94347" not in repr(found) + found._repr_html_()


def test_what_cannot_be_withheld_can_make_k_impossible_and_says_so() -> None:
    people = pd.DataFrame({"area": ["N"] * 3 + ["S"] * 17, "sex": ["F", "M"] * 10})
    levels = {
        "area": Hierarchy.from_table("area", [["N"], ["S"]]),
        "sex": Hierarchy.withholding("sex", ["F", "M"]),
    }
    found = least_coarsening(people.iloc[[0, 10]], people, levels, 5)
    assert not found.reached and found.counts.tolist() == [3, 17]
    assert "1 of 2 records" in found.why_not and "area" in found.why_not


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"k": 0}, "not-a-k"),
        ({"hierarchies": {}}, "no-hierarchies"),
        ({"weights": {"shoe": 1.0}}, "not-a-weight"),
        ({"weights": {"sex": -1.0}}, "not-a-weight"),
        ({"weights": {"sex": 0.0}}, "not-a-weight"),
        ({"frame": pd.DataFrame({"age": [1]})}, "no-such-column"),
        ({"frame": pd.DataFrame({"sex": ["F"]})}, "not-in-frame"),
    ],
)
def test_wrong_use_is_told(change, code) -> None:
    people = pd.DataFrame({"sex": ["F", "M"]})
    given_ = {
        "table": people,
        "frame": people,
        "hierarchies": {"sex": Hierarchy.withholding("sex", ["F", "M"])},
        "k": 1,
    }
    with pytest.raises(DisclosureError) as caught:
        least_coarsening(**{**given_, **change})
    assert caught.value.code == code


def test_an_empty_table_is_not_a_crash() -> None:
    people = pd.DataFrame({"sex": ["F", "M"]})
    levels = {"sex": Hierarchy.withholding("sex", ["F", "M"])}
    found = least_coarsening(people.iloc[:0], people, levels, 5)
    assert found.reached and found.loss == 0 and len(found.table) == 0 and "no " in found.summary
