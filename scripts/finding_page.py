"""Every finding's code, read from the code itself, with the example that gives it, for the page of reference.

``scripts/make_reference.py`` writes the page; a test holds it against this.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from scripts.error_page import CODE, SOURCE

from spec.findings_in_files import FINDINGS
from spec.mistakes import said, shown

HEAD = """# Findings

<!-- Made by scripts/make_reference.py from the findings in the code and the examples in tests/spec: change those, not
this page. -->

A finding is no error: casetrack goes on, and says what of the files it did not use or doubts, where, and what to do. What
costs the list most stands first, under the headings of `casetrack check`; in Python they are `extract.findings`,
`pool.findings` and `coded.findings`. Rows are numbered as in a spreadsheet. Nothing in a finding is a value of a person.

Here is every code, with a small input that gives it, what is said, and the same mended. Each is a test that is run. A
field that matters more or less can move a code to another heading.
"""
FOOT = """
Read on: [errors](errors.md), [your own headings](../how-to/your-own-headings.md), [be ready before the
letter](../how-to/be-ready.md).
"""


def finding_codes() -> set[str]:
    """Every code that a finding is made with."""
    return {
        code for path in sorted(SOURCE.rglob("*.py")) for code in _codes(ast.parse(path.read_text("utf-8")))
    }


def _codes(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            made = [call.args[0] for call in ast.walk(node) if isinstance(call, ast.Call) and _makes(call)]
            # A code that is a name there is a text of the same function.
            inside = ast.walk(node) if any(isinstance(code, ast.Name) for code in made) else made
            yield from (
                text.value
                for text in inside
                if isinstance(text, ast.Constant) and isinstance(text.value, str) and _is_code(text.value)
            )


def _is_code(text: str) -> bool:
    return "-" in text and CODE.fullmatch(text) is not None


def _makes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name in {"Finding", "found", "found_on"} and bool(call.args)


def findings_page() -> str:
    """All findings under the headings of ``casetrack check``."""
    found = {example.code: said(example.wrong).findings[example.code] for example in FINDINGS}
    headings = sorted({one.heading for one in found.values()}, key=_as_in_check)
    lines = [HEAD]
    for heading in headings:
        mine = sorted(code for code, one in found.items() if one.heading == heading)
        lines += [f"**{heading}**: {', '.join(f'[{code}](#{code})' for code in mine)}.", ""]
    for heading in headings:
        lines += [f"## {heading}", ""]
        for example in sorted(FINDINGS, key=lambda example: example.code):
            if found[example.code].heading == heading:
                lines += [f"### {example.code}", "", *shown(example)]
    return "\n".join(lines).rstrip() + "\n" + FOOT


def _as_in_check(heading: str) -> int:
    order = ("cost the list people", "cohort code", "characteristic", "Other", "does not have", "information")
    return next(place for place, words in enumerate(order) if words in heading)
