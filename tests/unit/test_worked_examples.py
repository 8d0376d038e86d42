"""The six worked example files, person by person: accounts, outcomes, codes and conversations."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from casetrack.extract import Extract, read_extract
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from casetrack.pool.journey_facts import file_start

FOLDER = Path(__file__).parents[1] / "data" / "cld"
AS_AT = {
    "r2_example": "2026-03-31",
    "r1_example": "2026-03-31",
    "mixed_leap_example": "2024-02-29",
    "r2_joined": "2026-03-31",
    "r1_single": "2025-09-30",
    "mixed_dirty": "2024-02-29",
}


def expected(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((FOLDER / f"{name}.expected.json").read_text(encoding="utf-8"))
    return told


@cache
def extract(name: str) -> Extract:
    return read_extract(FOLDER / f"{name}.csv")


@cache
def coded(name: str) -> CodedPool:
    return code_cohorts(find_eligible(extract(name), AS_AT[name]))


def told_of(pool: CodedPool) -> dict[str, tuple[str, list[str]]]:
    """Outcome and codes by the name that the expected files give a person."""
    alone = pool.pool.extract.people["nhs_only"]
    codes = {p: [c for c in pool.code_names if pool.people.at[p, c]] for p in pool.people.index}
    return {
        ("N" + person.removeprefix("NHS ") if alone[person] else person): (outcome, codes.get(person, []))
        for person, outcome in pool.pool.outcomes().items()
    }


@pytest.mark.parametrize("name", AS_AT)
def test_the_account_of_rows_people_and_numbers(name: str) -> None:
    told, read = expected(name), extract(name)
    account = read.account
    assert account.adds_up
    assert (account.read, account.duplicates, sum(account.set_aside.values()), len(read.people)) == (
        told["rows"],
        told["duplicates"],
        told["set_aside"],
        told["people"],
    )
    assert (read.linking.mode, read.linking.placeholders) == (told["mode"], told["placeholders"])
    assert {k: v for k, v in read.linking.not_joining.items() if v} == {
        k: v for k, v in told["numbers_not_joining"].items() if v
    }


@pytest.mark.parametrize("name", AS_AT)
def test_the_outcome_and_the_codes_of_everybody(name: str) -> None:
    found = told_of(coded(name))
    assert found == {k: (p["outcome"], p["codes"]) for k, p in expected(name)["persons"].items()}


@pytest.mark.parametrize("name", AS_AT)
def test_the_journey_of_everybody(name: str) -> None:
    pool = coded(name)
    assert str(file_start(pool.pool.extract, pool.as_at)) == expected(name)["file_start"]
    alone = pool.pool.extract.people["nhs_only"]
    told = expected(name)["persons"]
    checked = 0
    for person, row in pool.people.iterrows():
        journey = told["N" + person.removeprefix("NHS ") if alone[person] else person]["journey"]
        assert {measure: str(row[measure]) for measure in journey} == journey, name
        checked += len(journey)
    assert checked == len(pool.people) * len(expected(name)["journey"])


@pytest.mark.parametrize("name", AS_AT)
def test_whom_conversations_would_let_in(name: str) -> None:
    before = told_of(coded(name))
    after = told_of(code_cohorts(find_eligible(extract(name), AS_AT[name], conversations="count")))
    more = {k for k in after if after[k][0] == "eligible" != before[k][0]}
    assert more == {k for k, p in expected(name)["persons"].items() if p["conversation"]}
    counts = [f.count for f in coded(name).findings if f.code == "conversations-not-counted"]
    assert sum(counts) == expected(name)["conversations"] == len(more)


@pytest.mark.parametrize("name", AS_AT)
def test_no_order_of_rows_decides_anything(name: str) -> None:
    encoding = "cp1252" if name.startswith("r1") else "utf-8-sig"
    rows = pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding=encoding)
    for seed in (1, 2):
        order = np.random.default_rng(seed).permutation(len(rows))
        mixed = code_cohorts(find_eligible(read_extract(rows.iloc[order]), AS_AT[name]))
        assert mixed.digest == coded(name).digest
        assert told_of(mixed) == told_of(coded(name))
        assert mixed.pool.extract.account == coded(name).pool.extract.account
