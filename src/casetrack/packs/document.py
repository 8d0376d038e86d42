"""The Word document of one case: the ten records, the timeline, and the one-page evaluation summary."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from docx.enum.table import WD_ROW_HEIGHT_RULE
from docx.enum.text import WD_BREAK
from docx.oxml.ns import qn
from docx.shared import Cm, Emu

from casetrack.dates import for_people
from casetrack.packs.content import CHECK, COMPLETE, EVALUATION, MANAGER, Box, Case, Record, Table
from casetrack.packs.timeline import alt_text, draw_timeline
from casetrack.packs.word import (
    BOX,
    CELL,
    FACT,
    borders,
    element,
    equal_bytes,
    mark_pages,
    new_document,
    set_properties,
    shade,
)
from casetrack.pool.cohort_rules import CODE_NAMES

#: What stands where somebody must write.
WRITE_HERE = "[Write here]"

#: Theme, quality statement, and what to think of; ``docs/specification.md``, section 7. The questions are ours.
QUALITY_STATEMENTS = {
    "Working with people": (
        ("Assessing needs", "Was the assessment timely, and about what the person can do and wants?"),
        ("Supporting people to live healthier lives", "Was there advice, prevention or reablement?"),
        ("Equity in experiences and outcomes", "Were barriers, language and culture seen and met?"),
    ),
    "Providing support": (
        ("Care provision, integration and continuity", "Was there the right care, at the time, that stayed?"),
        ("Partnerships and communities", "Did agencies work as one? Was the community used?"),
    ),
    "Ensuring safety": (
        ("Safe systems, pathways and transitions", "Were moves, such as home from hospital, safe?"),
        ("Safeguarding", "Were concerns heard, acted on, and the person's wishes followed?"),
    ),
    "Leadership": (
        ("Governance, management and sustainability", "Are decisions, reasons and oversight on record?"),
        ("Learning, improvement and innovation", "What was learned, and what has changed since?"),
    ),
}
EVALUATION_BOX = Box(
    COMPLETE,
    MANAGER,
    "good practice and areas for improvement, at most this one page; leave empty what does not apply.",
)
_EVALUATION = ("Theme", "Quality statement, and what to think of", "Good practice", "Area for improvement")
_TIMELINE = ("No.", "Type", "Start", "End", "What", "Outcome")
#: Of each column: centimetres that it has in any case, so that no date breaks, and its share of what is left.
_WIDTHS: dict[tuple[str, ...], tuple[tuple[float, float], ...]] = {
    _TIMELINE: ((1.1, 0), (2.6, 0), (2.5, 0), (2.5, 0), (0, 0.58), (0, 0.42)),
    _EVALUATION: ((2.6, 0), (0, 0.51), (0, 0.245), (0, 0.245)),
    ("Service", "How it counts", "Dates"): ((0, 0.65), (0, 0.35), (4.6, 0)),
    ("What the extract holds", "Outcome", "Date"): ((0, 0.48), (0, 0.52), (2.5, 0)),
}
_HEADING = "E7ECF2"
#: Word's own distance of a cell's text from its frame, 0.19 cm, in EMU (635 to a twentieth of a point).
_CELL_MARGIN = 108 * 635


def pack_document(case: Case, records: Sequence[Record], template: bytes | None, on: dt.date) -> bytes:
    """The document as bytes, the same for the same case."""
    document = new_document(template)
    state = case.state
    kind = "tracked" if state.selection == "tracked" else "reserve"
    title = f"Record pack, case {state.reference}"
    set_properties(document, title, f"CQC case tracking, {kind}, listed as {state.listed_as}", on)
    mark_pages(document, f"Case {state.reference} · {kind} · listed as {state.listed_as}")
    document.add_paragraph(title, style="Title")
    _front(document, case, records, kind)
    document.add_heading("The ten records", level=1)
    for record in records:
        _record(document, record)
    _timeline(document, case)
    _evaluation(document, roomy=template is None)
    return equal_bytes(document)


def _front(document: Any, case: Case, records: Sequence[Record], kind: str) -> None:
    state = case.state
    codes = "; ".join(f"{c} {CODE_NAMES.get(c, '')}".strip() for c in state.codes)
    _fact(document, "Selection", "tracked" if kind == "tracked" else "in reserve")
    _fact(document, "Listed as", f"{state.listed_as}, {CODE_NAMES.get(state.listed_as, '')}".rstrip(", "))
    _fact(document, "All cohort codes met", codes)
    if case.reaches_to:
        _fact(document, "Extract", f"reporting period to {for_people(case.reaches_to)}")
    blanks = sum(r.count(COMPLETE) for r in records) + 1
    checks = sum(r.count(CHECK) for r in records)
    _fact(document, "Left to do", f"{blanks} to complete, {checks} to check; each is in a box that says who")
    text = (
        "Everything outside the boxes comes from the council's extract. The person is known here by the case reference "
        "only: write no name, address, NHS number or local id, of theirs or of anybody else, into this document."
    )
    document.add_paragraph(text)


def _fact(document: Any, label: str, value: str) -> None:
    paragraph = document.add_paragraph(style=FACT)
    paragraph.add_run(f"{label}: ").bold = True
    paragraph.add_run(value)


def _record(document: Any, record: Record) -> None:
    heading = document.add_heading(f"{record.number}. {record.name}", level=2)
    # The summary of needs is asked for as one page, so it has one to itself.
    own_page = record.name == "One-page summary of needs"
    heading.paragraph_format.page_break_before = own_page
    for label, value in record.facts:
        _fact(document, label, value)
    for table in record.tables:
        _table(document, table)
    for box in record.boxes:
        _box(document, box)
    if own_page:
        document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def _box(document: Any, box: Box, *, blank: bool = True) -> None:
    paragraph = document.add_paragraph(style=BOX)
    paragraph.paragraph_format.keep_together = True
    paragraph.add_run(f"{box.kind} by the {box.who}: ").bold = True
    paragraph.add_run(box.what)
    if blank and box.kind == COMPLETE:
        paragraph.add_run().add_break()
        paragraph.add_run(WRITE_HERE)


def _width(document: Any) -> int:
    section = document.sections[-1]
    return int(section.page_width - section.left_margin - section.right_margin - (section.gutter or 0))


def _table(document: Any, table: Table) -> Any:
    """A table with a marked header row, no merged cells, rows that stay whole, and its caption as a description."""
    made = document.add_table(rows=1, cols=len(table.header))
    made.autofit = False
    layout = made._tbl.tblPr.find(qn("w:tblLayout"))
    # Without the indent, a table's text stands in line with the page's, and its frame outside.
    layout.addprevious(element("tblInd", w=str(_CELL_MARGIN // 635), type="dxa"))
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    layout.addprevious(borders("tblBorders", sides, val="single", sz="4", space="0", color="6F777B"))
    made._tbl.tblPr.append(element("tblCaption", val=table.caption))
    for _ in table.rows:
        made.add_row()
    plan = _WIDTHS[table.header]
    left = _width(document) - _CELL_MARGIN - sum(Cm(fixed) for fixed, _ in plan)
    widths = [Emu(int(Cm(fixed) + left * share)) for fixed, share in plan]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for number, (row, texts) in enumerate(zip(made.rows, (table.header, *table.rows), strict=True)):
        marks = ["cantSplit", "tblHeader"] if number == 0 else ["cantSplit"]
        row._tr.get_or_add_trPr().extend([element(mark) for mark in marks])
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = width
            cell.paragraphs[0].style = CELL
            run = cell.paragraphs[0].add_run(text)
            if number == 0:
                run.bold = True
                shade(cell, _HEADING)
    return made


def _timeline(document: Any, case: Case) -> None:
    heading = document.add_heading("Timeline of the journey", level=1)
    heading.paragraph_format.page_break_before = True
    steps = case.journey.steps
    if not steps:
        document.add_paragraph("The extract holds no event of this person.")
        return
    document.add_paragraph(
        "From first contact to the latest event in the extract. The numbers in the picture are those of the table; "
        "an arrow is a service that is still open."
    )
    picture = document.add_paragraph()
    picture.paragraph_format.keep_with_next = True
    shape = picture.add_run().add_picture(io.BytesIO(draw_timeline(steps)), width=Emu(_width(document)))
    described = shape._inline.docPr
    described.set("name", "Timeline")
    described.set("title", "Timeline of the journey")
    described.set("descr", alt_text(steps))
    rows = tuple(tuple(map(str, row)) for row in case.journey.to_frame().itertuples(index=False))
    _table(document, Table("Every event of the journey, in order", _TIMELINE, rows))


def _evaluation(document: Any, *, roomy: bool) -> None:
    """The summary on a page of its own; what a council's template leaves of a page is not known, so rows start low."""
    heading = document.add_heading(EVALUATION, level=1)
    heading.paragraph_format.page_break_before = True
    _box(document, EVALUATION_BOX, blank=False)
    rows = tuple(
        (theme, f"{name}. {question}", "", "")
        for theme, statements in QUALITY_STATEMENTS.items()
        for name, question in statements
    )
    made = _table(document, Table("Evaluation under the nine quality statements", _EVALUATION, rows))
    for row in list(made.rows)[1:]:
        if roomy:
            row.height, row.height_rule = Cm(1.8), WD_ROW_HEIGHT_RULE.AT_LEAST
        for cell in row.cells[2:]:
            shade(cell)
