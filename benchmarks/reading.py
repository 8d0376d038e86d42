"""Reading and checking a million rows, against pyarrow reading the same file as text, in the same run.

    python benchmarks/reading.py [--people 345000] [--runs 3]

Each step runs in a process of its own, so that peak memory is its own too.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

PEER = """
import pyarrow as pa, pyarrow.csv as pc, csv
with open(FILE, encoding="utf-8", newline="") as f: names = next(csv.reader(f))
def work():
    kinds = {n: pa.string() for n in names}
    # Free text holds line breaks, which pyarrow reads only when told so.
    parsing = pc.ParseOptions(newlines_in_values=True)
    converting = pc.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    return pc.read_csv(FILE, parse_options=parsing, convert_options=converting).num_rows
"""
READ = """
import casetrack.extract
def work(): return casetrack.extract.read_extract(FILE).account.read
"""
CHECK = """
import subprocess, sys, json
def work():
    done = subprocess.run([sys.executable, "-m", "casetrack.cli", "check", FILE, "--as-at", "2026-03-31", "--json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["rows"]
"""
TAIL = """
import json, time, sys
start = time.perf_counter(); rows = work(); seconds = time.perf_counter() - start
try:
    import resource
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
except ImportError:
    peak = float("nan")
print(json.dumps({"rows": rows, "seconds": seconds, "peak_mib": peak}))
"""


def measure(code: str, file: Path) -> dict[str, float]:
    program = f"FILE = {str(file)!r}\n" + textwrap.dedent(code) + TAIL
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=345_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", type=Path, help="use this CSV instead of making one")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = given.file
        if file is None:
            from casetrack.synthetic import make_council

            file = Path(folder) / "cld.csv"
            make_council(people=given.people, seed=1, extras=False).write_csv(file)
        with file.open(encoding="utf-8-sig", newline="") as start:
            columns = len(next(csv.reader(start)))
        print(f"{file.stat().st_size / 1e6:,.0f} MB, {columns} columns, {given.runs} runs each, medians\n")
        parts = {"pyarrow, as text": PEER, "read_extract": READ, "casetrack check": CHECK}
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in parts}
        for _ in range(given.runs):
            for name, code in parts.items():
                runs[name].append(measure(code, file))
    base = statistics.median(r["seconds"] for r in runs["pyarrow, as text"])
    print(f"{'step':<20}{'rows':>12}{'seconds':>10}{'times pyarrow':>15}{'peak MiB':>10}")
    for name, measured in runs.items():
        seconds = statistics.median(r["seconds"] for r in measured)
        peak = max(r["peak_mib"] for r in measured)
        print(
            f"{name:<20}{int(measured[0]['rows']):>12,}{seconds:>10.2f}{seconds / base:>15.2f}{peak:>10,.0f}"
        )


if __name__ == "__main__":
    main()
