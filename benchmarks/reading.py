"""Reading and checking a million rows, against pyarrow reading the same file as text, in the same run.

    python benchmarks/reading.py [--people 345000] [--runs 3] [--file cld.csv]

The same rows are read from CSV, Parquet, an Arrow table and DataFrames of text and of Python's objects; tables stand in
memory before the clock starts, and their peak holds them. The last line says whether all of them have one digest of their
content. Each step runs in a process of its own, so that peak memory is its own too.
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
def table():
    kinds = {n: pa.string() for n in names}
    # Free text holds line breaks, which pyarrow reads only when told so.
    parsing = pc.ParseOptions(newlines_in_values=True)
    converting = pc.ConvertOptions(column_types=kinds, strings_can_be_null=False)
    return pc.read_csv(FILE, parse_options=parsing, convert_options=converting)
"""
TEXT = PEER + "def work(): return table().num_rows, ''"
READ = """
from casetrack.extract import read_extract
from casetrack.extract.build import content_digest
from casetrack.extract.mapping import ColumnMapping
from casetrack.extract.reading import read_one
def work(): return read_extract(SOURCE).account.read, ""
def digest(): return content_digest(read_one(SOURCE, ColumnMapping(), "", several=False).tables[0])
"""
SOURCES = {
    "read_extract, CSV": "SOURCE = FILE",
    "read_extract, Parquet": "SOURCE = FILE + '.parquet'",
    "read_extract, Arrow table": PEER + "SOURCE = table()",
    "read_extract, DataFrame of text": PEER + "SOURCE = table().to_pandas().astype('string[pyarrow]')",
    "read_extract, DataFrame of objects": PEER + "SOURCE = table().to_pandas().astype(object)",
}
CHECK = """
import subprocess, sys, json
def work():
    done = subprocess.run([sys.executable, "-m", "casetrack.cli", "check", FILE, "--as-at", "2026-03-31", "--json"],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["rows"], ""
"""
TAIL = """
import json, resource, time
def cpu(): return sum(sum(resource.getrusage(w)[:2]) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
before, start = cpu(), time.perf_counter()
rows, _ = work()
seconds, used = time.perf_counter() - start, cpu() - before
peak = max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
told = digest() if "digest" in globals() else ""
print(json.dumps({"rows": rows, "seconds": seconds, "cpu": used, "peak_mib": peak, "digest": told}))
"""
PARQUET = PEER + "import pyarrow.parquet as pq; pq.write_table(table(), FILE + '.parquet')"


def measure(code: str, file: Path) -> dict[str, float]:
    program = f"FILE = {str(file)!r}\n" + textwrap.dedent(code) + TAIL
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=345_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", type=Path, help="use this CSV instead of making one")
    given = parser.parse_args()
    parts = {"pyarrow, as text": TEXT} | {name: code + READ for name, code in SOURCES.items()}
    parts["casetrack check"] = CHECK
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cld.csv"
        if given.file is None:
            # In a process of its own: the peak of a process is also told of those that it starts.
            made = f"make_council(people={given.people}, seed=1, extras=False).write_csv({str(file)!r})"
            program = f"from casetrack.synthetic import make_council\n{made}"
            subprocess.run([sys.executable, "-c", program], check=True)
        else:
            file.symlink_to(given.file.resolve())
        subprocess.run([sys.executable, "-c", f"FILE = {str(file)!r}\n" + PARQUET], check=True)
        with file.open(encoding="utf-8-sig", newline="") as start:
            columns = len(next(csv.reader(start)))
        print(f"{file.stat().st_size / 1e6:,.0f} MB, {columns} columns, {given.runs} runs each, medians\n")
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in parts}
        for _ in range(given.runs):
            for name, code in parts.items():
                runs[name].append(measure(code, file))
    base = {what: statistics.median(r[what] for r in runs["pyarrow, as text"]) for what in ("cpu", "seconds")}
    print("| step | rows | CPU s | times pyarrow | seconds | times pyarrow | peak MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, measured in runs.items():
        cpu, wall = (statistics.median(r[what] for r in measured) for what in ("cpu", "seconds"))
        peak = statistics.median(r["peak_mib"] for r in measured)
        times = f"{cpu:.2f} | {cpu / base['cpu']:.2f} | {wall:.2f} | {wall / base['seconds']:.2f}"
        print(f"| {name} | {measured[0]['rows']:,} | {times} | {peak:,.0f} |")
    digests = {r["digest"] for measured in runs.values() for r in measured} - {""}
    print(f"\nOne digest of the content: {'yes' if len(digests) == 1 else 'NO'}")


if __name__ == "__main__":
    main()
