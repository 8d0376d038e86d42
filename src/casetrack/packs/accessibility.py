"""Whether a Word document can be used by people who do not see it, or not well: what a machine can check."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import qn

from casetrack.errors import OutputError

_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_PARTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml$")
_CORE = "{http://purl.org/dc/elements/1.1/}"


def check_accessibility(path: str | os.PathLike[str] | bytes) -> list[str]:
    """What is wrong with a Word document's accessibility; empty when nothing was found.

    Looked at: the title property; the language; real headings, the first at level 1 and no level skipped; in every
    table a marked header row without empty cells, no merged and no nested cells; in every picture alternative text
    that is more than a file name, and that it stands in line with the text; rows of empty paragraphs in place of
    spacing.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(path) if isinstance(path, bytes) else Path(path)) as package:
            parts = {n: parse_xml(package.read(n)) for n in sorted(package.namelist()) if _PARTS.match(n)}
            styles = parse_xml(package.read("word/styles.xml"))
            core = parse_xml(package.read("docProps/core.xml"))
            body = parts["word/document.xml"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        where = "" if isinstance(path, bytes) else Path(path).name
        raise OutputError.of(
            "not-a-document",
            "the file cannot be read as a Word document.",
            where=where,
            advice="Give a .docx file.",
        ) from None
    everywhere = list(parts.values())
    return [
        *_title(core),
        *_language(styles),
        *_headings(body, styles),
        *(problem for part in everywhere for problem in _tables(part)),
        *(problem for part in everywhere for problem in _pictures(part)),
        *_spacing(body),
    ]


def _title(core: Any) -> Iterator[str]:
    title = core.find(f"{_CORE}title")
    if title is None or not (title.text or "").strip():
        yield "The document has no title in its properties."


def _language(styles: Any) -> Iterator[str]:
    found = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    if found is None or not found.get(qn("w:val")):
        yield "The document does not say which language it is in."


def _levels(styles: Any) -> dict[str, int]:
    """Style id to heading level, by the style's built-in name."""
    levels = {}
    for style in styles.iter(qn("w:style")):
        name = style.find(qn("w:name"))
        found = _HEADING.match(name.get(qn("w:val"))) if name is not None else None
        if found:
            levels[style.get(qn("w:styleId"))] = int(found[1])
    return levels


def _headings(body: Any, styles: Any) -> Iterator[str]:
    levels, last, any_found = _levels(styles), 0, False
    for paragraph in body.iter(qn("w:p")):
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        level = levels.get(style.get(qn("w:val")), 0) if style is not None else 0
        if not level:
            continue
        any_found = True
        if not _text(paragraph):
            yield "A heading is empty."
        if level > last + 1:
            yield (
                f"A heading of level {level} follows one of level {last}."
                if last
                else f"The first heading has level {level}."
            )
        last = level
    if not any_found:
        yield "The document has no headings."


def _tables(part: Any) -> Iterator[str]:
    for number, table in enumerate(part.iter(qn("w:tbl")), start=1):
        rows = table.findall(qn("w:tr"))
        first = rows[0] if rows else None
        if first is None or first.find(f"{qn('w:trPr')}/{qn('w:tblHeader')}") is None:
            yield f"Table {number} has no marked header row."
        elif not all(_text(cell) for cell in first.findall(qn("w:tc"))):
            yield f"Table {number} has an empty header cell."
        if any(next(table.iter(qn(tag)), None) is not None for tag in ("w:gridSpan", "w:vMerge", "w:hMerge")):
            yield f"Table {number} has merged cells."
        if len(list(table.iter(qn("w:tbl")))) > 1:
            yield f"Table {number} has a table inside it."


def _pictures(part: Any) -> Iterator[str]:
    for number, drawing in enumerate(part.iter(qn("w:drawing")), start=1):
        described = next(drawing.iter(qn("wp:docPr")), None)
        text = "" if described is None else (described.get("descr") or "").strip()
        if not text or re.fullmatch(r"\S+\.(png|jpe?g|gif|emf|wmf|bmp|tiff?)", text, re.IGNORECASE):
            yield f"Picture {number} has no alternative text."
        if drawing.find(qn("wp:anchor")) is not None:
            yield f"Picture {number} does not stand in line with the text."


def _spacing(document: Any) -> Iterator[str]:
    empty = 0
    for element in document.find(qn("w:body")):
        content = next(element.iter(qn("w:drawing"), qn("w:br"), qn("w:sectPr")), None)
        empty = empty + 1 if element.tag == qn("w:p") and not _text(element) and content is None else 0
        if empty == 3:
            yield "Empty paragraphs stand in place of spacing."


def _text(element: Any) -> str:
    return "".join(t.text or "" for t in element.iter(qn("w:t"))).strip()
