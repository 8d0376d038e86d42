"""Examples of the rules as tables that a person can read, run through casetrack and through the oracle.

A table shows only what the example is about. What it leaves out is filled in by ``USUAL``: a service user born on
15 June 1970 whose assessment was completed in February 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

__all__ = ["Example", "Page", "Section", "cells", "extract_of", "markdown_of"]

#: Short word in an example to the heading that councils write.
HEADINGS = {
    "person": "LA Person Unique Identifier",
    "NHS number": "NHS Number",
    "born": "Date of Birth",
    "died": "Date of Death",
    "client": "Client Type",
    "event": "Event Type",
    "start": "Event Start Date",
    "end": "Event End Date",
    "event outcome": "Event Outcome",
    "description": "Event Description",
    "period from": "Reporting Period Start Date",
    "period to": "Reporting Period End Date",
    "route": "Request: Route of Access",
    "assessment type": "Assessment Type",
    "service": "Service Type",
    "component": "Service Component",
    "mechanism": "Delivery Mechanism",
    "provider": "Provider CQC Location ID",
    "needs": "Eligible Needs Identified",
    "review reason": "Review Reason",
    "unit cost": "Unit Cost",
    "method": "Method of Assessment",
    "linked": "Adult 1 Linked Person_ID",
    "support reason": "Primary Support Reason",
    "autism": "Autism Spectrum Disorder (ASD)",
    "dementia": "Dementia",
    "sight": "Visual Impairment",
    "hearing": "Hearing Impairment",
    "gender": "Gender",
    "ethnicity": "Ethnicity",
    "home": "Accommodation Status",
    "funding": "Client Funding Status",
    "unpaid carer": "Has Unpaid Carer",
    "transitioned": "Transitioned from children's services",
    "disability": "Disability",
    "religion": "Religion or Belief",
    "IMD decile": "IMD Decile",
}

#: What a column holds that an example does not show.
USUAL = {
    "person": "0001",
    "born": "15/06/1970",
    "client": "Service user",
    "event": "Assessment",
    "start": "01/02/2026",
    "end": "20/02/2026",
}


@dataclass(frozen=True)
class Example:
    """One example of a rule.

    Parameters
    ----------
    title, text
        What it shows, in a line and in a sentence.
    rows
        The extract, as a table.
    expect
        What follows for each person, as a table: ``outcome``, ``codes``, ``evidence`` (of ``code``, which may be a
        measure), a latest known value or a characteristic. A dash stands for nothing.
    as_at
        The date that the rules are read on.
    code
        The cohort code whose evidence is shown.
    rule, coding
        Parameters of ``find_eligible`` and of ``code_cohorts``.
    account
        Rows read, used, duplicates and set aside, where the example is about them.
    findings
        Codes of findings that must be there.
    reading
        Parameters of ``read_extract``.
    """

    title: str
    text: str
    rows: str
    expect: str
    as_at: str = "2026-03-31"
    code: str = ""
    rule: dict[str, Any] = field(default_factory=dict)
    coding: dict[str, Any] = field(default_factory=dict)
    account: tuple[int, int, int, int] | None = None
    findings: tuple[str, ...] = ()
    reading: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Section:
    """Some examples under one heading, with the rule in words."""

    title: str
    text: str
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Page:
    """A page of reference: its file name, title, introduction and sections."""

    name: str
    title: str
    text: str
    sections: tuple[Section, ...]

    def examples(self) -> list[Example]:
        return [example for section in self.sections for example in section.examples]


def cells(table: str) -> list[dict[str, str]]:
    """The rows of a table drawn with bars: the first line holds the headings, a line of dashes is skipped."""
    lines = [line.strip().strip("|").split("|") for line in table.strip().splitlines()]
    split = [[cell.strip() for cell in line] for line in lines if not set("".join(line)) <= set("- :")]
    headings, *body = split
    assert all(len(row) == len(headings) for row in body), f"a row of the table under {headings} is ragged"
    return [dict(zip(headings, row, strict=True)) for row in body]


def extract_of(example: Example) -> pd.DataFrame:
    """The example's rows as an extract in the national layout."""
    rows = cells(example.rows)
    unknown = set(rows[0]) - set(HEADINGS)
    assert not unknown, f"no such column in an example: {sorted(unknown)}"
    return pd.DataFrame([{HEADINGS[k]: v for k, v in (USUAL | row).items()} for row in rows], dtype=object)


def markdown_of(table: str) -> list[str]:
    """A table as Markdown, its columns as wide as they need to be."""
    rows = cells(table)
    headings = list(rows[0])
    width = {h: max(len(h), *(len(row[h]) for row in rows)) for h in headings}
    lines = ["| " + " | ".join(h.ljust(width[h]) for h in headings) + " |"]
    lines.append("| " + " | ".join("-" * width[h] for h in headings) + " |")
    lines += ["| " + " | ".join(row[h].ljust(width[h]) for h in headings) + " |" for row in rows]
    return lines
