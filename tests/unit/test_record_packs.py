"""Record packs as files: one document per selected case, a checklist, the same bytes again, never over anything."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import re

import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from python_calamine import CalamineWorkbook

from casetrack.cases.case_list import CaseList
from casetrack.errors import ExtractError, HistoryError, OutputError
from casetrack.extract import read_extract
from casetrack.packs.content import EVALUATION, RECORDS
from casetrack.packs.document import QUALITY_STATEMENTS, WRITE_HERE
from casetrack.packs.journey import Step
from casetrack.packs.record_packs import PackSummary, write_record_packs
from casetrack.packs.timeline import alt_text, draw_timeline
from casetrack.synthetic import make_council
from identifiers import told
from record_packs_help import case_list, council, extract_of, parts, spread

MARKING = "Identifiable: contains personal data; council-only until permission is given"
DAY = dt.date(2025, 8, 11)


@pytest.fixture(scope="module")
def packs(tmp_path_factory) -> tuple[CaseList, PackSummary]:
    extract, coded = council()
    cases = case_list(coded, spread(coded))
    first, second = cases.selected.index[:2]
    cases = cases.permission(
        first, "given", in_writing=True, needs="Large print", way="phone", on="2026-04-21"
    )
    cases = cases.permission(second, "asked", on="2026-04-22")
    return cases, write_record_packs(cases, extract, tmp_path_factory.mktemp("packs"))


def paragraphs(document) -> list[tuple[str, str]]:
    return [(p.style.name, p.text) for p in document.paragraphs]


def whole_text(document) -> str:
    return "\n".join(t.text or "" for t in document.element.body.iter(qn("w:t")))


def test_there_is_one_document_for_each_selected_case_named_by_reference(packs):
    cases, summary = packs
    folder = summary.checklist.parent
    names = sorted(p.name for p in folder.iterdir())
    assert names == sorted([*(f"case-{r}.docx" for r in cases.selected.index), "checklist.xlsx"])
    assert list(summary.documents) == list(cases.selected.index)
    assert len(summary.documents) == 10


def test_each_document_has_the_ten_records_the_timeline_and_the_evaluation(packs):
    for path in packs[1].documents.values():
        headings = [(s, t) for s, t in paragraphs(Document(path)) if s.startswith("Heading")]
        seconds = [t for s, t in headings if s == "Heading 2"]
        assert seconds == [f"{n}. {name}" for n, name in enumerate(RECORDS, start=1)]
        firsts = [t for s, t in headings if s == "Heading 1"]
        assert firsts[:2] == ["The ten records", "Timeline of the journey"]
        assert firsts[2].startswith(EVALUATION)


def test_every_page_is_marked_and_says_which_case_it_is(packs):
    cases, summary = packs
    for reference, path in summary.documents.items():
        (section,) = Document(path).sections
        state = cases.states[reference]
        assert MARKING in section.header.paragraphs[0].text
        foot = f"Case {reference} · {state.selection} · listed as {state.listed_as} · page "
        assert section.footer.paragraphs[0].text.startswith(foot)
        assert not section.different_first_page_header_footer


def test_boxes_in_the_documents_are_those_that_are_counted(packs):
    _, summary = packs
    for reference, path in summary.documents.items():
        text = whole_text(Document(path))
        mine = summary.table[summary.table["case_reference"] == reference]
        assert text.count("TO COMPLETE by the ") == mine["to_complete"].sum()
        assert text.count("TO CHECK by the ") == mine["to_check"].sum()
        # The evaluation has cells to write in, so no words that say so.
        assert text.count(WRITE_HERE) == mine["to_complete"].sum() - 1
        assert f"{mine['to_complete'].sum()} to complete, {mine['to_check'].sum()} to check" in text


def test_boxes_are_shaded_and_framed(packs):
    document = Document(next(iter(packs[1].documents.values())))
    style = document.styles["Casetrack box"].element.pPr
    assert style.find(qn("w:shd")).get(qn("w:fill")) == "FFF4CC"
    assert style.find(qn("w:pBdr")) is not None
    boxed = [t for s, t in paragraphs(document) if s == "Casetrack box"]
    assert boxed and all(t.startswith(("TO COMPLETE by the", "TO CHECK by the")) for t in boxed)


def test_the_evaluation_asks_under_the_nine_quality_statements_in_their_four_themes(packs):
    table = Document(next(iter(packs[1].documents.values()))).tables[-1]
    themes = [row.cells[0].text for row in table.rows[1:]]
    assert (
        themes
        == ["Working with people"] * 3
        + ["Providing support"] * 2
        + ["Ensuring safety"] * 2
        + ["Leadership"] * 2
    )
    assert [row.cells[1].text for row in table.rows[1:]] == [
        f"{name}. {ask}" for statements in QUALITY_STATEMENTS.values() for name, ask in statements
    ]
    assert all(cell.text == "" for row in table.rows[1:] for cell in row.cells[2:])


def test_the_timeline_is_a_picture_with_words_and_a_table_of_every_event(packs):
    cases, summary = packs
    extract, _ = council()
    for reference, path in summary.documents.items():
        document = Document(path)
        (picture,) = document.inline_shapes
        described = picture._inline.docPr.get("descr")
        place = extract.people.index.get_loc(cases.identified.people[reference])
        mine = extract.events[(extract.events["person"] == place) & extract.events["is_event"]]
        assert described.startswith(f"Timeline of {len(mine)} event")
        table = document.tables[-2]
        assert [c.text for c in table.rows[0].cells] == ["No.", "Type", "Start", "End", "What", "Outcome"]
        shown = sorted((row.cells[1].text, row.cells[2].text) for row in table.rows[1:])
        starts = mine["event_start_date"].dt.strftime("%d/%m/%Y")
        assert shown == sorted(zip(mine["event_type"].astype(str), starts, strict=True))


def test_properties_bear_a_fixed_day_and_no_name(packs):
    cases, summary = packs
    for reference, path in summary.documents.items():
        properties = Document(path).core_properties
        assert properties.title == f"Record pack, case {reference}"
        assert properties.language == "en-GB"
        assert properties.author == properties.last_modified_by == "casetrack"
        assert properties.created.date() == properties.modified.date() == cases.history[-1].on
        assert properties.comments == ""


def test_nothing_of_another_program_or_of_a_template_is_in_the_properties(packs, tmp_path):
    extract, coded = council()
    made = Document(template(tmp_path))
    package = made.part.package
    own = package.part_related_by(RT.EXTENDED_PROPERTIES)
    own._blob = own.blob.replace(b"<Company/>", b"<Company>A. Designer</Company>")
    made.save(tmp_path / "own.docx")
    assert b"A. Designer" in parts((tmp_path / "own.docx").read_bytes())["docProps/app.xml"]
    with_template = write_record_packs(
        case_list(coded, spread(coded), 1), extract, tmp_path / "out", tmp_path / "own.docx"
    )
    for summary in (packs[1], with_template):
        for path in summary.documents.values():
            inside = parts(path.read_bytes())
            assert [name for name in inside if name.startswith("docProps/")] == ["docProps/core.xml"]
            told = inside["docProps/core.xml"] + inside["_rels/.rels"]
            assert not [word for word in (b"Microsoft", b"Designer", b"thumbnail") if word in told]


def test_no_document_has_an_accessibility_problem(packs):
    assert set(packs[1].accessibility.values()) == {()}
    assert list(packs[1].accessibility) == list(packs[1].documents)


def test_the_same_input_gives_the_same_bytes(packs, tmp_path):
    cases, summary = packs
    again = write_record_packs(cases, council()[0], tmp_path)
    for reference, path in summary.documents.items():
        assert path.read_bytes() == again.documents[reference].read_bytes()
    assert summary.checklist.read_bytes() == again.checklist.read_bytes()


def test_the_order_of_rows_changes_nothing(tmp_path):
    made = make_council(people=300, seed=11)
    rows = made.extract.assign(**{"Event Description": ""})
    shuffled = rows.sample(frac=1, random_state=5)
    from casetrack.pool.cohorts import code_cohorts
    from casetrack.pool.eligibility import find_eligible
    from record_packs_help import AS_AT

    written = []
    for name, table in (("one", rows), ("two", shuffled)):
        extract = read_extract(table, people=made.extras)
        coded = code_cohorts(find_eligible(extract, AS_AT))
        written.append(write_record_packs(case_list(coded, spread(coded), 4), extract, tmp_path / name))
    one, two = written
    assert list(one.documents) == list(two.documents)
    assert [p.read_bytes() for p in one.documents.values()] == [
        p.read_bytes() for p in two.documents.values()
    ]


def test_nothing_is_written_over_what_somebody_may_have_typed_into(tmp_path):
    extract, coded = council()
    cases = case_list(coded, spread(coded), 2)
    summary = write_record_packs(cases, extract, tmp_path)
    typed = next(iter(summary.documents.values()))
    typed.write_bytes(b"typed")
    others = [p for p in tmp_path.iterdir() if p != typed]
    for path in others:
        path.unlink()
    with pytest.raises(OutputError) as caught:
        write_record_packs(cases, extract, tmp_path)
    assert caught.value.code == "file-exists"
    assert typed.name in str(caught.value)
    assert [p.name for p in tmp_path.iterdir()] == [typed.name]
    assert typed.read_bytes() == b"typed"
    write_record_packs(cases, extract, tmp_path, force=True)
    assert typed.read_bytes() != b"typed"
    assert len(list(tmp_path.iterdir())) == 3


def test_packs_of_cases_that_are_no_longer_selected_are_pointed_out(tmp_path):
    extract, coded = council()
    people = spread(coded)
    cases = case_list(coded, people, 2)
    before = write_record_packs(cases, extract, tmp_path)
    assert before.left_over == ()
    first, second = cases.selected.index
    third = next(r for r in cases.references if r not in {first, second})
    after = write_record_packs(
        cases.select([first, third], note="as CQC asked", on="2026-05-02"), extract, tmp_path, force=True
    )
    assert [p.name for p in after.left_over] == [f"case-{second}.docx"]
    assert "1 of cases no longer selected" in repr(after)


def test_the_pack_says_how_far_the_extract_reaches(packs):
    document = Document(next(iter(packs[1].documents.values())))
    assert "Extract: reporting period to 31/03/2026" in [t for _, t in paragraphs(document)]


def test_a_list_without_a_selection_is_an_error(tmp_path):
    extract, coded = council()
    with pytest.raises(HistoryError) as caught:
        write_record_packs(case_list(coded, spread(coded), 0), extract, tmp_path)
    assert caught.value.code == "nothing-selected"


def test_a_list_without_its_people_is_an_error(tmp_path):
    extract, coded = council()
    stranger = dataclasses.replace(case_list(coded, spread(coded)), known=None)
    with pytest.raises(HistoryError) as caught:
        write_record_packs(stranger, extract, tmp_path)
    assert caught.value.code == "people-not-known"


def test_an_extract_without_the_people_is_an_error_that_names_references_only(tmp_path):
    _, coded = council()
    cases = case_list(coded, spread(coded))
    row = {
        "LA Person Unique Identifier": "X1",
        "Event Type": "Request",
        "Event Start Date": "01/02/2026",
        "Event End Date": "",
    }
    with pytest.raises(ExtractError) as caught:
        write_record_packs(cases, extract_of(row), tmp_path)
    assert caught.value.code == "case-not-in-extract"
    assert all(r in str(caught.value) for r in cases.selected.index)
    assert not told(str(caught.value), cases.identified.people.values())
    assert list(tmp_path.iterdir()) == []


def test_a_newer_extract_is_read_though_it_knows_a_person_by_another_first_id(tmp_path):
    made = make_council(people=300, seed=11)
    from casetrack.pool.cohorts import code_cohorts
    from casetrack.pool.eligibility import find_eligible
    from record_packs_help import AS_AT

    old = read_extract(made.extract, people=made.extras)
    coded = code_cohorts(find_eligible(old, AS_AT))
    cases = case_list(coded, spread(coded), 1)
    (reference,) = cases.selected.index
    person = cases.identified.people[reference]
    mine = made.extract[made.extract["LA Person Unique Identifier"] == person]
    later = mine.iloc[[0]].assign(
        **{
            "LA Person Unique Identifier": "0" + person,
            "Event Type": "Review",
            "Event Start Date": "01/06/2026",
            "Event End Date": "02/06/2026",
            "Event Description": "",
        }
    )
    assert later["NHS Number"].iloc[0]
    new = read_extract(pd.concat([made.extract, later]), people=made.extras)
    assert new.find_people([person]) == ["0" + person]
    summary = write_record_packs(cases, new, tmp_path)
    assert "01/06/2026 to 02/06/2026" in whole_text(Document(summary.documents[reference]))


def test_the_way_from_an_extract_to_the_packs_by_the_public_names(tmp_path):
    import casetrack as ct

    made = make_council(people=400, seed=3)
    extract = ct.read_extract(made.extract, people=made.extras)
    coded = ct.code_cohorts(ct.find_eligible(extract, "2026-03-31"))
    design = ct.Design.suggest(coded, size=20, balance=False)
    cases = ct.draw(coded, design, seed="a test", on="2026-04-02", reference_seed="a test")
    chosen = cases.select(cases.references[:10], on="2026-04-20")
    summary = write_record_packs(chosen, extract, tmp_path)
    assert len(summary.documents) == 10
    assert set(summary.accessibility.values()) == {()}
    # Attached again from its file and lookup, the list gives the same packs.
    again = ct.CaseList.from_json(chosen.to_json()).attach(
        coded, chosen.identified.people, key=bytes(range(32))
    )
    one, two = (s.documents for s in (summary, write_record_packs(again, extract, tmp_path / "again")))
    assert [p.read_bytes() for p in one.values()] == [p.read_bytes() for p in two.values()]


# -- the checklist ---------------------------------------------------------------------------------


def rows_of(summary: PackSummary, sheet: str) -> list[list[object]]:
    return CalamineWorkbook.from_path(str(summary.checklist)).get_sheet_by_name(sheet).to_python()


def test_the_checklist_shows_every_record_of_every_case(packs):
    cases, summary = packs
    columns = list(zip(*[r for r in rows_of(summary, "Checklist") if any(r)][2:], strict=True))
    names = [f"{n}. {name}" for n, name in enumerate(RECORDS, start=1)] + [EVALUATION]
    assert list(columns[0][3:14]) == names
    assert [c[0] for c in columns[1:]] == list(cases.selected.index)
    wide, outstanding = summary.to_frame(), cases.outstanding()
    for column in columns[1:]:
        state = cases.states[column[0]]
        assert column[1:3] == (state.selection, state.listed_as)
        assert list(column[3:14]) == wide.loc[column[0]].tolist()
        mine = summary.table[summary.table["case_reference"] == column[0]]
        assert column[14:16] == (mine["to_complete"].sum(), mine["to_check"].sum())
        assert column[16] == "practitioner; team manager"
        asked = outstanding[outstanding["case_reference"] == column[0]]
        assert column[17] == ("; ".join(asked["whose"] + ": " + asked["to_do"]) or "nothing")


def test_only_a_record_with_nothing_left_to_do_is_green(packs):
    _, summary = packs
    nothing = summary.table["to_complete"] + summary.table["to_check"] == 0
    assert ((summary.table["status"] == "done") == nothing).all()
    assert {"done", "to check", "to complete"} <= set(summary.table["status"])
    sheet = openpyxl.load_workbook(summary.checklist)["Checklist"]
    green = {
        (cell.value, cell.fill.fgColor.rgb == "FFD9EAD3")
        for row in sheet.iter_rows(min_row=7, min_col=2)
        for cell in row
    }
    assert {value for value, is_green in green if is_green} == {"done"}
    assert ("to check", False) in green


def test_the_checklist_shows_permission_outstanding(packs):
    cases, summary = packs
    first, second = cases.selected.index[:2]
    rows = [r for r in rows_of(summary, "Permission") if any(r)]
    asked = {(r[0], r[2]): r[5] for r in rows[3:]}
    assert (first, "person") not in asked
    assert asked[second, "person"] == "get an answer"
    assert len(asked) == len(cases.outstanding())


def test_the_list_of_boxes_says_who_must_act(packs):
    _, summary = packs
    rows = [r for r in rows_of(summary, "To do") if any(r)][3:]
    assert len(rows) == len(summary.to_do) == summary.table[["to_complete", "to_check"]].sum().sum()
    assert {r[4] for r in rows} == {"practitioner", "team manager"}


def test_the_summary_adds_up(packs):
    _, summary = packs
    assert sum(summary.counts.values()) == 100
    assert list(summary.counts) == ["done", "to check", "to complete", "missing"]
    assert repr(summary).startswith("PackSummary(10 packs; records: ")
    assert summary.to_frame().shape == (10, 11)
    assert "<table" in summary._repr_html_()


# -- a council's own template ----------------------------------------------------------------------


def template(tmp_path, drop: tuple[str, ...] = (), kind: str = "document"):
    made = Document()
    section = made.sections[0]
    section.different_first_page_header_footer = True
    made.settings.odd_and_even_pages_header_footer = True
    section.header.paragraphs[0].text = "Northshire County Council"
    section.first_page_header.paragraphs[0].text = "Northshire, first page"
    section.even_page_header.paragraphs[0].text = "Northshire, even page"
    made.styles["Normal"].font.name = "Georgia"
    made.styles["Heading 1"].font.color.rgb = RGBColor(0x80, 0, 0x20)
    made.styles["Heading 1"].font.size = Pt(31)
    made.add_paragraph("Sample text")
    styles = made.styles.element
    for style in list(styles):
        if style.get(qn("w:styleId")) in drop:
            styles.remove(style)
    made.core_properties.author = "A. Designer"
    path = tmp_path / ("template.dotx" if kind == "template" else "template.docx")
    out = io.BytesIO()
    made.save(out)
    if kind != "document":
        import zipfile

        types = (
            "wordprocessingml.document.main+xml",
            {"template": "wordprocessingml.template.main+xml"}.get(kind, kind),
        )
        with zipfile.ZipFile(path, "w") as package:
            for name, content in parts(out.getvalue()).items():
                package.writestr(name, content.replace(types[0].encode(), types[1].encode()))
    else:
        path.write_bytes(out.getvalue())
    return path


@pytest.mark.parametrize("kind", ["document", "template"])
@pytest.mark.parametrize("drop", [(), ("Title", "Heading1", "Heading2", "TableGrid")])
def test_a_template_gives_its_look_and_every_page_is_still_marked(tmp_path, drop, kind):
    extract, coded = council()
    cases = case_list(coded, spread(coded), 1)
    summary = write_record_packs(cases, extract, tmp_path / "out", template(tmp_path, drop, kind))
    document = Document(next(iter(summary.documents.values())))
    (section,) = document.sections
    heads = (section.header, section.first_page_header, section.even_page_header)
    for head, own in zip(
        heads, ("Northshire County Council", "Northshire, first page", "Northshire, even page"), strict=True
    ):
        assert [p.text for p in head.paragraphs] == [MARKING, own]
    for foot in (section.footer, section.first_page_footer, section.even_page_footer):
        assert foot.paragraphs[-1].text.startswith("Case ")
    assert document.styles["Normal"].font.name == "Georgia"
    assert "Sample text" not in whole_text(document)
    assert document.core_properties.author == "casetrack"
    if not drop:
        assert document.styles["Heading 1"].font.size == Pt(31)
    # What the template leaves of a page is not known: the rows of the evaluation are as high as their words.
    assert [row.height for row in document.tables[-1].rows] == [None] * 10
    assert document.styles["Casetrack cell"].paragraph_format.line_spacing == 1.0
    assert set(summary.accessibility.values()) == {()}


def test_a_template_of_two_sections_keeps_the_header_that_the_second_takes_over(tmp_path):
    made = Document()
    made.sections[0].header.paragraphs[0].text = "Northshire County Council"
    made.add_paragraph("Cover")
    made.add_section()
    assert made.sections[1].header.is_linked_to_previous
    made.save(tmp_path / "template.docx")
    extract, coded = council()
    cases = case_list(coded, spread(coded), 1)
    summary = write_record_packs(cases, extract, tmp_path / "out", tmp_path / "template.docx")
    (section,) = Document(next(iter(summary.documents.values()))).sections
    assert [p.text for p in section.header.paragraphs] == [MARKING, "Northshire County Council"]


#: The order in which Word's schema wants them (ECMA-376); Word calls a file with another order damaged.
ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr shd tabs spacing ind jc outlineLvl",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps color spacing kern sz szCs u lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "tcW gridSpan vMerge tcBorders shd vAlign",
    "sectPr": "headerReference footerReference type pgSz pgMar cols titlePg docGrid",
    "docDefaults": "rPrDefault pPrDefault",
    "style": "name basedOn next link uiPriority semiHidden unhideWhenUsed qFormat locked rsid pPr rPr tblPr",
}


@pytest.mark.parametrize("drop", [None, (), ("Title", "Heading1", "Heading2")])
def test_elements_stand_in_the_order_that_word_asks_for(tmp_path, drop):
    from docx.oxml import parse_xml

    extract, coded = council()
    cases = case_list(coded, spread(coded), 1)
    own = None if drop is None else template(tmp_path, drop)
    summary = write_record_packs(cases, extract, tmp_path / "out", own)
    seen = set()
    for name, content in parts(next(iter(summary.documents.values())).read_bytes()).items():
        if not re.fullmatch(r"word/(document|styles|header\d|footer\d)\.xml", name):
            continue
        for element in parse_xml(content).iter():
            kind = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
            if kind in ORDERS and (
                kind != "style" or element.get(qn("w:styleId"), "").startswith("Casetrack")
            ):
                order = ORDERS[kind].split()
                held = [
                    order.index(child.tag.rpartition("}")[2])
                    for child in element
                    if child.tag in _known(order)
                ]
                assert held == sorted(held), f"{kind} in {name}"
                seen.add(kind)
    assert seen == set(ORDERS)


def _known(order: list[str]) -> set[str]:
    return {qn(f"w:{tag}") for tag in order}


@pytest.mark.parametrize("content", [b"", b"not a document", None])
def test_a_template_that_is_none_is_an_error_and_writes_nothing(tmp_path, content):
    extract, coded = council()
    path = tmp_path / "template.docx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(OutputError) as caught:
        write_record_packs(case_list(coded, spread(coded), 1), extract, tmp_path / "out", path)
    assert caught.value.code == "template-unusable"
    assert not (tmp_path / "out").exists()


def test_a_template_with_macros_is_refused(tmp_path):
    extract, coded = council()
    path = template(tmp_path, kind="wordprocessingml.document.macroEnabled.main+xml")
    with pytest.raises(OutputError) as caught:
        write_record_packs(case_list(coded, spread(coded), 1), extract, tmp_path / "out", path)
    assert caught.value.code == "template-unusable"


# -- the picture -----------------------------------------------------------------------------------


def steps(*events: tuple[str, int, int | None]) -> tuple[Step, ...]:
    day = dt.timedelta(days=1)
    return tuple(
        Step(n, kind, DAY + start * day, None if end is None else DAY + end * day, {}, n)
        for n, (kind, start, end) in enumerate(events, start=1)
    )


@pytest.mark.parametrize(
    "events",
    [
        [("Request", 0, 0)],
        [("Service", 0, None)],
        [("Assessment", 0, -5)],
        [("Service", n, None) for n in range(80)],
        [("Review", n * 400, n * 400 + 3) for n in range(20)],
    ],
)
def test_the_picture_is_drawn_for_any_journey_and_the_same_again(events):
    picture = draw_timeline(steps(*events))
    assert picture.startswith(b"\x89PNG")
    assert picture == draw_timeline(steps(*events))
    assert b"matplotlib" not in picture.lower()


def test_the_words_for_the_picture_count_the_events():
    told = alt_text(steps(("Request", 0, 1), ("Service", 2, None), ("Service", 3, 9)))
    assert told == (
        "Timeline of 3 events from 11/08/2025 to 20/08/2025: 1 request, 2 services. "
        "The table below it lists every event."
    )


def test_every_row_of_the_checklist_is_as_high_as_its_text(packs):
    _, summary = packs
    book = openpyxl.load_workbook(summary.checklist)
    for sheet in book:
        for row in sheet.iter_rows(min_row=4):
            longest = max(
                len(str(c.value or "")) / sheet.column_dimensions[c.column_letter].width for c in row
            )
            assert sheet.row_dimensions[row[0].row].height >= 15 * (longest / 1.2)
            assert longest < 3, "a line and a half more than two, and the table is too wide for its page"
