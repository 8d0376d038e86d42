"""Mistakes that analysts meet: what is given, what casetrack says, and the same mended.

Each is a few files and a call. They are run by ``test_mistakes.py`` and shown on the pages of errors and of findings.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from casetrack.cli import app as cli
from casetrack.errors import CasetrackError
from casetrack.findings import Finding
from casetrack.lookup.sealing import Cost
from spec.tables import HEADINGS

__all__ = ["PREPARED", "Given", "Mistake", "given", "rows", "said"]

#: What the later examples begin with. It is shown on the pages as it stands, and run as it stands.
PREPARED = """\
from pathlib import Path

import pandas as pd

import casetrack as ct
from casetrack.synthetic import make_council

council = make_council(people=200, seed=5)
extract = ct.read_extract(council.extract, people=council.extras)
pool = ct.find_eligible(extract, as_at="2026-03-31")
coded = ct.code_cohorts(pool)
design = ct.Design.suggest(coded, size=10, balance=False)
cases = ct.draw(coded, design, seed="Northshire, 2 April 2026", on="2026-04-02", reference_seed="example")
release = ct.pseudonymise(cases)
"""


@dataclass(frozen=True)
class Given:
    """What is given: the call, and the files that it finds in the folder.

    Parameters
    ----------
    call
        Lines of Python, or a command that begins with ``casetrack``.
    files
        Name of each file to its text.
    """

    call: str
    files: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mistake:
    """A mistake, its code, and the same mended."""

    code: str
    wrong: Given
    mended: Given


@dataclass(frozen=True)
class Said:
    """What came of a call: the codes and the text of its error, and the findings of its result by code."""

    error: tuple[str, ...] = ()
    text: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)


def given(call: str, **files: str) -> Given:
    """A call with its files; ``extract_csv`` stands for ``extract.csv``."""
    return Given(call, {".".join(name.rsplit("_", 1)): text for name, text in files.items()})


def rows(headings: str, *lines: str) -> str:
    """A CSV file; its headings in the short words of the tables."""
    names = [HEADINGS.get(name.strip(), name.strip()) for name in headings.split(",")]
    return "\n".join([",".join(names), *lines, ""])


_MADE: dict[str, Any] = {}


def _prepared(call: str) -> dict[str, Any]:
    """The names that a call uses, and what they are made of; each line is run once."""
    lines = [line for line in PREPARED.split("\n") if line]
    names = [re.findall(r"\w+", line)[-1 if "import" in line else 0] for line in lines]
    used = [n for n, name in enumerate(names) if re.search(rf"\b{name}\b(?!\.[a-z]+\")", call)]
    for name, line in zip(names[: max(used, default=-1) + 1], lines, strict=False):
        if name not in _MADE:
            exec(line, _MADE)
    return dict(_MADE)


def said(one: Given) -> Said:
    """What comes of a call; each is run once."""
    return _said(one.call, tuple(one.files.items()))


@functools.cache
def _said(call: str, files: tuple[tuple[str, str], ...]) -> Said:
    """Run a call in a folder of its own that holds its files."""
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(place))
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(mock.patch("casetrack.lottery.keyed.new_key", lambda: bytes(range(32))))
        # A passphrase takes a second on purpose; here it need not.
        stack.enter_context(mock.patch("casetrack.lookup.content.Cost", functools.partial(Cost, n=2)))
        for name, text in files:
            Path(name).write_bytes(text.encode("utf-8"))
        return _command(call) if call.startswith("casetrack ") else _python(call)


def _python(call: str) -> Said:
    names = _prepared(call)
    *before, last = call.strip().split("\n")
    try:
        exec("\n".join(before), names)
        result = eval(last, names) if _is_value(last) else exec(last, names)
    except CasetrackError as error:
        return Said(tuple(problem.code for problem in error.problems), str(error))
    found = getattr(result, "findings", ())
    return Said(findings={one.code: one for one in found})


def _is_value(line: str) -> bool:
    try:
        compile(line, "example", "eval")
    except SyntaxError:
        return False
    return True


def _command(call: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", _words(call)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        contextlib.suppress(SystemExit),
    ):
        cli.main()
    text = err.getvalue().strip()
    return Said(tuple(re.findall(r"^\w+Error \[([a-z0-9-]+)\]", text, re.M)), text)


def _words(call: str) -> list[str]:
    return [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', call)]


def shown(mistake: Mistake) -> Iterator[str]:
    """The mistake as Markdown: what is given, what is said, and what is different once it is mended."""
    wrong, mended = mistake.wrong, mistake.mended
    answer = said(wrong)
    yield from _given(wrong, Given(""))
    text = answer.text or str(answer.findings[mistake.code])
    yield from ("casetrack says:", "", "```text", *text.split("\n"), "```", "", "Mended:", "")
    yield from _given(mended, wrong)


def _given(one: Given, before: Given) -> Iterator[str]:
    for name, text in one.files.items():
        if before.files.get(name) != text:
            kind = name.rpartition(".")[2]
            yield from (f"`{name}`:", "", f"```{kind}", *text.rstrip("\n").split("\n"), "```", "")
    if one.call != before.call:
        yield from (
            "```console" if one.call.startswith("casetrack ") else "```python",
            one.call.strip(),
            "```",
            "",
        )
