"""A written return taken apart, with none of the code that wrote it: every cell, and every part of the workbook."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import xlsxwriter

from casetrack.errors import CasetrackError
from casetrack.extract.workbooks import read_sheets
from casetrack.small_files import read_small

_PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings|metadata)\.xml"
    r"|xl/theme/theme1\.xml|xl/_rels/workbook\.xml\.rels|xl/tables/table\d+\.xml"
    r"|xl/worksheets/sheet\d+\.xml|xl/worksheets/_rels/sheet\d+\.xml\.rels"
)
_CODE, _WITHHELD = re.compile(r"CT\d\d"), "What is withheld"
_GUARD = re.compile(r"""(^|[;,|"'])(\s*)'(?=[=+\-@＝＋－＠])""")
#: Attributes that hold text; in the others a plain number is a measure.
_NAMES = {
    *("name", "displayName", "title", "descr", "author", "caption"),
    *("location", "prompt", "error", "tooltip"),
}
_RUNS = {
    "f": "a formula",
    "hyperlink": "a link",
    "oleObject": "an embedded object",
    "ddeLink": "an outside link",
}
_DEFINED = {"_xlnm.Print_Titles", "_xlnm._FilterDatabase", "_xlnm.Print_Area"}
_OUTSIDE = re.compile(
    r"hyperlink|externalLink|vbaProject|oleObject|connections|comments|drawing|image|customXml"
)
#: Parts that a spreadsheet program adds by itself when somebody saves: for its printer, and the council's own marking.
_OF_PROGRAMS = re.compile(
    r".*/|docMetadata/LabelInfo\.xml|xl/printerSettings/.*\.bin|xl/persons/.*|xl/calcChain\.xml"
)
_END = b"PK\5\6"
_MARKING = "MSIP_Label_"
#: Properties that people fill in; of who saved it and when, every program writes its own.
_PROPERTIES = {
    *("title", "subject", "creator", "description", "keywords", "category", "contentStatus", "identifier"),
    *("Company", "Manager", "HyperlinkBase"),
}
_PROMPTS = {"prompt", "promptTitle", "error", "errorTitle", "tooltip", "descr", "altText", "altTextSummary"}
_PAGE_CODE = re.compile(r'&("[^"]*"|K[0-9A-F+-]{6}|\d{1,3}|[A-Z])')


@dataclass(frozen=True)
class Written:
    """A written file, taken apart."""

    name: str
    sheets: dict[str, list[list[object]]]  # sheet to its cells, row by row; for a CSV one sheet, "Case list"
    others: list[tuple[str, str]]  # place and text of everything that is no cell
    problems: list[str]

    def case_list(self) -> list[list[str]]:
        """The heading row and the rows of the list, as text; nothing when there is none.

        Columns that follow from the others, one for each code and what is withheld, stand at the end and are left out.
        """
        rows = self.whole_list()
        return [row[: _first_that_follows(rows[0])] for row in rows] if rows else []

    def follow(self) -> list[str]:
        """What is wrong with the columns that follow from the others, worked out once more from those."""
        rows = self.whole_list()
        if not rows or (start := _first_that_follows(rows[0])) == len(rows[0]):
            return []
        codes = [name for name in rows[0][start:] if _CODE.fullmatch(name)]
        if rows[0][start:] != [_WITHHELD, *codes]:
            return [f"{self.name} has columns that a case list does not have."]
        wrong = sum(row[start:] != _following(rows[0][:start], row[:start], codes) for row in rows[1:])
        return (
            [f"{self.name}: {wrong} rows say something else in the columns for filtering."] if wrong else []
        )

    def whole_list(self) -> list[list[str]]:
        """The heading row and the rows of the list, with the columns that follow from the others."""
        rows = [[shown(cell) for cell in row] for row in self.sheets.get("Case list", [])]
        starts = [i for i, row in enumerate(rows) if row and row[0] in ("Case reference", "case_reference")]
        return [row for row in rows[starts[0] :] if any(row)] if starts else []


def _first_that_follows(headings: list[str]) -> int:
    return next((n for n, name in enumerate(headings) if name == _WITHHELD), len(headings))


def _following(headings: list[str], row: list[str], codes: list[str]) -> list[str]:
    """What the columns for filtering have to say of a row."""
    cells = dict(zip(headings, row, strict=True))
    told, listed = cells.get("Cohort codes", ""), cells.get("Listed as", "")
    whole = bool(told) and not told.replace(";", "").replace("CT", "").strip("0123456789")
    held = set(_CODE.findall(told)) if whole or (told.startswith("CT") and "," not in told) else set()
    if _CODE.fullmatch(listed):
        held.add(listed)
    missing = "No" if whole else "Not shown"
    hidden = [name for name, text in cells.items() if text == "Withheld"]
    return [", ".join(hidden) or "Nothing", *("Yes" if code in held else missing for code in codes)]


def shown(cell: object) -> str:
    """A cell as it is seen."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def unguarded(text: str) -> str:
    """A text without the mark before what a spreadsheet would run."""
    return _GUARD.sub(r"\1\2", text)


def read_csv(path: Path) -> Written:
    """The CSV, with the mark before what a spreadsheet would run taken off."""
    problems = []
    try:
        text = read_small(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        return Written(path.name, {}, [], [f"{path.name} is not UTF-8 text."])
    rows: list[list[object]] = [list(row) for row in csv.reader(io.StringIO(text, newline=""))]
    if len({len(row) for row in rows}) > 1:
        problems.append(f"{path.name} has rows of different lengths.")
    if any(re.match(r"\s*[=+\-@＝＋－＠]", str(cell)) for row in rows for cell in row):
        problems.append(f"{path.name} has a cell that a spreadsheet would run.")
    undone: list[list[object]] = [[unguarded(str(cell)) for cell in row] for row in rows]
    return Written(path.name, {"Case list": undone}, [("file name", path.stem)], problems)


def read_workbook(path: Path) -> Written:
    """The workbook: its cells as a spreadsheet shows them, and every part of the file behind it."""
    name, problems = path.name, []
    try:
        content = path.read_bytes()
        # What is too large, or would end the process that reads it, is refused here.
        sheets = cells_of(content)
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = {part: archive.read(part) for part in archive.namelist()}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, CasetrackError):
        return Written(name, {}, [], [f"{name} cannot be read as a workbook."])
    others = [("file name", path.stem), ("names of the sheets", " | ".join(sheets))]
    if len(parts) < len(archive.namelist()):
        problems.append(f"{name} holds a part twice.")
    items = archive.infolist()
    notes = [archive.comment, *(item.comment for item in items), *(item.extra for item in items)]
    others += [("archive", note.decode("latin-1")) for note in notes if note]
    _look_at_parts(written := Written(name, sheets, others, problems), parts)
    written.problems.extend(written.follow())
    return written


def cells_of(workbook: bytes) -> dict[str, list[list[object]]]:
    """The cells of every sheet as text, hidden ones too, read in bounds; what was cut far off the others, in words."""
    found: dict[str, list[list[object]]] = {}
    for sheet in read_sheets(workbook, whole=True):
        rows = found[sheet.name] = [list(row) for row in sheet.cells()]
        if sheet.cut:
            told = f"cells far away from the others, which nobody looked at: {sheet.cut}"
            rows.append([told, *[""] * (len(sheet.columns) - 1)])
    return found


def beside_cells(workbook: bytes) -> set[str]:
    """What people put into a workbook beside its cells, however a program spells it.

    Comments, page headers and footers, links, pictures, macros, properties, prompts and names; of texts that are in no
    cell all.
    """
    cells = {shown(cell) for rows in cells_of(workbook).values() for row in rows for cell in row}
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        names = archive.namelist()
        parts = {part: archive.read(part) for part in names if not _OF_PROGRAMS.fullmatch(part)}
        notes = [archive.comment, *(item.comment for item in archive.infolist())]
    found = {note.decode("latin-1") for note in notes}
    whole = workbook.startswith(b"PK\3\4") and len(workbook) == workbook.rfind(_END) + 22 + len(notes[0])
    if not whole or len(names) > len(set(names)):
        found.add("bytes that are no part, or a part twice")
    for part, data in parts.items():
        found.update(_put_into(part, data))
    return {text for text in found if text.strip()} - cells


def _put_into(part: str, data: bytes) -> Iterator[str]:
    """What people can have put into a part, and that it is there where a return has none."""
    custom = part == "docProps/custom.xml"
    if not _PARTS.fullmatch(part) and not custom:
        kind = _OUTSIDE.search(part)
        yield kind[0] if kind else part
    if not part.endswith((".xml", ".rels")):
        yield hashlib.sha256(data).hexdigest()
        return
    try:
        root = ElementTree.fromstring(data if b"<!" not in data else b"")
    except ElementTree.ParseError:
        yield part
        return
    yield from _wrong(part, root)
    yield from _custom(root) if custom else _typed(part, root)


def _custom(properties: ElementTree.Element) -> Iterator[str]:
    told = (one for one in properties if not one.get("name", "").startswith(_MARKING))
    yield from (f"{one.get('name')}: {''.join(one.itertext())}" for one in told)


def _typed(part: str, root: ElementTree.Element) -> Iterator[str]:
    """What somebody can have typed into a part, but for its cells."""
    for element in root.iter():
        tag, text = _bare(element.tag), element.text or ""
        yield from (value for key, value in element.attrib.items() if _bare(key) in _PROMPTS)
        if tag in ("si", "is", "text"):
            yield "".join(element.itertext())
        elif tag in ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter"):
            yield _PAGE_CODE.sub("", text)
        elif part.startswith("docProps/"):
            yield text if tag in _PROPERTIES else ""
        # The name of an area is looked at, not how it is written.
        elif tag not in ("v", "t", "definedName"):
            yield text
        yield element.tail or ""


def _look_at_parts(written: Written, parts: dict[str, bytes]) -> None:
    """Take the texts of every part of a workbook that is neither the library's own nor its cells, and what is wrong."""
    name, problems, others, own = written.name, written.problems, written.others, _library_parts()
    cells = {shown(cell) for rows in written.sheets.values() for row in rows for cell in row}
    for part, data in parts.items():
        if own.get(part) == data:
            continue
        if not _PARTS.fullmatch(part):
            problems.append(
                f"{name} holds a part that a return does not have: a comment, picture, macro or link."
            )
            others.append(("name of a part", part))
        place = "properties" if part.startswith("docProps") else "comments" if "comment" in part else "parts"
        texts, wrong = _xml(part, data)
        problems += [f"{name} holds {what}." for what in wrong]
        others += [(place, text) for text in texts if text not in cells]
    problems[:] = dict.fromkeys(problems)


def _library_parts() -> dict[str, bytes]:
    """The parts of an empty workbook: what is the same in them is the library's own, such as its list of fonts."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet()
    with zipfile.ZipFile(io.BytesIO(content.getvalue())) as archive:
        return {part: archive.read(part) for part in archive.namelist()}


def _xml(part: str, data: bytes) -> tuple[list[str], list[str]]:
    """The texts of a part, and what is wrong with it."""
    raw = data.decode("utf-8", errors="replace")
    if "<!" in raw or raw.count("<?") > 1:
        return [raw], ["text that no program shows"]
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError:
        return [raw], ["a part that is no XML"]
    return list(_texts(part, root)), list(_wrong(part, root))


def _texts(part: str, root: ElementTree.Element) -> Iterator[str]:
    sheet = part.startswith("xl/worksheets/sheet")
    for element in root.iter():
        tag = _bare(element.tag)
        if tag in ("si", "is", "text"):
            yield "".join(element.itertext())
        # The numbers of a sheet are read as its cells.
        elif element.text and element.text.strip() and not (sheet and tag == "v"):
            yield element.text
        if element.tail and element.tail.strip():
            yield element.tail
        for key, value in element.attrib.items():
            if _bare(key) in _NAMES or not re.fullmatch(r"-?\d+(\.\d+)?", value):
                yield value


def _wrong(part: str, root: ElementTree.Element) -> Iterator[str]:
    for element in root.iter():
        tag, held = _bare(element.tag), {_bare(key): value for key, value in element.attrib.items()}
        if tag in _RUNS:
            yield _RUNS[tag]
        if tag == "sheet" and held.get("state", "visible") != "visible":
            yield "a hidden sheet"
        if tag in ("row", "col") and held.get("hidden") in ("1", "true"):
            yield "hidden rows or columns"
        if tag == "definedName" and held.get("name") not in _DEFINED:
            yield "a defined name of its own"
        if tag == "externalReference" or held.get("TargetMode") == "External":
            yield "a reference to something outside"
        if part.endswith(".rels") and tag == "Relationship" and _OUTSIDE.search(held.get("Type", "")):
            yield "a link, comment, picture or macro"


def _bare(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
