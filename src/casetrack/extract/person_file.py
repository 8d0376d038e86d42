"""A second file, one row per person, with the characteristics that the national layout does not hold."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from casetrack.errors import ExtractError
from casetrack.extract.build import map_values
from casetrack.extract.cleaning import clean_category
from casetrack.extract.extract import Extract
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS, field_named
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.people import Identity, identify
from casetrack.extract.tables import RawTable
from casetrack.findings import Finding, finding_rows

__all__ = ["join_person_file"]


def join_person_file(extract: Extract, table: RawTable, mapping: ColumnMapping) -> Extract:
    """An extract with the optional characteristics of a person-level file beside it.

    People are found by local id, else by NHS number. Of several rows about one person the later known value is used.

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
    details = pd.DataFrame(index=extract.people.index)
    for name in optional:
        coded, _ = clean_category(map_values(table.columns[name], name, mapping), field_named(name))
        values = np.full(len(details), -1, dtype=np.int32)
        known = np.flatnonzero((person >= 0) & (coded.codes >= 0) & coded.known())
        values[person[known]] = coded.codes[known]
        details[name] = pd.Categorical.from_codes(values, categories=list(coded.values))
    more = [f for f in identity.findings if f.code == "no-usable-identifier"]
    strangers = np.flatnonzero((person < 0) & (identity.person >= 0))
    if len(strangers):
        more.append(
            Finding(
                "person-file-nobody",
                "",
                "row of the person-level file is about nobody in the extract",
                len(strangers),
                finding_rows(strangers + table.first_row),
                "Not used. Check that both files carry the same identifiers; Excel drops zeros in front.",
                "note",
            )
        )
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
