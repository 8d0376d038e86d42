"""Every notebook runs, and is kept without outputs."""

from __future__ import annotations

import importlib.util
import runpy
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", BOOKS, ids=lambda p: p.stem)
@pytest.mark.filterwarnings("ignore")
def test_runs_and_is_kept_without_outputs(path: Path) -> None:
    code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert code
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    # With the site built just before, the notebook has run already; CI builds the site after, of what runs here.
    shown = nbformat.read(
        runpy.run_path(str(ROOT / "scripts" / "run_notebooks.py"))["ran"](path), as_version=4
    )
    ran = [cell for cell in shown.cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in ran)
    for cell in ran:
        pictures = [output for output in cell.outputs if "image/png" in output.get("data", {})]
        assert len(pictures) == ("plot" in cell.source), f"{cell.source} shows {len(pictures)} pictures"
    assert [c.source for c in shown.cells if c.cell_type == "code"] == [cell.source for cell in code]


def test_there_are_notebooks() -> None:
    assert [p.stem[:2] for p in BOOKS] == ["01", "02", "03", "04", "05"]


def test_they_are_what_the_script_writes(tmp_path: Path) -> None:
    path = ROOT / "scripts" / "make_notebooks.py"
    spec = importlib.util.spec_from_file_location("make_notebooks", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.FOLDER = tmp_path
    for name, cells in script.BOOKS.items():
        script.write(name, cells)
    assert {p.name: p.read_bytes() for p in BOOKS} == {p.name: p.read_bytes() for p in tmp_path.iterdir()}
