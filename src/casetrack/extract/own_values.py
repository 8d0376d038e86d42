"""The council's own words for things, and constants, in the words of the layout."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from casetrack.extract.cleaning import as_dictionary, recode
from casetrack.extract.fields import EVENT_TYPES, field_named, fold
from casetrack.extract.mapping import ColumnMapping
from casetrack.findings import Finding


def constant_column(value: str, rows: int) -> pa.ChunkedArray:
    """A column that says the same in every row."""
    codes = pa.array(np.zeros(rows, dtype=np.int32))
    return pa.chunked_array([pa.DictionaryArray.from_arrays(codes, pa.array([value], pa.string()))])


def in_listed_words(
    column: pa.ChunkedArray, name: str, mapping: ColumnMapping, *, shared: bool = False
) -> pa.ChunkedArray:
    """A column with the council's own values replaced by the ones that the mapping gives for them.

    Where one heading stands under several fields, a value says nothing of a field that has a table of values
    without it: a step called "Care Act assessment" is no route of access.
    """
    table = mapping.values.get(name)
    if not table:
        return column
    codes, values = as_dictionary(column)
    field = field_named(name)
    only = shared and name != "event_type"

    def says_nothing(text: str) -> bool:
        return fold(text) not in field.listed and not (field.reads is not None and field.reads(text))

    mapped = recode(
        codes,
        [table.get(fold(text), "" if only and says_nothing(text) else text) for text in values.to_pylist()],
    )
    return pa.chunked_array(
        [pa.DictionaryArray.from_arrays(pa.array(mapped.codes), pa.array(mapped.values, pa.string()))]
    )


def listed_as_another(column: pa.ChunkedArray, name: str, mapping: ColumnMapping) -> Iterator[Finding]:
    """Values of the layout that stand in the file and that the mapping turns into other values of the layout."""
    table = mapping.values.get(name, {})
    values = field_named(name).values
    listed = {fold(s): value for value, more in values.items() for s in (value, *more)}
    listed |= {t: t for t in EVENT_TYPES if name == "event_type"}
    both = {(old, fold(new)) for old, new in table.items()}
    changed = {old for old, new in both if {old, new} <= listed.keys() and listed[old] != listed[new]}
    if not changed:
        return
    codes, texts = as_dictionary(column)
    count = int(np.array([*(fold(text) in changed for text in texts.to_pylist()), False])[codes].sum())
    if count:
        yield Finding(
            "listed-as-another",
            field_named(name).heading,
            "rows hold a value of the layout that the mapping reads as another value of the layout",
            count,
            advice="Done as the mapping says. If the file uses the layout's own words in the layout's sense, take these "
            "lines out of [values].",
            loses="characteristic",
        )


def hidden_carers(event_types: pa.ChunkedArray, mapping: ColumnMapping) -> Iterator[Finding]:
    """Carers' assessments that one constant client type makes into service users' assessments."""
    constant = mapping.constants.get("client_type", "")
    if not constant or "carer" in fold(constant) or "client_type" in mapping.headings:
        return
    codes, values = as_dictionary(event_types)
    table = mapping.values.get("event_type", {})
    hidden = [
        "carer" in fold(text) and "assessment" in fold(table.get(fold(text), text))
        for text in values.to_pylist()
    ]
    count = int(np.array([*hidden, False])[codes].sum())
    if count:
        yield Finding(
            "constant-hides-carers",
            "Client Type",
            "is one constant in the mapping, but these assessments are named as carers' assessments",
            count,
            advice='They count as the service users\' own, and nobody can be coded CT07. Let "Client Type" stand under '
            "the same heading as Event Type in [headings], with [values] of its own.",
            loses="cohort",
        )
