"""A second file, one row per person, with the characteristics that the national layout does not hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from casetrack.errors import ExtractError
from casetrack.extract.build import map_values
from casetrack.extract.cleaning import clean_category
from casetrack.extract.date_columns import NO_DATE
from casetrack.extract.extract import Extract
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS, field_named
from casetrack.extract.identifiers import loosely
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.people import Identity, identify
from casetrack.extract.row_order import row_order
from casetrack.extract.tables import RawTable
from casetrack.findings import Finding, finding_rows

__all__ = ["join_person_file"]


def join_person_file(extract: Extract, table: RawTable, mapping: ColumnMapping) -> Extract:
    """An extract with the optional characteristics of a person-level file beside it.

    People are found by local id, else by NHS number. Of several rows about one person the known value is used whose
    row sorts last as text.

    Raises
    ------
    ExtractError
        When the file has no identifier, or none of the optional columns.
    """
    optional = [f.name for f in OPTIONAL_PERSON_FIELDS if f.name in table.columns]
    if not {"local_id", "nhs_number"} & set(table.columns) or not optional:
        raise ExtractError.of(
            "person-file-columns",
            "the person-level file needs an identifier and at least one optional characteristic.",
            advice='For example the columns "LA Person Unique Identifier" and "Religion or Belief".',
        )
    identity = identify(
        table.columns.get("local_id"), table.columns.get("nhs_number"), table.rows, table.first_row
    )
    person = _places_in(extract, identity)[identity.person]
    undated = np.full(table.rows, NO_DATE, dtype=np.int64)
    by_text = np.argsort(row_order(person, undated, undated, table.columns)[0], kind="stable")
    details = pd.DataFrame(index=extract.people.index)
    for name in optional:
        coded, _ = clean_category(map_values(table.columns[name], name, mapping), field_named(name))
        values = np.full(len(details), -1, dtype=np.int32)
        known = by_text[((person >= 0) & (coded.codes >= 0) & coded.known())[by_text]]
        values[person[known]] = coded.codes[known]
        details[name] = pd.Categorical.from_codes(values, categories=list(coded.values))
    more = [*_nobody(identity, table), *_strangers(extract, person, identity, table)]
    missing = len(details) - len(np.unique(person[person >= 0]))
    if missing:
        more.append(
            Finding(
                "person-file-gaps",
                "",
                "people of the extract without a row in the person-level file",
                missing,
                advice="Their optional characteristics are shown as Not recorded.",
                severity="note",
                unit="people",
            )
        )
    return dataclasses.replace(extract, details=details, findings=extract.findings.with_more(more))


def _nobody(identity: Identity, table: RawTable) -> Iterator[Finding]:
    rows = np.flatnonzero(identity.person < 0)
    if len(rows):
        yield Finding(
            "person-file-no-identifier",
            "LA Person Unique Identifier",
            "row of the person-level file has neither a local id nor a valid NHS number",
            len(rows),
            finding_rows(rows + table.first_row),
            "Not used. Give it the person's local id.",
        )


#: Rows of a person-level file that are about somebody; below this the two files hardly belong together.
_FEW_MATCH = 0.5


def _strangers(
    extract: Extract, person: np.ndarray, identity: Identity, table: RawTable
) -> Iterator[Finding]:
    """Rows about nobody in the extract: a note for a few, a warning where hardly any row matches."""
    strangers = np.flatnonzero((person < 0) & (identity.person >= 0))
    if not len(strangers):
        return
    told = int((identity.person >= 0).sum())
    hardly = len(strangers) > (1 - _FEW_MATCH) * told
    near = {loosely(text) for text in extract.identifiers["identifier"]} if hardly else set()
    theirs = identity.identifiers["identifier"][
        identity.identifiers["person"].isin(identity.person[strangers])
    ]
    cause = (
        "They would match if zeros in front, a final .0 or the case of letters were ignored: a spreadsheet has "
        "changed the identifiers. Export the file again with identifiers as text."
        if any(loosely(text) in near for text in theirs)
        else "Check that both files carry the same identifiers."
    )
    what = (
        f"{len(strangers):,} of {told:,} rows of the person-level file are about nobody in the extract: its "
        "characteristics are Not recorded for nearly everybody"
        if hardly
        else "row of the person-level file is about nobody in the extract"
    )
    yield Finding(
        "person-file-nobody",
        "",
        what,
        len(strangers),
        finding_rows(strangers + table.first_row),
        f"Not used. {cause}",
        "warning" if hardly else "note",
        loses="characteristic" if hardly else "",
    )


def _places_in(extract: Extract, identity: Identity) -> np.ndarray:
    """For each person of the file the place of the same one in the extract; -1 for nobody, and once more at the end.

    Any of the person's identifiers will do, the first local id in text order before an NHS number.
    """
    places = {name: place for place, name in enumerate(extract.people.index)}
    theirs = identity.identifiers.sort_values(["kind", "identifier"], ascending=False, kind="stable")
    found = np.full(len(identity.person_ids) + 1, -1, dtype=np.int64)
    for group, name in zip(theirs["person"].tolist(), extract.find_people(theirs["identifier"]), strict=True):
        if name is not None:
            found[group] = places[name]
    return found
