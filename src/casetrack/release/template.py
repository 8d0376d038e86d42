"""A template that CQC sent, filled with what is released: a mapping of its headings to columns of the return.

The filled file is the template with texts put into empty cells below its headings, and nothing else: formulas, styles,
lists to choose from, pictures and other sheets stay as they are, byte for byte where they are parts of their own. Only
columns of the return can be put there.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsxwriter.utility import xl_rowcol_to_cell

from casetrack.disclosure.defaults import RELEASE_COLUMNS
from casetrack.errors import CasetrackError, ReleaseError
from casetrack.extract.fields import fold
from casetrack.extract.workbooks import read_sheets
from casetrack.headings import heading
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.release.sheet_parts import Sheet, SheetError
from casetrack.release.workbook import WITHHELD_HEADING
from casetrack.small_files import read_small, text_of, toml_of
from casetrack.words import clean, csv_text, listed

#: How the name of a filled template ends, after the name of its version of the return.
IN_TEMPLATE = "-in-template.xlsx"
_REFERENCE = "Case reference"
#: Every column that a return can have.
_COLUMNS = (_REFERENCE, *map(heading, RELEASE_COLUMNS), WITHHELD_HEADING, *CODE_NAMES)
#: Other headings that mean a column without doubt.
_ALSO = {
    _REFERENCE: ("Case ID", "Case ref", "Case number", "Reference", "Unique reference", "Unique identifier"),
    heading("listed_as"): ("Cohort", "Case type", "Case tracking cohort"),
    heading("codes"): ("All cohorts", "Codes"),
    heading("age_band"): ("Age group", "Age range", "Age"),
    heading("ethnic_group"): ("Ethnicity",),
    **{code: (words,) for code, words in CODE_NAMES.items()},
}
#: Where a heading is one of both, as "Ethnicity" is, what is shown unless more is asked for is meant.
_KNOWN = {fold(name): name for name in _COLUMNS} | {
    fold(t): name for name, texts in _ALSO.items() for t in texts
}
#: Headings stand near the top, and a template is small.
_HEADING_ROWS, _MOST, _MOST_NAMED = 60, 20 << 20, 10
_DRAFT = """# What stands under each heading of the template: heading = column of the return, or "" to leave it empty.
# Columns of a return: {columns}.

[columns]
"""


@dataclass(frozen=True, repr=False)
class Template:
    """A template and what stands under each of its headings.

    Parameters
    ----------
    content
        The workbook.
    columns
        Heading of the template to column of the return; ``""`` leaves it empty.
    """

    content: bytes
    columns: Mapping[str, str]


@dataclass(frozen=True)
class _Place:
    """The row of headings: sheet, row and the heading of each column, all from 0."""

    sheet: str
    row: int
    headings: Mapping[int, str]


def read_template(path: str | os.PathLike[str], mapping: str | os.PathLike[str] | None = None) -> Template:
    """Read a template, and the mapping of its headings; without one, headings have to say for themselves what they mean.

    `mapping`: a TOML file as `draft_template` drafts it.
    """
    content = _content(Path(path))
    columns = None if mapping is None else _mapping(Path(mapping))
    place = _place(content, columns)
    if columns is None:
        columns = {h: meant for h in place.headings.values() if (meant := _meant(h))}
    _check_headings(list(place.headings.values()), columns)
    _check_columns(columns)
    return Template(content, columns)


def draft_template(path: str | os.PathLike[str]) -> str:
    """A draft of the mapping: every heading of the template, with the column that it means where that is plain."""
    headings = dict.fromkeys(_place(_content(Path(path)), None).headings.values())
    lines = [f"{json.dumps(h, ensure_ascii=False)} = {json.dumps(_meant(h))}\n" for h in headings]
    return _DRAFT.format(columns=", ".join(_COLUMNS)) + "".join(lines)


def filled(template: Template, workbook: bytes) -> bytes:
    """The template filled with a return's case list."""
    headings, *rows = _case_list(workbook)
    _check_columns(template.columns, headings)
    place = _place(template.content, template.columns)
    wanted = {
        c: headings.index(template.columns[h]) for c, h in place.headings.items() if template.columns[h]
    }
    try:
        sheet = Sheet.of(template.content, place.sheet)
        first = sheet.below(place.row, list(place.headings))
        taken = sheet.not_free(range(first, first + len(rows)), list(place.headings), list(wanted), len(rows))
        if taken:
            raise _taken(taken)
        texts = {
            (first + r, c): csv_text(row[column])
            for r, row in enumerate(rows)
            for c, column in wanted.items()
            if row[column]
        }
        return sheet.with_texts(texts)
    except SheetError:
        raise _unreadable() from None


def _content(path: Path) -> bytes:
    try:
        return read_small(path, _MOST)
    except OSError:
        raise _unreadable() from None


def _unreadable() -> ReleaseError:
    return ReleaseError.of(
        "template-unreadable",
        "the template is no Excel workbook (.xlsx) that can be opened and filled.",
        advice="Open it in Excel, take off a password if it has one, and save it as an Excel workbook (.xlsx).",
    )


def _mapping(path: Path) -> dict[str, str]:
    try:
        columns = toml_of(text_of(path))["columns"]
        right = all(isinstance(value, str) for value in columns.values())
    except (OSError, ValueError, KeyError, AttributeError):
        right = False
    if not right:
        raise ReleaseError.of(
            "template-mapping",
            "the mapping of the template's headings cannot be read.",
            advice='It is TOML with a table [columns] of lines such as "Case ID" = "Case reference"; casetrack template '
            "drafts it.",
        )
    return {clean(name): value for name, value in columns.items()}


def _meant(text: str) -> str:
    return _KNOWN.get(fold(text), "")


def _place(content: bytes, columns: Mapping[str, str] | None) -> _Place:
    """The row that has most of the headings; of all texts where none is known."""
    best, most = None, (0, 0)
    for name, rows in _sheets(content).items():
        for number, row in enumerate(rows[:_HEADING_ROWS]):
            texts = {c: clean(cell) for c, cell in enumerate(row) if clean(cell) and not cell.isdecimal()}
            known = {t for t in texts.values() if (_meant(t) if columns is None else t in columns)}
            if (len(known), len(texts)) > most:
                best, most = _Place(name, number, texts), (len(known), len(texts))
    if best is None:
        raise _unreadable()
    return best


def _sheets(content: bytes) -> dict[str, list[list[str]]]:
    try:
        return {sheet.name: sheet.cells() for sheet in read_sheets(content) if sheet.visible}
    except (CasetrackError, OSError):
        raise _unreadable() from None


def _case_list(workbook: bytes) -> list[list[str]]:
    rows = _sheets(workbook)["Case list"]
    start = next(n for n, row in enumerate(rows) if row[0] == _REFERENCE)
    return rows[start:]


def _named(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _MOST_NAMED} more" if len(texts) > _MOST_NAMED else ""
    return ", ".join(f'"{text[:60]}"' for text in texts[:_MOST_NAMED]) + more


def _check_headings(there: Sequence[str], columns: Mapping[str, str]) -> None:
    wrong = {
        "nothing says what stands under {}": [h for h in there if h not in columns],
        "the template does not have {} in its row of headings": [h for h in columns if h not in there],
        "the template has {} twice": [h for h, n in Counter(there).items() if n > 1 and columns.get(h)],
    }
    said = [words.format(_named(headings)) for words, headings in wrong.items() if headings]
    if not said:
        return
    raise ReleaseError.of(
        "template-headings",
        f"the mapping and the template do not fit: {'; '.join(said)}.",
        advice="Draft a mapping with casetrack template, write beside each heading a column of the return, "
        'or "" to leave it empty, and give it with --template-mapping.',
    )


def _check_columns(columns: Mapping[str, str], there: Sequence[str] = _COLUMNS) -> None:
    unknown = [name for name in columns.values() if name and name not in there]
    if unknown or _REFERENCE not in columns.values():
        wrong = (
            f"the return has no column {_named(unknown)}"
            if unknown
            else "no heading stands for the case reference"
        )
        raise ReleaseError.of(
            "template-column",
            f"the mapping and the return do not fit: {wrong}.",
            advice=f"Only what is released can be filled in: {listed(list(there))}. Everything else in a template stays "
            "empty.",
        )


def _taken(cells: Sequence[tuple[int, int]]) -> ReleaseError:
    names = [xl_rowcol_to_cell(row, column) for row, column in cells]
    return ReleaseError.of(
        "template-cells",
        f"{len(names)} cells below the headings of the template are not empty, or joined with others.",
        where=", ".join(names[:_MOST_NAMED]),
        advice="Clear them in the template, all but formulas and the numbers of the rows: nothing looks at what stands "
        "there.",
    )
