"""A sheet of a workbook that is not ours: texts put into its cells, and everything else left as it is."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree
from xlsxwriter.utility import xl_cell_to_rowcol, xl_rowcol_to_cell

_BOOK, _RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_MOST_UNPACKED = 256 << 20


class SheetError(Exception):
    """The workbook is not put together as Excel does it."""


def _place_of(name: str) -> tuple[int, int]:
    if not re.fullmatch(r"\$?[A-Z]{1,3}\$?\d{1,7}", name):
        raise SheetError
    row, column = xl_cell_to_rowcol(name)
    return row, column


@dataclass(frozen=True, repr=False)
class Sheet:
    """One sheet, taken apart."""

    #: The parts of the workbook, in order.
    parts: Mapping[str, bytes]
    #: The part that is the sheet.
    path: str
    #: Its content.
    tree: Any
    #: Areas of joined cells: first row and column, last row and column.
    merged: tuple[tuple[int, int, int, int], ...]

    @classmethod
    def of(cls, content: bytes, name: str) -> Sheet:
        """The sheet of that name."""
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                if sum(info.file_size for info in archive.infolist()) > _MOST_UNPACKED:
                    raise SheetError
                parts = {info.filename: archive.read(info) for info in archive.infolist()}
            book, relations = _parsed(parts[_BOOK]), _parsed(parts[_RELATIONS])
            number = next(s.get(_ID) for s in book.iter(f"{_MAIN}sheet") if s.get("name") == name)
            target = next(r.get("Target") for r in relations if r.get("Id") == number)
            path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            tree = _parsed(parts[path])
            areas = [cell.get("ref").split(":") for cell in tree.iter(f"{_MAIN}mergeCell")]
            merged = tuple((*_place_of(first), *_place_of(last)) for first, last in areas)
        except (
            zipfile.BadZipFile,
            KeyError,
            StopIteration,
            ValueError,
            AttributeError,
            etree.XMLSyntaxError,
        ):
            raise SheetError from None
        return cls(parts, path, tree, merged)

    def below(self, row: int, columns: Sequence[int]) -> int:
        """The first row below headings, which can be joined with cells below them."""
        bottoms = [
            b for c in columns for t, left, b, right in self.merged if t <= row <= b and left <= c <= right
        ]
        return max([row, *bottoms]) + 1

    def not_free(
        self, rows: range, columns: Sequence[int], to_fill: Sequence[int], numbers: int
    ) -> list[tuple[int, int]]:
        """Cells that hold something: any where a text goes; beside them all but formulas and numbers of rows."""
        there = {place: cell for place, cell in self._cells() if place[0] in rows and place[1] in columns}
        taken = [
            place
            for place, cell in there.items()
            if (place[1] in to_fill and len(cell)) or not _harmless(cell, numbers)
        ]
        joined = [
            (r, c) for r in rows for c in to_fill for t, x, b, y in self.merged if t <= r <= b and x <= c <= y
        ]
        return sorted({*taken, *joined})

    def _cells(self) -> list[tuple[tuple[int, int], Any]]:
        return [(_place_of(cell.get("r", "")), cell) for cell in self.tree.iter(f"{_MAIN}c")]

    def with_texts(self, texts: Mapping[tuple[int, int], str]) -> bytes:
        """The workbook with texts in cells; formulas are worked out anew when it is opened."""
        tree = deepcopy(self.tree)
        data = tree.find(f"{_MAIN}sheetData")
        rows = {int(row.get("r", "0")) - 1: row for row in data}
        styles = self._column_styles()
        for (row, column), text in texts.items():
            if row not in rows:
                rows[row] = etree.Element(f"{_MAIN}row", r=str(row + 1))
                data.insert(bisect(sorted(set(rows) - {row}), row), rows[row])
            rows[row].attrib.pop("spans", None)
            _put(_cell_in(rows[row], row, column, styles.get(column)), text)
        for number in {row for row, _ in texts}:
            _forget_results(rows[number])
        dimension = tree.find(f"{_MAIN}dimension")
        if dimension is not None:
            tree.remove(dimension)
        book = _parsed(self.parts[_BOOK])
        for calculation in book.iter(f"{_MAIN}calcPr"):
            calculation.set("fullCalcOnLoad", "1")
        return _packed({**self.parts, self.path: _text(tree), _BOOK: _text(book)})

    def _column_styles(self) -> dict[int, str]:
        """The style that an empty cell of a column has."""
        return {
            number - 1: column.get("style")
            for column in self.tree.iter(f"{_MAIN}col")
            if column.get("style")
            for number in range(int(column.get("min")), min(int(column.get("max")), 1000) + 1)
        }


def _harmless(cell: Any, numbers: int) -> bool:
    """Nothing, a formula, or the number of a row."""
    value = cell.findtext(f"{_MAIN}v", "")
    number = cell.get("t", "n") == "n" and value.isdigit() and int(value) <= numbers
    return not len(cell) or cell.find(f"{_MAIN}f") is not None or number


def _cell_in(row: Any, number: int, column: int, style: str | None) -> Any:
    """The cell of a row, made in its place where there is none."""
    places = [_place_of(cell.get("r", ""))[1] for cell in row]
    if column in places:
        return row[places.index(column)]
    cell = etree.Element(f"{_MAIN}c", r=xl_rowcol_to_cell(number, column))
    style = row.get("s") if row.get("customFormat") in ("1", "true") else style
    if style:
        cell.set("s", style)
    row.insert(bisect(places, column), cell)
    return cell


def _forget_results(row: Any) -> None:
    """Formulas of the row without what they came to when the template was saved."""
    for cell in row:
        value = cell.find(f"{_MAIN}v")
        if value is not None and cell.find(f"{_MAIN}f") is not None:
            cell.remove(value)
            cell.attrib.pop("t", None)


def _put(cell: Any, text: str) -> None:
    for child in list(cell):
        cell.remove(child)
    cell.set("t", "inlineStr")
    shown = etree.SubElement(etree.SubElement(cell, f"{_MAIN}is"), f"{_MAIN}t")
    shown.set(_SPACE, "preserve")
    shown.text = text


def _parsed(part: bytes) -> Any:
    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))


def _text(tree: Any) -> bytes:
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)


def _packed(parts: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            # No time of writing: the same template and list give the same bytes.
            info = zipfile.ZipInfo(name)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(info, part)
    return content.getvalue()
