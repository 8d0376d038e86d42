"""What is known, while the pool is at hand, of the people whom no text on record may name."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from casetrack.cases.record import Record
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError, DesignError, HistoryError
from casetrack.extract import Extract
from casetrack.typed_text import REASONS, Known, check_text

__all__ = ["REASONS", "check_design_words", "check_words", "known_in", "reason_for_leaving"]


def known_in(extract: Extract) -> Known:
    """Everybody's identifiers and, where the extract has them, the names of people and workers."""
    return Known(
        is_id=lambda word: extract.find_people([word])[0] is not None, names=_names_in(extract.events)
    )


def _names_in(events: pd.DataFrame) -> dict[str, frozenset[str]]:
    firsts: dict[str, set[str]] = defaultdict(set)
    if {"first_name", "last_name"} <= set(events.columns):
        pairs = events[["first_name", "last_name"]].drop_duplicates().astype(str)
        for first, last in pairs.itertuples(index=False):
            for word in last.casefold().split():
                firsts[word].update(first.casefold().split())
    if "lead_professional" in events.columns:
        for name in events["lead_professional"].astype(str).unique():
            words = name.casefold().replace(",", " ").split()
            for word in words:
                firsts[word].update(other for other in words if other != word)
    return {last: frozenset(first) for last, first in firsts.items()}


def check_words(
    cases: Record, text: str, what: str = "reason", *, needed: bool = True, known: Known | None = None
) -> str:
    """The text, refused when it is missing, endless, or names somebody."""
    if cases.known is not None:
        known = known_in(cases.known.coded.pool.extract)
    return check_text(text, what, known, needed=needed, error=HistoryError)


def reason_for_leaving(cases: Record, reason: str) -> str:
    """A reason from the list, and after "other:" a few words that name nobody."""
    kind, _, words = reason.partition(":")
    kind = " ".join(kind.casefold().split())
    if kind not in REASONS or bool(words.strip()) != (kind == "other"):
        raise HistoryError.of(
            "reason-not-listed",
            "why a case leaves is one of a list, so that nobody is named by it.",
            advice=f'Choose one of: {", ".join(REASONS[:-1])}, or "other: …" with a few words that name nobody.',
        )
    return kind if kind != "other" else f"other: {check_words(cases, words)}"


def check_design_words(design: Design, extract: Extract, error: type[CasetrackError] = DesignError) -> None:
    """Refuse a design whose reasons name somebody: those of its quotas are kept with the list."""
    texts = {*design.reasons.values(), *design.must_include.values(), *design.exclude.values()}
    known = known_in(extract) if texts else None
    for text in sorted(texts):
        check_text(" ".join(text.split()), "reason", known, error=error)
