"""Every public stage, given whatever is not its own, says what it needs and how to get it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import casetrack as ct
from casetrack.checks.readiness import readiness
from casetrack.errors import UsageError
from casetrack.stages import STAGES, need
from casetrack.synthetic import make_council


@pytest.fixture(scope="module")
def way() -> dict[str, Any]:
    extract = ct.read_extract(make_council(people=600, seed=3).extract)
    pool = ct.find_eligible(extract, "2026-03-31")
    coded = ct.code_cohorts(pool)
    design = ct.Design.suggest(coded)
    cases = ct.draw(coded, design, seed="Northshire, 2 April 2026", on="2026-04-02")
    release = ct.pseudonymise(cases)
    return {
        "Extract": extract,
        "Pool": pool,
        "CodedPool": coded,
        "Design": design,
        "CaseList": cases,
        "Release": release,
    }


#: Every stage: what it needs, and how it is called with one thing wrong and the others right.
CALLS: dict[str, tuple[str, Callable[[dict[str, Any], Any], object]]] = {
    "find_eligible": ("Extract", lambda way, x: ct.find_eligible(x, "2026-03-31")),
    "code_cohorts": ("Pool", lambda way, x: ct.code_cohorts(x)),
    "readiness": ("Extract", lambda way, x: readiness(x, "2026-03-31")),
    "suggest": ("CodedPool", lambda way, x: ct.Design.suggest(x)),
    "check": ("CodedPool", lambda way, x: way["Design"].check(x)),
    "what_if": ("CodedPool", lambda way, x: way["Design"].what_if(x)),
    "draw from": ("CodedPool", lambda way, x: ct.draw(x, way["Design"], seed="s")),
    "draw with": ("Design", lambda way, x: ct.draw(way["CodedPool"], x, seed="s")),
    "pseudonymise": ("CaseList", lambda way, x: ct.pseudonymise(x)),
    "write_report of": ("CaseList", lambda way, x: ct.write_report(x, way["Release"], "report.html")),
    "write_report with": ("Release", lambda way, x: ct.write_report(way["CaseList"], x, "report.html")),
    "verify_release of": ("CaseList", lambda way, x: ct.verify_release(".", x, way["Release"])),
    "verify_release with": ("Release", lambda way, x: ct.verify_release(".", way["CaseList"], x)),
    "write_record_packs": ("CaseList", lambda way, x: ct.write_record_packs(x, way["Extract"], ".")),
    "write_record_packs from": ("Extract", lambda way, x: ct.write_record_packs(way["CaseList"], x, ".")),
}
OTHERS: tuple[object, ...] = (
    "extract.csv",
    None,
    42,
    3.5,
    [],
    {},
    pd.DataFrame({"a": [1]}),
    np.zeros(3),
    object(),
    str,
)


@pytest.mark.parametrize("call", CALLS)
def test_every_stage_says_what_it_needs(call: str, way: dict[str, Any]) -> None:
    wanted, ask = CALLS[call]
    for wrong in (*OTHERS, *(result for stage, result in way.items() if stage != wanted)):
        if wrong is None and call == "verify_release with":
            continue  # a second look needs no release
        with pytest.raises(UsageError) as caught:
            ask(way, wrong)
        assert caught.value.code == "wrong-object", type(wrong)
        assert STAGES[wanted].how in str(caught.value)


@pytest.mark.parametrize("stage", STAGES)
def test_the_right_object_is_taken_and_each_result_is_only_itself(stage: str, way: dict[str, Any]) -> None:
    need(way[stage], stage, "it")
    for other in STAGES:
        if other != stage:
            with pytest.raises(UsageError, match=STAGES[stage].words):
                need(way[stage], other, "it")


def test_what_reading_is_given() -> None:
    for wrong in (None, 42, {}, np.zeros(3), ["extract.csv", 42]):
        with pytest.raises(UsageError) as caught:
            ct.read_extract(wrong)  # type: ignore[arg-type]
        assert caught.value.code in {"source-kind", "no-source"}
