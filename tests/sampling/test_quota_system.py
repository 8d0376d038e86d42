"""Quotas read against people: values compare as their text in any order of rows, and what is wrong is told at once."""

import itertools
from decimal import Decimal
from enum import Enum

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame, Series

from casetrack.errors import DesignError
from casetrack.quotas.quota_system import quota_system


class Side(str, Enum):  # noqa: UP042 - the older kind, which reads as its name and equals its text
    NORTH = "north"


def table(*rows):
    return DataFrame(list(rows), columns=["feature", "value", "min", "max"])


def supply(cells, *values):
    """How many people count towards each value."""
    people = DataFrame({"n": Series(list(cells), dtype=object)})
    rows = [("n", value, 0, None) for value in values]
    return quota_system(people, table(*rows), 1).supply.tolist()


def codes_of(error):
    return [problem.code for problem in error.value.problems]


@pytest.mark.parametrize(
    ("cells", "counts"),
    [
        ([True, 1, 0, False], {"1": 1, "0": 1, "yes": 1, "no": 1}),
        ([1, 1.0, "1", np.int64(1), np.bool_(True)], {"1": 4, "yes": 1}),
        ([1, 1.5, True, Decimal("1.50")], {"1": 1, "1.5": 1, "1.50": 1, "yes": 1}),
        ([Decimal("1"), Decimal("1.0"), 1], {"1": 2, "1.0": 1}),
        ([pd.NA, None, float("nan"), pd.NaT, " ", 0], {"Not recorded": 5, "0": 1}),
        ([Side.NORTH, "north", " north", 3], {"north": 3, "3": 1}),
        ([pd.Timestamp("2026-01-01 12:00+00:00"), pd.Timestamp("2026-01-01 13:00+01:00")],
         {"2026-01-01 12:00:00+00:00": 1, "2026-01-01 13:00:00+01:00": 1}),
    ],
)  # fmt: skip
def test_values_count_as_their_text_whatever_row_comes_first(cells, counts):
    for order in itertools.permutations(cells):
        assert supply(order, *counts) == list(counts.values())


def test_a_yes_or_no_is_known_as_such_wherever_it_stands():
    for order in itertools.permutations([1, True, "x"]):
        assert supply(order, "true") == [1]


def test_types_do_not_depend_on_the_order_of_mixed_values():
    cells = Series([True, 1, 1.0, "1", None, False], dtype=object)
    people = DataFrame({"n": cells})
    rules = table(("n", "1", 0, 1), ("n", "yes", 0, 1), ("n", np.nan, 0, 1))
    one, other = quota_system(people, rules, 2), quota_system(people[::-1], rules, 2)
    assert one.type_keys == other.type_keys
    assert one.type_of.tolist() == other.type_of[::-1].tolist()


def test_columns_may_have_names_that_are_no_text():
    people = DataFrame({7: ["x", "y"], (1, 2): ["a", "a"]})
    rules = DataFrame({"feature": [7, (1, 2)], "value": ["x", "a"], "min": [1, 1], "max": [1, 2]})
    system = quota_system(people, rules, 1)
    assert system.labels == (("7", "x"), ("(1, 2)", "a"))
    assert system.supply.tolist() == [1, 2]


def test_columns_whose_names_read_the_same_are_refused():
    people = DataFrame([["x", "x"]], columns=[7, "7"])
    with pytest.raises(DesignError) as error:
        quota_system(people, table((7, "x", 0, 1)), 1)
    assert codes_of(error) == ["column-twice"]


@pytest.mark.parametrize(
    "cell", [["north"], {"north": 1}, {"north"}, frozenset({"north"}), np.array(["north"])]
)
def test_cells_that_hold_several_values_are_refused_by_column_and_row(cell):
    people = DataFrame({"area": Series(["south", cell, None], dtype=object)})
    with pytest.raises(DesignError) as error:
        quota_system(people, table(("area", "south", 0, 1)), 1)
    assert codes_of(error) == ["column-values"]
    assert 'column "area"' in str(error.value)
    assert "row 2" in str(error.value)
    assert "north" not in str(error.value)


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (1e30, 1e30, "quota-too-large"),
        (2**63, None, "quota-too-large"),
        (10**30, None, "quota-too-large"),
        (np.inf, None, "quota-number"),
        (1.5, 2, "quota-number"),
        (-1, 2, "quota-number"),
        (1, -1, "quota-number"),
        (True, 2, "quota-number"),
        (1j, 2, "quota-number"),
        ("many", 2, "quota-number"),
        ([1], 2, "quota-number"),
        (pd.Timestamp("2026-01-01"), 2, "quota-number"),
        (2, 1, "quota-crossed"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(low, high, code):
    rules = DataFrame({"feature": ["sex"], "value": ["F"], "min": Series([low], dtype=object), "max": [high]})
    with pytest.raises(DesignError) as error:
        quota_system(DataFrame({"sex": ["F", "M"]}), rules, 1)
    assert codes_of(error) == [code]
    assert "row 1 of the quotas" in str(error.value)


@pytest.mark.parametrize(
    ("low", "high", "read"),
    [
        ("1", " 2 ", (1, 2)),
        (1.0, Decimal(2), (1, 2)),
        (None, None, (0, 2)),
        (pd.NA, " ", (0, 2)),
        (1, np.inf, (1, 2)),
        (1, 1e30, (1, 2)),
        (3, None, (3, 3)),
        (3, 2**70, (3, 3)),
    ],
)
def test_numbers_that_can_be_read_are(low, high, read):
    rules = DataFrame(
        {
            "feature": ["sex"],
            "value": ["F"],
            "min": Series([low], dtype=object),
            "max": Series([high], dtype=object),
        }
    )
    system = quota_system(DataFrame({"sex": ["F", "M"]}), rules, 2)
    assert (int(system.minimum[0]), int(system.maximum[0])) == read


def test_everything_that_is_wrong_with_a_table_is_told_at_once():
    people = DataFrame([["a", "a", ["SECRET"], "F"]], columns=["twice", "twice", "list", "sex"], dtype=object)
    rules = table(
        ("height", "tall", 0, 1),
        ("twice", "a", 0, 1),
        ("list", "a", 0, 1),
        ("sex", ["F", "M"], 0, 1),
        ("sex", "F", 2, 1),
        ("sex", " F ", 0.5, 1),
        (None, "F", 10**12, None),
    )  # fmt: skip
    with pytest.raises(DesignError) as error:
        quota_system(people, rules, -1)
    assert set(codes_of(error)) == {
        "bad-size",
        "quota-feature",
        "column-twice",
        "column-values",
        "quota-value",
        "quota-crossed",
        "quota-number",
        "quota-too-large",
        "quota-twice",
    }
    by_code = {problem.code: problem for problem in error.value.problems}
    assert by_code["quota-feature"].where == "rows 1, 7 of the quotas"
    assert by_code["quota-twice"].where == "row 6 of the quotas"
    assert all(problem.advice for problem in error.value.problems)
    assert "SECRET" not in str(error.value)


def test_columns_of_the_quotas_are_there_once_each():
    rules = table(("sex", "F", 1, 1))
    people = DataFrame({"sex": ["F"]})
    with pytest.raises(DesignError, match="more than one column min"):
        quota_system(people, pd.concat([rules, rules[["min"]]], axis=1), 1)
    with pytest.raises(DesignError, match="no column value, max"):
        quota_system(people, rules[["feature", "min"]], 1)


def test_a_list_larger_than_any_pool_is_refused():
    with pytest.raises(DesignError, match="larger than any pool"):
        quota_system(DataFrame({"sex": ["F"]}), table(), 10**30)
