"""Whether a council is ready for the letter: the checks together, as a table, a page, a workbook and a worklist."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from casetrack.checks.looked import look
from casetrack.checks.page import page_html
from casetrack.checks.thirteen import CHECKS, Check
from casetrack.checks.waiting import teams_of
from casetrack.checks.workbook import workbook_bytes
from casetrack.dates import for_people, months_before
from casetrack.extract import Extract
from casetrack.files import write_file
from casetrack.pool.cohorts import Overrides
from casetrack.pool.hold_back import HoldBack
from casetrack.stages import checked
from casetrack.tables import csv_table, html_table
from casetrack.threads import one_thread


@checked
@dataclass(frozen=True, repr=False)
class Readiness:
    """What thirteen checks of a council's records found. It names nobody, except in ``to_mend``.

    Parameters
    ----------
    checks
        The checks in order.
    as_at
        The date that the rules were read on.
    size
        Places on the list.
    trend
        ``check``, ``before``, ``now`` and the figures, when last month's extract was given; else None.
    to_mend
        ``person_id``, ``team``, ``check``, ``what``: whose records have to be mended. For the council alone.
    """

    checks: tuple[Check, ...]
    as_at: dt.date
    size: int
    trend: pd.DataFrame | None
    to_mend: pd.DataFrame = field(repr=False)

    def __getitem__(self, name: str) -> Check:
        """The check of a name."""
        return {check.name: check for check in self.checks}[name]

    @property
    def state(self) -> str:
        """``act`` when any check says so, else ``look`` when any does, else ``ready``."""
        states = {check.state for check in self.checks}
        return next(state for state in ("act", "look", "ready") if state in states or state == "ready")

    def to_frame(self) -> pd.DataFrame:
        """One row per check: check, figure, threshold, state, advice."""
        return pd.DataFrame(
            [(c.title, c.figure, c.threshold, c.state, c.advice) for c in self.checks],
            columns=["check", "figure", "threshold", "state", "advice"],
        )

    def in_words(self) -> str:
        """The verdict in a sentence."""
        counts = {s: sum(check.state == s for check in self.checks) for s in ("act", "look", "ready")}
        return (
            f"Readiness for a list of {self.size:,} as at {for_people(self.as_at)}: {counts['act']} to act on, "
            f"{counts['look']} to look at, {counts['ready']} ready."
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything but who it is about, as plain values."""
        return {
            "as_at": self.as_at.isoformat(),
            "size": self.size,
            "state": self.state,
            "checks": [_plain(check) for check in self.checks],
            "trend": [] if self.trend is None else self.trend.to_dict("records"),
        }

    def to_excel(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write a workbook: a page for the director, and one sheet per check for the team.

        Parameters
        ----------
        path
            Where, for example ``readiness.xlsx``.
        force
            Replace a file that is already there.
        """
        return write_file(
            path, workbook_bytes(self.in_words(), self.checks, self.trend, self.as_at), force=force
        )

    def to_html(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write one page that works offline.

        Parameters
        ----------
        path
            Where, for example ``readiness.html``.
        force
            Replace a file that is already there.
        """
        return write_file(path, page_html(self.in_words(), self.checks, self.trend), force=force)

    def write_people(self, path: str | os.PathLike[str], *, force: bool = False) -> Path:
        """Write whose records have to be mended as CSV. It holds local ids and must not leave the council.

        Parameters
        ----------
        path
            Where.
        force
            Replace a file that is already there.
        """
        return write_file(path, csv_table(self.to_mend), force=force)

    def __str__(self) -> str:
        return self.in_words()

    def __repr__(self) -> str:
        return f"Readiness({self.in_words()})"

    def _repr_html_(self) -> str:
        return html_table(self.to_frame(), self.in_words())


def _plain(check: Check) -> dict[str, Any]:
    detail = check.detail.astype(object).where(check.detail.notna(), None)
    rows = [
        {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in row.items()}
        for row in detail.to_dict("records")
    ]
    told = ("name", "title", "figure", "threshold", "state", "advice")
    return {**{field: getattr(check, field) for field in told}, "detail": rows}


@checked
@one_thread
def readiness(
    extract: Extract,
    as_at: dt.date | str | None = None,
    size: int = 50,
    *,
    hold_back: HoldBack = None,
    overrides: Overrides = None,
    before: Extract | None = None,
) -> Readiness:
    """Check months before the letter what would go wrong with the list.

    Parameters
    ----------
    extract
        What ``read_extract`` gave; hand over 24 months of events.
    as_at
        The date that the rules are read on; by default the Reporting Period End Date, when the file has just one.
    size
        Places on the list.
    hold_back, overrides
        As for ``find_eligible`` and ``code_cohorts``.
    before
        Last month's extract, for the trend: read on its own Reporting Period End Date, or a month before ``as_at``, and
        without the hold-back list and the overrides, which are of today.

    Returns
    -------
    Readiness
        Nothing of it is kept, and nobody is named but in ``to_mend``.

    Raises
    ------
    EligibilityError
        As ``find_eligible``.

    Notes
    -----
    ``domain.md``, second edition, section 8. The same rules as for a list; the list that would be drawn today is
    thrown away and everyone's chance alone is looked at.

    Examples
    --------
    >>> from casetrack.extract import read_extract
    >>> from casetrack.synthetic import make_council
    >>> found = readiness(read_extract(make_council(people=400, seed=3).extract), "2026-03-31", size=20)
    >>> len(found.checks), found["file_reach"].threshold
    (13, 'act under 24 months')
    """
    seen = look(extract, as_at, size, hold_back, overrides)
    checks = tuple(check(seen) for check in CHECKS)
    return Readiness(
        checks=checks,
        as_at=seen.coded.as_at,
        size=size,
        trend=None if before is None else _trend(checks, before, seen.coded.as_at, size),
        to_mend=_to_mend(checks, seen.coded.pool.extract),
    )


def _trend(checks: tuple[Check, ...], before: Extract, as_at: dt.date, size: int) -> pd.DataFrame:
    """Each check beside last month's."""
    day = before.period_ends[0] if len(before.period_ends) == 1 else months_before(as_at, 1)
    seen = look(before, day, size, None, None)
    earlier = {check.name: check for check in (one(seen) for one in CHECKS)}
    return pd.DataFrame(
        [(c.title, earlier[c.name].state, c.state, earlier[c.name].figure, c.figure) for c in checks],
        columns=["check", "before", "now", "figure_before", "figure_now"],
    )


def _to_mend(checks: tuple[Check, ...], extract: Extract) -> pd.DataFrame:
    """Everyone whose record a check is about, with the team where the extract has one, by team."""
    listed = [check.who.assign(check=check.title) for check in checks if len(check.who)]
    table = (
        pd.concat(listed, ignore_index=True)
        if listed
        else pd.DataFrame(columns=["person_id", "what", "check"])
    )
    teams = teams_of(extract)
    table["team"] = [teams.get(person, "") for person in table["person_id"]]
    table["person_id"] = table["person_id"].astype(str).str.removeprefix("NHS ")
    return table.sort_values(["team", "check", "person_id", "what"], kind="stable", ignore_index=True)[
        ["person_id", "team", "check", "what"]
    ]
