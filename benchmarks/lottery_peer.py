"""One draw by the peer, sortition-algorithms, from one of our pools, in a process of its own.

``lottery_peer.py 500 tight maximin 1`` draws with random number seed 1 and prints a line of JSON last: CPU seconds
(reading people and quotas in is not counted) and, for maximin, the lowest chance; for its legacy method, the
attempts it took and how many quotas its list breaks. Maximin says how far it is meanwhile, for whoever stops it.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable

from pandas import DataFrame

from pools import people, quotas

SIZE = 50
# What its settings give the legacy method where nothing else is asked for.
ATTEMPTS = 100


class Progress:
    """Print how far maximin is."""

    def start_phase(self, name: str, total: int | None = None, *, message: str | None = None) -> None:
        print(message or name, flush=True)

    def update(self, current: int, *, message: str | None = None) -> None:
        print(message or current, flush=True)

    def end_phase(self) -> None:
        """Nothing: the result follows."""


def broken(pool: DataFrame, table: DataFrame, chosen: Iterable[str]) -> int:
    """How many quotas a list breaks."""
    listed = pool.loc[list(chosen)]
    have = [int((listed[row.feature] == row.value).sum()) for row in table.itertuples(index=False)]
    return int(((have < table["min"]) | (have > table["max"])).sum())


def main(count: int, tightness: str, method: str, seed: int) -> dict[str, float | None]:
    from sortition_algorithms import (
        SelectionError,
        Settings,
        find_random_sample,
        read_in_features,
        read_in_people,
    )
    from sortition_algorithms.committee_generation import find_distribution_maximin
    from sortition_algorithms.utils import set_random_provider

    pool = people(count)
    table = quotas(pool, SIZE, tightness)
    rows = table.astype(str)
    features, *_ = read_in_features(list(rows.columns), rows.to_dict("records"), SIZE)
    settings = Settings(id_column="id", columns_to_keep=[], selection_algorithm=method)
    told = pool[list(dict.fromkeys(table["feature"]))].rename_axis("id").reset_index()
    persons, _ = read_in_people(list(told.columns), told.to_dict("records"), features, settings)
    set_random_provider(seed)
    began = time.process_time()
    if method == "maximin":
        panels, weights, _ = find_distribution_maximin(
            features, persons, SIZE, [], progress_reporter=Progress()
        )
        cpu = time.process_time() - began
        chances: Counter[str] = Counter()
        for panel, weight in zip(panels, weights, strict=True):
            for person in panel:
                chances[person] += weight
        return {"cpu": cpu, "floor": min(chances.values())}
    try:
        panels, report = find_random_sample(
            features, persons, SIZE, [], selection_algorithm=method, max_attempts=ATTEMPTS
        )
    except SelectionError:
        return {"cpu": time.process_time() - began, "attempts": ATTEMPTS, "broken": None}
    cpu = time.process_time() - began
    attempts = report.as_text().count("Trial number")
    return {"cpu": cpu, "attempts": attempts, "broken": broken(pool, table, panels[0])}


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))))
