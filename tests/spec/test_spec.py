"""Every example of the rules, through casetrack and through the oracle, which knows nothing of casetrack."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

import oracle
from casetrack.extract import read_extract
from casetrack.pool.cohorts import CodedPool, code_cohorts
from casetrack.pool.eligibility import find_eligible
from spec.pages import PAGES
from spec.tables import Example, cells, extract_of, markdown_of

EXAMPLES = [
    pytest.param(example, id=f"{page.name}: {example.title}") for page in PAGES for example in page.examples()
]


def run(example: Example) -> tuple[CodedPool, pd.DataFrame]:
    rows = extract_of(example)
    pool = find_eligible(read_extract(rows, **example.reading), as_at=example.as_at, **example.rule)
    return code_cohorts(pool, **example.coding), rows


def seen(coded: CodedPool, person: str, column: str, code: str) -> str:
    """What casetrack says about one person under one heading of an expected table."""
    if column == "outcome":
        return str(coded.pool.outcomes()[person])
    if person not in coded.people.index:
        return "-"
    if column == "codes":
        return " ".join(c for c in coded.code_names if coded.people.loc[person, c]) or "-"
    if column == "evidence" and code in coded.experience_names:
        return coded.experience.because(code, coded.people.index.get_loc(person)) or "-"
    if column == "evidence":
        mine = coded.evidence[(coded.evidence["person_id"] == person) & (coded.evidence["code"] == code)]
        return " + ".join(mine["evidence"]) or "-"
    if column == "age":
        return str(coded.people.loc[person, "age"])
    source = coded.people if column in coded.people else coded.pool.people
    value = source.loc[person, column]
    return "-" if pd.isna(value) or value == "" else str(value)


@pytest.mark.parametrize("example", EXAMPLES)
def test_casetrack_says_what_the_table_says(example: Example) -> None:
    coded, _ = run(example)
    expected = cells(example.expect)
    assert {row["person"] for row in expected} == set(coded.pool.extract.people.index)
    for row in expected:
        person = row["person"]
        found = {name: seen(coded, person, name, example.code) for name in row if name != "person"}
        assert found == {name: text for name, text in row.items() if name != "person"}, person
    account = coded.pool.extract.account
    assert account.adds_up
    if example.account:
        aside = sum(account.set_aside.values())
        assert (account.read, account.used, account.duplicates, aside) == example.account
    assert set(example.findings) <= set(coded.findings.codes)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_oracle_agrees(example: Example) -> None:
    coded, rows = run(example)
    settings = dict(example.rule)
    held = settings.pop("hold_back", None)
    coding = {k: v for k, v in example.coding.items() if k not in ("overrides", "wait_until")}
    ties = settings.pop("ties", "text")
    answer = oracle.oracle(
        oracle.read_rows(rows.to_dict("records")),
        dt.date.fromisoformat(example.as_at),
        hold_back=list(held) if held else None,
        **settings,
        **coding,
        **example.reading,
    )
    account = coded.pool.extract.account
    assert answer["duplicates"] == account.duplicates
    assert answer["set_aside"] == sum(account.set_aside.values())
    only_by_number = coded.pool.extract.people["nhs_only"]
    outcomes = {
        ("N" + name if only_by_number[name] else name): outcome
        for name, outcome in coded.pool.outcomes().items()
    }
    assert {name: person["outcome"] for name, person in answer["persons"].items()} == outcomes
    # The oracle knows one way of parting ties, and no overrides.
    if "overrides" in example.coding or ties != "text":
        return
    for person in coded.people.index:
        theirs = answer["persons"]["N" + person if only_by_number[person] else person]
        assert theirs["codes"] == [c for c in coded.code_names if coded.people.loc[person, c]]
        for name, level in theirs["characteristics"].items():
            if name in coded.people:
                assert oracle.fold(level) == oracle.fold(coded.people.loc[person, name]), name


def test_a_ragged_example_is_refused() -> None:
    with pytest.raises(AssertionError, match="ragged"):
        cells("| a | b |\n| 1 |")


def test_tables_come_out_aligned() -> None:
    assert markdown_of("|a|bb|\n|---|---|\n|ccc|d|") == ["| a   | bb |", "| --- | -- |", "| ccc | d  |"]
