"""The command as a user runs it: in another process, or here where only words and codes are looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import casetrack
from casetrack.cli import app as cli
from casetrack.designs.drawing import draw_design

SOURCE = Path(casetrack.__file__).parents[1]
#: Every warning that a user could see is an error; deprecations in other libraries, which Python hides, are not.
AS_ERRORS = ("-W", "error", "-W", "ignore::DeprecationWarning")


_DRAWN: dict[tuple[object, ...], Any] = {}


def drawn_once(
    coded: Any,
    design: Any,
    seed: str,
    key: bytes | None = None,
    number: int | None = None,
    digest: str = "",
) -> Any:
    """The lottery's answer, kept: the same pool, design, seed and key are drawn again and again by commands."""
    drawn = (coded.digest, design.digest(), seed, key, number)
    if drawn not in _DRAWN:
        _DRAWN[drawn] = draw_design(coded, design, seed, key, number)
    if digest not in {"", _DRAWN[drawn].lottery.digest}:
        return draw_design(coded, design, seed, key, number, digest)
    return _DRAWN[drawn]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


def in_process(*arguments: object, folder: Path | None = None, **environment: str) -> Ended:
    """``python -m casetrack.cli`` in a process of its own, without a terminal."""
    given = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", **environment}
    command = [sys.executable, *AS_ERRORS, "-m", "casetrack.cli", *map(str, arguments)]
    done = subprocess.run(
        command, env=given, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    return Ended(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def here(monkeypatch, capsys, *arguments: object) -> Ended:
    """The same in this process."""
    monkeypatch.setattr(sys, "argv", ["casetrack", *map(str, arguments)])
    code = 0
    try:
        cli.main()
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return Ended(code, said.out, said.err)
