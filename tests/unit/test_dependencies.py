"""What pyproject.toml promises about other libraries is what the lock files hold and what the code imports."""

from __future__ import annotations

import ast
import functools
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from casetrack.version import __version__

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
NEEDED = {canonicalize_name(r.name): r for r in map(Requirement, PROJECT["dependencies"])}
EXTRAS = {
    name: {canonicalize_name(r.name): r for r in map(Requirement, lines)}
    for name, lines in PROJECT["optional-dependencies"].items()
}
NAMED = {name: r for part in (NEEDED, *EXTRAS.values()) for name, r in part.items() if name != "casetrack"}


def pinned(file: str) -> dict[str, list[tuple[Version, str]]]:
    """Name to the versions in a lock file, each with the marker that it holds under."""
    found: dict[str, list[tuple[Version, str]]] = {}
    for line in (ROOT / "requirements" / file).read_text(encoding="utf-8").splitlines():
        if match := re.match(r"([a-z0-9-]+)==(\S+)(?: ; (.+))?$", line):
            found.setdefault(match[1], []).append((Version(match[2]), match[3] or ""))
    return found


@pytest.mark.parametrize("name", NAMED)
def test_the_lowest_of_everything_is_the_lower_bound_and_the_locked_lies_in_the_range(name):
    bound = Version(next(clause.version for clause in NAMED[name].specifier if clause.operator == ">="))
    assert [version for version, _ in pinned("lowest.txt")[name]] == [bound], "python3 tasks.py lock"
    assert all(version in NAMED[name].specifier for version, _ in pinned("locked.txt")[name])
    assert all(version >= bound for version, _ in pinned("lowest-3.13.txt")[name])


owners = functools.cache(packages_distributions)


def imported(part: Path) -> set[str]:
    """The distributions that a folder of the package imports, lazily or not."""
    names = set()
    for file in part.rglob("*.py") if part.is_dir() else [part]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names.add(str(node.module).split(".")[0])
    names -= {*sys.stdlib_module_names, "casetrack"}
    return {canonicalize_name(owner) for name in names for owner in set(owners()[name])}


#: An extra is what one part of the package needs, and no other: its name is the part's.
OWN = {name: set(EXTRAS[name]) - {"casetrack"} for name in ("synthetic", "spark", "testing")}


def test_what_is_imported_is_what_is_declared():
    assert imported(ROOT / "src" / "casetrack") == set(NEEDED).union(*OWN.values())


@pytest.mark.parametrize("extra", OWN)
def test_what_only_one_part_needs_is_an_extra(extra):
    for part in (ROOT / "src" / "casetrack").iterdir():
        if part.stem == extra:
            assert OWN[extra] <= imported(part)
        else:
            assert not OWN[extra] & imported(part), part


def test_the_lock_holds_for_every_python_that_is_named():
    pythons = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if "Python :: 3." in c]
    for name in NAMED:
        for python in pythons:
            here = {**default_environment(), "python_version": python, "python_full_version": f"{python}.0"}
            markers = [
                Requirement(f"{name}; {marker}" if marker else name)
                for _, marker in pinned("locked.txt")[name]
            ]
            assert sum(m.marker is None or m.marker.evaluate(here) for m in markers) == 1, (name, python)


def test_no_connection_is_opened():
    for file in (ROOT / "src" / "casetrack").rglob("*.py"):
        found = re.findall(
            r"^\s*(?:import|from) (socket|ssl|http|urllib|ftplib|smtplib|asyncio|webbrowser)\b",
            file.read_text("utf-8"),
            re.M,
        )
        assert not found, file


def test_the_citation_is_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {__version__}\n" in citation
    assert f"\nlicense: {PROJECT['license']}\n" in citation
