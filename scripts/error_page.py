"""Every error's code with its message and what to do, read from the code itself, for the reference page.

``scripts/make_reference.py`` writes the page; a test holds it against this.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "casetrack"
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")
#: Where in the way through an error is met: the room it is raised in.
STAGES = {
    "extract": "Reading the files",
    "pool": "The 12-month rule, cohort codes and characteristics",
    "quotas": "Quotas and limits",
    "designs": "The design",
    "lottery": "The lottery",
    "cases": "The list and its life",
    "lookup": "The sealed lookup",
    "disclosure": "How coarse a release has to be",
    "release": "The return",
    "verify": "The second look",
    "report": "The report",
    "packs": "Record packs",
    "runs": "The folder",
    "checks": "Readiness",
    "cli": "The command",
    "": "Anywhere",
}
HEAD = """# Errors

<!-- Made by scripts/make_reference.py from the errors in the code: change those, not this page. -->

An error says its code in square brackets, what is wrong, where, and what to do next; all problems of a stage come
together. Nothing in it is a name, an identifier or a date of birth. Here is every code, with the message (… stands
for what is filled in) and the advice. The command ends with the exit code of the error's kind: [exit
codes](json-and-exit-codes.md).
"""
FOOT = """
Not on this page: a *finding* is no error. It says what in the file was not used, and what that costs; `casetrack
check` prints them.

Read on: [your own headings](../how-to/your-own-headings.md), [several files](../how-to/several-files.md), [the
command](command.md).
"""


@dataclass(frozen=True)
class Told:
    """One place at which an error is made."""

    code: str
    kind: str
    what: str
    advice: str


def text_of(node: ast.expr | None) -> str:
    """A string as it stands in the code; what is filled in at run time is an ellipsis."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "…" for part in node.values)  # type: ignore[misc]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    if isinstance(node, ast.IfExp):
        return text_of(node.body)
    return "…"


def told_by(call: ast.Call) -> Told | None:
    """The error that a call makes, if it makes one."""
    kind = ""
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        kind = call.func.value.id if call.func.attr == "of" else ""
    elif isinstance(call.func, ast.Name):
        kind = call.func.id
    given = dict(zip(("code", "what", "where", "advice"), call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    code = text_of(given.get("code"))
    what, advice = text_of(given.get("what")), text_of(given.get("advice"))
    makes = kind.endswith("Error") or "roblem" in kind
    if not makes or not CODE.fullmatch(code.replace("…", "x")):
        return None
    if what == "…":
        what = "The message says what was found."
    return Told(code, kind, what, "" if advice == "…" else advice)


def errors() -> dict[str, dict[str, list[Told]]]:
    """Room to code to the places that make it."""
    found: dict[str, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE).parts
        room = inside[0] if len(inside) > 1 and inside[0] in STAGES else ""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            told = told_by(node) if isinstance(node, ast.Call) else None
            if told is not None and told not in found[room][told.code]:
                found[room][told.code].append(told)
    return found


def error_page() -> str:
    """The page as Markdown."""
    found, lines = errors(), [HEAD]
    for room, title in STAGES.items():
        if room not in found:
            continue
        lines += [f"## {title}", ""]
        for code, places in sorted(found[room].items()):
            lines += [f"### {code}", ""]
            for told in places:
                lines += [f"> {_one_line(told.what)}", ""]
                if told.advice:
                    lines += [_one_line(told.advice), ""]
    return "\n".join(lines).rstrip() + "\n" + FOOT


def _one_line(text: str) -> str:
    """As Markdown, without what it would take for a tag or a link."""
    plain = " ".join(text.split())
    return re.sub(r"([<>*_\[\]])", r"\\\1", plain)
