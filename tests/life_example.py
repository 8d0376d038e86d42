"""An invented council for the tests of a list's life: small, drawn once, and never changed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from casetrack.cases.case_list import CaseList, draw
from casetrack.designs.design import Design
from casetrack.extract import read_extract
from casetrack.lookup.lookup import Lookup
from casetrack.lookup.sealing import Cost
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.runs.folders import RunFolder, open_for, set_passphrase
from casetrack.synthetic import make_council

AS_AT = "2026-03-31"
SEED = "Northshire, 2 April 2026"
#: The key of every lottery in the tests, see conftest.
KEY = bytes(range(32))
PASSPHRASE = "copper lantern thursday oak"
_ROWS: dict[str, dict[str, dict[str, Any]]] = {}


@functools.cache
def council(people: int = 400, seed: int = 5, flaws: tuple[str, ...] = ()) -> Any:
    return make_council(people=people, seed=seed, flaws=flaws)


@functools.cache
def coded(people: int = 400, seed: int = 5) -> CodedPool:
    made = council(people, seed)
    return code_cohorts(find_eligible(read_extract(made.extract, people=made.extras), AS_AT))


@functools.cache
def design(people: int = 400, seed: int = 5) -> Design:
    return Design.suggest(coded(people, seed))


@functools.cache
def drawn(people: int = 400, seed: int = 5) -> CaseList:
    return draw(coded(people, seed), design(people, seed), SEED, on="2026-04-02", reference_seed="tests")


@functools.cache
def with_somebody_to_come(reference_seed: str) -> tuple[str, ...]:
    """The references whose place somebody could take, in the order of the list that the seed draws."""
    cases = draw(coded(), design(), SEED, on="2026-04-02", reference_seed=reference_seed)
    table = cases.reserves(1)
    able = set(table.loc[table["place"] == 1, "case_reference"])
    return tuple(reference for reference in cases.references if reference in able)


def on_disk(folder: Path, people: int = 400, seed: int = 5, flaws: tuple[str, ...] = ()) -> Path:
    """The council's two files and a passphrase file in a folder."""
    council(people, seed, flaws).to_csv(folder)
    (folder / "passphrase.txt").write_text(PASSPHRASE + "\n", encoding="utf-8")
    return folder


def cheap(folder: Path) -> Path:
    """The folder with a cheap passphrase computation: it is asked for again and again."""
    set_passphrase(RunFolder.open(folder), PASSPHRASE, PASSPHRASE, second=False, _cost=Cost(n=2))
    return folder


def held(folder: Path, passphrase: str = PASSPHRASE) -> Lookup:
    """Who is who in a folder."""
    return open_for(RunFolder.open(folder), passphrase, reason="a test").use.whole


def broken_quotas(plan: Design, pool: CodedPool, listed: list[str]) -> list[str]:
    """Quotas and limits that a list does not keep, counted person by person."""
    if pool.digest not in _ROWS:
        _ROWS[pool.digest] = pool.people.to_dict("index")
    rows = [_ROWS[pool.digest][p] for p in listed]
    broken = []

    def count(feature: str, value: str) -> int:
        if feature in pool.code_names:
            return sum(bool(row[feature]) is (value == "yes") for row in rows)
        return sum(row[feature] == value for row in rows)

    wanted = {(code, "yes"): quota for code, quota in plan.codes.items()}
    for name, levels in plan.characteristics.items():
        wanted |= {(name, level): quota for level, quota in levels.items()}
    for (feature, value), quota in wanted.items():
        have = count(feature, value)
        if have < quota.min or (quota.max is not None and have > quota.max):
            broken.append(f"{feature} {value}: {have}")
    for column, most in plan.at_most.items():
        if column in pool.people:
            values = [row[column] for row in rows if row[column]]
            if any(values.count(v) > most for v in set(values)):
                broken.append(f"at most {most} of one {column}")
    return broken
