"""A template that CQC sent: filled with what is released and nothing else, and otherwise left as it is."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from casetrack.errors import ReleaseError
from casetrack.release.template import Template, draft_template, filled, read_template
from casetrack.release.workbook import workbook_bytes
from outputs_example import RUNS, small_release

HEADINGS = ("No.", "Case ID", "Cohort", "Ethnicity", "Length", "Lead officer")
MAPPING = """[columns]
"No." = ""
"Case ID" = "Case reference"
"Cohort" = "Listed as"
"Ethnicity" = "Ethnic group"
"Length" = ""
"Lead officer" = ""
"""


def made(folder: Path, *, top: int = 5, headings: tuple[str, ...] = HEADINGS, **cells: object) -> Path:
    """A template as somebody makes it: joined cells, styles, a formula, a list to choose from, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Return"
    sheet["A1"] = "Case tracking: sample of 9 April 2024"
    sheet.merge_cells("A1:F2")
    for column, text in enumerate(headings, start=1):
        sheet.cell(top, column, text).fill = PatternFill("solid", fgColor="FFDDAA")
    for number in range(1, 5):
        sheet.cell(top + number, 1, number)
        sheet.cell(top + number, 2).fill = PatternFill("solid", fgColor="EEEEEE")
        sheet.cell(top + number, 5, f"=LEN(D{top + number})")
    choice = DataValidation(type="list", formula1='"CT01,CT02"')
    choice.add(f"C{top + 1}:C{top + 60}")
    sheet.add_data_validation(choice)
    sheet.freeze_panes = f"A{top + 1}"
    for name, value in cells.items():
        sheet[name] = value
    book.create_sheet("Guidance")["A1"] = "Return this form within ten days."
    path = folder / "council.xlsx"
    book.save(path)
    return path


def mapping(folder: Path, text: str = MAPPING) -> Path:
    path = folder / "template.toml"
    path.write_text(text, encoding="utf-8")
    return path


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def refused(call) -> ReleaseError:
    with pytest.raises(ReleaseError) as caught:
        call()
    return caught.value


def test_it_is_filled_with_what_is_released_and_otherwise_left_as_it_is(tmp_path):
    path = made(tmp_path)
    content = filled(read_template(path, mapping(tmp_path)), workbook_bytes(small_release()))
    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(io.BytesIO(content))
    sheet, table = after["Return"], small_release().table
    rows = [[cell.value for cell in row] for row in sheet["A6:F9"]]
    assert rows == [
        [n, ref, row["listed_as"], row["ethnic_group"], f"=LEN(D{5 + n})", None]
        for n, (ref, row) in enumerate(table.iterrows(), start=1)
    ]
    assert {cell.data_type for row in sheet["B6:D9"] for cell in row} <= {"s", "inlineStr"}
    for row in before["Return"].iter_rows(max_row=60, max_col=6):
        for cell in row:
            other = sheet[cell.coordinate]
            assert other.fill.fgColor.rgb == cell.fill.fgColor.rgb
            assert other.value == cell.value or (cell.coordinate[0] in "BCD" and cell.row > 5)
    assert sheet.merged_cells == before["Return"].merged_cells and sheet.freeze_panes == "A6"
    assert (
        sheet.data_validations.dataValidation[0].sqref
        == before["Return"].data_validations.dataValidation[0].sqref
    )
    old, new = parts(path.read_bytes()), parts(content)
    assert list(old) == list(new)
    assert {name for name in old if old[name] != new[name]} == {"xl/worksheets/sheet1.xml", "xl/workbook.xml"}
    assert b'fullCalcOnLoad="1"' in new["xl/workbook.xml"]


def test_the_same_template_and_return_give_the_same_bytes(tmp_path):
    path = made(tmp_path)
    one, other = (
        filled(read_template(path, mapping(tmp_path)), workbook_bytes(small_release())) for _ in range(2)
    )
    assert one == other


def test_rows_that_the_template_has_not_begun_are_made_in_their_place(tmp_path):
    path = made(tmp_path, A30="Thank you.")
    content = filled(
        read_template(path, mapping(tmp_path)), workbook_bytes(small_release(sex=["Female"] * 4))
    )
    again = openpyxl.load_workbook(io.BytesIO(content))["Return"]
    assert again["A30"].value == "Thank you." and again["B9"].value == small_release().table.index[3]


def test_headings_that_speak_for_themselves_need_no_mapping(tmp_path):
    path = made(
        tmp_path, headings=("Unique reference", "CT07", "Age  group", "What is withheld"), A6=None, E6=None
    )
    assert read_template(path).columns == {
        "Unique reference": "Case reference",
        "CT07": "CT07",
        "Age group": "Age band",
        "What is withheld": "What is withheld",
    }


def test_a_draft_names_every_heading_and_can_be_read_back(tmp_path):
    path = made(tmp_path)
    draft = draft_template(path)
    assert '"Case ID" = "Case reference"' in draft and '"Lead officer" = ""' in draft
    assert read_template(path, mapping(tmp_path, draft)).columns["Ethnicity"] == "Ethnic group"


def test_headings_that_nothing_is_known_of_are_named(tmp_path):
    path = made(tmp_path)
    error = refused(lambda: read_template(path))
    assert error.code == "template-headings"
    assert '"No.", "Length", "Lead officer"' in str(error) and "Case ID" not in str(error)
    left_out = MAPPING.replace('"Lead officer" = ""\n', '"Officer" = ""\n')
    error = refused(lambda: read_template(path, mapping(tmp_path, left_out)))
    assert 'under "Lead officer"; the template does not have "Officer"' in str(error)
    twice = made(tmp_path, headings=("Case ID", "Case ID"), A6=None)
    assert "twice" in str(refused(lambda: read_template(twice)))


@pytest.mark.parametrize("column", ["Date of birth", "Name", "casereference", "Religion"])
def test_only_what_is_released_can_be_filled_in(tmp_path, column):
    path = made(tmp_path)
    told = mapping(tmp_path, MAPPING.replace('"Lead officer" = ""', f'"Lead officer" = "{column}"'))
    error = refused(lambda: filled(read_template(path, told), workbook_bytes(small_release())))
    assert error.code == "template-column"


def test_a_column_of_other_returns_that_this_one_does_not_show_is_refused(tmp_path):
    path, told = made(tmp_path), mapping(tmp_path, MAPPING.replace('"Length" = ""', '"Length" = "Sex"'))
    template = read_template(path, told)
    error = refused(lambda: filled(template, workbook_bytes(small_release())))
    assert (error.code, '"Sex"' in str(error)) == ("template-column", True)


def test_a_template_without_a_column_for_the_reference_is_refused(tmp_path):
    told = mapping(tmp_path, MAPPING.replace('"Case reference"', '""'))
    assert refused(lambda: read_template(made(tmp_path), told)).code == "template-column"


@pytest.mark.parametrize("where", ["B6", "C9", "F7", "E8"])
def test_what_stands_below_the_headings_already_is_refused_and_not_repeated(tmp_path, where):
    path = made(tmp_path, **{where: "Somebody Else"})
    error = refused(lambda: filled(read_template(path, mapping(tmp_path)), workbook_bytes(small_release())))
    assert error.code == "template-cells"
    assert where in str(error) and "Somebody" not in str(error)


def test_joined_cells_are_refused_and_headings_over_two_rows_are_not(tmp_path):
    path = made(tmp_path)
    book = openpyxl.load_workbook(path)
    book["Return"].merge_cells("B7:B8")
    book.save(path)
    template = read_template(path, mapping(tmp_path))
    assert "B7, B8" in str(refused(lambda: filled(template, workbook_bytes(small_release()))))
    path = made(
        tmp_path,
        headings=HEADINGS[1:4],
        A6=None,
        A7=None,
        A8=None,
        A9=None,
        **{f"E{n}": None for n in range(6, 10)},
    )
    book = openpyxl.load_workbook(path)
    book["Return"].merge_cells("B5:B6")
    book.save(path)
    content = filled(read_template(path), workbook_bytes(small_release()))
    assert openpyxl.load_workbook(io.BytesIO(content))["Return"]["A7"].value == small_release().table.index[0]


@pytest.mark.parametrize("text", [t for t in RUNS if t.strip()[0] in "=+-@"])
def test_what_a_spreadsheet_would_run_is_text_in_a_template_too(tmp_path, text):
    release = small_release(ethnic_group=[text] * 4)
    content = filled(read_template(made(tmp_path), mapping(tmp_path)), workbook_bytes(release))
    cell = openpyxl.load_workbook(io.BytesIO(content))["Return"]["D6"]
    assert cell.value.startswith("'") and cell.data_type in ("s", "inlineStr")


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04"])
def test_what_is_no_workbook_is_refused(tmp_path, content):
    path = tmp_path / "council.xlsx"
    assert refused(lambda: read_template(path)).code == "template-unreadable"
    path.write_bytes(content)
    assert refused(lambda: read_template(path)).code == "template-unreadable"
    assert refused(lambda: draft_template(path)).code == "template-unreadable"


def test_a_workbook_that_is_not_put_together_as_excel_does_is_refused(tmp_path):
    path, content = made(tmp_path), io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts(path.read_bytes()).items():
            archive.writestr(name, part.replace(b'<c r="B6"', b"<c") if name.endswith("sheet1.xml") else part)
    template = Template(content.getvalue(), read_template(path, mapping(tmp_path)).columns)
    assert refused(lambda: filled(template, workbook_bytes(small_release()))).code == "template-unreadable"


@pytest.mark.parametrize("text", ["", "columns = 3", "[columns]\nCohort = 3", "[columns", '[other]\nA = ""'])
def test_a_mapping_that_cannot_be_read_says_so(tmp_path, text):
    assert refused(lambda: read_template(made(tmp_path), mapping(tmp_path, text))).code == "template-mapping"
