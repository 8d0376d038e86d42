"""A design as a sheet: what goes out comes back, what is written into it is checked, what a wish does is shown."""

from __future__ import annotations

import functools

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.cli.options import read_design
from casetrack.designs.design import Combination, Design, Quota
from casetrack.designs.drawing import chances_of
from casetrack.errors import DesignError, OutputError
from casetrack.samples import sample_folder
from command import here
from life_example import coded
from share import examples

NUMBERS = st.tuples(st.integers(0, 4), st.integers(4, 60) | st.none())
WHOLE = Design(
    size=30,
    codes={"CT02": Quota(min=2), "CT07": Quota(min=1, max=9)},
    characteristics={"sex": {"Female": Quota(max=20)}, "age_band": {"18 to 24": Quota(min=1)}},
    combinations=(Combination(of={"CT07": "yes", "sex": "Male"}, min=1, max=None),),
    balance={
        "sex": {"Female": Quota(min=16, max=17), "Male": Quota(max=14)},
        "funding": {"x": Quota(min=1)},
    },
    at_most={"linked_group": 1, "team": 10},
    must_include={"1004417": "=a family wish"},
    exclude={"1004418": "moved"},
    reasons={
        "CT02": "small cohort",
        "sex: Female": "- as minuted",
        "at_most: team": "one team is large",
        "balance: sex": "as expected",
    },
)


@functools.cache
def pool():
    return coded()


def edited(tmp_path, change, design=WHOLE):
    path = design.to_excel(tmp_path / "design.xlsx", force=True)
    book = openpyxl.load_workbook(path)
    change(book["Design"])
    book.save(path)
    return path


def row_of(sheet, feature, level=""):
    return next(
        r[0].row for r in sheet.iter_rows(min_row=5) if (r[1].value, r[2].value or "") == (feature, level)
    )


def test_what_goes_out_comes_back(tmp_path):
    assert all(getattr(WHOLE, part) for part in Design.model_fields), "every part of a design is tried"
    assert Design.from_toml(WHOLE.to_toml()) == Design.from_json(WHOLE.to_json()) == WHOLE
    path = WHOLE.to_excel(tmp_path / "design.xlsx")
    assert Design.from_excel(path) == WHOLE
    assert path.read_bytes() == WHOLE.to_excel(tmp_path / "again.xlsx").read_bytes()
    with pytest.raises(OutputError, match="file-exists"):
        WHOLE.to_excel(path)


@settings(max_examples=examples(25), deadline=None)
@given(
    st.integers(1, 60),
    st.dictionaries(
        st.sampled_from(["CT01", "CT05", "CT07"]),
        NUMBERS,
    ),
    st.dictionaries(
        st.sampled_from(["Female", "Male", "= x"]),
        NUMBERS,
    ),
)
def test_any_design_comes_back(tmp_path_factory, size, codes, levels):
    def quotas(of):
        return {name: Quota(min=low, max=high) for name, (low, high) in of.items()}

    design = Design(size=size, codes=quotas(codes), characteristics={"sex": quotas(levels)} if levels else {})
    path = design.to_excel(tmp_path_factory.mktemp("design") / "design.xlsx")
    assert Design.from_excel(path).digest() == design.digest()


def test_a_director_edits_it_in_a_spreadsheet(tmp_path):
    def change(sheet):
        sheet.cell(row_of(sheet, "CT02", "yes"), 4).value = 4
        sheet.cell(row_of(sheet, "CT02", "yes"), 6).value = "asked for by the board"
        sheet.cell(row_of(sheet, "sex", "Female"), 5).value = None
        sheet.cell(row_of(sheet, "size"), 4).value = 40
        sheet.delete_rows(row_of(sheet, "excluded", "1004418"))

    design = Design.from_excel(edited(tmp_path, change))
    assert design.size == 40 and design.codes["CT02"] == Quota(min=4) and not design.exclude
    assert design.reasons["CT02"] == "asked for by the board"
    assert design.characteristics["sex"]["Female"] == Quota()


def test_every_wrong_cell_is_said_at_once_and_nobody_is_named(tmp_path):
    def change(sheet):
        sheet.cell(row_of(sheet, "CT02", "yes"), 4).value = "about 4"
        sheet.cell(row_of(sheet, "CT07", "yes"), 5).value = 2.5
        sheet.cell(row_of(sheet, "age_band", "18 to 24"), 3).value = None
        sheet.cell(row_of(sheet, "sex", "Female"), 2).value = "CT02"
        sheet.cell(row_of(sheet, "CT02", "Female"), 3).value = "yes"
        sheet.cell(row_of(sheet, "excluded", "1004418"), 3).value = None

    with pytest.raises(DesignError) as caught:
        Design.from_excel(edited(tmp_path, change))
    where = [problem.where for problem in caught.value.problems]
    assert len(where) == 5 and {"D6", "E7"} <= {place.removeprefix("cell ") for place in where}
    assert all(p.code == "design-cell" and p.advice for p in caught.value.problems)
    assert "1004417" not in str(caught.value)


def test_what_is_no_such_workbook_is_said(tmp_path):
    (tmp_path / "text.xlsx").write_text("size = 50", encoding="utf-8")
    openpyxl.Workbook().save(tmp_path / "other.xlsx")

    def other_headings(sheet):
        sheet["B4"].value = "Something"

    for path in (
        tmp_path / "text.xlsx",
        tmp_path / "other.xlsx",
        tmp_path / "no.xlsx",
        edited(tmp_path, other_headings),
    ):
        with pytest.raises(DesignError, match="unreadable-design"):
            Design.from_excel(path)


def test_the_sheet_can_be_read_printed_and_edited(tmp_path):
    design = Design.suggest(pool(), size=20)
    sheet = openpyxl.load_workbook(design.to_excel(tmp_path / "design.xlsx", pool()))["Design"]
    assert sheet.freeze_panes == "B5" and not sheet.merged_cells.ranges and list(sheet.tables) == ["design"]
    assert "Council only" in sheet.oddHeader.right.text
    row = row_of(sheet, "CT02", "yes")
    assert sheet.cell(row, 1).value == "CT02: young people who have transitioned to adult services"
    assert int(sheet.cell(row, 7).value) == int(pool().people["CT02"].sum())
    assert sheet.cell(row, 8).value.startswith("1 in ")


def test_what_if_agrees_with_designs_made_by_hand():
    design = Design(size=20, at_most={}).with_quota("CT02", min=6).with_quota("sex", "Female", min=9)
    table = design.what_if(pool()).set_index("wish")
    without = design.with_quota("CT02", min=0).what_if(pool()).set_index("wish")
    figures = ["lowest_chance", "highest_chance", "without_chance"]
    name = "Without: CT02: young people who have transitioned to adult services"
    pd.testing.assert_series_equal(
        table.loc[name, figures], without.loc["The design as it is", figures], check_names=False, atol=1e-9
    )
    assert table.loc["Without any wish", "lowest_chance"] == pytest.approx(
        20 / len(pool().drawable), rel=1e-6
    )
    assert table.loc["The design as it is", "lowest_chance"] < table.loc["Without any wish", "lowest_chance"]


def test_a_wish_that_nothing_presses_against_moves_no_chance():
    """The short cut: every wish that is not worked out anew is worked out here, and moves nothing."""
    design = Design.suggest(pool(), size=20)
    table = design.what_if(pool())
    assert table.iloc[0]["lowest_chance"] == pytest.approx(table.iloc[1]["lowest_chance"], rel=1e-6)
    assert table.iloc[1]["wish"] == "Without: what is balanced"
    still = table[(table["lowest_chance"] == table.iloc[1]["lowest_chance"]) & table["people"].notna()]
    assert len(still)
    own = design.without_balance()
    asked = [label for label, quota in own.quotas().items() if quota.min or quota.max is not None]
    for feature, value in asked[:40:5]:
        left = chances_of(own.with_quota(feature, None if value == "yes" else value, min=0), pool())
        told = table.iloc[2 + asked.index((feature, value))]
        assert left[left > 0].min() == pytest.approx(told["lowest_chance"], rel=1e-6)


def test_a_design_that_shuts_people_out_or_cannot_be_met_says_so():
    shut = Design(size=20, at_most={}).with_quota("age_band", "18 to 24", max=0)
    young = int((pool().drawable["age_band"] == "18 to 24").sum())
    assert shut.what_if(pool())["without_chance"].tolist() == [young, 0, 0]
    cannot = Design(size=20, at_most={}).with_quota("sex", "Female", max=0).with_quota("sex", "Male", max=0)
    table = cannot.what_if(pool())
    assert table["lowest_chance"].isna().tolist()[:1] == [True]


def test_the_command_writes_and_reads_it(tmp_path, monkeypatch, capsys):
    own, path = sample_folder() / "own_headings", tmp_path / "design.xlsx"
    given = [own / "assessments_export.csv", "--mapping", own / "mapping.toml", "--as-at", "2026-03-31"]
    done = here(monkeypatch, capsys, "suggest", *given, "--size", "10", "--out", path)
    assert done.code == 0 and "design.xlsx" in done.out, done.err
    assert read_design(path).size == 10
