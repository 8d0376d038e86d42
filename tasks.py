"""Set everything up in a fresh clone and run a task: ``demo`` or ``test``.

Needs Python 3.11 or newer and pip, and nothing else. Everything is installed into ``.venv`` beside this file, so a
system Python that is marked as externally managed is left alone.

    python3 tasks.py demo     # the main job on the sample council
    python3 tasks.py test     # every test
    python3 tasks.py lint     # ruff and mypy
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def call(*command: str | Path, **more: object) -> int:
    """Run a command here and return its exit code."""
    return subprocess.call([str(part) for part in command], cwd=HERE, **more)  # type: ignore[call-overload, no-any-return]


def ensure(*extras: str) -> None:
    """Make the environment and install the package with extras, unless exactly that was done before."""
    if sys.hexversion < 0x030B0000:  # somebody may start this with an older Python
        sys.exit("casetrack needs Python 3.11 or newer; this is " + sys.version.split()[0])
    wanted = hashlib.sha256((HERE / "pyproject.toml").read_bytes() + " ".join(extras).encode()).hexdigest()
    stamp = VENV / f"installed-{'-'.join(extras) or 'base'}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
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
    has_pip = (
        call(PYTHON, "-m", "pip", "--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    )
    pip = [PYTHON, "-m", "pip"] if has_pip else [sys.executable, "-m", "pip", "--python", PYTHON]
    target = ".[" + ",".join(extras) + "]" if extras else "."
    if call(*pip, "install", "--quiet", "--disable-pip-version-check", "--editable", target) != 0:
        sys.exit("The installation failed; the lines above say why.")
    stamp.write_text(wanted, encoding="utf-8")


def main() -> int:
    """Run the task named on the command line."""
    task, *rest = sys.argv[1:] or ["demo"]
    if task == "demo":
        ensure()
        return call(PYTHON, "-m", "casetrack.cli", "demo", *rest)
    if task == "test":
        ensure("test")
        return call(PYTHON, "-m", "pytest", "-n", "auto", *rest)
    if task == "lint":
        ensure("test", "lint")
        return (
            call(PYTHON, "-m", "ruff", "check", ".")
            or call(PYTHON, "-m", "ruff", "format", "--check", ".")
            or call(PYTHON, "-m", "mypy")
        )
    sys.exit(f"There is no task of that name. Use: {Path(sys.argv[0]).name} demo, test or lint.")


if __name__ == "__main__":
    sys.exit(main())
