"""The manifest beside the state as its witness: it tells which history, and which uses of the lookup, it is of."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from casetrack.errors import HistoryError

#: What a manifest tells of: decisions, and uses of the lookup. Each is a chain, told by its length and last digest.
HISTORY, USES = "history", "uses"
_WORDS = {HISTORY: "decisions", USES: "uses of the lookup"}
Chains = Mapping[str, Sequence[str]]


def heads(chains: Chains) -> dict[str, dict[str, Any]]:
    """What a manifest says of each chain of digests."""
    return {name: {"lines": len(c), "head": c[-1] if c else ""} for name, c in chains.items()}


def told_by(there: bytes, identity: str, chains: Chains) -> tuple[str, str]:
    """What a manifest is to a state, and where it is newer, in which words.

    ``older`` or ``same``; ``newer``; ``another history``; ``not of this list``; ``changed``: it tells of none.
    """
    told: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        told = json.loads(there)
    if not isinstance(told, dict) or not isinstance(told.get(HISTORY), dict):
        return "changed", ""
    if told.get("folder") != identity:
        return "not of this list", ""
    found = ["same"]
    for name, own in chains.items():
        # A manifest that was written before uses were told of tells of none.
        said = told.get(name, {"lines": 0, "head": ""})
        lines = said.get("lines") if isinstance(said, dict) else None
        if not isinstance(lines, int) or lines < 0:
            return "changed", ""
        if lines > len(own):
            return "newer", f"of {lines:,} {_WORDS[name]}, the state of {len(own):,}"
        if said.get("head") != (own[lines - 1] if lines else ""):
            return "another history", ""
        found.append("same" if lines == len(own) else "older")
    return min(found), ""


def check_newest(path: Path, identity: str, chains: Chains, known: Iterable[str] = ()) -> None:
    """Refuse to go on from a state that the manifest beside it is ahead of: writing would take the only witness away.

    `known`: digests of manifests of lists that another draw replaced.
    """
    try:
        there = path.read_bytes()
    except OSError:
        return
    what, words = told_by(there, identity, chains)
    if what not in {"newer", "another history"} or hashlib.sha256(there).hexdigest() in known:
        return
    raise HistoryError.of(
        "state-changed",
        f"the state is an older copy, or lines were taken from its end: {path.name} beside it is newer and tells "
        f"{words}."
        if what == "newer"
        else f"{path.name} beside the state tells of another history than the state has.",
        where=str(path),
        advice="Nothing was written. Put the newest state.json back from a backup. Only where there is none: casetrack "
        "export --force takes the state that is here as it stands, and what was decided since is lost.",
    )
