"""Levels nest, cover the data, and mean what their names say."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from casetrack.disclosure.defaults import (
    AGGREGATE_ONLY,
    DEFAULT_COLUMNS,
    NO_CODE,
    RELEASE_COLUMNS,
    as_released,
    council_hierarchies,
)
from casetrack.disclosure.hierarchies import Hierarchy
from casetrack.disclosure.values import column_values
from casetrack.errors import DisclosureError, ReleaseError

PEOPLE = pd.DataFrame(
    {
        "CT01": [True, True, False, False, False],
        "CT04": [False, False, True, False, True],
        "CT06": [True, False, False, False, True],
        "age": [70, 97, 19, 52, 18],
        "age_band": ["65 to 74", "95 and over", "18 to 24", "45 to 64", "18 to 24"],
        "sex": ["Female", "Male", "Female", "Other", "Not recorded"],
        "ethnicity": [
            "White: Irish",
            "White: British",
            "Refused",
            "Other ethnic group: Arab",
            "White: Irish",
        ],
        "ethnic_group": ["White", "White", "Not recorded", "Other ethnic group", "White"],
        "assessment_date": pd.to_datetime(["2026-03-31", "2025-04-01", "2025-12-05", None, "2025-09-30"]),
        "accommodation_status": ["Tenant", "Tenant", "Prison", "Not recorded", "Tenant"],
        "accommodation": ["Settled", "Settled", "Unsettled", "Not recorded", "Settled"],
        "service_groups": [
            "Long term support",
            "Short term support",
            "Not recorded",
            "None",
            "Long term support",
        ],
        "primary_support_reason": ["Physical support: Personal care support", "Unknown", "x", "x", "x"],
        "religion": ["a", "b", "a", "b", "a"],
    },
    index=["p1", "p2", "p3", "p4", "p5"],
)


def test_values_become_texts_and_missing_ones_a_value() -> None:
    numbers, texts = column_values(pd.Series([1.0, None, 2.5, "1", "Not recorded", np.nan], dtype=object))
    assert [texts[number] for number in numbers] == [
        "1",
        "Not recorded",
        "2.5",
        "1",
        "Not recorded",
        "Not recorded",
    ]
    assert len(set(texts)) == len(texts)
    assert column_values(pd.Series([], dtype=object))[1] == []
    assert column_values(pd.Series([True, False]))[1] == ["True", "False"]
    assert column_values(pd.Series(["b", None], dtype="category"))[1] == ["b", "Not recorded"]


def test_levels_that_do_not_nest_are_refused_without_naming_a_value() -> None:
    rows = [["secret-1", "x", "p"], ["secret-2", "x", "q"], ["secret-3", "y", "q"]]
    with pytest.raises(DisclosureError) as caught:
        Hierarchy.from_table("area", rows, ["a", "b", "c"])
    assert caught.value.code == "hierarchy-does-not-nest"
    assert "secret" not in str(caught.value) and '"b" does not nest in "c": 1 of its labels' in str(
        caught.value
    )


@pytest.mark.parametrize(
    ("rows", "levels", "code"),
    [
        ([["a", "*"], ["a", "*"]], None, "hierarchy-repeats"),
        ([["a", "*"], ["b"]], None, "hierarchy-ragged"),
        ([], None, "hierarchy-ragged"),
        ([["a", "*"]], ["one"], "hierarchy-levels"),
        ([["a", "*"]], ["one", "one"], "hierarchy-levels"),
    ],
)
def test_ill_formed_hierarchies_are_refused(
    rows: list[list[str]], levels: list[str] | None, code: str
) -> None:
    with pytest.raises(DisclosureError) as caught:
        Hierarchy.from_table("area", rows, levels)
    assert caught.value.code == code


def test_values_that_are_not_covered_are_counted_not_named() -> None:
    sex = Hierarchy.withholding("sex", ["Female", "Male"])
    with pytest.raises(DisclosureError) as caught:
        sex.keys(pd.DataFrame({"sex": ["Female", "Zed", "Zed", None]}))
    assert caught.value.code == "hierarchy-does-not-cover"
    assert "2 of the 3 values of the table, in 3 rows" in str(caught.value) and "Zed" not in str(caught.value)
    with pytest.raises(DisclosureError):
        sex.label("Zed", 0)


def test_the_csv_of_arx_is_read_with_byte_order_mark_and_blank_lines(tmp_path) -> None:
    place = tmp_path / "education.csv"
    place.write_text("Bachelors;Higher;*\n\nMasters;Higher;*\n", encoding="utf-8-sig")
    found = Hierarchy.from_csv(place)
    assert found.column == "education" and found.levels == ("level 0", "level 1", "level 2")
    assert found.leaves(np.array([0])).tolist() == [[1, 2, 2]]
    assert "Bachelors" not in repr(found)


def test_a_table_hierarchy_takes_its_level_names_from_a_frame() -> None:
    table = pd.DataFrame({"month": ["2026-01", "2026-02"], "any": ["*", "*"]})
    found = Hierarchy.from_table("when", table)
    assert found.levels == ("month", "any")
    assert found.to_frame().equals(table.astype(object))


def test_ages_go_from_years_to_five_years_to_bands() -> None:
    age = council_hierarchies(PEOPLE, ["age"])["age"]
    shown = {
        value: [age.label(value, level) for level in range(6)] for value in ("18", "19", "52", "70", "97")
    }
    assert shown["18"] == ["18", "18 to 19", "18 to 24", "18 to 44", "18 to 64", "Withheld"]
    assert shown["52"] == ["52", "50 to 54", "45 to 64", "45 to 64", "18 to 64", "Withheld"]
    assert shown["70"] == ["70", "70 to 74", "65 to 74", "65 to 74", "65 and over", "Withheld"]
    assert shown["97"] == ["97", "95 and over", "95 and over", "85 and over", "65 and over", "Withheld"]


def test_every_adult_age_has_one_label_on_every_level() -> None:
    people = pd.DataFrame({"age": range(18, 121)})
    age = council_hierarchies(people, ["age"])["age"].to_frame()
    assert age["bands"].nunique() == 7 and age["5-year bands"].nunique() == 17
    sizes = age.groupby("bands").size()
    assert sizes["18 to 24"] == 7 and sizes["25 to 44"] == 20 and sizes["85 to 94"] == 10


@pytest.mark.parametrize(
    ("month", "quarter", "half"),
    [
        ("2025-04", "2025-04 to 2025-06", "2025-04 to 2025-09"),
        ("2025-09", "2025-07 to 2025-09", "2025-04 to 2025-09"),
        ("2025-12", "2025-10 to 2025-12", "2025-10 to 2026-03"),
        ("2026-03", "2026-01 to 2026-03", "2025-10 to 2026-03"),
        ("Not recorded", "Not recorded", "Not recorded"),
    ],
)
def test_months_go_to_quarters_and_halves_of_the_council_year(month: str, quarter: str, half: str) -> None:
    found = council_hierarchies(PEOPLE, ["assessment_month"])["assessment_month"]
    assert [found.label(month, level) for level in range(4)] == [month, quarter, half, "Withheld"]


def test_ethnicity_goes_from_18_to_6_to_4_to_two() -> None:
    found = council_hierarchies(PEOPLE, ["ethnicity"])["ethnicity"]
    assert found.levels == ("as recorded", "group", "broad group", "White or not", "withheld")
    assert [found.label("White: Irish", level) for level in range(5)] == [
        "White: Irish",
        "White",
        "White",
        "White",
        "Withheld",
    ]
    assert found.label("Refused", 2) == found.label("Refused", 3) == "Not recorded"
    assert found.label("Other ethnic group: Arab", 2) == "Mixed or other"
    assert found.label("Other ethnic group: Arab", 3).startswith("Ethnic minorities")
    without = council_hierarchies(PEOPLE.drop(columns="ethnic_group"), ["ethnicity"])["ethnicity"]
    assert without.label("White: Irish", 1) == "White"


def test_the_other_columns_group_as_their_names_say() -> None:
    names = [
        "accommodation_status",
        "service_groups",
        "primary_support_reason",
        "age_band",
        "sex",
        "ethnic_group",
    ]
    found = council_hierarchies(PEOPLE, names)
    assert found["accommodation_status"].label("Prison", 1) == "Unsettled"
    assert found["service_groups"].label("None", 1) == "No long term support"
    assert found["service_groups"].label("Not recorded", 1) == "Not recorded"
    assert (
        found["primary_support_reason"].label("Physical support: Personal care support", 1)
        == "Physical support"
    )
    assert found["age_band"].label("45 to 64", 2) == "18 to 64"
    assert found["ethnic_group"].label("White", 1) == "White"
    assert found["sex"].levels == ("as recorded", "withheld")


def test_contradicting_groups_are_refused() -> None:
    people = PEOPLE.assign(ethnic_group=["White", "White", "Not recorded", "Other ethnic group", "Mixed"])
    with pytest.raises(DisclosureError) as caught:
        council_hierarchies(people, ["ethnicity"])
    assert caught.value.code == "hierarchy-repeats"


def test_codes_are_shown_or_withheld_and_the_listed_one_is_passed_over() -> None:
    assert as_released(PEOPLE, ["codes"])["codes"].tolist() == [
        "CT01;CT06",
        "CT01",
        "CT04",
        NO_CODE,
        "CT04;CT06",
    ]
    assert list(council_hierarchies(PEOPLE, ["listed_as", "codes"])) == ["codes"]
    assert council_hierarchies(PEOPLE, ["codes"])["codes"].levels == ("as recorded", "withheld")


def test_only_listed_columns_can_be_released() -> None:
    for column in (
        "person_id",
        "team",
        "lead_professional",
        "provider",
        "gp_practice",
        "linked_group",
        "age_x",
    ):
        with pytest.raises(ReleaseError) as caught:
            as_released(PEOPLE.assign(**{column: "v"}), [column])
        assert caught.value.code == "never-released"
    with pytest.raises(ReleaseError) as caught:
        as_released(PEOPLE, ["funding"])
    assert caught.value.code == "not-available"


def test_the_policy_names_every_sensitive_column() -> None:
    assert set(AGGREGATE_ONLY) == {"religion", "sexual_orientation", "gender_identity", "pregnancy_maternity"}
    assert not set(DEFAULT_COLUMNS) & set(AGGREGATE_ONLY)
    assert all(item.reason for item in RELEASE_COLUMNS.values())
    assert council_hierarchies(PEOPLE, ["religion"])["religion"].levels == ("as recorded", "withheld")
