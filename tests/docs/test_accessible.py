"""axe-core, in a browser, finds nothing in any page that a draw writes, at three widths; and none scrolls sideways."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from casetrack import readiness
from casetrack.report.report import report_html
from outputs_example import example

spec = importlib.util.spec_from_file_location(
    "accessible", Path(__file__).parents[2] / "scripts" / "accessible.py"
)
accessible = importlib.util.module_from_spec(spec)
spec.loader.exec_module(accessible)
FORMS = ("council-only", "for-sharing", "summary")


@pytest.fixture
def folder(tmp_path):
    if lacks := accessible.lacking():
        pytest.skip(f"{lacks} is not here")
    return tmp_path


def test_a_browser_finds_nothing_in_what_people_read(folder):
    _, cases, release = example()
    for form in FORMS:
        (folder / f"{form}.html").write_text(report_html(cases, release, form=form), encoding="utf-8")
    readiness(cases.identified.coded.pool.extract, "2026-03-31").to_html(folder / "readiness.html")
    pages = [f"{name}.html" for name in (*FORMS, "readiness")]
    assert accessible.looked_at(folder, pages) == [
        (page, width, []) for page in pages for width in accessible.WIDTHS
    ]


def test_a_browser_finds_what_is_wrong(folder):
    wrong = '<p style="width: 500px; color: #aaa">grey</p><img src="data:,">'
    (folder / "wrong.html").write_text(f"<!DOCTYPE html><title>x</title>{wrong}", encoding="utf-8")
    (at_320, at_768, _) = [" ".join(found) for _, _, found in accessible.looked_at(folder, ["wrong.html"])]
    assert all(
        what in at_320 for what in ("scrolls sideways", "color-contrast", "image-alt", "html-has-lang")
    )
    assert "scrolls sideways" not in at_768
