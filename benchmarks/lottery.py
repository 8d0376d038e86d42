"""Time, memory, chances and broken quotas of the lottery by size of pool, with peers in the same run.

``python benchmarks/lottery.py`` prints the table; ``--growth DIR`` also draws the growth as a picture; ``--more``
prints, instead, the draws that a council makes: every level of eight characteristics held to within one of what is
expected, with codes in the tickets and a cap; limits on workers, teams and households; the sample council.
``--peer-python PATH`` names a Python that has sortition-algorithms (bench group): its maximin draws from up to 2,000
people (where it is stopped at 120 s), its legacy method from every pool. ``--rscript PATH`` names an Rscript whose R
has the package sampling: samplecube draws with the chances that our lottery gives, for 500 to 10,000 people. The
peers' seconds are CPU seconds of a draw; "broken" counts the quotas that a list does not meet."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lottery_peer import SIZE, broken
from pools import FLAGS, people, quotas

SIZES = (150, 500, 2000, 10_000, 40_000, 200_000)
KEY = bytes(32)
BALANCED = (
    "age_band",
    "sex",
    "ethnic_group",
    "religion",
    "orientation",
    "disability",
    "gender_same",
    "marital",
)
HERE = Path(__file__).parent
# By method of the peer: up to so many people, the seconds after which a draw is stopped.
PEERS = {"maximin": {500: 600, 2000: 120}, "legacy": {200_000: 300}}
# No further draw of the peer is begun after so many seconds.
PEER_PATIENCE = 120
EQUAL = "min = max"
EQUAL_UP_TO = 2000
CUBE_PEOPLE = (500, 2000, 10_000)
CUBE_DRAWS = 5
CUBE_LIMIT = 300


def one(count: int, tightness: str, size: int, seed: int, rows: int | None = None) -> dict[str, float]:
    """One draw from a fresh pool: CPU and wall seconds, floor, how far chances were moved, quotas broken."""
    from casetrack.sampling import select

    pool = people(count)
    table = equal_quotas(pool, size) if tightness == EQUAL else quotas(pool, size, tightness)
    if rows is not None:
        table = _with_rows(pool, table, size, rows)
    cpu, wall = time.process_time(), time.perf_counter()
    selection = select(pool, table, size, f"seed {seed}", key=KEY)
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "floor": selection.floor,
        "best": selection.best_floor,
        "moved": moved(selection.lottery),
        "counted": float(selection.lottery.counted),
        "rows": len(table),
        "broken": broken(pool, table, selection.chosen),
    }


def moved(made) -> float:
    """By how many places, added up over kinds, the chances counted differ from those wanted: the rounding of tickets."""
    return float(abs(made.lottery.tickets / made.lottery.lists - made.wanted_of_kinds).sum())


def equal_quotas(pool, size: int):
    """Every minimum its maximum: exactly what one list that meets the standard quotas has of each level."""
    from casetrack.sampling import select

    table = quotas(pool, size, "standard")
    listed = pool.loc[list(select(pool, table, size, "one list").chosen)]
    exact = [
        int((listed[name] == value).sum())
        for name, value in zip(table["feature"], table["value"], strict=True)
    ]
    return table.assign(min=exact, max=exact)


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
        f"lottery.one({count}, {tightness!r}, {SIZE}, 0)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HERE, check=True)
    return float(done.stdout.split()[-1])


def peer(python: str, method: str, count: int, tightness: str, draws: int, floor: float) -> str:
    """What the peer's method gives on the same pool: medians of draws, or how far it was when it was stopped."""
    limit = next((seconds for most, seconds in PEERS[method].items() if count <= most), None)
    if not python or limit is None:
        return "not run"
    runs: list[dict[str, float | None]] = []
    began = time.perf_counter()
    while len(runs) < draws and (not runs or time.perf_counter() - began < PEER_PATIENCE):
        command = [python, "lottery_peer.py", str(count), tightness, method, str(len(runs) + 1)]
        told = _finished(command, limit)
        if isinstance(told, str):
            return told if not runs else f"{_peer_cell(runs, floor)}; then {told}"
        runs.append(json.loads(told[-1]))
    return _peer_cell(runs, floor)


def _finished(command: list[str], limit: int) -> list[str] | str:
    """The lines that a program prints, or in words why it did not finish."""
    # The peer's maximin depends on the order of sets; a fixed hash seed gives the same run each time.
    settings = os.environ | {"PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=limit, cwd=HERE, env=settings
        )
    except subprocess.TimeoutExpired as stopped:
        lines = (stopped.stdout or b"").decode("utf-8", "replace").strip().splitlines()
        return f"stopped at {limit} s" + (f" ({lines[-1]})" if lines else "")
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1][:80]
    return done.stdout.strip().splitlines()


def _peer_cell(runs: list[dict[str, float | None]], floor: float) -> str:
    told = f"{statistics.median(run['cpu'] for run in runs):.2f} s"
    if "floor" in runs[0]:
        return f"{told}, floor {statistics.median(run['floor'] for run in runs) / floor:.4f} of ours"
    attempts = statistics.median(run["attempts"] for run in runs)
    lists = [run["broken"] for run in runs if run["broken"] is not None]
    ends = f"lists {len(lists)} of {len(runs)}" + (f", broken {max(lists):.0f}" if lists else "")
    return f"{told}, attempts {attempts:.0f}, {ends}"


def cube(rscript: str, count: int, tightness: str) -> str:
    """What samplecube gives with the chances of our lottery: list sizes and quotas broken, by draw."""
    from casetrack.sampling import select

    if not rscript or count not in CUBE_PEOPLE:
        return "not run"
    pool = people(count)
    table = quotas(pool, SIZE, tightness)
    persons = select(pool, table, SIZE, "seed 0").chances.to_frame("chance")
    for number, row in enumerate(table.itertuples(index=False)):
        persons[f"quota{number}"] = (pool[row.feature] == row.value).astype(int)
    with tempfile.TemporaryDirectory() as folder:
        given = [Path(folder, "people.csv"), Path(folder, "quotas.csv")]
        persons.to_csv(given[0], index=False)
        table[["min", "max"]].to_csv(given[1], index=False)
        told = _finished([rscript, "lottery_cube.R", *map(str, given), str(CUBE_DRAWS)], CUBE_LIMIT)
    if isinstance(told, str):
        return told
    listed, missed, seconds = zip(*(line.split() for line in told), strict=True)
    middle = statistics.median(map(float, seconds))
    return f"{middle:.2f} s, size {' '.join(listed)}, broken {' '.join(missed)}"


def table(counts: tuple[int, ...], draws: int, peer_draws: int, peer_python: str, rscript: str) -> None:
    print(
        "| people | quotas | rows | CPU s | wall s | MB | floor of equal | of best | chances moved | counted out | "
        "broken | maximin | legacy | samplecube |"
    )
    print("|" + " --- |" * 14)
    for count in counts:
        for tightness in ("standard", "tight", *([EQUAL] if count <= EQUAL_UP_TO else [])):
            runs = [one(count, tightness, SIZE, seed) for seed in range(draws)]
            middle = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
            told = [
                peer(peer_python, method, count, tightness, peer_draws, middle["floor"])
                if tightness != EQUAL
                else "not run"
                for method in PEERS
            ]
            cells = [
                f"{count:,}",
                tightness,
                f"{middle['rows']:.0f}",
                f"{middle['cpu']:.2f}",
                f"{middle['wall']:.2f}",
                f"{peak_memory(count, tightness):.0f}",
                f"{middle['floor'] * count / SIZE:.3f}",
                f"{middle['floor'] / middle['best']:.6f}",
                f"{max(run['moved'] for run in runs):.1g}",
                f"{sum(run['counted'] for run in runs):.0f}",
                f"{max(run['broken'] for run in runs):.0f}",
                *told,
                cube(rscript, count, tightness) if tightness != EQUAL else "not run",
            ]
            print("| " + " | ".join(cells) + " |", flush=True)


def balanced(count: int, size: int = SIZE) -> str:
    """Minimums for cohorts, a cap, every level of eight characteristics within one of what is expected, codes in the
    tickets."""
    import numpy as np
    import pandas as pd

    from casetrack.lottery.prepare import limited_chances, prepare
    from casetrack.quotas.quota_system import quota_system

    pool = people(count)
    table = quotas(pool, size)
    table = table[table["feature"].isin(FLAGS) & (table["value"] == "yes")].assign(max=size)
    began = time.process_time()
    first = limited_chances(quota_system(pool, table, size), {}, capped=True)
    chance = first.chances.by_type[first.system.type_of]
    rows = []
    for name in BALANCED:
        for level, expected in chance_by(pool[name], chance).items():
            if level != "Unknown":
                rows.append((name, level, int(np.floor(expected + 1e-4)), int(np.ceil(expected - 1e-4))))
    more = pd.DataFrame(rows, columns=table.columns)
    wanted = limited_chances(quota_system(pool, pd.concat([table, more]), size), {}, capped=True)
    holds = (pool[list(FLAGS)] == "yes").to_numpy()
    made = prepare(wanted, {}, key=KEY, told={"pool": "benchmark"}, holds=holds)
    prepared = time.process_time()
    listed = [made.lottery.list_number(made.lottery.number_of(f"seed {seed}")) for seed in range(3)]
    drawn = (time.process_time() - prepared) / 3
    assert all(one.certificate.holds for one in listed)
    return (
        f"{count:,} people, balanced: {len(made.kinds.group):,} kinds, {len(table) + len(more)} rows; prepared in "
        f"{prepared - began:.2f} s, a draw {drawn:.2f} s; cap {wanted.cap}, floor of equal "
        f"{wanted.chances.floor * count / size:.3f}; {'counted out' if made.counted else 'dealt'}, "
        f"{'codes kept' if made.listing_kept else 'codes not kept'}, chances moved by {moved(made):.1g}"
    )


def chance_by(column, chance) -> dict[str, float]:
    """The expected number of each level."""
    import pandas as pd

    return pd.Series(chance).groupby(column.to_numpy()).sum().to_dict()


def limited(count: int) -> str:
    """At most 2 of each worker, 8 of each of nine teams, 1 of each household of two."""
    import numpy as np

    from casetrack.sampling import select

    pool = people(count)
    numbers = np.random.default_rng(5)
    worker = numbers.integers(0, count // 25, count)
    pool["worker"], pool["team"] = [f"W{n}" for n in worker], [f"T{n % 9}" for n in worker]
    home = np.where(np.arange(count) < 0.8 * count, np.arange(count) // 2, -np.arange(count) - 1)
    numbers.shuffle(home)
    pool["household"] = [f"H{n}" for n in home]
    limits = {"worker": 2, "team": 8, "household": 1}
    began = time.process_time()
    found = select(pool, quotas(pool, SIZE), SIZE, "seed", at_most=limits, key=KEY)
    spent = time.process_time() - began
    listed = pool.loc[found.chosen]
    kept = all(listed[name].value_counts().max() <= most for name, most in limits.items())
    made = found.lottery
    return (
        f"{count:,} people with three limits: {spent:.2f} s, limits kept: {kept}, "
        f"{'counted out' if made.counted else 'dealt'}, chances moved by {moved(made):.1g}"
    )


def sample_council() -> str:
    """The sample council: its suggested design made ready and drawn."""
    import casetrack as ct
    from casetrack.designs.drawing import draw_prepared, prepare_design
    from casetrack.samples import sample_folder

    folder = sample_folder()
    extract = ct.read_extract(folder / "cld_extract.csv", people=folder / "person_details.csv")
    coded = ct.code_cohorts(ct.find_eligible(extract, as_at="2026-03-31"))
    began = time.process_time()
    design = ct.Design.suggest(coded)
    suggested = time.process_time()
    lottery = prepare_design(coded, design, KEY)
    prepared = time.process_time()
    drawn = draw_prepared(lottery, "2 April 2026")
    spent = time.process_time() - prepared
    return (
        f"sample council, {len(lottery.prepared.kinds.group):,} kinds: suggested in {suggested - began:.2f} s, prepared "
        f"in {prepared - suggested:.2f} s, drawn in {spent:.2f} s; cap {drawn.cap}, lowest chance {drawn.floor:.4f}"
    )


def growth(folder: Path) -> None:
    """Draw the growth of CPU time with people, quota rows and places."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    parts = (
        ("people", [(n, n, 50, None) for n in SIZES]),
        ("quota rows", [(rows, 5000, 50, rows) for rows in (10, 25, 50, 100, 150)]),
        ("places", [(size, 5000, size, None) for size in (10, 50, 150, 500)]),
    )
    figure, axes = pyplot.subplots(1, 3, figsize=(10, 3), layout="constrained")
    for axis, (name, points) in zip(axes, parts, strict=True):
        runs = [one(count, "standard", size, 0, rows) for _, count, size, rows in points]
        at = [place for place, *_ in points]
        told = [
            f"{place:,}: {run['cpu']:.2f} s, chances moved by {run['moved']:.1g}"
            for place, run in zip(at, runs, strict=True)
        ]
        print(f"{name}: {'; '.join(told)}", flush=True)
        axis.plot(at, [run["cpu"] for run in runs], marker="o", color="#12436D")
        axis.set(xlabel=name, ylabel="CPU seconds", ylim=(0, None), xscale="log")
    figure.savefig(folder / "lottery-growth.png", dpi=120, metadata={"Software": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=SIZES)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--peer-draws", type=int, default=3)
    parser.add_argument("--peer-python", default="", help="a Python that has sortition-algorithms")
    parser.add_argument("--rscript", default="", help="an Rscript whose R has the package sampling")
    parser.add_argument("--growth", type=Path)
    parser.add_argument(
        "--more", action="store_true", help="the draws that a council makes, and nothing else"
    )
    chosen = parser.parse_args()
    if chosen.more:
        print(sample_council(), flush=True)
        print(limited(3000), flush=True)
        for count in chosen.counts:
            print(balanced(count), flush=True)
        sys.exit()
    table(tuple(chosen.counts), chosen.draws, chosen.peer_draws, chosen.peer_python, chosen.rscript)
    if chosen.growth:
        growth(chosen.growth)
