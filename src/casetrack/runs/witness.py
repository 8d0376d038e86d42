"""The manifest beside the state as its witness: it tells which history it was written with."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from casetrack.cases.history import Decision
from casetrack.errors import HistoryError

__all__ = ["check_newest", "told_by"]


def told_by(there: bytes, identity: str, history: Sequence[Decision]) -> tuple[str, int]:
    """What a manifest is to a history, and of how many decisions it tells.

    ``older`` or ``same``; ``newer``: of more decisions; ``another history``; ``not of this list``; ``changed``: it tells
    of none.
    """
    told: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(there)
    if not isinstance(told, dict) or not isinstance(told.get("history"), dict):
        return "changed", 0
    if told.get("folder") != identity:
        return "not of this list", 0
    lines, head = told["history"].get("lines"), told["history"].get("head")
    if not isinstance(lines, int):
        return "changed", 0
    if lines > len(history):
        return "newer", lines
    if lines < 1 or history[lines - 1].digest != head:
        return "another history", lines
    return ("same" if lines == len(history) else "older"), lines


def check_newest(path: Path, identity: str, history: Sequence[Decision], known: Iterable[str] = ()) -> None:
    """Refuse to go on from a state that the manifest beside it is ahead of: writing would take the only witness away.

    `known`: digests of manifests of lists that another draw replaced.
    """
    try:
        there = path.read_bytes()
    except OSError:
        return
    what, lines = told_by(there, identity, history)
    if what not in {"newer", "another history"} or hashlib.sha256(there).hexdigest() in known:
        return
    raise HistoryError.of(
        "state-changed",
        f"the state is an older copy, or lines were taken from its end: {path.name} beside it is newer and tells of "
        f"{lines} decisions, the state of {len(history)}."
        if what == "newer"
        else f"{path.name} beside the state tells of another history than the state has.",
        where=str(path),
        advice="Nothing was written. Put the newest state.json back from a backup. Only where there is none: casetrack "
        "export --force takes the state that is here as it stands, and what was decided since is lost.",
    )
