"""What python-docx leaves to be done by hand: templates, styles, markings on every page, and equal bytes."""

from __future__ import annotations

import datetime as dt
import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from casetrack.errors import OutputError
from casetrack.small_files import read_small

LANGUAGE = "en-GB"
MARKING = "Identifiable: contains personal data; council-only until permission is given"
BOX, FACT, CELL, SMALL = "Casetrack box", "Casetrack fact", "Casetrack cell", "Casetrack small"
#: A picture of a page, the program and company it was made with, and whatever else a council's own template says.
_TEMPLATES_OWN = ("thumbnail", "extended-properties", "custom-properties")
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_TEMPLATE_TYPE = b"wordprocessingml.template.main+xml"
_DOCUMENT_TYPE = b"wordprocessingml.document.main+xml"
_YELLOW, _AMBER = "FFF4CC", "8A6100"


def read_template(template: str | os.PathLike[str] | None) -> bytes | None:
    """A council's own Word file (.docx or .dotx), checked before the first pack is made."""
    if template is None:
        return None
    try:
        content = _as_document(read_small(template))
        new_document(content)
    except (OSError, zipfile.BadZipFile, KeyError, ValueError):
        raise OutputError.of(
            "template-unusable",
            "the template cannot be opened as a Word document.",
            where=Path(template).name,
            advice="Give a .docx or .dotx file without macros; open it in Word and save it again.",
        ) from None
    return content


def _as_document(content: bytes) -> bytes:
    """The same file, declared a document where it was declared a template; its look does not differ."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == "[Content_Types].xml":
                part = part.replace(_TEMPLATE_TYPE, _DOCUMENT_TYPE)
            new.writestr(name, part)
    return out.getvalue()


def new_document(template: bytes | None) -> Any:
    """An empty document with the template's page, headers, footers and styles, and every style a pack needs."""
    document = Document(io.BytesIO(template) if template is not None else None)
    body = document.element.body
    _inherit_headers(body)
    for element in list(body):
        if element.tag != qn("w:sectPr"):
            body.remove(element)
    if template is None:
        section = document.sections[0]
        section.page_width, section.page_height = Cm(21.0), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.0)
        section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)
        _plain_look(document)
    _set_language(document)
    _own_styles(document)
    return document


def _inherit_headers(body: Any) -> None:
    """Give the last section the headers and footers that it takes over from sections whose text goes."""
    *earlier, last = list(body.iter(qn("w:sectPr")))
    tags = (qn("w:headerReference"), qn("w:footerReference"))
    held = {(e.tag, e.get(qn("w:type"))) for e in last if e.tag in tags}
    inherited = {(e.tag, e.get(qn("w:type"))): e for section in earlier for e in section if e.tag in tags}
    for key, element in inherited.items():
        if key not in held:
            last.insert(0, element)


def _plain_look(document: Any) -> None:
    styles = document.styles
    styles["Normal"].font.name = "Arial"
    styles["Normal"].font.size = Pt(11)
    styles["Normal"].paragraph_format.space_after = Pt(6)
    for name, size, before in (("Title", 22, 0), ("Heading 1", 16, 12), ("Heading 2", 13, 10)):
        style = styles[name]
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), True, RGBColor(0x12, 0x43, 0x6D)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(4)
        style.paragraph_format.keep_with_next = True
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        style.font.name = "Arial"
    rule = styles["Title"].element.pPr.find(qn("w:pBdr"))
    if rule is not None:
        styles["Title"].element.pPr.remove(rule)


def _own_styles(document: Any) -> None:
    """The styles that a template may lack, then the pack's own; a style that is there is left as it is."""
    for name, size, level in (("Title", 22, None), ("Heading 1", 16, 0), ("Heading 2", 13, 1)):
        style = _style(document, name, builtin=True)
        if style is not None:
            style.font.size, style.font.bold = Pt(size), True
            style.paragraph_format.keep_with_next = True
            if level is not None:
                style.element.get_or_add_pPr().append(element("outlineLvl", val=str(level)))
    for name, points, before, after in (
        (FACT, 0.0, 0.0, 3.0),
        (CELL, 10.0, 1.5, 1.5),
        (SMALL, 10.0, 0.0, 0.0),
    ):
        style = _style(document, name)
        if style is not None:
            style.font.size = Pt(points) if points else None
            style.paragraph_format.line_spacing = None if name == FACT else 1.0
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
            # What is known stays on the page of the box that asks for the rest.
            style.paragraph_format.keep_with_next = name == FACT
    box = _style(document, BOX)
    if box is not None:
        sides = ("top", "left", "bottom", "right", "between")
        framed = borders("pBdr", sides, val="single", sz="8", space="4", color=_AMBER)
        box.element.get_or_add_pPr().extend([framed, _shading(_YELLOW)])
        box.paragraph_format.left_indent = box.paragraph_format.right_indent = Cm(0.15)
        box.paragraph_format.space_before, box.paragraph_format.space_after = Pt(3), Pt(3)


def _style(document: Any, name: str, builtin: bool = False) -> Any:
    """A new paragraph style, or None when the document has it already."""
    if name in {s.name for s in document.styles if s.type == WD_STYLE_TYPE.PARAGRAPH}:
        return None
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin)
    style.base_style = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    return style


def element(tag: str, **attributes: str) -> Any:
    """A part of a Word file, with its attributes."""
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def borders(tag: str, sides: Iterable[str], **look: str) -> Any:
    """The same look on every side."""
    made = element(tag)
    made.extend([element(side, **look) for side in sides])
    return made


def _shading(fill: str) -> Any:
    return element("shd", val="clear", color="auto", fill=fill)


def shade(cell: Any, fill: str = _YELLOW) -> None:
    """Give a table cell a background."""
    cell._tc.get_or_add_tcPr().append(_shading(fill))


def _set_language(document: Any) -> None:
    """English as written in Britain, as the default and wherever a style says another English."""
    styles = document.styles.element
    defaults = _child(
        _child(_child(styles, "w:docDefaults", first=True), "w:rPrDefault", first=True), "w:rPr"
    )
    _child(defaults, "w:lang").set(qn("w:val"), LANGUAGE)
    theme = document.settings.element.findall(qn("w:themeFontLang"))
    for language in (*styles.iter(qn("w:lang")), *theme):
        # A template's Welsh, or any other language that is not English, is meant.
        if str(language.get(qn("w:val"), "en")).startswith("en"):
            language.set(qn("w:val"), LANGUAGE)


def _child(parent: Any, tag: str, first: bool = False) -> Any:
    found = parent.find(qn(tag))
    if found is None:
        found = element(tag.removeprefix("w:"))
        parent.insert(0, found) if first else parent.append(found)
    return found


def _sides(document: Any, which: str) -> Iterator[Any]:
    """Every header (or footer) that some page of the document shows."""
    even = document.settings.odd_and_even_pages_header_footer
    for section in document.sections:
        yield getattr(section, which)
        if section.different_first_page_header_footer:
            yield getattr(section, f"first_page_{which}")
        if even:
            yield getattr(section, f"even_page_{which}")


def mark_pages(document: Any, about: str) -> None:
    """Put the marking at the head and what the page is about at the foot of every page, beside what a template has."""
    for header in _sides(document, "header"):
        header.is_linked_to_previous = False
        # A header has one paragraph at least; what a template wrote in it stays below the marking.
        first = header.paragraphs[0]
        marking = (
            first
            if not _holds_something(first) and len(header.paragraphs) == 1
            else first.insert_paragraph_before()
        )
        marking.style = document.styles[SMALL]
        marking.alignment = WD_ALIGN_PARAGRAPH.CENTER
        marking.add_run(MARKING).bold = True
    for footer in _sides(document, "footer"):
        footer.is_linked_to_previous = False
        last = footer.paragraphs[-1]
        line = footer.add_paragraph() if _holds_something(last) else last
        line.style = document.styles[SMALL]
        line.add_run(f"{about} · page ")
        add_field(line, "PAGE")
        line.add_run(" of ")
        add_field(line, "NUMPAGES")


def _holds_something(paragraph: Any) -> bool:
    return bool(paragraph.text.strip()) or paragraph._p.find(f".//{qn('w:drawing')}") is not None


def add_field(paragraph: Any, code: str) -> None:
    """Add a field that Word and LibreOffice work out: PAGE, NUMPAGES."""
    field, run, text = element("fldSimple", instr=code), element("r"), element("t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def set_properties(document: Any, title: str, subject: str, on: dt.date) -> None:
    """The document's properties: its title and language, one fixed day, and nobody's name."""
    day = dt.datetime(on.year, on.month, on.day)
    properties = document.core_properties
    properties.title, properties.subject, properties.language = title, subject, LANGUAGE
    properties.author = properties.last_modified_by = "casetrack"
    properties.created = properties.modified = day
    properties.comments = properties.keywords = properties.category = ""
    properties.content_status = properties.identifier = properties.version = ""
    properties.revision = 1


def equal_bytes(document: Any) -> bytes:
    """The document as a file whose bytes depend on nothing but what is in it; of a template's properties none is kept."""
    relations = document.part.package.rels
    for key in [key for key, one in relations.items() if one.reltype.rsplit("/", 1)[-1] in _TEMPLATES_OWN]:
        del relations[key]
    saved, out = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Written by Windows and by Unix alike; ZipInfo would put down which one it was.
            entry.create_system, entry.external_attr = 3, 0o600 << 16
            new.writestr(entry, old.read(name))
    return out.getvalue()
