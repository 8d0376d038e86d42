"""Write the reference pages in docs/reference from the readable tests of the rules and the field dictionary.

Run it from anywhere: ``python scripts/make_reference.py``. A test holds the committed pages against it.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import get_type_hints

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src"), str(ROOT / "tests")]

from scripts.error_page import error_pages, errors_by_room  # noqa: E402
from scripts.finding_page import finding_codes, findings_page  # noqa: E402
from scripts.interface_pages import command_page, python_page  # noqa: E402

from casetrack import errors as kinds_of_error  # noqa: E402
from casetrack.cli.answers import ANSWERS, Answer  # noqa: E402
from casetrack.extract.fields import FIELDS, Field  # noqa: E402
from spec.pages import PAGES  # noqa: E402
from spec.tables import Example, Page, markdown_of  # noqa: E402

__all__ = ["errors_by_room", "finding_codes", "pages"]

MADE = "<!-- Made by scripts/make_reference.py from the readable tests in tests/spec: change those, not this page. -->"
MADE_OF_CODE = "<!-- Made by scripts/make_reference.py from the code: change that, not this page. -->"
ABOUT_ROWS = (
    "Each example is a test that is run. A column that an example leaves out holds the usual: a service user born on "
    "15/06/1970 whose Assessment ran from 01/02/2026 to 20/02/2026. A row's number counts the rows of its table."
)
READ_ON = (
    "Read on: [the Python interface](python.md), [an inspector's questions](../how-to/an-inspectors-questions.md), "
    "[the glossary](../glossary.md).\n"
)
MODULES = {
    "submission": "Submission",
    "person": "Person",
    "event": "Event",
    "request": "Request",
    "assessment": "Assessment",
    "carer": "Unpaid carer",
    "service": "Service",
    "review": "Review",
    "cost": "Cost",
    "optional": "Optional: on any row, or in a person-level file",
}
KINDS = {
    "identifier": "identifier: never leaves the council",
    "free_text": "free text: never released",
    "date": "date",
    "category": "category",
    "text": "text",
}


def page_of(page: Page) -> str:
    """One page of rules with their examples as Markdown."""
    lines = [f"# {page.title}", "", MADE, "", page.text, "", ABOUT_ROWS, ""]
    for section in page.sections:
        lines += [f"## {section.title}", "", section.text, ""]
        for example in section.examples:
            lines += example_of(example)
    return "\n".join([*lines, READ_ON])


def example_of(example: Example) -> list[str]:
    """One example: its sentence, its rows, and what follows."""
    day = "/".join(reversed(example.as_at.split("-")))
    lines = [f"### {example.title}", "", example.text, "", *markdown_of(example.rows), ""]
    shown = f"What follows, as at {day}"
    if example.code:
        shown += f" (the evidence is that of {example.code})"
    lines += [f"{shown}:", "", *markdown_of(example.expect), ""]
    if example.account:
        read, used, twice, aside = example.account
        lines += [f"Rows: {read} read = {used} used + {twice} duplicates + {aside} set aside.", ""]
    if example.findings:
        lines += ["Findings: " + ", ".join(f"`{code}`" for code in example.findings) + ".", ""]
    return lines


def fields_page() -> str:
    """The field dictionary as Markdown."""
    lines = [
        "# The fields that casetrack reads",
        "",
        "<!-- Made by scripts/make_reference.py from casetrack/extract/fields.py: change that, not this page. -->",
        "",
        "Headings and values are matched without regard to case, spacing, punctuation, or `&`/`and`, `/`/`or`; so "
        "`Request_Route_of_Access` is `Request: Route of Access`. Columns that are not here are left alone. "
        "A file needs an identifier (local id or NHS number), Event Type, Event Start Date and Event End Date; "
        "without the others it can be read, and the findings say what is missing.",
        "",
        'Blank, "NULL", "N/A", "None" and "-" are missing. "Unknown", "Not known", "Not recorded" and "No data …" '
        "are unknown.",
        "",
    ]
    for module, title in MODULES.items():
        fields = [f for f in FIELDS if f.module == module]
        lines += [
            f"## {title}",
            "",
            "| Heading | Also read as | In casetrack | Kind |",
            "| --- | --- | --- | --- |",
        ]
        lines += [
            f"| {f.heading} | {', '.join((*f.aliases, *f.also))} | `{f.name}` | {KINDS[f.kind]} |"
            for f in fields
        ]
        lines.append("")
        for f in fields:
            lines += _values_of(f)
    return "\n".join([*lines, READ_ON])


def _values_of(field: Field) -> list[str]:
    listed = {**field.values, **field.spellings}
    if not listed:
        return []
    closed = "" if field.other_values else " Any other value is a finding, and kept as it is."
    lines = [
        f"### Values of {field.heading}",
        "",
        f"Left is the value, right other spellings of it.{closed}",
        "",
    ]
    lines += ["| Value | Also read as |", "| --- | --- |"]
    return [*lines, *(f"| {value} | {_told(more)} |" for value, more in listed.items()), ""]


def _told(spellings: Sequence[str], most: int = 8) -> str:
    """The shortest spellings, and how many more there are: older names of a group with older names of a value."""
    short = sorted(spellings, key=len)[:most]
    more = f" · and {len(spellings) - most} more of this kind" if len(spellings) > most else ""
    return " · ".join(text for text in spellings if text in short) + more


def pages() -> dict[str, Callable[[], str]]:
    """File name in docs/reference to what makes its text."""
    made = {f"{page.name}.md": functools.partial(page_of, page) for page in PAGES}
    made |= {"fields.md": fields_page, "findings.md": findings_page, "json-and-exit-codes.md": answers_page}
    made |= {
        "command.md": lambda: command_page(MADE_OF_CODE),
        "python.md": lambda: python_page(MADE_OF_CODE),
    }
    return {**made, **error_pages()}


def answers_page() -> str:
    """What the command ends with, and what it prints with ``--json``."""
    lines = [
        "# JSON and exit codes",
        "",
        MADE_OF_CODE,
        "",
        "## Exit codes",
        "",
        "| code | meaning |",
        "| --- | --- |",
    ]
    by_code: dict[int, list[str]] = {}
    for kind in kinds_of_error.CasetrackError.__subclasses__():
        by_code.setdefault(kind.exit_code, []).append(kind.__name__)
    meaning = {
        2: "what was asked for cannot be done as it was asked",
        3: "the files, or what was found in them, cannot be used",
        4: "no list can meet the design",
    }
    lines += [
        "| 0 | done |",
        "| 1 | the answer is no: a list replayed is another one, a folder is not in order; or a fault of casetrack |",
    ]
    lines += [
        f"| {code} | {meaning[code]}: {', '.join(sorted(names))} |" for code, names in sorted(by_code.items())
    ]
    lines += ["| 130 | stopped by Ctrl+C |", ""]
    lines += [
        "Errors go to standard error, one code in square brackets each: [every code](errors.md). What a command",
        "answers goes to standard output.",
        "",
        "## With --json",
        "",
        "One object in one line of ASCII, and nothing else on standard output. Every answer has `command` and",
        "`casetrack` (the version that answers), and the fields below. Tables are lists of objects; days are",
        "`2026-04-20`; what is missing is null.",
        "",
    ]
    for kind in dict.fromkeys(ANSWERS.values()):
        names = ", ".join(f"`{name}`" for name, answer in ANSWERS.items() if answer is kind)
        lines += [f"### {names}", "", "| field | kind | what it holds |", "| --- | --- | --- |"]
        hints = get_type_hints(kind)
        for field in dataclasses.fields(kind)[len(dataclasses.fields(Answer)) :]:
            kept = hints[field.name]
            shown = getattr(kept, "__name__", None)
            if shown is None or "[" in str(kept):
                shown = str(kept).replace("typing.", "").replace("datetime.", "")
            words = shown.replace("|", "or").replace("NoneType", "null").replace("None", "null")
            lines.append(f"| `{field.name}` | {words} | {field.metadata['description']} |")
        lines.append("")
    return "\n".join([*lines, READ_ON])


def main() -> None:
    folder = ROOT / "docs" / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in pages().items():
        (folder / name).write_text(make(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
