"""Pools in which hardly any list meets the quotas, and what the lottery does on each.

``python benchmarks/hard_pools.py [NAME ...]`` prints a line for each: kinds of people, rows, whether lists were dealt
or counted out, how many differ, places by which the chances published differ from those that quotas alone allow
(added up over kinds), the lowest chance against the bound, people without a chance, broken lists of those looked at,
and CPU seconds."""

from __future__ import annotations

import sys
import time

import numpy as np
from pandas import DataFrame

from casetrack.errors import InfeasibleDesignError
from casetrack.sampling import select
from pools import FLAGS, LEVELS, people, quotas

Pool = tuple[DataFrame, DataFrame, int]
COLUMNS = ["feature", "value", "min", "max"]


def ten() -> Pool:
    """Ten places of 5,000 people under 49 quotas."""
    pool = people(5000)
    return pool, quotas(pool, 10), 10


def two() -> Pool:
    """Every level of 15 characteristics and 7 codes held to one of the two whole numbers next to its share."""
    pool, numbers = people(5000), np.random.default_rng(3)
    for number, levels in enumerate((3, 4, 3, 4, 3, 3)):
        names = [f"v{level}" for level in range(levels)]
        pool[f"extra{number}"] = numbers.choice(names, len(pool), p=numbers.dirichlet(np.full(levels, 2.0)))
    rows = []
    for name in [*FLAGS, *LEVELS, *(f"extra{number}" for number in range(6))]:
        for value in sorted(pool[name].unique()):
            share = 50 * (pool[name] == value).mean()
            rows.append((name, value, int(np.floor(share)), int(np.ceil(share))))
    return pool, DataFrame(rows, columns=COLUMNS), 50


def assembly(count: int, size: int, rows: int, seed: int, features: int = 8) -> Pool:
    """A pool whose lists must look different from it, with minimum = maximum everywhere: those of one list."""
    numbers = np.random.default_rng([seed, count, size])
    levels = np.full(features, rows // features)
    levels[: rows - levels.sum()] += 1
    columns, lean = {}, np.zeros(count)
    for number, many in enumerate(levels):
        code = numbers.choice(many, count, p=numbers.dirichlet(np.full(many, 3.0)))
        lean += numbers.normal(size=many)[code] / np.sqrt(features) * 1.5
        columns[f"f{number}"] = np.char.add("v", code.astype(str))
    pool = DataFrame(columns, index=[f"p{number:04d}" for number in range(count)])
    base = pool.iloc[np.argsort(-(lean + numbers.gumbel(size=count)))[:size]]
    found = []
    for name in pool:
        for value in sorted(pool[name].unique()):
            have = int((base[name] == value).sum())
            found.append((name, value, have, have))
    return pool, DataFrame(found, columns=COLUMNS), size


POOLS = {
    "ten": ten,
    "two": two,
    "a30": lambda: assembly(250, 30, 37, 2),
    "a110": lambda: assembly(250, 110, 39, 7),
    "a170": lambda: assembly(600, 170, 42, 5),
}


def line(name: str) -> str:
    """What the lottery does on one pool."""
    pool, table, size = POOLS[name]()
    began = time.process_time()
    try:
        found = select(pool, table, size, "2 April 2026", key=bytes(32))
    except InfeasibleDesignError as refused:
        return f"| {name} | refused: {refused.code} | {time.process_time() - began:.1f} |"
    spent = time.process_time() - began
    made = found.lottery
    apart = float(np.abs(made.lottery.tickets / made.lottery.lists - made.wanted_of_kinds).sum())
    lists = f"counted out, {len(made.lottery.table[0]):,} lists" if made.lottery.table else "dealt"
    listed = pool.loc[found.chosen]
    have = [int((listed[row.feature] == row.value).sum()) for row in table.itertuples(index=False)]
    cells = [
        name,
        f"{len(made.kinds.group):,}",
        f"{len(table)}",
        lists,
        f"{apart:.2g}",
        f"{found.floor / found.best_floor:.3f}",
        f"{int((found.chances == 0).sum()):,}",
        f"{int(((have < table['min']) | (have > table['max'])).sum())}",
        f"{spent:.1f}",
    ]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print(
        "| pool | kinds | rows | lists | chances moved, places | lowest of best | without a chance | broken | CPU s |"
    )
    print("|" + " --- |" * 9)
    for name in sys.argv[1:] or POOLS:
        print(line(name), flush=True)
