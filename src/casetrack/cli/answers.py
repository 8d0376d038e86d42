"""What each command answers with ``--json``: one object in ASCII, with the fields below and no others.

Lists of rows are tables, a row an object; days are ``2026-04-20``. None of them names a person but `Revealed`.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field

from casetrack.version import __version__

if TYPE_CHECKING:
    import pandas as pd


Rows = list[dict[str, Any]]


class Answer(BaseModel):
    """What every answer has."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    command: str = Field(default="", description="Which command answers.")
    casetrack: str = Field(default=__version__, description="The version that answers.")

    def as_json(self) -> str:
        """One line of JSON in ASCII, so that it is the same on every console and in every pipe."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=True, allow_nan=False)


class Checked(Answer):
    """casetrack check."""

    rows: int = Field(description="Rows read.")
    duplicates: int = Field(description="Rows that repeat another.")
    set_aside: int = Field(description="Rows not used.")
    people: int = Field(description="People in the extract.")
    outcomes: dict[str, int] = Field(description="People by what the 12-month rule says of them.")
    codes: dict[str, int] = Field(description="Eligible people by cohort code.")
    as_at: dt.date = Field(description="The day the rules are read on.")
    not_available: list[str] = Field(description="Characteristics that the extract does not have.")
    findings: Rows = Field(description="code, field, what, count, unit, severity, loses.")
    design: dict[str, Any] | None = Field(
        default=None, description="Whether a design can be met, and for whom not."
    )


class Drafted(Answer):
    """casetrack mapping and casetrack template."""

    file: str = Field(description="Where the draft is; that of a mapping holds values of the files.")


class Readied(Answer):
    """casetrack readiness."""

    as_at: dt.date = Field(description="The day the checks are made for.")
    size: int = Field(description="Number of cases.")
    state: str = Field(description="The gravest state of any check: act, look or ready.")
    checks: Rows = Field(
        description="name, title, state, figure, threshold, advice, detail; nobody is named."
    )
    trend: Rows = Field(
        description="check, before, now and their figures, where last month's extract is given."
    )


class Suggested(Answer):
    """casetrack suggest."""

    file: str = Field(description="Where the design is.")
    digest: str = Field(description="The design's fingerprint.")
    design: dict[str, Any] = Field(description="The design itself.")


class Prepared(Answer):
    """casetrack lottery."""

    file: str = Field(description="Where the lottery is, with its key sealed.")
    lottery: str = Field(description="The digest of the lottery, to be minuted.")
    key: str = Field(description="The digest of its key, to be minuted.")
    lists: int = Field(description="How many numbered lists there are.")
    dice: int = Field(description="How many ten-sided dice choose one.")
    people: int = Field(description="People who have a chance.")
    lowest: float = Field(description="The smallest chance of any of them.")
    highest: float = Field(description="The largest.")


class Drawn(Answer):
    """casetrack draw and demo."""

    cases: int = Field(description="How many are on the list.")
    listed_as: dict[str, int] = Field(description="Cases by the code they stand for.")
    chances: str = Field(description="The chances in words.")
    promise: list[str] = Field(description="What is promised of the release, in sentences.")
    may_leave: list[str] = Field(description="Files that may leave the council.")
    must_stay: list[str] = Field(description="Files that may not.")
    finished: bool = Field(description="Whether an interrupted draw was brought to its end.")


class Replaced(Answer):
    """casetrack replace."""

    left: str = Field(description="The case reference that left.")
    came: str | None = Field(description="The one that came, or null.")
    listed_as: str | None = Field(description="The code it stands for.")
    how: str = Field(description="By which rule, in words.")
    repeated: bool = Field(description="Whether it had been replaced before.")
    changed_extract: dict[str, str] = Field(description="Both digests, where the extract is another file.")
    files: list[str] = Field(description="The new return.")


class Recorded(Answer):
    """casetrack permission, select and done."""

    cases: list[str] = Field(description="Case references concerned.")
    outstanding: Rows = Field(description="What is left to do for them.")
    still_to_do: int = Field(description="What is left over the whole list.")


class Rehearsed(Answer):
    """casetrack rehearse."""

    cases: Rows = Field(description="case_reference, listed_as, codes, rehearsal.")


class Reserves(Answer):
    """casetrack reserves."""

    reserves: Rows = Field(
        description="case_reference, place, step, in_line, could_come, chance; nobody is named."
    )


class Packed(Answer):
    """casetrack packs."""

    folder: str = Field(description="Where they are.")
    documents: list[str] = Field(description="The packs.")
    checklist: str = Field(description="The checklist.")
    records: dict[str, int] = Field(description="Records by status.")
    to_look_at: list[str] = Field(description="Accessibility, and packs of cases no longer selected.")


class Listed(Answer):
    """casetrack worklist."""

    file: str = Field(description="The workbook. It is identifiable.")
    teams: dict[str, int] = Field(description="Cases by team.")


class Standing(Answer):
    """casetrack status."""

    folder: str = Field(description="The folder's identity.")
    sentences: list[str] = Field(description="Where the list stands.")
    cases: Rows = Field(description="The cases asked for, or none.")
    outstanding: Rows = Field(description="What is to do about permission.")
    steps: Rows = Field(description="code, step, due, standing.")
    files: Rows = Field(description="file, what, in_words: what is wrong with the files of the folder.")


class Verified(Answer):
    """casetrack verify."""

    holds: bool = Field(description="Whether nothing is wrong.")
    checked: list[str] = Field(description="What was looked at.")
    problems: list[str] = Field(description="What is wrong with the list.")
    files: Rows = Field(description="file, what, in_words.")


class Exported(Answer):
    """casetrack export."""

    written: list[str] = Field(description="Files made again.")
    left: Rows = Field(description="Files that are still not as made: file, what, in_words.")


class Log(Answer):
    """casetrack log."""

    decisions: Rows = Field(description="number, on, recorded, who, action, case, what, reason.")
    draws: Rows = Field(description="Every draw made into the folder.")
    lookup: Rows = Field(
        description="Every use of the lookup: number, when, action, cases, references, reason."
    )


class Dates(Answer):
    """casetrack timetable."""

    steps: Rows = Field(description="step, who, due, weekday, rule, note.")
    files: list[str] = Field(description="Calendars written.")


class Revealed(Answer):
    """casetrack reveal. It names people."""

    people: Rows = Field(description="case_reference, person_id and what else was sealed.")


class Destroyed(Answer):
    """casetrack destroy."""

    certificate: dict[str, Any] = Field(description="The certificate.")
    identifying: list[str] = Field(description="Files in the folder that still identify people.")
    removed: list[str] = Field(description="Files removed on request.")


class Changed(Answer):
    """casetrack passphrase."""

    second: bool = Field(description="Whether the second passphrase was set.")


class Replayed(Answer):
    """casetrack replay."""

    same: bool = Field(description="Whether every step agreed.")
    difference: str = Field(description="The first that did not.")
    steps: Rows = Field(description="step, same.")


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
