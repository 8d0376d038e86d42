"""The rules by hand in DuckDB's SQL against casetrack: equal person by person, and how long each takes, in the same run.

    python -m pip install duckdb
    python benchmarks/rules_by_hand.py [--people 345000] [--runs 3] [--file cld.csv --as-at 2026-03-31]

``duckdb_rules.sql`` is the peer: identity, latest known values, the 12-month rule and CT01 to CT07, and nothing else: no
findings, no evidence, no characteristics, no journey. Every file of ``tests/data/cld`` is compared first, then an
invented council, read from CSV by both, with two threads each. DuckDB is needed by this benchmark alone.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

import casetrack as ct
from casetrack.extract.fields import FIELDS, field_for_heading
from casetrack.pool.cohort_rules import CODE_NAMES

HERE = Path(__file__).resolve().parent
COUNCILS = {
    "r1_example": "2026-03-31",
    "r1_single": "2025-09-30",
    "r2_example": "2026-03-31",
    "r2_joined": "2026-03-31",
    "mixed_leap_example": "2024-02-29",
    "mixed_dirty": "2024-02-29",
}


def by_hand(file: Path, as_at: dt.date) -> pd.DataFrame:
    """One row a person, by the SQL."""
    import duckdb

    con = duckdb.connect(config={"threads": 2})
    read = f"read_csv('{file}', all_varchar = true, header = true, nullstr = '\\x01')"
    headings = [row[0] for row in con.execute(f"describe select * from {read}").fetchall()]
    names = {field.name: h for h in headings if (field := field_for_heading(h))}
    columns = ", ".join(
        f"coalesce(\"{names[f.name]}\", '') as {f.name}" if f.name in names else f"'' as {f.name}"
        for f in FIELDS
    )
    con.execute(f"create table cld as select {columns}, row_number() over () as rn from {read}")
    con.execute(f"set variable as_at = date '{as_at}'; set variable months = 12")
    con.execute((HERE / "duckdb_rules.sql").read_text(encoding="utf-8"))
    return con.execute("from result").df().set_index("person_id").sort_index()


def by_casetrack(file: Path, as_at: dt.date) -> pd.DataFrame:
    """One row a person, by casetrack."""
    pool = ct.find_eligible(ct.read_extract(file), as_at=as_at)
    coded = ct.code_cohorts(pool)
    found = pd.DataFrame(False, index=pool.extract.people.index, columns=["outcome", *CODE_NAMES])
    found["outcome"] = pool.outcomes()
    found.loc[coded.people.index, list(CODE_NAMES)] = coded.people[list(CODE_NAMES)]
    return found.sort_index()


def utf8(file: Path, folder: Path) -> Path:
    """The file in UTF-8, which is all that DuckDB reads."""
    content = file.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        file = folder / file.name
        file.write_bytes(content.decode("cp1252").encode("utf-8"))
    return file


def differences(file: Path, as_at: dt.date, folder: Path) -> str:
    """How many people the two ways agree on, in words; who they are not is never printed."""
    ours, theirs = by_casetrack(file, as_at), by_hand(utf8(file, folder), as_at)
    both = ours.index.intersection(theirs.index)
    alone = len(ours) + len(theirs) - 2 * len(both)
    differ = (ours.loc[both] != theirs.loc[both, ours.columns]).any(axis=1)
    eligible = int((ours["outcome"] == "eligible").sum())
    return f"{len(both):,} people, {eligible:,} eligible: {int(differ.sum())} differ, {alone} with one of the two only"


def seconds(way: str, file: Path, as_at: str) -> tuple[float, float, float]:
    """CPU seconds, seconds and the peak in MiB of one way, in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", way, "--file", str(file), "--as-at", as_at],
        capture_output=True,
        text=True,
        check=True,
    )
    cpu, wall, peak = map(float, done.stdout.split())
    return cpu, wall, peak


def one(way: str, file: Path, as_at: dt.date) -> None:
    began, wall = time.process_time(), time.perf_counter()
    (by_hand if way == "duckdb" else by_casetrack)(file, as_at)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(time.process_time() - began, time.perf_counter() - wall, peak)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=345_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--as-at", default="2026-03-31")
    parser.add_argument("--one", choices=("duckdb", "casetrack"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    as_at = dt.date.fromisoformat(given.as_at)
    if given.one:
        one(given.one, given.file, as_at)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for council, day in COUNCILS.items():
            file = HERE.parent / "tests" / "data" / "cld" / f"{council}.csv"
            print(f"{council}: {differences(file, dt.date.fromisoformat(day), folder)}")
        file = given.file
        if file is None:
            from casetrack.synthetic import make_council

            file = folder / "cld.csv"
            make_council(people=given.people, seed=1, extras=False).write_csv(file)
        print(f"invented council: {differences(file, as_at, folder)}\n")
        runs = {
            way: [seconds(way, file, given.as_at) for _ in range(given.runs)]
            for way in ("duckdb", "casetrack")
        }
    print("| way | CPU s | seconds | peak MiB |\n| --- | --- | --- | --- |")
    for way, measured in runs.items():
        cpu, wall, peak = (statistics.median(r[i] for r in measured) for i in range(3))
        print(f"| {way} | {cpu:.1f} | {wall:.1f} | {peak:,.0f} |")


if __name__ == "__main__":
    main()
