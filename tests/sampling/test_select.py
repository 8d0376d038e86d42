"""Selecting from any pool: what is asked wrongly is refused plainly, and what came out is said plainly."""

import dataclasses
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from pandas import DataFrame, Index, Series

from casetrack.errors import DesignError, InfeasibleDesignError
from casetrack.quotas import shortfall
from casetrack.sampling import select

COLUMNS = ["feature", "value", "min", "max"]
RULES = DataFrame([("sex", "F", 1, 2)], columns=COLUMNS)


def pool(**columns):
    sex = {"sex": ["F", "M", "F", "M", "F", "M"]}
    return DataFrame({**sex, **columns}, index=list("abcdef"))


def codes_of(error):
    return [problem.code for problem in error.value.problems]


def test_a_column_may_have_a_number_for_a_name_in_quotas_and_limits():
    people = pool(n=[1, 2, 1, 2, 3, 3])
    rules = DataFrame([("n", 1, 1, 2)], columns=COLUMNS)
    named = select(people, rules, 3, "s", at_most={"n": 1})
    numbered = select(people.rename(columns={"n": 7}), rules.assign(feature=7), 3, "s", at_most={7: 1})
    assert sorted(people.loc[numbered.chosen, "n"]) == [1, 2, 3]
    assert (numbered.chances == named.chances).all()


@pytest.mark.parametrize("people", [{"sex": ["F"]}, Series(["F"]), None, [("F",)]])
def test_people_that_are_no_table_are_refused(people):
    with pytest.raises(DesignError) as error:
        select(people, RULES, 1, "s", at_most={"sex": 1})
    assert codes_of(error) == ["people-table"]


@pytest.mark.parametrize("quotas", [[("sex", "F", 1, 2)], {"sex": "F"}, None, RULES["min"]])
def test_quotas_that_are_no_table_are_refused(quotas):
    with pytest.raises(DesignError) as error:
        select(pool(), quotas, 1, "s")
    assert codes_of(error) == ["quotas-table"]


@pytest.mark.parametrize("most", [1.5, 2.0, True, np.True_, 0, -1, "1", None, [1]])
def test_a_limit_that_is_no_whole_number_from_one_up_is_refused(most):
    with pytest.raises(DesignError) as error:
        select(pool(), RULES, 2, "s", at_most={"sex": most})
    assert codes_of(error) == ["limit-number"]
    assert 'column "sex"' in str(error.value)


@pytest.mark.parametrize("at_most", [["sex"], [], 1, "sex"])
def test_limits_without_their_columns_are_refused(at_most):
    with pytest.raises(DesignError) as error:
        select(pool(), RULES, 2, "s", at_most=at_most)
    assert codes_of(error) == ["limit-form"]


def test_a_limit_of_any_size_can_be_given():
    assert len(select(pool(), RULES, 2, "s", at_most={"sex": 10**400}).chosen) == 2


def test_a_limit_compares_values_as_quotas_do():
    home = Series([1, 1.0, "1", " 1", "2", "2"], dtype=object, index=list("abcdef"))
    for seed in "rstuv":
        chosen = select(pool(home=home), RULES.iloc[:0], 2, seed, at_most={"home": 1}).chosen
        assert sorted(home[chosen].astype(str).str.strip().str[0]) == ["1", "2"]


def test_whoever_has_no_value_is_not_limited():
    home = Series([None, pd.NA, np.nan, "", " ", "Not recorded"], dtype=object, index=list("abcdef"))
    assert len(select(pool(home=home), RULES.iloc[:0], 6, "s", at_most={"home": 1}).chosen) == 6


def test_a_label_or_a_value_of_a_quota_that_cannot_be_written_is_refused():
    labels = Index(["SECRET\ud800", "b", "c", "d", "e", "f"], dtype=object)
    rules = DataFrame({**RULES.to_dict("list"), "value": Series(["\udfff"], dtype=object)})
    with pytest.raises(DesignError) as error:
        select(pool().set_axis(labels), rules, 2, "s")
    assert codes_of(error) == ["quota-text", "people-label"]
    assert "SECRET" not in str(error.value)
    assert str(error.value).encode()


def test_a_value_of_a_person_that_cannot_be_written_counts_towards_nothing():
    sex = Series(["\ud800", "M", "F", "M", "F", "M"], dtype=object, index=list("abcdef"))
    selection = select(pool(sex=sex), RULES, 2, "s", at_most={"sex": 1})
    assert selection.quota_table["in_pool"].tolist() == [2]


def test_everything_that_is_wrong_is_told_at_once():
    people = pd.concat([pool(), pool()])
    people["home"] = Series([["SECRET"]] * 12, dtype=object, index=people.index)
    limits = {"home": 1, "height": 1, "sex": 0}
    with pytest.raises(DesignError) as error:
        select(people, RULES.assign(feature="home", min=3), "50", " ", at_most=limits)
    assert set(codes_of(error)) == {
        "bad-size",
        "column-values",
        "quota-crossed",
        "limit-column",
        "limit-number",
        "people-twice",
        "no-seed",
    }
    assert len(error.value.problems) == 7
    assert "SECRET" not in str(error.value)


@pytest.mark.parametrize("most", [None, 9])
def test_a_minimum_above_the_size_is_a_design_that_cannot_be_met(most):
    rules = DataFrame([("sex", "F", 3, most)], columns=COLUMNS)
    with pytest.raises(InfeasibleDesignError) as error:
        select(pool(), rules, 2, "s")
    found = error.value.shortfall
    assert isinstance(found, shortfall.Shortfall)
    assert found.nearest[["feature", "bound", "asked", "nearest"]].values.tolist() == [["sex", "min", 3, 2]]
    assert found.nearest_design is None
    assert str(error.value).endswith(
        "The nearest quotas that work have sex, F: at least 2 instead of 3. They are shortfall.quotas."
    )
    assert "no list of 2 can meet the quotas: sex, F: at least 3" in str(error.value)
    assert len(select(pool(), found.quotas, 2, "s").chosen) == 2


def test_mixed_kinds_of_values_give_one_lottery_in_any_order_of_rows():
    n = Series([True, 1, 0, False, 1, True], dtype=object, index=list("abcdef"))
    rules = DataFrame([("n", "1", 1, 1)], columns=COLUMNS)
    one, other = (select(pool(n=n).loc[list(order)], rules, 2, "s") for order in ("abcdef", "bacfed"))
    assert one.quota_table["in_pool"].tolist() == [2]
    assert one.chosen == other.chosen
    assert (one.chances == other.chances[one.chances.index]).all()


def test_summary_says_far_is_far_and_gives_no_absurd_number(monkeypatch):
    module = sys.modules[select.__module__]
    real = module.limited_chances

    def pulled_far(*arguments, **named):
        wanted = real(*arguments, **named)
        far = dataclasses.replace(wanted.chances, multipliers=np.array([5000.0, -5000.0, 0.02, -9.0]))
        return dataclasses.replace(wanted, chances=far)

    monkeypatch.setattr(module, "limited_chances", pulled_far)
    rows = [("sex", "F", 1, 2), ("sex", "M", 1, 2), ("n", "1", 0, 3), ("n", "2", 0, 3)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        selection = select(pool(n=[1, 2, 1, 2, 3, 3]), DataFrame(rows, columns=COLUMNS), 3, "s")
        words = selection.summary()
    assert np.isfinite(selection.multipliers["multiplier"]).all()
    assert (selection.multipliers["multiplier"] > 0).all()
    assert "Raised by sex, F (as far as the quotas allow); n, 1 (1.02 times)." in words
    assert "Lowered by sex, M (as far as the quotas allow); n, 2 (as far as the quotas allow)." in words


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (3.84, "3.8 times"),
        (999.6, "1,000 times"),
        (0.04, "0.04 times"),
        (0.5, "0.5 times"),
        (24.6, "25 times"),
    ],
)
def test_how_many_times_a_chance_is_raised_or_lowered(times, words):
    selection = select(pool(), RULES, 2, "s")
    moved = DataFrame([("sex", "F", times)], columns=["feature", "value", "multiplier"])
    assert f" by sex, F ({words})." in dataclasses.replace(selection, multipliers=moved).summary()


def test_summary_says_who_is_certain_and_what_was_left_to_chance():
    rules = DataFrame([("sex", "F", 0, 0)], columns=COLUMNS)
    assert "3 people are certain to be selected" in select(pool(), rules, 3, "s").summary()
    assert "Nothing is left to chance" in select(pool(), rules.iloc[:0], 6, "s").summary()
    one = select(
        pool(), DataFrame([("sex", "M", 1, 1), ("sex", "F", 3, 3)], columns=COLUMNS), 4, "s"
    ).summary()
    assert "The lowest chance is 1 in 3; 3 people are certain to be selected." in one
    even = select(pool(), rules.iloc[:0], 2, "s").summary()
    assert "Everyone has the same chance, 1 in 3." in even
    some = select(pool(), rules, 2, "s").summary()
    assert (
        "An equal chance would be 1 in 3. Everyone who can be selected has the same chance, 67 in 100."
        in some
    )


def test_summary_counts_one_person_as_one():
    alone = select(pool().iloc[:1], RULES, 1, "s").summary()
    assert alone.startswith("1 of 1 person was selected and every quota holds.")
    rules = DataFrame([("sex", "F", 1, 1), ("sex", "M", 0, 0)], columns=COLUMNS)
    assert "leave 1 person without any chance." in select(pool().iloc[:2], rules, 1, "s").summary()


def test_a_key_that_is_none_is_refused_and_a_key_gives_a_list_of_its_own():
    with pytest.raises(DesignError) as error:
        select(pool(), RULES, 2, "s", key="00" * 32)
    assert codes_of(error) == ["key-form"]
    people = DataFrame({"sex": ["F", "M"] * 40})
    one, same, other = (
        select(people, RULES.assign(min=10, max=10), 20, "s", key=k)
        for k in (b"a" * 32, b"a" * 32, b"b" * 32)
    )
    assert one.chosen == same.chosen != other.chosen
    assert one.key == b"a" * 32
    assert "97, 97" not in repr(one) and "aaaa" not in repr(one) and one.key.hex() not in repr(one)
    assert (one.chances == other.chances).all()


def test_a_limit_is_part_of_the_chances():
    """Three of each area is the only way; equal chances would give twelve places to the larger areas."""
    sizes = {"north": 10, "south": 20, "east": 30, "west": 40}
    people = DataFrame({"area": [area for area, count in sizes.items() for _ in range(count)]})
    people["team"] = "team of " + people["area"]
    rules = DataFrame([("area", area, 0, 12) for area in sizes], columns=["feature", "value", "min", "max"])
    selection = select(people, rules, 12, "s", at_most={"team": 3})
    assert people["area"][selection.chosen].value_counts().to_dict() == dict.fromkeys(sizes, 3)
    assert selection.chances.groupby(people["area"]).sum().round(6).to_dict() == dict.fromkeys(sizes, 3.0)
    assert selection.quota_table["feature"].unique().tolist() == ["area"]
    assert "team of" not in selection.summary()
    assert selection.certificate.holds


def test_a_limit_that_leaves_no_list_is_named_and_its_values_are_not():
    people = DataFrame({"area": ["north"] * 4 + ["south"] * 4, "household": ["SECRET"] * 4 + list("abcd")})
    rules = DataFrame([("area", "north", 2, 3)], columns=["feature", "value", "min", "max"])
    assert len(select(people, rules, 4, "s").chosen) == 4
    with pytest.raises(InfeasibleDesignError) as error:
        select(people, rules, 4, "s", at_most={"household": 1})
    assert error.value.code == "limits-clash"
    assert "household" in str(error.value) and "SECRET" not in str(error.value)
    with pytest.raises(InfeasibleDesignError) as error:
        select(people, rules.assign(min=5, max=8), 6, "s", at_most={"household": 3})
    assert error.value.code == "quotas-clash"
    assert "at most)" not in str(error.value)
    assert error.value.shortfall.quotas["feature"].tolist() == ["area"]
