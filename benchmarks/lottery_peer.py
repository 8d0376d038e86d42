"""The peer's lottery on one of our pools, in a process of its own: ``lottery_peer.py 500 tight maximin``."""

from __future__ import annotations

import sys
import time

from pools import people, quotas


def main(count: int, tightness: str, method: str, limit: int) -> None:
    from sortition_algorithms import Settings, find_random_sample, read_in_features, read_in_people

    pool = people(count)
    table = quotas(pool, 50, tightness).astype(str)
    names = list(dict.fromkeys(table["feature"]))
    features, *_ = read_in_features(list(table.columns), table.to_dict("records"), 50)
    settings = Settings(id_column="id", columns_to_keep=[], selection_algorithm=method)
    told = pool[names].rename_axis("id").reset_index()
    persons, _ = read_in_people(list(told.columns), told.to_dict("records"), features, settings)
    began = time.process_time()
    panels, _ = find_random_sample(features, persons, 50, [], selection_algorithm=method, max_seconds=limit)
    print(f"{time.process_time() - began:.1f} CPU s, {len(panels[0])} people")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
