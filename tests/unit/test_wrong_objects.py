"""Every public stage, given whatever is not its own, says what it needs and how to get it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import casetrack as ct
from casetrack.checks.readiness import readiness
from casetrack.errors import CasetrackError, UsageError
from casetrack.pool.cohort_rules import Parameters
from casetrack.release.cover import Cover
from casetrack.stages import STAGES, _fits, _hints, need
from casetrack.synthetic import make_council


@pytest.fixture(scope="module")
def way() -> dict[str, Any]:
    extract = ct.read_extract(make_council(people=300, seed=5).extract)
    pool = ct.find_eligible(extract, "2026-03-31")
    coded = ct.code_cohorts(pool)
    design = ct.Design.suggest(coded, size=20)
    cases = ct.draw(coded, design, seed="Northshire, 2 April 2026", on="2026-04-02")
    release = ct.pseudonymise(cases, k=2)
    return {
        "Extract": extract,
        "Pool": pool,
        "CodedPool": coded,
        "Design": design,
        "CaseList": cases,
        "Release": release,
        "Timetable": ct.Timetable("2026-03-02"),
        "Manifest": ct.Manifest.of(cases, release),
        "Lookup": release.lookup,
        "Cover": Cover("Northshire"),
        "Readiness": ct.readiness(extract, "2026-03-31"),
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


#: What a call needs beside the argument that is wrong, by the parameter's name.
def the_rest(way: dict[str, Any], folder: Path) -> dict[str, Any]:
    cases = way["CaseList"]
    refs = list(cases.references)
    return {
        "extract": way["Extract"],
        "pool": way["Pool"],
        "coded": way["CodedPool"],
        "made_of": way["CodedPool"],
        "design": way["Design"],
        "cases": cases,
        "selected": cases,
        "release": way["Release"],
        "manifest": way["Manifest"],
        "more": way["Lookup"],
        "source": make_council(people=40, seed=3).extract,
        "as_at": "2026-03-31",
        "seed": "x",
        "key": bytes(32),
        "path": folder / "out.xlsx",
        "folder": folder / "packs",
        "out": folder / "run",
        "passphrase": "a phrase that nobody guesses 7",
        "ref": refs[0],
        "refs": refs[:10],
        "references": refs[:2],
        "reference": refs[0],
        "person_ids": ["a", "b"],
        "person_id": "a",
        "people": {},
        "identifiers": ["a"],
        "who": refs[0],
        "reason": "declined",
        "reasons": {},
        "status": "asked",
        "step": "list",
        "facts": way["Release"].facts_on_record,
        "date": "2026-04-02",
        "today": "2026-04-02",
        "day": "2026-04-02",
        "count": 3,
        "text": "{}",
        "feature": "CT02",
        "value": "yes",
        "of": {"CT02": "yes", "sex": "Female"},
        "column": "team",
        "most": 3,
        "size": 20,
        "notified": "2026-03-02",
        "keep_until": None,
        "release_id": "r",
        "list_digest": "d",
        "created": dt.date(2026, 4, 2),
    }


def offered() -> Iterator[tuple[str, str]]:
    """Every public function, every public method of every public class, and each of its parameters."""
    for name in ct.__all__:
        thing = getattr(ct, name)
        if inspect.isfunction(thing):
            yield from ((name, parameter) for parameter in inspect.signature(thing).parameters)
        elif inspect.isclass(thing):
            for method, function in inspect.getmembers(thing, inspect.isroutine):
                if not method.startswith("_") and function.__module__.startswith("casetrack"):
                    parameters = [
                        p for p in inspect.signature(function).parameters if p != "self" and p[0] != "_"
                    ]
                    yield from ((f"{name}.{method}", parameter) for parameter in parameters)
    yield from (("Timetable", field.name) for field in dataclasses.fields(ct.Timetable))
    yield from (("code_cohorts", field.name) for field in dataclasses.fields(Parameters))


#: What these do with what is right takes long: they are given only what no annotation allows.
LONG = {
    "Design.suggest",
    "pseudonymise",
    "run",
    "draw",
    "write_report",
    "write_record_packs",
    "replay",
    "readiness",
}


@pytest.mark.parametrize(("name", "parameter"), list(offered()))
def test_only_our_own_errors_come_out(
    name: str, parameter: str, way: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    thing, _, method = name.partition(".")
    function = getattr(way[thing] if method and thing in way else getattr(ct, thing), method or "__call__")
    function = getattr(ct, thing) if not method else function
    parameters = inspect.signature(function).parameters
    kinds = _hints(inspect.unwrap(getattr(function, "__func__", function))) if name in LONG else {}
    rest = the_rest(way, tmp_path)
    needed = {n: rest[n] for n, p in parameters.items() if p.default is p.empty and n in rest}
    for wrong in (None, 5, "x", [], object(), [5], {5: 5}, pd.NaT):
        if name in LONG and parameter in kinds and _fits(wrong, kinds[parameter]):
            continue
        try:
            function(**{**needed, parameter: wrong})
        except CasetrackError as error:
            if error.code == "wrong-object":
                assert f"{parameter} is " in str(error), type(wrong)
            assert "object has no attribute" not in str(error)


def test_what_reading_is_given() -> None:
    for wrong in (None, 42, {}, np.zeros(3), ["extract.csv", 42]):
        with pytest.raises(UsageError) as caught:
            ct.read_extract(wrong)  # type: ignore[arg-type]
        assert caught.value.code in {"source-kind", "no-source"}
