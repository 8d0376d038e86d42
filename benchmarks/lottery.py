"""Time, memory, floor and deviation of the lottery, by size of pool, tightness, quota rows and size of list.

``python benchmarks/lottery.py`` prints the table; ``--growth DIR`` also draws the growth as a picture;
``--peer-python PATH`` runs sortition-algorithms in the same run, with a Python that has it (bench group).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from pools import people, quotas

SIZES = (150, 500, 2000, 10_000, 40_000, 200_000)
PEER_LIMIT = 120


def one(count: int, tightness: str, size: int, seed: int, rows: int | None = None) -> dict[str, float]:
    """One draw from a fresh pool: CPU and wall seconds, floor, deviation."""
    from casetrack.sampling import select

    pool = people(count)
    table = quotas(pool, size, tightness)
    if rows is not None:
        table = _with_rows(pool, table, size, rows)
    cpu, wall = time.process_time(), time.perf_counter()
    selection = select(pool, table, size, f"seed {seed}")
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "floor": selection.floor * count / size,
        "best": selection.best_floor * count / size,
        "deviation": selection.deviation,
        "rows": len(table),
    }


def _with_rows(pool, table, size: int, rows: int):
    """The first rows of the table, or the table with wide pairs of levels after it."""
    import pandas as pd

    if rows <= len(table):
        return table.head(rows)
    pool["pair"] = pool["age_band"] + pool["ethnic_group"] + pool["marital"]
    common = pool["pair"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index
    more = pd.DataFrame(
        [("pair", value, 0, size) for value in common[: rows - len(table)]], columns=table.columns
    )
    return pd.concat([table, more], ignore_index=True)


def peak_memory(count: int, tightness: str) -> float:
    """Peak memory in MB of a process of its own that makes one pool and draws once."""
    code = (
        "import resource, lottery\n"
        f"lottery.one({count}, {tightness!r}, 50, 0)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    here = Path(__file__).parent
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=here, check=True)
    return float(done.stdout.split()[-1])


def peer(python: str, count: int, tightness: str) -> str:
    """CPU seconds that the peer's maximin and legacy methods take on the same pool, or why there are none."""
    script = Path(__file__).with_name("lottery_peer.py")
    told = []
    for method in ("maximin", "legacy"):
        command = [python, str(script), str(count), tightness, method, str(PEER_LIMIT)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_LIMIT)
        except subprocess.TimeoutExpired:
            told.append(f"{method}: over {PEER_LIMIT} s")
            continue
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            told.append(f"{method}: {last[:60]}")
        else:
            told.append(f"{method}: {done.stdout.strip().splitlines()[-1]}")
    return "; ".join(told)


def table(counts: tuple[int, ...], draws: int, peer_python: str) -> None:
    print(
        "| people | quotas | rows | CPU s | wall s | MB | floor of equal | of best | L1 deviation, each draw | peer |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for count in counts:
        for tightness in ("standard", "tight"):
            runs = [one(count, tightness, 50, seed) for seed in range(draws)]
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            deviations = " ".join(f"{run['deviation']:.2g}" for run in runs)
            told = peer(peer_python, count, tightness) if peer_python and count <= 2000 else "not run"
            print(
                f"| {count:,} | {tightness} | {middle['rows']:.0f} | {middle['cpu']:.2f} | {middle['wall']:.2f} | "
                f"{peak_memory(count, tightness):.0f} | {middle['floor']:.3f} | "
                f"{middle['floor'] / middle['best']:.6f} | {deviations} | {told} |",
                flush=True,
            )


def growth(folder: Path) -> None:
    """Draw the growth of CPU time with people, quota rows and places."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parts = (
        ("people", [(n, n, 50, None) for n in (500, 2000, 10_000, 40_000)]),
        ("quota rows", [(rows, 5000, 50, rows) for rows in (10, 25, 50, 100, 150)]),
        ("places", [(size, 5000, size, None) for size in (10, 50, 150, 500)]),
    )
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 3), layout="constrained")
    for axis, (name, points) in zip(axes, parts, strict=True):
        seconds = [one(count, "standard", size, 0, rows)["cpu"] for _, count, size, rows in points]
        print(name, [(at, round(cpu, 2)) for (at, *_), cpu in zip(points, seconds, strict=True)], flush=True)
        axis.plot([at for at, *_ in points], seconds, marker="o", color="#12436D")
        axis.set(xlabel=name, ylabel="CPU seconds", ylim=(0, None), xscale="log")
    figure.savefig(folder / "lottery-growth.png", dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=SIZES)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--peer-python", default="", help="a Python that has sortition-algorithms")
    parser.add_argument("--growth", type=Path)
    chosen = parser.parse_args()
    table(tuple(chosen.counts), chosen.draws, chosen.peer_python)
    if chosen.growth:
        growth(chosen.growth)
