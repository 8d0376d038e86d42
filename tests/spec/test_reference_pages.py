"""The committed pages of reference are the ones that the examples make."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from casetrack.extract.fields import FIELDS
from casetrack.pool.cohort_rules import CODE_NAMES
from casetrack.pool.eligibility import REASONS

ROOT = Path(__file__).resolve().parents[2]


def script() -> ModuleType:
    place = ROOT / "scripts" / "make_reference.py"
    spec = importlib.util.spec_from_file_location("make_reference", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(script().pages()))
def test_page_is_current(name: str) -> None:
    committed = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
    assert committed == script().pages()[name](), "run python scripts/make_reference.py"


def test_every_code_reason_and_field_is_on_a_page() -> None:
    pages = script().pages()
    cohort_rules, rule, fields = (
        pages[f"{name}.md"]() for name in ("cohort-rules", "twelve-month-rule", "fields")
    )
    for code, words in CODE_NAMES.items():
        assert f"## {code}, {words}" in cohort_rules
    for reason in REASONS:
        assert f"| {reason} " in rule
    for field in FIELDS:
        assert f"| {field.heading} |" in fields
