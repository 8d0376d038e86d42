"""A first draft of a mapping, for the council's own eyes: headings matched or nearest, values with their counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from casetrack.errors import UsageError
from casetrack.extract.belonging import Given
from casetrack.extract.cleaning import as_dictionary, is_missing, is_unknown
from casetrack.extract.fields import EVENT_TYPES, FIELDS, Field, field_named, fold
from casetrack.extract.mapping import ColumnMapping, quoted, read_mapping
from casetrack.extract.reading import names_apart, read_one
from casetrack.extract.row_findings import EXPECTED
from casetrack.extract.tables import RawTable, nearest
from casetrack.small_files import kind_of
from casetrack.words import count_of

#: Values listed for one field, the commonest first.
MOST_VALUES = 60
#: How like a listed value another has to be to be proposed: a slip of the pen, not a text that ends alike.
HARDLY_ANOTHER = 0.8
_NEEDED = ("local_id", "event_type", "event_start_date", "event_end_date", *EXPECTED, "gender", "ethnicity")


def draft_mapping(sources: Sequence[str | Path], mapping: str | Path | None = None) -> str:
    """A mapping for these files as TOML, to be gone through by hand; one that is half filled in is gone on from."""
    if not sources:
        raise UsageError.of("no-source", "no file is given.", advice="Give at least one file.")
    lines = [
        "# A first draft. Go through every line; it holds values of the files and is for the council's own eyes.",
        "# Left is a field, or your own value; right is your heading, or the value that the rules read.",
        "# A line that begins with # does nothing: fill it in and take the mark away.",
    ]
    told = read_mapping(mapping)
    several = len(sources) > 1
    names = names_apart(sources)
    own = _own_words(told)
    given = [
        read_one(source, own, name, several=several) for source, name in zip(sources, names, strict=True)
    ]
    near = {(one.name, table.sheet): _near(table) for one in given for table in one.tables}
    looked = [
        _with_near(source, one, told, near, several) for source, one in zip(sources, given, strict=True)
    ]
    tables = sum(len(one.tables) for one in given) > 1
    for one in looked:
        for table in one.tables:
            about = told.for_file(one.name).for_sheet(table.sheet)
            lines += ["", *_of_table(one.name, table, about, near[one.name, table.sheet], tables)]
    return "\n".join(lines) + "\n"


def _own_words(told: ColumnMapping) -> ColumnMapping:
    """A mapping that leaves every value in the council's own words."""
    return replace(told, values={}, files=tuple(replace(one, values={}) for one in told.files))


def _near(table: RawTable) -> dict[str, str]:
    """The heading most like each field that is needed and that the table has not."""
    left, near = list(table.unused), {}
    for name in _NEEDED:
        if name not in table.columns and (close := nearest(field_named(name).heading, left)):
            near[name] = close
    return near


def _with_near(
    source: str | Path,
    one: Given,
    told: ColumnMapping,
    near: Mapping[tuple[str, str], dict[str, str]],
    several: bool,
) -> Given:
    """A file read again, so that the columns under the nearest headings show their values."""
    more = [
        ColumnMapping(
            name=one.name, sheet=table.sheet or None, headings={f: fold(h) for f, h in headings.items()}
        )
        for table in one.tables
        if (headings := {f: h for f, h in near[one.name, table.sheet].items() if _is_listed(field_named(f))})
    ]
    # A pipe is empty after the first time.
    if not more or kind_of(Path(source)) == "pipe":
        return one
    plain = _own_words(told)
    return read_one(source, replace(plain, files=(*plain.files, *more)), one.name, several=several)


def _of_table(
    name: str, table: RawTable, told: ColumnMapping, near: Mapping[str, str], several: bool
) -> Iterator[str]:
    prefix = "files." if several else ""
    if several:
        yield "[[files]]"
        yield f"name = {quoted(name)}"
        if table.sheet:
            yield f"sheet = {quoted(table.sheet)}"
        yield from _written(told, "separator", "encoding")
    yield f"[{prefix}headings]"
    yield from _headings(table, told, near)
    yield from _as_told(told, prefix)
    for about in FIELDS:
        if about.name in table.headings:
            lines = _values(about, table, told.values.get(about.name, {}), prefix)
            mark = "# " if about.name in near else ""
            yield from (line if line[:1] in ("", "#") else mark + line for line in lines)


def _headings(table: RawTable, told: ColumnMapping, near: Mapping[str, str]) -> Iterator[str]:
    """The heading of each field, or the one most like it as a remark; then the headings that are left."""
    for about in FIELDS:
        if about.name in near:
            yield f"# {quoted(about.heading)} = {quoted(near[about.name])}  # the most like it"
        elif about.name in table.headings:
            yield f"{quoted(about.heading)} = {quoted(table.headings[about.name])}"
        elif about.name in _NEEDED and about.name not in told.constants:
            yield f'# {quoted(about.heading)} = ""'
    if left := [heading for heading in dict.fromkeys(table.unused) if heading not in near.values()]:
        yield "# Headings that are no field: " + ", ".join(map(quoted, left))


def _as_told(told: ColumnMapping, prefix: str) -> Iterator[str]:
    """What the mapping that is gone on from says beside headings and values."""
    formats = {name: f"[{', '.join(map(quoted, listed))}]" for name, listed in told.dates.items()}
    constants = {name: quoted(value) for name, value in told.constants.items()}
    for title, table in (("dates", formats), ("constants", constants)):
        if table:
            yield from ("", f"[{prefix}{title}]")
            yield from (f"{quoted(field_named(name).heading)} = {text}" for name, text in table.items())
    if not prefix and (lines := list(_written(told, "sheet", "separator", "encoding"))):
        yield from ("", "[file]", *lines)


def _written(told: ColumnMapping, *options: str) -> Iterator[str]:
    return (f"{name} = {quoted(getattr(told, name))}" for name in options if getattr(told, name))


def _is_listed(about: Field) -> bool:
    return about.name == "event_type" or bool(
        about.values and not (about.other_values and about.reads is None)
    )


def _values(about: Field, table: RawTable, told: Mapping[str, str], prefix: str) -> Iterator[str]:
    """The values of a field that has a list of them, but for listed ones: as they are told, or to be filled in."""
    if not _is_listed(about):
        return
    codes, values = as_dictionary(table.columns[about.name])
    counts = np.bincount(codes, minlength=len(values)).tolist()
    found = Counter(dict(zip(values.to_pylist(), counts, strict=True)))
    own = [(t, count) for t, count in found.most_common() if fold(t) in told or not _is_known(about, t)]
    if not own:
        return
    yield ""
    yield f"[{prefix}values.{quoted(about.heading)}]"
    listed_words = (
        [t.capitalize() for t in EVENT_TYPES] if about.name == "event_type" else _layout_values(about)
    )
    yield f"# One of: {' · '.join(listed_words)}"
    for text, count in own[:MOST_VALUES]:
        listed = told.get(fold(text))
        line = f"{quoted(text)} = {quoted(_likely(about, text) if listed is None else listed)}"
        yield f"{'# ' if listed is None else ''}{line}  # {count_of(count, 'row', 'rows')}"


def _layout_values(about: Field) -> list[str]:
    return [*about.values, *about.examples]


def _is_known(about: Field, text: str) -> bool:
    if is_missing(text) or is_unknown(text):
        return True
    if about.name == "event_type":
        return sum(word in fold(text) for word in EVENT_TYPES) == 1
    return about.recognises(text)


def _likely(about: Field, text: str) -> str:
    """What a value may stand for: a known code, else the listed value that is hardly another."""
    return about.codes.get(text.strip().upper(), "") or nearest(
        text, [*about.values, *about.examples], HARDLY_ANOTHER
    )
