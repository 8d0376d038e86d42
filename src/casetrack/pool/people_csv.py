"""One row per person with outcome, codes and evidence, for the council's own eyes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from casetrack.files import write_file
from casetrack.pool.cohorts import CodedPool
from casetrack.tables import csv_table
from casetrack.words import of_every_mask


def people_frame(coded: CodedPool) -> pd.DataFrame:
    """Everyone in the extract: outcome, codes and evidence separated by ``;``, and a column for each measure."""
    outcomes = coded.pool.outcomes()
    held = coded.people[list(coded.code_names)].to_numpy(dtype=bool)
    masks = held @ (1 << np.arange(held.shape[1]))
    texts = of_every_mask(coded.code_names, ";")
    evidence: dict[str, str] = {}
    for person, code, words in zip(
        *(coded.evidence[c] for c in ("person_id", "code", "evidence")), strict=True
    ):
        before = evidence.get(person)
        evidence[person] = f"{code}: {words}" if before is None else f"{before}; {code}: {words}"
    journey = coded.people[list(coded.experience_names)].reindex(outcomes.index, fill_value="")
    codes = pd.Series(np.array(texts, dtype=object)[masks], index=coded.people.index)
    return pd.DataFrame(
        {
            "person_id": outcomes.index.str.removeprefix("NHS "),
            "outcome": outcomes.to_numpy(),
            "codes": codes.reindex(outcomes.index, fill_value="").to_numpy(),
            "evidence": [evidence.get(p, "") for p in outcomes.index],
            **{name: journey[name].to_numpy() for name in journey},
        }
    )


def write_people(coded: CodedPool, path: str | os.PathLike[str], *, force: bool = False) -> Path:
    """Write `people_frame` as CSV (UTF-8); it holds identifiers and must not leave the council."""
    return write_file(path, csv_table(people_frame(coded)), force=force)
