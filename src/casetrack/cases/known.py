"""What is known, while the pool is at hand, of the people whom no text on record may name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from casetrack.extract import Extract
from casetrack.extract.cleaning import is_unknown
from casetrack.typed_text import Known, name_forms

__all__ = ["known_in"]


def known_in(extract: Extract) -> Known:
    """Everybody's identifiers and, where they are at hand, the names of people and workers."""
    tables = [extract.events, *([] if extract.details is None else [extract.details])]
    return Known(
        ids=[*extract.identifiers["identifier"].tolist(), *extract.people.index.tolist()],
        names=_names_in(tables),
    )


def _names_in(tables: Iterable[pd.DataFrame]) -> dict[str, set[str]]:
    firsts: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        if {"first_name", "last_name"} <= set(table.columns):
            pairs = table[["first_name", "last_name"]].dropna().drop_duplicates().astype(str)
            for first, last in pairs.itertuples(index=False):
                for word in name_forms(last):
                    firsts[word] |= name_forms(first)
        if "lead_professional" in table.columns:
            # "Not recorded" is two words and nobody.
            workers = (
                name
                for name in table["lead_professional"].dropna().astype(str).unique()
                if not is_unknown(name)
            )
            for name in workers:
                # Which of the words is the last name nobody says.
                words = {form for word in name.replace(",", " ").split() for form in name_forms(word)}
                for word in words:
                    firsts[word] |= words - {word}
    return firsts
