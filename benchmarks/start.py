"""How long casetrack takes to start, and how large its wheel is.

    python benchmarks/start.py [--runs 5]

Each is done in a process of its own, once before the clock starts so that bytecode is there; medians of CPU seconds,
Python's own start taken off the import. The wheel is built from this repository, with ``pip wheel``.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {
    "python alone": ["-c", "pass"],
    "import casetrack": ["-c", "import casetrack"],
    "casetrack --help": ["-m", "casetrack.cli", "--help"],
    "casetrack demo": ["-m", "casetrack.cli", "demo", "--out"],
}
GOALS = {"import casetrack": 0.1, "casetrack --help": 0.4, "casetrack demo": 4.0}


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """CPU seconds of one process and its children."""
    began = os.times()
    subprocess.run([sys.executable, *arguments], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    ended = os.times()
    return ended.children_user + ended.children_system - began.children_user - began.children_system


def wheel_size(folder: Path) -> int:
    """Bytes of the wheel."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return max(file.stat().st_size for file in folder.glob("*.whl"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    found: dict[str, list[float]] = {name: [] for name in COMMANDS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for run in range(given.runs + 1):
            for what, arguments in COMMANDS.items():
                more = [f"demo-{run}"] if what == "casetrack demo" else []
                seconds = cpu_seconds([*arguments, *more], folder)
                if run:
                    found[what].append(seconds)
        size = wheel_size(folder)
    medians = {what: statistics.median(seconds) for what, seconds in found.items()}
    medians["import casetrack"] -= medians["python alone"]
    print("| what | CPU s | goal |\n| --- | --- | --- |")
    for what, goal in GOALS.items():
        print(f"| {what} | {medians[what]:.2f} | {goal} |")
    print(f"\nWheel: {size / 1e6:.2f} MB, goal 2 MB")


if __name__ == "__main__":
    main()
