"""A share of the files broken on purpose, in three parts for workers beside each other; the night tries many more."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fuzz.py"
KINDS = (
    "at-risk csv design.json design.toml design.xlsx hold-back list lookup manifest mapping ods overrides parquet "
    "person-file reference xls xlsx"
)


@pytest.mark.skipif(sys.platform == "win32", reason="the script watches its worker through a pipe")
@pytest.mark.parametrize("first", [0, 1000, 2000])
def test_every_kind_of_file_broken_on_purpose_is_read_or_refused(first: int) -> None:
    command = [sys.executable, str(SCRIPT), "1000", "--from", str(first), "--workers", "1"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert "tracebacks, ends and hangs: 0" in done.stdout, done.stdout
    assert done.returncode == 0
    assert re.findall(r"^  (\S+) ", done.stdout, re.M) == KINDS.split()
