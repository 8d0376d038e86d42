"""The public names, pinned: taking one away is a decision, not an accident."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import casetrack as ct

NAMES = {
    "CaseList": ["history", "design", "known"],
    "CodedPool": None,
    "Design": None,
    "Extract": None,
    "Lookup": None,
    "Manifest": ["content"],
    "Pool": None,
    "Readiness": None,
    "Release": None,
    "Timetable": None,
    "__version__": None,
    "code_cohorts": ["pool", "edition", "overrides", "parameters"],
    "draw": ["coded", "design", "seed", "on", "who", "key", "number", "minuted", "reference_seed"],
    "find_eligible": [
        "extract",
        "as_at",
        "months",
        "count_reviews",
        "hold_back",
        "assessment_types",
        "conversations",
        "conversations_until",
        "ties",
    ],
    "pseudonymise": ["cases", "columns", "k", "weights", "join_codes"],
    "read_extract": [
        "source",
        "mapping",
        "people",
        "duplicates",
        "placeholder_births",
        "max_ids_per_number",
    ],
    "readiness": ["extract", "as_at", "size", "hold_back", "overrides", "before"],
    "replay": ["manifest", "made_of", "design", "key"],
    "reveal": ["path", "references", "passphrase", "reason", "when"],
    "run": None,
    "verify_release": ["path", "cases", "release"],
    "write_record_packs": None,
    "write_report": None,
}


def test_the_names_are_these():
    assert sorted(ct.__all__) == sorted(NAMES)
    assert dir(ct) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_each_can_be_had_and_takes_what_it_took(name):
    found = getattr(ct, name)
    if NAMES[name] is not None:
        assert [n for n in inspect.signature(found).parameters if n != "self"] == NAMES[name]


def test_nothing_else_is_offered():
    with pytest.raises(AttributeError):
        _ = ct.no_such_name


def test_the_life_of_a_list_has_these_methods():
    functions = inspect.getmembers(ct.CaseList, lambda m: inspect.isfunction(m) or inspect.ismethod(m))
    methods = {n for n, _ in functions if not n.startswith("_")}
    expected = "as_of attach chance_summary chances close coverage done explain from_json log open outstanding permission"
    expected += (
        " picture plot record_release rehearse replace reserves save select summary to_frame to_json verify"
    )
    assert methods == set(expected.split())


def test_importing_costs_nothing():
    code = "import sys, casetrack; print(' '.join(sorted(m.split('.')[0] for m in sys.modules)))"
    environment = {**os.environ, "PYTHONPATH": str(Path(ct.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert not {"pandas", "numpy", "scipy", "matplotlib", "pyarrow"} & set(done.stdout.split())


def test_the_changelog_is_of_this_version():
    root = Path(__file__).parents[2]
    assert f"## {ct.__version__} " in (root / "CHANGELOG.md").read_text(encoding="utf-8")
