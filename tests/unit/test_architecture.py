"""The house: a module imports only from the stages before its own, and is small, described and silent."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from radon.complexity import cc_visit

import casetrack

ROOT = Path(casetrack.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
    if path != ROOT / "__init__.py"
}
#: From the ground up: a room may import from itself and from those before it.
ROOMS = (
    ("version", "errors", "dates", "threads", "samples", "progress"),
    (
        "headings",
        "findings",
        "words",
        "working_days",
        "files",
        "small_files",
        "stages",
        "references",
        "pictures",
        "tables",
        "chain",
        "typed_text",
    ),
    ("extract",),
    ("pool",),
    ("quotas",),
    ("lottery",),
    ("designs",),
    ("cases",),
    ("lookup",),
    ("disclosure",),
    ("release",),
    ("verify",),
    ("report", "packs"),
    ("checks",),
    ("runs",),
    ("cli",),
)
#: Fronts and tools beside the way through: nothing in it may import them.
BESIDE = ("sampling", "synthetic", "testing", "spark")
#: Cyclomatic complexity of a function, as radon counts it.
MOST_PATHS = 15
#: A room with more than this share of the lines needs a sentence in docs/architecture.md.
LARGE = 0.15


def floor_of(module: str) -> int:
    room = module.split(".")[0]
    return next(number for number, rooms in enumerate(ROOMS) if room in rooms)


def imported(path: Path) -> set[str]:
    """Modules of casetrack that a file imports anywhere, in functions and for types alone too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        assert not (isinstance(node, ast.ImportFrom) and node.level), f"{path.name}: say casetrack. in full"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "casetrack":
            base = str(node.module).removeprefix("casetrack").removeprefix(".")
            for alias in node.names:
                inner = f"{base}.{alias.name}".strip(".")
                found.add(inner if inner in MODULES else base)
        elif isinstance(node, ast.Import):
            found |= {
                a.name.removeprefix("casetrack.") for a in node.names if a.name.startswith("casetrack.")
            }
    return found - {""}


def test_every_module_has_a_place():
    rooms = {name.split(".")[0] for name in MODULES}
    assert rooms <= {room for floor in ROOMS for room in floor} | set(BESIDE)


@pytest.mark.parametrize("module", [m for m in MODULES if m.split(".")[0] not in BESIDE])
def test_a_module_imports_only_from_rooms_below(module):
    for other in sorted(imported(MODULES[module])):
        assert other.split(".")[0] not in BESIDE, f"{module} imports {other}"
        same_floor = module.split(".")[0] != other.split(".")[0] and floor_of(other) == floor_of(module)
        assert floor_of(other) <= floor_of(module), f"{module} imports {other}, which is above"
        assert not same_floor or floor_of(module) < 2, f"{module} imports {other}, which stands beside it"


def test_no_circle_lazy_and_typing_imports_counted():
    graph = {module: imported(path) & MODULES.keys() - {module} for module, path in MODULES.items()}
    tuple(TopologicalSorter(graph).static_order())  # raises CycleError, with the circle


def test_the_checks_would_find_a_wrong_import_and_a_circle(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from casetrack.cases import states\n"
        "def f():\n    from casetrack.cli import app\n    import casetrack.runs.running\n",
        encoding="utf-8",
    )
    assert imported(path) == {"cases.states", "cli.app", "runs.running"}
    assert floor_of("cli") > floor_of("errors")
    with pytest.raises(CycleError):
        TopologicalSorter({"a": {"b"}, "b": {"a"}}).prepare()


def test_a_large_room_says_why():
    lines: Counter[str] = Counter()
    for module, path in MODULES.items():
        lines[module.split(".")[0]] += len(path.read_text(encoding="utf-8").splitlines())
    page = (ROOT.parents[1] / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room, count in lines.items():
        if count > LARGE * lines.total():
            assert f"`{room}/` is large because" in page, f"{room} has {count} of {lines.total()} lines"


def test_no_function_hides_the_module_of_its_own_name():
    for module, path in MODULES.items():
        room = module.rpartition(".")[0]
        if path.name == "__init__.py":
            names = {
                alias.asname or alias.name
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
                if (node.module or "") != f"casetrack.{module}"
            }
            assert not {f"{module}.{name}" for name in names} & MODULES.keys(), module
        assert room != module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_function_is_hard_to_read(module):
    blocks = cc_visit(MODULES[module].read_text(encoding="utf-8"))
    hard = [f"{block.name} has {block.complexity} paths" for block in blocks if block.complexity > MOST_PATHS]
    assert not hard, f"{module}: {hard}"


def trees():
    return [pytest.param(path, id=name) for name, path in MODULES.items()]


@pytest.mark.parametrize("path", trees())
def test_a_module_is_described_and_silent(path):
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    empty = not text.strip()
    assert empty or ast.get_docstring(tree), "no docstring"
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
    # Where a module has no list of its own, it offers what it makes under a name without an underscore.
    for name in (offered or {name for name in made if not name.startswith("_")}) & made.keys():
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
