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


_WIDEST = 64
#: The width of what is no terminal: a file, or another program.
_NO_TERMINAL = 160
_NARROWEST = 10
#: The colour of each word that says how grave something is; the word says it without the colour, too.
_COLOURS = {
    "act": "bold red",
    "take care": "bold yellow",
    "warning": "bold yellow",
    "look": "bold yellow",
    "note": "cyan",
    "ready": "green",
}
_SEVERITY = max(map(len, _COLOURS)) + 4


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


def fitted(text: str, hang: int = 0) -> str:
    """Text whose lines a terminal need not break within a word; everywhere else it is as it was.

    `hang`: the indent of everything below the first line, where it is more.
    """
    lines = text.split("\n")
    lines = [*lines[:1], *(" " * hang + line for line in lines[1:])]
    return "\n".join(map(_broken, lines, [hang] * len(lines))) if sys.stdout.isatty() else "\n".join(lines)


def _broken(line: str, hang: int) -> str:
    """A line over as many lines as the terminal needs; paths and digests stay whole."""
    indent = " " * max(hang, len(line) - len(line.lstrip()))
    parts = textwrap.wrap(
        line, _terminal(), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(parts) if len(line) > _terminal() else line


def with_severity(severity: str, text: str) -> str:
    """A text with how grave it is before it: a word, in its colour where the terminal shows any."""
    from rich.console import Console

    lines = fitted(f"  {severity:<{_SEVERITY - 2}}{text}", _SEVERITY)
    console = Console()
    with console.capture() as word:
        console.print(severity, style=_COLOURS[severity], end="", markup=False, highlight=False)
    return f"  {word.get()}{lines[2 + len(severity) :]}"


def table_text(frame: pd.DataFrame, widest: int = _WIDEST, width: int | None = None) -> str:
    """A table for a terminal.

    `widest`: characters of a column of text; what is longer goes on on the next line. `width`: characters of the whole;
    the terminal's when not given. Columns of text give way, the widest first.

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
        return for_people(value)
    return f"{value:,}" if _is_number(value) else str(value)
