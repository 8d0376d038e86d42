"""What the checks look at: the pool today and in the months to come, the list as it would be today, and who waits."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from casetrack.cases.case_list import draw
from casetrack.checks.waiting import long_term_unreviewed, waiting_now
from casetrack.dates import months_before
from casetrack.designs.design import Design
from casetrack.errors import CasetrackError
from casetrack.extract import Extract
from casetrack.findings import Finding
from casetrack.pool.cohorts import CodedPool, Overrides, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.hold_back import HoldBack, held_back
from casetrack.release.release import pseudonymise

#: A key that anybody may know, for a list that is thrown away.
_KEY = hashlib.sha256(b"readiness").digest()
#: Months from now for which the codes are counted again.
AHEAD = (1, 3, 6)


@dataclass(frozen=True, repr=False)
class Today:
    """What the list would look like if it were drawn today.

    ``lowered`` are codes for which the suggestion can ask no place; ``groups`` have ``group``, ``level``, ``people`` who
    can be drawn and ``expected`` places; ``alone`` are cohorts that a release would show by their code alone.
    """

    works: bool
    lowered: Mapping[str, int]
    groups: pd.DataFrame
    without_chance: int
    alone: tuple[str, ...]
    why_not: str = ""


@dataclass(frozen=True, repr=False)
class Looked:
    """Everything that the checks read."""

    coded: CodedPool
    later: Mapping[int, CodedPool]
    today: Today
    waiting: pd.DataFrame
    long_term: pd.DataFrame
    size: int
    held_back: int

    @property
    def extract(self) -> Extract:
        """The extract looked at."""
        return self.coded.pool.extract

    def findings(self, *codes: str) -> list[Finding]:
        """The findings with one of these codes."""
        return [finding for finding in self.coded.findings if finding.code in codes]

    def count(self, *codes: str) -> int:
        """Rows or people that these findings are about."""
        return sum(finding.count for finding in self.findings(*codes))

    def people_of(self, *codes: str) -> pd.Index:
        """The people whose rows these findings name (of each finding the first thousand rows)."""
        rows = {row for finding in self.findings(*codes) for row in finding.rows}
        events = self.extract.events
        places = np.unique(events["person"].to_numpy()[events["row"].isin(rows).to_numpy()])
        return self.extract.people.index[places]


def look(
    extract: Extract, as_at: dt.date | str | None, size: int, hold_back: HoldBack, overrides: Overrides
) -> Looked:
    """Look at an extract with the rules that a draw has, today and in the months to come."""
    pool = find_eligible(extract, as_at, hold_back=hold_back)
    coded = code_cohorts(pool, overrides=overrides)
    later = {}
    for months in AHEAD:
        day = months_before(pool.as_at, -months)
        then = find_eligible(extract, day, hold_back=hold_back)
        later[months] = code_cohorts(then, overrides=overrides)
    return Looked(
        coded=coded,
        later=later,
        today=_today(coded, size),
        waiting=waiting_now(pool),
        long_term=long_term_unreviewed(pool),
        size=size,
        held_back=_lines(extract, hold_back),
    )


def _lines(extract: Extract, hold_back: HoldBack) -> int:
    """How many people the hold-back list names, found or not."""
    notes, lost = held_back(extract, hold_back)
    return sum(note is not None for note in notes) + sum(finding.count for finding in lost)


def _today(coded: CodedPool, size: int) -> Today:
    """The suggested design drawn once: who is drawn is thrown away, everyone's chance is what is looked at."""
    nobody = pd.DataFrame(columns=["group", "level", "people", "expected"])
    try:
        design = Design.suggest(coded, size=size)
        cases = draw(coded, design, seed="readiness", on=coded.as_at, key=_KEY, reference_seed="readiness")
        release = pseudonymise(cases)
    except CasetrackError as error:
        return Today(False, {}, nobody, 0, (), error.problems[0].what)
    chances = cases.chances()
    able = coded.drawable
    chance = chances.reindex(able.index).fillna(0.0).to_numpy(dtype=float)
    lowered = {code: quota.min for code, quota in design.codes.items() if not quota.min}
    return Today(
        works=True,
        lowered=lowered,
        groups=_expected(coded, able, chance),
        without_chance=int((chance <= 0).sum()),
        alone=tuple(sorted(release.rule.code_only)),
    )


def _expected(coded: CodedPool, able: pd.DataFrame, chance: np.ndarray) -> pd.DataFrame:
    """Expected places by code, by level of each characteristic and measure, and by team."""
    rows = []
    for code in coded.code_names:
        mine = able[code].to_numpy(dtype=bool)
        rows.append(("cohort_code", code, int(mine.sum()), float(chance[mine].sum())))
    teams = [name for name in ("team",) if name in able]
    for name in (*coded.characteristic_names, *coded.experience_names, *teams):
        summed = pd.DataFrame({"level": able[name].to_numpy(), "people": 1, "expected": chance})
        table = summed[summed["level"] != ""].groupby("level", sort=True, observed=True).sum()
        rows += [
            (name, str(level), int(row.people), float(row.expected))
            for level, row in zip(table.index, table.itertuples(), strict=True)
        ]
    return pd.DataFrame(rows, columns=["group", "level", "people", "expected"])
