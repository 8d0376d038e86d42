"""A second look at a template of somebody else's that was filled with the list."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from casetrack.verify.reading import Written, unguarded
from casetrack.verify.search import Piece

__all__ = ["template_pieces", "template_problems"]


def template_problems(filled: Written, beside: Written) -> list[str]:
    """What is wrong with a filled template, held against the workbook of its version.

    A row with a case reference may hold nothing but what the workbook shows of that case, and the numbers of rows.
    """
    shown = {row[0]: set(row) for row in beside.whole_list()[1:]}
    seen = [(next((cell for cell in row if cell in shown), ""), row) for _, row in _rows(filled)]
    strange = sum(bool(ref) and not _told_of(row, shown[ref], len(shown)) for ref, row in seen)
    problems = []
    if not shown or sorted(ref for ref, _ in seen if ref) != sorted(shown):
        problems.append(f"{filled.name} does not hold the same cases as the workbook beside it.")
    if strange:
        problems.append(f"{filled.name}: {strange} rows say something else than the workbook beside it.")
    return problems


def template_pieces(filled: Written, references: Collection[str]) -> list[Piece]:
    """Every text of a filled template but the case references."""
    cells = [(f"sheet {sheet}", cell) for sheet, row in _rows(filled) for cell in row]
    return [
        Piece(f"{filled.name}, {p}", t, "theirs") for p, t in (*cells, *filled.others) if t not in references
    ]


def _rows(written: Written) -> Iterator[tuple[str, list[str]]]:
    """The cells of each row that are not empty, as text."""
    for sheet, rows in written.sheets.items():
        for row in rows:
            yield sheet, [_text(cell) for cell in row if cell != ""]


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else unguarded(str(cell))


def _told_of(row: list[str], shown: Collection[str], rows: int) -> bool:
    return all(cell in shown or (cell.isdigit() and int(cell) <= rows) for cell in row)
