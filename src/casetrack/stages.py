"""What each stage of the way through gives and needs, so that a wrong object is told in words."""

from __future__ import annotations

from dataclasses import dataclass

from casetrack.errors import UsageError

__all__ = ["STAGES", "Stage", "need"]


@dataclass(frozen=True)
class Stage:
    """A result of a stage: what it is, how it is known, and how one gets it."""

    words: str
    marks: frozenset[str]
    how: str


#: A result is known by what it has and not by its class, for a stage can be given anything that has the same.
STAGES = {
    "Extract": Stage(
        "an extract",
        frozenset({"events", "people", "account", "identifiers"}),
        'extract = casetrack.read_extract("extract.csv")',
    ),
    "Pool": Stage(
        "a pool of people with their outcomes",
        frozenset({"extract", "as_at", "outcomes", "flow"}),
        'pool = casetrack.find_eligible(extract, as_at="2026-03-31")',
    ),
    "CodedPool": Stage(
        "a coded pool",
        frozenset({"people", "code_names", "characteristic_names", "edition"}),
        "coded = casetrack.code_cohorts(pool)",
    ),
    "Design": Stage(
        "a design",
        frozenset({"size", "characteristics", "at_most", "to_dict"}),
        'design = casetrack.Design.suggest(coded), or casetrack.Design.from_toml("design.toml")',
    ),
    "CaseList": Stage(
        "a case list",
        frozenset({"history", "states", "references", "drawn_facts"}),
        'cases = casetrack.draw(coded, design, seed="…")',
    ),
    "Release": Stage(
        "a release",
        frozenset({"table", "facts", "lookup", "coverage"}),
        "release = casetrack.pseudonymise(cases)",
    ),
}


def _is(value: object, stage: Stage) -> bool:
    # Looking at an attribute could work something out; its name says enough.
    return stage.marks <= {*dir(type(value)), *getattr(value, "__dict__", {})}


def need(value: object, stage: str, parameter: str) -> None:
    """Refuse what is not the result that a stage goes on from.

    Examples
    --------
    >>> need("extract.csv", "Extract", "extract")
    Traceback (most recent call last):
    casetrack.errors.UsageError: UsageError [wrong-object]: extract is a str, and has to be an extract.
      Get one first: extract = casetrack.read_extract("extract.csv").
    """
    wanted = STAGES[stage]
    if _is(value, wanted):
        return
    known = next((other.words for other in STAGES.values() if _is(value, other)), "")
    kind = "nothing (None)" if value is None else known or f"a {type(value).__name__}"
    raise UsageError.of(
        "wrong-object",
        f"{parameter} is {kind}, and has to be {wanted.words}.",
        advice=f"Get one first: {wanted.how}.",
    )
