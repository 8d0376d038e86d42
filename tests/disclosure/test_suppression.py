"""Suppressed counts against somebody who lists every table that fits what was published."""

from __future__ import annotations

import itertools
import re

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from casetrack.disclosure import as_characteristics, as_released, council_hierarchies, least_coarsening
from casetrack.disclosure.suppression import SuppressedTable, suppress_small
from casetrack.disclosure.suppression_audit import Bounds, ranges
from casetrack.errors import DisclosureError


def coverage(
    values: list[tuple[int, int]], name: str = "sex", levels: list[str] | None = None
) -> pd.DataFrame:
    names = levels or [f"level {number}" for number in range(len(values))]
    return pd.DataFrame(
        {
            "characteristic": name,
            "level": names,
            "pool": [p for p, _ in values],
            "on_list": [n for _, n in values],
        }
    )


def readings(text: str, top: int) -> range:
    """The counts that a published cell can stand for, as a reader understands it."""
    few = re.fullmatch(r"fewer than (\d+)", text)
    if few:
        return range(1, int(few.group(1)))
    if text == "suppressed":
        return range(top + 1)
    return range(int(text.replace(",", "")), int(text.replace(",", "")) + 1)


def fitting(pool: list[str], listed: list[str], totals: tuple[int, int], zero_shown: bool, threshold: int):
    """Every table that fits; ``zero_shown``: the reader knows that a suppressed count is not a small one."""

    def side(texts: list[str], total: int):
        options = [readings(text, total) for text in texts]
        if zero_shown:
            options = [
                [n for n in option if text != "suppressed" or n >= threshold]
                for option, text in zip(options, texts, strict=True)
            ]
        return [numbers for numbers in itertools.product(*options) if sum(numbers) == total]

    for numbers in side(pool, totals[0]):
        for names in side(listed, totals[1]):
            if all(n <= p for n, p in zip(names, numbers, strict=True)):
                yield numbers, names


cells = st.tuples(st.integers(0, 9), st.integers(0, 9)).map(lambda pair: (max(pair), min(pair)))
blocks = st.lists(cells, min_size=1, max_size=3)


def possible(found: SuppressedTable, values: list[tuple[int, int]], threshold: int) -> list[list[set[int]]]:
    whole = bool((found.audit["why"] == "block").any())
    totals = (sum(p for p, _ in values), sum(n for _, n in values))
    tables = list(
        fitting(found.table["pool"].tolist(), found.table["on_list"].tolist(), totals, not whole, threshold)
    )
    assert (tuple(p for p, _ in values), tuple(n for _, n in values)) in tables
    return [[{table[side][row] for table in tables} for side in (0, 1)] for row in range(len(values))]


@settings(deadline=None, max_examples=70)
@given(blocks, st.sampled_from([3, 5]))
def test_nobody_can_work_out_a_suppressed_count(values, threshold) -> None:
    found = suppress_small(coverage(values), threshold, protect_remainder=False)
    sets = possible(found, values, threshold)
    audit = found.audit.set_index(["level", "column"])
    for row, (true_pool, true_list) in enumerate(values):
        for side, (column, true) in enumerate((("pool", true_pool), ("on_list", true_list))):
            text = found.table[column].iloc[row]
            assert 0 < true < threshold or text != f"fewer than {threshold}"
            assert text not in {str(number) for number in range(1, threshold)}
            if text.startswith(("fewer", "suppressed")):
                line = audit.loc[(f"level {row}", column)]
                assert (line["least"], line["most"]) == (min(sets[row][side]), max(sets[row][side]))
                assert line["protected"] == (len(sets[row][side]) > 1)
                assert pd.isna(found.numbers[column].iloc[row])
                if text.startswith("fewer"):
                    assert sets[row][side] == set(range(1, threshold))
            else:
                assert found.numbers[column].iloc[row] == true == int(text)
    if len(values) > 1 and sum(n for _, n in values) >= 1:
        recoverable = found.audit.loc[~found.audit["protected"]]
        assert recoverable.empty or set(recoverable["why"]) == {"block"}


def hides(values: list[tuple[int, int]], hidden: set[tuple[int, int]], threshold: int) -> bool:
    """By listing tables: whether these cells, once suppressed, say no more than their marks."""
    texts = [
        [
            str(count)
            if (row, side) not in hidden
            else f"fewer than {threshold}"
            if count < threshold
            else "suppressed"
            for row, count in enumerate(column)
        ]
        for side, column in enumerate(([p for p, _ in values], [n for _, n in values]))
    ]
    totals = (sum(p for p, _ in values), sum(n for _, n in values))
    tables = list(fitting(texts[0], texts[1], totals, True, threshold))
    for row, side in hidden:
        left = {table[side][row] for table in tables}
        if len(left) < 2 or (values[row][side] < threshold and left != set(range(1, threshold))):
            return False
    return True


@settings(deadline=None, max_examples=60)
@given(st.lists(cells, min_size=2, max_size=3))
def test_no_smaller_set_of_cells_would_do(values) -> None:
    threshold = 4
    found = suppress_small(coverage(values), threshold, protect_remainder=False)
    assert found.proved_least
    small = {(r, c) for r in range(len(values)) for c in (0, 1) if 0 < values[r][c] < threshold}
    large = [(r, c) for r in range(len(values)) for c in (0, 1) if values[r][c] >= threshold]
    good = [
        (number, sum(values[r][c] for r, c in more))
        for number in range(len(large) + 1)
        for more in itertools.combinations(large, number)
        if hides(values, small | set(more), threshold)
    ]
    if not good:
        assert set(found.audit["why"]) == {"block"}
        return
    extra = found.audit.loc[found.audit["why"] == "complement"]
    cost = sum(
        values[int(level.split()[1])][0 if column == "pool" else 1]
        for level, column in zip(extra["level"], extra["column"], strict=True)
    )
    assert (len(extra), cost) == min(good)


@settings(deadline=None, max_examples=80)
@given(blocks, st.data())
def test_ranges_are_those_of_all_tables_that_fit(values, data) -> None:
    spans = []
    for pool, listed in values:
        low = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
        high = data.draw(st.integers(0, 3)), data.draw(st.integers(0, 3))
        spans.append(((max(pool - low[0], 0), pool + high[0]), (max(listed - low[1], 0), listed + high[1])))
    totals = (sum(n for _, n in values), sum(p for p, _ in values))
    found = ranges([Bounds(listed=n, pool=p) for p, n in spans], totals)
    options = [
        [(p, n) for p in range(a, b + 1) for n in range(c, d + 1) if n <= p] for (a, b), (c, d) in spans
    ]
    tables = [
        table
        for table in itertools.product(*options)
        if (sum(n for _, n in table), sum(p for p, _ in table)) == totals
    ]
    assume(tables)
    assert found is not None
    for row, bounds in enumerate(found):
        assert bounds.pool == (min(t[row][0] for t in tables), max(t[row][0] for t in tables))
        assert bounds.listed == (min(t[row][1] for t in tables), max(t[row][1] for t in tables))
        rest = [t[row][0] - t[row][1] for t in tables]
        assert bounds.rest == (min(rest), max(rest))


def test_ranges_of_what_cannot_be_are_none() -> None:
    assert ranges([Bounds((5, 5), (3, 3))], None) is None
    assert ranges([Bounds((1, 1), (3, 3))], (2, 3)) is None


def test_one_small_count_takes_the_smallest_that_protects_it() -> None:
    found = suppress_small(coverage([(700, 28), (500, 20), (40, 2)]))
    assert found.table["on_list"].tolist() == ["28", "suppressed", "fewer than 5"]
    assert found.table["pool"].tolist() == ["700", "500", "40"]
    assert found.protected and found.proved_least


def test_zero_is_shown_and_does_not_protect() -> None:
    found = suppress_small(coverage([(900, 47), (30, 0), (70, 3)]))
    assert found.table["on_list"].tolist() == ["suppressed", "0", "fewer than 5"]


def test_a_complement_that_is_known_to_be_large_may_not_be_enough() -> None:
    # 5 and 1 add up to 6: whoever knows that the first is 5 or more knows the second.
    found = suppress_small(coverage([(900, 5), (800, 1), (950, 44)]), protect_remainder=False)
    assert found.table["on_list"].tolist() != ["suppressed", "fewer than 5", "44"]
    assert found.protected


def test_a_pool_almost_wholly_on_the_list_is_hidden() -> None:
    values = [(12, 11), (400, 20), (500, 19)]
    assert suppress_small(coverage(values), protect_remainder=False).audit.empty
    closed = suppress_small(coverage(values))
    assert closed.table["on_list"].tolist() == ["suppressed", "20", "suppressed"]
    # 12 in the pool, 5 to 12 on the list: seven may be left, for all that a reader can tell.
    assert closed.audit[["least", "most"]].to_numpy().tolist() == [[5, 12], [18, 25]]


def test_a_list_of_everyone_is_not_hidden_from_itself() -> None:
    assert suppress_small(coverage([(20, 20), (30, 30)])).audit.empty


def test_codes_overlap_and_need_no_complement() -> None:
    levels = ["CT01 older people", "CT02 young people", "CT04"]
    found = suppress_small(coverage([(700, 28), (30, 3), (90, 9)], "Cohort code", levels))
    assert found.table["on_list"].tolist() == ["28", "fewer than 5", "9"]
    named = suppress_small(coverage([(700, 28), (30, 3), (90, 9)], "needs"), overlapping=["needs"])
    assert named.table["on_list"].tolist() == ["28", "fewer than 5", "9"]


def test_a_small_pool_takes_a_larger_one_with_it() -> None:
    found = suppress_small(coverage([(3, 0), (60, 20)]))
    assert found.table["pool"].tolist() == ["fewer than 5", "suppressed"]
    assert found.table["on_list"].tolist() == ["0", "20"] and found.protected


def test_a_characteristic_with_one_level_is_its_own_total_and_says_so() -> None:
    alone = suppress_small(coverage([(3, 1)]))
    assert alone.table["pool"].tolist() == ["suppressed"] and not alone.protected


def test_counts_that_marks_would_give_away_are_withheld_whole() -> None:
    found = suppress_small(coverage([(5, 0), (1, 0)]))
    assert found.table["pool"].tolist() == ["suppressed"] * 2 and found.protected
    assert found.table["on_list"].tolist() == ["0", "0"]
    assert found.audit[["least", "most"]].to_numpy().tolist() == [[0, 6], [0, 6]]


def test_shares_go_with_their_counts_and_one_column_is_enough() -> None:
    table = coverage([(700, 28), (500, 20), (40, 2)]).assign(share=[0.56, 0.4, 0.04], note="x")
    found = suppress_small(table)
    assert (
        found.table["share"].isna().tolist() == [False, True, True]
        and found.table["note"].tolist() == ["x"] * 3
    )
    one = suppress_small(table[["characteristic", "level", "on_list"]], counts=["on_list"])
    assert one.table["on_list"].tolist() == ["28", "suppressed", "fewer than 5"]
    assert (
        table["share"].notna().all()
        and "fewer than 5" in one._repr_html_()
        and one.to_frame().equals(one.table)
    )


def test_what_the_list_shows_row_by_row_is_counted_as_it_shows_it() -> None:
    table = coverage([(900, 4), (300, 2), (80, 1)], "ethnic_group", ["White", "Asian", "Mixed"])
    rows = pd.Series(["White"] * 4 + ["Asian", "Withheld", "Withheld"])
    found = suppress_small(table, released={"ethnic_group": rows})
    assert found.table["on_list"].tolist() == ["4 to 6", "1 to 3", "0 to 2"]
    assert found.table["pool"].tolist() == ["900", "300", "80"]
    assert found.numbers["on_list"].isna().all()
    # The list tells that the two withheld are not White; so may the coverage.
    told = pd.Series([("White",)] * 4 + [("Asian",)] + [("Asian", "Mixed")] * 2)
    told_more = suppress_small(table, released={"ethnic_group": told})
    assert told_more.table["on_list"].tolist() == ["4", "1 to 3", "0 to 2"]
    full = pd.Series(["White"] * 4 + ["Asian"] * 2 + ["Mixed"])
    assert suppress_small(table, released={"ethnic_group": full}).table["on_list"].tolist() == ["4", "2", "1"]
    with pytest.raises(DisclosureError) as caught:
        suppress_small(table, released={"ethnic_group": full.iloc[:3]})
    assert caught.value.code == "not-the-list"


def test_a_finer_column_of_the_list_tells_its_characteristic_too() -> None:
    people = pd.DataFrame(
        {
            "CT01": [True] * 4,
            "age": [66, 67, 80, 97],
            "ethnicity": ["White: Irish", "White: British", "Black: Caribbean", "Refused"],
            "ethnic_group": ["White", "White", "Black", "Not recorded"],
        }
    )
    columns = ["listed_as", "codes", "age", "ethnicity"]
    frame = as_released(people, columns)
    levels = council_hierarchies(people, columns)
    table = pd.DataFrame(
        {
            "listed_as": "CT01",
            "codes": ["CT01", "CT01 (listed code only)", "CT01", "CT01"],
            "age": ["66", "65 to 69", "75 to 84", "65 and over"],
            "ethnicity": ["White: Irish", "White", "Withheld", "Not recorded"],
        }
    )
    told = as_characteristics(table, levels)
    older = ("65 to 74", "75 to 84", "95 and over")
    assert told["age_band"].tolist() == [("65 to 74",), ("65 to 74",), ("75 to 84",), older]
    groups = ("Black", "Not recorded", "White")
    assert told["ethnic_group"].tolist() == [("White",), ("White",), groups, ("Not recorded",)]
    assert told["cohort_code"].tolist() == table["codes"].tolist()
    withheld = as_characteristics(table.assign(codes="Withheld"), levels)["cohort_code"]
    assert set(withheld) == {"CT01 (listed code only)"}, (
        "the code that a case is listed as is shown beside it"
    )
    found = least_coarsening(frame.assign(listed_as="CT01"), frame, levels, 2)
    with_levels = as_characteristics(found.table, levels, found.levels)
    assert with_levels["age_band"].equals(as_characteristics(found.table, levels)["age_band"])
    assert (
        as_characteristics(table[["listed_as"]], levels)["cohort_code"].iloc[0] == "CT01 (listed code only)"
    )


def test_codes_shown_row_by_row_are_read_from_their_text() -> None:
    table = coverage([(90, 2), (80, 2), (70, 1)], "codes", ["CT01", "CT02", "CT06"])
    rows = pd.Series(["CT01;CT02", "CT01 (listed code only)", "CT02 (listed code only)"])
    found = suppress_small(table, released={"codes": rows})
    assert found.table["on_list"].tolist() == ["2 to 3", "2 to 3", "0 to 2"]


def test_many_levels_fall_back_to_a_good_answer_and_say_so() -> None:
    values = [(40 + number, 2 + number % 3) for number in range(3)] + [(9 + n, 8 + n) for n in range(14)]
    found = suppress_small(coverage(values))
    assert found.protected and not found.proved_least


@pytest.mark.parametrize(
    ("table", "more", "code"),
    [
        (coverage([(3, 4)]), {}, "not-counts"),
        (coverage([(3, -1)]), {}, "not-counts"),
        (coverage([(3, 1)]).drop(columns="pool"), {}, "not-counts"),
        (coverage([(3, 1)]).astype({"pool": float}).assign(pool=2.5), {}, "not-counts"),
        (pd.concat([coverage([(3, 1)])] * 2), {}, "not-counts"),
        (coverage([(3, 1)]), {"threshold": 2}, "not-a-threshold"),
    ],
)
def test_wrong_use_is_told(table, more, code) -> None:
    with pytest.raises(DisclosureError) as caught:
        suppress_small(table, **more)
    assert caught.value.code == code
