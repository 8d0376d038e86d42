"""Every council of an invented national file on Spark in local mode: skew, CPU and memory, against the same in a loop.

    python benchmarks/spark.py [--councils 153] [--people 60] [--largest 100] [--cores 2] [--alone 8]

One council has ``--largest`` times the people of each other. A table tells what a council of each size takes, and what
the whole job takes: beside it the same calls one after another in this process, for ``--alone`` of the small councils
and the largest.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import psutil
import pyarrow as pa
import pyarrow.parquet

import casetrack as ct
from casetrack.spark import council_seed, draw_each_council
from casetrack.synthetic import make_council

AS_AT, SEED = "2026-03-31", "A benchmark, 2 April 2026"


def passphrase(la_code: str) -> str:
    return f"a passphrase for the benchmark of {la_code}"


@contextmanager
def peak_of_workers() -> Iterator[list[float]]:
    """The most memory that one Python process of Spark's held, in MiB, looked at ten times a second."""
    most, done = [0.0], threading.Event()

    def look() -> None:
        while not done.wait(0.1):
            for child in psutil.Process().children(recursive=True):
                try:
                    if "pyspark" in " ".join(child.cmdline()) and "java" not in child.name():
                        most[0] = max(most[0], child.memory_info().rss / 2**20)
                except psutil.Error:
                    continue

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        done.set()
        watcher.join()


def alone(rows: pd.DataFrame, la_code: str, folder: Path) -> float:
    """CPU seconds of the same calls in this process."""
    began = time.process_time()
    coded = ct.code_cohorts(ct.find_eligible(ct.read_extract(rows), AS_AT))
    release = ct.pseudonymise(ct.draw(coded, ct.Design.suggest(coded), council_seed(SEED, la_code)))
    facts = {name: release.facts[name] for name in ("release_id", "list_digest")}
    release.lookup.seal(folder / la_code, passphrase(la_code), keep_until=None, **facts)
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--councils", type=int, default=153)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--largest", type=int, default=100)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--alone", type=int, default=8)
    given = parser.parse_args()
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    codes = [str(700 + number) for number in range(given.councils)]
    sizes = dict.fromkeys(codes, given.people) | {codes[-1]: given.people * given.largest}
    councils = {
        c: make_council(n, seed=c, extras=False).extract.assign(**{"LA Code": c}) for c, n in sizes.items()
    }
    builder = SparkSession.builder.master(f"local[{given.cores}]").config("spark.ui.enabled", "false")
    session = builder.config("spark.driver.memory", "2g").getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # From a file, as a national one would be read, so that no rows are held by the driver.
        pa.parquet.write_table(
            pa.Table.from_pandas(pd.concat(councils.values())), folder / "national.parquet"
        )
        with peak_of_workers() as peak:
            began = time.perf_counter()
            made = draw_each_council(
                session.read.parquet(str(folder / "national.parquet")),
                as_at=AS_AT,
                seed=SEED,
                keys=passphrase,
                lookups=folder / "lookups",
            )
            wall = time.perf_counter() - began
        status = made.status.toPandas().set_index("la_code")
        session.stop()
        few = [*codes[: given.alone], codes[-1]]
        loop = {code: alone(councils[code], code, folder) for code in few}
    small, largest = status.drop(codes[-1]), status.loc[codes[-1]]
    in_loop = statistics.median(loop[c] for c in few[:-1])
    print(f"{len(status)} councils, {status['rows'].sum():,} rows, {given.cores} cores: {wall:,.0f} s wall,")
    print(
        f"{status['seconds'].sum():,.0f} CPU s in councils; states {status['state'].value_counts().to_dict()}"
    )
    print(f"peak of one Python worker {peak[0]:,.0f} MiB\n")
    print("| council | rows | CPU s on Spark | CPU s in a loop |\n| --- | --- | --- | --- |")
    rows, seconds = small["rows"].median(), small["seconds"].median()
    print(f"| small, median of {len(small)} | {rows:,.0f} | {seconds:.2f} | {in_loop:.2f} |")
    print(f"| largest | {largest['rows']:,} | {largest['seconds']:.1f} | {loop[codes[-1]]:.1f} |")


if __name__ == "__main__":
    main()
