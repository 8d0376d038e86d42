"""Every fenced Python example in the documentation runs, page by page; every doctest in the package runs."""

from __future__ import annotations

import contextlib
import doctest
import importlib
import io
import os
import pkgutil
import re
import shutil
from pathlib import Path

import pytest

import casetrack

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
#: On the pages of errors and findings stands what does not work; tests/spec/test_mistakes.py runs it.
NOT_RUN = re.compile(r"architecture|errors-\w+|findings")
WITH_CODE = [
    p for p in PAGES if "```python" in p.read_text(encoding="utf-8") and not NOT_RUN.fullmatch(p.stem)
]
MODULES = sorted(
    m.name for m in pkgutil.walk_packages(casetrack.__path__, "casetrack.") if not m.name.endswith("__main__")
)


@pytest.mark.parametrize(
    "page",
    # Spark takes two minutes to do what the tests of casetrack.spark do in one.
    [pytest.param(p, marks=[pytest.mark.night] if "spark" in p.name else []) for p in WITH_CODE],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_examples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "pyspark" in page.read_text(encoding="utf-8") and not (
        shutil.which("java") or os.environ.get("JAVA_HOME")
    ):
        pytest.skip("there is no Java, on which Spark runs")
    # The pages read the samples and write where they stand, so they stand in a folder of their own.
    shutil.copytree(ROOT / "data" / "samples", tmp_path / "data" / "samples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__page__"}
    # What a page shows under a block is what the block prints.
    blocks = re.findall(
        r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?",
        page.read_text(encoding="utf-8"),
        flags=re.S | re.M,
    )
    assert blocks
    for block, shown in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(block, str(page.name), "exec"), names)
        if shown:
            assert printed.getvalue() == shown


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http:", "https:", "mailto:")):
            assert (page.parent / target).resolve().exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("name", MODULES)
def test_doctests(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0
