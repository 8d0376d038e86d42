"""Tables for people: one way in which every result shows itself in a notebook, and the words of a cell."""

from __future__ import annotations

import datetime as dt
import html
import io
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd

from casetrack.dates import for_people
from casetrack.headings import heading
from casetrack.words import clean, csv_text

#: Rows shown of a long table. Fifty cases are shown whole.
MOST_ROWS = 60


def is_number(value: object) -> bool:
    """Whether a cell is a number to people: a truth value is Yes or No, and what is missing is nothing."""
    return isinstance(value, Real) and not str(value).isalpha()


def cell_words(value: Any, column: str = "") -> str:
    """A value as it stands in a table for people.

    Examples
    --------
    >>> cell_words(1204), cell_words(0.125, "pool_share"), cell_words(True), cell_words(pd.NA)
    ('1,204', '12.5%', 'Yes', '')
    >>> cell_words(dt.date(2026, 4, 20)), cell_words(0.123456)
    ('20/04/2026', '0.123')
    """
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    if isinstance(value, dt.date):
        return for_people(value)
    if isinstance(value, bool | np.bool_):
        return "Yes" if value else "No"
    if isinstance(value, Integral):
        return f"{value:,}"
    if isinstance(value, Real):
        return f"{100 * float(value):.1f}%" if "share" in column else f"{float(value):.3g}"
    return str(value)


def csv_table(frame: pd.DataFrame) -> str:
    r"""A table as CSV for people, who may open it in Excel: no cell begins with what a spreadsheet would run.

    Examples
    --------
    >>> csv_table(pd.DataFrame({"person_id": ["=1+1", "0012\x1b[31m"]}))
    "person_id\n'=1+1\n0012 [31m\n"
    """
    text = io.StringIO()
    frame.map(lambda cell: csv_text(clean(cell))).to_csv(text, index=False, lineterminator="\n")
    return text.getvalue()


def html_table(frame: pd.DataFrame, caption: str = "") -> str:
    """A finished table for a notebook: headings in words, thousands separated, numbers to the right, nothing cut.

    `caption`: what the table shows.
    """
    whole = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    shown = whole.iloc[:MOST_ROWS]
    columns = [_column(str(name), values.tolist()) for name, values in shown.items()]
    told = [column for column in columns if any(column[2:]) or shown.empty]
    cells = [_as_cells(place == 0, *column) for place, column in enumerate(told)]
    heads, *rows = zip(*cells, strict=True) if cells else [()]
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    top = f'<caption style="text-align: left">{html.escape(caption)}</caption>' if caption else ""
    more = f"<p>And {len(whole) - len(shown):,} more rows.</p>" if len(whole) > len(shown) else ""
    return f"<table>{top}<thead><tr>{''.join(heads)}</tr></thead><tbody>{body}</tbody></table>{more}"


def _column(name: str, values: list[Any]) -> list[str]:
    """Where the column's text stands, its heading, and its cells in words."""
    words = [cell_words(value, name) for value in values]
    told = [value for value, text in zip(values, words, strict=True) if text]
    side = "right" if told and all(map(is_number, told)) else "left"
    return [side, heading(name), *words]


def _as_cells(first: bool, side: str, name: str, *words: str) -> list[str]:
    """A column as cells; the first column of a table heads its rows."""
    where = f'style="text-align: {side}"'
    start, end = (
        (f'<th scope="row" {where[:-1]}; font-weight: normal">', "</th>")
        if first
        else (f"<td {where}>", "</td>")
    )
    return [
        f'<th scope="col" {where}>{html.escape(name)}</th>',
        *(f"{start}{html.escape(text)}{end}" for text in words),
    ]


def html_lines(text: str) -> str:
    """Sentences as paragraphs, one a line."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n") if line)
