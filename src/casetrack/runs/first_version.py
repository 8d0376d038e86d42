"""Folders that the first version drew: read, shown, revealed and destroyed, and not carried on."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from casetrack.cases.case_list import CaseList
from casetrack.runs.manifest import Manifest
from casetrack.runs.places import COUNCIL_ONLY
from casetrack.runs.state import State

LIST, LOOKUP = "case-list.json", "lookup.sealed"


def is_first_version(folder: Path) -> bool:
    """Whether the folder holds a list as the first version kept it."""
    return (folder / COUNCIL_ONLY / LIST).exists()


def read_first_version(folder: Path) -> State:
    """What the files of the first version say, each checked as far as it can be."""
    kept = folder / COUNCIL_ONLY
    cases = CaseList.open(kept / LIST)
    manifest = Manifest.open(kept / "manifest.json").content
    dates: dict[str, Any] | None = None
    with contextlib.suppress(OSError, ValueError):
        dates = json.loads((kept / "timetable.json").read_text(encoding="utf-8"))
    return State(
        folder="",
        key="",
        drawn_with=str(manifest["casetrack"]),
        design=cases.design,
        history=cases.history,
        draws=(),
        manifest=manifest,
        timetable=dates,
        first_version=True,
    )
