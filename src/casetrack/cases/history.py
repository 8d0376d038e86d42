"""Decisions on record: an append-only log in which every line carries the digest of the line before it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pandas as pd

from casetrack.dates import for_people
from casetrack.errors import HistoryError

__all__ = ["Decision", "append", "canonical", "from_list", "history_frame", "to_list", "verify"]

#: What can be decided about a list, in the order of its life.
_START = "0" * 64


@dataclass(frozen=True)
class Decision:
    """One line of the log.

    Parameters
    ----------
    number
        Place in the log, from 1.
    on
        The day of the decision.
    who
        A role, not a name: ``analyst``, ``team manager``.
    action
        drawn, replaced, permission, selected, moved up, released or closed.
    case
        The case reference that it is about; empty for the whole list.
    reason
        Why, in words that name nobody.
    detail
        What else belongs to it; never an identifier.
    previous, digest
        SHA-256 of the line before, and of this one.
    """

    number: int
    on: dt.date
    who: str
    action: str
    case: str = ""
    reason: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    previous: str = _START
    digest: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON stores it."""
        return {
            "number": self.number,
            "on": self.on.isoformat(),
            "who": self.who,
            "action": self.action,
            "case": self.case,
            "reason": self.reason,
            "detail": dict(self.detail),
            "previous": self.previous,
            "digest": self.digest,
        }


def canonical(value: Any) -> str:
    """JSON in the one form that digests are taken of: sorted keys, no spaces, characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _digest(line: Decision) -> str:
    content = {k: v for k, v in line.to_dict().items() if k != "digest"}
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def append(
    history: Sequence[Decision],
    action: str,
    *,
    on: dt.date,
    who: str,
    case: str = "",
    reason: str = "",
    detail: Mapping[str, Any] | None = None,
) -> tuple[Decision, ...]:
    """The history with one more decision.

    Parameters
    ----------
    history
        What was decided before.
    action, on, who, case, reason, detail
        As in `Decision`.

    Raises
    ------
    HistoryError
        ``date-goes-back`` when the decision is dated before the last one, ``list-closed`` after the end.
    """
    if history and on < history[-1].on:
        raise HistoryError.of(
            "date-goes-back",
            f"the decision is dated {for_people(on)}, before the last one on record ({for_people(history[-1].on)}).",
            advice="Decisions are kept in the order of their dates; use the day on which this one is recorded.",
        )
    if history and history[-1].action == "closed":
        raise HistoryError.of(
            "list-closed", "the list is closed; nothing more can be decided.", advice="Draw a new list."
        )
    # Through JSON and back, so that what is hashed now is what is read later.
    plain = json.loads(canonical(dict(detail or {})))
    previous = history[-1].digest if history else _START
    line = Decision(len(history) + 1, on, who, action, case, reason, MappingProxyType(plain), previous)
    return (*history, Decision(**{**line.__dict__, "digest": _digest(line)}))


def verify(history: Sequence[Decision]) -> None:
    """Check that no line was changed, dropped, added or moved.

    Raises
    ------
    HistoryError
        ``log-changed``, naming the first line that does not fit.
    """
    previous = _START
    for number, line in enumerate(history, start=1):
        if line.number != number or line.previous != previous or line.digest != _digest(line):
            raise HistoryError.of(
                "log-changed",
                f"line {number} of the log is not as it was written.",
                advice="Go back to an untouched copy of the file; do not mend it by hand.",
            )
        previous = line.digest


def to_list(history: Sequence[Decision]) -> list[dict[str, Any]]:
    """The history as JSON stores it."""
    return [line.to_dict() for line in history]


def from_list(lines: Sequence[Mapping[str, Any]]) -> tuple[Decision, ...]:
    """The history from JSON, checked.

    Raises
    ------
    HistoryError
        ``log-unreadable`` or ``log-changed``.
    """
    try:
        history = tuple(
            Decision(
                **{
                    **line,
                    "on": dt.date.fromisoformat(line["on"]),
                    "detail": MappingProxyType(dict(line["detail"])),
                }
            )
            for line in lines
        )
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


def history_frame(history: Sequence[Decision]) -> pd.DataFrame:
    """The log as a table: number, on, who, action, case, reason."""
    return pd.DataFrame(
        [(d.number, d.on, d.who, d.action, d.case, d.reason) for d in history],
        columns=["number", "on", "who", "action", "case", "reason"],
    )
