"""What a release says of itself: each sentence for the rule and the rows that it is of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casetrack.disclosure.frame import release_frame, shown_columns
from casetrack.disclosure.release_rule import find_rule
from casetrack.release.promises import CANNOT, FIXED, LATER, promise

READERS = {"rule": 1.25, "fits": 1.5, "fits_above": 2.0}


def rule_of(codes, places, k=10):
    """A rule for people who hold one code each, all as likely."""
    people = pd.DataFrame({code: [code == own for own in codes] for code in sorted(set(codes))})
    people["sex"] = "Female"
    names = np.array(codes, dtype=object)
    weight = np.full(len(codes), places / len(codes))
    columns = shown_columns(people, ["sex"])
    return find_rule(release_frame(columns, np.arange(len(codes)), names, weight), k, b"key")


def rows(reasons, code="CT01"):
    index = [f"C{n}" for n in range(len(reasons))]
    table = pd.DataFrame({"listed_as": code}, index=index)
    return table, pd.DataFrame({"exception": reasons}, index=index)


@pytest.mark.parametrize(
    "reasons, words",
    [
        ([FIXED, ""], "in fewer than 5 rows of fixed places, which"),
        ([LATER] * 6, "in 6 rows of people who came later, which"),
        ([LATER, FIXED], "in fewer than 5 rows of fixed places and people who came later, which"),
    ],
)
def test_only_the_exceptions_that_there_are_are_told(reasons, words):
    said = promise(rule_of(["CT01"] * 40, 10), READERS, rows(reasons))
    assert f"except {words} show the code alone" in said[0]
    assert said[1].startswith("Such a reader can expect to name rightly 1.2 of the 10 cases")


def test_where_no_code_can_reach_k_nothing_is_promised():
    rule = rule_of(["CT01"] * 8 + ["CT02"] * 8, 4)
    assert rule.codes_alone and not rule.small
    said = promise(rule, READERS, rows([CANNOT] * 4))
    assert said[0].startswith(
        "Each code has too few people, or chances too unequal, for nobody to be likelier than 1 in 10"
    )
    assert said[1].startswith("A reader who knows the chances and this method can expect to name rightly")
    assert not any("no one person is likelier" in line for line in said)


def test_most_of_the_pool_is_said_to_be_so():
    said = promise(rule_of(["CT01"] * 30, 20), READERS, rows([CANNOT]))
    assert said[0].startswith(
        "The list is most of the people who can be drawn, about 20 places for 30 people."
    )
    assert "Such a reader" not in " ".join(said)


def test_one_code_that_reaches_k_keeps_the_promise():
    said = promise(rule_of(["CT01"] * 40 + ["CT02"] * 4, 8), READERS, rows([CANNOT], "CT02"))
    assert "except in 1 row listed as CT02, which show the code alone" in said[0]
