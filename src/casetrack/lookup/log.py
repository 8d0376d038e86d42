"""The log of every use of a lookup: one JSON line each, chained by hashes, signed under the lookup's own key.

A line holds when, what was done, which case references, why, the hash of the line before, a signature
(``mac``) and its own hash. It never holds who a reference stands for. Without the passphrase the chain shows
whether a line was edited, removed or exchanged; with it the signatures show whether the lines were written
by somebody who could open the lookup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from pathlib import Path
from typing import Annotated

import pandas as pd
from pydantic import StringConstraints

from casetrack.chain import Chain, canonical
from casetrack.errors import CasetrackError, LookupFileError
from casetrack.lookup.sealing import LogState, Part
from casetrack.small_files import read_small

_CHAIN = Chain(digest="hash", start="", ascii_only=True)
_COLUMNS = ["number", "when", "action", "cases", "references", "reason"]


class LogLine(Part):
    """One use of a lookup."""

    number: int
    lookup: str  # the lookup's random number, so that a line cannot stand in another's log
    when: str  # date and time in UTC
    #: "sealed", "revealed", "opened", "extended", "passphrase changed", "log restarted" or "destroyed".
    action: str
    cases: int
    references: tuple[str, ...]
    reason: str
    previous: str = ""  # SHA-256 of the line before (empty for the first) and of this one, signature included
    #: HMAC-SHA256 under a key that only the passphrase opens; empty when a lookup was destroyed without it.
    mac: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?\Z")] = ""
    hash: str = ""

    def spelled(self, *leave_out: str) -> bytes:
        """The line as it stands in the file, without its line end."""
        return canonical(self.model_dump(exclude=set(leave_out)), ascii_only=True).encode("ascii")

    def signature(self, key: bytes) -> str:
        """What ``mac`` must be under the lookup's key."""
        return hmac.new(key, self.spelled("mac", "hash"), hashlib.sha256).hexdigest()


def log_path(path: Path) -> Path:
    """Where the log of a lookup is: beside it, ``<name>.log``."""
    return path.with_name(path.name + ".log")


def read_log(path: Path) -> tuple[LogLine, ...]:
    """The log of the lookup at ``path``, its chain checked from the first line to the last."""
    try:
        content = read_small(log_path(path))
    except FileNotFoundError:
        raise LookupFileError.of(
            "log-missing", "the log of this lookup is missing.", where=str(log_path(path)), advice=_ADVICE
        ) from None
    except OSError as error:
        raise LookupFileError.of(
            "log-unreadable", f"the log cannot be read: {error.strerror}.", where=str(log_path(path))
        ) from None
    return parsed_log(content, path)


def parsed_log(content: bytes, path: Path) -> tuple[LogLine, ...]:
    """The lines of a log, its chain checked from the first to the last."""
    if not content.endswith(b"\n"):
        raise _changed(path, content.count(b"\n") + 1)
    lines: list[LogLine] = []
    for text in content.split(b"\n")[:-1]:
        try:
            lines.append(LogLine.model_validate_json(text))
        except ValueError:
            raise _changed(path, len(lines) + 1) from None
        if lines[-1].spelled() != text:
            raise _changed(path, len(lines))
    broken = _CHAIN.first_broken([line.model_dump() for line in lines])
    if broken is not None:
        raise _changed(path, broken)
    return tuple(lines)


def add_line(
    lines: tuple[LogLine, ...],
    key: bytes | None,
    *,
    lookup: str,
    when: dt.datetime,
    action: str,
    references: tuple[str, ...] = (),
    cases: int | None = None,
    reason: str = "",
) -> tuple[LogLine, ...]:
    """The log with one line more, signed when there is a key."""
    line = LogLine(
        number=len(lines) + 1,
        lookup=lookup,
        when=utc(when),
        action=action,
        cases=len(references) if cases is None else cases,
        references=references,
        reason=reason,
        previous=_CHAIN.after(lines[-1].model_dump() if lines else None),
    )
    if key is not None:
        line = line.model_copy(update={"mac": line.signature(key)})
    return (*lines, line.model_copy(update={"hash": _CHAIN.digest_of(line.model_dump())}))


def log_bytes(lines: tuple[LogLine, ...]) -> bytes:
    """The log as a file."""
    return b"".join(line.spelled() + b"\n" for line in lines)


def log_state(lines: tuple[LogLine, ...]) -> LogState:
    """What the lookup's header remembers of a log."""
    return LogState(lines=len(lines), head=lines[-1].hash if lines else "")


def check_against(lines: tuple[LogLine, ...], state: LogState, path: Path) -> None:
    """Check that a log is this lookup's and holds at least what its header remembers.

    More lines than the header remembers are well: a use that was interrupted before it revealed anything.
    """
    if len(lines) < state.lines:
        raise LookupFileError.of(
            "log-shortened",
            f"the lookup was used {state.lines - len(lines)} more times than its log shows; lines were removed from "
            "its end, or it comes from an older copy.",
            where=str(log_path(path)),
            advice=_ADVICE,
        )
    if state.lines and lines[state.lines - 1].hash != state.head:
        raise _changed(path, state.lines)
    if any(line.action == "destroyed" for line in lines[state.lines :]):
        raise LookupFileError.of(
            "destruction-begun",
            "the log says that this lookup was to be destroyed, but the file is still there.",
            where=str(path),
            advice="Destroy it again. If that was a mistake, restart the log, which needs the passphrase.",
        )


def check_signatures(lines: tuple[LogLine, ...], key: bytes, path: Path) -> None:
    """Check that whoever wrote each line could open the lookup."""
    for line in lines:
        if not hmac.compare_digest(line.mac, line.signature(key)):
            raise LookupFileError.of(
                "log-forged",
                f"line {line.number} of the log was not written with this lookup's passphrase.",
                where=str(log_path(path)),
                advice=_ADVICE,
            )


def log_frame(lines: tuple[LogLine, ...]) -> pd.DataFrame:
    """One row per use: number, when, action, cases, references (joined by ``, ``), reason."""
    rows = [
        [line.number, line.when, line.action, line.cases, ", ".join(line.references), line.reason]
        for line in lines
    ]
    return pd.DataFrame(rows, columns=_COLUMNS)


def utc(when: dt.datetime) -> str:
    """A moment as text, in UTC, to the second; a time without a zone is the machine's own."""
    return when.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_ADVICE = (
    "Look for the log in the council's backup and put it back. If it is lost, restart the log, which puts "
    "the loss on record."
)


def _changed(path: Path, number: int) -> CasetrackError:
    return LookupFileError.of(
        "log-changed",
        f"the log was changed: line {number} does not fit what was written.",
        where=str(log_path(path)),
        advice=_ADVICE,
    )
