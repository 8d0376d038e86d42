"""What the command prints: tables with headings and dates as people write them, and errors in its own words."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import textwrap
import unicodedata
from itertools import zip_longest
from numbers import Integral
from typing import TYPE_CHECKING, Any

from casetrack.dates import for_people
from casetrack.headings import heading

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["shown", "table_text"]

_WIDEST = 64
#: The width of what is no terminal: a file, or another program.
_NO_TERMINAL = 160
_NARROWEST = 10


def shown(text: str) -> str:
    r"""Text without the signs that a terminal obeys, each replaced by one that shows; line ends stay.

    Examples
    --------
    >>> shown("A\x1b]0;title\x07B")
    'A�]0;title�B'
    """
    return "".join(
        c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else "\ufffd"
        for c in text
    )


def table_text(frame: pd.DataFrame, widest: int = _WIDEST, width: int | None = None) -> str:
    """A table for a terminal.

    Parameters
    ----------
    frame
        Any table; dates, numbers and text. A column that is empty throughout is left out.
    widest
        Characters of a column of text; what is longer goes on on the next line.
    width
        Characters of the whole; the terminal's when not given. Columns of text give way, the widest first.

    Returns
    -------
    str
        Headings, then the rows; numbers to the right, everything else to the left.

    Examples
    --------
    >>> import pandas as pd
    >>> print(table_text(pd.DataFrame({"step": ["Upload"], "due": [dt.date(2026, 4, 20)], "left_out": [1204]})))
    Step    Due         Left out
    Upload  20/04/2026     1,204
    >>> table_text(pd.DataFrame({"due": []}))
    '(none)'
    """
    filled = []
    for place, name in enumerate(frame.columns):
        values = frame.iloc[:, place].tolist()
        words = [shown(_words(value).replace("\n", " ")) for value in values]
        if any(words):
            filled.append(([heading(str(name)), *words], all(map(_is_number, values))))
    widths = _fitted([min(widest, max(map(len, words))) for words, _ in filled], width or _terminal())
    columns = [
        _laid_out(words, most, to_the_right=right)
        for (words, right), most in zip(filled, widths, strict=True)
    ]
    if not columns:
        return "(none)"
    printed = []
    for cells in zip(*columns, strict=True):
        for line in zip_longest(*cells):
            parts = [
                " " * len(cell[0]) if part is None else part for part, cell in zip(line, cells, strict=True)
            ]
            printed.append("  ".join(parts).rstrip())
    return "\n".join(printed)


def _terminal() -> int:
    """The width of the terminal, or enough where nobody looks at one."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _NO_TERMINAL


def _fitted(widths: list[int], width: int) -> list[int]:
    """Column widths that fit, two spaces between columns: the widest gives way first, none below what can be read."""
    widths = list(widths)
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths, default=0) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _laid_out(words: list[str], widest: int, *, to_the_right: bool) -> list[list[str]]:
    """Each cell as lines, all of one width."""
    cells = [textwrap.wrap(text, widest) or [""] for text in words]
    width = max(len(line) for cell in cells for line in cell)
    return [[line.rjust(width) if to_the_right else line.ljust(width) for line in cell] for cell in cells]


def _is_number(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _words(value: Any) -> str:
    if value is None or str(value) in ("NaT", "<NA>", "nan"):
        return ""
    if isinstance(value, dt.date):
        return for_people(value.date() if isinstance(value, dt.datetime) else value)
    return f"{value:,}" if _is_number(value) else str(value)
