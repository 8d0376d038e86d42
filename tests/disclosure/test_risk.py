"""Risk against counting people one at a time."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.disclosure import Hierarchy, as_released, assess, council_hierarchies, least_coarsening
from casetrack.errors import DisclosureError

COLUMNS = ["sex", "area", "group"]
person = st.tuples(
    st.sampled_from("FM"), st.sampled_from("NSE"), st.sampled_from("xy"), st.sampled_from("123")
)
worlds = st.tuples(st.lists(person, min_size=2, max_size=25), st.integers(1, 5), st.integers(1, 6))


def world(people: list[tuple[str, ...]], size: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = pd.DataFrame(people, columns=[*COLUMNS, "secret"])
    return frame.iloc[: min(size, len(people))], frame


def alike(
    people: list[tuple[str, ...]], record: tuple[str, ...], places: tuple[int, ...]
) -> list[tuple[str, ...]]:
    return [other for other in people if all(other[place] == record[place] for place in places)]


@settings(deadline=None, max_examples=80)
@given(worlds)
def test_every_figure_of_a_record_is_what_counting_gives(world_and_k) -> None:
    people, size, k = world_and_k
    table, frame = world(people, size)
    found = assess(table, frame, COLUMNS, sensitive=["secret"], k=k)
    everyone = [row[3] for row in people]
    for place in range(len(table)):
        row, record = found.records.iloc[place], people[place]
        assert row["people"] == len(alike(people, record, (0, 1, 2)))
        assert row["chance"] == pytest.approx(1 / row["people"])
        without = [len(alike(people, record, tuple({0, 1, 2} - {drop}))) for drop in range(3)]
        assert row["people_without_driver"] == max(without)
        assert row["driver"] == (COLUMNS[without.index(max(without))] if max(without) > row["people"] else "")
        sets = [part for width in range(4) for part in itertools.combinations(range(3), width)]
        rare = [part for part in sets if len(alike(people, record, part)) < k]
        if rare:
            fewest = min(len(part) for part in rare)
            named = tuple(COLUMNS.index(name) for name in row["rare_combination"].split(", ") if name)
            assert named in rare and len(named) == fewest
            counts = [len(alike(people, record, part)) for part in rare if len(part) == fewest]
            assert row["rare_people"] == min(counts) == len(alike(people, record, named))
        else:
            assert row["rare_combination"] == "" and pd.isna(row["rare_people"])
        assert row["alike_on_list"] == len(alike(people[: len(table)], record, (0, 1, 2)))
        group = [other[3] for other in alike(people, record, (0, 1, 2))]
        learnt = found.attributes.iloc[place]
        assert learnt["people"] == len(group) and learnt["distinct"] == len(set(group))
        assert learnt["largest_share"] == pytest.approx(max(group.count(v) for v in "123") / len(group))
        far = sum(abs(group.count(v) / len(group) - everyone.count(v) / len(people)) for v in "123") / 2
        assert learnt["distance"] == pytest.approx(far)
    assert found.under_k == sum(found.records["people"] < k)
    assert found.distribution.sum() == len(table)


@settings(deadline=None, max_examples=40)
@given(worlds)
def test_coarsened_labels_match_the_people_they_can_stand_for(world_and_k) -> None:
    people, size, k = world_and_k
    table, frame = world(people, size)
    levels = {
        "sex": Hierarchy.withholding("sex", ["F", "M"]),
        "area": Hierarchy.from_table("area", [["N", "land", "*"], ["S", "land", "*"], ["E", "sea", "*"]]),
        "group": Hierarchy.withholding("group", ["x", "y"]),
    }
    for mode in ("column", "record"):
        coarse = least_coarsening(table, frame, levels, min(k, len(people)), mode)
        with_levels = assess(coarse.table, frame, hierarchies=levels, levels=coarse.levels, k=k)
        alone = assess(coarse.table, frame, hierarchies=levels, k=k)
        assert (
            with_levels.records["people"].tolist()
            == alone.records["people"].tolist()
            == coarse.counts.tolist()
        )


def test_cohort_codes_are_the_sensitive_column_and_not_matched_on_themselves() -> None:
    people = pd.DataFrame({"CT01": [True, True, False], "CT05": [False, True, True], "sex": ["F", "F", "M"]})
    columns = ["listed_as", "codes", "sex"]
    frame = as_released(people, columns)
    table = frame.iloc[[0, 1, 2]].assign(listed_as=["CT01", "CT05", "CT05"])
    found = assess(table, frame, hierarchies=council_hierarchies(people, columns), k=2)
    assert found.columns == ("listed_as", "codes", "sex")
    assert found.records["people"].tolist() == [1, 1, 1]
    assert found.attributes["sensitive"].tolist() == ["codes"] * 3
    assert found.attributes["people"].tolist() == [2, 2, 1]
    assert found.attributes["distinct"].tolist() == [2, 2, 1]
    assert "For 1 record all people who match on the other columns have the same value" in found.statement()


def test_withheld_and_coarse_labels_can_be_read_back_from_the_table_alone() -> None:
    people = pd.DataFrame({"CT01": [True] * 6, "CT06": [True, False] * 3, "age": [65, 66, 70, 71, 80, 97]})
    columns = ["listed_as", "codes", "age"]
    frame = as_released(people, columns)
    table = frame.iloc[[0, 1, 5]].assign(listed_as="CT01")
    levels = council_hierarchies(people, columns)
    coarse = least_coarsening(table, frame, levels, 2)
    assert (
        assess(coarse.table, frame, hierarchies=levels, k=2).records["people"].tolist()
        == coarse.counts.tolist()
    )


def test_the_words_and_the_picture_hold_the_figures_and_no_one() -> None:
    frame = pd.DataFrame(
        {"sex": ["Fx"] * 12 + ["Mx"], "codes": ["CT01"] * 13}, index=[f"94347{i}" for i in range(13)]
    )
    found = assess(frame.iloc[[0, 12]], frame, ["sex"], k=10)
    words = found.statement()
    assert (
        "2 records were compared with all 13 people" in words
        and "1 of the 2 look like fewer than 10" in words
    )
    assert "sex (2 records)" in words and "one column alone does" in words
    assert "nobody outside the council is told who is on the list" in words
    for text in (words, repr(found), found._repr_html_()):
        assert "94347" not in text and "Fx" not in text and "Mx" not in text
    figure = found.plot()
    assert [len(axes.patches) for axes in figure.axes] == [7, 1]
    assert found.to_frame()["people"].tolist() == [1, 12]
    assert found.summary["expected_finds"] == pytest.approx(1 + 1 / 12)
    assert found.summary["prosecutor_mean"] == 1.0


def test_a_list_without_rare_records_says_so() -> None:
    frame = pd.DataFrame({"sex": ["F", "M"] * 20})
    found = assess(frame.iloc[:4], frame, k=10)
    assert "Every record looks like at least 20 people" in found.statement()
    assert found.records["rare_combination"].tolist() == [""] * 4
    assert found.attributes.empty and found.under_k == 0


def test_an_empty_list_says_nothing_about_anybody() -> None:
    frame = pd.DataFrame({"sex": ["F", "M"]})
    found = assess(frame.iloc[:0], frame)
    assert "empty" in found.statement() and found.under_k == 0 and found.distribution.sum() == 0


def test_rows_in_any_order_give_the_same_figures() -> None:
    chance = np.random.default_rng(3)
    frame = pd.DataFrame({name: chance.integers(0, 4, 300).astype(str) for name in (*COLUMNS, "secret")})
    table = frame.iloc[:20]
    plain = assess(table, frame, COLUMNS, sensitive=["secret"])
    mixed = assess(table.iloc[::-1], frame.sample(frac=1, random_state=1), COLUMNS, sensitive=["secret"])
    assert mixed.records.equals(plain.records.iloc[::-1])
    assert mixed.attributes["largest_share"].tolist() == plain.attributes["largest_share"].tolist()[::-1]
    assert mixed.statement() == plain.statement()


@pytest.mark.parametrize(
    ("table", "more", "code"),
    [
        (pd.DataFrame({"sex": ["Z"]}), {}, "not-in-frame"),
        (pd.DataFrame({"sex": ["F"]}), {"columns": ["age"]}, "no-such-column"),
        (pd.DataFrame({"sex": ["F"]}), {"columns": []}, "no-columns"),
        (pd.DataFrame({"sex": ["F"]}), {"columns": ["sex"] * 17}, "too-many-columns"),
        (pd.DataFrame({"sex": ["F"]}), {"sensitive": ["shoe"]}, "no-such-column"),
        (
            pd.DataFrame({"sex": ["Z"]}),
            {"hierarchies": {"sex": Hierarchy.withholding("sex", ["F", "M"])}},
            "unknown-label",
        ),
    ],
)
def test_wrong_use_is_told_without_values(table, more, code) -> None:
    frame = pd.DataFrame({"sex": ["F", "M"]})
    with pytest.raises(DisclosureError) as caught:
        assess(table, frame, **more)
    assert caught.value.code == code and "Z" not in str(caught.value)
