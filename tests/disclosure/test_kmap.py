"""Counting on the lattice: blocks, levels that never match, many columns, large frames."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.kmap import Matching, cheapest_node, distinct_combinations, match_levels
from share import examples


@st.composite
def matchings(draw) -> tuple[Matching, list[np.ndarray]]:
    """Any monotone matching, levels that never match included, with rising costs."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    values = draw(st.integers(1, 4))
    records = draw(st.integers(1, 3))
    people = draw(st.integers(1, 12))
    seed = np.random.default_rng(draw(st.integers(0, 10**6)))
    first = tuple(seed.integers(0, size + 1, (records, values)).astype(np.int32) for size in sizes)
    combinations = seed.integers(0, values, (len(sizes), people)).astype(np.int32)
    targets = np.tile(np.arange(records)[:, None], (1, len(sizes)))
    weights = seed.integers(1, 4, people).astype(np.int64)
    costs = [np.cumsum(seed.integers(0, 3, size)) / 4 for size in sizes]
    matching = Matching(tuple("abcd"[: len(sizes)]), tuple(sizes), first, targets, combinations, weights)
    return matching, costs


def people_at(matching: Matching, record: int, node: tuple[int, ...]) -> int:
    total = 0
    for person in range(matching.combinations.shape[1]):
        fits = all(
            matching.first[c][matching.targets[record, c], matching.combinations[c, person]] <= node[c]
            for c in range(len(node))
        )
        total += int(matching.people[person]) if fits else 0
    return total


@settings(deadline=None, max_examples=examples(300))
@given(matchings(), st.integers(1, 12), st.sampled_from([1, 2, 5, 10**6]))
def test_blocks_find_what_counting_every_node_finds(found, k, cells) -> None:
    matching, costs = found
    records = list(range(len(matching.targets)))
    nodes = list(itertools.product(*(range(size) for size in matching.sizes)))
    good = [node for node in nodes if all(people_at(matching, record, node) >= k for record in records)]
    answer = cheapest_node(matching, records, costs, k, cells)
    if not good:
        assert answer is None
        return
    price = {node: sum(float(cost[level]) for cost, level in zip(costs, node, strict=True)) for node in good}
    least = min(price.values())
    assert answer is not None and answer[1] == pytest.approx(least, abs=1e-12)
    assert answer[0] == min(node for node in good if price[node] <= least + 1e-12)


@settings(deadline=None, max_examples=examples(40))
@given(matchings())
def test_the_lattice_holds_the_count_of_every_node(found) -> None:
    matching, _ = found
    axes = list(range(len(matching.sizes)))
    for record in range(len(matching.targets)):
        counts = matching.lattice(record, [0] * len(axes), axes)
        for node in itertools.product(*(range(size) for size in matching.sizes)):
            assert counts[node] == people_at(matching, record, node) == matching.count(record, node)


@settings(deadline=None, max_examples=examples(40))
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), min_size=1, max_size=30))
def test_distinct_combinations_count_rows(rows) -> None:
    numbers = [np.array(column) for column in zip(*rows, strict=True)]
    small = distinct_combinations(numbers, [3, 5], len(rows))
    large = distinct_combinations(numbers, [3, 2**62], len(rows))
    middle = distinct_combinations(numbers, [3, 2**40], len(rows))
    expected = {row: rows.count(row) for row in rows}
    for combinations, counts in (small, middle, large):
        found = {tuple(pair): int(n) for pair, n in zip(combinations.T.tolist(), counts, strict=True)}
        assert found == expected


def test_a_lattice_of_many_millions_of_nodes_is_searched_in_blocks() -> None:
    chance = np.random.default_rng(1)
    names = [f"c{number}" for number in range(9)]
    frame = pd.DataFrame({name: chance.integers(0, 64, 3000).astype(str) for name in names})
    rows = [[str(v), *(f"{level}:{v >> level}" for level in range(1, 7))] for v in range(64)]
    levels = {name: Hierarchy.from_table(name, rows) for name in names}
    matching = match_levels(frame.iloc[:1], frame, levels)
    assert np.prod([len(item.levels) for item in levels.values()]) > 40_000_000
    costs = [np.arange(7) / 6 for _ in names]
    node, cost = cheapest_node(matching, [0], costs, 10, cells=1 << 16)
    assert matching.count(0, node) >= 10
    for place in range(9):
        if node[place]:
            finer = [level - (at == place) for at, level in enumerate(node)]
            assert matching.count(0, finer) < 10
    assert cost == pytest.approx(sum(node) / 6)


def test_values_nobody_on_the_list_has_are_put_together() -> None:
    frame = pd.DataFrame({"age": list(range(1000)), "sex": ["F", "M"] * 500})
    steps = {"years": str, "withheld": lambda _: "-"}
    levels = {
        "age": Hierarchy.from_functions("age", range(1000), steps),
        "sex": Hierarchy.withholding("sex", ["F", "M"]),
    }
    matching = match_levels(frame.iloc[[3]], frame, levels)
    assert matching.combinations.shape[1] == 3 and matching.frame_size == 1000
