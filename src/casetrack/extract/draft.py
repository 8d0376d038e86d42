"""A first draft of a mapping, for the council's own eyes: headings matched or nearest, values with their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from casetrack.errors import UsageError
from casetrack.extract.belonging import Given
from casetrack.extract.cleaning import as_dictionary, is_missing, is_unknown
from casetrack.extract.fields import FIELDS, Field, fold
from casetrack.extract.mapping import ColumnMapping, quoted
from casetrack.extract.reading import read_one
from casetrack.extract.row_findings import EXPECTED
from casetrack.extract.tables import RawTable, nearest

__all__ = ["draft_mapping"]

#: Values listed for one field, the commonest first.
MOST_VALUES = 60
_NEEDED = ("local_id", "event_type", "event_start_date", "event_end_date", *EXPECTED, "gender", "ethnicity")
_EVENT_WORDS = ("Request", "Assessment", "Service", "Review")


def draft_mapping(sources: Sequence[str | Path]) -> str:
    """A mapping for these files as TOML, to be gone through by hand."""
    if not sources:
        raise UsageError.of("no-source", "no file is given.", advice="Give at least one file.")
    lines = [
        "# A first draft. Go through every line; it holds values of the files and is for the council's own eyes.",
        "# Left is a field, or your own value; right is your heading, or the value that the rules read.",
        "# A line that begins with # does nothing: fill it in and take the mark away.",
    ]
    given = [read_one(source, ColumnMapping(), several=len(sources) > 1) for source in sources]
    several = sum(len(one.tables) for one in given) > 1
    for one in given:
        for table in one.tables:
            lines += ["", *_of_table(one, table, several)]
    return "\n".join(lines) + "\n"


def _of_table(one: Given, table: RawTable, several: bool) -> Iterator[str]:
    prefix = "files." if several else ""
    if several:
        yield "[[files]]"
        yield f"name = {quoted(one.name)}"
        if table.sheet:
            yield f"sheet = {quoted(table.sheet)}"
    yield f"[{prefix}headings]"
    left = list(table.unused)
    for about in FIELDS:
        if about.name in table.headings:
            yield f"{quoted(about.heading)} = {quoted(table.headings[about.name])}"
        elif about.name in _NEEDED:
            close = nearest(about.heading, left)
            yield f"# {quoted(about.heading)} = {quoted(close)}" + ("  # the most like it" if close else "")
    if left:
        yield "# Headings that are no field: " + ", ".join(quoted(heading) for heading in left)
    for about in FIELDS:
        if about.name in table.headings:
            yield from _values(about, table, prefix)


def _values(about: Field, table: RawTable, prefix: str) -> Iterator[str]:
    """The values of a field that has a list of them: listed ones as remarks, the others to be filled in."""
    if about.name != "event_type" and not (about.values and not about.other_values):
        return
    codes, values = as_dictionary(table.columns[about.name])
    counts = np.bincount(codes[codes >= 0], minlength=len(values)).tolist()
    found = Counter(dict(zip(values.to_pylist(), counts, strict=True)))
    own = [(text, count) for text, count in found.most_common() if not _is_known(about, text)]
    if not own:
        return
    yield ""
    yield f"[{prefix}values.{quoted(about.heading)}]"
    yield f"# One of: {' · '.join(_EVENT_WORDS if about.name == 'event_type' else about.values)}"
    for text, count in own[:MOST_VALUES]:
        yield f"# {quoted(text)} = {quoted(_likely(about, text))}  # {count:,} rows"


def _is_known(about: Field, text: str) -> bool:
    if is_missing(text) or is_unknown(text):
        return True
    if about.name == "event_type":
        return sum(word.lower() in fold(text) for word in _EVENT_WORDS) == 1
    return fold(text) in {fold(s) for value, more in about.values.items() for s in (value, *more)}


def _likely(about: Field, text: str) -> str:
    """What a value may stand for: a known code, else the listed value most like it."""
    return about.codes.get(text.strip().upper(), "") or nearest(text, list(about.values))
