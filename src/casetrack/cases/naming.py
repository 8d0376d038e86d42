"""Words on record: reasons, notes, roles and seeds, none of which may name anybody."""

from __future__ import annotations

import re

from casetrack.cases.record import Record, known_in
from casetrack.designs.design import Design
from casetrack.errors import DesignError, HistoryError
from casetrack.extract import Extract
from casetrack.lottery.keyed import minuted
from casetrack.typed_text import REASONS, Known, check_text, refuse_names


def check_words(
    cases: Record, text: str, what: str = "reason", *, needed: bool = True, known: Known | None = None
) -> str:
    """The text, refused when it is missing, endless, or names somebody."""
    if cases.known is not None:
        known = cases.known.words
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


def check_draw_words(design: Design, seed: str, number: int | None, who: str, extract: Extract) -> None:
    """Refuse what is kept with a list where it names somebody: reasons of the design, seed and role.

    A seed may hold the day of a minute. `number`: what dice have shown, where they were thrown.
    """
    known = known_in(extract)
    for text in sorted({*design.reasons.values(), *design.must_include.values(), *design.exclude.values()}):
        check_text(" ".join(text.split()), "reason", known, error=DesignError)
    text = minuted(seed)
    shown = "".join(filter(str.isdecimal, text))
    if number is not None and shown and int(shown) == number:
        # What dice have shown can be anybody's identifier by chance, and stands.
        text = re.sub(r"\d", "", text)
    refuse_names(text, "seed", known, dated=True, error=DesignError)
    check_text(who, "role", known, needed=True, error=HistoryError)
