"""Every error's code, read from the code itself, with the examples that show it, for the pages of reference.

``scripts/make_reference.py`` writes the pages; a test holds them against this.
"""

from __future__ import annotations

import ast
import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from spec.mistake_tables import MISTAKES
from spec.mistakes import PREPARED, said, shown
from spec.without_example import WITHOUT_EXAMPLE

SOURCE = Path(__file__).resolve().parents[1] / "src" / "casetrack"
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)*")
#: Where in the way through an error is met: the room it is raised in, and the page that shows it.
STAGES = {
    "extract": ("Reading the files", "errors-files"),
    "pool": ("The 12-month rule, cohort codes and characteristics", "errors-rules"),
    "quotas": ("Quotas and limits", "errors-rules"),
    "designs": ("The design", "errors-rules"),
    "lottery": ("The lottery", "errors-rules"),
    "cases": ("The list and its life", "errors-list"),
    "lookup": ("The sealed lookup", "errors-list"),
    "disclosure": ("How coarse a release has to be", "errors-return"),
    "release": ("The return", "errors-return"),
    "verify": ("The second look", "errors-return"),
    "packs": ("Record packs", "errors-return"),
    "runs": ("The folder", "errors-list"),
    "cli": ("The command", "errors-list"),
    "": ("Anywhere", "errors-return"),
}
PAGES = {
    "errors-files": "Errors in the files",
    "errors-rules": "Errors in what is asked: date, lists, design, draw",
    "errors-list": "Errors with a list, its lookup and its folder",
    "errors-return": "Errors with the return, record packs and the rest",
}
MADE = (
    "<!-- Made by scripts/make_reference.py from the errors in the code and the examples in tests/spec: change those, "
    "not this page. -->"
)
UNSAID = "The message says what was found."
HEAD = f"""# Errors

{MADE}

An error says its code in square brackets, what is wrong, where, and what to do next; all problems of a stage come
together. Nothing in it is a name, an identifier or a date of birth. The command ends with the exit code of the error's
kind: [exit codes](json-and-exit-codes.md).

Here is every code. Behind each is what was given, what casetrack said to it, and the same mended; each of these is a test
that is run. {len(WITHOUT_EXAMPLE)} have no such example, and say why.
"""
PREPARED_BY = (
    "Where an example names `council`, `extract`, `pool`, `coded`, `design`, `cases` or `release`, they are made like "
    "this, of people who do not exist:",
    "The examples begin with:",
)
FOOT = """
A [finding](findings.md) is no error: casetrack goes on.

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
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    kind = name
    if name == "of" and isinstance(call.func, ast.Attribute):
        kind = getattr(call.func.value, "id", "") or getattr(call.func.value, "attr", "")
    makes = "roblem" in name or name.endswith("_error") or (name == "of" and kind.lower().endswith("error"))
    order = ("code", "what", "advice") if name.endswith("_error") else ("code", "what", "where", "advice")
    given = dict(zip(order, call.args, strict=False))
    given |= {word.arg: word.value for word in call.keywords if word.arg}
    code = text_of(given.get("code"))
    what, advice = text_of(given.get("what")), text_of(given.get("advice"))
    if not makes or not CODE.fullmatch(code.replace("…", "x")) or code == "…":
        return None
    if what == "…":
        what = UNSAID
    return Told(code, kind, what, "" if advice == "…" else advice)


def errors_by_room() -> dict[str, dict[str, list[Told]]]:
    """Room to code to the places that make it; a code stands in the first room that can say it."""
    found: dict[str, list[Told]] = defaultdict(list)
    rooms: dict[str, set[str]] = defaultdict(set)
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE).parts
        room = inside[0] if len(inside) > 1 and inside[0] in STAGES else ""
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            told = told_by(node) if isinstance(node, ast.Call) else None
            if told is not None and told not in found[told.code]:
                found[told.code].append(told)
                rooms[told.code].add(room)
    sorted_by_room: dict[str, dict[str, list[Told]]] = defaultdict(dict)
    for code in sorted(found):
        first = next(room for room in STAGES if room in rooms[code])
        for whole in [code] if "…" not in code else _of_that_shape(code, found):
            sorted_by_room[first][whole] = found[code]
    return sorted_by_room


def _of_that_shape(code: str, others: Iterable[str]) -> list[str]:
    """The codes of the examples that a code stands for which is filled in at run time."""
    shape = re.compile(re.escape(code).replace("…", "[a-z-]+"))
    shown = {mistake.code for mistake in MISTAKES} - set(others)
    return sorted(one for one in shown if shape.fullmatch(one))


def error_pages() -> dict[str, Callable[[], str]]:
    """File name to what makes it."""
    pages = {f"{name}.md": functools.partial(_page, name, title) for name, title in PAGES.items()}
    return {"errors.md": _index, **pages}


def _index() -> str:
    """Every code with the page that shows it."""
    found, lines = errors_by_room(), [HEAD]
    for room, (title, page) in STAGES.items():
        if room in found:
            codes = ", ".join(f"[{code}]({page}.md#{code})" for code in sorted(found[room]))
            lines += [f"**{title}**: {codes}.", ""]
    return "\n".join(lines).rstrip() + "\n" + FOOT


def _page(name: str, title: str) -> str:
    """The codes of some stages, each with its examples."""
    found, lines = (
        errors_by_room(),
        [f"# {title}", "", MADE, "", "[Errors](errors.md) says what an error is, and names every code.", ""],
    )
    prepared = PREPARED.strip().split("\n")
    first = [line for line in prepared if "import" in line and "synthetic" not in line]
    lines += [PREPARED_BY[name == "errors-files"], "", "```python"]
    lines += [*(first if name == "errors-files" else prepared), "```", ""]
    for room, (stage, page) in STAGES.items():
        if page == name and room in found:
            lines += [f"## {stage}", ""]
            for code, places in sorted(found[room].items()):
                lines += [f"### {code}", "", *_entry(code, places)]
    return "\n".join(lines).rstrip() + "\n" + FOOT


def _entry(code: str, places: list[Told]) -> Iterator[str]:
    """The examples of a code, and what else it can say."""
    examples = [mistake for mistake in MISTAKES if mistake.code == code]
    said_here = [said(mistake.wrong).text for mistake in examples]
    for number, mistake in enumerate(examples):
        if number:
            yield from ("Elsewhere:", "")
        yield from shown(mistake)
    if not examples:
        yield from ("Without an example: " + WITHOUT_EXAMPLE[code] + ".", "")
    unsaid = [
        told
        for told in places
        if not any(_as_pattern(told.what).search(" ".join(text.split())) for text in said_here)
    ]
    if examples and unsaid:
        yield from ("It can also say:", "")
    for told in unsaid:
        yield from (f"> {_one_line(told.what)}", "")
        if told.advice:
            yield from (_one_line(told.advice), "")


def _as_pattern(what: str) -> re.Pattern[str]:
    """What a place says, with anything where something is filled in."""
    if what == UNSAID:
        return re.compile("")
    return re.compile(re.escape(" ".join(what.split())).replace("…", ".*"))


def _one_line(text: str) -> str:
    """As Markdown, without what it would take for a tag or a link."""
    plain = " ".join(text.split())
    return re.sub(r"([<>*_\[\]])", r"\\\1", plain)
