"""Hold casetrack against the oracle, person by person."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd

import oracle
from casetrack.extract import read_extract
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible

__all__ = ["coded_of", "differences"]


def coded_of(rows: pd.DataFrame, as_at: dt.date, **rule: Any) -> CodedPool:
    return code_cohorts(find_eligible(read_extract(rows), as_at=as_at, **rule))


def differences(rows: pd.DataFrame, as_at: dt.date, **rule: Any) -> list[str]:
    """Everything that casetrack and the oracle say differently about these rows; nothing when they agree."""
    coded = coded_of(rows, as_at, **rule)
    answer = oracle.oracle(oracle.read_rows(rows.to_dict("records")), as_at, **rule)
    extract, outcomes = coded.pool.extract, coded.pool.outcomes()
    name_of = {
        p: "N" + p.removeprefix("NHS ") if alone else p for p, alone in extract.people["nhs_only"].items()
    }
    found = []
    account = extract.account
    ours = (account.read, account.duplicates, sum(account.set_aside.values()), len(extract.people))
    theirs = tuple(answer[name] for name in ("rows", "duplicates", "set_aside", "people"))
    if ours != theirs:
        found.append(f"account: {ours} is {theirs}")
    if set(name_of.values()) != set(answer["persons"]):
        return [*found, "people differ"]
    for person, name in name_of.items():
        expected = answer["persons"][name]
        if outcomes[person] != expected["outcome"]:
            found.append(f"{person}: {outcomes[person]} is {expected['outcome']}")
        elif person in coded.people.index:
            found += _details(coded, person, expected)
    return found


def _details(coded: CodedPool, person: str, expected: dict[str, Any]) -> list[str]:
    row = coded.people.loc[person]
    codes = [c for c in coded.code_names if row[c]]
    found = [] if codes == expected["codes"] else [f"{person}: {codes} is {expected['codes']}"]
    for name, level in expected["characteristics"].items():
        # What the extract has no column for is not available here, and Not recorded to the oracle.
        ours = row[name] if name in coded.characteristic_names else "Not recorded"
        if oracle.fold(ours) != oracle.fold(level):
            found.append(f"{person}: {name} {ours!r} is {level!r}")
    return found
