"""What each command answers with ``--json``: one object in ASCII, with the fields below and no others.

Lists of rows are tables, a row an object; days are ``2026-04-20``. None of them names a person but `Revealed`.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, dataclass_transform

from casetrack.version import __version__

if TYPE_CHECKING:
    import pandas as pd


Rows = list[dict[str, Any]]


def told(description: str, **more: Any) -> Any:
    """A field, with what it holds in words."""
    return field(metadata={"description": description}, **more)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(told,))
@dataclass(frozen=True, kw_only=True)
class Answer:
    """What every answer has."""

    command: str = told("Which command answers.", default="")
    casetrack: str = told("The version that answers.", default=__version__)

    def __init_subclass__(cls) -> None:
        # Not pydantic's models, which would cost every command, and its help, a fifth of a second.
        dataclass(frozen=True, kw_only=True)(cls)

    def as_json(self) -> str:
        """One line of JSON in ASCII, so that it is the same on every console and in every pipe."""
        return json.dumps(vars(self), ensure_ascii=True, allow_nan=False, default=_plain)


class Checked(Answer):
    """casetrack check."""

    rows: int = told("Rows read.")
    duplicates: int = told("Rows that repeat another.")
    set_aside: int = told("Rows not used.")
    people: int = told("People in the extract.")
    outcomes: dict[str, int] = told("People by what the 12-month rule says of them.")
    codes: dict[str, int] = told("Eligible people by cohort code.")
    as_at: dt.date = told("The day the rules are read on.")
    not_available: list[str] = told("Characteristics that the extract does not have.")
    findings: Rows = told("code, field, what, count, unit, severity, loses.")
    design: dict[str, Any] | None = told("Whether a design can be met, and for whom not.", default=None)


class Drafted(Answer):
    """casetrack mapping and casetrack template."""

    file: str = told("Where the draft is; that of a mapping holds values of the files.")


class Readied(Answer):
    """casetrack readiness."""

    as_at: dt.date = told("The day the checks are made for.")
    size: int = told("Number of cases.")
    state: str = told("The gravest state of any check: act, look or ready.")
    checks: Rows = told("name, title, state, figure, threshold, advice, detail; nobody is named.")
    trend: Rows = told("check, before, now and their figures, where last month's extract is given.")


class Suggested(Answer):
    """casetrack suggest."""

    file: str = told("Where the design is.")
    digest: str = told("The design's fingerprint.")
    design: dict[str, Any] = told("The design itself.")


class Prepared(Answer):
    """casetrack lottery."""

    file: str = told("Where the lottery is, with its key sealed.")
    lottery: str = told("The digest of the lottery, to be minuted.")
    key: str = told("The digest of its key, to be minuted.")
    lists: int = told("How many numbered lists there are.")
    dice: int = told("How many ten-sided dice choose one.")
    people: int = told("People who have a chance.")
    lowest: float = told("The smallest chance of any of them.")
    highest: float = told("The largest.")


class Drawn(Answer):
    """casetrack draw and demo."""

    cases: int = told("How many are on the list.")
    listed_as: dict[str, int] = told("Cases by the code they stand for.")
    chances: str = told("The chances in words.")
    promise: list[str] = told("What is promised of the release, in sentences.")
    may_leave: list[str] = told("Files that may leave the council.")
    must_stay: list[str] = told("Files that may not.")
    finished: bool = told("Whether an interrupted draw was brought to its end.")


class Replaced(Answer):
    """casetrack replace."""

    left: str = told("The case reference that left.")
    came: str | None = told("The one that came, or null.")
    listed_as: str | None = told("The code it stands for.")
    how: str = told("By which rule, in words.")
    repeated: bool = told("Whether it had been replaced before.")
    changed_extract: dict[str, str] = told("Both digests, where the extract is another file.")
    files: list[str] = told("The new return.")


class Recorded(Answer):
    """casetrack permission, select and done."""

    cases: list[str] = told("Case references concerned.")
    outstanding: Rows = told("What is left to do for them.")
    still_to_do: int = told("What is left over the whole list.")


class Rehearsed(Answer):
    """casetrack rehearse."""

    cases: Rows = told("case_reference, listed_as, codes, rehearsal.")


class Reserves(Answer):
    """casetrack reserves."""

    reserves: Rows = told("case_reference, place, step, in_line, could_come, chance; nobody is named.")


class Packed(Answer):
    """casetrack packs."""

    folder: str = told("Where they are.")
    documents: list[str] = told("The packs.")
    checklist: str = told("The checklist.")
    records: dict[str, int] = told("Records by status.")
    to_look_at: list[str] = told("Accessibility, and packs of cases no longer selected.")


class Listed(Answer):
    """casetrack worklist."""

    file: str = told("The workbook. It is identifiable.")
    teams: dict[str, int] = told("Cases by team.")


class Standing(Answer):
    """casetrack status."""

    folder: str = told("The folder's identity.")
    sentences: list[str] = told("Where the list stands.")
    cases: Rows = told("The cases asked for, or none.")
    outstanding: Rows = told("What is to do about permission.")
    steps: Rows = told("code, step, due, standing.")
    files: Rows = told("file, what, in_words: what is wrong with the files of the folder.")


class Verified(Answer):
    """casetrack verify."""

    holds: bool = told("Whether nothing is wrong.")
    checked: list[str] = told("What was looked at.")
    problems: list[str] = told("What is wrong with the list.")
    files: Rows = told("file, what, in_words.")


class Exported(Answer):
    """casetrack export."""

    written: list[str] = told("Files made again.")
    left: Rows = told("Files that are still not as made: file, what, in_words.")


class Log(Answer):
    """casetrack log."""

    decisions: Rows = told("number, on, recorded, who, action, case, what, reason.")
    draws: Rows = told("Every draw made into the folder.")
    lookup: Rows = told("Every use of the lookup: number, when, action, cases, references, reason.")


class Dates(Answer):
    """casetrack timetable."""

    steps: Rows = told("step, who, due, weekday, rule, note.")
    files: list[str] = told("Calendars written.")


class Revealed(Answer):
    """casetrack reveal. It names people."""

    people: Rows = told("case_reference, person_id and what else was sealed.")


class Destroyed(Answer):
    """casetrack destroy."""

    certificate: dict[str, Any] = told("The certificate.")
    identifying: list[str] = told("Files in the folder that still identify people.")
    removed: list[str] = told("Files removed on request.")


class Changed(Answer):
    """casetrack passphrase."""

    second: bool = told("Whether the second passphrase was set.")


class Replayed(Answer):
    """casetrack replay."""

    same: bool = told("Whether every step agreed.")
    difference: str = told("The first that did not.")
    steps: Rows = told("step, same.")


class Version(Answer):
    """casetrack version."""


#: Command to what it answers.
ANSWERS: dict[str, type[Answer]] = {
    "check": Checked,
    "mapping": Drafted,
    "template": Drafted,
    "readiness": Readied,
    "suggest": Suggested,
    "lottery": Prepared,
    "draw": Drawn,
    "demo": Drawn,
    "status": Standing,
    "permission": Recorded,
    "replace": Replaced,
    "reserves": Reserves,
    "select": Recorded,
    "rehearse": Rehearsed,
    "done": Recorded,
    "packs": Packed,
    "worklist": Listed,
    "timetable": Dates,
    "log": Log,
    "verify": Verified,
    "export": Exported,
    "reveal": Revealed,
    "passphrase": Changed,
    "destroy": Destroyed,
    "replay": Replayed,
    "version": Version,
}


def rows(frame: pd.DataFrame | None) -> Rows:
    """A table as JSON has it; what is missing is null."""
    if frame is None:
        return []
    named = frame.reset_index() if frame.index.name else frame
    return [{str(k): _plain(v) for k, v in row.items()} for row in named.to_dict("records")]


def _plain(value: Any) -> Any:
    import pandas as pd  # Only where there is a table: the help comes without it.

    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    if isinstance(value, dt.date):
        return value.isoformat()[: len("2026-04-20")]
    return value.item() if hasattr(value, "item") else value
