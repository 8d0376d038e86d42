"""A program of its own that reads a workbook: what a broken file does to it, it does to nobody else.

The library that reads workbooks asks for whatever room a file claims to need, and a few changed bytes can end the
process. So this file is run as a process with bounds on memory and time. It imports nothing of casetrack, to begin
quickly, and writes every sheet as text to standard output: 8 bytes with the length of a JSON header, the header, and
for each column the ends of its cells (int32) and their text (UTF-8).
"""

from __future__ import annotations

import array
import contextlib
import datetime as dt
import io
import json
import re
import struct
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

#: Blank rows between the table and a stray cell that are still read as part of the table: ten times its rows, and this.
FAR_BELOW = 10_000
#: Rows whose numbers are told, as in a finding.
ROWS_TOLD = 1000
#: Rows of a hidden sheet that are told: enough to see what its headings are.
HEAD = 20
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*>")
_NUMBER = re.compile(rb"\br=[\"'](\d{1,9})[\"']")
_HIDDEN = re.compile(rb"\bhidden=[\"'](?:1|true)[\"']")
#: A cell from column AAA, the 703rd, on. No table has so many columns; a stray cell has.
_FAR_RIGHT = re.compile(rb"<(?:\w+:)?c r=[\"'][A-Z]{3,}\d+[\"'][^>]*?(?:/>|>.*?</(?:\w+:)?c>)", re.DOTALL)
#: A cell that holds an error, such as #REF!: read as the text that it shows, not as a blank.
_ERRORS_SHOWN = (b't="e"', b"t='e'")
_ERROR = re.compile(rb"(<(?:\w+:)?c\b[^>]*?\s)t=[\"']e[\"']")
#: How formulas begin.
_FORMULAS = (b"<f>", b"<f ", b":f>", b":f ")
#: A cell with a formula and no value: some program wrote it, and none has calculated it. An empty text is a value.
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b(?![^>]*\st=[\"']str)[^>]*\br=[\"'][A-Z]+(\d+)[\"'][^>]*>"
    rb"<(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?</"
)
_ODS_FORMULA = re.compile(rb"<table:table-cell\b(?=[^>]*\stable:formula=)(?![^>]*\soffice:value-type=)[^>]*>")
#: A cell that shows an error or a truth value; what stands in its attributes is a blank or a number.
_ODS_SHOWN = re.compile(
    rb"<table:table-cell\b([^>]*)><text:p>"
    rb"(TRUE|FALSE|#(?:REF!|DIV/0!|VALUE!|NAME\?|N/A|NUM!|NULL!)|Err:\d{3})</text:p>"
)
_ODS_SHOWS = re.compile(rb"<text:p>(?:TRUE|FALSE|#|Err:)")
_ODS_VALUE = re.compile(rb"\s(?:office|calcext):[\w-]+=(?:\"[^\"]*\"|'[^']*')")
#: Errors as the old format writes them.
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_ODS_SHEET = re.compile(rb"<table:table[\s>]")
_ODS_ROW = re.compile(rb"<table:table-row\b[^>]*>")
_ODS_HIDDEN = re.compile(rb"table:visibility=[\"'](?:filter|collapse)[\"']")
_ODS_REPEATED = re.compile(rb"number-rows-repeated=[\"'](\d{1,7})[\"']")
_ODS_FILLED = re.compile(rb"<text:p|office:value")
#: Hours of UTC at which it is midnight in London, in winter and summers, as the part of the day that is gone.
FULL_HOURS = {0: "", 22: ".9167", 23: ".9583"}


class Look(NamedTuple):
    """What is seen of a sheet beside its cells.

    Its hidden rows, those with formulas that nothing has calculated, how many rows and cells were cut, and the errors in
    cells by row and column, both from 0.
    """

    hidden: list[int]
    formulas: list[int]
    cut: int = 0
    errors: Mapping[tuple[int, int], str] = MappingProxyType({})


def plain_text(cell: Any) -> str:
    """A cell of a workbook as text: whole numbers without a point, dates as YYYY-MM-DD.

    A time that is not midnight stands behind its date as the part of the day that is gone. What matters of it is only
    whether it is the full hour of a midnight in another zone; any other is given as half of the day.

    Examples
    --------
    >>> plain_text(9434765919.0), plain_text(dt.datetime(2026, 3, 31)), plain_text("0012"), plain_text(None)
    ('9434765919', '2026-03-31', '0012', '')
    """
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, dt.datetime):
        exact = not (cell.minute or cell.second or cell.microsecond)
        return cell.date().isoformat() + (FULL_HOURS.get(cell.hour, ".5") if exact else ".5")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if cell == dt.time():
        # Day 0 in a format for dates: what a lookup of a blank cell gives.
        return "1899-12-31"
    if isinstance(cell, float):
        if cell != cell:
            return ""
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return str(cell)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Part of the archive to the name of its sheet."""
    from xml.etree import ElementTree

    with contextlib.suppress(KeyError, ElementTree.ParseError):
        targets = {}
        for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels")):
            target = link.get("Target", "")
            targets[link.get("Id", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
        found = {}
        for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
            if element.tag.rpartition("}")[2] == "sheet":
                ids = [value for key, value in element.attrib.items() if key.endswith("}id")]
                found[targets.get(ids[0] if ids else "", "")] = element.get("name", "")
        return found
    return {}


def _cut(xml: bytes) -> tuple[bytes, list[int], int]:
    """A sheet without cells far off its table, the rows that are hidden, and how many rows and cells were cut."""
    cells = 0
    if _FAR_RIGHT.search(xml):
        xml, cells = _FAR_RIGHT.subn(b"", xml)
    hidden: list[int] = []
    number = rows = 0
    keep_to, cut_from = 0, -1
    for match in _ROW.finditer(xml):
        rows += 1
        told = _NUMBER.search(match[0])
        number = int(told[1]) if told else number + 1
        if cut_from >= 0 or number > FAR_BELOW + 10 * rows:
            cut_from = match.start() if cut_from < 0 else cut_from
            cells += 1
            continue
        keep_to = number
        if _HIDDEN.search(match[0]):
            hidden.append(number)
    if cut_from >= 0:
        end = xml.rfind(b"</sheetData>")
        xml = xml[:cut_from] + (xml[end:] if end > cut_from else b"</sheetData></worksheet>")
    return xml, [row for row in hidden if row <= keep_to], cells


def _looked_at(content: bytes) -> tuple[bytes, dict[str, Look]]:
    """A workbook of the new formats without stray cells, errors and truth values as text; what was seen of each sheet."""
    found: dict[str, Look] = {}
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for part, name in _sheet_parts(archive).items():
            if part.endswith(".xml") and part in archive.namelist():
                xml = archive.read(part)
                shorter, hidden, cells = _cut(xml)
                found[name] = Look(hidden, _not_calculated(shorter), cells)
                if any(sign in shorter for sign in _ERRORS_SHOWN):
                    shorter = _ERROR.sub(rb'\1t="str"', shorter)
                if shorter != xml:
                    changed[part] = shorter
        if "content.xml" in archive.namelist():
            xml = archive.read("content.xml")
            found |= _ods_looks(xml)
            if _ODS_SHOWS.search(xml):
                changed["content.xml"] = _ODS_SHOWN.sub(_as_shown, xml)
        if changed:
            out = io.BytesIO()
            with zipfile.ZipFile(out, "w") as new:
                for part in dict.fromkeys(archive.namelist()):
                    new.writestr(part, changed[part] if part in changed else archive.read(part))
            content = out.getvalue()
    return content, found


def _not_calculated(xml: bytes) -> list[int]:
    """Rows of a sheet with formulas that nothing has calculated."""
    if not any(sign in xml for sign in _FORMULAS):
        return []
    return [*dict.fromkeys(int(cell[1]) for cell in _FORMULA.finditer(xml))]


def _as_shown(cell: re.Match[bytes]) -> bytes:
    """A cell of an OpenDocument file as the text that it shows; a truth value is Yes or No as in other workbooks."""
    attributes, text = cell[1], cell[2]
    if text in (b"TRUE", b"FALSE"):
        if re.search(rb"office:value-type=[\"']string", attributes):
            return cell[0]
        text = b"Yes" if text == b"TRUE" else b"No"
    kept = _ODS_VALUE.sub(b"", attributes)
    return b'<table:table-cell office:value-type="string"' + kept + b"><text:p>" + text + b"</text:p>"


def _ods_looks(xml: bytes) -> dict[str, Look]:
    """What is seen of each sheet of an OpenDocument file; of its hidden rows those that hold something."""
    import html

    found = {}
    for piece in _ODS_SHEET.split(xml)[1:]:
        name = re.search(rb"table:name=[\"']([^\"']*)[\"']", piece[:2000])
        rows = [*_ODS_ROW.finditer(piece)]
        ends = [row.start() for row in rows[1:]] + [len(piece)]
        has_formulas = b"table:formula=" in piece
        hidden: list[int] = []
        formulas: list[int] = []
        number = 0
        for row, end in zip(rows, ends, strict=True):
            repeated = _ODS_REPEATED.search(row[0])
            count = int(repeated[1]) if repeated else 1
            if _ODS_HIDDEN.search(row[0]) and _ODS_FILLED.search(piece, row.end(), end):
                hidden += range(number + 1, number + count + 1)
            if has_formulas and _ODS_FORMULA.search(piece, row.end(), end):
                formulas += range(number + 1, number + count + 1)
            number += count
        if name:
            found[html.unescape(name[1].decode("utf-8", "replace"))] = Look(hidden, formulas)
    return found


def _old_looks(content: bytes) -> dict[str, Look]:
    """What is seen of each sheet of an old workbook: hidden rows, and errors, which the library reads as blanks."""
    stream = _old_stream(content)
    found = {}
    wide = True
    for kind, data in _records(stream, 0):
        if kind == 0x0809:
            wide = data[:2] == b"\x00\x06"
        if kind == 0x0085:
            text = data[8:] if wide else data[7:]
            name = text.decode("utf-16-le" if wide and data[7] & 1 else "cp1252", "replace")[: data[6]]
            found[name] = _old_look(stream, int.from_bytes(data[:4], "little"))
    return found


def _old_look(stream: bytes, start: int) -> Look:
    hidden: list[int] = []
    errors = {}
    for kind, data in _records(stream, start):
        if kind == 0x0208 and data[12] & 0x20:
            hidden.append(int.from_bytes(data[:2], "little") + 1)
        # A cell with an error, or a formula whose last result was one.
        elif (kind == 0x0205 and data[7]) or (kind == 0x0006 and data[6] == 2 and data[12:14] == b"\xff\xff"):
            code = data[6] if kind == 0x0205 else data[8]
            errors[struct.unpack_from("<HH", data)] = _ERRORS.get(code, "#ERROR!")
    return Look(hidden, [], errors=errors)


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of an old workbook from a place on, to the end of the sheet that begins there."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        # Charts lie within sheets, each with a beginning and an end of its own.
        depth += (kind == 0x0809) - (kind == 0x000A)
        if depth <= 1:
            yield kind, stream[at + 4 : at + 4 + length]
        if depth < 1:
            return
        at += 4 + length


def _old_stream(content: bytes) -> bytes:
    """The part of an old Office file that holds the sheets; its parts are chains of sectors, the small ones in one."""

    def number(data: bytes, at: int) -> int:
        return int.from_bytes(data[at : at + 4], "little")

    def chain(start: int, links: Sequence[int]) -> Iterator[int]:
        for _ in links:
            if start >= len(links):
                return
            yield start
            start = links[start]

    def joined(start: int) -> bytes:
        return b"".join(content[(n + 1) * size : (n + 2) * size] for n in chain(start, links))

    size = 1 << content[30]
    tables = array.array("I", content[76:512])
    more = number(content, 68)
    for _ in range(min(number(content, 72), len(content) // size)):
        piece = array.array("I", content[(more + 1) * size : (more + 2) * size])
        more = piece.pop()
        tables += piece
    links = array.array("I")
    for table in tables:
        links.frombytes(content[(table + 1) * size : (table + 2) * size])
    directory = joined(number(content, 48))
    for at in range(0, len(directory), 128):
        name = directory[at : at + 64].decode("utf-16-le", "replace").rstrip("\0")
        if name in ("Workbook", "Book"):
            start, length = number(directory, at + 116), number(directory, at + 120)
            if length >= number(content, 56):
                return joined(start)[:length]
            small, small_links = joined(number(directory, 116)), array.array("I", joined(number(content, 60)))
            return b"".join(small[64 * n : 64 * n + 64] for n in chain(start, small_links))[:length]
    return b""


def _columns(body: list[list[Any]]) -> Iterator[tuple[array.array[int], bytes]]:
    width = max(map(len, body), default=0)
    for i in range(width):
        texts = [plain_text(row[i]) if i < len(row) else "" for row in body]
        # Half of a character cannot be written as UTF-8; it is shown as one that cannot be read.
        whole = [text.encode("utf-8", "replace") for text in texts]
        ends, end = array.array("i", [0]), 0
        for part in whole:
            end += len(part)
            ends.append(end)
        yield ends, b"".join(whole)


def _sheets(content: bytes, looked: dict[str, Look], wanted: str, whole: bool) -> Iterator[tuple[Any, Any]]:
    """Header and buffers of each sheet."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for about in book.sheets_metadata:
            visible = about.visible == SheetVisibleEnum.Visible
            head: dict[str, Any] = {
                "name": about.name,
                "visible": visible,
                "rows": 0,
                "told": 0,
                "columns": [],
            }
            if wanted and about.name != wanted:
                yield head, []
                continue
            try:
                # Blank rows above count too, or every row number in a message would be wrong.
                body = book.get_sheet_by_name(about.name).to_python(skip_empty_area=False)
            except ValueError:
                # A sheet of charts or of macros holds no cells.
                yield head, []
                continue
            rows = len(body)
            look = looked.get(about.name, Look([], []))
            for (row, column), text in look.errors.items():
                if row < rows and column < len(body[row]):
                    body[row][column] = text
            told = body if visible or wanted or whole else body[:HEAD]
            columns = list(_columns(told))
            hidden = [row for row in look.hidden if row <= rows]
            head |= {
                "rows": rows,
                "told": len(told),
                "columns": [len(text) for _, text in columns],
                "cut": look.cut,
            }
            head |= {"hidden": len(hidden), "hidden_rows": hidden[:ROWS_TOLD]}
            head |= {"formulas": look.formulas}
            yield head, columns


def _read(content: bytes, wanted: str, whole: bool) -> tuple[dict[str, Any], list[Any]]:
    from python_calamine import CalamineError, PasswordError

    looked: dict[str, Look] = {}
    try:
        if content.startswith(b"PK"):
            content, looked = _looked_at(content)
        else:
            with contextlib.suppress(IndexError, ValueError, struct.error):
                looked = _old_looks(content)
        found = list(_sheets(content, looked, wanted, whole))
    except PasswordError:
        return {"error": "password"}, []
    except MemoryError:
        return {"error": "memory"}, []
    except (
        CalamineError,
        zipfile.BadZipFile,
        ValueError,
        KeyError,
        OSError,
        NotImplementedError,
        RuntimeError,
    ):
        return {"error": "unreadable"}, []
    return {"sheets": [head for head, _ in found]}, [column for _, columns in found for column in columns]


def _bounded(memory: int) -> None:
    """Bound the memory of this process, where the system can."""
    try:
        import resource
    except ImportError:  # pragma: no cover - Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read a workbook: its path, or nothing for standard input; the memory; the only sheet; whether hidden ones too."""
    path, memory, wanted, whole = sys.argv[1:]
    _bounded(int(memory))
    try:
        content = Path(path).read_bytes() if path else sys.stdin.buffer.read()
        header, columns = _read(content, wanted, bool(whole))
    except BaseException:
        # The library's own panic is no Exception. Nothing of it is told: it could hold a cell's text.
        header, columns = {"error": "unreadable"}, []
    text = json.dumps(header).encode("ascii")
    out = sys.stdout.buffer
    out.write(len(text).to_bytes(8, "little") + text)
    for ends, data in columns:
        out.write(ends.tobytes())
        out.write(data)
    out.flush()


if __name__ == "__main__":
    main()
