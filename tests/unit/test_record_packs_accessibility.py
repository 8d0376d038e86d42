"""The accessibility check finds each kind of trouble it says it looks for, and nothing in a good document."""

from __future__ import annotations

import base64
import io

import pytest
from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from casetrack.errors import OutputError
from casetrack.packs.accessibility import check_accessibility

#: A picture of one white point.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mP8/x8AAwMCAO+ip1sAAAAASUVORK5CYII="
)


def good():
    document = Document()
    document.core_properties.title = "A title"
    document.add_heading("First", 1)
    document.add_heading("Second", 2)
    table = document.add_table(2, 2)
    for n, cell in enumerate(table.rows[0].cells):
        cell.text = f"Head {n}"
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph("Text")
    shape = document.add_picture(io.BytesIO(PNG))
    shape._inline.docPr.set("descr", "What it shows")
    return document


def found(document) -> list[str]:
    out = io.BytesIO()
    document.save(out)
    return check_accessibility(out.getvalue())


def test_a_good_document_has_no_problem(tmp_path):
    assert found(good()) == []
    good().save(tmp_path / "good.docx")
    assert check_accessibility(tmp_path / "good.docx") == []


def no_title(d):
    d.core_properties.title = "  "


def no_language(d):
    for language in list(d.styles.element.iter(qn("w:lang"))):
        language.getparent().remove(language)


def skipped_level(d):
    d.add_heading("Deep", 4)


def starts_deep(d):
    d.paragraphs[0]._p.getparent().remove(d.paragraphs[0]._p)


def empty_heading(d):
    d.add_heading("", 1)


def no_headings(d):
    for paragraph in d.paragraphs:
        paragraph.style = "Normal"


def header_unmarked(d):
    properties = d.tables[0].rows[0]._tr.trPr
    properties.remove(properties.find(qn("w:tblHeader")))


def header_empty(d):
    d.tables[0].rows[0].cells[1].text = ""


def merged(d):
    d.tables[0].rows[1].cells[0].merge(d.tables[0].rows[1].cells[1])


def nested(d):
    d.tables[0].rows[1].cells[0].add_table(1, 1)


def no_words(d):
    d.inline_shapes[0]._inline.docPr.attrib.pop("descr")


def file_name(d):
    d.inline_shapes[0]._inline.docPr.set("descr", "image1.png")


def in_header(d):
    d.sections[0].header.paragraphs[0].add_run().add_picture(io.BytesIO(PNG))


def floats(d):
    d.inline_shapes[0]._inline.tag = qn("wp:anchor")


def spaced(d):
    for _ in range(3):
        d.add_paragraph()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (no_title, "no title"),
        (no_language, "which language"),
        (skipped_level, "level 4 follows one of level 2"),
        (starts_deep, "first heading has level 2"),
        (empty_heading, "heading is empty"),
        (no_headings, "no headings"),
        (header_unmarked, "Table 1 has no marked header row"),
        (header_empty, "empty header cell"),
        (merged, "merged cells"),
        (nested, "a table inside it"),
        (no_words, "no alternative text"),
        (file_name, "no alternative text"),
        (in_header, "no alternative text"),
        (floats, "in line with the text"),
        (spaced, "Empty paragraphs"),
    ],
)
def test_each_kind_of_trouble_is_found(harm, words):
    document = good()
    harm(document)
    problems = found(document)
    assert any(words in p for p in problems), problems


@pytest.mark.parametrize("content", [b"", b"PK nothing"])
def test_what_is_no_document_is_an_error(tmp_path, content):
    path = tmp_path / "x.docx"
    path.write_bytes(content)
    for given in (path, content):
        with pytest.raises(OutputError) as caught:
            check_accessibility(given)
        assert caught.value.code == "not-a-document"
