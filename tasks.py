"""Set everything up in a fresh clone and run a task.

Needs Python 3.11 or newer and pip, and nothing else. Everything is installed into ``.venv`` beside this file, so a
system Python that is marked as externally managed is left alone.

    python3 tasks.py demo     # the main job on the sample council
    python3 tasks.py test     # every test but those of the night
    python3 tasks.py quick    # lint, and the tests that are quick and find most faults: under a minute
    python3 tasks.py setup    # the environment for the tests and for lint, and nothing else
    python3 tasks.py lint     # ruff and mypy
    python3 tasks.py coverage # every test, and which lines none of them ran; or "coverage quick"
    python3 tasks.py lock     # renew requirements/: the versions that CI takes, and the lowest of all
    python3 tasks.py docs     # the documentation site, into build/site; a warning is an error
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
WINDOWS = os.name == "nt"
LOCKED = HERE / "requirements" / "locked.txt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
#: Each of them quick, and between them every room.
QUICK = (
    "tests/spec",
    "tests/unit/test_architecture.py",
    "tests/unit/test_cohorts.py",
    "tests/unit/test_dependencies.py",
    "tests/unit/test_files.py",
    "tests/unit/test_findings_and_errors.py",
    "tests/unit/test_public_names.py",
    "tests/unit/test_workbooks.py",
)


def call(*command: str | Path, **more: object) -> int:
    """Run a command here and return its exit code."""
    return subprocess.call([str(part) for part in command], cwd=HERE, **more)  # type: ignore[call-overload, no-any-return]


def pip() -> list[str | Path]:
    """The command that installs into the environment."""
    has_pip = (
        call(PYTHON, "-m", "pip", "--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    )
    own = [PYTHON, "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", PYTHON]
    return [*own, "install", "--quiet", "--disable-pip-version-check"]


def ensure(*extras: str) -> None:
    """Make the environment and install the package with extras, unless they were installed before.

    The tools that judge the code come in the versions of the lock file, the same everywhere. A user's environment
    takes what the ranges give.
    """
    if sys.hexversion < 0x030B0000:  # somebody may start this with an older Python
        sys.exit("casetrack needs Python 3.11 or newer; this is " + sys.version.split()[0])
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes() + LOCKED.read_bytes()).hexdigest()
    stamp = VENV / f"installed-{'-'.join(extras) or 'base'}"
    for done in VENV.glob("installed-*") if PYTHON.exists() else ():
        if set(extras) <= set(done.name.split("-")) and done.read_text(encoding="utf-8") == wanted:
            return
    print("Setting up .venv (the first time takes a minute or two) …", flush=True)
    # Some systems ship Python without the means to put pip into a new environment; their own pip can reach into it.
    own_pip = importlib.util.find_spec("ensurepip") is not None
    if not PYTHON.exists():
        try:
            venv.create(VENV, with_pip=own_pip)
        except (subprocess.CalledProcessError, SystemExit):
            own_pip = False
            venv.create(VENV, with_pip=False, clear=True)
    target = [".[" + ",".join(extras) + "]", "--constraint", LOCKED] if extras else ["."]
    if call(*pip(), "--editable", *target) != 0:
        sys.exit("The installation failed; the lines above say why.")
    stamp.write_text(wanted, encoding="utf-8")


def lock() -> int:
    """Work out every version anew: the newest that go together, and the lowest that the ranges promise to work with."""
    if call(*pip(), "uv") != 0:
        return 1
    made = [
        PYTHON,
        "-m",
        "uv",
        "pip",
        "compile",
        "pyproject.toml",
        "--quiet",
        "--no-annotate",
        "--all-extras",
    ]
    made += ["--upgrade", "--custom-compile-command", "python3 tasks.py lock", "--output-file"]
    # PySpark is published as source alone; it is Python, and needs no compiler.
    lowest = ["--resolution", "lowest", "--only-binary", ":all:", "--no-binary", "pyspark"]
    return (
        call(*made, LOCKED, "--universal", "--python-version", "3.11")
        or call(*made, LOCKED.with_name("lowest.txt"), *lowest, "--python-version", "3.11")
        # Python 3.13 came after some of these: for it, the lowest that were built.
        or call(*made, LOCKED.with_name("lowest-3.13.txt"), *lowest, "--python-version", "3.13")
    )


def lint() -> int:
    """Ruff and mypy."""
    return (
        call(PYTHON, "-m", "ruff", "check", ".")
        or call(PYTHON, "-m", "ruff", "format", "--check", ".")
        or call(PYTHON, "-m", "mypy")
    )


def coverage(*more: str) -> int:
    """The tests, and what they left out; a report, and no threshold to please."""
    tests = QUICK if more == ("quick",) else more
    ended = call(PYTHON, "-m", "coverage", "run", "-m", "pytest", "-n", "auto", *tests)
    call(PYTHON, "-m", "coverage", "combine", "--quiet")
    call(PYTHON, "-m", "coverage", "report")
    return ended


def docs(*more: str) -> int:
    """The notebooks with their outputs, the site around them, and what axe-core finds in it."""
    return (
        call(PYTHON, "scripts/run_notebooks.py")
        or call(PYTHON, "-m", "mkdocs", "build", "--strict", *more)
        or call(PYTHON, "scripts/accessible.py", "build/site")
    )


def main() -> int:
    """Run the task named on the command line."""
    task, *rest = sys.argv[1:] or ["demo"]
    tasks: dict[str, tuple[tuple[str, ...], Callable[[], int]]] = {
        "demo": ((), lambda: call(PYTHON, "-m", "casetrack.cli", "demo", *rest)),
        "test": (
            ("test", "spark"),
            lambda: call(PYTHON, "-m", "pytest", "-n", "auto", "--dist", "worksteal", *rest),
        ),
        "quick": (("test", "lint"), lambda: lint() or call(PYTHON, "-m", "pytest", "-n", "2", *QUICK, *rest)),
        "setup": (("test", "lint"), lambda: 0),
        "lint": (("test", "lint"), lint),
        "coverage": (("test",), lambda: coverage(*rest)),
        "lock": ((), lock),
        "docs": (("docs",), lambda: docs(*rest)),
    }
    if task not in tasks:
        sys.exit(f"There is no task of that name. Use: {Path(sys.argv[0]).name} {', '.join(tasks)}.")
    extras, run = tasks[task]
    ensure(*extras)
    return run()


if __name__ == "__main__":
    sys.exit(main())
