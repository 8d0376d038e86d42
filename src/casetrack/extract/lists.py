"""Short lists that a council keeps beside the extract: people to hold back, overrides of a code."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd

from casetrack.extract.fields import field_for_heading, fold
from casetrack.extract.frames import text_of
from casetrack.extract.identifiers import like_an_id, tidy_identifiers
from casetrack.extract.tables import file_error
from casetrack.small_files import read_small

_ENCODINGS = ("utf-8-sig", "cp1252")
_SEPARATORS = (",", ";", "\t")


#: A list may have a title and notes above its headings.
_LINES_ABOVE = 20
#: The heading of a list is its row 1.
_FIRST_ROW = 2


def why_no_list(name: str, path: str | Path, error: OSError | ValueError) -> dict[str, str]:
    """What is wrong with a list that `read_list` cannot read, where, and what to do."""
    if isinstance(error, OSError):
        why = (error.strerror or "it cannot be read").lower()
        advice = "Check the path, and that no other program holds it."
        return {"what": f"{name} cannot be opened: {why}.", "where": str(path)[:300], "advice": advice}
    return {"what": f"{name} is no table of text.", "advice": "Save it as CSV."}


def read_list(path: str | Path) -> pd.DataFrame:
    """A CSV file as trimmed text, whichever of Excel's ways of saving it was used; the index is the row's number."""
    raw = read_small(path)
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise ValueError("not text")
    if "\x00" in text or not text.strip():
        raise ValueError("not a table")
    if text[:4].lower() == "sep=":
        text = text.partition("\n")[2]
    separator, rows = _rows_of(text)
    if not rows:
        raise ValueError("not a table")
    (_, headings), *body = rows
    width = len(headings)
    _check_rows(headings, body, separator)
    # A separator in the text at the end of a row is part of that text.
    whole = [[*row[: width - 1], separator.join(row[width - 1 :])] for _, row in body]
    cells = [[cell.strip() for cell in (row + [""] * width)[:width]] for row in whole]
    index = [number for number, _ in body]
    return pd.DataFrame(cells, index, [heading.strip() for heading in headings], dtype=object)


def _rows_of(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """The separator, and the rows with content from the headings on, each with its number in a spreadsheet.

    The headings are the first row that names an identifier; where none does, the first row.
    """
    usual = max(_SEPARATORS, key=text.partition("\n")[0].count)
    first: list[tuple[int, list[str]]] = []
    for separator in (usual, *(other for other in _SEPARATORS if other != usual)):
        try:
            lines = enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1)
            rows = [(number, row) for number, row in lines if any(row)]
        except csv.Error:
            raise ValueError("not a table") from None
        first = first or rows
        for place, (_, row) in enumerate(rows[:_LINES_ABOVE]):
            if any(is_identifier(cell) for cell in row):
                return separator, rows[place:]
    return usual, first


def _check_rows(headings: list[str], body: list[tuple[int, list[str]]], separator: str) -> None:
    """Refuse lines that were swallowed by a quotation mark, or cells that may stand under another heading."""
    last = [separator] * (len(headings) - 1)
    for number, row in body:
        if any(
            all(s in line for s in last) and like_an_id(line.partition(separator)[0]) for line in _below(row)
        ):
            raise file_error(
                "unclosed-quote",
                "a cell holds whole rows of the list: a quotation mark opens in it that is never closed.",
                "Mend the quotation marks in this row.",
                where=f"row {number} of the list.",
            )
        if len(row) > len(headings) and any(is_identifier(heading) for heading in headings[1:]):
            raise file_error(
                "rows-do-not-fit",
                "a row of the list has more cells than there are headings.",
                "Put text that holds the separator in quotation marks.",
                where=f"row {number} of the list.",
            )


def _below(row: list[str]) -> list[str]:
    """Every line of a row's cells but the first of each."""
    return [line for cell in row for line in cell.splitlines()[1:]]


def is_identifier(heading: str) -> bool:
    """Whether a column of a list holds identifiers: as in the extract, or ``person_id``."""
    field = field_for_heading(heading)
    return (field is not None and field.name in {"local_id", "nhs_number"}) or fold(heading) == "personid"


def list_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The same list with every cell and heading as trimmed text, and with the numbers of its rows as index.

    A number written 12.0 is 12 again.
    """
    if named := [name for name in frame.index.names if name is not None and name not in frame.columns]:
        frame = frame.reset_index(named)
    cells = frame.astype(object).to_numpy().tolist()
    texts = [[text_of(cell).strip() for cell in row] for row in cells]
    numbers = range(_FIRST_ROW, len(texts) + _FIRST_ROW)
    return pd.DataFrame(texts, numbers, [str(c).strip() for c in frame.columns], dtype=object)


def identifiers_in(frame: pd.DataFrame) -> list[tuple[str, ...]] | None:
    """The identifiers in each row of a list, the local id first, or None when no column holds one.

    A column counts when its heading is ``person_id`` or one that the extract has for a local id or NHS number.
    """
    fields = [field_for_heading(c) for c in frame.columns]
    wanted = [i for i, heading in enumerate(frame.columns) if is_identifier(heading)]
    # The local id first, where a list has both: an NHS number is shared more often.
    wanted.sort(key=lambda i: getattr(fields[i], "name", "") == "nhs_number")
    if not wanted:
        return None
    columns = [tidy_identifiers(frame.iloc[:, i]) for i in wanted]
    return [tuple(text for text in row if text) for row in zip(*columns, strict=True)]
