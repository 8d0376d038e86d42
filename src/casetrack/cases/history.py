"""Decisions on record: an append-only log in which every line carries the digest of the line before it.

Its releases are the ledger of a list. Two releases of one list join on the case reference, so the first fixes what is
shown of everybody, and a later one differs in the rows of people who left or came, and in nothing else.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from casetrack.chain import START, Chain, canonical
from casetrack.dates import for_people
from casetrack.errors import HistoryError, ReleaseError

_CHAIN = Chain()


@dataclass(frozen=True)
class Decision:
    """One line of the log."""

    number: int
    on: dt.date
    who: str  # A role, not a name: "analyst", "team manager"
    action: str  # drawn, replaced, permission, selected, moved up, released or closed
    case: str = ""  # the case reference that it is about; empty for the whole list
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)  # what else belongs to it; never an identifier
    recorded: dt.date | None = None  # the day it was put on record, where that is another day than "on"
    previous: str = START  # SHA-256 of the line before, and of this one
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON stores it."""
        told = {**vars(self), "on": self.on.isoformat(), "detail": dict(self.detail)}
        late = told.pop("recorded")
        return told if late is None else {**told, "recorded": late.isoformat()}

    def __reduce__(self) -> tuple[Any, ...]:
        # A read-only view of a dict can be neither pickled nor copied; the line as JSON stores it can.
        return _line, (self.to_dict(),)


def append(
    history: Sequence[Decision],
    action: str,
    *,
    on: dt.date,
    who: str,
    case: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
    recorded: dt.date | None = None,
) -> tuple[Decision, ...]:
    """The history with one more decision, whatever the day it was made on."""
    if history and on < history[0].on:
        raise HistoryError.of(
            "before-the-draw",
            f"the decision is dated {for_people(on)}, before the first on record ({for_people(history[0].on)}).",
            advice="Give the day on which it was made.",
        )
    if history and history[-1].action == "closed":
        raise HistoryError.of(
            "list-closed", "the list is closed; nothing more can be decided.", advice="Draw a new list."
        )
    # Through JSON and back, so that what is hashed now is what is read later.
    plain = json.loads(canonical(dict(detail or {})))
    late = None if recorded == on else recorded
    line = Decision(0, on, who, action, case, reason, MappingProxyType(plain), late)
    return chained(history, line)


def chained(history: Sequence[Decision], *lines: Decision) -> tuple[Decision, ...]:
    """The history with lines put after it, whatever they followed before."""
    for line in lines:
        previous = _CHAIN.after(history[-1].to_dict() if history else None)
        placed = dataclasses.replace(line, number=len(history) + 1, previous=previous)
        history = (*history, dataclasses.replace(placed, digest=_CHAIN.digest_of(placed.to_dict())))
    return tuple(history)


def head_of(history: Sequence[Decision]) -> dict[str, Any]:
    """How many lines a history has, and the digest of the last: what binds other files to it."""
    return {"lines": len(history), "head": history[-1].digest if history else START}


def verify(history: Sequence[Decision]) -> None:
    """Check that no line was changed, dropped, added or moved."""
    broken = _CHAIN.first_broken(to_list(history))
    if broken is not None:
        raise HistoryError.of(
            "log-changed",
            f"line {broken} of the log is not as it was written.",
            advice="Go back to an untouched copy of the file; do not mend it by hand.",
        )


def to_list(history: Sequence[Decision]) -> list[dict[str, Any]]:
    """The history as JSON stores it."""
    return [line.to_dict() for line in history]


def from_list(lines: Sequence[Mapping[str, Any]]) -> tuple[Decision, ...]:
    """The history from JSON, checked."""
    try:
        history = tuple(map(_line, lines))
        # A date can be spelled in several ways that mean the same; only the one that was written counts.
        as_written = to_list(history) == [dict(line) for line in lines]
    except (KeyError, TypeError, ValueError, AttributeError):
        raise HistoryError.of(
            "log-unreadable",
            "the log of decisions cannot be read.",
            advice="Go back to an untouched copy of the file.",
        ) from None
    verify(history)
    if not as_written:
        raise HistoryError.of(
            "log-changed",
            "a line of the log is not spelled as it was written.",
            advice="Go back to an untouched copy of the file; do not mend it by hand.",
        )
    return history


def _line(told: Mapping[str, Any]) -> Decision:
    days = {n: dt.date.fromisoformat(told[n]) for n in ("on", "recorded") if n == "on" or n in told}
    return Decision(**{**told, **days, "detail": MappingProxyType(dict(told["detail"]))})


def history_frame(history: Sequence[Decision]) -> pd.DataFrame:
    """The log as a table: number, on, recorded, who, action, case, what (in words), reason."""
    return pd.DataFrame(
        [
            (d.number, d.on, d.recorded or d.on, d.who, d.action, d.case, _in_words(d), d.reason)
            for d in history
        ],
        columns=["number", "on", "recorded", "who", "action", "case", "what", "reason"],
    )


def _changed_extract(told: Mapping[str, Any]) -> str:
    """Both files' digests, where a case was replaced from another file than that of the draw."""
    files = told.get("extract")
    return f"; the extract of the draw {files['of_draw']}, the one read {files['read_now']}" if files else ""


def _in_words(decision: Decision) -> str:
    """What was decided, beyond the kind of decision."""
    told = decision.detail
    match decision.action:
        case "drawn":
            return f"{len(told.get('cases', ())):,} cases"
        case "permission":
            written = ", in writing" if told.get("in_writing") else ""
            return f"{told.get('of', 'person')}: {told.get('status', '')}{written}"
        case "replaced" if told.get("by") is None:
            return "nobody was left to come" + _changed_extract(told)
        case "replaced":
            return _who_came(told) + _changed_extract(told)
        case "selected":
            return f"{len(told['tracked'])} tracked, {len(told['reserve'])} in reserve"
        case "released":
            return f"version {told.get('version', 1)}"
        case "done":
            return str(told["step"])
    return ""


def _who_came(told: Mapping[str, Any]) -> str:
    """Who came in a place, and by which rule."""
    came = f"{told['by']['reference']} came, listed as {told['by']['listed_as']}"
    if "step" not in told:
        return came
    return (
        f"{came}, drawn among {told['could_come']:,} who hold the code, on step {told['step']} of the ladder"
    )


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
                advice="Two releases with different rules can be laid beside each other. Release it as before, with the "
                "version of casetrack that made the first, or draw a new list.",
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
