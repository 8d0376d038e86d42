"""The parameters that docs/specification.md writes as `name=default` are the code's, with these defaults."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The rooms in which the specification's rules live.
ROOMS = ("extract", "pool", "checks")
#: In the specification and not yet in the code. Whoever builds one takes it from here; the test below insists.
TO_COME: set[str] = set()


def specified() -> dict[str, str]:
    """Parameter to its default, as the page writes them in code type."""
    page = " ".join((ROOT / "docs" / "specification.md").read_text(encoding="utf-8").split())
    found = re.findall(r"`([a-z_]+)=([^`]+)`", page)
    return {
        name: spelled(default) for name, default in found if default not in ("…", "True") and name != "name"
    }


def spelled(default: str) -> str:
    """A default as Python spells it; a day as the call that makes it."""
    day = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", default)
    return (
        f"dt.date({int(day[1])}, {int(day[2])}, {int(day[3])})"
        if day
        else ast.unparse(ast.parse(default, mode="eval"))
    )


@functools.cache
def in_code() -> dict[str, set[str]]:
    """Every parameter of a public function or field of a public class in these rooms, with all defaults it has there."""
    found: dict[str, set[str]] = {}
    files = [f for room in ROOMS for f in sorted((ROOT / "src" / "casetrack" / room).rglob("*.py"))]
    nodes = [node for file in files for node in ast.parse(file.read_text(encoding="utf-8")).body]
    constants: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            constants |= {t.id: ast.unparse(node.value) for t in targets if isinstance(t, ast.Name)}
    for name, default in (pair for node in nodes for pair in defaults(node)):
        found.setdefault(name, set()).add(constants.get(default, default))
    return found


def defaults(node: ast.stmt) -> list[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
        plain = [*node.args.posonlyargs, *node.args.args]
        given = [*zip(plain[len(plain) - len(node.args.defaults) :], node.args.defaults, strict=True)]
        given += zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
        return [(a.arg, ast.unparse(d)) for a, d in given if d is not None]
    if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        fields = [f for f in node.body if isinstance(f, ast.AnnAssign) and f.value is not None]
        return [
            (f.target.id, ast.unparse(f.value)) for f in fields if isinstance(f.target, ast.Name) and f.value
        ]
    return []


def test_the_page_names_parameters_and_all_that_are_to_come():
    assert len(specified()) >= 19
    assert set(specified()) >= TO_COME


@pytest.mark.parametrize("name", sorted(specified()))
def test_a_parameter_of_the_specification_has_its_default_in_the_code(name):
    found = in_code().get(name, set())
    if name in TO_COME:
        assert not found, f"{name} is there now: take it from TO_COME"
    else:
        assert found == {specified()[name]}


def test_the_specification_is_the_one_that_is_cited():
    for file in [
        *ROOT.glob("*.md"),
        *(f for part in ("src", "docs", "scripts") for f in (ROOT / part).rglob("*")),
    ]:
        if file.suffix in (".py", ".md"):
            for section in re.findall(
                r"specification\.md``?, sections? (\d)", file.read_text(encoding="utf-8")
            ):
                assert re.search(
                    rf"^## {section}\. ", (ROOT / "docs" / "specification.md").read_text("utf-8"), re.M
                )
