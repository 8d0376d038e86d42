"""A second look at a template of somebody else's that was filled with the list."""

from __future__ import annotations

from casetrack.verify.reading import Written, unguarded
from casetrack.verify.search import Piece

__all__ = ["template_problems"]


def template_problems(filled: Written, beside: Written) -> tuple[list[str], list[Piece]]:
    """What is wrong with a filled template, held against the workbook of its version; and its own texts.

    A row with a case reference may hold nothing but what the workbook shows of that case, and the numbers of rows.
    """
    headings, *listed = beside.whole_list() or [[]]
    shown = {row[0]: set(row) for row in listed}
    seen, strange, pieces = [], 0, []
    for sheet, rows in filled.sheets.items():
        for row in rows:
            texts = [unguarded(cell) if isinstance(cell, str) else cell for cell in row if cell != ""]
            refs = [text for text in texts if text in shown]
            if not refs:
                pieces += [Piece(f"{filled.name}, sheet {sheet}", str(text), "theirs") for text in texts]
                continue
            seen += refs
            strange += any(t not in shown[refs[0]] and not _number_of_a_row(t, len(shown)) for t in texts)
    pieces += [Piece(f"{filled.name}, {place}", text, "theirs") for place, text in filled.others]
    problems = []
    if sorted(seen) != sorted(shown) or not headings:
        problems.append(f"{filled.name} does not hold the same cases as the workbook beside it.")
    if strange:
        problems.append(f"{filled.name}: {strange} rows say something else than the workbook beside it.")
    return problems, pieces


def _number_of_a_row(cell: object, rows: int) -> bool:
    return isinstance(cell, float | int) and 0 <= cell <= rows
