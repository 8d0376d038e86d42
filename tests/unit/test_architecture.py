"""The house: a module imports only from the stages before its own, and is small, described and silent."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import casetrack

ROOT = Path(casetrack.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}
#: From the first to the last: a stage may import from itself and from those before it.
STAGES = (
    ("errors", "findings", "files", "dates", "headings", "version", "working_days", "references", "threads"),
    ("extract",),
    ("hold_back", "eligibility"),
    ("cohort_rules", "characteristics", "links", "cohorts"),
    ("preparing",),
    ("sampling",),
    (
        "history",
        "case_states",
        "case_files",
        "case_people",
        "case_words",
        "case_life",
        "case_list",
        "coverage",
    ),
    ("disclosure",),
    ("timetable",),
    ("outputs",),
    ("running", "folders", "samples"),
    ("cli", "cli_design", "cli_life", "cli_words"),
)
#: Beside the way through: nothing in it may import them, and they use it as anyone else does.
BESIDE = ("synthetic", "testing", "spark")
#: Imports against the order, each for a reason.
ALLOWED = {
    (
        "disclosure.release",
        "outputs.case_csv",
    ): "Release.to_csv reads well; the writing is done by the output",
    ("disclosure.release", "outputs.workbook"): "Release.to_excel, likewise",
}


def stage(module: str) -> int:
    room = module.split(".")[0]
    return next(number for number, rooms in enumerate(STAGES) if room in rooms)


def imported(path: Path) -> set[str]:
    """Modules of casetrack that a file imports anywhere, functions included, types alone left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found: set[str] = set()
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "casetrack":
            base = str(node.module).removeprefix("casetrack").removeprefix(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                found.add(inner if inner in MODULES else base)
        elif isinstance(node, ast.Import):
            found |= {
                a.name.removeprefix("casetrack.") for a in node.names if a.name.startswith("casetrack.")
            }
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path.name}: say casetrack. in full"
    return found - {""}


def test_every_module_has_a_place():
    rooms = {name.split(".")[0] for name in MODULES}
    assert rooms <= {room for stage_ in STAGES for room in stage_} | set(BESIDE) | {"samples"}


@pytest.mark.parametrize("module", [m for m in MODULES if m.split(".")[0] not in BESIDE])
def test_a_module_imports_only_from_the_stages_before(module):
    for other in sorted(imported(MODULES[module])):
        if (module, other) not in ALLOWED:
            assert other.split(".")[0] not in BESIDE, f"{module} imports {other}"
            assert stage(other) <= stage(module), f"{module} imports {other}, which comes later"


def test_what_is_allowed_against_the_order_is_used():
    for module, other in ALLOWED:
        assert other in imported(MODULES[module])


def test_the_check_would_find_a_wrong_import(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(
        "def f():\n    from casetrack import cli\n    import casetrack.running\n", encoding="utf-8"
    )
    assert imported(path) == {"cli", "running"}
    assert stage("cli") > stage("errors")


def trees():
    return [pytest.param(path, id=name) for name, path in MODULES.items()]


@pytest.mark.parametrize("path", trees())
def test_a_module_is_described_small_and_silent(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    empty = not text.strip()
    assert empty or ast.get_docstring(tree), "no docstring"
    # About 400 lines: a little over, for what belongs together.
    assert len(text.splitlines()) <= 460, "too long: split it"
    calls = [n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    assert not {"print", "breakpoint", "eval", "exec"} & set(calls)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert not {"random", "requests", "urllib", "socket", "http"} & {
                a.name.split(".")[0] for a in node.names
            }


@pytest.mark.parametrize("path", trees())
def test_everything_that_a_module_offers_is_there_and_described(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    offered: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "__all__" for t in node.targets):
            offered = {e.value for e in node.value.elts}
            assert len(offered) == len(node.value.elts), "named twice"
    made = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    for name in offered & made.keys():
        assert ast.get_docstring(made[name]), f"{name} has no docstring"


@pytest.mark.parametrize("name", [n for n in casetrack.__all__ if inspect.isfunction(getattr(casetrack, n))])
def test_every_public_function_says_what_it_takes(name):
    function = getattr(casetrack, name)
    text = inspect.getdoc(function)
    assert "Parameters\n---" in text
    for parameter in inspect.signature(function).parameters:
        assert parameter in text, f"{name} does not say what {parameter} is"


@pytest.mark.parametrize("name", [n for n in casetrack.__all__ if inspect.isclass(getattr(casetrack, n))])
def test_every_public_method_is_described(name):
    for method, function in inspect.getmembers(getattr(casetrack, name), inspect.isfunction):
        if not method.startswith("_") and function.__module__.startswith("casetrack"):
            assert inspect.getdoc(function), f"{name}.{method}"
