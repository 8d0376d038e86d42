"""The return as a workbook: what is in it, that nothing in it runs, and that it is the same every time."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrack.errors import OutputError, ReleaseError
from casetrack.release.cover import MARKING, Cover
from casetrack.release.release import Release
from casetrack.release.workbook import code_flags, workbook_bytes
from casetrack.words import clean
from outputs_example import RUNS, small_release
from share import examples

NEVER = (
    "<f>",
    "<f ",
    "<hyperlink",
    "/hyperlink",
    "externalLink",
    "externalReference",
    "vbaProject",
    "ddeLink",
)


def opened(release):
    return openpyxl.load_workbook(io.BytesIO(workbook_bytes(release)))


def parts(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def table_of(sheet) -> list[list[object]]:
    """The one Excel table of a sheet, headings first."""
    (area,) = [table.ref for table in sheet.tables.values()]
    return [[cell.value for cell in row] for row in sheet[area]]


def cells(book):
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row]


def test_the_case_list_is_the_released_table_under_readable_headings():
    release = small_release()
    headings, *rows = table_of(opened(release)["Case list"])
    assert headings == [
        "Case reference",
        "Listed as",
        "Cohort codes",
        "Age band",
        "Ethnic group",
        "Month of assessment",
        "What is withheld",
        *(f"CT0{number}" for number in range(1, 8)),
    ]
    assert [row[:6] for row in rows] == release.table.reset_index().to_numpy().tolist()


def test_there_is_a_column_to_filter_by_for_every_code_and_one_for_what_is_withheld():
    _, *rows = table_of(opened(small_release())["Case list"])
    assert [row[6:] for row in rows] == [
        ["Nothing", "Yes", "No", "No", "No", "No", "Yes", "No"],
        ["Nothing", "No", "No", "No", "No", "No", "Yes", "No"],
        ["Age band, Month of assessment", *["Not shown"] * 6, "Yes"],
        ["Nothing", "No", "No", "No", "Yes", "No", "No", "No"],
    ]
    every = [f"CT0{number}" for number in range(1, 8)]
    joined = code_flags("CT02, CT03 or CT04", "Withheld", every)
    assert joined == ["Not shown"] * 7
    assert code_flags("CT05", "CT05 and 2 more", every) == [*["Not shown"] * 4, "Yes", *["Not shown"] * 2]


def test_the_cover_says_whose_list_it_is_which_version_and_what_it_replaces():
    cover = Cover("Northshire & District", "the CQC mailbox", 2, "2026-04-14", "2026-04-02")
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(small_release(), cover)))
    rows = {row[0].value: row[1].value for row in book["Cover"].iter_rows(min_row=4) if row[0].value}
    assert rows["Council"] == "Northshire & District" and rows["Who to ask"] == "the CQC mailbox"
    assert rows["List version"] == "2, of 14 April 2026"
    assert rows["What it replaces"] == "Version 1 of 2 April 2026 and all before it. Please delete them."
    assert rows["Marking"] == MARKING
    for sheet in book:
        assert MARKING in sheet.oddHeader.center.text and MARKING in sheet.oddFooter.center.text
        assert sheet.oddFooter.left.text == "Northshire && District · Version 2"


def test_the_columns_to_filter_by_are_not_printed():
    assert opened(small_release())["Case list"].print_area == "'Case list'!$A$1:$G$8"


def test_fifty_rows_are_printed_on_one_page():
    sheet = opened(small_release())["Case list"]
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    # 1 is what is meant where nothing is said.
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight or 1) == (1, 1)
    release = small_release()
    release.table = pd.concat([release.table] * 20)
    release.table.index = pd.Index([f"R{n}" for n in range(len(release.table))], name="case_reference")
    assert opened(release)["Case list"].page_setup.fitToHeight == 0


def test_the_sheets_stand_in_order_and_none_is_hidden():
    book = opened(small_release())
    assert book.sheetnames == ["Cover", "Case list", "Coverage", "Notes"]
    assert all(sheet.sheet_state == "visible" for sheet in book)


def test_counts_are_numbers_and_what_is_not_told_is_words():
    headings, *rows = table_of(opened(small_release())["Coverage"])
    assert headings == [
        "Characteristic",
        "Level",
        "Eligible people",
        "Places on the lottery's average",
        "At least asked",
        "At most asked",
        "Met by the draw",
    ]
    young = "CT02: young people who have transitioned to adult services"
    assert rows == [
        ["Cohort code", "CT01: older people", 1200, 14.0, 12, None, "yes"],
        ["Cohort code", young, "fewer than 50", 2.1, None, None, None],
        ["Age band", "18 to 24; 85 to 94", 60, 4.5, 4, 5, "yes"],
        ["Deprivation quintile", "1", 200, 9.9, None, None, None],
    ]


def test_only_what_the_council_is_to_fill_in_is_yellow():
    for sheet in opened(small_release()):
        yellow = [
            cell.coordinate
            for row in sheet.iter_rows()
            for cell in row
            if cell.fill.fgColor.rgb == "FFFFF7BF"
        ]
        assert yellow == (["B5", "B9"] if sheet.title == "Cover" else [])


def test_the_cover_says_what_it_is_and_leaves_the_contact_open():
    rows = {
        row[0].value: row[1].value
        for row in opened(small_release())["Cover"].iter_rows(min_row=4)
        if row[0].value
    }
    assert rows["As at"] == "31 March 2026"
    assert rows["Assessment completed"] == "1 April 2025 to 31 March 2026"
    assert rows["List version"] == "1" and rows["What it replaces"] == "Nothing: this is the first version."
    assert rows["Number of cases"] == "4"
    assert rows["Edition of the cohort codes"] == "2024-04"
    assert rows["Who to ask"] is None and rows["Council"] is None
    assert rows["CT07"] == "unpaid carers"
    assert sum(name.startswith("CT0") for name in rows) == 7


def test_the_notes_carry_the_releases_own():
    release = small_release()
    _, *rows = table_of(opened(release)["Notes"])
    notes = [note for _, note in rows]
    assert list(release.notes) == notes[:2]
    assert "Places on the lottery's average" in notes[-1]


def how_chosen(**facts) -> str:
    """What the notes say of how the cases were chosen, given what a design decided."""
    release = small_release()
    release.facts.update(facts)
    rows = table_of(opened(release)["Notes"])[1:]
    return " ".join(note for subject, note in rows if subject == "How the cases were chosen")


FAIR = {"asked_for": 50, "everyone": False, "fixed_places": 0, "excluded": 0, "without_chance": 0}
BY_HAND = "Nobody chose a case by hand."


def test_nobody_chose_by_hand_only_where_no_place_was_fixed():
    assert how_chosen(**FAIR).endswith(BY_HAND)
    assert "The cases were drawn by a lottery in which everyone's chance is known" in how_chosen(**FAIR)
    assert how_chosen(**FAIR).count("record") == 0
    for fixed in (1, 3):
        words = how_chosen(**{**FAIR, "fixed_places": fixed})
        assert "by hand" not in words
        assert "The cases without a fixed place were drawn by a lottery" in words
    assert (
        "Fewer than 5 places were fixed by the design before the draw; the reasons are on the council's record."
        in words
    )
    assert "12 places were fixed by the design" in how_chosen(**{**FAIR, "fixed_places": 12})


def test_who_was_excluded_or_left_without_a_chance_is_counted():
    words = how_chosen(**{**FAIR, "excluded": 2, "without_chance": 1205})
    assert (
        "Fewer than 5 people were excluded by the design before the draw; the reasons are on the council's record."
        in words
    )
    assert "1,205 people with a cohort code had no chance by the quotas." in words
    assert words.endswith(BY_HAND)
    words = how_chosen(**{**FAIR, "without_chance": 1, "fixed_places": 2})
    assert "Fewer than 5 people with a cohort code had no chance by the quotas and the fixed places." in words


def test_a_list_that_no_lottery_drew_is_not_said_to_be_drawn():
    words = how_chosen(**{**FAIR, "everyone": True})
    assert "everyone who could be listed was, and no lottery was needed" in words
    assert "drawn by a lottery" not in words
    words = how_chosen(**{**FAIR, "fixed_places": 50})
    assert "No case was drawn by lottery." in words and "drawn by a lottery" not in words


def test_who_comes_when_a_case_falls_out_is_said_as_it_is():
    for words in (how_chosen(), how_chosen(**FAIR)):
        assert (
            "somebody who holds the code that the case was listed under came in its place, drawn in proportion to the "
            "chances in the draw of being listed under it. Where nobody could come, the council can say why."
        ) in words


def test_the_councils_own_facts_stay_out():
    release = small_release()
    everything = "".join(parts(workbook_bytes(release)).values())
    assert release.facts["seed"] not in everything
    assert release.facts["list_digest"] not in everything
    assert release.facts["release_id"] in everything


@pytest.mark.parametrize("text", RUNS)
def test_what_a_spreadsheet_would_run_is_text_here(text):
    release = small_release(ethnic_group=[text] * 4)
    release.coverage.loc[2, "level"] = text
    content = workbook_bytes(release)
    found = [cell for cell in cells(openpyxl.load_workbook(io.BytesIO(content))) if cell.value == clean(text)]
    assert len(found) == 5
    assert {cell.data_type for cell in found} == {"s"}
    assert all(cell.quotePrefix for cell in found)
    assert all(cell.hyperlink is None for cell in found)
    for name, part in parts(content).items():
        assert not [word for word in (*NEVER, "oleObject", "TargetMode") if word in part], name


@settings(deadline=None, max_examples=examples(30))
@given(st.lists(st.text(max_size=40) | st.sampled_from(RUNS), min_size=4, max_size=4))
def test_any_text_comes_back_as_one_clean_line_of_text(texts):
    book = opened(small_release(ethnic_group=texts))
    back = [row[4] or "" for row in table_of(book["Case list"])[1:]]
    assert back == [clean(text) for text in texts]
    assert not [cell for cell in cells(book) if cell.data_type not in {"s", "n"}]


def test_the_same_release_gives_the_same_bytes_later(monkeypatch):
    release = small_release()
    first = workbook_bytes(release)
    real = time.time
    for name in ("time", "time_ns"):
        monkeypatch.setattr(
            time, name, lambda name=name: int(real() + 1e8) * (1 if name == "time" else 10**9)
        )
    local = time.localtime
    monkeypatch.setattr(time, "localtime", lambda seconds=None: local(real() + 1e8))
    later = workbook_bytes(release)
    monkeypatch.undo()
    time.sleep(2.1)  # a zip file counts in steps of two seconds
    assert first == later == workbook_bytes(release)


def test_the_properties_name_a_title_no_author_and_the_lists_own_day():
    properties = opened(small_release()).properties
    assert properties.title == "Case tracking: coded case list"
    assert not properties.creator
    assert not properties.lastModifiedBy
    assert properties.created == properties.modified == dt.datetime(2026, 3, 31)


def test_the_layout_is_one_that_everybody_can_read_and_print():
    book = opened(small_release())
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert sheet["A1"].value and sheet["A1"].font.bold
        assert sheet.page_setup.orientation == ("portrait" if sheet.title == "Case list" else "landscape")
        assert int(sheet.page_setup.paperSize) == 9
        assert (sheet.page_setup.fitToHeight == 0) == (sheet.title != "Case list")
        assert not any(d.hidden for d in [*sheet.row_dimensions.values(), *sheet.column_dimensions.values()])
        assert len(sheet.tables) == (2 if sheet.title == "Cover" else 1)
    assert book["Case list"].freeze_panes == "B5"
    assert book["Coverage"].freeze_panes == "A5"
    assert {cell.font.name for cell in cells(book) if cell.value is not None} == {"Arial"}
    assert min(cell.font.size for cell in cells(book) if cell.value is not None) >= 11


def test_long_notes_have_rows_high_enough_for_them():
    sheet = opened(small_release())["Notes"]
    for row in sheet.iter_rows(min_row=5):
        lines = -(-len(row[1].value) // 100)
        assert sheet.row_dimensions[row[0].row].height >= 15 * lines


def test_text_longer_than_a_category_is_refused_without_repeating_it():
    secret = "Visit to Mrs Example " * 20
    with pytest.raises(ReleaseError) as caught:
        workbook_bytes(small_release(age_band=[secret] * 4))
    assert caught.value.code == "not-a-category"
    assert "Example" not in str(caught.value)
    assert "age_band" in str(caught.value)


def test_an_empty_list_is_an_empty_table():
    release = small_release()
    release.table = release.table.iloc[:0]
    sheet = opened(release)["Case list"]
    assert sheet["A4"].value == "Case reference"
    assert sheet.max_row == 4


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    path = Release.to_excel(small_release(), tmp_path / "return" / "case-list.xlsx")
    before = path.read_bytes()
    with pytest.raises(OutputError) as caught:
        Release.to_excel(small_release(age_band=["x"] * 4), path)
    assert caught.value.code == "file-exists"
    assert path.read_bytes() == before
    Release.to_excel(small_release(age_band=["x"] * 4), path, force=True)
    assert path.read_bytes() != before
