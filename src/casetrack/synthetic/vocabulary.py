"""Headings and values of Client Level Data, in the spelling of Release 2 and of Release 1.

Source: section 2 of the field's specification (``docs/``) and the published lists of the national collection.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from casetrack.extract.fields import FIELDS as LAYOUT
from casetrack.extract.fields import OPTIONAL_PERSON_FIELDS
from casetrack.synthetic.chance import Words

FIELDS: tuple[str, ...] = tuple(f.heading for f in LAYOUT if f not in OPTIONAL_PERSON_FIELDS)
R1_ONLY: tuple[str, ...] = ("First Name", "Last Name", "GP Practice Name", "Provider CQC Location Name")
DATE_FIELDS: tuple[str, ...] = tuple(f.heading for f in LAYOUT if f.kind == "date")

#: Codes of Event Type and of Client Type.
REQUEST, ASSESSMENT, SERVICE, REVIEW = range(4)
SERVICE_USER, CARER, ASSOCIATION = range(3)


def _read_values() -> dict[str, list[tuple[str, str]]]:
    values: dict[str, list[tuple[str, str]]] = {}
    with Path(__file__).with_name("values.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            values.setdefault(row["field"], []).append((row["release_2"], row["release_1"]))
    return values


#: Field, then (Release 2, Release 1) for each value. The order is the code that the model works with.
VALUES = _read_values()


def code(field: str, value: str) -> int:
    """Position of a Release 2 value in its field's list."""
    return [pair[0] for pair in VALUES[field]].index(value)


def spelling(field: str, release: str) -> Words:
    """Values of a field in one release, with an empty text last so that code -1 reads as blank."""
    column = 1 if release == "R1" else 0
    return np.array([*(pair[column] for pair in VALUES[field]), ""], dtype=object)
