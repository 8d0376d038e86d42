"""The ledger of a list: a line per release, and one release rule for all of them.

Two releases of one list join on the case reference. So the first release fixes what is shown of everybody, and a later
one differs in the rows of people who left or came, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from casetrack.cases.history import Decision
from casetrack.errors import ReleaseError

#: What has to be the same in every release of a list.
SAME = ("columns", "k", "joined", "weights", "rule", "coverage")


def releases(history: Sequence[Decision]) -> tuple[Decision, ...]:
    """The releases on record, oldest first."""
    return tuple(line for line in history if line.action == "released")


def ledger_line(history: Sequence[Decision], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The next line of the ledger; refused when its rule is not the one of the first release."""
    before = releases(history)
    if before:
        first = before[0].detail
        other = [name for name in SAME if first.get(name) != facts.get(name)]
        if other:
            raise ReleaseError.of(
                "another-release-rule",
                f"this list was released before, and {', '.join(other)} would differ from its first release.",
                advice="Two releases with different rules can be laid beside each other. Release it as before, or draw a "
                "new list.",
            )
    return {**facts, "number": len(before) + 1, "before": before[-1].digest if before else ""}


def ledger_frame(history: Sequence[Decision]) -> pd.DataFrame:
    """The ledger as a table: number, on, columns, k, rule, coverage, before."""
    rows = [
        (
            line.detail.get("number", place),
            line.on,
            ", ".join(line.detail.get("columns", ())),
            line.detail.get("k"),
            *(line.detail.get(name, "") for name in ("rule", "coverage", "before")),
        )
        for place, line in enumerate(releases(history), start=1)
    ]
    return pd.DataFrame(rows, columns=["number", "on", "columns", "k", "rule", "coverage", "before"])
